/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "oracle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

omat omat_new(int64_t rows, int64_t cols) {
    omat a = {rows, cols, calloc((size_t)(rows * cols) + 1, sizeof(double))};
    return a;
}

omat omat_from(const gamlp_dense *a) {
    omat b = omat_new(a->rows, a->cols);
    for (int64_t i = 0; i < a->rows * a->cols; i++) b.v[i] = a->data[i];
    return b;
}

void omat_free(omat *a) {
    free(a->v);
    *a = (omat){0};
}

static double at(const omat *a, bool t, int64_t i, int64_t j) {
    return t ? a->v[j + i * a->rows] : a->v[i + j * a->rows];
}

omat omat_mul(const omat *a, bool ta, const omat *b, bool tb) {
    int64_t m = ta ? a->cols : a->rows, k = ta ? a->rows : a->cols, n = tb ? b->rows : b->cols;
    omat c = omat_new(m, n);
    for (int64_t j = 0; j < n; j++)
        for (int64_t i = 0; i < m; i++)
            for (int64_t e = 0; e < k; e++) c.v[i + j * m] += at(a, ta, i, e) * at(b, tb, e, j);
    return c;
}

double omat_square(const omat *a) {
    double sum = 0;
    for (int64_t i = 0; i < a->rows * a->cols; i++) sum += a->v[i] * a->v[i];
    return sum;
}

void omat_take(omat *to, const gamlp_dense *from) {
    omat_free(to);
    if (from->data) *to = omat_from(from);
}

void omat_compare(const omat *ours, const omat *theirs, double tolerance, int64_t layer,
                  const char *what) {
    double most = 0, worst = 0;
    assert_int_equal(ours->rows, theirs->rows);
    assert_int_equal(ours->cols, theirs->cols);
    for (int64_t i = 0; i < theirs->rows * theirs->cols; i++) {
        most = fmax(most, fabs(theirs->v[i]));
        worst = fmax(worst, fabs(ours->v[i] - theirs->v[i]));
    }
    if (!(worst <= tolerance * (1e-2 + most)))
        fail_msg("%s of layer %lld is off by %.3g (largest %.3g)", what, (long long)layer, worst,
                 most);
}

void oracle_solve(omat *b, omat *a) {
    int64_t n = a->rows;
    for (int64_t k = 0; k < n; k++)
        for (int64_t i = k + 1; i < n; i++) {
            double s = a->v[i + k * n] / a->v[k + k * n];
            for (int64_t j = k; j < n; j++) a->v[i + j * n] -= s * a->v[k + j * n];
            for (int64_t r = 0; r < b->rows; r++)
                b->v[r + i * b->rows] -= s * b->v[r + k * b->rows];
        }
    for (int64_t k = n - 1; k >= 0; k--)
        for (int64_t r = 0; r < b->rows; r++) {
            double sum = b->v[r + k * b->rows];
            for (int64_t j = k + 1; j < n; j++) sum -= a->v[k + j * n] * b->v[r + j * b->rows];
            b->v[r + k * b->rows] = sum / a->v[k + k * n];
        }
}

omat omat_copy(const omat *a) {
    omat b = omat_new(a->rows, a->cols);
    memcpy(b.v, a->v, (size_t)(a->rows * a->cols) * sizeof(double));
    return b;
}

/* W p + b - z for the given candidates. */
static omat residual(const oracle *o, int64_t l, const omat *w, const omat *p) {
    omat r = omat_mul(w, false, p, false);
    for (int64_t j = 0; j < o->n; j++)
        for (int64_t i = 0; i < r.rows; i++)
            r.v[i + j * r.rows] += o->b[l].v[i] - o->z[l].v[i + j * r.rows];
    return r;
}

double oracle_relu(double x) {
    return x > 0 ? x : 0;
}

double oracle_risk(const double *z, int64_t classes, int32_t label) {
    double most = z[0], sum = 0;
    for (int64_t c = 1; c < classes; c++) most = fmax(most, z[c]);
    for (int64_t c = 0; c < classes; c++) sum += exp(z[c] - most);
    return log(sum) + most - z[label];
}

static double class_weight(const oracle_labels *labels, int64_t j, int64_t classes) {
    int64_t same = 0;
    for (int64_t i = 0; i < labels->n; i++) same += labels->label[i] == labels->label[j];
    if (labels->loss.balanced) return (double)labels->n / (double)(classes * same);
    return labels->loss.count > 0 ? labels->loss.weight[labels->label[j]] : 1;
}

static double target(const oracle_labels *labels, int64_t j, int64_t c, int64_t classes) {
    double s = labels->loss.smoothing;
    return (1 - s) * (c == labels->label[j]) + s / (double)classes;
}

