/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "solver/input.h"

#include <string.h>

#include "gamlp/model.h"
#include "matrix/blas.h"
#include "solver/kernels.h"

static void copy(gamlp_dense *out, const gamlp_dense *in) {
    if (in->data) memcpy(out->data, in->data, (size_t)(in->rows * in->cols) * sizeof *in->data);
}

gamlp_status gamlp_input_init(gamlp_input *input, const gamlp_problem *problem, int64_t out) {
    gamlp_status status = GAMLP_OK;
    *input = (gamlp_input){0};
    GAMLP_TRY(gamlp_dense_init(&input->b, out, problem->x->cols));
    GAMLP_TRY(gamlp_dense_init(&input->kept_b, out, problem->x->cols));
done:
    if (status != GAMLP_OK) gamlp_input_clear(input);
    return status;
}

void gamlp_input_clear(gamlp_input *input) {
    gamlp_dense_clear(&input->b);
    gamlp_dense_clear(&input->kept_b);
    gamlp_dense_clear(&input->base);
    gamlp_dense_clear(&input->given);
    for (int i = 0; i < GAMLP_MAX_WATCHED; i++) gamlp_dense_clear(&input->base_watched[i]);
}

static void set_zero(gamlp_dense *a) {
    if (a->data) memset(a->data, 0, (size_t)(a->rows * a->cols) * sizeof *a->data);
}

gamlp_status gamlp_input_products(double *square, gamlp_dense *base, gamlp_dense *base_watched,
                                  int64_t watched, const gamlp_problem *problem,
                                  const gamlp_net_plan *plan) {
    const gamlp_stack *x = problem->x;
    int64_t widest = 0, first = 0;
    gamlp_dense room = {0};
    gamlp_status status = GAMLP_OK;
    *square = 0;
    set_zero(base);
    for (int64_t i = 0; i < watched; i++) set_zero(&base_watched[i]);
    for (int64_t k = 0; k < x->blocks; k++)
        if (gamlp_stack_block_rows(x, k) > widest) widest = gamlp_stack_block_rows(x, k);
    GAMLP_TRY(gamlp_dense_init(&room, base->rows, widest));
    for (int64_t k = 0; k < x->blocks; k++) {
        gamlp_dense part = {base->rows, gamlp_stack_block_rows(x, k), room.data, true};
        gamlp_init_columns(&part, first, x->rows, plan->init, plan->init_scale, plan->seed, 1);
        *square += gamlp_kernel_square(&part);
        GAMLP_TRY(gamlp_stack_multiply_block(base, &part, x, k));
        for (int64_t i = 0; i < watched; i++)
            GAMLP_TRY(
                gamlp_stack_multiply_block(&base_watched[i], &part, problem->watched[i].x, k));
        first += part.cols;
    }
done:
    gamlp_dense_clear(&room);
    return status;
}

/* W_1 = 1 W_1^0 + 0 X', and room for the products of W_1^0. */
static gamlp_status begin(gamlp_input *input, const gamlp_problem *problem) {
    int64_t out = input->b.rows;
    gamlp_status status = GAMLP_OK;
    input->a = 1;
    set_zero(&input->b);
    if (!input->base.data) GAMLP_TRY(gamlp_dense_init(&input->base, out, problem->x->cols));
    for (int64_t i = 0; i < problem->watched_count; i++)
        if (!input->base_watched[i].data)
            GAMLP_TRY(gamlp_dense_init(&input->base_watched[i], out, problem->watched[i].x->cols));
done:
    return status;
}

gamlp_status gamlp_input_draw(gamlp_input *input, const gamlp_problem *problem,
                              const gamlp_net_plan *plan) {
    double square;
    gamlp_status status = GAMLP_OK;
    input->init = plan->init;
    input->init_scale = plan->init_scale;
    input->seed = plan->seed;
    GAMLP_TRY(begin(input, problem));
    status = gamlp_input_products(&square, &input->base, input->base_watched,
                                  problem->watched_count, problem, plan);
done:
    return status;
}

gamlp_status gamlp_input_load(gamlp_input *input, const gamlp_problem *problem,
                              const gamlp_dense *weight) {
    gamlp_dense given = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_dense_copy(&given, weight));
    GAMLP_TRY(begin(input, problem));
    GAMLP_TRY(gamlp_stack_multiply(&input->base, weight, problem->x));
    for (int64_t i = 0; i < problem->watched_count; i++)
        GAMLP_TRY(gamlp_stack_multiply(&input->base_watched[i], weight, problem->watched[i].x));
    gamlp_dense_clear(&input->given);
    input->given = given;
    given = (gamlp_dense){0};
done:
    gamlp_dense_clear(&given);
    return status;
}

void gamlp_input_product(gamlp_dense *out, const gamlp_input *input, const gamlp_problem *problem,
                         int64_t index) {
    const gamlp_dense *base = index < 0 ? &input->base : &input->base_watched[index];
    if (base->data) gamlp_kernel_scale_copy(out, (gamlp_real)input->a, base);
    gamlp_blas_multiply(out, 1, GAMLP_PLAIN, &input->b, GAMLP_PLAIN,
                        index < 0 ? &problem->gram : &problem->watched[index].cross,
                        base->data ? 1 : 0);
}

void gamlp_input_keep(gamlp_input *input) {
    input->kept_a = input->a;
    copy(&input->kept_b, &input->b);
}

void gamlp_input_restore(gamlp_input *input) {
    input->a = input->kept_a;
    copy(&input->b, &input->kept_b);
}

gamlp_status gamlp_input_export(gamlp_dense *weight, const gamlp_input *input,
                                const gamlp_problem *problem) {
    if (input->given.data)
        copy(weight, &input->given);
    else if (input->base.data)
        gamlp_init_weight(weight, input->init, input->init_scale, input->seed, 1);
    return gamlp_stack_multiply_transposed(weight, 1, &input->b, problem->x, (gamlp_real)input->a);
}
