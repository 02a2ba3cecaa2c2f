/* SPDX-License-Identifier: GPL-2.0-or-later */
/* X at the wanted nodes: terms of one operator are made in one pass over its powers. */
#include <math.h>
#include <string.h>

#include "core/past.h"
#include "feature/job.h"
#include "feature/operator.h"
#include "feature/stop.h"
#include "gamlp/alloc.h"
#include "gamlp/threads.h"
#include "matrix/gather.h"

enum { COLUMNS_PER_CHUNK = 64 };

void gamlp_feature_options_default(gamlp_feature_options *options) {
    *options = (gamlp_feature_options){.normalise = GAMLP_NORMALISE_NONE};
    (void)gamlp_feature_set_hops(&options->set, 4);
    gamlp_diffusion_options_default(&options->diffusion);
}

gamlp_status gamlp_feature_options_check(const gamlp_feature_options *options) {
    int64_t blocks = gamlp_feature_set_blocks(&options->set);
    if (blocks < 1 || blocks > GAMLP_STACK_BLOCKS)
        return gamlp_fail(GAMLP_E_CONFIG, "features: %lld blocks, expected 1 to %d",
                          (long long)blocks, GAMLP_STACK_BLOCKS);
    if ((int)options->normalise < 0 || options->normalise > GAMLP_NORMALISE_L2)
        return gamlp_fail(GAMLP_E_CONFIG, "normalise is %d, expected none, row or l2",
                          (int)options->normalise);
    if (options->panel < 0)
        return gamlp_fail(GAMLP_E_CONFIG, "panel is %lld, expected 0 or a number of features",
                          (long long)options->panel);
    return GAMLP_OK;
}

static gamlp_status check_nodes(const gamlp_feature_input *input, const int64_t *index,
                                int64_t count) {
    int64_t nodes = input->adjacency->rows;
    if (count < 1) return gamlp_fail(GAMLP_E_USAGE, "no nodes are wanted, expected at least one");
    for (int64_t i = 0; i < count; i++)
        if (index[i] < 0 || index[i] >= nodes)
            return gamlp_fail(GAMLP_E_USAGE, "wanted node %lld is %lld, expected 0 to %lld",
                              (long long)i, (long long)index[i], (long long)nodes - 1);
    return GAMLP_OK;
}

static gamlp_status check_input(const gamlp_feature_input *input,
                                const gamlp_feature_options *options) {
    const gamlp_csr *a = input->adjacency;
    if (!a || a->rows != a->cols)
        return gamlp_fail(GAMLP_E_USAGE, "features need a square adjacency");
    if (!input->sparse == !input->dense)
        return gamlp_fail(GAMLP_E_USAGE, "features are sparse or dense, expected one of the two");
    int64_t nodes = input->sparse ? input->sparse->rows : input->dense->cols;
    if (nodes != a->rows)
        return gamlp_fail(GAMLP_E_USAGE, "features of %lld nodes, adjacency of %lld nodes",
                          (long long)nodes, (long long)a->rows);
    if ((input->sparse ? input->sparse->cols : input->dense->rows) < 1)
        return gamlp_fail(GAMLP_E_USAGE, "nodes without features have no feature set");
    for (int s = 0; s < GAMLP_STRUCTURES; s++)
        if (!input->column[s] && gamlp_feature_set_needs(&options->set, (gamlp_structure)s))
            return gamlp_fail(GAMLP_E_USAGE, "a figure of the nodes is wanted, but not given");
    return GAMLP_OK;
}

double gamlp_feature_divisor(const gamlp_real *value, int64_t count, gamlp_normalise rule) {
    double sum = 0;
    if (rule == GAMLP_NORMALISE_NONE) return 1;
    for (int64_t k = 0; k < count; k++)
        sum += rule == GAMLP_NORMALISE_L2 ? (double)value[k] * (double)value[k] : value[k];
    if (sum == 0) return 1;
    return rule == GAMLP_NORMALISE_L2 ? sqrt(sum) : sum;
}

