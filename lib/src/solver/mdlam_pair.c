/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mDLAM in slabs: layer 1 and the activations above it, in five passes:
 *
 *   1  R = r + omega (M - M'), T = R K and what the step of W_1 is measured by
 *   2  the step of W_1 from the extrapolated point, and how F and W_1 change
 *   3  b;  z;  r;  the extrapolation d = omega (a - a') and W_2 d
 *   4  g = rho W_2' (r_2 + W_2 d), and W_2 g for the length of the step
 *   5  a <- clip(a + d - s g), its displacement and the image of it
 *
 * What pass 2 makes of M and B goes where M' and B' were, which are needed no more, and changes
 * places with M and B when it lowers F.  The steps are those of mdlam_w.c and
 * mdlam_lines.c. */
#include <math.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "solver/chain_kernels.h"
#include "solver/mdlam.h"
#include "solver/mdlam_kernels.h"

enum { LANES = GAMLP_LANES, ROWS = GAMLP_SLAB_ROWS };

/* Operands of a pass. */
typedef struct operands {
    const gamlp_pair *pair;
    int64_t from, at; /* the first row and element of the slab */
    gamlp_real *room; /* of the slab: R, the extrapolation of a, or its displacement */
    gamlp_real *m, *z, *a, *big_b, *b;
    gamlp_real *before_m, *before_b, *before_a, *fresh_a;
    const gamlp_real *t, *base, *g;
    gamlp_real omega, keep, w; /* the step of W: W <- keep W - w r X'  */
    gamlp_real da;             /* what it adds to the share of W_1^0   */
    gamlp_real rho, l2, epsilon;
    gamlp_real s; /* the step of a */
    const gamlp_dense *above;
    const gamlp_activation *f;
    gamlp_real *part;          /* sums of rows over some columns            */
    gamlp_real (*most)[LANES]; /* gap and largest                           */
    const gamlp_real *value;   /* f(z) of a column, for another f than ReLU */
} operands;

/* omega (x - x') */
GAMLP_HOT_PART gamlp_real pull(const operands *k, const gamlp_real *x, const gamlp_real *before,
                               int64_t e) {
    return k->omega * (x[e] - before[e]);
}

GAMLP_HOT_PART gamlp_real residual(const operands *k, int64_t e, int64_t i) {
    return k->m[e] + k->b[i] - k->z[e];
}

GAMLP_HOT_PART void bar_element(const void *context, int64_t e, int64_t i, gamlp_real (*sum)[LANES],
                                int l) {
    const operands *k = context;
    (void)sum, (void)l;
    k->room[e - k->at] = residual(k, e, i) + pull(k, k->m, k->before_m, e);
}

GAMLP_HOT_PART void measure_element(const void *context, int64_t e, int64_t i,
                                    gamlp_real (*sum)[LANES], int l) {
    const operands *k = context;
    (void)i;
    gamlp_input_terms(sum, l, k->rho, k->l2, k->t[e], k->room[e - k->at],
                      k->m[e] + pull(k, k->m, k->before_m, e),
                      k->big_b[e] + pull(k, k->big_b, k->before_b, e), k->base[e]);
}

/* ||r||^2 after less ||r||^2 before, and ||W - old W||^2 but for da^2 ||W_1^0||^2. */
GAMLP_HOT_PART void carry_element(const void *context, int64_t e, int64_t i,
                                  gamlp_real (*sum)[LANES], int l) {
    const operands *k = context;
    gamlp_real m = k->m[e], b = k->big_b[e], r = residual(k, e, i);
    gamlp_real pulled = pull(k, k->m, k->before_m, e), bar = r + pulled;
    gamlp_real delta = k->keep * pulled + (k->keep - 1) * m - k->w * k->t[e];
    gamlp_real fresh_b = k->keep * (b + pull(k, k->big_b, k->before_b, e)) - k->w * bar;
    k->before_m[e] = m + delta;
    k->before_b[e] = fresh_b;
    sum[0][l] += delta * (2 * r + delta);
    sum[1][l] += (fresh_b - b) * (k->da * k->base[e] + delta);
}

GAMLP_HOT_PART void centre_element(const void *context, int64_t e, int64_t i,
                                   gamlp_real (*sum)[LANES], int l) {
    const operands *k = context;
    (void)sum, (void)l;
    k->part[i - k->from] += k->z[e] - k->m[e] - k->b[i];
}

GAMLP_HOT_PART void put_z(const operands *k, int64_t e, gamlp_real c, gamlp_real z,
                          gamlp_real (*sum)[LANES], int l) {
    gamlp_real r = c - z, dz = z - k->z[e], before = c - k->z[e];
    k->z[e] = z;
    sum[0][l] += r * r;
    sum[1][l] += dz * dz;
    sum[2][l] += before * before;
}

/* f is ReLU: z <= a + epsilon, and z >= a - epsilon where that is positive. */
GAMLP_HOT_PART void z_relu(const void *context, int64_t e, int64_t i, gamlp_real (*sum)[LANES],
                           int l) {
    const operands *k = context;
    gamlp_real c = k->m[e] + k->b[i], low = k->a[e] - k->epsilon, high = k->a[e] + k->epsilon;
    gamlp_real best = c < low && low > 0 ? low : c;
    put_z(k, e, c, best > high ? high : best, sum, l);
}

/* Any f that does not decrease.  Rounding may leave no z at all: then the old one stays. */
GAMLP_HOT_PART void z_other(const void *context, int64_t e, int64_t i, gamlp_real (*sum)[LANES],
                            int l) {
    const operands *k = context;
    gamlp_real c = k->m[e] + k->b[i];
    double a = (double)k->a[e], epsilon = (double)k->epsilon, low, high;
    bool some = gamlp_activation_preimage(&low, &high, k->f, a - epsilon, a + epsilon);
    put_z(k, e, c, some ? (gamlp_real)fmin(fmax((double)c, low), high) : k->z[e], sum, l);
}

GAMLP_HOT_PART void extrapolate_element(const void *context, int64_t e, int64_t i,
                                        gamlp_real (*sum)[LANES], int l) {
    const operands *k = context;
    (void)i, (void)sum, (void)l;
    k->room[e - k->at] = pull(k, k->a, k->before_a, e);
}

GAMLP_HOT_PART void square_element(const void *context, int64_t e, int64_t i,
                                   gamlp_real (*sum)[LANES], int l) {
    const operands *k = context;
    (void)i;
    sum[0][l] += k->g[e] * k->g[e];
}

/* The new a, and how far it is from where the step starts. */
GAMLP_HOT_PART void move_element(const operands *k, int64_t e, gamlp_real f,
                                 gamlp_real (*sum)[LANES], int l) {
    gamlp_real a = k->a[e], start = a + pull(k, k->a, k->before_a, e);
    gamlp_real x = start - k->s * k->g[e], low = f - k->epsilon, high = f + k->epsilon;
    gamlp_real y = x < low ? low : x;
    y = y > high ? high : y;
    gamlp_real d = y - start, da = y - a, gap = y - f, size = f < 0 ? -f : f;
    gap = gap < 0 ? -gap : gap;
    k->fresh_a[e] = y;
    k->room[e - k->at] = d;
    sum[0][l] += d * d;
    sum[1][l] += da * da;
    sum[2][l] += x != y ? 1 : 0;
    k->most[0][l] = gap > k->most[0][l] ? gap : k->most[0][l];
    k->most[1][l] = size > k->most[1][l] ? size : k->most[1][l];
}

GAMLP_HOT_PART void move_relu(const void *context, int64_t e, int64_t i, gamlp_real (*sum)[LANES],
                              int l) {
    const operands *k = context;
    (void)i;
    move_element(k, e, k->z[e] < 0 ? 0 : k->z[e], sum, l);
}

GAMLP_HOT_PART void move_other(const void *context, int64_t e, int64_t i, gamlp_real (*sum)[LANES],
                               int l) {
    const operands *k = context;
    move_element(k, e, k->value[i - k->from], sum, l);
}

/* The figures of the passes. */
enum { RISE, CROSS };
enum { FIT, DZ, BEFORE, DB };
enum { MOVED, SQUARE, CLIPPED, GAP = GAMLP_SLAB_MAXIMA, LARGEST };

GAMLP_HOT_PART operands in_slab(const operands *context, const gamlp_slab *slab, gamlp_real *room) {
    operands k = *context;
    k.from = slab->from;
    k.at = slab->at;
    k.room = room;
    return k;
}

GAMLP_HOT static void extrapolate(const operands *context, const gamlp_slab *slab,
                                  gamlp_real *room) {
    operands k = in_slab(context, slab, room);
    gamlp_slab_each(&k, slab, NULL, 0, bar_element);
}

GAMLP_HOT static void measure(const operands *context, const gamlp_slab *slab, gamlp_real *room,
                              double *figures) {
    operands k = in_slab(context, slab, room);
    gamlp_slab_each(&k, slab, figures, 6, measure_element);
}

GAMLP_HOT static void carry(const operands *context, const gamlp_slab *slab, double *figures) {
    operands k = in_slab(context, slab, NULL);
    gamlp_slab_each(&k, slab, figures, 2, carry_element);
}

GAMLP_HOT static void centre(const operands *context, const gamlp_slab *slab, double *figures) {
    operands k = in_slab(context, slab, NULL);
    gamlp_slab_totals totals = {{0}, {0}};
    k.part = totals.part;
    gamlp_slab_each_row(&k, slab, &totals, figures, 0, centre_element);
    figures[DB] += gamlp_pair_move_bias(k.b + slab->from, totals.total, slab);
}

GAMLP_HOT static void step_z(const operands *context, const gamlp_slab *slab, double *figures) {
    operands k = in_slab(context, slab, NULL);
    if (k.f->kind == GAMLP_RELU) {
        gamlp_slab_each(&k, slab, figures, 3, z_relu);
        return;
    }
    gamlp_slab real = *slab;
    double lane[GAMLP_SLAB_FIGURES][LANES] = {{0}};
    for (int64_t j = 0; j < real.cols; j++)
        gamlp_slab_rows(&k, real.at + j * real.ld, real.from, real.rows, lane, 3, z_other);
    for (int t = 0; t < 3; t++) figures[t] += gamlp_sweep_fold(lane[t]);
}

GAMLP_HOT static void pull_a(const operands *context, const gamlp_slab *slab, gamlp_real *room) {
    operands k = in_slab(context, slab, room);
    gamlp_slab_each(&k, slab, NULL, 0, extrapolate_element);
}

GAMLP_HOT static void square(const operands *context, const gamlp_slab *slab, double *figures) {
    operands k = in_slab(context, slab, NULL);
    gamlp_slab_each(&k, slab, figures, 1, square_element);
}

GAMLP_HOT static void move(const operands *context, const gamlp_slab *slab, gamlp_real *room,
                           double *figures) {
    operands k = in_slab(context, slab, room);
    gamlp_real most[2][LANES] = {{0}}, value[ROWS];
    double lane[GAMLP_SLAB_FIGURES][LANES] = {{0}};
    k.most = most;
    k.value = value;
    for (int64_t j = 0; j < slab->cols; j++) {
        int64_t e = slab->at + j * slab->ld;
        if (k.f->kind == GAMLP_RELU) {
            gamlp_slab_column(&k, e, slab->from, slab->whole, lane, 3, move_relu);
            continue;
        }
        gamlp_pair_apply(value, k.f, k.z + e, slab->rows);
        gamlp_slab_rows(&k, e, slab->from, slab->rows, lane, 3, move_other);
    }
    for (int t = 0; t < 3; t++) figures[t] += gamlp_sweep_fold(lane[t]);
    for (int l = 0; l < LANES; l++) {
        figures[GAP] = fmax(figures[GAP], (double)most[0][l]);
        figures[LARGEST] = fmax(figures[LARGEST], (double)most[1][l]);
    }
}

static void pass_1(const void *context, const gamlp_slab *slab, double *figures,
                   gamlp_real *image) {
    const operands *k = context;
    gamlp_slab_room bar;
    (void)image;
    extrapolate(k, slab, bar.data);
    gamlp_pair_gram(k->pair, slab, bar.data);
    measure(k, slab, bar.data, figures);
}

static void pass_2(const void *context, const gamlp_slab *slab, double *figures,
                   gamlp_real *image) {
    (void)image;
    carry(context, slab, figures);
}

static void pass_3(const void *context, const gamlp_slab *slab, double *figures,
                   gamlp_real *image) {
    const operands *k = context;
    gamlp_slab_room step;
    centre(k, slab, figures);
    step_z(k, slab, figures);
    if (!(k->omega > 0)) return;
    pull_a(k, slab, step.data);
    gamlp_pair_push(image, slab, &k->pair->above->w, step.data);
}

static void pass_4(const void *context, const gamlp_slab *slab, double *figures,
                   gamlp_real *image) {
    const operands *k = context;
    gamlp_pair_pull(k->pair, slab, (double)k->rho, k->above);
    square(k, slab, figures);
    gamlp_pair_push(image, slab, &k->pair->above->w, k->g + slab->at);
}

static void pass_5(const void *context, const gamlp_slab *slab, double *figures,
                   gamlp_real *image) {
    const operands *k = context;
    gamlp_slab_room moved;
    move(k, slab, moved.data, figures);
    gamlp_pair_push(image, slab, &k->pair->above->w, moved.data);
}

static operands begin(const gamlp_mdlam *d, double omega) {
    const gamlp_pair *p = &d->pair;
    const gamlp_ml_pair *own = &d->own;
    return (operands){.pair = p,
                      .m = p->m,
                      .z = p->z,
                      .a = p->a,
                      .big_b = p->big_b,
                      .b = p->b,
                      .before_m = own->m,
                      .before_b = own->b,
                      .before_a = own->a,
                      .fresh_a = own->fresh,
                      .t = p->t,
                      .base = p->base,
                      .g = p->g,
                      .omega = (gamlp_real)omega,
                      .rho = (gamlp_real)d->options.rho,
                      .l2 = (gamlp_real)d->options.l2,
                      .epsilon = (gamlp_real)d->epsilon,
                      .f = gamlp_chain_activation(d->net)};
}

static void swap(gamlp_real **a, gamlp_real **b) {
    gamlp_real *c = *a;
    *a = *b;
    *b = c;
}

/* The step of W_1 from W + omega (W - W'); taken when it lowers F, or leaves it with omega = 0. */
static gamlp_status try_w(bool *taken, gamlp_mdlam *d, double omega) {
    gamlp_pd_layer *layer = d->pair.layer;
    gamlp_pd_input *input = &d->net->input;
    operands k = begin(d, omega);
    double figures[GAMLP_SLAB_FIGURES], rho = d->options.rho, a = input->a, rise, da;
    double weight_square = layer->weight_square;
    gamlp_status status = GAMLP_OK;
    gamlp_slabs_run(figures, NULL, &d->pair.slabs, pass_1, &k);
    gamlp_input_sums sums = gamlp_input_sums_of(figures);
    input->a = a + omega * (a - d->input_a);
    d->net->options.nu = rho;
    GAMLP_TRY(gamlp_pd_step_input(d->net, layer, &sums));
    da = input->a - a;
    k.keep = (gamlp_real)layer->keep;
    k.w = (gamlp_real)layer->s;
    k.da = (gamlp_real)da;
    gamlp_slabs_run(figures, NULL, &d->pair.slabs, pass_2, &k);
    rise = layer->figures.penalty - d->layer[0].penalty + 0.5 * rho * figures[RISE];
    GAMLP_TRY(gamlp_pd_check_finite(d->net, layer, "W", rise));
    *taken = omega > 0 ? rise < 0 : rise <= 0;
    if (!*taken) {
        layer->weight_square = weight_square;
        input->a = a;
        return GAMLP_OK;
    }
    swap(&d->pair.m, &d->own.m);
    swap(&d->pair.big_b, &d->own.b);
    d->input_a = a;
    d->layer[0].penalty = layer->figures.penalty;
    d->change = rise;
    layer->figures.dw = da * da * input->base_square + figures[CROSS];
    d->moved += layer->figures.dw;
done:
    return status;
}

gamlp_status gamlp_ml_pair_update_w(gamlp_mdlam *d) {
    bool taken = false;
    gamlp_status status = GAMLP_OK;
    size_t bytes = (size_t)gamlp_slabs_size(&d->pair.slabs) * sizeof(gamlp_real);
    if (d->omega > 0) {
        GAMLP_TRY(try_w(&taken, d, d->omega));
        if (taken) return GAMLP_OK;
        d->redone++;
    }
    GAMLP_TRY(try_w(&taken, d, 0));
    if (!taken) { /* rounding only */
        memcpy(d->own.m, d->pair.m, bytes);
        memcpy(d->own.b, d->pair.big_b, bytes);
        d->input_a = d->net->input.a;
        d->pair.layer->figures.dw = 0;
    }
done:
    return status;
}

gamlp_status gamlp_ml_pair_update_z(gamlp_mdlam *d) {
    gamlp_pd_layer *layer = d->pair.layer;
    gamlp_layer_figures *f = &layer->figures;
    operands k = begin(d, d->omega);
    gamlp_dense pull = gamlp_ml_out(&d->pull, d->net, d->pair.above);
    double figures[GAMLP_SLAB_FIGURES], rho = d->options.rho;
    gamlp_slabs_run(figures, d->omega > 0 ? &pull : NULL, &d->pair.slabs, pass_3, &k);
    f->db = figures[DB];
    f->fit = figures[FIT];
    f->dz = figures[DZ];
    d->moved += f->db + f->dz;
    d->change = 0.5 * rho * (figures[FIT] - figures[BEFORE]);
    gamlp_chain_audit_note(&d->audit, GAMLP_CHAIN_B, 1,
                           -0.5 * rho * (double)d->net->columns * f->db);
    return gamlp_pd_check_finite(d->net, layer, "b or z", f->db + f->fit + f->dz);
}

/* The first tau that serves, and with it pass 5; the image of the displacement in `image`. */
static gamlp_status find_a(double *figures, gamlp_mdlam *d, operands *k, gamlp_dense *image,
                           double gg) {
    enum { TRIALS = 256 }; /* beyond them tau leaves the range of double */
    bool exact = d->options.step == GAMLP_STEP_EXACT;
    double rho = d->options.rho, tau = d->options.step_start;
    if (d->options.step != GAMLP_STEP_BACKTRACK)
        tau = gamlp_pd_weight(&d->net->options, rho * gamlp_kernel_square(image) / gg);
    for (int i = 0; i < TRIALS; i++, tau *= 2) {
        k->s = (gamlp_real)(1 / tau);
        d->pair.layer->figures.tau = tau;
        gamlp_slabs_run(figures, image, &d->pair.slabs, pass_5, k);
        if (exact && i == 0 && figures[CLIPPED] == 0) return GAMLP_OK;
        if (rho * gamlp_kernel_square(image) <= tau * figures[MOVED]) return GAMLP_OK;
    }
    return gamlp_fail(GAMLP_E_NUMERIC,
                      "iteration %lld, layer 1: no proximal weight of a is large enough",
                      (long long)d->net->iteration + 1);
}

/* The new a takes its place; what pass 5 says of it. */
static void take_a(gamlp_mdlam *d, const double *figures) {
    gamlp_layer_figures *f = &d->pair.layer->figures;
    swap(&d->own.a, &d->own.fresh);
    swap(&d->pair.a, &d->own.a);
    f->dp = figures[SQUARE];
    d->layer[0].gap = figures[GAP];
    d->layer[0].largest = figures[LARGEST];
    d->moved += f->dp;
}

/* From a + omega (a - a'), where the residual above is r_2 + W_2 omega (a - a'). */
static gamlp_status try_a(bool *lowered, gamlp_mdlam *d, double omega) {
    gamlp_pd_layer *layer = d->pair.layer, *above = d->pair.above;
    gamlp_dense image = gamlp_chain_image(d->net, above);
    gamlp_dense pull = gamlp_ml_out(&d->pull, d->net, above);
    gamlp_dense bar = gamlp_ml_out(&d->bar_r, d->net, above);
    operands k = begin(d, omega);
    double figures[GAMLP_SLAB_FIGURES], rise;
    gamlp_status status = GAMLP_OK;
    *lowered = false;
    if (omega > 0) gamlp_chain_offset(&bar, &above->r, 1, &pull);
    k.above = omega > 0 ? &bar : &above->r;
    gamlp_slabs_run(figures, &image, &d->pair.slabs, pass_4, &k);
    GAMLP_TRY(gamlp_pd_check_finite(d->net, layer, "a", figures[0]));
    if (figures[0] == 0) return GAMLP_OK;
    GAMLP_TRY(find_a(figures, d, &k, &image, figures[0]));
    rise = gamlp_ml_rise(&pull, omega > 0 ? &pull : NULL, 1, &above->m, -1, &image, &above->r);
    GAMLP_TRY(gamlp_pd_check_finite(d->net, layer, "a", rise));
    *lowered = rise < 0;
    if (!*lowered) return GAMLP_OK;
    gamlp_ml_add(&above->m, &above->r, &pull);
    take_a(d, figures);
done:
    return status;
}

gamlp_status gamlp_ml_pair_update_a(gamlp_mdlam *d) {
    bool lowered;
    gamlp_status status = GAMLP_OK;
    if (d->omega > 0) {
        GAMLP_TRY(try_a(&lowered, d, d->omega));
        if (lowered) return GAMLP_OK;
        d->redone++;
    }
    GAMLP_TRY(try_a(&lowered, d, 0));
    if (!lowered) { /* at rest: its gap is measured */
        operands k = begin(d, 0);
        double figures[GAMLP_SLAB_FIGURES];
        gamlp_slabs_run(figures, NULL, &d->pair.slabs, pass_5, &k);
        take_a(d, figures);
    }
done:
    return status;
}

gamlp_status gamlp_ml_pair_init(gamlp_mdlam *d) {
    gamlp_ml_pair *own = &d->own;
    gamlp_real **const matrix[] = {&own->m, &own->b, &own->a, &own->fresh};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_pair_init(&d->pair, d->net));
    if (d->pair.serves)
        status = gamlp_slabs_matrices(&own->block, matrix, sizeof matrix / sizeof matrix[0],
                                      &d->pair.slabs);
done:
    return status;
}

void gamlp_ml_pair_clear(gamlp_mdlam *d) {
    gamlp_free(d->own.block);
    d->own = (gamlp_ml_pair){0};
    gamlp_pair_clear(&d->pair);
}

/* Nothing that is left of a run that diverged: it would be multiplied by 0. */
void gamlp_ml_pair_start(gamlp_mdlam *d) {
    gamlp_real *part[] = {d->own.m, d->own.b, d->own.a};
    size_t bytes = (size_t)gamlp_slabs_size(&d->pair.slabs) * sizeof(gamlp_real);
    d->pair.current = false;
    for (size_t i = 0; d->pair.serves && i < sizeof part / sizeof part[0]; i++)
        memset(part[i], 0, bytes);
}
