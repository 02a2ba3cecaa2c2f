/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows in order: each block is a view of the mapped file, and the pages of the block before it are
 * given back, so that memory does not grow with the file. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "dataset/container.h"
#include "gamlp/alloc.h"

enum { PARTS = 3, DROP = 1 << 20 }; /* parts: ptr, idx, val; or dense alone */

/* How far a section was read. */
typedef struct part {
    gamlp_section *section; /* or NULL */
    gamlp_checksum checksum;
    int64_t at, dropped; /* bytes read, and of these given back */
} part;

struct gamlp_rows {
    gamlp_container *container;
    part part[PARTS];
    int64_t cols, at; /* of the matrix; the next row */
    bool dense;
    int64_t room;      /* rows that ptr, and entries that value, have room for */
    int64_t *ptr;      /* of a block; owned */
    int64_t values;    /* room of value */
    gamlp_real *value; /* converted, or ones; owned */
};

void gamlp_rows_free(gamlp_rows *rows) {
    if (!rows) return;
    gamlp_free(rows->ptr);
    gamlp_free(rows->value);
    gamlp_free(rows);
}

static gamlp_status find_part(part *p, const gamlp_container *c, const char *name,
                              gamlp_element type, int64_t count) {
    gamlp_checksum_init(&p->checksum);
    return gamlp_container_expect(&p->section, c, name, type, count);
}

static gamlp_status find_graph(gamlp_rows *r) {
    const gamlp_container_counts *n = &r->container->counts;
    r->cols = n->nodes;
    gamlp_status status =
        find_part(&r->part[0], r->container, "graph.ptr", GAMLP_ELEMENT_INT64, n->nodes + 1);
    if (status != GAMLP_OK) return status;
    return find_part(&r->part[1], r->container, "graph.idx", GAMLP_ELEMENT_INT32, 2 * n->edges);
}

static gamlp_status find_features(gamlp_rows *r) {
    const gamlp_container *c = r->container;
    const gamlp_container_counts *n = &c->counts;
    gamlp_status status = GAMLP_OK;
    r->cols = n->features;
    r->dense = n->feature_entries < 0;
    if (r->dense) {
        GAMLP_TRY(find_part(&r->part[0], c, "features.dense", 0,
                            n->features > 0 ? n->nodes * n->features : -1));
    } else {
        GAMLP_TRY(find_part(&r->part[0], c, "features.ptr", GAMLP_ELEMENT_INT64, n->nodes + 1));
        GAMLP_TRY(
            find_part(&r->part[1], c, "features.idx", GAMLP_ELEMENT_INT32, n->feature_entries));
        GAMLP_TRY(find_part(&r->part[2], c, "features.val", 0, n->feature_entries));
    }
    if (!r->part[0].section) GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: has no features", c->path));
    const gamlp_section *values = r->dense ? r->part[0].section : r->part[2].section;
    if (values && values->type != GAMLP_ELEMENT_FLOAT32 && values->type != GAMLP_ELEMENT_FLOAT64)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA,
                             "%s: section %s: expected elements of type float32 or float64",
                             c->path, values->name));
done:
    return status;
}

gamlp_status gamlp_rows_new(gamlp_rows **rows, gamlp_container *container, gamlp_rows_of what) {
    gamlp_status status = gamlp_new(rows, 1, sizeof **rows, "rows of a container");
    if (status != GAMLP_OK) return status;
    (*rows)->container = container;
    GAMLP_TRY(what == GAMLP_ROWS_GRAPH ? find_graph(*rows) : find_features(*rows));
done:
    if (status != GAMLP_OK) {
        gamlp_rows_free(*rows);
        *rows = NULL;
    }
    return status;
}

/* The next `bytes` of a part, of which it has as many. */
static const void *take(gamlp_rows *r, part *p, int64_t bytes) {
    const gamlp_map *map = &r->container->map;
    const unsigned char *data = map->data + p->section->offset;
    if (!r->container->borrowed && p->at - p->dropped >= DROP) {
        gamlp_map_drop(map, (size_t)(p->section->offset + p->dropped),
                       (size_t)(p->at - p->dropped));
        p->dropped = p->at;
    }
    gamlp_checksum_bytes(&p->checksum, data + p->at, (size_t)bytes);
    p->at += bytes;
    return data + p->at - bytes;
}

static gamlp_status reserve(gamlp_rows *r, int64_t count) {
    if (count <= r->values) return GAMLP_OK;
    gamlp_free(r->value);
    r->value = NULL;
    r->values = 0;
    gamlp_status status = gamlp_new_raw(&r->value, count, sizeof *r->value, "feature values");
    if (status == GAMLP_OK) r->values = count;
    return status;
}

