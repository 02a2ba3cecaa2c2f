/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Linear models: memory, the path of l2, scores. */
#include "gamlp/linear.h"

#include <math.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "matrix/blas.h"
#include "model/activate.h"
#include "solver/kernels.h"
#include "solver/linear_model.h"

void gamlp_linear_options_default(gamlp_linear_options *options, gamlp_linear_kind kind) {
    *options = (gamlp_linear_options){.kind = kind, .layers = 1, .l2 = 1, .l2_factor = 1};
}

gamlp_status gamlp_linear_options_check(const gamlp_linear_options *o) {
    if (o->layers != 1)
        return gamlp_fail(GAMLP_E_CONFIG, "layers is %lld, but a linear model has one layer",
                          (long long)o->layers);
    if (!(o->l2 >= 1e-12 && o->l2 <= 1e12))
        return gamlp_fail(GAMLP_E_CONFIG, "l2 is %g, expected a number from 1e-12 to 1e12", o->l2);
    if (!(o->l2_factor >= 1e-6 && o->l2_factor <= 1e6))
        return gamlp_fail(GAMLP_E_CONFIG, "l2-factor is %g, expected a number from 1e-6 to 1e6",
                          o->l2_factor);
    return GAMLP_OK;
}

static void affine_clear(gamlp_affine *a) {
    gamlp_dense_clear(&a->w);
    gamlp_dense_clear(&a->image);
    gamlp_dense_clear(&a->b);
}

static gamlp_status affine_init(gamlp_affine *a, const gamlp_linear *linear) {
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_dense_init(&a->w, linear->classes,
                               linear->gram ? linear->columns : linear->features));
    GAMLP_TRY(gamlp_dense_init(&a->image, linear->classes, linear->columns));
    GAMLP_TRY(gamlp_dense_init(&a->b, linear->classes, 1));
done:
    return status;
}

/* Where W = V X', V is the matrix of the input. */
static gamlp_status init_weights(gamlp_linear *linear) {
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(affine_init(&linear->at, linear));
    GAMLP_TRY(gamlp_dense_init(&linear->kept_b, linear->classes, 1));
    if (linear->gram) {
        GAMLP_TRY(gamlp_input_init(&linear->input, linear->problem, linear->classes));
        gamlp_dense_clear(&linear->at.w);
        linear->at.w = linear->input.b;
        linear->at.w.view = true;
    } else {
        GAMLP_TRY(gamlp_dense_init(&linear->kept_w, linear->classes, linear->features));
    }
done:
    return status;
}

static gamlp_status init_scratch(gamlp_linear *linear) {
    int64_t wide = linear->columns, classes = linear->classes;
    gamlp_status status = GAMLP_OK;
    for (int64_t i = 0; i < linear->watched; i++)
        if (linear->problem->watched[i].x->cols > wide) wide = linear->problem->watched[i].x->cols;
    GAMLP_TRY(gamlp_dense_init(&linear->forward, classes, wide));
    GAMLP_TRY(gamlp_dense_init(&linear->d, classes, linear->columns));
    GAMLP_TRY(gamlp_row_sums_init(&linear->sums, classes, linear->columns));
    GAMLP_TRY(affine_init(&linear->g, linear));
    if (linear->options.kind == GAMLP_LINEAR_RIDGE) return gamlp_ridge_init(linear);
    GAMLP_TRY(affine_init(&linear->p, linear));
    GAMLP_TRY(affine_init(&linear->h, linear));
    GAMLP_TRY(affine_init(&linear->step, linear));
    GAMLP_TRY(gamlp_dense_init(&linear->t, classes, linear->columns));
    GAMLP_TRY(gamlp_dense_init(&linear->v, classes, linear->columns));
done:
    return status;
}

