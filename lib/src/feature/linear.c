/* SPDX-License-Identifier: GPL-2.0-or-later */
/* W (S^K H) = S^K (W H), where each column is a node and S combines columns. */
#include <stddef.h>

#include "gamlp/feature.h"

static double entries(const gamlp_feature_input *input) {
    return input->sparse ? (double)input->sparse->nnz
                         : (double)input->dense->rows * (double)input->dense->cols;
}

static double features_of(const gamlp_feature_input *input) {
    return (double)(input->sparse ? input->sparse->cols : input->dense->rows);
}

double gamlp_linear_cost(gamlp_linear_way way, const gamlp_csr *s, int64_t power,
                         const gamlp_feature_input *input, int64_t m) {
    double d = features_of(input), hop = (double)s->nnz;
    if (way == GAMLP_LINEAR_WEIGHT_FIRST)
        return entries(input) * (double)m + (double)power * hop * (double)m;
    if (power == 0) return entries(input) * (double)m;
    return (double)power * hop * d + (double)s->rows * d * (double)m;
}

static gamlp_status check(const gamlp_csr *s, int64_t power, const gamlp_feature_input *input,
                          const gamlp_dense *w) {
    if (!input->sparse == !input->dense)
        return gamlp_fail(GAMLP_E_USAGE, "features are sparse or dense, expected one of the two");
    int64_t nodes = input->sparse ? input->sparse->rows : input->dense->cols;
    if (power < 0 || s->rows != s->cols || s->rows != nodes ||
        w->cols != (int64_t)features_of(input))
        return gamlp_fail(GAMLP_E_USAGE,
                          "power %lld of an operator of %lld nodes, %lld nodes of %lld features, "
                          "weights of %lld",
                          (long long)power, (long long)s->rows, (long long)nodes,
                          (long long)features_of(input), (long long)w->cols);
    return GAMLP_OK;
}

/* X <- S^K X, through a second matrix. */
static gamlp_status hops(gamlp_dense *x, const gamlp_csr *s, int64_t power) {
    gamlp_dense next = {0};
    gamlp_status status = GAMLP_OK;
    if (power > 0) status = gamlp_dense_init(&next, x->rows, x->cols);
    for (int64_t k = 0; k < power && status == GAMLP_OK; k++) {
        gamlp_dense old = *x;
        gamlp_csr_gather(&next, s, x);
        *x = next;
        next = old;
    }
    gamlp_dense_clear(&next);
    return status;
}

static gamlp_status own_features(gamlp_dense *h, const gamlp_feature_input *input) {
    return input->sparse ? gamlp_csr_to_dense(h, input->sparse) : gamlp_dense_copy(h, input->dense);
}

/* Y <- W X, where X is a dense matrix or the features as they are. */
static gamlp_status product(gamlp_dense *y, const gamlp_dense *w, const gamlp_feature_input *input,
                            const gamlp_dense *x) {
    gamlp_stack stack;
    gamlp_csr sparse = input->sparse ? *input->sparse : (gamlp_csr){0};
    gamlp_dense dense = x ? *x : input->dense ? *input->dense : (gamlp_dense){0};
    gamlp_status status = GAMLP_OK;
    sparse.view = dense.view = true;
    gamlp_stack_init(&stack, x ? x->cols : input->sparse ? sparse.rows : dense.cols);
    if (x || input->dense)
        GAMLP_TRY(gamlp_stack_push_dense(&stack, &dense));
    else
        GAMLP_TRY(gamlp_stack_push_sparse(&stack, &sparse));
    GAMLP_TRY(gamlp_dense_init(y, w->rows, stack.cols));
    status = gamlp_stack_multiply(y, w, &stack);
done:
    gamlp_stack_clear(&stack);
    return status;
}

gamlp_status gamlp_linear_product(gamlp_dense *y, gamlp_linear_way *taken, const gamlp_csr *s,
                                  int64_t power, const gamlp_feature_input *input,
                                  const gamlp_dense *w, gamlp_linear_way way) {
    gamlp_dense x = {0};
    gamlp_status status = GAMLP_OK;
    *y = (gamlp_dense){0};
    GAMLP_TRY(check(s, power, input, w));
    if (way == GAMLP_LINEAR_AUTO)
        way = gamlp_linear_cost(GAMLP_LINEAR_WEIGHT_FIRST, s, power, input, w->rows) <=
                      gamlp_linear_cost(GAMLP_LINEAR_POWER_FIRST, s, power, input, w->rows)
                  ? GAMLP_LINEAR_WEIGHT_FIRST
                  : GAMLP_LINEAR_POWER_FIRST;
    if (taken) *taken = way;
    if (way == GAMLP_LINEAR_WEIGHT_FIRST) {
        GAMLP_TRY(product(y, w, input, NULL));
        GAMLP_TRY(hops(y, s, power));
    } else {
        GAMLP_TRY(own_features(&x, input));
        GAMLP_TRY(hops(&x, s, power));
        GAMLP_TRY(product(y, w, input, &x));
    }
done:
    gamlp_dense_clear(&x);
    if (status != GAMLP_OK) gamlp_dense_clear(y);
    return status;
}
