/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dlADMM in slabs: layer 1 and the activations above it, at the end of the way back (a, z, b, W)
 * and the beginning of the way forward (W and b, z, a), in five passes:
 *
 *   1  g = beta W_2' r_2 + nu (a - f(z)), and W_2 g for the length of the step
 *   2  a <- a - s g;  z;  b;  r, T = r K and what the step of W_1 is measured by
 *   3  the step of W_1;  r, T = r K and what the next one is measured by
 *   4  the step of W_1;  b;  z;  r;  g and W_2 g again
 *   5  a <- a - s g
 *
 * The steps are those of dladmm_lines.c. */
#include "solver/chain_kernels.h"
#include "solver/dladmm.h"
#include "solver/kernels.h"
#include "solver/zstep.h"

/* Operands of a pass. */
typedef struct operands {
    const gamlp_pair *pair;
    int64_t from, at; /* the first row and element of the slab */
    gamlp_real *r;    /* W_1 X + b - z of the slab */
    gamlp_real *m, *z, *a, *g, *big_b, *b;
    const gamlp_real *t, *base;
    gamlp_real s;       /* the step of a                       */
    gamlp_real keep, w; /* the step of W: W <- keep W - w r X' */
    gamlp_real nu, l2;
    double beta; /* of the layer above */
    const gamlp_activation *f;
    gamlp_real *part;                              /* sums of rows over some columns */
    const gamlp_real *shift;                       /* of b, likewise          */
    const gamlp_real *value, *fresh, *fresh_value; /* of a column, for another f than ReLU */
} operands;

enum { LANES = GAMLP_LANES, ROWS = GAMLP_SLAB_ROWS };

GAMLP_HOT_PART gamlp_real positive_part(gamlp_real x) {
    return x < 0 ? 0 : x;
}

/* Pass 1: the gradient of a. */
GAMLP_HOT_PART void pull_element(const operands *k, int64_t e, gamlp_real f,
                                 gamlp_real (*sum)[LANES], int l) {
    gamlp_real g = k->g[e] + k->nu * (k->a[e] - f);
    k->g[e] = g;
    sum[0][l] += g * g;
}

GAMLP_HOT_PART void pull_relu(const void *context, int64_t e, int64_t i, gamlp_real (*sum)[LANES],
                              int l) {
    const operands *k = context;
    (void)i;
    pull_element(k, e, positive_part(k->z[e]), sum, l);
}

GAMLP_HOT_PART void pull_other(const void *context, int64_t e, int64_t i, gamlp_real (*sum)[LANES],
                               int l) {
    const operands *k = context;
    pull_element(k, e, k->value[i - k->from], sum, l);
}

/* Pass 5. */
GAMLP_HOT_PART void step_a_element(const operands *k, int64_t e, gamlp_real f,
                                   gamlp_real (*sum)[LANES], int l) {
    gamlp_real a = k->a[e] - k->s * k->g[e], d = a - f;
    k->a[e] = a;
    sum[0][l] += d * d;
}

GAMLP_HOT_PART void step_a_relu(const void *context, int64_t e, int64_t i, gamlp_real (*sum)[LANES],
                                int l) {
    const operands *k = context;
    (void)i;
    step_a_element(k, e, positive_part(k->z[e]), sum, l);
}

GAMLP_HOT_PART void step_a_other(const void *context, int64_t e, int64_t i,
                                 gamlp_real (*sum)[LANES], int l) {
    const operands *k = context;
    step_a_element(k, e, k->value[i - k->from], sum, l);
}

/* Pass 2: a, z and r for the old b; the rows of r are summed. */
GAMLP_HOT_PART void back_element(const operands *k, int64_t e, int64_t i, bool other,
                                 gamlp_real (*sum)[LANES], int l) {
    gamlp_real c = k->m[e] + k->b[i], old = k->z[e], a = k->a[e] - k->s * k->g[e], value, z;
    gamlp_real f = other ? k->value[i - k->from] : positive_part(old);
    if (other) {
        z = k->fresh[i - k->from];
        value = k->fresh_value[i - k->from];
    } else {
        z = gamlp_chain_best_z(&value, c, a);
    }
    gamlp_real r = c - z, dz = z - old, before = c - old, now = a - value;
    f = a - f;
    k->a[e] = a;
    k->z[e] = z;
    k->r[e - k->at] = r;
    k->part[i - k->from] -= r;
    sum[0][l] += f * f;
    sum[1][l] += before * before;
    sum[2][l] += r * r;
    sum[3][l] += dz * dz;
    sum[4][l] += now * now;
}

