/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime/feature_cache.h"

#include <stdio.h>
#include <string.h>

#include "core/file.h"
#include "core/hash.h"
#include "core/map.h"
#include "core/text.h"
#include "dataset/npy.h"
#include "feature/terms.h"
#include "gamlp/alloc.h"
#include "runtime/features.h"

void gamlp_stack_fill(gamlp_real *to, const gamlp_stack *x, int64_t node) {
    for (int64_t k = 0; k < x->blocks; k++) {
        const gamlp_csr *sparse = &x->block[k].sparse;
        int64_t rows = gamlp_stack_block_rows(x, k);
        if (!sparse->ptr) {
            memcpy(to, x->block[k].dense.data + node * rows, (size_t)rows * sizeof *to);
        } else {
            memset(to, 0, (size_t)rows * sizeof *to);
            for (int64_t e = sparse->ptr[node]; e < sparse->ptr[node + 1]; e++)
                to[sparse->idx[e]] = sparse->val[e];
        }
        to += rows;
    }
}

gamlp_status gamlp_stack_write_npy(int64_t *bytes, const char *path, const gamlp_stack *x) {
    const int64_t shape[] = {x->cols, x->rows};
    gamlp_output output;
    gamlp_bytes head = {0};
    gamlp_real *row = NULL;
    size_t size = (size_t)x->rows * sizeof *row;
    gamlp_status status = gamlp_output_open(&output, path);
    if (status != GAMLP_OK) return status;
    GAMLP_TRY(gamlp_npy_header(&head, gamlp_npy_real(), shape, 2));
    GAMLP_TRY(gamlp_new_raw(&row, x->rows, sizeof *row, "a row of features"));
    gamlp_output_write(&output, head.data, head.size);
    for (int64_t i = 0; i < x->cols; i++) {
        gamlp_stack_fill(row, x, i);
        gamlp_output_write(&output, row, size);
    }
    if (bytes) *bytes = (int64_t)head.size + x->cols * (int64_t)size;
    status = gamlp_output_commit(&output);
done:
    if (status != GAMLP_OK) gamlp_output_abandon(&output);
    gamlp_bytes_clear(&head);
    gamlp_free(row);
    return status;
}

/* Content, term, and what else decides a number. */
static gamlp_status name_of(char **path, const gamlp_dataset *d,
                            const gamlp_feature_options *feature, const char *directory) {
    char text[GAMLP_OPTION_TEXT], more[128], key[GAMLP_HASH_TEXT];
    const gamlp_diffusion_options *diffusion = &feature->diffusion;
    bool solved =
        feature->set.term[0].kind >= GAMLP_TERM_PPR && feature->set.term[0].kind <= GAMLP_TERM_KATZ;
    gamlp_hash hash;
    gamlp_feature_set_text(text, sizeof text, &feature->set);
    snprintf(more, sizeof more, " features 1 %d %d %d %.17g", (int)feature->normalise,
             (int)sizeof(gamlp_real), solved ? (int)diffusion->method : 0,
             solved ? diffusion->tolerance : 0);
    gamlp_hash_init(&hash);
    gamlp_hash_bytes(&hash, d->fingerprint, strlen(d->fingerprint));
    gamlp_hash_bytes(&hash, text, strlen(text));
    gamlp_hash_bytes(&hash, more, strlen(more));
    if (feature->set.term[0].op.direction != GAMLP_DIRECTION_NONE) { /* not in the fingerprint */
        const gamlp_csr *arcs = &d->graph.arcs;
        if (arcs->rows)
            gamlp_hash_bytes(&hash, arcs->ptr, (size_t)(arcs->rows + 1) * sizeof *arcs->ptr);
        gamlp_hash_bytes(&hash, arcs->idx, (size_t)arcs->nnz * sizeof *arcs->idx);
    }
    if (feature->bfloat16 && gamlp_term_is_polynomial(&feature->set.term[0]))
        gamlp_hash_bytes(&hash, " bfloat16", 9);
    gamlp_hash_hex(&hash, key);
    return gamlp_text_format(path, "%s/%s.npy", directory, key);
}

/* The blocks of one term from the rows of a file: `blocks` of `wide` rows each. */
static gamlp_status take_rows(gamlp_stack *x, const unsigned char *data, const int64_t *index,
                              int64_t blocks, int64_t wide) {
    gamlp_status status = GAMLP_OK;
    for (int64_t k = 0; k < blocks; k++) {
        gamlp_dense block;
        GAMLP_TRY(gamlp_dense_init(&block, wide, x->cols));
        for (int64_t i = 0; i < x->cols; i++)
            memcpy(block.data + i * wide,
                   data + (index[i] * blocks + k) * wide * (int64_t)sizeof *block.data,
                   (size_t)wide * sizeof *block.data);
        GAMLP_TRY(gamlp_stack_push_dense(x, &block));
    }
done:
    return status;
}

