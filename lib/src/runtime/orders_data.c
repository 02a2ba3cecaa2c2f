/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The columns of a split as fields: sizes, then for each set of columns the blocks of X (dense:
 * rows, columns, values; sparse: rows, columns, entries, pointers, indices, values) and the labels,
 * and at the end the SHA-256 of all that. */
#include <limits.h>
#include <string.h>

#include "core/hash.h"
#include "gamlp/alloc.h"
#include "runtime/orders.h"

enum { SETS = 3 };

static void put_block(gamlp_writer *w, const gamlp_block *block) {
    const gamlp_csr *s = &block->sparse;
    const gamlp_dense *d = &block->dense;
    gamlp_put_int(w, s->ptr != NULL);
    if (!s->ptr) {
        gamlp_put_int(w, d->rows);
        gamlp_put_int(w, d->cols);
        gamlp_put_raw(w, d->data, (size_t)(d->rows * d->cols) * sizeof *d->data);
        return;
    }
    gamlp_put_int(w, s->rows);
    gamlp_put_int(w, s->cols);
    gamlp_put_int(w, s->nnz);
    gamlp_put_int(w, s->val != NULL);
    gamlp_put_raw(w, s->ptr, (size_t)(s->rows + 1) * sizeof *s->ptr);
    gamlp_put_raw(w, s->idx, (size_t)s->nnz * sizeof *s->idx);
    if (s->val) gamlp_put_raw(w, s->val, (size_t)s->nnz * sizeof *s->val);
}

static void hash_of(char hex[GAMLP_HASH_HEX], const void *bytes, size_t size) {
    gamlp_hash hash;
    gamlp_hash_init(&hash);
    gamlp_hash_bytes(&hash, bytes, size);
    gamlp_hash_hex(&hash, hex);
}

void gamlp_order_data_put(gamlp_writer *w, const gamlp_order_data *data) {
    char hex[GAMLP_HASH_HEX];
    size_t start = w->size;
    gamlp_put_int(w, data->features);
    gamlp_put_int(w, data->classes);
    for (int i = 0; i < SETS; i++) gamlp_put_int(w, data->columns[i]);
    gamlp_put_int(w, data->has_x);
    gamlp_put_int(w, data->has_label);
    for (int i = 0; i < SETS && data->has_x; i++) {
        gamlp_put_int(w, data->x[i].blocks);
        for (int64_t k = 0; k < data->x[i].blocks; k++) put_block(w, &data->x[i].block[k]);
    }
    for (int i = 0; i < SETS && data->has_label; i++)
        gamlp_put_raw(w, data->label[i], (size_t)data->columns[i] * sizeof *data->label[i]);
    if (w->full) return;
    hash_of(hex, w->data + start, w->size - start);
    gamlp_put_raw(w, hex, GAMLP_HASH_HEX - 1);
}

/* `count` elements in memory of their own. */
static gamlp_status get_array(void *array, gamlp_reader *r, int64_t count, size_t unit) {
    bool sane = count >= 0 && count <= (r->end - r->at) / (int64_t)unit;
    const unsigned char *from = sane ? gamlp_get_raw(r, count * (int64_t)unit) : NULL;
    if (!from) {
        r->bad = true;
        return GAMLP_OK;
    }
    gamlp_status status = gamlp_new_raw(array, count, unit, "columns of a split");
    if (status == GAMLP_OK && count > 0) memcpy(*(void **)array, from, (size_t)count * unit);
    return status;
}

static gamlp_status get_sparse(gamlp_csr *s, gamlp_reader *r, int64_t cols) {
    gamlp_status status = GAMLP_OK;
    s->rows = gamlp_get_int(r, cols, cols);
    s->cols = gamlp_get_int(r, 0, INT32_MAX);
    s->nnz = gamlp_get_int(r, 0, INT64_MAX / 16);
    bool has_values = gamlp_get_int(r, 0, 1) != 0;
    GAMLP_TRY(get_array(&s->ptr, r, s->rows + 1, sizeof *s->ptr));
    GAMLP_TRY(get_array(&s->idx, r, s->nnz, sizeof *s->idx));
    if (has_values) GAMLP_TRY(get_array(&s->val, r, s->nnz, sizeof *s->val));
    if (!r->bad) status = gamlp_csr_check(s);
done:
    return status;
}

