/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Anderson acceleration (Anderson, JACM 12, 1965; Walker, Ni, SIAM J. Numer. Anal. 49, 2011) of the
 * map x -> G(x) that an iteration is, with x = (W, b, p, z, q) of all layers but z_L:
 *
 *   f_k = G(x_k) - x_k,   g = argmin || f_k - sum_j g_j (f_{j+1} - f_j) ||,
 *   x_{k+1} = G(x_k) - sum_j g_j (G(x_{j+1}) - G(x_j))
 *
 * over the last iterations, and u = nu (q - f(z)), as Lemma 4 has it after any iteration.  The
 * point is taken only if the Lagrangian is no higher there than at G(x_k); else x_{k+1} = G(x_k)
 * and the memory is cleared. */
#include <math.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "matrix/blas.h"
#include "solver/block.h"

/* Vectors of the store: before and after the iteration, the same of the one before, differences. */
enum { BEFORE, AFTER, LAST_F, LAST_G, FIRST_DIFFERENCE };

static gamlp_dense vector(const gamlp_pd_anderson *a, int64_t index) {
    return (gamlp_dense){a->size, 1, a->store + index * a->size, true};
}

static gamlp_dense difference_f(const gamlp_pd_anderson *a, int64_t j) {
    return vector(a, FIRST_DIFFERENCE + j);
}

/* The variables of x; empty ones are skipped. */
enum { PARTS = 6 };

static void parts_of(gamlp_dense **part, gamlp_pdadmm *block, int64_t l) {
    gamlp_pd_layer *layer = gamlp_pd_layer_at(block, l);
    static gamlp_dense none;
    bool gram = gamlp_pd_is_gram(block, layer), last = l == block->layers;
    gamlp_dense *all[PARTS] = {&layer->w, gram ? &block->input.b : &none, &layer->b,
                               &layer->p, last ? &none : &layer->z,       &layer->q};
    memcpy(part, all, sizeof all);
}

/* Copy x to the vector, or from it. */
static void transfer(gamlp_pdadmm *block, int64_t index, bool store) {
    gamlp_pd_anderson *a = &block->anderson;
    gamlp_real *at = a->store + index * a->size;
    for (int64_t l = 1; l <= block->layers; l++) {
        gamlp_dense *part[PARTS];
        parts_of(part, block, l);
        for (int i = 0; i < PARTS; i++) {
            size_t count = (size_t)(part[i]->rows * part[i]->cols);
            if (!part[i]->data) continue;
            if (store)
                memcpy(at, part[i]->data, count * sizeof *at);
            else
                memcpy(part[i]->data, at, count * sizeof *at);
            at += count;
        }
    }
    if (store)
        a->scalar[index] = block->input.a;
    else
        block->input.a = a->scalar[index];
}

gamlp_status gamlp_pd_anderson_init(gamlp_pdadmm *block) {
    gamlp_pd_anderson *a = &block->anderson;
    gamlp_status status = GAMLP_OK;
    *a = (gamlp_pd_anderson){.memory = block->options.anderson};
    if (a->memory == 0) return GAMLP_OK;
    for (int64_t l = 1; l <= block->layers; l++) {
        gamlp_dense *part[PARTS];
        parts_of(part, block, l);
        for (int i = 0; i < PARTS; i++)
            if (part[i]->data) a->size += part[i]->rows * part[i]->cols;
    }
    status = gamlp_new(&a->store, a->size * (FIRST_DIFFERENCE + 2 * a->memory), sizeof *a->store,
                       "the memory of Anderson's acceleration");
    return status;
}

void gamlp_pd_anderson_clear(gamlp_pd_anderson *anderson) {
    gamlp_free(anderson->store);
    *anderson = (gamlp_pd_anderson){0};
}

void gamlp_pd_anderson_forget(gamlp_pdadmm *block) {
    block->anderson.count = 0;
    block->anderson.next = 0;
    block->anderson.follows = false;
}

void gamlp_pd_anderson_before(gamlp_pdadmm *block) {
    if (block->anderson.memory > 0) transfer(block, BEFORE, true);
}

/* y <- y - s x of two vectors and their scalars. */
static void subtract(gamlp_pd_anderson *a, int64_t y, double s, int64_t x) {
    gamlp_dense to = vector(a, y), from = vector(a, x);
    gamlp_kernel_step(&to, (gamlp_real)s, &from);
    a->scalar[y] -= s * a->scalar[x];
}

static void assign(gamlp_pd_anderson *a, int64_t y, int64_t x) {
    gamlp_dense to = vector(a, y), from = vector(a, x);
    gamlp_kernel_scale_copy(&to, 1, &from);
    a->scalar[y] = a->scalar[x];
}

/* -f_k takes the place of x_k; the differences from the iteration before join the memory. */
static void remember(gamlp_pd_anderson *a) {
    subtract(a, BEFORE, 1, AFTER);
    if (a->follows) {
        int64_t f = FIRST_DIFFERENCE + a->next, g = f + a->memory;
        assign(a, f, BEFORE);
        subtract(a, f, 1, LAST_F);
        assign(a, g, AFTER);
        subtract(a, g, 1, LAST_G);
        a->next = (a->next + 1) % a->memory;
        if (a->count < a->memory) a->count++;
    }
    assign(a, LAST_F, BEFORE);
    assign(a, LAST_G, AFTER);
    a->follows = true;
}