double oracle_loss(const oracle_labels *labels, int64_t j, const double *z, int64_t classes) {
    double weight = class_weight(labels, j, classes), sum = 0;
    for (int64_t c = 0; c < classes; c++) {
        double t = target(labels, j, c, classes);
        if (labels->loss.kind == GAMLP_LOSS_SQUARED)
            sum += 0.5 * (z[c] - t) * (z[c] - t);
        else
            sum += t * oracle_risk(z, classes, (int32_t)c); /* the targets sum to 1 */
    }
    return weight * sum;
}

void oracle_loss_gradient(double *g, const oracle_labels *labels, int64_t j, const double *z,
                          int64_t classes) {
    double weight = class_weight(labels, j, classes);
    for (int64_t c = 0; c < classes; c++) {
        double f = z[c];
        if (labels->loss.kind != GAMLP_LOSS_SQUARED) f = exp(-oracle_risk(z, classes, (int32_t)c));
        g[c] = weight * (f - target(labels, j, c, classes));
    }
}

void oracle_z_loss(double *z, const double *a, const oracle_labels *labels, int64_t j,
                   int64_t classes, double nu) {
    double step = 1 / (class_weight(labels, j, classes) + nu), worst = 1, g[64];
    for (int k = 0; k < 100000 && worst > 1e-14; k++) {
        worst = 0;
        oracle_loss_gradient(g, labels, j, z, classes);
        for (int64_t c = 0; c < classes; c++) {
            double d = step * (g[c] + nu * (z[c] - a[c]));
            z[c] -= d;
            worst = fmax(worst, fabs(d) / (1 + fabs(z[c])));
        }
    }
}

/* The part of the Lagrangian that joins p_{l} and q_{l-1}. */
static double coupling(const oracle *o, int64_t l, const omat *p) {
    double sum = 0;
    for (int64_t i = 0; i < p->rows * p->cols; i++) {
        double d = p->v[i] - o->q[l - 1].v[i];
        sum += o->u[l - 1].v[i] * d + 0.5 * o->rho * d * d;
    }
    return sum;
}

/* phi of layer l as a function of p or W. */
static double phi(const oracle *o, int64_t l, const omat *w, const omat *p) {
    omat r = residual(o, l, w, p);
    double value = 0.5 * o->nu * omat_square(&r);
    omat_free(&r);
    return l > 1 ? value + coupling(o, l, p) : value;
}

double oracle_lagrangian(const oracle *o) {
    double sum = 0;
    for (int64_t l = 1; l <= o->layers; l++) {
        sum += phi(o, l, &o->w[l], &o->p[l]) + 0.5 * o->l2 * omat_square(&o->w[l]);
        for (int64_t i = 0; l < o->layers && i < o->z[l].rows * o->n; i++) {
            double d = o->q[l].v[i] - oracle_activation(&o->f, o->z[l].v[i]);
            sum += 0.5 * o->nu * d * d;
        }
    }
    const omat *z = &o->z[o->layers];
    for (int64_t j = 0; j < o->n; j++) sum += oracle_risk(z->v + j * z->rows, z->rows, o->label[j]);
    return sum;
}

double oracle_nearest(const gamlp_levels *levels, double x) {
    double best = gamlp_levels_value(levels, 0);
    for (int64_t k = 1; k < levels->count; k++) {
        double value = gamlp_levels_value(levels, k);
        if (fabs(x - value) < fabs(x - best)) best = value;
    }
    return best;
}

static void quantise(const gamlp_levels *levels, omat *a) {
    for (int64_t i = 0; i < a->rows * a->cols; i++) a->v[i] = oracle_nearest(levels, a->v[i]);
}

static void forward(oracle *o) {
    for (int64_t l = 1; l <= o->layers; l++) {
        int64_t rows = o->w[l].rows;
        o->z[l] = omat_new(rows, o->n);
        omat r = residual(o, l, &o->w[l], &o->p[l]);
        omat_free(&o->z[l]);
        o->z[l] = r;
        if (l == o->layers) break;
        o->q[l] = omat_copy(&r);
        for (int64_t i = 0; i < rows * o->n; i++)
            o->q[l].v[i] = oracle_activation(&o->f, o->q[l].v[i]);
        if (o->quantise == GAMLP_QUANTISE_PQ) quantise(o->levels[l + 1], &o->q[l]);
        o->p[l + 1] = omat_copy(&o->q[l]);
        if (o->quantise) quantise(o->levels[l + 1], &o->p[l + 1]);
        o->u[l] = omat_new(rows, o->n);
    }
}