static gamlp_status get_dense(gamlp_dense *d, gamlp_reader *r, int64_t cols) {
    d->rows = gamlp_get_int(r, 0, INT32_MAX);
    d->cols = gamlp_get_int(r, cols, cols);
    return get_array(&d->data, r, d->rows * d->cols, sizeof *d->data);
}

static gamlp_status get_stack(gamlp_stack *x, gamlp_reader *r, int64_t features, int64_t cols) {
    gamlp_status status = GAMLP_OK;
    gamlp_stack_init(x, cols);
    int64_t blocks = gamlp_get_int(r, 1, GAMLP_STACK_BLOCKS);
    for (int64_t k = 0; k < blocks && !r->bad; k++) {
        gamlp_block block = {0};
        bool sparse = gamlp_get_int(r, 0, 1) != 0;
        status = sparse ? get_sparse(&block.sparse, r, cols) : get_dense(&block.dense, r, cols);
        if (status != GAMLP_OK || r->bad) {
            gamlp_dense_clear(&block.dense);
            gamlp_csr_clear(&block.sparse);
            GAMLP_TRY(status);
            break;
        }
        GAMLP_TRY(sparse ? gamlp_stack_push_sparse(x, &block.sparse)
                         : gamlp_stack_push_dense(x, &block.dense));
    }
    if (x->rows != features) r->bad = true;
done:
    return status;
}

static gamlp_status get_sets(gamlp_order_data *data, gamlp_reader *r) {
    gamlp_status status = GAMLP_OK;
    data->features = gamlp_get_int(r, 1, INT32_MAX);
    data->classes = gamlp_get_int(r, 1, INT32_MAX);
    for (int i = 0; i < SETS; i++) data->columns[i] = gamlp_get_int(r, 0, INT32_MAX);
    data->has_x = gamlp_get_int(r, 0, 1) != 0;
    data->has_label = gamlp_get_int(r, 0, 1) != 0;
    for (int i = 0; i < SETS && data->has_x && !r->bad; i++)
        GAMLP_TRY(get_stack(&data->x[i], r, data->features, data->columns[i]));
    for (int i = 0; i < SETS && data->has_label && !r->bad; i++)
        GAMLP_TRY(get_array(&data->label[i], r, data->columns[i], sizeof *data->label[i]));
done:
    return status;
}

gamlp_status gamlp_order_data_get(gamlp_order_data *data, const void *bytes, size_t size) {
    enum { HEX = GAMLP_HASH_HEX - 1 };
    char hex[GAMLP_HASH_HEX];
    gamlp_status status = GAMLP_OK;
    *data = (gamlp_order_data){0};
    if (size < HEX) return gamlp_fail(GAMLP_E_DATA, "the columns of a split are cut short");
    hash_of(hex, bytes, size - HEX);
    if (memcmp(hex, (const char *)bytes + (size - HEX), HEX) != 0)
        return gamlp_fail(GAMLP_E_DATA,
                          "the columns of a split do not have the hash they came with");
    gamlp_reader r = gamlp_reader_of(bytes, size - HEX);
    GAMLP_TRY(get_sets(data, &r));
    GAMLP_TRY(gamlp_reader_check(&r, "columns of a split"));
done:
    if (status != GAMLP_OK) gamlp_order_data_clear(data);
    return status;
}

void gamlp_order_data_clear(gamlp_order_data *data) {
    for (int i = 0; i < SETS; i++) {
        gamlp_stack_clear(&data->x[i]);
        gamlp_free(data->label[i]);
    }
    *data = (gamlp_order_data){0};
}