gamlp_status gamlp_linear_new(gamlp_linear **linear, const gamlp_problem *problem,
                              const gamlp_linear_options *options) {
    gamlp_linear *fresh = NULL;
    gamlp_status status = GAMLP_OK;
    *linear = NULL;
    GAMLP_TRY(gamlp_linear_options_check(options));
    GAMLP_TRY(gamlp_new(&fresh, 1, sizeof *fresh, "a linear model"));
    fresh->problem = problem;
    fresh->options = *options;
    fresh->classes = problem->classes;
    fresh->columns = problem->x->cols;
    fresh->features = problem->x->rows;
    fresh->gram = problem->uses_gram;
    fresh->watched = problem->watched_count;
    GAMLP_TRY(init_weights(fresh));
    GAMLP_TRY(init_scratch(fresh));
    *linear = fresh;
    fresh = NULL;
done:
    gamlp_linear_free(fresh);
    return status;
}

void gamlp_linear_free(gamlp_linear *linear) {
    if (!linear) return;
    affine_clear(&linear->at);
    affine_clear(&linear->g);
    affine_clear(&linear->p);
    affine_clear(&linear->h);
    affine_clear(&linear->step);
    gamlp_input_clear(&linear->input);
    gamlp_dense_clear(&linear->kept_w);
    gamlp_dense_clear(&linear->kept_b);
    gamlp_dense_clear(&linear->d);
    gamlp_dense_clear(&linear->t);
    gamlp_dense_clear(&linear->v);
    gamlp_dense_clear(&linear->forward);
    gamlp_row_sums_clear(&linear->sums);
    gamlp_free(linear->factor);
    gamlp_free(linear->square);
    gamlp_free(linear->rhs);
    gamlp_free(linear);
}

static void copy(gamlp_dense *out, const gamlp_dense *in) {
    memcpy(out->data, in->data, (size_t)(in->rows * in->cols) * sizeof *in->data);
}

void gamlp_affine_apply(gamlp_dense *z, const gamlp_affine *a) {
    copy(z, &a->image);
    gamlp_activate_bias(z, &a->b, NULL);
}

gamlp_status gamlp_affine_refresh(gamlp_affine *a, const gamlp_linear *linear) {
    if (!linear->gram) return gamlp_stack_multiply(&a->image, &a->w, linear->problem->x);
    gamlp_blas_multiply(&a->image, 1, GAMLP_PLAIN, &a->w, GAMLP_PLAIN, &linear->problem->gram, 0);
    return GAMLP_OK;
}

gamlp_status gamlp_affine_adjoint(gamlp_affine *g, gamlp_linear *linear, const gamlp_dense *d,
                                  double l2, const gamlp_affine *at) {
    gamlp_status status = GAMLP_OK;
    if (linear->gram) {
        gamlp_kernel_scale_copy(&g->w, (gamlp_real)l2, &at->w);
        gamlp_kernel_step(&g->w, -1, d);
        GAMLP_TRY(gamlp_affine_refresh(g, linear));
    } else {
        copy(&g->w, &at->w);
        GAMLP_TRY(gamlp_stack_multiply_transposed(&g->w, 1, d, linear->problem->x, (gamlp_real)l2));
    }
    gamlp_backward_sum(&linear->sums, d);
    copy(&g->b, &linear->sums.sum);
done:
    return status;
}

double gamlp_affine_dot(const gamlp_linear *linear, const gamlp_affine *a, const gamlp_affine *b) {
    return linear->gram ? gamlp_kernel_dot(&a->w, &b->image) : gamlp_kernel_dot(&a->w, &b->w);
}

double gamlp_affine_dot_bias(const gamlp_affine *a, const gamlp_affine *b) {
    double sum = 0;
    for (int64_t c = 0; c < a->b.rows; c++) sum += (double)a->b.data[c] * (double)b->b.data[c];
    return sum;
}

gamlp_status gamlp_linear_start(gamlp_linear *linear) {
    linear->figures = (gamlp_linear_figures){0};
    return gamlp_affine_refresh(&linear->at, linear);
}

