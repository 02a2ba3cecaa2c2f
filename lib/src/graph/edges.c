/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counting sort of both directions of all edges by row, then each row by column.
 *
 * The first pass gives every row its length with repetitions, so that start[i] is where it begins
 * among all; a further one places the entries of the rows [first, last), of which start[i] then is
 * the end.  A row sorted, without repetitions, and moved to the left leaves its final length in
 * start[i]; at the end running sums make row pointers of these.
 *
 * Of arcs, an entry is twice the column, plus 1 where the arc comes from the column.  So an arc
 * from the row comes first of the entries of a column, and is the one that stays. */
#include "graph/edges.h"

#include <string.h>

#include "gamlp/alloc.h"

enum { BLOCK = 1 << 14, SHORT_ROW = 48, DIGIT = 256, LEAST_RANGE = 1 << 26 };

typedef struct builder {
    const gamlp_edges *edges;
    int64_t nodes, total, largest; /* entries of all rows, of the longest one */
    int64_t stored, loops;
    uint32_t tag;             /* 1: of arcs; bits of an entry before its column */
    int64_t *start;           /* nodes + 1                                */
    uint32_t *entry, *spare;  /* entries of a range; of one row           */
    int32_t *source, *target; /* BLOCK edges                              */
} builder;

static void builder_clear(builder *b) {
    gamlp_free(b->start);
    gamlp_free(b->entry);
    gamlp_free(b->spare);
    gamlp_free(b->source);
    gamlp_free(b->target);
}

static gamlp_status builder_init(builder *b, const gamlp_edges *edges) {
    *b = (builder){.edges = edges, .nodes = edges->nodes, .tag = edges->directed};
    if (edges->nodes < 0 || edges->nodes > INT32_MAX)
        return gamlp_fail(GAMLP_E_USAGE, "a graph cannot have %lld nodes: expected 0 to %lld nodes",
                          (long long)edges->nodes, (long long)INT32_MAX);
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new(&b->start, b->nodes + 1, sizeof *b->start, "row pointers"));
    GAMLP_TRY(gamlp_new_raw(&b->source, BLOCK, sizeof *b->source, "edges"));
    GAMLP_TRY(gamlp_new_raw(&b->target, BLOCK, sizeof *b->target, "edges"));
done:
    return status;
}

static gamlp_status check_block(const builder *b, int64_t count) {
    for (int64_t e = 0; e < count; e++) {
        int64_t s = b->source[e], t = b->target[e];
        if (s < 0 || s >= b->nodes || t < 0 || t >= b->nodes)
            return gamlp_fail(
                GAMLP_E_DATA, "edge %lld joins %lld and %lld, expected nodes 0 to %lld",
                (long long)(b->stored + e), (long long)s, (long long)t, (long long)b->nodes - 1);
    }
    return GAMLP_OK;
}

static void count_block(builder *b, int64_t count) {
    for (int64_t e = 0; e < count; e++) {
        int32_t s = b->source[e], t = b->target[e];
        if (s == t) {
            b->loops++;
            continue;
        }
        b->start[s + 1]++;
        b->start[t + 1]++;
    }
    b->stored += count;
}

/* Lengths, then beginnings of the rows. */
static gamlp_status count_rows(builder *b) {
    gamlp_status status = GAMLP_OK;
    int64_t got = 0;
    GAMLP_TRY(b->edges->rewind(b->edges->context));
    do {
        GAMLP_TRY(b->edges->next(b->edges->context, b->source, b->target, BLOCK, &got));
        GAMLP_TRY(check_block(b, got));
        count_block(b, got);
    } while (got > 0);
    for (int64_t i = 0; i < b->nodes; i++) {
        if (b->start[i + 1] > b->largest) b->largest = b->start[i + 1];
        b->start[i + 1] += b->start[i];
    }
    b->total = b->start[b->nodes];
done:
    return status;
}

static void insertion_sort(uint32_t *item, int64_t count) {
    for (int64_t i = 1; i < count; i++) {
        uint32_t moved = item[i];
        int64_t k = i;
        for (; k > 0 && item[k - 1] > moved; k--) item[k] = item[k - 1];
        item[k] = moved;
    }
}