GAMLP_HOT_PART void back_relu(const void *context, int64_t e, int64_t i, gamlp_real (*sum)[LANES],
                              int l) {
    back_element(context, e, i, false, sum, l);
}

GAMLP_HOT_PART void back_other(const void *context, int64_t e, int64_t i, gamlp_real (*sum)[LANES],
                               int l) {
    back_element(context, e, i, true, sum, l);
}

/* Pass 4: z, r and the gradient of a. */
GAMLP_HOT_PART void forward_element(const operands *k, int64_t e, int64_t i, bool other,
                                    gamlp_real (*sum)[LANES], int l) {
    gamlp_real c = k->m[e] + k->b[i], old = k->z[e], a = k->a[e], value, z;
    if (other) {
        z = k->fresh[i - k->from];
        value = k->fresh_value[i - k->from];
    } else {
        z = gamlp_chain_best_z(&value, c, a);
    }
    gamlp_real r = c - z, dz = z - old, before = c - old, now = a - value;
    gamlp_real g = k->g[e] + k->nu * now;
    k->z[e] = z;
    k->g[e] = g;
    sum[0][l] += before * before;
    sum[1][l] += r * r;
    sum[2][l] += dz * dz;
    sum[3][l] += now * now;
    sum[4][l] += g * g;
}

GAMLP_HOT_PART void forward_relu(const void *context, int64_t e, int64_t i,
                                 gamlp_real (*sum)[LANES], int l) {
    forward_element(context, e, i, false, sum, l);
}

GAMLP_HOT_PART void forward_other(const void *context, int64_t e, int64_t i,
                                  gamlp_real (*sum)[LANES], int l) {
    forward_element(context, e, i, true, sum, l);
}

/* b has moved. */
GAMLP_HOT_PART void shift_element(const void *context, int64_t e, int64_t i,
                                  gamlp_real (*sum)[LANES], int l) {
    const operands *k = context;
    gamlp_real r = k->r[e - k->at] + k->shift[i - k->from];
    k->r[e - k->at] = r;
    sum[0][l] += r * r;
}

GAMLP_HOT_PART void measure_element(const void *context, int64_t e, int64_t i,
                                    gamlp_real (*sum)[LANES], int l) {
    const operands *k = context;
    (void)i;
    gamlp_input_terms(sum, l, k->nu, k->l2, k->t[e], k->r[e - k->at], k->m[e], k->big_b[e],
                      k->base[e]);
}

/* The step of W carried to M and B; returns M. */
GAMLP_HOT_PART gamlp_real carry(const operands *k, int64_t e, int64_t i) {
    gamlp_real m = k->keep * k->m[e] - k->w * k->t[e], r = k->m[e] + k->b[i] - k->z[e];
    k->big_b[e] = k->keep * k->big_b[e] - k->w * r;
    k->m[e] = m;
    return m;
}

/* Pass 3: and to r. */
GAMLP_HOT_PART void apply_element(const void *context, int64_t e, int64_t i,
                                  gamlp_real (*sum)[LANES], int l) {
    const operands *k = context;
    gamlp_real r = carry(k, e, i) + k->b[i] - k->z[e];
    k->r[e - k->at] = r;
    sum[0][l] += r * r;
}

/* Pass 4: and to the sums of the rows of z - M - b. */
GAMLP_HOT_PART void centre_element(const void *context, int64_t e, int64_t i,
                                   gamlp_real (*sum)[LANES], int l) {
    const operands *k = context;
    (void)sum, (void)l;
    k->part[i - k->from] += k->z[e] - carry(k, e, i) - k->b[i];
}

/* What another f than ReLU needs of a column. */
typedef struct column {
    gamlp_real c[ROWS], a[ROWS], value[ROWS], fresh[ROWS], fresh_value[ROWS];
} column;

