/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file of a living graph; all numbers little-endian.
 *
 *   0  8  "gamlpfac"        8  4  version, 2           12  4  0 sym, 1 row, 2 col
 *  16  8  a                24  8  nodes n              32  8  neighbours m, twice the edges
 *  40  8  entries of L l   48 64  name, with NULs behind
 * 112  8  changes c       120  8  mark
 * 128     degrees            n int32
 *         neighbours         m int32, node by node, increasing
 *         order of pivots    n int32
 *         entries of columns n int32
 *         rows of L          l int32, column by column, the diagonal first
 *         values of L, D     l float64
 *         changes            c times i, j, 1 (came) or 0 (went) int32: the graph has them, L has
 * not
 *   -  8  XXH3-64 of all bytes before it */
#include <string.h>

#include "core/checksum.h"
#include "core/file.h"
#include "feature/living_parts.h"
#include "gamlp/alloc.h"

enum { HEADER = 128, NAME = 64, VERSION = 2, CHECKSUM = 8, CHANGE = 12 };

static const char magic[] = "gamlpfac";
static const gamlp_operator_kind kinds[] = {GAMLP_OPERATOR_SYM, GAMLP_OPERATOR_ROW,
                                            GAMLP_OPERATOR_COL};

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the file has little-endian numbers");

typedef struct writer {
    gamlp_output output;
    gamlp_checksum checksum;
} writer;

static void put(writer *w, const void *data, int64_t count, size_t size) {
    if (count == 0) return;
    gamlp_checksum_bytes(&w->checksum, data, (size_t)count * size);
    gamlp_output_write(&w->output, data, (size_t)count * size);
}

static void put_header(writer *w, const gamlp_living *l, const char *name) {
    unsigned char header[HEADER] = {0};
    const gamlp_living_graph *g = &l->graph;
    const int64_t size[] = {g->nodes, 2 * g->edges, gamlp_factor_entries(&l->factor)};
    const uint32_t version = VERSION;
    uint32_t kind = 0;
    while (kinds[kind] != l->term.op.kind) kind++;
    memcpy(header, magic, 8);
    memcpy(header + 8, &version, 4);
    memcpy(header + 12, &kind, 4);
    memcpy(header + 16, &l->term.value, 8);
    memcpy(header + 24, size, sizeof size);
    memcpy(header + 48, name, strnlen(name, NAME));
    memcpy(header + 112, &l->lowrank.changes, 8);
    memcpy(header + 120, &l->mark, 8);
    put(w, header, HEADER, 1);
}

static void put_arrays(writer *w, const gamlp_living *l) {
    const gamlp_living_graph *g = &l->graph;
    const gamlp_factor *f = &l->factor;
    put(w, g->count, g->nodes, sizeof *g->count);
    for (int64_t i = 0; i < g->nodes; i++) put(w, g->idx + g->start[i], g->count[i], 4);
    put(w, f->perm, f->n, sizeof *f->perm);
    put(w, f->count, f->n, sizeof *f->count);
    for (int64_t k = 0; k < f->n; k++) put(w, f->idx + f->ptr[k], f->count[k], sizeof *f->idx);
    for (int64_t k = 0; k < f->n; k++) put(w, f->val + f->ptr[k], f->count[k], sizeof *f->val);
    for (int64_t c = 0; c < l->lowrank.changes; c++)
        put(w, (const int32_t[]){l->pending[c].i, l->pending[c].j, l->pending[c].add}, CHANGE, 1);
}

gamlp_status gamlp_living_write(const char *path, const gamlp_living *living, const char *name) {
    writer w;
    gamlp_status status = gamlp_output_open(&w.output, path);
    if (status != GAMLP_OK) return status;
    gamlp_checksum_init(&w.checksum);
    put_header(&w, living, name);
    put_arrays(&w, living);
    uint64_t checksum = gamlp_checksum_value(&w.checksum);
    gamlp_output_write(&w.output, &checksum, sizeof checksum);
    return gamlp_output_commit(&w.output);
}

