/* SPDX-License-Identifier: GPL-2.0-or-later */
/* W X of a linear model: with X = [F_1(H); F_2(H); ...], where every F_k combines nodes, it is
 * F_1(W_1 H) + F_2(W_2 H) + ..., and W_k H has a row for each class in place of each feature. */
#include "feature/operator.h"
#include "feature/terms.h"
#include "gamlp/alloc.h"

/* What a diffusion costs, in hops, to choose by. */
enum { HOPS_OF_A_DIFFUSION = 16 };

static double entries(const gamlp_feature_input *input) {
    return input->sparse ? (double)input->sparse->nnz
                         : (double)input->dense->rows * (double)input->dense->cols;
}

/* Hops of a term made by itself, each of its blocks anew where `blocks` is true. */
static double hops_of(const gamlp_term *term, bool blocks) {
    if (term->kind == GAMLP_TERM_X) return 0;
    if (!gamlp_term_is_polynomial(term)) return HOPS_OF_A_DIFFUSION;
    if (!blocks || term->kind != GAMLP_TERM_POWERS) return (double)term->last;
    return (double)(term->first + term->last) * (double)(term->last - term->first + 1) / 2;
}

bool gamlp_linear_suits(const gamlp_feature_input *input, const gamlp_feature_options *options,
                        int64_t outputs) {
    const double hop = (double)input->adjacency->nnz, m = (double)outputs;
    const double d = (double)(input->sparse ? input->sparse->cols : input->dense->rows);
    double plain = 0, blocks = 0;
    if (options->bfloat16) return false;
    for (int64_t t = 0; t < options->set.count; t++) {
        const gamlp_term *term = &options->set.term[t];
        const double count = (double)gamlp_term_blocks(term);
        if (term->kind == GAMLP_TERM_STRUCTURE) return false;
        plain += hops_of(term, false) * hop * d;
        plain += term->kind == GAMLP_TERM_X ? entries(input) * m
                                            : count * (double)input->adjacency->rows * d * m;
        blocks += count * entries(input) * m + hops_of(term, true) * hop * m;
    }
    return blocks < plain;
}

static gamlp_real divisor(const gamlp_feature_input *input, int64_t i, gamlp_normalise rule) {
    const gamlp_csr *h = input->sparse;
    if (h)
        return (gamlp_real)gamlp_feature_divisor(h->val + h->ptr[i], h->ptr[i + 1] - h->ptr[i],
                                                 rule);
    const int64_t d = input->dense->rows;
    return (gamlp_real)gamlp_feature_divisor(input->dense->data + i * d, d, rule);
}

/* Y <- W_k H, columns divided as the nodes' features would be. */
static gamlp_status multiply_own(gamlp_dense *y, const gamlp_dense *w,
                                 const gamlp_feature_input *input, gamlp_normalise rule) {
    gamlp_stack stack;
    gamlp_csr sparse = input->sparse ? *input->sparse : (gamlp_csr){0};
    gamlp_dense dense = input->dense ? *input->dense : (gamlp_dense){0};
    gamlp_status status = GAMLP_OK;
    sparse.view = dense.view = true;
    gamlp_stack_init(&stack, y->cols);
    if (input->dense)
        GAMLP_TRY(gamlp_stack_push_dense(&stack, &dense));
    else
        GAMLP_TRY(gamlp_stack_push_sparse(&stack, &sparse));
    GAMLP_TRY(gamlp_stack_multiply(y, w, &stack));
    for (int64_t i = 0; i < y->cols && rule != GAMLP_NORMALISE_NONE; i++) {
        const gamlp_real by = divisor(input, i, rule);
        for (int64_t c = 0; c < y->rows; c++) y->data[i * y->rows + c] /= by;
    }
done:
    gamlp_stack_clear(&stack);
    return status;
}

/* Y <- Y + F(P), where the term has the one block F. */
static gamlp_status add_block(gamlp_dense *y, const gamlp_dense *p, const gamlp_term *term,
                              const gamlp_feature_input *input, const int64_t *index,
                              const gamlp_feature_options *options) {
    gamlp_stack x;
    const gamlp_dense *from = p;
    gamlp_feature_input narrow = *input;
    gamlp_feature_options own = *options;
    gamlp_status status = GAMLP_OK;
    gamlp_stack_init(&x, y->cols);
    narrow.sparse = NULL;
    narrow.dense = p;
    own.set = (gamlp_feature_set){1, {*term}};
    own.normalise = GAMLP_NORMALISE_NONE;
    own.kept = NULL;
    if (term->kind != GAMLP_TERM_X) {
        GAMLP_TRY(gamlp_feature_make(&x, &narrow, index, y->cols, &own));
        from = &x.block[0].dense;
    }
    for (int64_t e = 0; e < y->rows * y->cols; e++) y->data[e] += from->data[e];
done:
    gamlp_stack_clear(&x);
    return status;
}

gamlp_status gamlp_linear_product(gamlp_dense *y, const gamlp_dense *w,
                                  const gamlp_feature_input *input,
                                  const gamlp_feature_options *options) {
    const int64_t nodes = input->adjacency->rows,
                  d = input->sparse ? input->sparse->cols : input->dense->rows;
    gamlp_dense part = *w, p = {0};
    int64_t *index = NULL;
    gamlp_status status = GAMLP_OK;
    part.cols = d;
    part.view = true;
    *y = (gamlp_dense){0};
    if (w->cols != gamlp_feature_set_rows(&options->set, d))
        return gamlp_fail(GAMLP_E_USAGE, "weights of %lld features, the set makes %lld",
                          (long long)w->cols, (long long)gamlp_feature_set_rows(&options->set, d));
    GAMLP_TRY(gamlp_new_raw(&index, nodes, sizeof *index, "node numbers"));
    for (int64_t i = 0; i < nodes; i++) index[i] = i;
    GAMLP_TRY(gamlp_dense_init(y, w->rows, nodes));
    GAMLP_TRY(gamlp_dense_init(&p, w->rows, nodes));
    for (int64_t t = 0; t < options->set.count; t++) {
        gamlp_term one = options->set.term[t];
        const int64_t blocks = gamlp_term_blocks(&one);
        for (int64_t k = 0; k < blocks; k++, part.data += w->rows * d) {
            if (one.kind == GAMLP_TERM_POWERS)
                one.first = one.last = options->set.term[t].first + k;
            GAMLP_TRY(multiply_own(&p, &part, input, options->normalise));
            GAMLP_TRY(add_block(y, &p, &one, input, index, options));
        }
    }
done:
    gamlp_free(index);
    gamlp_dense_clear(&p);
    if (status != GAMLP_OK) gamlp_dense_clear(y);
    return status;
}