void oracle_init(oracle *o, const gamlp_dense *x, const int32_t *label, const gamlp_model *model,
                 const gamlp_pdadmm_options *options, const gamlp_levels *const *levels) {
    memset(o, 0, sizeof *o);
    o->layers = model->layers;
    o->n = x->cols;
    o->nu = options->nu;
    o->rho = options->rho;
    o->l2 = options->l2;
    o->f = options->activation;
    o->trial = options->step == GAMLP_STEP_BACKTRACK;
    o->step_start = options->step_start;
    o->label = label;
    o->quantise = options->quantise;
    for (int64_t l = 2; o->quantise && l <= o->layers; l++) o->levels[l] = levels[l];
    o->p[1] = omat_from(x);
    for (int64_t l = 1; l <= o->layers; l++) {
        o->w[l] = omat_from(&model->layer[l - 1].weight);
        o->b[l] = omat_from(&model->layer[l - 1].bias);
    }
    forward(o);
}

void oracle_free(oracle *o) {
    for (int64_t l = 0; l <= o->layers; l++) {
        omat *part[] = {&o->p[l], &o->w[l], &o->b[l], &o->z[l], &o->q[l], &o->u[l]};
        for (int i = 0; i < 6; i++) omat_free(part[i]);
    }
}

/* x - (g + keep x) / (t + keep): the proximal step with weight t and L2 weight `keep`. */
static omat step(const omat *x, const omat *g, double t, double keep) {
    omat y = omat_new(x->rows, x->cols);
    for (int64_t i = 0; i < x->rows * x->cols; i++) y.v[i] = (t * x->v[i] - g->v[i]) / (t + keep);
    return y;
}

/* phi(y) <= phi(x) + <g, y - x> + (t/2) ||y - x||^2, with room for rounding. */
static bool admissible(double at_y, double at_x, const omat *g, const omat *x, const omat *y,
                       double t) {
    double inner = 0, square = 0;
    for (int64_t i = 0; i < x->rows * x->cols; i++) {
        double d = y->v[i] - x->v[i];
        inner += g->v[i] * d;
        square += d * d;
    }
    return at_y <= at_x + inner + 0.5 * t * square + 1e-12 * fabs(at_x) + 1e-26;
}

void oracle_p(oracle *o, int64_t l) {
    omat r = residual(o, l, &o->w[l], &o->p[l]), g = omat_mul(&o->w[l], true, &r, false);
    for (int64_t i = 0; i < g.rows * g.cols; i++)
        g.v[i] = o->nu * g.v[i] + o->u[l - 1].v[i] + o->rho * (o->p[l].v[i] - o->q[l - 1].v[i]);
    double gg = omat_square(&g), before = phi(o, l, &o->w[l], &o->p[l]), t = o->step_start;
    omat wg = omat_mul(&o->w[l], false, &g, false), y = {0};
    if (!o->trial) t = o->rho + o->nu * omat_square(&wg) / gg;
    for (;; t *= 2) {
        y = step(&o->p[l], &g, t, 0);
        if (o->quantise) quantise(o->levels[l], &y);
        if ((!o->trial && !o->quantise) || gg == 0 ||
            admissible(phi(o, l, &o->w[l], &y), before, &g, &o->p[l], &y, t))
            break;
        omat_free(&y);
    }
    if (gg > 0) {
        omat_free(&o->p[l]);
        o->p[l] = y;
    } else {
        omat_free(&y);
    }
    omat_free(&r);
    omat_free(&g);
    omat_free(&wg);
}

void oracle_w(oracle *o, int64_t l) {
    omat r = residual(o, l, &o->w[l], &o->p[l]), g = omat_mul(&r, false, &o->p[l], true);
    for (int64_t i = 0; i < g.rows * g.cols; i++) g.v[i] *= o->nu;
    omat full = omat_copy(&g), image, y = {0};
    for (int64_t i = 0; i < g.rows * g.cols; i++) full.v[i] += o->l2 * o->w[l].v[i];
    image = omat_mul(&full, false, &o->p[l], false);
    double gg = omat_square(&full), before = phi(o, l, &o->w[l], &o->p[l]), t = o->step_start;
    if (!o->trial) t = o->nu * omat_square(&image) / gg;
    for (;; t *= 2) {
        y = step(&o->w[l], &g, t, o->l2);
        if (!o->trial || admissible(phi(o, l, &y, &o->p[l]), before, &g, &o->w[l], &y, t)) break;
        omat_free(&y);
    }
    if (gg > 0) {
        omat_free(&o->w[l]);
        o->w[l] = y;
    } else {
        omat_free(&y);
    }
    omat_free(&r);
    omat_free(&g);
    omat_free(&full);
    omat_free(&image);
}