/* What remains to be read. */
typedef struct reader {
    const unsigned char *at;
    size_t left;
    const char *path;
} reader;

static gamlp_status bad(const reader *r, const char *problem) {
    return gamlp_fail(GAMLP_E_DATA, "%s: %s", r->path, problem);
}

static bool take(void *to, reader *r, int64_t count, size_t size) {
    const size_t bytes = (size_t)count * size;
    if (r->left < bytes) return false;
    if (bytes > 0) memcpy(to, r->at, bytes);
    r->at += bytes;
    r->left -= bytes;
    return true;
}

typedef struct sizes {
    int64_t nodes, neighbours, entries, changes;
} sizes;

/* The header, whose sizes are those of the file. */
static gamlp_status take_header(sizes *s, gamlp_living *l, reader *r, const char *name) {
    unsigned char header[HEADER];
    char own[NAME + 1] = {0};
    uint32_t version, kind;
    const size_t whole = r->left;
    if (!take(header, r, HEADER, 1) || memcmp(header, magic, 8) != 0)
        return bad(r, "is no sparse factor of gamlp");
    memcpy(&version, header + 8, 4);
    memcpy(&kind, header + 12, 4);
    memcpy(&l->term.value, header + 16, 8);
    memcpy(s, header + 24, 24);
    memcpy(&s->changes, header + 112, 8);
    memcpy(&l->mark, header + 120, 8);
    memcpy(own, header + 48, NAME);
    if (version != VERSION || kind > 2) return bad(r, "is a sparse factor of another version");
    if (s->nodes < 1 || s->nodes >= INT32_MAX || s->neighbours < 0 || s->neighbours >= INT32_MAX ||
        s->entries < s->nodes || s->entries >= INT32_MAX || s->changes < 0 ||
        s->changes > GAMLP_LOWRANK_MOST ||
        whole !=
            HEADER + CHECKSUM +
                (size_t)(12 * s->nodes + 4 * s->neighbours + 12 * s->entries + CHANGE * s->changes))
        return bad(r, "its size is not that of what it holds");
    if (strcmp(own, name) != 0) return bad(r, "is the factor of other data");
    l->term.kind = GAMLP_TERM_PPR;
    l->term.op = gamlp_operator_default();
    l->term.op.kind = kinds[kind];
    return gamlp_living_check_term(&l->term);
}

static gamlp_status take_graph(gamlp_living *l, reader *r, const sizes *s) {
    gamlp_csr a = {0};
    int32_t *count = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_csr_init(&a, s->nodes, s->nodes, s->neighbours));
    gamlp_csr_drop_values(&a);
    GAMLP_TRY(gamlp_new_raw(&count, s->nodes, sizeof *count, "degrees"));
    take(count, r, s->nodes, sizeof *count);
    for (int64_t i = 0; i < s->nodes; i++) {
        if (count[i] < 0 || count[i] > s->neighbours - a.ptr[i])
            GAMLP_TRY(bad(r, "a degree is out of range"));
        a.ptr[i + 1] = a.ptr[i] + count[i];
    }
    take(a.idx, r, s->neighbours, sizeof *a.idx);
    status = gamlp_csr_check(&a);
    if (status != GAMLP_OK) status = gamlp_fail(status, "%s: %s", r->path, gamlp_error_text());
    GAMLP_TRY(status);
    GAMLP_TRY(gamlp_living_graph_init(&l->graph, &a));
    for (int64_t i = 0; i < s->nodes; i++)
        for (int64_t k = a.ptr[i]; k < a.ptr[i + 1]; k++)
            if (a.idx[k] == i || !gamlp_living_graph_has(&l->graph, a.idx[k], i))
                GAMLP_TRY(bad(r, "its graph is not one of undirected edges"));
done:
    gamlp_free(count);
    gamlp_csr_clear(&a);
    return status;
}