gamlp_status gamlp_linear_set(gamlp_linear *linear, const gamlp_linear_options *options) {
    gamlp_status status = gamlp_linear_options_check(options);
    if (status != GAMLP_OK) return status;
    if (options->kind != linear->options.kind)
        return gamlp_fail(GAMLP_E_USAGE, "the kind of a linear model is fixed when it is made");
    linear->options = *options;
    return GAMLP_OK;
}

gamlp_status gamlp_linear_iterate(gamlp_linear *linear) {
    const gamlp_linear_options *o = &linear->options;
    gamlp_linear_figures *f = &linear->figures;
    gamlp_status status = GAMLP_OK;
    double l2 = o->l2 * pow(o->l2_factor, (double)f->iteration);
    if (!(l2 >= 1e-14 && l2 <= 1e14))
        GAMLP_TRY(gamlp_fail(GAMLP_E_NUMERIC, "iteration %lld: l2 has come to %g",
                             (long long)f->iteration + 1, l2));
    GAMLP_TRY(
        (o->kind == GAMLP_LINEAR_RIDGE ? gamlp_ridge_solve : gamlp_logistic_solve)(linear, l2));
    if (!isfinite(f->objective + f->gradient))
        GAMLP_TRY(gamlp_fail(GAMLP_E_NUMERIC,
                             "iteration %lld: the solution for l2 = %g is not finite",
                             (long long)f->iteration + 1, l2));
    f->iteration++;
    f->l2 = l2;
done:
    return status;
}

const gamlp_linear_figures *gamlp_linear_figures_of(const gamlp_linear *linear) {
    return &linear->figures;
}

gamlp_status gamlp_linear_score(gamlp_score *score, gamlp_linear *linear, int64_t index) {
    gamlp_status status = GAMLP_OK;
    if (index < -1 || index >= linear->watched)
        return gamlp_fail(GAMLP_E_USAGE,
                          "set %lld is not one of the %lld watched when the model began",
                          (long long)index, (long long)linear->watched);
    const gamlp_problem *problem = linear->problem;
    gamlp_dense z = {linear->classes, gamlp_problem_columns(problem, index), linear->forward.data,
                     true};
    if (linear->gram)
        gamlp_input_product(&z, &linear->input, problem, index);
    else
        GAMLP_TRY(gamlp_stack_multiply(&z, &linear->at.w,
                                       index < 0 ? problem->x : problem->watched[index].x));
    gamlp_activate_bias(&z, &linear->at.b, NULL);
    *score = gamlp_score_of(&z, gamlp_problem_label(problem, index));
done:
    return status;
}

void gamlp_linear_keep(gamlp_linear *linear) {
    linear->kept = true;
    copy(&linear->kept_b, &linear->at.b);
    if (linear->gram)
        gamlp_input_keep(&linear->input);
    else
        copy(&linear->kept_w, &linear->at.w);
}

gamlp_status gamlp_linear_restore(gamlp_linear *linear) {
    if (!linear->kept) return gamlp_fail(GAMLP_E_USAGE, "no weights have been remembered");
    copy(&linear->at.b, &linear->kept_b);
    if (linear->gram)
        gamlp_input_restore(&linear->input);
    else
        copy(&linear->at.w, &linear->kept_w);
    return GAMLP_OK;
}

gamlp_status gamlp_linear_export(gamlp_model *model, const gamlp_linear *linear) {
    int64_t width[] = {linear->features, linear->classes};
    gamlp_status status = GAMLP_OK;
    *model = (gamlp_model){0};
    GAMLP_TRY(gamlp_model_init(model, 1, width));
    if (linear->gram)
        GAMLP_TRY(gamlp_input_export(&model->layer[0].weight, &linear->input, linear->problem));
    else
        copy(&model->layer[0].weight, &linear->at.w);
    copy(&model->layer[0].bias, &linear->at.b);
done:
    if (status != GAMLP_OK) gamlp_model_clear(model);
    return status;
}
