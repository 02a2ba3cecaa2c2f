/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "oracle_mdlam.h"

#include <math.h>
#include <string.h>

static double f_of(const ml_oracle *o, double z) {
    return gamlp_activation_value(&o->f, z);
}

/* W_l a_{l-1} + b_l - z_l */
static omat gap(const ml_oracle *o, int64_t l, const omat *w, const omat *a) {
    omat r = omat_mul(w, false, a, false);
    for (int64_t j = 0; j < o->n; j++)
        for (int64_t i = 0; i < r.rows; i++)
            r.v[i + j * r.rows] += o->b[l].v[i] - o->z[l].v[i + j * r.rows];
    return r;
}

static double phi(const ml_oracle *o, int64_t l, const omat *w, const omat *a) {
    omat r = gap(o, l, w, a);
    double value = 0.5 * o->rho * omat_square(&r);
    omat_free(&r);
    return value;
}

double ml_oracle_objective(const ml_oracle *o) {
    const omat *z = &o->z[o->layers];
    double sum = 0;
    for (int64_t l = 1; l <= o->layers; l++)
        sum += phi(o, l, &o->w[l], &o->a[l - 1]) + 0.5 * o->l2 * omat_square(&o->w[l]);
    for (int64_t j = 0; j < o->n; j++)
        sum += oracle_loss(&o->labels, j, z->v + j * z->rows, z->rows);
    return sum;
}

double ml_oracle_gap(const ml_oracle *o) {
    double worst = 0;
    for (int64_t l = 1; l < o->layers; l++)
        for (int64_t i = 0; i < o->z[l].rows * o->n; i++)
            worst = fmax(worst, fabs(o->a[l].v[i] - f_of(o, o->z[l].v[i])));
    return worst;
}

void ml_oracle_init(ml_oracle *o, const gamlp_dense *x, const int32_t *label,
                    const gamlp_model *model, const gamlp_mdlam_options *options) {
    memset(o, 0, sizeof *o);
    o->layers = model->layers;
    o->n = x->cols;
    o->rho = options->rho;
    o->l2 = options->l2;
    o->epsilon = options->epsilon;
    o->trial = options->step == GAMLP_STEP_BACKTRACK;
    o->step_start = options->step_start;
    o->momentum = options->momentum;
    o->labels = (oracle_labels){options->loss, label, x->cols};
    o->f = model->activation;
    o->a[0] = omat_from(x);
    for (int64_t l = 1; l <= o->layers; l++) {
        o->w[l] = omat_from(&model->layer[l - 1].weight);
        o->b[l] = omat_from(&model->layer[l - 1].bias);
        o->z[l] = omat_new(o->w[l].rows, o->n);
        omat z = gap(o, l, &o->w[l], &o->a[l - 1]);
        omat_free(&o->z[l]);
        o->z[l] = z;
        o->a[l] = omat_copy(&z);
        for (int64_t i = 0; i < z.rows * o->n; i++) o->a[l].v[i] = f_of(o, z.v[i]);
        o->w_before[l] = omat_copy(&o->w[l]);
        o->a_before[l] = omat_copy(&o->a[l]);
    }
}

void ml_oracle_free(ml_oracle *o) {
    for (int64_t l = 0; l <= o->layers; l++) {
        omat *part[] = {&o->a[l], &o->w[l], &o->b[l], &o->z[l], &o->a_before[l], &o->w_before[l]};
        for (int i = 0; i < 6; i++) omat_free(part[i]);
    }
}

static omat extrapolated(const omat *x, const omat *before, double omega) {
    omat y = omat_copy(x);
    for (int64_t i = 0; i < x->rows * x->cols; i++) y.v[i] += omega * (x->v[i] - before->v[i]);
    return y;
}

static void put(omat *to, omat from) {
    omat_free(to);
    *to = from;
}

/* The subproblem of W_l (of_w) or of a_{l-1}, of which x is a value: phi, its gradient there, and
 * the minimiser of <g, y - x> + (t/2) ||y - x||^2 and the regulariser, or within the bounds. */
static double phi_at(const ml_oracle *o, int64_t l, bool of_w, const omat *x) {
    return of_w ? phi(o, l, x, &o->a[l - 1]) : phi(o, l, &o->w[l], x);
}

static omat gradient(const ml_oracle *o, int64_t l, bool of_w, const omat *x) {
    omat r = of_w ? gap(o, l, x, &o->a[l - 1]) : gap(o, l, &o->w[l], x);
    omat g = of_w ? omat_mul(&r, false, &o->a[l - 1], true) : omat_mul(&o->w[l], true, &r, false);
    for (int64_t i = 0; i < g.rows * g.cols; i++) g.v[i] *= o->rho;
    omat_free(&r);
    return g;
}