static gamlp_status take_factor(gamlp_living *l, reader *r, const sizes *s) {
    gamlp_factor f = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_factor_init(&f, s->nodes, s->entries));
    f.nested = true;
    take(f.perm, r, s->nodes, sizeof *f.perm);
    take(f.count, r, s->nodes, sizeof *f.count);
    take(f.idx, r, s->entries, sizeof *f.idx);
    take(f.val, r, s->entries, sizeof *f.val);
    for (int64_t k = 0, place = 0; k < s->nodes; k++) {
        if (f.count[k] < 1 || f.count[k] > s->entries - place)
            GAMLP_TRY(bad(r, "a column of its factor is out of range"));
        f.ptr[k] = (int32_t)place;
        place += f.count[k];
    }
    status = gamlp_factor_check(&f);
    if (status == GAMLP_OK) status = gamlp_living_adopt(l, &f);
    if (status == GAMLP_E_DATA) status = gamlp_fail(status, "%s: %s", r->path, gamlp_error_text());
done:
    gamlp_factor_clear(&f);
    return status;
}

/* The last change of a pair of nodes is what the graph has. */
static bool agrees(const gamlp_living *l, const gamlp_living_change *change, int64_t c,
                   int64_t count) {
    for (int64_t k = c + 1; k < count; k++)
        if ((change[k].i == change[c].i && change[k].j == change[c].j) ||
            (change[k].i == change[c].j && change[k].j == change[c].i))
            return change[k].add != change[c].add;
    return gamlp_living_graph_has(&l->graph, change[c].i, change[c].j) == change[c].add;
}

static gamlp_status take_changes(gamlp_living *l, reader *r, const sizes *s) {
    gamlp_living_change change[GAMLP_LOWRANK_MOST];
    for (int64_t c = 0; c < s->changes; c++) {
        int32_t v[3];
        if (!take(v, r, CHANGE, 1) || v[0] < 0 || v[1] < 0 || v[0] >= s->nodes ||
            v[1] >= s->nodes || v[0] == v[1] || v[2] < 0 || v[2] > 1)
            return bad(r, "a change of its graph is out of range");
        change[c] = (gamlp_living_change){v[0], v[1], v[2] == 1};
    }
    for (int64_t c = 0; c < s->changes; c++) {
        if (!agrees(l, change, c, s->changes))
            return bad(r, "a change of its graph is not in the graph");
        gamlp_status status = gamlp_living_pend(l, &change[c]);
        if (status == GAMLP_E_NUMERIC)
            status = gamlp_fail(GAMLP_E_DATA, "%s: %s", r->path, gamlp_error_text());
        if (status != GAMLP_OK) return status;
    }
    return GAMLP_OK;
}

gamlp_status gamlp_living_decode(gamlp_living **living, const unsigned char *bytes, size_t size,
                                 const char *path, const char *name) {
    reader r = {bytes, size, path};
    sizes s = {0};
    gamlp_living *l = NULL;
    uint64_t checksum;
    gamlp_status status = GAMLP_OK;
    *living = NULL;
    GAMLP_TRY(gamlp_new(&l, 1, sizeof *l, "a living graph"));
    GAMLP_TRY(take_header(&s, l, &r, name));
    memcpy(&checksum, bytes + size - CHECKSUM, sizeof checksum);
    if (checksum != gamlp_checksum_of(bytes, size - CHECKSUM))
        GAMLP_TRY(bad(&r, "its checksum is wrong: it is damaged"));
    GAMLP_TRY(take_graph(l, &r, &s));
    GAMLP_TRY(take_factor(l, &r, &s));
    GAMLP_TRY(take_changes(l, &r, &s));
    *living = l;
    l = NULL;
done:
    gamlp_living_free(l);
    return status;
}

gamlp_status gamlp_living_read(gamlp_living **living, const char *path, const char *name) {
    gamlp_bytes bytes = {0};
    gamlp_status status = GAMLP_OK;
    *living = NULL;
    GAMLP_TRY(gamlp_file_read(&bytes, path, (size_t)64 << 30));
    status = gamlp_living_decode(living, bytes.data, bytes.size, path, name);
done:
    gamlp_bytes_clear(&bytes);
    return status;
}