static void find_z(operands *k, column *s, int64_t e, int64_t n) {
    gamlp_zstep step = {k->f, false, s->c, s->a, k->z + e};
    for (int64_t i = 0; i < n; i++) s->c[i] = k->m[e + i] + k->b[k->from + i];
    for (int64_t i = 0; i < n; i++) s->a[i] = k->a[e + i] - k->s * k->g[e + i];
    gamlp_zstep_strip(s->fresh, s->fresh_value, &step, n);
    k->fresh = s->fresh;
    k->fresh_value = s->fresh_value;
}

/* A slab with the values of another f, and the new z when it is `solved` for. */
GAMLP_HOT_PART void each_other(operands *k, const gamlp_slab *slab, gamlp_slab_totals *totals,
                               double *figures, int count, bool solved,
                               gamlp_slab_element element) {
    double lane[GAMLP_SLAB_FIGURES][LANES] = {{0}};
    column s;
    for (int64_t j = 0; j < slab->cols; j++) {
        int64_t e = slab->at + j * slab->ld;
        gamlp_pair_apply(s.value, k->f, k->z + e, slab->rows);
        k->value = s.value;
        if (solved) find_z(k, &s, e, slab->rows);
        gamlp_slab_rows(k, e, slab->from, slab->rows, lane, count, element);
        if (totals) gamlp_slab_add_totals(totals, slab->rows);
    }
    for (int t = 0; t < count; t++) figures[t] += gamlp_sweep_fold(lane[t]);
}

GAMLP_HOT_PART void each(operands *k, const gamlp_slab *slab, double *figures, int count,
                         bool solved, gamlp_slab_element relu, gamlp_slab_element other) {
    if (k->f->kind == GAMLP_RELU)
        gamlp_slab_each(k, slab, figures, count, relu);
    else
        each_other(k, slab, NULL, figures, count, solved, other);
}

enum { BACK = 0, MOVED = 5, SHIFTED = 6, MEASURE = 7, FORWARD = 6 }; /* among the figures */

GAMLP_HOT_PART operands in_slab(const operands *context, const gamlp_slab *slab, gamlp_real *r) {
    operands k = *context;
    k.from = slab->from;
    k.at = slab->at;
    k.r = r;
    return k;
}

GAMLP_HOT static void pull(const operands *context, const gamlp_slab *slab, double *figures) {
    operands k = in_slab(context, slab, NULL);
    each(&k, slab, figures, 1, false, pull_relu, pull_other);
}

GAMLP_HOT static void step_a(const operands *context, const gamlp_slab *slab, double *figures) {
    operands k = in_slab(context, slab, NULL);
    each(&k, slab, figures, 1, false, step_a_relu, step_a_other);
}

/* a, z and b; r for the new b. */
GAMLP_HOT static void back(const operands *context, const gamlp_slab *slab, gamlp_real *r,
                           double *figures) {
    operands k = in_slab(context, slab, r);
    gamlp_slab_totals totals = {{0}, {0}};
    gamlp_real shift[ROWS] = {0}, *b = k.b + slab->from;
    k.part = totals.part;
    k.shift = shift;
    if (k.f->kind == GAMLP_RELU)
        gamlp_slab_each_row(&k, slab, &totals, figures + BACK, 5, back_relu);
    else
        each_other(&k, slab, &totals, figures + BACK, 5, true, back_other);
    for (int64_t i = 0; i < slab->rows; i++) shift[i] = b[i];
    figures[MOVED] += gamlp_pair_move_bias(b, totals.total, slab);
    for (int64_t i = 0; i < slab->rows; i++) shift[i] = b[i] - shift[i];
    gamlp_slab_each(&k, slab, figures + SHIFTED, 1, shift_element);
}

GAMLP_HOT static void measure(const operands *context, const gamlp_slab *slab, gamlp_real *r,
                              double *figures) {
    operands k = in_slab(context, slab, r);
    gamlp_slab_each(&k, slab, figures + MEASURE, 6, measure_element);
}

GAMLP_HOT static void apply(const operands *context, const gamlp_slab *slab, gamlp_real *r,
                            double *figures) {
    operands k = in_slab(context, slab, r);
    gamlp_slab_each(&k, slab, figures, 1, apply_element);
}

