/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "solver/thin.h"

#include "core/hot.h"
#include "matrix/blas.h"
#include "solver/sweep.h"

enum {
    MOST = 32,   /* neurons of a layer that is thin          */
    UNIT = 36,   /* columns that are taken at once           */
    ROOM = 18432 /* elements of a displacement, likewise     */
};

static int64_t lesser(int64_t a, int64_t b) {
    return a < b ? a : b;
}

bool gamlp_thin_serves(const gamlp_pd_layer *layer) {
    return layer->number > 1 && layer->out <= MOST && layer->in <= ROOM;
}

static gamlp_real *column(const gamlp_dense *a, int64_t j) {
    return a->data + j * a->rows;
}

static gamlp_real *image_of(const gamlp_pd_layer *layer, int64_t j) {
    return layer->lane->image.data + j * layer->out;
}

static gamlp_panel plain(const gamlp_real *data, int64_t ld) {
    return (gamlp_panel){data, ld, GAMLP_PLAIN};
}

/* A pass over columns; its body is given units of them. */
static gamlp_thin_sums run(gamlp_sweep_body body, const gamlp_sweep_args *args) {
    const gamlp_pd_layer *layer = args->context;
    double sums[GAMLP_SUMS];
    gamlp_sweep(sums, body, args, (layer->p.cols + UNIT - 1) / UNIT, layer->in * UNIT);
    return (gamlp_thin_sums){sums[0], sums[1]};
}

static void columns_of(int64_t *begin, int64_t *end, const gamlp_pd_layer *layer) {
    *begin *= UNIT;
    *end = lesser(*end * UNIT, layer->p.cols);
}

GAMLP_HOT static double square(const gamlp_real *x, int64_t n) {
    return gamlp_sweep_dot(x, x, n);
}

static void gradient_body(const gamlp_sweep_args *args, int64_t begin, int64_t end, double *sums) {
    const gamlp_pd_layer *l = args->context;
    columns_of(&begin, &end, l);
    int64_t in = l->in, out = l->out, n = end - begin;
    gamlp_real *g = column(&l->g, begin), *image = image_of(l, begin);
    gamlp_blas_part(g, in, in, n, out, args->s, (gamlp_panel){l->w.data, out, GAMLP_TRANSPOSED},
                    plain(column(&l->r, begin), out), 1);
    sums[0] += square(g, n * in);
    gamlp_blas_part(image, out, out, n, in, 1, plain(l->w.data, out), plain(g, in), 0);
    sums[1] += square(image, n * out);
}

gamlp_thin_sums gamlp_thin_gradient(gamlp_pd_layer *layer, double nu) {
    gamlp_sweep_args args = {.context = layer, .s = (gamlp_real)nu};
    return run(gradient_body, &args);
}

static void trial_body(const gamlp_sweep_args *args, int64_t begin, int64_t end, double *sums) {
    const gamlp_pd_layer *l = args->context;
    _Alignas(64) gamlp_real d[ROOM];
    columns_of(&begin, &end, l);
    int64_t in = l->in, out = l->out;
    for (int64_t j = begin, n; j < end; j += n) {
        n = lesser(ROOM / in, end - j);
        sums[0] += gamlp_kernel_displace(l->next.data + j * in, d, args, j * in, n * in);
        gamlp_blas_part(image_of(l, j), out, out, n, in, 1, plain(l->w.data, out), plain(d, in), 0);
    }
    sums[1] += square(image_of(l, begin), (end - begin) * out);
}

gamlp_thin_sums gamlp_thin_trial(gamlp_pd_layer *layer, double s) {
    gamlp_sweep_args args = {.context = layer,
                             .a = layer->p.data,
                             .b = layer->g.data,
                             .s = (gamlp_real)s,
                             .grid = gamlp_grid_of(&layer->levels)};
    return run(trial_body, &args);
}

GAMLP_HOT static void move_body(const gamlp_sweep_args *k, int64_t begin, int64_t end,
                                double *sums) {
    const gamlp_pd_layer *l = k->context;
    gamlp_real *p = l->p.data;
    (void)sums;
    columns_of(&begin, &end, l);
    for (int64_t i = begin * l->in; i < end * l->in; i++) p[i] -= k->s * k->a[i];
}

void gamlp_thin_move(gamlp_pd_layer *layer, double s) {
    gamlp_dense image = gamlp_pd_view(&layer->lane->image, layer->out, layer->p.cols);
    gamlp_sweep_args args = {.context = layer, .a = layer->g.data, .s = (gamlp_real)s};
    run(move_body, &args);
    gamlp_kernel_step_residual(&layer->m, &layer->r, (gamlp_real)s, &image, &layer->b, &layer->z);
}

void gamlp_thin_take(gamlp_pd_layer *layer) {
    gamlp_dense image = gamlp_pd_view(&layer->lane->image, layer->out, layer->p.cols);
    gamlp_real *old = layer->p.data;
    layer->p.data = layer->next.data;
    layer->next.data = old;
    gamlp_kernel_step_residual(&layer->m, &layer->r, -1, &image, &layer->b, &layer->z);
}
