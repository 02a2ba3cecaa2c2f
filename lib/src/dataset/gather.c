/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/gather.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"
#include "gamlp/alloc.h"

enum { FIRST_ROOM = 256 };

void gamlp_edge_list_clear(gamlp_edge_list *list) {
    gamlp_free(list->source);
    gamlp_free(list->target);
    *list = (gamlp_edge_list){0};
}

gamlp_status gamlp_edge_list_put(gamlp_edge_list *list, int64_t source, int64_t target) {
    gamlp_status status = GAMLP_OK;
    if (list->count == list->room) {
        int64_t room = list->room ? 2 * list->room : FIRST_ROOM, used = list->count;
        GAMLP_TRY(gamlp_grow(&list->source, used, room, sizeof *list->source, "edges"));
        GAMLP_TRY(gamlp_grow(&list->target, used, room, sizeof *list->target, "edges"));
        list->room = room;
    }
    list->source[list->count] = source;
    list->target[list->count++] = target;
done:
    return status;
}

void gamlp_feature_rows_clear(gamlp_feature_rows *rows) {
    gamlp_csr_clear(&rows->csr);
    *rows = (gamlp_feature_rows){0};
}

gamlp_status gamlp_feature_rows_put(gamlp_feature_rows *rows, int64_t col, gamlp_real value) {
    gamlp_status status = GAMLP_OK;
    gamlp_csr *csr = &rows->csr;
    if (value == 0) return GAMLP_OK;
    if (rows->used == rows->entry_room) {
        int64_t room = rows->entry_room ? 2 * rows->entry_room : FIRST_ROOM, used = rows->used;
        GAMLP_TRY(gamlp_grow(&csr->idx, used, room, sizeof *csr->idx, "features"));
        GAMLP_TRY(gamlp_grow(&csr->val, used, room, sizeof *csr->val, "features"));
        rows->entry_room = room;
    }
    csr->idx[rows->used] = (int32_t)col;
    csr->val[rows->used++] = value;
    if (col >= csr->cols) csr->cols = col + 1;
done:
    return status;
}

typedef struct entry {
    int32_t col;
    gamlp_real value;
    int64_t place;
} entry;

static int compare(const void *a, const void *b) {
    const entry *x = a, *y = b;
    int order = (x->col > y->col) - (x->col < y->col);
    return order ? order : (x->place > y->place) - (x->place < y->place);
}

static bool increasing(const int32_t *col, int64_t count) {
    for (int64_t i = 1; i < count; i++)
        if (col[i - 1] >= col[i]) return false;
    return true;
}

static gamlp_status sort_row(gamlp_feature_rows *rows) {
    int64_t count = rows->used - rows->csr.nnz, kept = 0;
    int32_t *col = rows->csr.idx + rows->csr.nnz;
    gamlp_real *value = rows->csr.val + rows->csr.nnz;
    entry *item;
    gamlp_status status = gamlp_new_raw(&item, count, sizeof *item, "a sorted row");
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i < count; i++) item[i] = (entry){col[i], value[i], i};
    qsort(item, (size_t)count, sizeof *item, compare);
    for (int64_t i = 0; i < count; i++) {
        if (kept > 0 && col[kept - 1] == item[i].col) continue;
        col[kept] = item[i].col;
        value[kept++] = item[i].value;
    }
    rows->used = rows->csr.nnz + kept;
    gamlp_free(item);
    return GAMLP_OK;
}

gamlp_status gamlp_feature_rows_end(gamlp_feature_rows *rows) {
    gamlp_status status = GAMLP_OK;
    gamlp_csr *csr = &rows->csr;
    int64_t count = rows->used - csr->nnz;
    if (csr->rows + 1 >= rows->row_room) {
        int64_t room = rows->row_room ? 2 * rows->row_room : FIRST_ROOM;
        GAMLP_TRY(gamlp_grow(&csr->ptr, rows->row_room, room, sizeof *csr->ptr, "features"));
        rows->row_room = room;
        if (csr->rows == 0) csr->ptr[0] = 0;
    }
    if (count > 1 && !increasing(csr->idx + csr->nnz, count)) GAMLP_TRY(sort_row(rows));
    csr->nnz = csr->ptr[++csr->rows] = rows->used;
done:
    return status;
}

void gamlp_feature_rows_take(gamlp_csr *csr, gamlp_feature_rows *rows, int64_t cols) {
    *csr = rows->csr;
    csr->cols = cols;
    *rows = (gamlp_feature_rows){0};
}

bool gamlp_gather_real(double *value, const char *text, size_t size) {
    const char *at = text;
    return size > 0 && gamlp_number_real(value, &at) && at == text + size &&
           isfinite((float)*value);
}

bool gamlp_gather_int(int64_t *value, const char *text, size_t size) {
    bool negative = size > 0 && *text == '-';
    size_t at = negative, most = at + 18;
    if (size == at || size > most) return false;
    for (*value = 0; at < size; at++) {
        if (text[at] < '0' || text[at] > '9') return false;
        *value = 10 * *value + (text[at] - '0');
    }
    if (negative) *value = -*value;
    return true;
}