/* By bytes, the lowest first; `last` is the largest possible item. */
static void radix_sort(uint32_t *item, uint32_t *spare, int64_t count, uint32_t last) {
    uint32_t *from = item, *to = spare;
    for (int shift = 0; shift < 32 && last >> shift > 0; shift += 8) {
        int64_t place[DIGIT + 1] = {0};
        for (int64_t i = 0; i < count; i++) place[(from[i] >> shift) % DIGIT + 1]++;
        for (int d = 0; d < DIGIT; d++) place[d + 1] += place[d];
        for (int64_t i = 0; i < count; i++) to[place[(from[i] >> shift) % DIGIT]++] = from[i];
        uint32_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != item) memcpy(item, from, (size_t)count * sizeof *item);
}

static gamlp_status changed(void) {
    return gamlp_fail(GAMLP_E_DATA, "the edges changed while they were read");
}

/* Put the edges of a block that end in rows [first, last) behind each other. */
static gamlp_status place_block(builder *b, int64_t count, int64_t first, int64_t last,
                                int64_t base, int64_t room) {
    for (int64_t e = 0; e < 2 * count; e++) {
        bool back = e >= count;
        int32_t row = back ? b->target[e - count] : b->source[e];
        int32_t col = back ? b->source[e - count] : b->target[e];
        if (row < first || row >= last || row == col) continue;
        int64_t place = b->start[row]++ - base;
        if (place < 0 || place >= room) return changed();
        b->entry[place] = (uint32_t)col << b->tag | (back & b->tag);
    }
    return GAMLP_OK;
}

/* The first entry of each column. */
static int64_t drop_repetitions(uint32_t *item, int64_t count, uint32_t tag) {
    int64_t kept = count > 0;
    for (int64_t i = 1; i < count; i++)
        if (item[i] >> tag != item[kept - 1] >> tag) item[kept++] = item[i];
    return kept;
}

/* Sort the rows [first, last), whose entries begin at `base`, and move them together; *used: their
 * entries then. */
static gamlp_status settle_rows(builder *b, int64_t *used, int64_t first, int64_t last,
                                int64_t base) {
    const uint32_t last_entry = (uint32_t)(b->nodes - 1) << b->tag | b->tag;
    int64_t begin = base, kept = 0;
    for (int64_t i = first; i < last; i++) {
        int64_t count = b->start[i] - begin;
        uint32_t *row = b->entry + (begin - base);
        if (count < 0 || count > b->largest) return changed();
        if (count <= SHORT_ROW)
            insertion_sort(row, count);
        else
            radix_sort(row, b->spare, count, last_entry);
        begin = b->start[i];
        b->start[i] = drop_repetitions(row, count, b->tag);
        if (b->entry + kept != row)
            memmove(b->entry + kept, row, (size_t)b->start[i] * sizeof *row);
        kept += b->start[i];
    }
    *used = kept;
    return GAMLP_OK;
}

/* Entries of the rows [first, last) in b->entry, which has room for them. */
static gamlp_status fill_rows(builder *b, int64_t *used, int64_t first, int64_t last) {
    int64_t base = b->start[first], end = b->start[last], got = 0;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(b->edges->rewind(b->edges->context));
    do {
        GAMLP_TRY(b->edges->next(b->edges->context, b->source, b->target, BLOCK, &got));
        GAMLP_TRY(check_block(b, got));
        GAMLP_TRY(place_block(b, got, first, last, base, end - base));
    } while (got > 0);
    if (last > first && b->start[last - 1] != end) GAMLP_TRY(changed());
    GAMLP_TRY(settle_rows(b, used, first, last, base));
done:
    return status;
}

static gamlp_status make_room(builder *b, int64_t entries) {
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new_raw(&b->entry, entries + 1, sizeof *b->entry, "column indices"));
    if (b->largest > SHORT_ROW)
        GAMLP_TRY(gamlp_new_raw(&b->spare, b->largest, sizeof *b->spare, "a row of the graph"));
done:
    return status;
}

static int64_t count_arcs(const uint32_t *entry, int64_t count) {
    int64_t arcs = 0;
    for (int64_t k = 0; k < count; k++) arcs += entry[k] % 2 == 0;
    return arcs;
}

