/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Splits that are stored as arrays. */
#include <inttypes.h>
#include <stdio.h>

#include "dataset/split.h"
#include "gamlp/alloc.h"

enum { FILE_LIMIT = INT32_MAX, PARTS = 3 };

static const char *const part_name[PARTS] = {"train", "val", "test"};
static const char *const mask_name[PARTS] = {"train_mask", "val_mask", "test_mask"};
static const char *const index_name[PARTS] = {"idx_train", "idx_val", "idx_test"};

/* The parts of a split as arrays. */
typedef struct parts {
    int64_t **node[PARTS];
    int64_t *count[PARTS];
} parts;

static parts parts_of(gamlp_split *s) {
    return (parts){{&s->train, &s->val, &s->test},
                   {&s->train_count, &s->val_count, &s->test_count}};
}

void gamlp_split_fixed_rule(gamlp_split *split, int64_t k, int64_t n) {
    snprintf(split->rule, sizeof split->rule, "fixed:%" PRId64 "/%" PRId64, k, n);
}

/* Masks. */

/* Elements of row `row` from node `first` on. */
static void take_row(const gamlp_array *mask, int64_t row, int64_t first, int64_t count,
                     int64_t nodes, int64_t *out) {
    if (mask->dims == 1 || !mask->fortran) {
        gamlp_array_ints(mask, row * nodes + first, count, out);
        return;
    }
    for (int64_t i = 0; i < count; i++)
        gamlp_array_ints(mask, row + (first + i) * mask->shape[0], 1, out + i);
}

/* Mark the nodes of the row in `part`, which has part + 1 where a node is in a part already. */
static gamlp_status mark(unsigned char *part, int64_t *count, const gamlp_array *mask, int p,
                         const char *name, int64_t row, int64_t nodes, const char *what) {
    int64_t value[GAMLP_ARRAY_BLOCK];
    for (int64_t at = 0; at < nodes; at += GAMLP_ARRAY_BLOCK) {
        int64_t n = nodes - at < GAMLP_ARRAY_BLOCK ? nodes - at : GAMLP_ARRAY_BLOCK;
        take_row(mask, row, at, n, nodes, value);
        for (int64_t i = 0; i < n; i++) {
            if (value[i] != 0 && value[i] != 1)
                return gamlp_fail(GAMLP_E_DATA,
                                  "%s: %s.npy: node %" PRId64 " has %" PRId64 ", expected 0 or 1",
                                  what, name, at + i, value[i]);
            if (value[i] == 0) continue;
            if (part[at + i])
                return gamlp_fail(GAMLP_E_DATA,
                                  "%s: %s.npy: node %" PRId64 " is in the %s part, too", what, name,
                                  at + i, part_name[part[at + i] - 1]);
            part[at + i] = (unsigned char)(p + 1);
            ++*count;
        }
    }
    return GAMLP_OK;
}

static gamlp_status check_mask(const gamlp_array *mask, const char *name, int64_t row,
                               int64_t nodes, const char *what) {
    char full[512];
    snprintf(full, sizeof full, "%s: %s.npy", what, name);
    gamlp_status status = gamlp_array_expect_ints(mask, mask->dims == 2 ? 2 : 1, full);
    if (status != GAMLP_OK) return status;
    if (mask->shape[mask->dims - 1] != nodes || (mask->dims == 2 && row >= mask->shape[0]))
        return gamlp_fail(GAMLP_E_DATA, "%s has rows of %" PRId64 " nodes, expected %" PRId64, full,
                          mask->shape[mask->dims - 1], nodes);
    return GAMLP_OK;
}

gamlp_status gamlp_split_masks(gamlp_split *split, const gamlp_array mask[PARTS],
                               const char *const name[PARTS], int64_t row, int64_t nodes,
                               const char *what) {
    *split = (gamlp_split){0};
    parts s = parts_of(split);
    unsigned char *part = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new(&part, nodes, sizeof *part, "a split"));
    for (int p = 0; p < PARTS; p++) {
        int64_t count = 0;
        GAMLP_TRY(check_mask(&mask[p], name[p], row, nodes, what));
        GAMLP_TRY(mark(part, &count, &mask[p], p, name[p], row, nodes, what));
        GAMLP_TRY(gamlp_new_raw(s.node[p], count, sizeof **s.node[p], "a split"));
        for (int64_t i = 0; i < nodes; i++)
            if (part[i] == p + 1) (*s.node[p])[(*s.count[p])++] = i;
    }
done:
    gamlp_free(part);
    if (status != GAMLP_OK) gamlp_split_clear(split);
    return status;
}

