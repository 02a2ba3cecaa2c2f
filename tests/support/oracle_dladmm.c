/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "oracle_dladmm.h"

#include <math.h>
#include <string.h>

static double beta(const dl_oracle *o, int64_t l) {
    return l < o->layers ? o->nu : o->rho;
}

/* W_l a + b_l - z_l for given W_l and a. */
static omat gap(const dl_oracle *o, int64_t l, const omat *w, const omat *a) {
    omat r = omat_mul(w, false, a, false);
    for (int64_t j = 0; j < o->n; j++)
        for (int64_t i = 0; i < r.rows; i++)
            r.v[i + j * r.rows] += o->b[l].v[i] - o->z[l].v[i + j * r.rows];
    return r;
}

/* What equation l adds to phi: (nu/2) ||r||^2, of the last layer -<u, r> + (rho/2) ||r||^2. */
static double equation(const dl_oracle *o, int64_t l, const omat *w, const omat *a) {
    omat r = gap(o, l, w, a);
    double value = 0.5 * beta(o, l) * omat_square(&r);
    for (int64_t i = 0; l == o->layers && i < r.rows * r.cols; i++) value -= o->u.v[i] * r.v[i];
    omat_free(&r);
    return value;
}

static double activation(const dl_oracle *o, int64_t l, const omat *a) {
    double value = 0;
    for (int64_t i = 0; i < a->rows * a->cols; i++) {
        double d = a->v[i] - oracle_relu(o->z[l].v[i]);
        value += 0.5 * o->nu * d * d;
    }
    return value;
}

double dl_oracle_lagrangian(const dl_oracle *o) {
    double sum = 0;
    for (int64_t l = 1; l <= o->layers; l++) {
        sum += equation(o, l, &o->w[l], &o->a[l - 1]) + 0.5 * o->l2 * omat_square(&o->w[l]);
        if (l < o->layers) sum += activation(o, l, &o->a[l]);
    }
    const omat *z = &o->z[o->layers];
    for (int64_t j = 0; j < o->n; j++)
        sum += oracle_loss(&o->labels, j, z->v + j * z->rows, z->rows);
    return sum;
}

double dl_oracle_lemma_b2(const dl_oracle *o) {
    const omat *z = &o->z[o->layers];
    double worst = 0;
    for (int64_t j = 0; j < o->n; j++) {
        double g[64];
        oracle_loss_gradient(g, &o->labels, j, z->v + j * z->rows, z->rows);
        for (int64_t c = 0; c < z->rows; c++)
            worst = fmax(worst, fabs(g[c] + o->u.v[c + j * z->rows]));
    }
    return worst;
}

void dl_oracle_init(dl_oracle *o, const gamlp_dense *x, const int32_t *label,
                    const gamlp_model *model, const gamlp_dladmm_options *options) {
    memset(o, 0, sizeof *o);
    o->layers = model->layers;
    o->n = x->cols;
    o->nu = options->nu;
    o->rho = options->rho;
    o->l2 = options->l2;
    o->trial = options->step == GAMLP_STEP_BACKTRACK;
    o->step_start = options->step_start;
    o->exact = options->exact;
    o->labels = (oracle_labels){options->loss, label, x->cols};
    o->a[0] = omat_from(x);
    for (int64_t l = 1; l <= o->layers; l++) {
        o->w[l] = omat_from(&model->layer[l - 1].weight);
        o->b[l] = omat_from(&model->layer[l - 1].bias);
        o->z[l] = omat_new(o->w[l].rows, o->n);
        omat z = gap(o, l, &o->w[l], &o->a[l - 1]);
        omat_free(&o->z[l]);
        o->z[l] = z;
        o->a[l] = omat_copy(&z);
        for (int64_t i = 0; i < z.rows * o->n; i++) o->a[l].v[i] = oracle_relu(z.v[i]);
    }
    o->u = omat_new(o->z[o->layers].rows, o->n);
}

void dl_oracle_free(dl_oracle *o) {
    for (int64_t l = 0; l <= o->layers; l++) {
        omat *part[] = {&o->a[l], &o->w[l], &o->b[l], &o->z[l]};
        for (int i = 0; i < 4; i++) omat_free(part[i]);
    }
    omat_free(&o->u);
}

/* beta (W a + b - z) - U, the gradient of equation l by W a. */
static omat pressure(const dl_oracle *o, int64_t l) {
    omat r = gap(o, l, &o->w[l], &o->a[l - 1]);
    for (int64_t i = 0; i < r.rows * r.cols; i++) {
        r.v[i] *= beta(o, l);
        if (l == o->layers) r.v[i] -= o->u.v[i];
    }
    return r;
}

static omat moved(const omat *x, const omat *g, double t, double l2) {
    omat y = omat_copy(x);
    for (int64_t i = 0; i < x->rows * x->cols; i++) y.v[i] = (t * x->v[i] - g->v[i]) / (t + l2);
    return y;
}

static double distance(const omat *x, const omat *y, const omat *g, double *inner) {
    double sum = 0;
    *inner = 0;
    for (int64_t i = 0; i < x->rows * x->cols; i++) {
        double d = y->v[i] - x->v[i];
        sum += d * d;
        *inner += g->v[i] * d;
    }
    return sum;
}

/* What depends on a_l, or on W_l without its regulariser. */
static double phi(const dl_oracle *o, int64_t l, bool of_w, const omat *x) {
    if (of_w) return equation(o, l, x, &o->a[l - 1]);
    return equation(o, l + 1, &o->w[l + 1], x) + activation(o, l, x);
}

