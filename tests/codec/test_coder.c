/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codec/coder.h"
#include "codec/planes.h"
#include "gamlp/alloc.h"
#include "gamlp/rng.h"

enum { ROWS = 37, COLS = 53, COUNT = ROWS * COLS };

typedef struct stream {
    gamlp_coder *sender, *receiver;
    gamlp_dense a, back;
    uint8_t *bytes;
    int64_t size;
} stream;

static void stream_init(stream *s, gamlp_stage stage) {
    CHECK_OK(gamlp_coder_new(&s->sender, ROWS, COLS, stage));
    CHECK_OK(gamlp_coder_new(&s->receiver, ROWS, COLS, stage));
    CHECK_OK(gamlp_dense_init(&s->a, ROWS, COLS));
    CHECK_OK(gamlp_dense_init(&s->back, ROWS, COLS));
    s->bytes = malloc((size_t)gamlp_coder_bound(s->sender)); /* a tool sees what is beyond */
}

static void stream_clear(stream *s) {
    gamlp_coder_free(s->sender);
    gamlp_coder_free(s->receiver);
    gamlp_dense_clear(&s->a);
    gamlp_dense_clear(&s->back);
    free(s->bytes);
}

/* Every bit of a comes back. */
static void pass(stream *s, const gamlp_levels *levels) {
    memset(s->back.data, 0x55, COUNT * sizeof *s->back.data);
    CHECK_OK(gamlp_coder_encode(s->bytes, &s->size, s->sender, &s->a, levels));
    assert_true(s->size <= gamlp_coder_bound(s->sender));
    CHECK_OK(gamlp_coder_decode(&s->back, s->receiver, s->bytes, s->size));
    assert_memory_equal(s->back.data, s->a.data, COUNT * sizeof *s->a.data);
}

/* Some elements go on to other levels. */
static void wander(stream *s, const gamlp_levels *levels, uint64_t seed, double part) {
    gamlp_rng r = gamlp_rng_key(seed, GAMLP_RNG_TEST, 5);
    for (int64_t i = 0; i < COUNT; i++)
        if (gamlp_rng_uniform(r, (uint64_t)(2 * i)) < part)
            s->a.data[i] =
                gamlp_levels_value(levels, (int64_t)((double)levels->count *
                                                     gamlp_rng_uniform(r, (uint64_t)(2 * i + 1))));
}

static void levels_come_back(void **state) {
    (void)state;
    static const int64_t count[] = {2, 3, 16, 22, 256, 257, 4096, 65536};
    for (int stage = GAMLP_STAGE_NONE; stage <= GAMLP_STAGE_AUTO; stage++)
        for (int i = 0; i < 8; i++) {
            stream s;
            gamlp_levels levels;
            stream_init(&s, (gamlp_stage)stage);
            CHECK_OK(gamlp_levels_uniform(&levels, -0.3, 2.1, count[i]));
            for (uint64_t k = 0; k < 40; k++) {
                wander(&s, &levels, k, k == 0 ? 1 : 0.5 / (double)(1 + k));
                pass(&s, &levels);
                int64_t plain = 36 + gamlp_packed_size(COUNT, gamlp_levels_bits(&levels));
                assert_true(s.size <= plain);
                if (stage == GAMLP_STAGE_NONE) assert_int_equal(s.size, plain);
            }
            /* Nothing changes: next to nothing is sent. */
            pass(&s, &levels);
            if (stage != GAMLP_STAGE_NONE) assert_true(s.size < 36 + 40);
            stream_clear(&s);
        }
}

static void what_is_no_level_comes_back(void **state) {
    (void)state;
    gamlp_levels levels;
    CHECK_OK(gamlp_levels_uniform(&levels, 0, 1, 16));
    for (int stage = GAMLP_STAGE_NONE; stage <= GAMLP_STAGE_AUTO; stage++) {
        stream s;
        stream_init(&s, (gamlp_stage)stage);
        fill_normal(&s.a, 1);
        pass(&s, &levels);
        pass(&s, NULL);
        s.a.data[0] = (gamlp_real)NAN;
        s.a.data[1] = (gamlp_real)-0.0;
        s.a.data[2] = (gamlp_real)INFINITY;
        pass(&s, &levels);
        wander(&s, &levels, 1, 1);
        pass(&s, &levels); /* now of levels */
        wander(&s, &levels, 2, 0.1);
        pass(&s, &levels);
        s.a.data[7] = (gamlp_real)-0.0; /* equal to a level, but not the same bits */
        pass(&s, &levels);
        CHECK_OK(gamlp_levels_uniform(&levels, 0, 1, 16));
        wander(&s, &levels, 1, 1);
        pass(&s, &levels);
        gamlp_coder_reset(s.sender);
        gamlp_coder_reset(s.receiver);
        pass(&s, &levels);
        stream_clear(&s);
    }
}

static void small_changes_of_real_numbers_are_small(void **state) {
    (void)state;
    stream s;
    stream_init(&s, GAMLP_STAGE_AUTO);
    fill_normal(&s.a, 1);
    pass(&s, NULL);
    int64_t first = s.size;
    for (int64_t i = 0; i < COUNT; i++) s.a.data[i] *= (gamlp_real)(1 + 1e-5);
    pass(&s, NULL);
    assert_true(s.size < 3 * first / 4);
    stream_clear(&s);
}