static void scale_row(gamlp_real *value, int64_t count, gamlp_normalise rule) {
    double divisor = gamlp_feature_divisor(value, count, rule);
    for (int64_t k = 0; k < count; k++) value[k] = (gamlp_real)(value[k] / divisor);
}

static gamlp_status normalise_rows(gamlp_feature_job *job, gamlp_normalise rule) {
    gamlp_status status = GAMLP_OK;
    if (job->sparse) {
        GAMLP_TRY(gamlp_csr_copy(&job->scaled_sparse, job->sparse));
        gamlp_csr *h = &job->scaled_sparse;
        job->sparse = h;
        for (int64_t i = 0; i < job->nodes; i++)
            scale_row(h->val + h->ptr[i], h->ptr[i + 1] - h->ptr[i], rule);
    } else {
        GAMLP_TRY(gamlp_dense_copy(&job->scaled_dense, job->dense));
        job->dense = &job->scaled_dense;
        for (int64_t i = 0; i < job->nodes; i++)
            scale_row(job->scaled_dense.data + i * job->features, job->features, rule);
    }
done:
    return status;
}

static bool is_past_cache(const gamlp_extraction *e) {
    return e->count * e->stride * (int64_t)sizeof *e->to > GAMLP_FEATURE_CACHED &&
           gamlp_gather_streams(e->to, e->stride, e->width);
}

static void extract_chunk(void *context, int64_t chunk) {
    const gamlp_extraction *e = context;
    int64_t end = (chunk + 1) * COLUMNS_PER_CHUNK;
    const bool past = is_past_cache(e);
    if (end > e->count) end = e->count;
    for (int64_t i = chunk * COLUMNS_PER_CHUNK; i < end; i++) {
        gamlp_real *restrict to = e->to + i * e->stride;
        const gamlp_real *restrict from = e->from + e->index[i] * e->from_stride;
        if (e->add)
            for (int64_t f = 0; f < e->width; f++) to[f] += e->weight * from[f];
        else if (past)
            gamlp_past_store(to, from, (size_t)e->width * sizeof *to);
        else
            memcpy(to, from, (size_t)e->width * sizeof *to);
    }
    if (past) gamlp_past_end();
}

void gamlp_extract(const gamlp_extraction *extraction) {
    gamlp_extraction e = *extraction;
    gamlp_parallel((e.count + COLUMNS_PER_CHUNK - 1) / COLUMNS_PER_CHUNK, extract_chunk, &e);
}

/* Zeroed where powers will be added. */
static gamlp_status make_block(gamlp_dense *block, const gamlp_term *term, int64_t features,
                               int64_t count) {
    if (term->kind != GAMLP_TERM_POWERS)
        return gamlp_dense_init(block, term->kind == GAMLP_TERM_STRUCTURE ? 1 : features, count);
    block->rows = features;
    block->cols = count;
    return gamlp_new_raw(&block->data, features * count, sizeof *block->data, "a hop");
}

/* Memory for every block but those of the term x. */
static gamlp_status make_blocks(gamlp_feature_job *job) {
    const gamlp_feature_set *set = &job->options->set;
    int64_t k = 0;
    for (int64_t t = 0; t < set->count; t++) {
        const gamlp_term *term = &set->term[t];
        job->start[t] = k;
        for (int64_t last = k + gamlp_term_blocks(term); k < last; k++) {
            if (term->kind == GAMLP_TERM_X) continue;
            gamlp_status status = make_block(&job->block[k], term, job->features, job->count);
            if (status != GAMLP_OK) return status;
        }
    }
    return GAMLP_OK;
}

static void copy_figures(gamlp_feature_job *job, int64_t t) {
    const gamlp_term *term = &job->options->set.term[t];
    const double *figure = job->input->column[term->structure];
    gamlp_real *to = job->block[job->start[t]].data;
    for (int64_t i = 0; i < job->count; i++) {
        double value = figure[job->index[i]];
        to[i] = (gamlp_real)(term->logarithm ? log1p(value) : value);
    }
}

