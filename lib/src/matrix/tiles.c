/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "gamlp/alloc.h"
#include "gamlp/threads.h"
#include "matrix/gather.h"

enum {
    TILE_BYTES = 1 << 20, /* of the columns of a tile: a private cache                          */
    TILES_LEAST = 4,      /* with fewer, columns come fast enough from a shared cache           */
    ENTRIES_LEAST = 8,    /* of a row in a tile, on average: else taking its sums up again and
                             again costs more than the columns                                  */
    ROWS_MOST = 17000     /* of a block: each of its columns is read from memory once in a tile,
                             and its sums come from a shared cache                              */
};

/* Whether rows have enough entries in a tile. */
static bool pays(int64_t entries, int64_t rows, int64_t width, int64_t cols) {
    return (double)entries * (double)width >= (double)rows * (double)ENTRIES_LEAST * (double)cols;
}

int64_t gamlp_tiles_width(const gamlp_csr *s, int64_t bytes) {
    const int64_t width = TILE_BYTES / bytes;
    if (width < 1 || width > UINT16_MAX || s->rows == 0) return 0;
    return s->cols < TILES_LEAST * width || !pays(s->nnz, s->rows, width, s->cols) ? 0 : width;
}

typedef struct tiling {
    const gamlp_tiles *tiles;
    gamlp_csr *s;
    int64_t width, lanes;
    gamlp_real *room; /* for the entries of a block, one for each lane */
    int64_t size;     /* of such a room                                */
    int64_t *next;    /* tiles, for each lane                          */
} tiling;

/* The entries of row i, the one of number r of its block, by tile. */
static void count_row(const tiling *t, int64_t i, uint16_t *count, int64_t rows) {
    const int32_t *idx = t->s->idx;
    int64_t k = t->s->ptr[i], stop = t->s->ptr[i + 1];
    for (int64_t tile = 0; tile < t->tiles->tiles; tile++, count += rows) {
        const int64_t end = (tile + 1) * t->width, begin = k;
        while (k < stop && idx[k] < end) k++;
        *count = (uint16_t)(k - begin);
    }
}

#define MOVE(type, array)                                                                          \
    do {                                                                                           \
        type *from = (type *)(void *)room, *to = array;                                            \
        memcpy(from, to, (size_t)entries * sizeof *from);                                          \
        for (int64_t r = 0; r < rows; r++)                                                         \
            for (int64_t tile = 0; tile < tiles->tiles; tile++) {                                  \
                const int64_t many = count[tile * rows + r];                                       \
                for (int64_t k = 0; k < many; k++) to[next[tile] + k] = from[k];                   \
                from += many;                                                                      \
                next[tile] += many;                                                                \
            }                                                                                      \
    } while (0)

/* next[tile] <- the first entry of a tile in a block. */
static void find_tiles(int64_t *next, const gamlp_tiles *tiles, const uint16_t *count,
                       int64_t rows) {
    int64_t at = 0;
    for (int64_t tile = 0; tile < tiles->tiles; tile++) {
        next[tile] = at;
        for (int64_t r = 0; r < rows; r++) at += *count++;
    }
}

static void tile_block(const tiling *t, int64_t lane, int64_t block) {
    const gamlp_tiles *tiles = t->tiles;
    const int64_t first = tiles->first[block], rows = tiles->first[block + 1] - first;
    const int64_t start = t->s->ptr[first], entries = t->s->ptr[first + rows] - start;
    uint16_t *count = tiles->count + first * tiles->tiles;
    gamlp_real *room = t->room + lane * t->size;
    int64_t *next = t->next + lane * tiles->tiles;
    tiles->tiled[block] = entries > 0 && pays(entries, rows, t->width, t->s->cols);
    if (!tiles->tiled[block]) return;
    for (int64_t r = 0; r < rows; r++) count_row(t, first + r, count + r, rows);
    find_tiles(next, tiles, count, rows);
    MOVE(int32_t, t->s->idx + start);
    find_tiles(next, tiles, count, rows);
    MOVE(gamlp_real, t->s->val + start);
}

static void tile_lane(void *context, int64_t lane) {
    const tiling *t = context;
    for (int64_t block = lane; block < t->tiles->blocks; block += t->lanes)
        tile_block(t, lane, block);
}

static gamlp_status make_room(tiling *t) {
    const int64_t *first = t->tiles->first;
    gamlp_status status = GAMLP_OK;
    for (int64_t b = 0; b < t->tiles->blocks; b++) {
        const int64_t entries = t->s->ptr[first[b + 1]] - t->s->ptr[first[b]];
        if (entries > t->size) t->size = entries;
    }
    GAMLP_TRY(gamlp_new_raw(&t->room, t->lanes * t->size, sizeof *t->room, "entries of a block"));
    GAMLP_TRY(
        gamlp_new_raw(&t->next, t->lanes * t->tiles->tiles, sizeof *t->next, "entries of tiles"));
done:
    return status;
}

gamlp_status gamlp_tiles_init(gamlp_tiles *tiles, gamlp_csr *s, int64_t width) {
    const int64_t threads = gamlp_threads_get();
    gamlp_status status = GAMLP_OK;
    tiling t = {.tiles = tiles, .s = s, .width = width};
    *tiles = (gamlp_tiles){.tiles = (s->cols + width - 1) / width, .threads = threads};
    tiles->blocks = (s->rows + ROWS_MOST * threads - 1) / (ROWS_MOST * threads) * threads;
    t.lanes = threads;
    GAMLP_TRY(gamlp_new_raw(&tiles->first, tiles->blocks + 1, sizeof *tiles->first, "blocks"));
    GAMLP_TRY(gamlp_new_raw(&tiles->count, s->rows * tiles->tiles, sizeof *tiles->count,
                            "entries of tiles"));
    GAMLP_TRY(gamlp_new(&tiles->tiled, tiles->blocks, sizeof *tiles->tiled, "blocks"));
    for (int64_t b = 0; b <= tiles->blocks; b++)
        tiles->first[b] = gamlp_csr_part(s, b, tiles->blocks);
    GAMLP_TRY(make_room(&t));
    gamlp_parallel(t.lanes, tile_lane, &t);
done:
    gamlp_free(t.room);
    gamlp_free(t.next);
    if (status != GAMLP_OK) gamlp_tiles_clear(tiles);
    return status;
}

void gamlp_tiles_clear(gamlp_tiles *tiles) {
    gamlp_free(tiles->first);
    gamlp_free(tiles->count);
    gamlp_free(tiles->tiled);
    *tiles = (gamlp_tiles){0};
}
