/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/levels.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "codec/grid.h"
#include "core/hot.h"
#include "gamlp/alloc.h"
#include "gamlp/threads.h"

enum { GRAIN = 1 << 14, MAX_CHUNKS = 256 };

static gamlp_status check_count(int64_t count) {
    if (count >= 2 && count <= GAMLP_LEVELS_MAX) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_CONFIG, "a set of %lld levels, expected 2 to %d", (long long)count,
                      GAMLP_LEVELS_MAX);
}

/* A step is at least eight distances of neighbouring stored numbers: so codec/grid.h is off by one
 * level at most. */
gamlp_status gamlp_levels_uniform(gamlp_levels *levels, double low, double high, int64_t count) {
    static const double relative = sizeof(gamlp_real) == sizeof(double) ? DBL_EPSILON : FLT_EPSILON;
    static const double least = sizeof(gamlp_real) == sizeof(double) ? 1e-280 : 1e-30;
    static const double most = sizeof(gamlp_real) == sizeof(double) ? 1e280 : 1e30;
    gamlp_status status = check_count(count);
    *levels = (gamlp_levels){0};
    if (status != GAMLP_OK) return status;
    if (!(low >= -most && high <= most && low < high))
        return gamlp_fail(GAMLP_E_CONFIG, "levels from %g to %g, expected an increasing range", low,
                          high);
    double step = (high - low) / (double)(count - 1);
    if (step < 8 * relative * fmax(fabs(low), fabs(high)) || step < least)
        return gamlp_fail(GAMLP_E_CONFIG,
                          "%lld levels from %g to %g are closer than stored numbers can tell",
                          (long long)count, low, high);
    *levels = (gamlp_levels){.count = count, .low = low, .step = step};
    return GAMLP_OK;
}

gamlp_status gamlp_levels_list(gamlp_levels *levels, const double *value, int64_t count) {
    gamlp_levels fresh = {.count = count};
    gamlp_status status = GAMLP_OK;
    *levels = (gamlp_levels){0};
    GAMLP_TRY(check_count(count));
    GAMLP_TRY(gamlp_new(&fresh.value, count, sizeof *fresh.value, "a level set"));
    GAMLP_TRY(gamlp_new(&fresh.middle, count - 1, sizeof *fresh.middle, "a level set"));
    for (int64_t k = 0; k < count; k++) {
        fresh.value[k] = (gamlp_real)value[k];
        if (!isfinite(fresh.value[k]) || (k > 0 && !(fresh.value[k] > fresh.value[k - 1])))
            GAMLP_TRY(gamlp_fail(GAMLP_E_CONFIG,
                                 "level %lld is %g, expected a finite number above the one before",
                                 (long long)k, value[k]));
        if (k > 0)
            fresh.middle[k - 1] = 0.5 * (double)fresh.value[k - 1] + 0.5 * (double)fresh.value[k];
    }
    *levels = fresh;
    fresh = (gamlp_levels){0};
done:
    gamlp_levels_clear(&fresh);
    return status;
}

void gamlp_levels_clear(gamlp_levels *levels) {
    if (!levels) return;
    gamlp_free(levels->value);
    gamlp_free(levels->middle);
    *levels = (gamlp_levels){0};
}

gamlp_real gamlp_levels_value(const gamlp_levels *levels, int64_t k) {
    if (levels->value) return levels->value[k];
    gamlp_grid grid = gamlp_grid_of(levels);
    return gamlp_grid_value(&grid, (double)k);
}

int gamlp_levels_bits(const gamlp_levels *levels) {
    int bits = 1;
    while ((int64_t)1 << bits < levels->count) bits++;
    return bits;
}

/* One pass over the elements in chunks; `strange` holds the first element that is refused. */
typedef struct pass {
    void (*body)(struct pass *pass, int64_t chunk, int64_t begin, int64_t end);
    const gamlp_levels *levels;
    const gamlp_real *x;
    gamlp_real *out;
    uint16_t *index;
    int64_t count, grain;
    int64_t strange[MAX_CHUNKS];
} pass;

static void run_chunk(void *context, int64_t chunk) {
    pass *p = context;
    int64_t begin = chunk * p->grain, end = begin + p->grain;
    p->strange[chunk] = -1;
    p->body(p, chunk, begin, end < p->count ? end : p->count);
}