/* `count` values: of the file, converted, or (no section) ones. */
static gamlp_status take_values(gamlp_real **value, gamlp_rows *r, part *p, int64_t count) {
    const void *data = NULL;
    union {
        const void *from;
        gamlp_real *to;
    } cast;
    if (p->section) {
        data = take(r, p, count * gamlp_element_size(p->section->type));
        cast.from = data;
        *value = cast.to;
        if (gamlp_element_size(p->section->type) == (int64_t)sizeof **value) return GAMLP_OK;
    }
    gamlp_status status = reserve(r, count);
    if (status != GAMLP_OK) return status;
    const float *narrow = data;
    const double *wide = data;
    for (int64_t i = 0; i < count; i++)
        r->value[i] = !data                                       ? 1
                      : p->section->type == GAMLP_ELEMENT_FLOAT32 ? (gamlp_real)narrow[i]
                                                                  : (gamlp_real)wide[i];
    *value = r->value;
    return GAMLP_OK;
}

static gamlp_status next_dense(gamlp_row_block *block, gamlp_rows *r, int64_t count) {
    gamlp_real *value = NULL;
    gamlp_status status = take_values(&value, r, &r->part[0], count * r->cols);
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i < count * r->cols; i++)
        if (!isfinite(value[i]))
            return gamlp_fail(GAMLP_E_DATA, "%s: node %" PRId64 ": a feature is not finite",
                              r->container->path, r->at + i / r->cols);
    block->dense = (gamlp_dense){r->cols, count, value, true};
    return GAMLP_OK;
}

/* Pointers of the rows, which must not fall or pass the entries that there are; from 0 on. */
static gamlp_status take_pointers(gamlp_rows *r, int64_t count) {
    const part *entries = &r->part[1];
    int64_t base = entries->at / (int64_t)sizeof(int32_t), left = entries->section->count - base;
    if (count > r->room) {
        gamlp_free(r->ptr);
        r->ptr = NULL;
        r->room = 0;
        gamlp_status status = gamlp_new_raw(&r->ptr, count + 1, sizeof *r->ptr, "row pointers");
        if (status != GAMLP_OK) return status;
        r->room = count;
    }
    if (r->at == 0) take(r, &r->part[0], (int64_t)sizeof *r->ptr);
    memcpy(r->ptr + 1, take(r, &r->part[0], count * (int64_t)sizeof *r->ptr),
           (size_t)count * sizeof *r->ptr);
    r->ptr[0] = 0;
    for (int64_t i = 1; i <= count; i++) {
        int64_t end = r->ptr[i];
        if (end < base + r->ptr[i - 1] || end - base > left)
            return gamlp_fail(GAMLP_E_DATA, "%s: section %s: row %" PRId64 " ends at %" PRId64,
                              r->container->path, r->part[0].section->name, r->at + i - 1, end);
        r->ptr[i] = end - base;
    }
    return GAMLP_OK;
}

static gamlp_status next_sparse(gamlp_row_block *block, gamlp_rows *r, int64_t count) {
    gamlp_csr *a = &block->sparse;
    gamlp_status status = take_pointers(r, count);
    if (status != GAMLP_OK) return status;
    union {
        const void *from;
        int32_t *to;
    } idx;
    int64_t entries = r->ptr[count];
    idx.from = take(r, &r->part[1], entries * (int64_t)sizeof(int32_t));
    *a = (gamlp_csr){
        .rows = count, .cols = r->cols, .nnz = entries, .ptr = r->ptr, .idx = idx.to, .view = true};
    if (r->part[1].section->name[0] == 'f')
        GAMLP_TRY(take_values(&a->val, r, &r->part[2], entries));
    GAMLP_TRY(gamlp_csr_check(a));
done:
    return status;
}

/* All was read: does it have the right checksums? */
static gamlp_status finish(gamlp_rows *r) {
    for (int i = 0; i < PARTS; i++) {
        gamlp_section *s = r->part[i].section;
        if (!s || s->verified) continue;
        if (r->part[i].at != s->bytes)
            return gamlp_fail(GAMLP_E_DATA, "%s: section %s has more elements than its rows",
                              r->container->path, s->name);
        if (gamlp_checksum_value(&r->part[i].checksum) != s->checksum)
            return gamlp_fail(GAMLP_E_DATA, "%s: section %s is damaged: its checksum differs",
                              r->container->path, s->name);
        s->verified = true;
    }
    return GAMLP_OK;
}

gamlp_status gamlp_rows_next(gamlp_row_block *block, gamlp_rows *rows, int64_t most) {
    int64_t left = rows->container->counts.nodes - rows->at, count = left < most ? left : most;
    *block = (gamlp_row_block){.first = rows->at};
    if (most < 1) return gamlp_fail(GAMLP_E_USAGE, "a block of %" PRId64 " rows", most);
    if (count == 0) return finish(rows);
    gamlp_status status =
        rows->dense ? next_dense(block, rows, count) : next_sparse(block, rows, count);
    if (status != GAMLP_OK) return status;
    block->count = count;
    rows->at += count;
    return GAMLP_OK;
}