static gamlp_status read_masks(gamlp_split *split, const gamlp_npz *npz, int64_t nodes) {
    gamlp_array mask[PARTS];
    gamlp_bytes bytes[PARTS] = {0};
    gamlp_status status = GAMLP_OK;
    for (int p = 0; p < PARTS; p++) {
        GAMLP_TRY(gamlp_npz_read(&mask[p], &bytes[p], npz, mask_name[p]));
        if (mask[p].dims == 2)
            GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: %s.npy: 2 dimensions, expected 1", npz->what,
                                 mask_name[p]));
    }
    GAMLP_TRY(gamlp_split_masks(split, mask, mask_name, 0, nodes, npz->what));
done:
    for (int p = 0; p < PARTS; p++) gamlp_bytes_clear(&bytes[p]);
    return status;
}

/* Node indices. */

static gamlp_status read_part(int64_t **node, int64_t *count, const gamlp_npz *npz,
                              const char *name, int64_t nodes) {
    gamlp_array array;
    gamlp_bytes bytes = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_npz_ints(&array, &bytes, npz, name));
    if (array.count > nodes)
        GAMLP_TRY(
            gamlp_fail(GAMLP_E_DATA, "%s: %s.npy has more elements than nodes", npz->what, name));
    GAMLP_TRY(gamlp_new_raw(node, array.count, sizeof **node, "a split"));
    for (int64_t at = 0; at < array.count; at += GAMLP_ARRAY_BLOCK) {
        int64_t n = array.count - at < GAMLP_ARRAY_BLOCK ? array.count - at : GAMLP_ARRAY_BLOCK;
        gamlp_array_ints(&array, at, n, *node + at);
    }
    gamlp_split_sort(*node, array.count);
    *count = array.count;
done:
    gamlp_bytes_clear(&bytes);
    return status;
}

gamlp_status gamlp_split_indices(gamlp_split *split, const gamlp_npz *npz, int64_t nodes) {
    *split = (gamlp_split){0};
    parts s = parts_of(split);
    gamlp_status status = GAMLP_OK;
    for (int p = 0; p < PARTS && status == GAMLP_OK; p++)
        status = read_part(s.node[p], s.count[p], npz, index_name[p], nodes);
    if (status != GAMLP_OK) gamlp_split_clear(split);
    return status;
}

gamlp_status gamlp_split_check(const gamlp_split *split, int64_t nodes, const char *what) {
    gamlp_split own = *split;
    parts s = parts_of(&own);
    unsigned char *part = NULL;
    gamlp_status status = gamlp_new(&part, nodes, sizeof *part, "a split");
    for (int p = 0; p < PARTS && status == GAMLP_OK; p++) {
        if (*s.count[p] < 1)
            status = gamlp_fail(GAMLP_E_DATA, "%s: the %s part is empty", what, part_name[p]);
        for (int64_t i = 0; i < *s.count[p] && status == GAMLP_OK; i++) {
            int64_t node = (*s.node[p])[i];
            if (node < 0 || node >= nodes)
                status =
                    gamlp_fail(GAMLP_E_DATA, "%s: %s part: node %" PRId64 " is outside 0..%" PRId64,
                               what, part_name[p], node, nodes - 1);
            else if (part[node])
                status = gamlp_fail(GAMLP_E_DATA, "%s: %s part: node %" PRId64 " is there twice",
                                    what, part_name[p], node);
            else
                part[node] = 1;
        }
    }
    gamlp_free(part);
    return status;
}

/* Files. */

gamlp_status gamlp_split_parse_npz(gamlp_split *split, const void *data, size_t size,
                                   const char *what, int64_t nodes) {
    *split = (gamlp_split){0};
    gamlp_npz npz = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_npz_open(&npz, data, size, what));
    GAMLP_TRY(gamlp_npz_has(&npz, index_name[0]) ? gamlp_split_indices(split, &npz, nodes)
                                                 : read_masks(split, &npz, nodes));
    GAMLP_TRY(gamlp_split_check(split, nodes, what));
done:
    gamlp_npz_clear(&npz);
    if (status != GAMLP_OK) gamlp_split_clear(split);
    return status;
}

gamlp_status gamlp_split_read_npz(gamlp_split *split, const char *path, int64_t nodes) {
    *split = (gamlp_split){0};
    gamlp_bytes bytes;
    gamlp_status status = gamlp_file_read(&bytes, path, FILE_LIMIT);
    if (status != GAMLP_OK) return status;
    status = gamlp_split_parse_npz(split, bytes.data, bytes.size, path, nodes);
    gamlp_bytes_clear(&bytes);
    return status;
}
