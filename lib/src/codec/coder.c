/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/coder.h"

#include <math.h>
#include <string.h>

#include "codec/planes.h"
#include "codec/stage.h"
#include "gamlp/alloc.h"

/* The head of a coded matrix, little-endian, and the body after it. */
enum {
    AT_FORM = 0,
    AT_STAGE = 1,
    AT_BASED = 2, /* 1: a difference to the matrix before           */
    AT_WIDTH = 3, /* bits of a number, or bytes of a stored one     */
    AT_ROWS = 4,
    AT_COLS = 8,
    AT_NUMBER = 12, /* of the matrix in the stream since the reset, from 1 */
    HEAD_EXACT = 16,
    AT_COUNT = 16, /* of a form with levels: how many, the least, their distance */
    AT_LOW = 20,
    AT_STEP = 28,
    HEAD_LEVELS = 36
};

typedef enum form { FORM_NONE, FORM_EXACT, FORM_LEVELS } form;

enum { AGAIN = 16 }; /* AUTO compares all stages every so many matrices */

/* What is known of the matrix before. */
typedef struct past {
    form form;
    int64_t rows, cols;
    gamlp_levels levels;
} past;

struct gamlp_coder {
    int64_t room; /* elements */
    gamlp_stage stage, chosen;
    uint32_t number;
    past past;
    uint16_t *index, *index_before;
    gamlp_real *before, *check;
    uint8_t *plane, *trial;
    gamlp_zstd zstd;
};

static int64_t body_bound(const gamlp_coder *c) {
    return c->room * (int64_t)sizeof(gamlp_real);
}

int64_t gamlp_coder_bound(const gamlp_coder *c) {
    return HEAD_LEVELS + body_bound(c);
}

gamlp_status gamlp_coder_new(gamlp_coder **coder, int64_t rows, int64_t cols, gamlp_stage stage) {
    gamlp_coder *c = NULL;
    gamlp_status status = GAMLP_OK;
    *coder = NULL;
    if (rows < 1 || cols < 1 || rows > UINT32_MAX || cols > UINT32_MAX ||
        rows > ((int64_t)1 << 44) / cols)
        return gamlp_fail(GAMLP_E_USAGE, "a stream of matrices of %lld x %lld", (long long)rows,
                          (long long)cols);
    GAMLP_TRY(gamlp_new(&c, 1, sizeof *c, "a coder"));
    c->room = rows * cols;
    c->stage = stage;
    GAMLP_TRY(gamlp_new(&c->index, c->room, sizeof *c->index, "level numbers"));
    GAMLP_TRY(gamlp_new(&c->check, c->room, sizeof *c->check, "a decoded matrix"));
    if (stage != GAMLP_STAGE_NONE) {
        GAMLP_TRY(gamlp_new(&c->index_before, c->room, sizeof *c->index, "level numbers"));
        GAMLP_TRY(gamlp_new(&c->before, c->room, sizeof *c->before, "the matrix before"));
        GAMLP_TRY(gamlp_new(&c->plane, body_bound(c), 1, "planes of bytes"));
        GAMLP_TRY(gamlp_new(&c->trial, body_bound(c), 1, "compressed bytes"));
    }
    *coder = c;
    c = NULL;
done:
    gamlp_coder_free(c);
    return status;
}

void gamlp_coder_free(gamlp_coder *c) {
    if (!c) return;
    gamlp_free(c->index);
    gamlp_free(c->index_before);
    gamlp_free(c->before);
    gamlp_free(c->check);
    gamlp_free(c->plane);
    gamlp_free(c->trial);
    gamlp_zstd_clear(&c->zstd);
    gamlp_free(c);
}

void gamlp_coder_reset(gamlp_coder *c) {
    c->number = 0;
    c->past = (past){0};
}

static void put(uint8_t *at, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; i++) at[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get(const uint8_t *at, int bytes) {
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++) value |= (uint64_t)at[i] << (8 * i);
    return value;
}

static void put_real(uint8_t *at, double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    put(at, bits, 8);
}