/* x <- (t x - g) / (t + l2), t the first of t, 2 t, ... for which phi lies below its model. */
static void descend(dl_oracle *o, int64_t l, bool of_w, omat *x, const omat *g, double t) {
    double before = phi(o, l, of_w, x), inner, l2 = of_w ? o->l2 : 0;
    for (;; t *= 2) {
        omat y = moved(x, g, t, l2);
        double square = distance(x, &y, g, &inner), after = phi(o, l, of_w, &y);
        if (!o->trial ||
            after <= before + inner + 0.5 * t * square + 1e-12 * fabs(before) + 1e-26) {
            omat_free(x);
            *x = y;
            return;
        }
        omat_free(&y);
    }
}

void dl_oracle_a(dl_oracle *o, int64_t l) {
    omat r = pressure(o, l + 1), g = omat_mul(&o->w[l + 1], true, &r, false), image;
    for (int64_t i = 0; i < g.rows * g.cols; i++)
        g.v[i] += o->nu * (o->a[l].v[i] - oracle_relu(o->z[l].v[i]));
    image = omat_mul(&o->w[l + 1], false, &g, false);
    double gg = omat_square(&g), exact = o->nu + beta(o, l + 1) * omat_square(&image) / gg;
    if (gg > 0) descend(o, l, false, &o->a[l], &g, o->trial ? o->step_start : exact);
    omat_free(&r);
    omat_free(&g);
    omat_free(&image);
}

/* W (beta a a' + l2 I) = (beta (z - b) + U) a', the right side being beta W a a' less the gradient.
 */
static void best_weights(dl_oracle *o, int64_t l) {
    const omat *a = &o->a[l - 1];
    omat r = pressure(o, l), g = omat_mul(&r, false, a, true), square = omat_mul(a, false, a, true);
    omat b = omat_mul(&o->w[l], false, &square, false);
    for (int64_t i = 0; i < b.rows * b.cols; i++) b.v[i] = beta(o, l) * b.v[i] - g.v[i];
    for (int64_t i = 0; i < square.rows * square.cols; i++) square.v[i] *= beta(o, l);
    for (int64_t i = 0; i < square.rows; i++) square.v[i + i * square.rows] += o->l2;
    oracle_solve(&b, &square);
    omat_free(&o->w[l]);
    o->w[l] = b;
    omat_free(&r);
    omat_free(&g);
    omat_free(&square);
}

void dl_oracle_w(dl_oracle *o, int64_t l) {
    if (o->exact) {
        best_weights(o, l);
        return;
    }
    omat r = pressure(o, l), g = omat_mul(&r, false, &o->a[l - 1], true), whole = omat_copy(&g);
    for (int64_t i = 0; i < g.rows * g.cols; i++) whole.v[i] += o->l2 * o->w[l].v[i];
    omat image = omat_mul(&whole, false, &o->a[l - 1], false);
    double gg = omat_square(&whole), exact = beta(o, l) * omat_square(&image) / gg;
    if (gg > 0) descend(o, l, true, &o->w[l], &g, o->trial ? o->step_start : exact);
    omat_free(&r);
    omat_free(&g);
    omat_free(&whole);
    omat_free(&image);
}

void dl_oracle_b(dl_oracle *o, int64_t l) {
    omat r = pressure(o, l);
    for (int64_t i = 0; i < r.rows; i++) {
        double sum = 0;
        for (int64_t j = 0; j < o->n; j++) sum += r.v[i + j * r.rows];
        o->b[l].v[i] -= sum / beta(o, l) / (double)o->n;
    }
    omat_free(&r);
}

/* (z - c)^2 + (a - f(z))^2 at the better of its two minima. */
static double best_z(double c, double a) {
    double low = fmin(c, 0), high = fmax((c + a) / 2, 0);
    double at_low = (low - c) * (low - c) + a * a;
    double at_high = (high - c) * (high - c) + (a - high) * (a - high);
    return at_high < at_low ? high : low;
}

void dl_oracle_z(dl_oracle *o, int64_t l) {
    omat c = gap(o, l, &o->w[l], &o->a[l - 1]), *z = &o->z[l];
    int64_t rows = c.rows;
    for (int64_t i = 0; i < rows * o->n; i++) {
        c.v[i] += z->v[i];
        if (l < o->layers)
            z->v[i] = best_z(c.v[i], o->a[l].v[i]);
        else
            c.v[i] -= o->u.v[i] / o->rho;
    }
    for (int64_t j = 0; l == o->layers && j < o->n; j++)
        oracle_z_loss(z->v + j * rows, c.v + j * rows, &o->labels, j, rows, o->rho);
    omat_free(&c);
}

void dl_oracle_u(dl_oracle *o) {
    omat r = gap(o, o->layers, &o->w[o->layers], &o->a[o->layers - 1]);
    for (int64_t i = 0; i < r.rows * r.cols; i++) o->u.v[i] -= o->rho * r.v[i];
    omat_free(&r);
}

void dl_oracle_iterate(dl_oracle *o) {
    for (int64_t l = o->layers; l >= 1; l--) {
        if (l < o->layers) dl_oracle_a(o, l);
        dl_oracle_z(o, l);
        dl_oracle_b(o, l);
        dl_oracle_w(o, l);
    }
    for (int64_t l = 1; l <= o->layers; l++) {
        dl_oracle_w(o, l);
        dl_oracle_b(o, l);
        dl_oracle_z(o, l);
        if (l < o->layers) dl_oracle_a(o, l);
    }
    dl_oracle_u(o);
}