GAMLP_HOT static void centre(const operands *context, const gamlp_slab *slab, double *figures) {
    operands k = in_slab(context, slab, NULL);
    gamlp_slab_totals totals = {{0}, {0}};
    k.part = totals.part;
    gamlp_slab_each_row(&k, slab, &totals, figures, 0, centre_element);
    figures[MOVED] += gamlp_pair_move_bias(k.b + slab->from, totals.total, slab);
}

GAMLP_HOT static void forward(const operands *context, const gamlp_slab *slab, double *figures) {
    operands k = in_slab(context, slab, NULL);
    k.s = 0;
    each(&k, slab, figures + FORWARD, 5, true, forward_relu, forward_other);
}

static void pass_1(const void *context, const gamlp_slab *slab, double *figures,
                   gamlp_real *image) {
    const operands *k = context;
    gamlp_pair_pull(k->pair, slab, k->beta, &k->pair->above->r);
    pull(k, slab, figures);
    gamlp_pair_push(image, slab, &k->pair->above->w, k->g + slab->at);
}

static void pass_2(const void *context, const gamlp_slab *slab, double *figures,
                   gamlp_real *image) {
    const operands *k = context;
    gamlp_slab_room r;
    (void)image;
    back(k, slab, r.data, figures);
    gamlp_pair_gram(k->pair, slab, r.data);
    measure(k, slab, r.data, figures);
}

static void pass_3(const void *context, const gamlp_slab *slab, double *figures,
                   gamlp_real *image) {
    const operands *k = context;
    gamlp_slab_room r;
    (void)image;
    apply(k, slab, r.data, figures);
    gamlp_pair_gram(k->pair, slab, r.data);
    measure(k, slab, r.data, figures);
}

static void pass_4(const void *context, const gamlp_slab *slab, double *figures,
                   gamlp_real *image) {
    const operands *k = context;
    centre(k, slab, figures);
    gamlp_pair_pull(k->pair, slab, k->beta, &k->pair->above->r);
    forward(k, slab, figures);
    gamlp_pair_push(image, slab, &k->pair->above->w, k->g + slab->at);
}

static void pass_5(const void *context, const gamlp_slab *slab, double *figures,
                   gamlp_real *image) {
    (void)image;
    step_a(context, slab, figures);
}

typedef struct input {
    gamlp_dladmm *d;
    gamlp_pd_layer *layer, *above;
    double nu, beta; /* penalties of layers 1 and 2 */
    operands k;
    double sums[GAMLP_SLAB_FIGURES];
    double fit, activation; /* as the audit knows them      */
    double fit_above;
} input;

static input begin(gamlp_dladmm *d) {
    gamlp_pair *p = &d->pair;
    input s = {.d = d,
               .layer = p->layer,
               .above = p->above,
               .nu = d->options.nu,
               .beta = d->options.rho,
               .activation = p->layer->figures.activation};
    s.k = (operands){.pair = p,
                     .m = p->m,
                     .z = p->z,
                     .a = p->a,
                     .g = p->g,
                     .big_b = p->big_b,
                     .b = p->b,
                     .t = p->t,
                     .base = p->base,
                     .nu = (gamlp_real)s.nu,
                     .l2 = (gamlp_real)d->options.l2,
                     .beta = s.beta,
                     .f = gamlp_chain_activation(d->net)};
    return s;
}

static void run(input *s, gamlp_slab_body body, bool pushes) {
    gamlp_dense image = gamlp_chain_image(s->d->net, s->above);
    gamlp_slabs_run(s->sums, pushes ? &image : NULL, &s->d->pair.slabs, body, &s->k);
}

/* The length of the step of a, whose gradient has this square, carried to the layer above. */
static gamlp_status choose_a(input *s, double gg) {
    gamlp_pdadmm *net = s->d->net;
    gamlp_layer_figures *f = &s->layer->figures;
    gamlp_dense image = gamlp_chain_image(net, s->above);
    s->k.s = 0;
    s->fit_above = s->d->audit.on ? gamlp_pd_fit(s->above) : 0;
    f->tau = f->dp = 0;
    if (gg == 0) return GAMLP_OK;
    f->tau = gamlp_pd_weight(&net->options, s->nu + s->beta * gamlp_kernel_square(&image) / gg);
    f->dp = gg / (f->tau * f->tau);
    s->k.s = (gamlp_real)(1 / f->tau);
    s->d->moved += f->dp;
    gamlp_kernel_step_residual(&s->above->m, &s->above->r, s->k.s, &image, &s->above->b,
                               &s->above->z);
    return gamlp_pd_check_finite(net, s->layer, "a", f->dp);
}