static omat minimiser(const ml_oracle *o, int64_t l, bool of_w, const omat *x, const omat *g,
                      double t) {
    omat y = omat_copy(x);
    for (int64_t i = 0; i < x->rows * x->cols; i++) {
        if (of_w) {
            y.v[i] = (t * x->v[i] - g->v[i]) / (t + o->l2);
        } else {
            double f = f_of(o, o->z[l - 1].v[i]);
            y.v[i] = fmin(fmax(x->v[i] - g->v[i] / t, f - o->epsilon), f + o->epsilon);
        }
    }
    return y;
}

/* Q(d) / ||d||^2 along d = g + l2 x (W), or d = g (a). */
static double curvature(const ml_oracle *o, int64_t l, bool of_w, const omat *x, const omat *g) {
    omat d = omat_copy(g);
    for (int64_t i = 0; of_w && i < g->rows * g->cols; i++) d.v[i] += o->l2 * x->v[i];
    omat image =
        of_w ? omat_mul(&d, false, &o->a[l - 1], false) : omat_mul(&o->w[l], false, &d, false);
    double dd = omat_square(&d), value = dd > 0 ? o->rho * omat_square(&image) / dd : 1;
    omat_free(&d);
    omat_free(&image);
    return value;
}

/* The proximal step from x. */
static omat step_from(const ml_oracle *o, int64_t l, bool of_w, const omat *x) {
    omat g = gradient(o, l, of_w, x);
    double at_x = phi_at(o, l, of_w, x),
           t = o->trial ? o->step_start : curvature(o, l, of_w, x, &g);
    for (;; t *= 2) {
        omat y = minimiser(o, l, of_w, x, &g, t);
        double model = at_x, quadratic = 0, at_y = phi_at(o, l, of_w, &y);
        for (int64_t i = 0; i < x->rows * x->cols; i++) {
            double d = y.v[i] - x->v[i];
            model += g.v[i] * d;
            quadratic += 0.5 * t * d * d;
        }
        if (at_y <= model + quadratic * (1 + 1e-10) + 1e-12 * fabs(at_x)) {
            omat_free(&g);
            return y;
        }
        omat_free(&y);
    }
}

/* x <- step from the extrapolated point; if F does not fall, from x itself. */
static void accelerated(ml_oracle *o, int64_t l, bool of_w, double omega) {
    omat *x = of_w ? &o->w[l] : &o->a[l - 1],
         *before = of_w ? &o->w_before[l] : &o->a_before[l - 1];
    double at_start = ml_oracle_objective(o);
    omat start = omat_copy(x), bar = extrapolated(x, before, omega);
    put(before, omat_copy(&start));
    put(x, step_from(o, l, of_w, &bar));
    if (omega > 0 && ml_oracle_objective(o) >= at_start) {
        o->redone++;
        put(x, omat_copy(&start));
        omat again = step_from(o, l, of_w, &start);
        put(x, again);
    }
    omat_free(&start);
    omat_free(&bar);
}

static void update_b(ml_oracle *o, int64_t l) {
    omat r = gap(o, l, &o->w[l], &o->a[l - 1]);
    for (int64_t i = 0; i < r.rows; i++) {
        double sum = 0;
        for (int64_t j = 0; j < o->n; j++) sum += r.v[i + j * r.rows];
        o->b[l].v[i] -= sum / (double)o->n;
    }
    omat_free(&r);
}

static void update_z(ml_oracle *o, int64_t l) {
    omat c = gap(o, l, &o->w[l], &o->a[l - 1]), *z = &o->z[l];
    int64_t rows = c.rows;
    for (int64_t i = 0; i < rows * o->n; i++) c.v[i] += z->v[i];
    for (int64_t i = 0; l < o->layers && i < rows * o->n; i++) {
        double low, high, a = o->a[l].v[i];
        if (gamlp_activation_preimage(&low, &high, &o->f, a - o->epsilon, a + o->epsilon))
            z->v[i] = fmin(fmax(c.v[i], low), high);
    }
    for (int64_t j = 0; l == o->layers && j < o->n; j++)
        oracle_z_loss(z->v + j * rows, c.v + j * rows, &o->labels, j, rows, o->rho);
    omat_free(&c);
}

void ml_oracle_iterate(ml_oracle *o) {
    double next = (1 + sqrt(1 + 4 * o->s * o->s)) / 2;
    double omega = o->iteration > 0 && o->momentum ? (o->s - 1) / next : 0;
    o->s = next;
    for (int64_t l = 1; l <= o->layers; l++) {
        accelerated(o, l, true, omega);
        update_b(o, l);
        update_z(o, l);
        if (l < o->layers) accelerated(o, l + 1, false, omega);
    }
    o->iteration++;
}
