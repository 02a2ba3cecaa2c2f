/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "codec/grid.h"
#include "gamlp/levels.h"
#include "gamlp/rng.h"
#include "gamlp/threads.h"

/* Pi by its definition: the number of bounds below x. */
static int64_t brute(const gamlp_levels *levels, double x) {
    int64_t k = 0;
    for (; k + 1 < levels->count; k++) {
        double a = gamlp_levels_value(levels, k), b = gamlp_levels_value(levels, k + 1);
        if (x <= 0.5 * a + 0.5 * b) break;
    }
    return k;
}

static void check_projection(const gamlp_levels *levels, const gamlp_dense *x) {
    int64_t count = x->rows * x->cols;
    gamlp_dense out, back;
    uint16_t *index = calloc((size_t)count, sizeof *index);
    CHECK_OK(gamlp_dense_init(&out, x->rows, x->cols));
    CHECK_OK(gamlp_dense_init(&back, x->rows, x->cols));
    CHECK_OK(gamlp_levels_project(&out, levels, x));
    CHECK_OK(gamlp_levels_encode(index, levels, x));
    CHECK_OK(gamlp_levels_decode(&back, levels, index));
    for (int64_t i = 0; i < count; i++) {
        int64_t k = brute(levels, x->data[i]);
        if (index[i] != k)
            fail_msg("%.17g is level %d, expected %d", (double)x->data[i], (int)index[i], (int)k);
        gamlp_real value = gamlp_levels_value(levels, k);
        assert_memory_equal(&out.data[i], &value, sizeof value);
        assert_memory_equal(&back.data[i], &value, sizeof value);
    }
    CHECK_OK(gamlp_levels_project(&back, levels, &out)); /* Pi Pi = Pi */
    assert_memory_equal(back.data, out.data, (size_t)count * sizeof *out.data);
    free(index);
    gamlp_dense_clear(&out);
    gamlp_dense_clear(&back);
}

/* Every level, every bound and their neighbours among stored numbers, and far away ones. */
static void check_every_tie(const gamlp_levels *levels) {
    int64_t m = levels->count, at = 0;
    gamlp_dense x;
    CHECK_OK(gamlp_dense_init(&x, 6, m));
    for (int64_t k = 0; k < m; k++) {
        double a = gamlp_levels_value(levels, k);
        double b = gamlp_levels_value(levels, k + 1 < m ? k + 1 : k);
        gamlp_real middle = (gamlp_real)(0.5 * a + 0.5 * b);
        x.data[at++] = (gamlp_real)a;
        x.data[at++] = middle;
#if defined(GAMLP_REAL_IS_DOUBLE)
        x.data[at++] = nextafter(middle, -INFINITY);
        x.data[at++] = nextafter(middle, INFINITY);
#else
        x.data[at++] = nextafterf(middle, -INFINITY);
        x.data[at++] = nextafterf(middle, INFINITY);
#endif
        x.data[at++] = (gamlp_real)((k % 2 ? 1 : -1) * 1e30);
        x.data[at++] = k % 2 ? INFINITY : -INFINITY;
    }
    check_projection(levels, &x);
    gamlp_dense_clear(&x);
}

static void check_set(const gamlp_levels *levels, uint64_t seed) {
    double low = gamlp_levels_value(levels, 0);
    double high = gamlp_levels_value(levels, levels->count - 1), room = 0.1 * (high - low);
    gamlp_dense x;
    CHECK_OK(gamlp_dense_init(&x, 41, 30));
    fill_uniform(&x, seed, low - room, high + room);
    check_projection(levels, &x);
    gamlp_dense_clear(&x);
    check_every_tie(levels);
}