static gamlp_status read_term(gamlp_stack *x, const char *path, const int64_t *index, int64_t nodes,
                              int64_t blocks, int64_t wide) {
    gamlp_map map;
    gamlp_array array;
    gamlp_status status = gamlp_map_file(&map, path);
    if (status != GAMLP_OK) return status;
    GAMLP_TRY(gamlp_npy_parse(&array, map.data, map.size, path));
    if (array.kind != 'f' || array.swapped || array.fortran || array.dims != 2 ||
        array.item_size != (int64_t)sizeof(gamlp_real) || array.shape[0] != nodes ||
        array.shape[1] != blocks * wide)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: expected %lld x %lld numbers of type %s", path,
                             (long long)nodes, (long long)(blocks * wide), gamlp_npy_real()));
    GAMLP_TRY(take_rows(x, array.data, index, blocks, wide));
done:
    gamlp_map_clear(&map);
    return status;
}

/* One term of all nodes. */
static gamlp_status write_term(const char *path, const gamlp_dataset *d,
                               const gamlp_feature_options *feature) {
    gamlp_feature_source source = {0};
    gamlp_stack all = {0};
    int64_t *node = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_feature_source_init(&source, d, &feature->set));
    GAMLP_TRY(gamlp_new_raw(&node, d->nodes, sizeof *node, "node numbers"));
    for (int64_t i = 0; i < d->nodes; i++) node[i] = i;
    GAMLP_TRY(gamlp_feature_make(&all, &source.input, node, d->nodes, feature));
    GAMLP_TRY(gamlp_stack_write_npy(NULL, path, &all));
done:
    gamlp_stack_clear(&all);
    gamlp_feature_source_clear(&source);
    gamlp_free(node);
    return status;
}

/* Features of one term, made when they are not there, and read. */
static gamlp_status cached_term(gamlp_stack *x, const gamlp_dataset *d,
                                const gamlp_feature_options *feature, const int64_t *index,
                                const char *directory) {
    const gamlp_term *term = &feature->set.term[0];
    int64_t blocks = gamlp_term_blocks(term);
    char *path = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(name_of(&path, d, feature, directory));
    if (!gamlp_file_exists(path)) GAMLP_TRY(write_term(path, d, feature));
    GAMLP_TRY(read_term(x, path, index, d->nodes, blocks,
                        term->kind == GAMLP_TERM_STRUCTURE ? 1 : d->features));
done:
    gamlp_free(path);
    return status;
}

static gamlp_status make(gamlp_stack *x, const gamlp_dataset *d,
                         const gamlp_feature_options *feature, const int64_t *index,
                         int64_t count) {
    gamlp_feature_source source = {0};
    gamlp_status status = gamlp_feature_source_init(&source, d, &feature->set);
    if (status == GAMLP_OK) status = gamlp_feature_make(x, &source.input, index, count, feature);
    gamlp_feature_source_clear(&source);
    return status;
}

/* The nodes' own features, which are in the data set already. */
static gamlp_status own_term(gamlp_stack *x, const gamlp_dataset *d,
                             const gamlp_feature_options *feature, const int64_t *index) {
    gamlp_stack own;
    gamlp_status status = make(&own, d, feature, index, x->cols);
    if (status != GAMLP_OK) return status;
    status = own.block[0].sparse.ptr ? gamlp_stack_push_sparse(x, &own.block[0].sparse)
                                     : gamlp_stack_push_dense(x, &own.block[0].dense);
    gamlp_stack_clear(&own);
    return status;
}

static gamlp_status check_index(const gamlp_dataset *d, const int64_t *index, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        if (index[i] < 0 || index[i] >= d->nodes)
            return gamlp_fail(GAMLP_E_USAGE, "wanted node %lld is %lld, expected 0 to %lld",
                              (long long)i, (long long)index[i], (long long)d->nodes - 1);
    return GAMLP_OK;
}

gamlp_status gamlp_cached_features(gamlp_stack *x, const gamlp_dataset *dataset,
                                   const gamlp_feature_options *feature, const int64_t *index,
                                   int64_t count, const char *directory) {
    gamlp_status status = GAMLP_OK;
    if (!directory || !directory[0]) return make(x, dataset, feature, index, count);
    gamlp_stack_init(x, count);
    GAMLP_TRY(gamlp_feature_options_check(feature));
    GAMLP_TRY(check_index(dataset, index, count));
    GAMLP_TRY(gamlp_directory_make(NULL, directory));
    for (int64_t t = 0; t < feature->set.count; t++) {
        gamlp_feature_options one = *feature;
        one.set = (gamlp_feature_set){1, {feature->set.term[t]}};
        one.report = feature->report ? &feature->report[t] : NULL;
        if (feature->set.term[t].kind == GAMLP_TERM_X)
            GAMLP_TRY(own_term(x, dataset, &one, index));
        else
            GAMLP_TRY(cached_term(x, dataset, &one, index, directory));
    }
done:
    if (status != GAMLP_OK) gamlp_stack_clear(x);
    return status;
}
