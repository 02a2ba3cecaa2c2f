/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The entries are read without zeros and loops and brought into order.  A
 * symmetric pattern then is the graph; of any other the union with its
 * transpose is. */
#include "dataset/pattern.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "gamlp/alloc.h"

typedef struct pattern {
    int64_t nodes, *ptr;
    int32_t *idx;
    int64_t stored, loops;
} pattern;

static void pattern_clear(pattern *a) {
    gamlp_free(a->ptr);
    gamlp_free(a->idx);
    *a = (pattern){0};
}

/* 0 = ptr[0] <= ptr[1] <= ... <= number of entries. */
static gamlp_status read_ptr(pattern *a, gamlp_elements *e, int64_t entries, const char *what) {
    int64_t last = 0, at = 0, n;
    gamlp_status status = gamlp_new_raw(&a->ptr, a->nodes + 1, sizeof *a->ptr, "row pointers");
    for (; status == GAMLP_OK && (n = gamlp_elements_block(e)) > 0; at += n)
        status = gamlp_elements_ints(e, n, a->ptr + at);
    for (int64_t i = 0; status == GAMLP_OK && i <= a->nodes; i++) {
        int64_t p = a->ptr[i], most = i == 0 ? 0 : entries;
        if (p < last || p > most)
            status = gamlp_fail(GAMLP_E_DATA,
                                "%s: indptr element %" PRId64 " is %" PRId64 ", expected %" PRId64
                                "..%" PRId64,
                                what, i, p, last, most);
        last = p;
    }
    return status;
}

static gamlp_status check_entry(int64_t nodes, int64_t row, int64_t col, double value,
                                const char *what) {
    if (col < 0 || col >= nodes)
        return gamlp_fail(GAMLP_E_DATA,
                          "%s: node %" PRId64 ": index %" PRId64 " is outside 0..%" PRId64, what,
                          row, col, nodes - 1);
    if (!isfinite((float)value))
        return gamlp_fail(GAMLP_E_DATA,
                          "%s: node %" PRId64 ", neighbour %" PRId64 ": %g is not a finite float",
                          what, row, col, value);
    return GAMLP_OK;
}

/* The entries, those of each row moved to the left over what is left out. */
static gamlp_status read_entries(pattern *a, gamlp_elements *cols, gamlp_elements *values,
                                 const char *what) {
    int64_t col[GAMLP_ARRAY_BLOCK], entries = a->ptr[a->nodes], row = 0, kept = 0;
    double value[GAMLP_ARRAY_BLOCK];
    gamlp_status status = gamlp_new_raw(&a->idx, entries, sizeof *a->idx, "column indices");
    if (status != GAMLP_OK) return status;
    int64_t end = a->ptr[1]; /* of the row's entries as they are stored */
    a->ptr[0] = 0;
    for (int64_t at = 0, n; at < entries; at += n) {
        n = gamlp_elements_block(cols);
        GAMLP_TRY(gamlp_elements_ints(cols, n, col));
        GAMLP_TRY(gamlp_elements_reals(values, n, value));
        for (int64_t i = 0; i < n && at + i < entries; i++) {
            while (at + i == end) {
                a->ptr[++row] = kept;
                end = a->ptr[row + 1];
            }
            GAMLP_TRY(check_entry(a->nodes, row, col[i], value[i], what));
            if (value[i] == 0) continue;
            a->stored++;
            if (col[i] == row)
                a->loops++;
            else
                a->idx[kept++] = (int32_t)col[i];
        }
    }
    while (row < a->nodes) a->ptr[++row] = kept;
done:
    return status;
}

static bool in_order(const pattern *a) {
    for (int64_t i = 0; i < a->nodes; i++)
        for (int64_t k = a->ptr[i] + 1; k < a->ptr[i + 1]; k++)
            if (a->idx[k - 1] >= a->idx[k]) return false;
    return true;
}

/* Its rows are in order, with repetitions if there are some. */
static gamlp_status transpose(pattern *b, const pattern *a) {
    int64_t entries = a->ptr[a->nodes];
    *b = (pattern){.nodes = a->nodes};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new(&b->ptr, a->nodes + 1, sizeof *b->ptr, "row pointers"));
    GAMLP_TRY(gamlp_new_raw(&b->idx, entries, sizeof *b->idx, "column indices"));
    for (int64_t k = 0; k < entries; k++) b->ptr[a->idx[k] + 1]++;
    for (int64_t i = 0; i < a->nodes; i++) b->ptr[i + 1] += b->ptr[i];
    for (int64_t i = 0; i < a->nodes; i++)
        for (int64_t k = a->ptr[i]; k < a->ptr[i + 1]; k++)
            b->idx[b->ptr[a->idx[k]]++] = (int32_t)i;
    memmove(b->ptr + 1, b->ptr, (size_t)a->nodes * sizeof *b->ptr);
    b->ptr[0] = 0;
done:
    if (status != GAMLP_OK) pattern_clear(b);
    return status;
}

/* Rows increasing, without repetitions. */
static gamlp_status bring_into_order(pattern *a) {
    pattern turned = {0}, again = {0};
    gamlp_status status = GAMLP_OK;
    if (in_order(a)) return GAMLP_OK;
    GAMLP_TRY(transpose(&turned, a));
    gamlp_free(a->idx);
    a->idx = NULL;
    GAMLP_TRY(transpose(&again, &turned));
    int64_t kept = 0;
    for (int64_t i = 0; i < a->nodes; i++) {
        int64_t first = kept;
        for (int64_t k = again.ptr[i]; k < again.ptr[i + 1]; k++)
            if (kept == first || again.idx[kept - 1] != again.idx[k])
                again.idx[kept++] = again.idx[k];
        a->ptr[i] = first;
    }
    a->ptr[a->nodes] = kept;
    a->idx = again.idx;
    again.idx = NULL;
done:
    pattern_clear(&turned);
    pattern_clear(&again);
    return status;
}