/* What the step of a, after which ||a - f(z)||^2 is `activation`, did to the Lagrangian. */
static void note_a(input *s, double activation) {
    double change = 0.5 * s->nu * (activation - s->activation);
    if (!s->d->audit.on) return;
    change += 0.5 * s->beta * (gamlp_pd_fit(s->above) - s->fit_above);
    gamlp_chain_audit_note(&s->d->audit, GAMLP_CHAIN_A, 1, change);
    s->activation = activation;
}

/* The same of z, from these four sums: ||r||^2 before, and after ||r||^2, ||z - old z||^2 and
 * ||a - f(z)||^2. */
static gamlp_status note_z(input *s, const double *sums) {
    gamlp_layer_figures *f = &s->layer->figures;
    f->fit = sums[1];
    f->dz = sums[2];
    f->activation = sums[3];
    s->d->moved += f->dz;
    gamlp_chain_audit_note(&s->d->audit, GAMLP_CHAIN_Z, 1,
                           0.5 * s->nu * (f->fit - sums[0] + f->activation - s->activation));
    s->fit = f->fit;
    s->activation = f->activation;
    return gamlp_pd_check_finite(s->d->net, s->layer, "z", f->fit + f->dz + f->activation);
}

static gamlp_status note_b(input *s) {
    s->layer->figures.db = s->sums[MOVED];
    s->d->moved += s->sums[MOVED];
    gamlp_chain_audit_note(&s->d->audit, GAMLP_CHAIN_B, 1,
                           -0.5 * s->nu * (double)s->d->net->columns * s->sums[MOVED]);
    return gamlp_pd_check_finite(s->d->net, s->layer, "b", s->sums[MOVED]);
}

/* The step of W; what it does to the penalty. */
static gamlp_status choose_w(double *penalty, input *s) {
    gamlp_pdadmm *net = s->d->net;
    gamlp_input_sums sums = gamlp_input_sums_of(s->sums + MEASURE);
    double before = s->layer->figures.penalty;
    net->options.nu = s->nu;
    gamlp_status status = gamlp_pd_step_input(net, s->layer, &sums);
    *penalty = s->layer->figures.penalty - before;
    s->k.keep = (gamlp_real)s->layer->keep;
    s->k.w = (gamlp_real)s->layer->s;
    s->d->moved += s->layer->figures.dw;
    return status;
}

static void note_w(input *s, double fit, double penalty) {
    gamlp_chain_audit_note(&s->d->audit, GAMLP_CHAIN_W, 1, 0.5 * s->nu * (fit - s->fit) + penalty);
    s->fit = fit;
}

gamlp_status gamlp_dl_update_input(gamlp_dladmm *d) {
    input s = begin(d);
    double penalty;
    gamlp_status status = GAMLP_OK;
    run(&s, pass_1, true);
    GAMLP_TRY(choose_a(&s, s.sums[0]));
    run(&s, pass_2, false);
    note_a(&s, s.sums[BACK]);
    GAMLP_TRY(note_z(&s, s.sums + BACK + 1));
    GAMLP_TRY(note_b(&s));
    s.fit = s.sums[SHIFTED];
    GAMLP_TRY(choose_w(&penalty, &s));
    run(&s, pass_3, false);
    note_w(&s, s.sums[0], penalty);
    GAMLP_TRY(choose_w(&penalty, &s));
    run(&s, pass_4, true);
    GAMLP_TRY(note_b(&s));
    note_w(&s, s.sums[FORWARD] + (double)d->net->columns * s.sums[MOVED], penalty);
    GAMLP_TRY(note_z(&s, s.sums + FORWARD));
    GAMLP_TRY(choose_a(&s, s.sums[FORWARD + 4]));
    run(&s, pass_5, false);
    note_a(&s, s.sums[0]);
    s.layer->figures.activation = s.sums[0];
done:
    return status;
}