static void uniform_sets_are_nearest(void **state) {
    (void)state;
    static const struct {
        double low, high;
        int64_t count;
    } set[] = {{-1, 20, 22},        {-1, 2, 1000},      {-0.3, 0.7, 16},
               {-0.1234, 3.3, 256}, {-5, 11.3, 2},      {0, 1e-6, 256},
               {1e3, 1e3 + 1, 256}, {-7e5, -3e5, 1000}, {-0.25, 2.0, 4096}};
    for (size_t i = 0; i < sizeof set / sizeof set[0]; i++) {
        gamlp_levels levels;
        CHECK_OK(gamlp_levels_uniform(&levels, set[i].low, set[i].high, set[i].count));
        assert_null(levels.value);
        check_set(&levels, i);
    }
}

/* Random grids, near the smallest step allowed, too. */
static void many_uniform_sets_are_nearest(void **state) {
    (void)state;
    for (uint64_t i = 0; i < 60; i++) {
        gamlp_rng r = gamlp_rng_key(5, GAMLP_RNG_TEST, (uint32_t)i);
        double low = gamlp_rng_uniform(r, 0) * 4 - 2, size = gamlp_rng_uniform(r, 1);
        double tight = sizeof(gamlp_real) == sizeof(double) ? 1e-12 : 1e-3;
        double width = i % 2 ? tight * (1 + size) : 1 + 10 * size;
        gamlp_levels levels;
        CHECK_OK(gamlp_levels_uniform(&levels, low, low + width, 2 + (int64_t)(i * 7 % 250)));
        check_set(&levels, i);
    }
}

/* Whether all values and the sums of neighbours are stored as they are. */
static bool is_stored_exactly(const gamlp_levels *levels) {
    for (int64_t k = 0; k < levels->count; k++) {
        long double value = (long double)levels->low + (long double)k * (long double)levels->step;
        long double sum = 2 * value + (long double)levels->step;
        if ((long double)(gamlp_real)value != value) return false;
        if (k + 1 < levels->count && (long double)(gamlp_real)sum != sum) return false;
    }
    return true;
}

/* Grids whose steps have few digits are told from others, and either kind is nearest. */
static void exact_grids_are_nearest(void **state) {
    (void)state;
    int extra = sizeof(gamlp_real) == sizeof(double) ? 29 : 0, exact = 0, inexact = 0;
    for (int i = 0; i < 96; i++) {
        gamlp_rng r = gamlp_rng_key(6, GAMLP_RNG_TEST, (uint32_t)i);
        int digits = i % 24 + (i % 24 > 10 ? extra : 0);
        double odd = 2 * floor(ldexp(gamlp_rng_uniform(r, 0), digits)) + 1;
        gamlp_levels levels = {.count = 2 + i * 37 % 300, .step = ldexp(odd, i % 40 - 30)};
        levels.low = -levels.step * (double)(i % 3 * 11 % levels.count);
        bool told = gamlp_grid_of(&levels).exact;
        if (told) assert_true(is_stored_exactly(&levels));
        if (digits < 11) assert_true(told);
        check_set(&levels, (uint64_t)i);
        exact += told;
        inexact += !told;
    }
    assert_true(exact > 40 && inexact > 10);
}

static void lists_are_nearest(void **state) {
    (void)state;
    static const double value[] = {-3, -2.5, -0.1, 0, 1e-3, 0.5, 8, 9, 100};
    for (int64_t count = 2; count <= 9; count++) {
        gamlp_levels levels;
        CHECK_OK(gamlp_levels_list(&levels, value, count));
        assert_true(gamlp_levels_value(&levels, 1) == (gamlp_real)-2.5);
        check_set(&levels, (uint64_t)count);
        gamlp_levels_clear(&levels);
    }
}

static void largest_sets_reach_their_ends(void **state) {
    (void)state;
    gamlp_levels levels;
    gamlp_dense x;
    CHECK_OK(gamlp_levels_uniform(&levels, 0, 1, 65536));
    assert_int_equal(gamlp_levels_bits(&levels), 16);
    CHECK_OK(gamlp_dense_init(&x, 2, 1));
    x.data[0] = -9;
    x.data[1] = 9;
    uint16_t index[2];
    CHECK_OK(gamlp_levels_encode(index, &levels, &x));
    assert_int_equal(index[0], 0);
    assert_int_equal(index[1], 65535);
    gamlp_dense_clear(&x);
}