/* Columns alone. */
static void drop_tags(uint32_t *entry, int64_t count) {
    for (int64_t k = 0; k < count; k++) entry[k] /= 2;
}

/* The arcs of all rows, whose lengths are in start[], unless each goes both ways. */
static gamlp_status take_arcs(gamlp_csr *arcs, const builder *b, int64_t used) {
    int64_t count = count_arcs(b->entry, used), kept = 0, k = 0;
    gamlp_status status = GAMLP_OK;
    if (count == used) return status;
    *arcs = (gamlp_csr){.rows = b->nodes, .cols = b->nodes, .nnz = count};
    GAMLP_TRY(gamlp_new_raw(&arcs->ptr, b->nodes + 1, sizeof *arcs->ptr, "row pointers"));
    GAMLP_TRY(gamlp_new_raw(&arcs->idx, count, sizeof *arcs->idx, "column indices"));
    arcs->ptr[0] = 0;
    for (int64_t i = 0; i < b->nodes; i++) {
        for (int64_t end = k + b->start[i]; k < end; k++)
            if (b->entry[k] % 2 == 0) arcs->idx[kept++] = (int32_t)(b->entry[k] / 2);
        arcs->ptr[i + 1] = kept;
    }
done:
    if (status != GAMLP_OK) gamlp_csr_clear(arcs);
    return status;
}

/* start[] holds lengths: make them the pointers of the graph, and take them. */
static void take_rows(gamlp_graph *graph, builder *b) {
    int64_t sum = 0;
    for (int64_t i = 0; i < b->nodes; i++) {
        int64_t length = b->start[i];
        b->start[i] = sum;
        sum += length;
    }
    b->start[b->nodes] = sum;
    graph->nodes = b->nodes;
    graph->adjacency = (gamlp_csr){.rows = b->nodes, .cols = b->nodes, .nnz = sum, .ptr = b->start};
    graph->edges = sum / 2;
    graph->stored_edges = b->stored;
    graph->self_loops = b->loops;
    graph->duplicate_edges = b->stored - b->loops - graph->edges;
    b->start = NULL;
}

/* Of `used` entries in room for b->total: all, or a copy when much of it is empty. */
static gamlp_status take_entries(gamlp_graph *graph, builder *b, int64_t used) {
    gamlp_status status = GAMLP_OK;
    if (b->total - used > used / 8) {
        uint32_t *copy;
        GAMLP_TRY(gamlp_new_raw(&copy, used, sizeof *copy, "column indices"));
        if (used > 0) memcpy(copy, b->entry, (size_t)used * sizeof *copy);
        gamlp_free(b->entry);
        b->entry = copy;
    }
    take_rows(graph, b);
    graph->adjacency.idx = (int32_t *)b->entry;
    b->entry = NULL;
done:
    return status;
}

gamlp_status gamlp_edges_graph(gamlp_graph *graph, const gamlp_edges *edges) {
    builder b;
    int64_t used = 0;
    gamlp_status status = GAMLP_OK;
    *graph = (gamlp_graph){0};
    GAMLP_TRY(builder_init(&b, edges));
    GAMLP_TRY(count_rows(&b));
    GAMLP_TRY(make_room(&b, b.total));
    GAMLP_TRY(fill_rows(&b, &used, 0, b.nodes));
    if (b.tag) {
        GAMLP_TRY(take_arcs(&graph->arcs, &b, used));
        drop_tags(b.entry, used);
    }
    GAMLP_TRY(take_entries(graph, &b, used));
done:
    builder_clear(&b);
    if (status != GAMLP_OK) gamlp_graph_clear(graph);
    return status;
}

static gamlp_status refuse(const builder *b, int64_t least, int64_t limit) {
    if (b->largest == 0)
        return gamlp_fail(GAMLP_E_NOMEM,
                          "a graph of %lld nodes needs more than %lld bytes of memory, and there "
                          "may be %lld",
                          (long long)b->nodes, (long long)least, (long long)limit);
    return gamlp_fail(GAMLP_E_NOMEM,
                      "a graph of %lld nodes, one of them with %lld listed neighbours, needs at "
                      "least %lld bytes of memory, and there may be %lld",
                      (long long)b->nodes, (long long)b->largest, (long long)least,
                      (long long)limit);
}