/* Returns the first element refused, or -1. */
static int64_t run(pass *p) {
    int64_t least = (p->count + MAX_CHUNKS - 1) / MAX_CHUNKS;
    p->grain = least > GRAIN ? least : GRAIN;
    int64_t chunks = (p->count + p->grain - 1) / p->grain;
    gamlp_parallel(chunks, run_chunk, p);
    for (int64_t i = 0; i < chunks; i++)
        if (p->strange[i] >= 0) return p->strange[i];
    return -1;
}

static int64_t list_index(const gamlp_levels *levels, double x) {
    int64_t low = 0, high = levels->count - 1;
    while (low < high) {
        int64_t half = (low + high) / 2;
        if (x > levels->middle[half])
            low = half + 1;
        else
            high = half;
    }
    return low;
}

GAMLP_HOT static void project_grid(pass *p, int64_t chunk, int64_t begin, int64_t end) {
    gamlp_grid grid = gamlp_grid_of(p->levels);
    const gamlp_real *x = p->x;
    gamlp_real *out = p->out;
    int32_t strange = 0;
    for (int64_t i = begin; i < end; i++) {
        strange |= x[i] != x[i];
        out[i] = x[i];
    }
    gamlp_grid_project(out + begin, &grid, end - begin);
    if (strange) p->strange[chunk] = begin;
}

static void project_list(pass *p, int64_t chunk, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
        if (isnan(p->x[i])) p->strange[chunk] = begin;
        p->out[i] = p->levels->value[list_index(p->levels, (double)p->x[i])];
    }
}

static gamlp_status check_numbers(int64_t strange) {
    if (strange < 0) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_NUMERIC, "a matrix to be quantised has an element that is no number");
}

gamlp_status gamlp_levels_project(gamlp_dense *out, const gamlp_levels *levels,
                                  const gamlp_dense *x) {
    pass p = {.body = levels->value ? project_list : project_grid,
              .levels = levels,
              .x = x->data,
              .out = out->data,
              .count = x->rows * x->cols};
    return check_numbers(run(&p));
}

GAMLP_HOT static void encode_grid(pass *p, int64_t chunk, int64_t begin, int64_t end) {
    gamlp_grid grid = gamlp_grid_of(p->levels);
    const gamlp_real *x = p->x;
    uint16_t *index = p->index;
    int32_t strange = 0;
    for (int64_t i = begin; i < end; i++) {
        int32_t k;
        strange |= x[i] != x[i];
        if (grid.exact)
            gamlp_grid_find(&k, &grid, x[i], true);
        else
            gamlp_grid_find(&k, &grid, x[i], false);
        index[i] = (uint16_t)k;
    }
    if (strange) p->strange[chunk] = begin;
}

static void encode_list(pass *p, int64_t chunk, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
        if (isnan(p->x[i])) p->strange[chunk] = begin;
        p->index[i] = (uint16_t)list_index(p->levels, (double)p->x[i]);
    }
}

gamlp_status gamlp_levels_encode(uint16_t *index, const gamlp_levels *levels,
                                 const gamlp_dense *x) {
    pass p = {.body = levels->value ? encode_list : encode_grid,
              .levels = levels,
              .x = x->data,
              .index = index,
              .count = x->rows * x->cols};
    return check_numbers(run(&p));
}

GAMLP_HOT static void decode_grid(pass *p, int64_t chunk, int64_t begin, int64_t end) {
    gamlp_grid grid = gamlp_grid_of(p->levels);
    const uint16_t *index = p->index;
    gamlp_real *out = p->out;
    int32_t last = (int32_t)p->levels->count - 1, most = 0;
    for (int64_t i = begin; i < end; i++) {
        int32_t k = index[i];
        most = k > most ? k : most;
        out[i] = gamlp_grid_value(&grid, (double)k);
    }
    if (most <= last) return;
    int64_t i = begin;
    while (index[i] <= last) i++;
    p->strange[chunk] = i;
}

static void decode_list(pass *p, int64_t chunk, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
        bool good = p->index[i] < p->levels->count;
        if (!good && p->strange[chunk] < 0) p->strange[chunk] = i;
        p->out[i] = p->levels->value[good ? p->index[i] : 0];
    }
}

gamlp_status gamlp_levels_decode(gamlp_dense *x, const gamlp_levels *levels,
                                 const uint16_t *index) {
    pass p = {.body = levels->value ? decode_list : decode_grid,
              .levels = levels,
              .out = x->data,
              .index = (uint16_t *)(uintptr_t)index,
              .count = x->rows * x->cols};
    int64_t strange = run(&p);
    if (strange < 0) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_DATA, "element %lld is level %d of %lld", (long long)strange,
                      (int)index[strange], (long long)levels->count);
}