static void threads_do_not_matter(void **state) {
    (void)state;
    gamlp_levels levels;
    gamlp_dense x, one, more;
    CHECK_OK(gamlp_levels_uniform(&levels, -1, 1.7, 256));
    CHECK_OK(gamlp_dense_init(&x, 331, 200));
    CHECK_OK(gamlp_dense_init(&one, 331, 200));
    CHECK_OK(gamlp_dense_init(&more, 331, 200));
    fill_normal(&x, 3);
    gamlp_threads_set(1);
    CHECK_OK(gamlp_levels_project(&one, &levels, &x));
    gamlp_threads_set(4);
    CHECK_OK(gamlp_levels_project(&more, &levels, &x));
    gamlp_threads_set(1);
    assert_memory_equal(one.data, more.data, (size_t)(331 * 200) * sizeof *one.data);
    gamlp_dense_clear(&x);
    gamlp_dense_clear(&one);
    gamlp_dense_clear(&more);
}

static void bits_are_counted(void **state) {
    (void)state;
    static const int64_t count[] = {2, 3, 4, 5, 16, 22, 256, 257, 1000, 65536};
    static const int bits[] = {1, 2, 2, 3, 4, 5, 8, 9, 10, 16};
    for (int i = 0; i < 10; i++) {
        gamlp_levels levels;
        CHECK_OK(gamlp_levels_uniform(&levels, 0, 1, count[i]));
        assert_int_equal(gamlp_levels_bits(&levels), bits[i]);
    }
}

static void bad_sets_are_refused(void **state) {
    (void)state;
    gamlp_levels l;
    static const double twice[] = {0, 1, 1}, unknown[] = {0, NAN, 2}, far[] = {0, INFINITY};
    CHECK_FAILS(gamlp_levels_uniform(&l, 0, 1, 1), GAMLP_E_CONFIG, "a set of 1 levels");
    CHECK_FAILS(gamlp_levels_uniform(&l, 0, 1, 65537), GAMLP_E_CONFIG, "2 to 65536");
    CHECK_FAILS(gamlp_levels_uniform(&l, 1, 1, 4), GAMLP_E_CONFIG, "an increasing range");
    CHECK_FAILS(gamlp_levels_uniform(&l, NAN, 1, 4), GAMLP_E_CONFIG, "an increasing range");
    CHECK_FAILS(gamlp_levels_uniform(&l, 0, INFINITY, 4), GAMLP_E_CONFIG, "an increasing range");
    CHECK_FAILS(gamlp_levels_uniform(&l, 1e9, 1e9 + 1e-6, 4), GAMLP_E_CONFIG, "closer than");
    CHECK_FAILS(gamlp_levels_list(&l, twice, 3), GAMLP_E_CONFIG, "level 2 is 1");
    CHECK_FAILS(gamlp_levels_list(&l, unknown, 3), GAMLP_E_CONFIG, "level 1 is nan");
    CHECK_FAILS(gamlp_levels_list(&l, far, 2), GAMLP_E_CONFIG, "level 1 is inf");
    CHECK_FAILS(gamlp_levels_list(&l, far, 1), GAMLP_E_CONFIG, "a set of 1 levels");
    gamlp_levels_clear(&l);
    gamlp_levels_clear(NULL);
}