/* Bytes of a bit for each listed entry, of arcs. */
static int64_t bit_bytes(const builder *b) {
    return b->tag ? b->total / 8 + 1 : 0;
}

/* Entries of a range of rows that memory allows beside what there is always. */
static gamlp_status range_size(int64_t *entries, const builder *b, gamlp_edges_memory memory) {
    int64_t item = (int64_t)sizeof *b->entry, spare = b->largest > SHORT_ROW ? b->largest : 0;
    int64_t fixed = memory.taken + (b->nodes + 1) * (int64_t)sizeof *b->start +
                    item * (2 * BLOCK + 1 + spare) + bit_bytes(b);
    int64_t least = fixed + item * b->largest;
    if (memory.limit > 0 && memory.limit < least) return refuse(b, least, memory.limit);
    *entries = memory.limit > 0 ? (memory.limit - fixed) / item : b->total / 2 + 1;
    if (memory.limit == 0 && *entries < LEAST_RANGE) *entries = LEAST_RANGE;
    if (*entries < b->largest) *entries = b->largest;
    if (*entries > b->total) *entries = b->total;
    return GAMLP_OK;
}

/* The row behind the last one that fits `entries` together with row `first`. */
static int64_t range_end(const builder *b, int64_t first, int64_t entries) {
    int64_t low = first + 1, high = b->nodes;
    while (low < high) {
        int64_t middle = low + (high - low + 1) / 2;
        if (b->start[middle] - b->start[first] <= entries)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

/* Set the bits of the arcs among entries that `at` others precede. */
static void mark_arcs(gamlp_edges_arcs *arcs, int64_t at, const uint32_t *entry, int64_t count) {
    for (int64_t k = 0; k < count; k++)
        if (entry[k] % 2 == 0) arcs->bit[(at + k) / 8] |= (uint8_t)(1 << (at + k) % 8);
    arcs->count += count_arcs(entry, count);
}

/* The rows to the sink, range after range. */
static gamlp_status stream_rows(gamlp_edges_arcs *arcs, builder *b, int64_t entries,
                                gamlp_edges_sink sink, void *context) {
    gamlp_status status = GAMLP_OK;
    for (int64_t first = 0, last, at = 0, used; first < b->nodes; first = last, at += used) {
        last = range_end(b, first, entries);
        GAMLP_TRY(fill_rows(b, &used, first, last));
        if (b->tag) {
            mark_arcs(arcs, at, b->entry, used);
            drop_tags(b->entry, used);
        }
        GAMLP_TRY(sink(context, (const int32_t *)b->entry, used));
    }
done:
    return status;
}

void gamlp_edges_arcs_clear(gamlp_edges_arcs *arcs) {
    gamlp_free(arcs->bit);
    *arcs = (gamlp_edges_arcs){0};
}

gamlp_status gamlp_edges_stream(gamlp_graph *graph, gamlp_edges_arcs *arcs,
                                const gamlp_edges *edges, gamlp_edges_memory memory,
                                gamlp_edges_sink sink, void *context) {
    int64_t entries = 0;
    gamlp_status status = GAMLP_OK;
    builder b = {.nodes = edges->nodes};
    *graph = (gamlp_graph){0};
    *arcs = (gamlp_edges_arcs){0};
    int64_t pointers = memory.taken + (b.nodes + 1) * (int64_t)sizeof *b.start;
    if (memory.limit > 0 && memory.limit < pointers) return refuse(&b, pointers, memory.limit);
    GAMLP_TRY(builder_init(&b, edges));
    GAMLP_TRY(count_rows(&b));
    GAMLP_TRY(range_size(&entries, &b, memory));
    GAMLP_TRY(make_room(&b, entries));
    if (b.tag) GAMLP_TRY(gamlp_new(&arcs->bit, bit_bytes(&b), 1, "arcs"));
    GAMLP_TRY(stream_rows(arcs, &b, entries, sink, context));
    take_rows(graph, &b);
done:
    builder_clear(&b);
    if (status != GAMLP_OK || arcs->count == graph->adjacency.nnz) gamlp_edges_arcs_clear(arcs);
    return status;
}
