/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Line 2 as an exact minimisation:
 *
 *   W <- argmin (nu/2) ||W p + b - z||^2 + (l2/2) ||W||^2 + (delta/2) ||W - W_old||^2,
 *
 * where delta is so small that it only keeps the factors from rounding.  With kappa = l2 + delta,
 * c = l2 / kappa, r = W p + b - z and M = W p, all of the old W:
 *
 *   dual, N <= n_{l-1} (Woodbury):   E (p'p + (kappa/nu) I) = r - c M,
 *                                    W <- (1 - c) W - E p',
 *                                    M <- (1 - c) M - T,  T = E p'p = r - c M - (kappa/nu) E
 *   primal, n_{l-1} < N:             D (p p' + (kappa/nu) I) = r p' + (l2/nu) W,  W <- W - D
 *
 * In layer 1, p'p = K or p p' = X X' is the same in every iteration.  The inverse of K, or the
 * factor of X X', is kept: a step then costs as many products as a gradient step does. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "matrix/blas.h"
#include "solver/block.h"
#include "solver/kernels.h"

static const double smallest = sizeof(gamlp_real) == sizeof(double) ? 1e-13 : 1e-6;

bool gamlp_pd_is_exact(const gamlp_pdadmm *block, const gamlp_pd_layer *layer) {
    return block->options.exact && !gamlp_pd_omega(block, layer->number);
}

static bool is_dual(const gamlp_pdadmm *block, const gamlp_pd_layer *layer) {
    return block->columns <= layer->in;
}

/* What is kept for layer 1. */
static gamlp_status init_input(gamlp_pdadmm *block, const gamlp_pd_layer *layer) {
    gamlp_pd_exact *exact = &block->exact;
    gamlp_status status = GAMLP_OK;
    if (layer->number > 1 || !gamlp_pd_is_exact(block, layer)) return GAMLP_OK;
    if (gamlp_pd_is_gram(block, layer))
        return gamlp_dense_init(&exact->inverse, block->columns, block->columns);
    GAMLP_TRY(gamlp_dense_init(&exact->outer, layer->in, layer->in));
    GAMLP_TRY(gamlp_new(&exact->input, layer->in * layer->in, sizeof(double), "a factor"));
    exact->known = false;
done:
    return status;
}

gamlp_status gamlp_pd_exact_init(gamlp_pdadmm *block) {
    gamlp_pd_exact *exact = &block->exact;
    int64_t order = 0, sides = 0, n = block->columns;
    gamlp_status status = GAMLP_OK;
    if (!block->options.exact) return GAMLP_OK;
    for (int64_t l = block->first; l <= block->last; l++) {
        const gamlp_pd_layer *layer = gamlp_pd_layer_at(block, l);
        if (!gamlp_pd_is_exact(block, layer)) continue;
        int64_t size = is_dual(block, layer) ? n : layer->in;
        int64_t width = gamlp_pd_is_gram(block, layer) ? n : layer->out;
        if (l > 1 || gamlp_pd_is_gram(block, layer)) order = size > order ? size : order;
        sides = size * width > sides ? size * width : sides;
    }
    GAMLP_TRY(init_input(block, gamlp_pd_layer_at(block, block->first)));
    GAMLP_TRY(gamlp_dense_init(&exact->square, order, order));
    GAMLP_TRY(gamlp_new(&exact->factor, order * order, sizeof(double), "a factor"));
    GAMLP_TRY(gamlp_new(&exact->rhs, sides, sizeof(double), "right-hand sides"));
    exact->ratio = 0;
done:
    return status;
}

void gamlp_pd_exact_clear(gamlp_pd_exact *exact) {
    gamlp_dense_clear(&exact->inverse);
    gamlp_dense_clear(&exact->square);
    gamlp_dense_clear(&exact->outer);
    gamlp_free(exact->input);
    gamlp_free(exact->factor);
    gamlp_free(exact->rhs);
    *exact = (gamlp_pd_exact){0};
}

static double trace_of(const gamlp_dense *a) {
    double sum = 0;
    for (int64_t i = 0; i < a->rows; i++) sum += (double)a->data[i + i * a->rows];
    return sum;
}

/* The factor of A + shift I. */
static gamlp_status factor_of(gamlp_pdadmm *block, const gamlp_pd_layer *layer, double *factor,
                              const gamlp_dense *a, double shift) {
    int64_t n = a->rows;
    for (int64_t i = 0; i < n * n; i++) factor[i] = (double)a->data[i];
    for (int64_t i = 0; i < n; i++) factor[i + i * n] += shift;
    if (gamlp_blas_factor(factor, n)) return GAMLP_OK;
    return gamlp_pd_check_finite(block, layer, "W", NAN);
}

/* x <- x A^-1 for the symmetric A that is factored: A^-1 works on the columns of x'. */
static void solve_right(gamlp_pdadmm *block, gamlp_dense *x, const double *factor) {
    double *rhs = block->exact.rhs;
    int64_t rows = x->rows, n = x->cols;
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < n; j++) rhs[j + i * n] = (double)x->data[i + j * rows];
    gamlp_blas_solve(rhs, rows, factor, n);
    for (int64_t j = 0; j < n; j++)
        for (int64_t i = 0; i < rows; i++) x->data[i + j * rows] = (gamlp_real)rhs[j + i * n];
}

/* (K + ratio I)^-1, made again when the penalties change. */
static gamlp_status invert_gram(gamlp_pdadmm *block, const gamlp_pd_layer *layer, double ratio) {
    gamlp_pd_exact *exact = &block->exact;
    int64_t n = block->columns;
    gamlp_status status = GAMLP_OK;
    if (exact->ratio == ratio) return GAMLP_OK;
    GAMLP_TRY(factor_of(block, layer, exact->factor, &block->problem->gram, ratio));
    memset(exact->rhs, 0, (size_t)(n * n) * sizeof *exact->rhs);
    for (int64_t i = 0; i < n; i++) exact->rhs[i + i * n] = 1;
    gamlp_blas_solve(exact->rhs, n, exact->factor, n);
    for (int64_t i = 0; i < n * n; i++) exact->inverse.data[i] = (gamlp_real)exact->rhs[i];
    exact->ratio = ratio;
done:
    return status;
}

/* layer->r <- E, `image` <- T. */
static gamlp_status solve_dual(gamlp_pdadmm *block, gamlp_pd_layer *layer, gamlp_dense *image,
                               const gamlp_dense *gram, double ratio) {
    gamlp_status status = GAMLP_OK;
    gamlp_kernel_scale_copy(image, 1, &layer->r);
    if (layer->number == 1) {
        GAMLP_TRY(invert_gram(block, layer, ratio));
        gamlp_blas_multiply(&layer->r, 1, GAMLP_PLAIN, image, GAMLP_PLAIN, &block->exact.inverse,
                            0);
    } else {
        GAMLP_TRY(factor_of(block, layer, block->exact.factor, gram, ratio));
        solve_right(block, &layer->r, block->exact.factor);
    }
    gamlp_kernel_step(image, (gamlp_real)ratio, &layer->r);
done:
    return status;
}

/* p'p, in layer 1 K. */
static const gamlp_dense *gram_of(gamlp_pdadmm *block, const gamlp_pd_layer *layer) {
    gamlp_dense *square = &block->exact.square;
    if (layer->number == 1) return &block->problem->gram;
    square->rows = square->cols = block->columns;
    gamlp_blas_gram(square, &layer->p);
    return square;
}

/* Not so with p = 0 and l2 = 0, nor with a p whose squares are lost in storage. */
static bool depends_on_w(double ratio) {
    return ratio > 1e3 * (sizeof(gamlp_real) == sizeof(double) ? DBL_MIN : FLT_MIN);
}

/* The step is handed to line 3 as W <- keep W - s r p', M <- keep M - s `image`. */
static gamlp_status update_dual(gamlp_pdadmm *block, gamlp_pd_layer *layer, gamlp_dense *image) {
    const gamlp_pdadmm_options *o = &block->options;
    gamlp_layer_figures *f = &layer->figures;
    gamlp_status status = GAMLP_OK;
    const gamlp_dense *gram = gram_of(block, layer);
    double kappa = o->l2 + o->nu * smallest * trace_of(gram), c = o->l2 / kappa;
    if (!depends_on_w(kappa / o->nu)) return GAMLP_OK;
    if (c > 0) gamlp_kernel_step(&layer->r, (gamlp_real)c, &layer->m);
    GAMLP_TRY(solve_dual(block, layer, image, gram, kappa / o->nu));
    gamlp_gram_sums sums = gamlp_kernel_gram(image, &layer->r, &layer->m, 1, (gamlp_real)c);
    double ww = layer->weight_square, keep = 1 - c;
    f->dw = fmax(sums.tr + 2 * c * sums.rm + c * c * ww, 0);
    f->theta = f->dw > 0 ? o->nu * sums.image / f->dw : 0;
    layer->weight_square = fmax(keep * keep * ww - 2 * keep * sums.rm + sums.tr, 0);
    layer->keep = keep;
    layer->s = 1;
    if (layer->number == 1)
        block->input.a *= keep;
    else
        gamlp_blas_multiply(&layer->w, -1, GAMLP_PLAIN, &layer->r, GAMLP_TRANSPOSED, &layer->p,
                            (gamlp_real)keep);
done:
    return status;
}

/* X X', some of its columns at a time: rows of X are those of the identity times X. */
static gamlp_status multiply_input(gamlp_pdadmm *block, const gamlp_pd_layer *layer) {
    gamlp_dense *outer = &block->exact.outer;
    const gamlp_stack *x = block->problem->x;
    int64_t n = layer->in;
    gamlp_status status = GAMLP_OK;
    for (int64_t from = 0; from < n; from += layer->out) {
        int64_t count = n - from < layer->out ? n - from : layer->out;
        gamlp_dense part = gamlp_pd_view(&layer->lane->gradient_w, count, n);
        gamlp_dense rows = gamlp_pd_view(&layer->lane->image, count, block->columns);
        memset(part.data, 0, (size_t)(count * n) * sizeof *part.data);
        for (int64_t i = 0; i < count; i++) part.data[i + (from + i) * count] = 1;
        GAMLP_TRY(gamlp_stack_multiply(&rows, &part, x));
        GAMLP_TRY(gamlp_stack_multiply_transposed(&part, 1, &rows, x, 0));
        for (int64_t i = 0; i < count; i++)
            for (int64_t j = 0; j < n; j++)
                outer->data[j + (from + i) * n] = part.data[i + j * count];
    }
done:
    return status;
}

/* p p', in layer 1 X X'. */
static gamlp_status outer_of(gamlp_dense **outer, gamlp_pdadmm *block,
                             const gamlp_pd_layer *layer) {
    gamlp_pd_exact *exact = &block->exact;
    gamlp_status status = GAMLP_OK;
    *outer = layer->number == 1 ? &exact->outer : &exact->square;
    if (layer->number == 1) {
        if (!exact->known) GAMLP_TRY(multiply_input(block, layer));
        exact->known = true;
        return GAMLP_OK;
    }
    exact->square.rows = exact->square.cols = layer->in;
    gamlp_blas_multiply(*outer, 1, GAMLP_PLAIN, &layer->p, GAMLP_TRANSPOSED, &layer->p, 0);
done:
    return status;
}

/* g <- g (p p' + ratio I)^-1; the factor of layer 1 is made again when the penalties change. */
static gamlp_status solve_primal(gamlp_pdadmm *block, const gamlp_pd_layer *layer, gamlp_dense *g,
                                 const gamlp_dense *outer, double ratio) {
    gamlp_pd_exact *exact = &block->exact;
    double *factor = layer->number == 1 ? exact->input : exact->factor;
    gamlp_status status = GAMLP_OK;
    if (layer->number > 1 || exact->ratio != ratio)
        GAMLP_TRY(factor_of(block, layer, factor, outer, ratio));
    if (layer->number == 1) exact->ratio = ratio;
    solve_right(block, g, factor);
done:
    return status;
}

static gamlp_status update_primal(gamlp_pdadmm *block, gamlp_pd_layer *layer, gamlp_dense *image) {
    const gamlp_pdadmm_options *o = &block->options;
    gamlp_layer_figures *f = &layer->figures;
    gamlp_dense g = gamlp_pd_view(&layer->lane->gradient_w, layer->out, layer->in), *outer;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(outer_of(&outer, block, layer));
    double kappa = o->l2 + o->nu * smallest * trace_of(outer);
    if (!depends_on_w(kappa / o->nu)) return GAMLP_OK;
    GAMLP_TRY(gamlp_pd_outer_input(&g, 1, block, layer));
    gamlp_kernel_w_gradient(&g, (gamlp_real)(o->l2 / o->nu), &layer->w);
    GAMLP_TRY(solve_primal(block, layer, &g, outer, kappa / o->nu));
    GAMLP_TRY(gamlp_pd_apply_input(image, &g, block, layer));
    f->dw = gamlp_kernel_square(&g);
    f->theta = f->dw > 0 ? o->nu * gamlp_kernel_square(image) / f->dw : 0;
    layer->weight_square = gamlp_kernel_step(&layer->w, 1, &g);
    layer->s = 1;
done:
    return status;
}

gamlp_status gamlp_pd_update_w_exact(gamlp_pdadmm *block, gamlp_pd_layer *layer) {
    gamlp_dense image = gamlp_pd_view(&layer->lane->image, layer->out, block->columns);
    gamlp_layer_figures *f = &layer->figures;
    gamlp_status status = GAMLP_OK;
    f->theta = f->dw = layer->s = 0;
    layer->keep = 1;
    GAMLP_TRY((is_dual(block, layer) ? update_dual : update_primal)(block, layer, &image));
    f->penalty = 0.5 * block->options.l2 * layer->weight_square;
    status = gamlp_pd_check_finite(block, layer, "W", f->dw + f->theta);
done:
    return status;
}