static void what_is_no_number_is_refused(void **state) {
    (void)state;
    static const double value[] = {0, 1, 3};
    gamlp_levels set[2];
    gamlp_dense x;
    uint16_t index[40] = {0};
    CHECK_OK(gamlp_levels_uniform(&set[0], -1, 20, 22));
    CHECK_OK(gamlp_levels_list(&set[1], value, 3));
    CHECK_OK(gamlp_dense_init(&x, 8, 5));
    for (int i = 0; i < 2; i++) {
        x.data[37] = NAN;
        CHECK_FAILS(gamlp_levels_encode(index, &set[i], &x), GAMLP_E_NUMERIC, "no number");
        CHECK_FAILS(gamlp_levels_project(&x, &set[i], &x), GAMLP_E_NUMERIC, "no number");
        index[7] = (uint16_t)set[i].count;
        CHECK_FAILS(gamlp_levels_decode(&x, &set[i], index), GAMLP_E_DATA,
                    i ? "element 7 is level 3 of 3" : "element 7 is level 22 of 22");
        index[7] = 0;
    }
    gamlp_dense_clear(&x);
    gamlp_levels_clear(&set[1]);
}

static void numbers_are_packed(void **state) {
    (void)state;
    for (int bits = 1; bits <= 16; bits++)
        for (int64_t count = 0; count < 40; count++) {
            uint16_t index[40], back[40];
            uint8_t bytes[81], want[81] = {0};
            for (int64_t i = 0; i < count; i++) {
                index[i] = (uint16_t)((i * 40503 + 77 * bits) & ((1 << bits) - 1));
                for (int b = 0; b < bits; b++)
                    want[(i * bits + b) / 8] |=
                        (uint8_t)((index[i] >> b & 1) << ((i * bits + b) % 8));
            }
            int64_t size = gamlp_packed_size(count, bits);
            assert_int_equal(size, (count * bits + 7) / 8);
            bytes[size] = 0xa5;
            CHECK_OK(gamlp_pack(bytes, index, count, bits));
            assert_int_equal(bytes[size], 0xa5);
            assert_memory_equal(bytes, want, (size_t)size);
            CHECK_OK(gamlp_unpack(back, count, bits, bytes, size));
            assert_memory_equal(back, index, (size_t)count * sizeof *index);
        }
}

static void wrong_packs_are_refused(void **state) {
    (void)state;
    uint16_t index[3] = {1, 31, 32};
    uint8_t bytes[8] = {0};
    CHECK_FAILS(gamlp_pack(bytes, index, 3, 5), GAMLP_E_USAGE, "more than 5 bits");
    CHECK_FAILS(gamlp_pack(bytes, index, 3, 0), GAMLP_E_USAGE, "0 bits");
    CHECK_FAILS(gamlp_pack(bytes, index, 3, 17), GAMLP_E_USAGE, "17 bits");
    CHECK_FAILS(gamlp_unpack(index, 3, 5, bytes, 1), GAMLP_E_DATA, "in 1 bytes, expected 2");
    CHECK_FAILS(gamlp_unpack(index, 3, 5, bytes, 3), GAMLP_E_DATA, "in 3 bytes, expected 2");
    CHECK_FAILS(gamlp_unpack(index, -1, 5, bytes, 0), GAMLP_E_USAGE, "-1 packed numbers");
    CHECK_FAILS(gamlp_unpack(index, INT64_MAX, 16, bytes, 8), GAMLP_E_USAGE, "packed numbers");
    bytes[1] = 0x80;
    CHECK_FAILS(gamlp_unpack(index, 3, 5, bytes, 2), GAMLP_E_DATA, "are not 0");
}

static gamlp_status make_list(void *context) {
    gamlp_levels levels;
    gamlp_status status = gamlp_levels_list(&levels, context, 3);
    gamlp_levels_clear(&levels);
    return status;
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    double value[] = {1, 2, 4};
    check_every_allocation(make_list, value);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uniform_sets_are_nearest),
        cmocka_unit_test(many_uniform_sets_are_nearest),
        cmocka_unit_test(exact_grids_are_nearest),
        cmocka_unit_test(lists_are_nearest),
        cmocka_unit_test(largest_sets_reach_their_ends),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(bits_are_counted),
        cmocka_unit_test(bad_sets_are_refused),
        cmocka_unit_test(what_is_no_number_is_refused),
        cmocka_unit_test(numbers_are_packed),
        cmocka_unit_test(wrong_packs_are_refused),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