/* The coefficients g_j; false when the differences are dependent to rounding. */
static bool coefficients(double *g, const gamlp_pd_anderson *a) {
    static const double least = sizeof(gamlp_real) == sizeof(double) ? 1e-13 : 1e-7;
    double matrix[GAMLP_ANDERSON_MAX * GAMLP_ANDERSON_MAX], trace = 0;
    int64_t n = a->count;
    gamlp_dense f = vector(a, BEFORE);
    for (int64_t i = 0; i < n; i++) {
        gamlp_dense x = difference_f(a, i);
        for (int64_t j = 0; j <= i; j++) {
            gamlp_dense y = difference_f(a, j);
            matrix[i + j * n] = matrix[j + i * n] = gamlp_kernel_dot(&x, &y);
        }
        g[i] = gamlp_kernel_dot(&x, &f);
        trace += matrix[i + i * n];
    }
    for (int64_t i = 0; i < n; i++) matrix[i + i * n] += least * trace;
    if (!(trace > 0) || !gamlp_blas_factor(matrix, n)) return false;
    gamlp_blas_solve(g, 1, matrix, n);
    return true;
}

/* ||W_1||^2 of W_1 = a W_1^0 + B X', M = W_1 X. */
static double input_square(const gamlp_pdadmm *block, const gamlp_pd_layer *layer) {
    const gamlp_pd_input *input = &block->input;
    return input->a * input->a * input->base_square +
           input->a * gamlp_kernel_dot(&input->b, &input->base) +
           gamlp_kernel_dot(&input->b, &layer->m);
}

/* What follows from x in a layer: M, r, u and the layer's part of the Lagrangian. */
static gamlp_status derive_layer(gamlp_pdadmm *block, gamlp_pd_layer *layer) {
    const gamlp_pdadmm_options *o = &block->options;
    gamlp_layer_figures *f = &layer->figures;
    gamlp_dense image = gamlp_pd_view(&layer->lane->image, layer->out, block->columns);
    gamlp_status status = gamlp_pd_refresh(block, layer);
    if (status != GAMLP_OK) return status;
    if (gamlp_pd_is_gram(block, layer)) layer->weight_square = input_square(block, layer);
    gamlp_kernel_residual(&layer->r, &layer->m, &layer->b, &layer->z);
    f->penalty = 0.5 * o->l2 * layer->weight_square;
    f->fit = gamlp_kernel_square(&layer->r);
    if (layer->number == block->layers) return GAMLP_OK;
    gamlp_activation_apply(&image, &o->activation, &layer->z);
    gamlp_kernel_scale_copy(&layer->u, (gamlp_real)o->nu, &layer->q);
    gamlp_kernel_step(&layer->u, (gamlp_real)o->nu, &image);
    f->activation = gamlp_kernel_step(&image, 1, &layer->q);
    gamlp_kernel_scale_copy(&image, 1, &gamlp_pd_layer_at(block, layer->number + 1)->p);
    f->residual = gamlp_kernel_step(&image, 1, &layer->q);
    f->dual = gamlp_kernel_dot(&layer->u, &image);
    return GAMLP_OK;
}

static gamlp_status derive(gamlp_figures *figures, gamlp_pdadmm *block) {
    const gamlp_pdadmm_options *o = &block->options;
    double residual = 0;
    gamlp_status status = GAMLP_OK;
    figures->objective = figures->lagrangian = block->figures.risk;
    for (int64_t l = 1; l <= block->layers; l++) {
        gamlp_pd_layer *layer = gamlp_pd_layer_at(block, l);
        GAMLP_TRY(derive_layer(block, layer));
        const gamlp_layer_figures *f = &layer->figures;
        double objective = f->penalty + 0.5 * o->nu * (f->fit + f->activation);
        figures->objective += objective;
        figures->lagrangian += objective + f->dual + 0.5 * o->rho * f->residual;
        residual += f->residual;
    }
    figures->residual = sqrt(residual);
    for (int64_t l = 2; l <= block->layers; l++)
        gamlp_pd_couple(block, gamlp_pd_layer_at(block, l));
done:
    return status;
}

gamlp_status gamlp_pd_anderson_after(gamlp_pdadmm *block) {
    gamlp_pd_anderson *a = &block->anderson;
    gamlp_figures there = block->figures;
    double g[GAMLP_ANDERSON_MAX];
    gamlp_status status = GAMLP_OK;
    if (a->memory == 0) return GAMLP_OK;
    transfer(block, AFTER, true);
    remember(a);
    if (a->count == 0 || !coefficients(g, a)) return GAMLP_OK;
    assign(a, BEFORE, AFTER);
    for (int64_t j = 0; j < a->count; j++)
        subtract(a, BEFORE, g[j], FIRST_DIFFERENCE + a->memory + j);
    transfer(block, BEFORE, false);
    GAMLP_TRY(derive(&there, block));
    if (!(there.lagrangian <= block->figures.lagrangian)) {
        transfer(block, AFTER, false);
        GAMLP_TRY(derive(&there, block));
        gamlp_pd_anderson_forget(block);
        return GAMLP_OK;
    }
    a->taken++;
    block->figures = there;
done:
    return status;
}

int64_t gamlp_pdadmm_extrapolated(const gamlp_pdadmm *block) {
    return block->anderson.taken;
}