static double get_real(const uint8_t *at) {
    uint64_t bits = get(at, 8);
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Whether the matrix before is of the same shape, form and levels. */
static bool follows(const gamlp_coder *c, const past *now) {
    const past *p = &c->past;
    return p->form == now->form && p->rows == now->rows && p->cols == now->cols &&
           (now->form != FORM_LEVELS ||
            (p->levels.count == now->levels.count && p->levels.low == now->levels.low &&
             p->levels.step == now->levels.step));
}

static int64_t plane_size(const past *now) {
    int64_t count = now->rows * now->cols;
    if (now->form == FORM_EXACT) return count * (int64_t)sizeof(gamlp_real);
    return gamlp_levels_bits(&now->levels) > 8 ? 2 * count : count;
}

/* Bytes of the body without a stage. */
static int64_t plain_size(const past *now) {
    int64_t count = now->rows * now->cols;
    if (now->form == FORM_EXACT) return count * (int64_t)sizeof(gamlp_real);
    return gamlp_packed_size(count, gamlp_levels_bits(&now->levels));
}

/* Numbers of the levels of `a` if they give back every bit of it. */
static bool is_of_levels(gamlp_coder *c, const gamlp_dense *a, const gamlp_levels *levels) {
    int64_t count = a->rows * a->cols;
    gamlp_dense check = {a->rows, a->cols, c->check, true};
    if (!levels || levels->value || levels->count < 2) return false;
    if (gamlp_levels_encode(c->index, levels, a) != GAMLP_OK) return false;
    if (gamlp_levels_decode(&check, levels, c->index) != GAMLP_OK) return false;
    return memcmp(check.data, a->data, (size_t)count * sizeof *a->data) == 0;
}

static int64_t pack_stage(uint8_t *out, int64_t room, gamlp_coder *c, gamlp_stage stage,
                          int64_t size) {
    if (stage == GAMLP_STAGE_ZSTD) return gamlp_zstd_pack(out, room, &c->zstd, c->plane, size);
    return gamlp_lz4_pack(out, room, c->plane, size);
}

static gamlp_status pack_plain(uint8_t *body, int64_t *size, const gamlp_coder *c,
                               const gamlp_dense *a, const past *now) {
    int64_t count = a->rows * a->cols;
    if (now->form == FORM_EXACT) {
        *size = count * (int64_t)sizeof *a->data;
        memcpy(body, a->data, (size_t)*size);
        return GAMLP_OK;
    }
    int bits = gamlp_levels_bits(&now->levels);
    *size = gamlp_packed_size(count, bits);
    return gamlp_pack(body, c->index, count, bits);
}

/* What AUTO settles on: LZ4, or nothing, where the stronger one gains less than a thirtieth. */
static gamlp_stage choose(gamlp_coder *c, int64_t planes, int64_t plain) {
    int64_t zstd = pack_stage(c->trial, body_bound(c), c, GAMLP_STAGE_ZSTD, planes);
    int64_t lz4 = pack_stage(c->trial, body_bound(c), c, GAMLP_STAGE_LZ4, planes);
    int64_t best = zstd >= 0 && (lz4 < 0 || zstd < lz4 - lz4 / 30) ? zstd : lz4;
    if (best < 0 || best > plain - plain / 30) return GAMLP_STAGE_NONE;
    return best == zstd ? GAMLP_STAGE_ZSTD : GAMLP_STAGE_LZ4;
}

/* The body with the stage, if that is smaller than without; else -1. */
static int64_t pack_planes(uint8_t *body, gamlp_coder *c, gamlp_stage *used, const gamlp_dense *a,
                           const past *now) {
    int64_t count = a->rows * a->cols, planes = plane_size(now), plain = plain_size(now);
    bool based = follows(c, now);
    if (now->form == FORM_EXACT)
        gamlp_planes_of_real(c->plane, a->data, based ? c->before : NULL, count);
    else
        gamlp_planes_of_index(c->plane, c->index, based ? c->index_before : NULL, count,
                              gamlp_levels_bits(&now->levels));
    if (c->stage != GAMLP_STAGE_AUTO)
        c->chosen = c->stage;
    else if (!based || c->number % AGAIN == 3)
        c->chosen = choose(c, planes, plain);
    *used = c->chosen;
    if (c->chosen == GAMLP_STAGE_NONE) return -1;
    return pack_stage(body, plain - 1, c, c->chosen, planes);
}

static void remember(gamlp_coder *c, const gamlp_dense *a, const past *now) {
    int64_t count = a->rows * a->cols;
    c->past = *now;
    if (c->stage == GAMLP_STAGE_NONE) return;
    if (now->form == FORM_EXACT) {
        memcpy(c->before, a->data, (size_t)count * sizeof *a->data);
        return;
    }
    uint16_t *other = c->index_before;
    c->index_before = c->index;
    c->index = other;
}

static int64_t put_head(uint8_t *bytes, uint32_t number, const past *now) {
    bool exact = now->form == FORM_EXACT;
    bytes[AT_FORM] = (uint8_t)now->form;
    bytes[AT_STAGE] = GAMLP_STAGE_NONE;
    bytes[AT_BASED] = 0;
    bytes[AT_WIDTH] = (uint8_t)(exact ? (int)sizeof(gamlp_real) : gamlp_levels_bits(&now->levels));
    put(bytes + AT_ROWS, (uint64_t)now->rows, 4);
    put(bytes + AT_COLS, (uint64_t)now->cols, 4);
    put(bytes + AT_NUMBER, number, 4);
    if (exact) return HEAD_EXACT;
    put(bytes + AT_COUNT, (uint64_t)now->levels.count, 4);
    put_real(bytes + AT_LOW, now->levels.low);
    put_real(bytes + AT_STEP, now->levels.step);
    return HEAD_LEVELS;
}

static gamlp_status check_fits(const gamlp_coder *c, const gamlp_dense *a) {
    if (a->rows >= 1 && a->cols >= 1 && a->rows <= c->room && a->cols <= c->room / a->rows)
        return GAMLP_OK;
    return gamlp_fail(GAMLP_E_USAGE, "a matrix of %lld x %lld in a stream for %lld elements",
                      (long long)a->rows, (long long)a->cols, (long long)c->room);
}

gamlp_status gamlp_coder_encode(uint8_t *bytes, int64_t *size, gamlp_coder *c, const gamlp_dense *a,
                                const gamlp_levels *levels) {
    gamlp_status status = check_fits(c, a);
    if (status != GAMLP_OK) return status;
    past now = {is_of_levels(c, a, levels) ? FORM_LEVELS : FORM_EXACT, a->rows, a->cols, {0}};
    if (now.form == FORM_LEVELS) now.levels = *levels;
    c->number++;
    int64_t head = put_head(bytes, c->number, &now), packed = -1;
    gamlp_stage used = GAMLP_STAGE_NONE;
    if (c->stage != GAMLP_STAGE_NONE) packed = pack_planes(bytes + head, c, &used, a, &now);
    if (packed >= 0) {
        bytes[AT_STAGE] = (uint8_t)used;
        bytes[AT_BASED] = follows(c, &now);
    } else {
        status = pack_plain(bytes + head, &packed, c, a, &now);
    }
    *size = head + packed;
    remember(c, a, &now);
    return status;
}

gamlp_status gamlp_coder_head(uint8_t *bytes, int64_t *size, const gamlp_coder *c,
                              const gamlp_dense *a, const gamlp_levels *levels) {
    past now = {FORM_EXACT, a->rows, a->cols, {0}};
    gamlp_status status = check_fits(c, a);
    *size = 0;
    if (status == GAMLP_OK && !levels && c->stage == GAMLP_STAGE_NONE)
        *size = put_head(bytes, c->number + 1, &now);
    return status;
}

static gamlp_status wrong(const char *what) {
    return gamlp_fail(GAMLP_E_DATA, "a coded matrix %s", what);
}

static gamlp_status read_levels(past *now, const uint8_t *bytes) {
    double low = get_real(bytes + AT_LOW), step = get_real(bytes + AT_STEP);
    int64_t count = (int64_t)get(bytes + AT_COUNT, 4);
    if (count < 2 || count > GAMLP_LEVELS_MAX || !isfinite(low) || !isfinite(step) || step <= 0)
        return wrong("has levels that cannot be");
    now->levels = (gamlp_levels){.count = count, .low = low, .step = step};
    return GAMLP_OK;
}

/* Everything of the head; *head is its size. */
static gamlp_status read_head(past *now, int64_t *head, const gamlp_coder *c, const gamlp_dense *a,
                              const uint8_t *bytes, int64_t size) {
    if (size < HEAD_EXACT) return wrong("is cut");
    *now = (past){.form = (form)bytes[AT_FORM],
                  .rows = (int64_t)get(bytes + AT_ROWS, 4),
                  .cols = (int64_t)get(bytes + AT_COLS, 4)};
    if (now->form != FORM_EXACT && now->form != FORM_LEVELS) return wrong("has an unknown form");
    *head = now->form == FORM_EXACT ? HEAD_EXACT : HEAD_LEVELS;
    if (size < *head) return wrong("is cut");
    if (now->rows != a->rows || now->cols != a->cols)
        return gamlp_fail(GAMLP_E_DATA, "a coded matrix of %lld x %lld, expected %lld x %lld",
                          (long long)now->rows, (long long)now->cols, (long long)a->rows,
                          (long long)a->cols);
    if (get(bytes + AT_NUMBER, 4) != (uint32_t)(c->number + 1)) return wrong("is not the next one");
    if (now->form == FORM_LEVELS) {
        gamlp_status status = read_levels(now, bytes);
        if (status != GAMLP_OK) return status;
    }
    int width = now->form == FORM_EXACT ? (int)sizeof(gamlp_real) : gamlp_levels_bits(&now->levels);
    if (bytes[AT_WIDTH] != width) return wrong("has elements of another width");
    if (bytes[AT_BASED] > 1 || bytes[AT_STAGE] > GAMLP_STAGE_LZ4 ||
        (bytes[AT_STAGE] == GAMLP_STAGE_NONE && bytes[AT_BASED]))
        return wrong("has an unknown stage");
    if (bytes[AT_STAGE] != GAMLP_STAGE_NONE && c->stage == GAMLP_STAGE_NONE)
        return wrong("is compressed, which was not agreed");
    if (bytes[AT_BASED] && !follows(c, now)) return wrong("is based on one that was not there");
    return GAMLP_OK;
}

gamlp_status gamlp_coder_look(int64_t *offset, const gamlp_coder *c, const gamlp_dense *a,
                              const uint8_t *bytes, int64_t size) {
    past now = {0};
    gamlp_status status = GAMLP_OK;
    *offset = 0;
    GAMLP_TRY(check_fits(c, a));
    GAMLP_TRY(read_head(&now, offset, c, a, bytes, size));
    if (now.form != FORM_EXACT || bytes[AT_STAGE] != GAMLP_STAGE_NONE)
        *offset = 0;
    else if (size - *offset != plain_size(&now))
        status = wrong("is cut or too long");
done:
    return status;
}

void gamlp_coder_accept(gamlp_coder *c, const gamlp_dense *a) {
    past now = {FORM_EXACT, a->rows, a->cols, {0}};
    c->number++;
    remember(c, a, &now);
}

static gamlp_status unpack_plain(gamlp_dense *a, gamlp_coder *c, const past *now,
                                 const uint8_t *body, int64_t size) {
    int64_t count = a->rows * a->cols;
    if (now->form == FORM_LEVELS)
        return gamlp_unpack(c->index, count, gamlp_levels_bits(&now->levels), body, size);
    if (size != count * (int64_t)sizeof *a->data) return wrong("is cut or too long");
    memcpy(a->data, body, (size_t)size);
    return GAMLP_OK;
}

static gamlp_status unpack_planes(gamlp_dense *a, gamlp_coder *c, const past *now, bool based,
                                  bool zstd, const uint8_t *body, int64_t size) {
    int64_t count = a->rows * a->cols, planes = plane_size(now);
    bool good = zstd ? gamlp_zstd_unpack(c->plane, planes, &c->zstd, body, size)
                     : gamlp_lz4_unpack(c->plane, planes, body, size);
    if (!good) return wrong("does not decompress");
    if (now->form == FORM_EXACT) {
        gamlp_planes_to_real(a->data, based ? c->before : NULL, c->plane, count);
        return GAMLP_OK;
    }
    good = gamlp_planes_to_index(c->index, based ? c->index_before : NULL, c->plane, count,
                                 gamlp_levels_bits(&now->levels));
    return good ? GAMLP_OK : wrong("has a number beyond its levels");
}

gamlp_status gamlp_coder_decode(gamlp_dense *a, gamlp_coder *c, const uint8_t *bytes,
                                int64_t size) {
    past now = {0};
    int64_t head = 0;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(check_fits(c, a));
    GAMLP_TRY(read_head(&now, &head, c, a, bytes, size));
    if (bytes[AT_STAGE] == GAMLP_STAGE_NONE)
        GAMLP_TRY(unpack_plain(a, c, &now, bytes + head, size - head));
    else
        GAMLP_TRY(unpack_planes(a, c, &now, bytes[AT_BASED], bytes[AT_STAGE] == GAMLP_STAGE_ZSTD,
                                bytes + head, size - head));
    if (now.form == FORM_LEVELS) GAMLP_TRY(gamlp_levels_decode(a, &now.levels, c->index));
    c->number++;
    remember(c, a, &now);
done:
    return status;
}