/* Whether entry (j, i) is there for each (i, j): going through the rows i in order, the entries of
 * each row j must come up one by one. */
static gamlp_status is_symmetric(bool *symmetric, const pattern *a) {
    int64_t *next;
    gamlp_status status = gamlp_new_raw(&next, a->nodes, sizeof *next, "row pointers");
    if (status != GAMLP_OK) return status;
    memcpy(next, a->ptr, (size_t)a->nodes * sizeof *next);
    *symmetric = true;
    for (int64_t i = 0; *symmetric && i < a->nodes; i++)
        for (int64_t k = a->ptr[i]; *symmetric && k < a->ptr[i + 1]; k++) {
            int64_t j = a->idx[k];
            *symmetric = next[j] < a->ptr[j + 1] && a->idx[next[j]++] == i;
        }
    gamlp_free(next);
    return GAMLP_OK;
}

/* The union of row i of both, behind `to`, or only its length (to NULL). */
static int64_t unite_row(int32_t *to, const pattern *a, const pattern *b, int64_t i) {
    int64_t x = a->ptr[i], y = b->ptr[i], count = 0;
    while (x < a->ptr[i + 1] || y < b->ptr[i + 1]) {
        int32_t s = x < a->ptr[i + 1] ? a->idx[x] : INT32_MAX;
        int32_t t = y < b->ptr[i + 1] ? b->idx[y] : INT32_MAX;
        if (to) to[count] = s < t ? s : t;
        x += s <= t;
        y += t <= s;
        count++;
    }
    return count;
}

/* a <- the union of a and its transpose; *before <- a. */
static gamlp_status add_transpose(pattern *a, pattern *before) {
    pattern b = {0}, sum = {.nodes = a->nodes, .stored = a->stored, .loops = a->loops};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(transpose(&b, a));
    GAMLP_TRY(gamlp_new(&sum.ptr, a->nodes + 1, sizeof *sum.ptr, "row pointers"));
    for (int64_t i = 0; i < a->nodes; i++) sum.ptr[i + 1] = sum.ptr[i] + unite_row(NULL, a, &b, i);
    GAMLP_TRY(gamlp_new_raw(&sum.idx, sum.ptr[a->nodes], sizeof *sum.idx, "column indices"));
    for (int64_t i = 0; i < a->nodes && sum.idx; i++) unite_row(sum.idx + sum.ptr[i], a, &b, i);
    *before = *a;
    *a = sum;
    sum = (pattern){0};
done:
    pattern_clear(&b);
    pattern_clear(&sum);
    return status;
}

static void take_graph(gamlp_graph *graph, pattern *a, pattern *arcs) {
    int64_t entries = a->ptr[a->nodes];
    *graph = (gamlp_graph){
        .nodes = a->nodes,
        .edges = entries / 2,
        .stored_edges = a->stored,
        .self_loops = a->loops,
        .duplicate_edges = a->stored - a->loops - entries / 2,
        .adjacency = {
            .rows = a->nodes, .cols = a->nodes, .nnz = entries, .ptr = a->ptr, .idx = a->idx}};
    if (arcs->ptr)
        graph->arcs = (gamlp_csr){.rows = a->nodes,
                                  .cols = a->nodes,
                                  .nnz = arcs->ptr[a->nodes],
                                  .ptr = arcs->ptr,
                                  .idx = arcs->idx};
    a->ptr = arcs->ptr = NULL;
    a->idx = arcs->idx = NULL;
}

static gamlp_status check_arrays(int64_t nodes, const gamlp_array *ptr, const gamlp_array *cols,
                                 const gamlp_array *values, const char *what) {
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_array_expect_ints(ptr, 1, what));
    GAMLP_TRY(gamlp_array_expect_ints(cols, 1, what));
    GAMLP_TRY(gamlp_array_expect_reals(values, 1, what));
    if (nodes < 1 || nodes > INT32_MAX)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA,
                             "%s: a matrix of %" PRId64 " x %" PRId64 " is impossible", what, nodes,
                             nodes));
    if (ptr->count != nodes + 1)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: indptr has %" PRId64 " elements, expected %" PRId64,
                             what, ptr->count, nodes + 1));
    if (cols->count != values->count)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: %" PRId64 " indices but %" PRId64 " values", what,
                             cols->count, values->count));
done:
    return status;
}

gamlp_status gamlp_pattern_graph(gamlp_graph *graph, int64_t nodes, gamlp_elements *ptr,
                                 gamlp_elements *cols, gamlp_elements *values, const char *what) {
    *graph = (gamlp_graph){0};
    pattern a = {.nodes = nodes}, arcs = {0};
    bool symmetric = false;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(check_arrays(nodes, &ptr->array, &cols->array, &values->array, what));
    GAMLP_TRY(read_ptr(&a, ptr, cols->array.count, what));
    GAMLP_TRY(read_entries(&a, cols, values, what));
    GAMLP_TRY(bring_into_order(&a));
    GAMLP_TRY(is_symmetric(&symmetric, &a));
    if (!symmetric) GAMLP_TRY(add_transpose(&a, &arcs));
    take_graph(graph, &a, &arcs);
done:
    pattern_clear(&a);
    pattern_clear(&arcs);
    return status;
}