/* Smaller matrices than the stream was made for. */
static void shapes_may_change(void **state) {
    (void)state;
    stream s;
    stream_init(&s, GAMLP_STAGE_ZSTD);
    fill_normal(&s.a, 1);
    pass(&s, NULL);
    gamlp_dense part = {ROWS, 2, s.a.data, true}, back = {ROWS, 2, s.back.data, true};
    CHECK_OK(gamlp_coder_encode(s.bytes, &s.size, s.sender, &part, NULL));
    CHECK_OK(gamlp_coder_decode(&back, s.receiver, s.bytes, s.size));
    assert_memory_equal(back.data, part.data, ROWS * 2 * sizeof *back.data);
    gamlp_dense wide = {ROWS, COLS + 1, s.a.data, true};
    CHECK_FAILS(gamlp_coder_encode(s.bytes, &s.size, s.sender, &wide, NULL), GAMLP_E_USAGE,
                "a matrix of 37 x 54 in a stream for 1961 elements");
    stream_clear(&s);
}

static void bad_bytes_are_named(void **state) {
    (void)state;
    stream s;
    gamlp_levels levels;
    stream_init(&s, GAMLP_STAGE_ZSTD);
    CHECK_OK(gamlp_levels_uniform(&levels, 0, 1, 16));
    wander(&s, &levels, 1, 1);
    pass(&s, &levels);
    wander(&s, &levels, 2, 0.1);
    CHECK_OK(gamlp_coder_encode(s.bytes, &s.size, s.sender, &s.a, &levels));
    static const struct {
        int at;
        uint8_t value;
        const char *text;
    } damage[] = {
        {0, 9, "has an unknown form"},           {1, 7, "has an unknown stage"},
        {2, 2, "has an unknown stage"},          {3, 5, "has elements of another width"},
        {4, 36, "of 36 x 53, expected 37 x 53"}, {12, 1, "is not the next one"},
        {16, 1, "has levels that cannot be"},    {16, 15, "is based on one that was not there"},
        {36, 0, "does not decompress"}};
    for (size_t i = 0; i < sizeof damage / sizeof damage[0]; i++) {
        uint8_t kept = s.bytes[damage[i].at];
        s.bytes[damage[i].at] = damage[i].value;
        CHECK_FAILS(gamlp_coder_decode(&s.back, s.receiver, s.bytes, s.size), GAMLP_E_DATA,
                    damage[i].text);
        s.bytes[damage[i].at] = kept;
    }
    for (int64_t cut = 0; cut < s.size; cut++)
        assert_int_equal(gamlp_coder_decode(&s.back, s.receiver, s.bytes, cut), GAMLP_E_DATA);
    CHECK_OK(gamlp_coder_decode(&s.back, s.receiver, s.bytes, s.size));
    CHECK_FAILS(gamlp_coder_decode(&s.back, s.receiver, s.bytes, s.size), GAMLP_E_DATA,
                "is not the next one");
    gamlp_coder_reset(s.receiver);
    s.bytes[12] = 1; /* as if it were the first one, but it is a difference */
    CHECK_FAILS(gamlp_coder_decode(&s.back, s.receiver, s.bytes, s.size), GAMLP_E_DATA,
                "is based on one that was not there");
    stream_clear(&s);
}

static void planes_fold_differences(void **state) {
    (void)state;
    static const uint16_t before[] = {5, 5, 5, 5, 0, 15}, now[] = {5, 4, 6, 3, 15, 0};
    uint8_t plane[12];
    uint16_t back[6];
    gamlp_planes_of_index(plane, now, before, 6, 4);
    static const uint8_t expected[] = {0, 1, 2, 3, 1, 2};
    assert_memory_equal(plane, expected, 6);
    assert_true(gamlp_planes_to_index(back, before, plane, 6, 4));
    assert_memory_equal(back, now, sizeof now);
    plane[3] = 16;
    assert_false(gamlp_planes_to_index(back, before, plane, 6, 4));
    gamlp_planes_of_index(plane, now, before, 6, 16);
    assert_true(gamlp_planes_to_index(back, before, plane, 6, 16));
    assert_memory_equal(back, now, sizeof now);
}

static gamlp_status make(void *context) {
    gamlp_coder *coder = context;
    gamlp_status status = gamlp_coder_new(&coder, 3, 4, GAMLP_STAGE_AUTO);
    gamlp_coder_free(coder);
    return status;
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    check_every_allocation(make, NULL);
    gamlp_coder *coder;
    CHECK_FAILS(gamlp_coder_new(&coder, 0, 4, GAMLP_STAGE_NONE), GAMLP_E_USAGE, "0 x 4");
    CHECK_FAILS(gamlp_coder_new(&coder, INT64_MAX, 4, GAMLP_STAGE_NONE), GAMLP_E_USAGE,
                "a stream of matrices");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_come_back),
        cmocka_unit_test(what_is_no_level_comes_back),
        cmocka_unit_test(small_changes_of_real_numbers_are_small),
        cmocka_unit_test(shapes_may_change),
        cmocka_unit_test(bad_bytes_are_named),
        cmocka_unit_test(planes_fold_differences),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