void oracle_b(oracle *o, int64_t l) {
    omat r = residual(o, l, &o->w[l], &o->p[l]);
    for (int64_t i = 0; i < r.rows; i++) {
        double sum = 0;
        for (int64_t j = 0; j < o->n; j++) sum += r.v[i + j * r.rows];
        o->b[l].v[i] -= sum / (double)o->n;
    }
    omat_free(&r);
}

static double z_best(const gamlp_activation *f, double a, double q, double k) {
    if (f->kind != GAMLP_RELU) return oracle_zstep(f, 1, a, q, k);
    double low = fmin((a + k) / 2, 0), high = fmax((a + q + k) / 3, 0);
    return oracle_z_value(f, 1, a, q, k, high) < oracle_z_value(f, 1, a, q, k, low) ? high : low;
}

/* min risk(z) + (nu/2) ||z - a||^2 by many damped Newton steps with a dense solve. */
void oracle_z_last(double *z, const double *a, int64_t classes, int32_t label, double nu) {
    double s[64], g[64], h[64][65];
    for (int iteration = 0; iteration < 200; iteration++) {
        double most = z[0], sum = 0, worst = 0;
        for (int64_t c = 1; c < classes; c++) most = fmax(most, z[c]);
        for (int64_t c = 0; c < classes; c++) sum += s[c] = exp(z[c] - most);
        for (int64_t c = 0; c < classes; c++) {
            s[c] /= sum;
            g[c] = s[c] - (c == label) + nu * (z[c] - a[c]);
            worst = fmax(worst, fabs(g[c]));
        }
        if (worst < 1e-13) return;
        for (int64_t i = 0; i < classes; i++) {
            for (int64_t j = 0; j < classes; j++) h[i][j] = (i == j) * (s[i] + nu) - s[i] * s[j];
            h[i][classes] = -g[i];
        }
        for (int64_t i = 0; i < classes; i++)
            for (int64_t r = 0; r < classes; r++) {
                double factor = r == i ? 0 : h[r][i] / h[i][i];
                for (int64_t c = i; c <= classes; c++) h[r][c] -= factor * h[i][c];
            }
        double value = oracle_risk(z, classes, label), t = 1, trial[64], d = 0;
        for (int64_t c = 0; c < classes; c++) value += 0.5 * nu * (z[c] - a[c]) * (z[c] - a[c]);
        for (int halving = 0; halving < 60; halving++, t /= 2) {
            d = 0;
            for (int64_t c = 0; c < classes; c++) {
                trial[c] = z[c] + t * h[c][classes] / h[c][c];
                d += 0.5 * nu * (trial[c] - a[c]) * (trial[c] - a[c]);
            }
            if (oracle_risk(trial, classes, label) + d <= value + 1e-13) break;
        }
        memcpy(z, trial, (size_t)classes * sizeof *z);
    }
}

void oracle_z(oracle *o, int64_t l) {
    omat r = residual(o, l, &o->w[l], &o->p[l]);
    int64_t rows = r.rows;
    for (int64_t i = 0; i < rows * o->n; i++) r.v[i] += o->z[l].v[i]; /* a = W p + b */
    if (l < o->layers)
        for (int64_t i = 0; i < rows * o->n; i++)
            o->z[l].v[i] = z_best(&o->f, r.v[i], o->q[l].v[i], o->z[l].v[i]);
    else
        for (int64_t j = 0; j < o->n; j++)
            oracle_z_last(o->z[l].v + j * rows, r.v + j * rows, rows, o->label[j], o->nu);
    omat_free(&r);
}

void oracle_q(oracle *o, int64_t l) {
    for (int64_t i = 0; i < o->q[l].rows * o->n; i++)
        o->q[l].v[i] = (o->rho * o->p[l + 1].v[i] + o->u[l].v[i] +
                        o->nu * oracle_activation(&o->f, o->z[l].v[i])) /
                       (o->rho + o->nu);
    if (o->quantise == GAMLP_QUANTISE_PQ) quantise(o->levels[l + 1], &o->q[l]);
}

void oracle_u(oracle *o, int64_t l) {
    for (int64_t i = 0; i < o->q[l].rows * o->n; i++)
        o->u[l].v[i] += o->rho * (o->p[l + 1].v[i] - o->q[l].v[i]);
}

void oracle_iterate(oracle *o) {
    for (int64_t l = 2; l <= o->layers; l++) oracle_p(o, l);
    for (int64_t l = 1; l <= o->layers; l++) oracle_w(o, l);
    for (int64_t l = 1; l <= o->layers; l++) oracle_b(o, l);
    for (int64_t l = 1; l <= o->layers; l++) oracle_z(o, l);
    for (int64_t l = 1; l < o->layers; l++) oracle_q(o, l);
    for (int64_t l = 1; l < o->layers; l++) oracle_u(o, l);
}
