/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "matrix/order.h"

#include <string.h>

#include "gamlp/alloc.h"

static gamlp_status renumber(gamlp_csr *a, const gamlp_csr *b, const int32_t *place,
                             const int32_t *column) {
    gamlp_status status = gamlp_csr_init(a, b->rows, b->cols, b->nnz);
    if (status != GAMLP_OK) return status;
    if (!b->val) gamlp_csr_drop_values(a);
    for (int64_t i = 0; i < b->rows; i++) a->ptr[place[i] + 1] = b->ptr[i + 1] - b->ptr[i];
    for (int64_t i = 0; i < b->rows; i++) a->ptr[i + 1] += a->ptr[i];
    for (int64_t i = 0; i < b->rows; i++) {
        int64_t to = a->ptr[place[i]];
        for (int64_t k = b->ptr[i]; k < b->ptr[i + 1]; k++, to++) {
            a->idx[to] = column ? column[b->idx[k]] : b->idx[k];
            if (b->val) a->val[to] = b->val[k];
        }
    }
    return GAMLP_OK;
}

gamlp_status gamlp_csr_renumber(gamlp_csr *a, const gamlp_csr *b, const int32_t *place) {
    return renumber(a, b, place, place);
}

gamlp_status gamlp_csr_renumber_rows(gamlp_csr *a, const gamlp_csr *b, const int32_t *place) {
    return renumber(a, b, place, NULL);
}

gamlp_status gamlp_dense_renumber(gamlp_dense *a, const gamlp_dense *b, const int32_t *place) {
    gamlp_status status = gamlp_dense_init(a, b->rows, b->cols);
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i < b->cols; i++)
        memcpy(a->data + place[i] * b->rows, b->data + i * b->rows,
               (size_t)b->rows * sizeof *a->data);
    return GAMLP_OK;
}

/* Counting sort: place by increasing key in [0, keys), of equals the lower index first. */
static gamlp_status sort_by(int32_t *place, const int32_t *key, int64_t count, int64_t keys) {
    int64_t *start;
    gamlp_status status = gamlp_new(&start, keys + 1, sizeof *start, "places");
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i < count; i++) start[key[i] + 1]++;
    for (int64_t k = 0; k < keys; k++) start[k + 1] += start[k];
    for (int64_t i = 0; i < count; i++) place[i] = (int32_t)start[key[i]]++;
    gamlp_free(start);
    return GAMLP_OK;
}

gamlp_status gamlp_order_groups(int32_t *place, const int32_t *group, int64_t count) {
    int32_t most = -1;
    for (int64_t i = 0; i < count; i++) most = group[i] > most ? group[i] : most;
    return sort_by(place, group, count, (int64_t)most + 1);
}

static int64_t length(const gamlp_csr *a, int64_t row) {
    return a->ptr[row + 1] - a->ptr[row];
}

gamlp_status gamlp_order_degree(int32_t *place, const gamlp_csr *a) {
    int32_t *key = NULL;
    int64_t most = 0;
    gamlp_status status = gamlp_new_raw(&key, a->rows, sizeof *key, "degrees");
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i < a->rows; i++) most = length(a, i) > most ? length(a, i) : most;
    for (int64_t i = 0; i < a->rows; i++) key[i] = (int32_t)(most - length(a, i));
    status = sort_by(place, key, a->rows, most + 1);
    gamlp_free(key);
    return status;
}

typedef struct search {
    const gamlp_csr *a;
    int32_t *order; /* nodes in the order of the search       */
    int32_t *seen;  /* the number of the search that saw them */
    int32_t number;
} search;

/* Neighbours just put to order[from..to), by increasing degree: insertion for a few, else shell
 * gaps, which keep the order of equals by comparing node numbers as well. */
static bool before(const gamlp_csr *a, int32_t i, int32_t j) {
    return length(a, i) < length(a, j) || (length(a, i) == length(a, j) && i < j);
}

static void sort_new(const search *s, int64_t from, int64_t to) {
    int64_t gap = 1;
    while (gap < (to - from) / 3) gap = 3 * gap + 1;
    for (; gap > 0; gap /= 3)
        for (int64_t i = from + gap; i < to; i++) {
            int32_t node = s->order[i];
            int64_t k = i;
            for (; k >= from + gap && before(s->a, node, s->order[k - gap]); k -= gap)
                s->order[k] = s->order[k - gap];
            s->order[k] = node;
        }
}

/* Breadth-first from `start` into order[at..); returns the end. */
static int64_t run_search(search *s, int32_t start, int64_t at) {
    int64_t head = at, tail = at;
    s->number++;
    s->order[tail++] = start;
    s->seen[start] = s->number;
    while (head < tail) {
        int32_t i = s->order[head++];
        int64_t first = tail;
        for (int64_t k = s->a->ptr[i]; k < s->a->ptr[i + 1]; k++) {
            int32_t j = s->a->idx[k];
            if (s->seen[j] == s->number) continue;
            s->seen[j] = s->number;
            s->order[tail++] = j;
        }
        sort_new(s, first, tail);
    }
    return tail;
}

/* Searches of number 0 have not seen a node; the last one of its component is its place. */
gamlp_status gamlp_order_rcm(int32_t *place, const gamlp_csr *a) {
    search s = {.a = a};
    int32_t *start = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new_raw(&s.order, a->rows, sizeof *s.order, "an order of nodes"));
    GAMLP_TRY(gamlp_new(&s.seen, a->rows, sizeof *s.seen, "nodes seen"));
    GAMLP_TRY(gamlp_new_raw(&start, a->rows, sizeof *start, "nodes by degree"));
    GAMLP_TRY(gamlp_order_degree(place, a));
    for (int64_t i = 0; i < a->rows; i++) start[a->rows - 1 - place[i]] = (int32_t)i;
    int64_t at = 0;
    for (int64_t i = 0; i < a->rows; i++) {
        if (s.seen[start[i]]) continue;
        int64_t end = run_search(&s, start[i], at);
        end = run_search(&s, s.order[end - 1], at);
        at = run_search(&s, s.order[end - 1], at);
    }
    for (int64_t i = 0; i < a->rows; i++) place[s.order[i]] = (int32_t)(a->rows - 1 - i);
done:
    gamlp_free(s.order);
    gamlp_free(s.seen);
    gamlp_free(start);
    return status;
}