/* Whether no term before t has the same operator. */
static bool is_first_of_operator(const gamlp_feature_set *set, int64_t t) {
    for (int64_t s = 0; s < t; s++)
        if (gamlp_term_is_polynomial(&set->term[s]) &&
            gamlp_operator_equal(&set->term[s].op, &set->term[t].op))
            return false;
    return true;
}

static gamlp_status make_terms(gamlp_feature_job *job) {
    const gamlp_feature_set *set = &job->options->set;
    gamlp_status status = GAMLP_OK;
    for (int64_t t = 0; t < set->count; t++) {
        const gamlp_term *term = &set->term[t];
        GAMLP_TRY(gamlp_stop_check(&job->options->stop));
        if (term->kind == GAMLP_TERM_STRUCTURE) copy_figures(job, t);
        if (gamlp_term_is_polynomial(term) && is_first_of_operator(set, t))
            GAMLP_TRY(gamlp_feature_powers(job, &term->op));
        if (term->kind >= GAMLP_TERM_PPR && term->kind <= GAMLP_TERM_KATZ)
            GAMLP_TRY(gamlp_feature_diffuse(job, t));
    }
done:
    return status;
}

/* The nodes' own features, as they are. */
static gamlp_status push_own(gamlp_stack *x, const gamlp_feature_job *job) {
    gamlp_csr sparse;
    gamlp_dense dense;
    gamlp_status status = GAMLP_OK;
    if (job->sparse) {
        GAMLP_TRY(gamlp_csr_rows(&sparse, job->sparse, job->index, job->count));
        GAMLP_TRY(gamlp_stack_push_sparse(x, &sparse));
    } else {
        GAMLP_TRY(gamlp_dense_columns(&dense, job->dense, job->index, job->count));
        GAMLP_TRY(gamlp_stack_push_dense(x, &dense));
    }
done:
    return status;
}

static gamlp_status push_blocks(gamlp_stack *x, gamlp_feature_job *job) {
    const gamlp_feature_set *set = &job->options->set;
    gamlp_status status = GAMLP_OK;
    for (int64_t t = 0; t < set->count; t++) {
        int64_t k = job->start[t], last = k + gamlp_term_blocks(&set->term[t]);
        if (set->term[t].kind == GAMLP_TERM_X) {
            GAMLP_TRY(push_own(x, job));
            continue;
        }
        for (; k < last; k++) GAMLP_TRY(gamlp_stack_push_dense(x, &job->block[k]));
    }
done:
    return status;
}

static void job_clear(gamlp_feature_job *job) {
    for (int64_t k = 0; k < GAMLP_STACK_BLOCKS; k++) gamlp_dense_clear(&job->block[k]);
    gamlp_csr_clear(&job->scaled_sparse);
    gamlp_dense_clear(&job->scaled_dense);
}

gamlp_status gamlp_feature_make(gamlp_stack *x, const gamlp_feature_input *input,
                                const int64_t *index, int64_t count,
                                const gamlp_feature_options *options) {
    gamlp_feature_job job = {.input = input,
                             .options = options,
                             .index = index,
                             .count = count,
                             .sparse = input->sparse,
                             .dense = input->dense};
    gamlp_status status = GAMLP_OK;
    gamlp_stack_init(x, count);
    GAMLP_TRY(gamlp_feature_options_check(options));
    GAMLP_TRY(check_input(input, options));
    GAMLP_TRY(check_nodes(input, index, count));
    job.nodes = input->adjacency->rows;
    job.features = job.sparse ? job.sparse->cols : job.dense->rows;
    if (options->normalise != GAMLP_NORMALISE_NONE)
        GAMLP_TRY(normalise_rows(&job, options->normalise));
    GAMLP_TRY(make_blocks(&job));
    GAMLP_TRY(make_terms(&job));
    GAMLP_TRY(push_blocks(x, &job));
done:
    job_clear(&job);
    if (status != GAMLP_OK) gamlp_stack_clear(x);
    return status;
}
