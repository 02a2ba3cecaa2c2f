/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <math.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "gamlp/csr.h"
#include "gamlp/rng.h"
#include "gamlp/threads.h"
#include "matrix/gather.h"

/* A random m x n matrix with rows of very different lengths, some empty. */
static void draw(gamlp_csr *s, int64_t m, int64_t n, uint64_t seed) {
    gamlp_rng rng = gamlp_rng_key(seed, GAMLP_RNG_TEST, 1);
    int64_t count = 0, *row, *col;
    gamlp_real *val;
    CHECK_OK(gamlp_new(&row, m * 40, sizeof *row, "rows"));
    CHECK_OK(gamlp_new(&col, m * 40, sizeof *col, "columns"));
    CHECK_OK(gamlp_new(&val, m * 40, sizeof *val, "values"));
    for (int64_t i = 0; i < m; i++) {
        int64_t size = i % 7 == 0 ? 0 : i % 11 == 0 ? 39 : i % 6;
        for (int64_t k = 0; k < size; k++, count++) {
            row[count] = i;
            col[count] = (int64_t)gamlp_rng_below(rng, (uint64_t)(2 * count), (uint64_t)n);
            val[count] = (gamlp_real)gamlp_rng_normal(rng, (uint64_t)(2 * count + 1));
        }
    }
    CHECK_OK(gamlp_csr_from_triplets(s, m, n, count, row, col, val, GAMLP_DUPLICATES_LAST));
    gamlp_free(row);
    gamlp_free(col);
    gamlp_free(val);
}

/* The definition: one element at a time, storage precision, index order. */
static void oracle(gamlp_dense *y, const gamlp_csr *s, const gamlp_dense *x) {
    for (int64_t i = 0; i < s->rows; i++)
        for (int64_t f = 0; f < x->rows; f++) {
            gamlp_real sum = 0;
            for (int64_t k = s->ptr[i]; k < s->ptr[i + 1]; k++)
                sum += s->val[k] * x->data[s->idx[k] * x->rows + f];
            y->data[i * x->rows + f] = sum;
        }
}

/* Columns that are written past the caches, with or without those in Y. */
static void past_the_caches(const gamlp_csr *s, const gamlp_dense *x, const gamlp_dense *expected) {
    gamlp_dense past, y;
    const size_t bytes = (size_t)(x->rows * s->rows) * sizeof *x->data;
    CHECK_OK(gamlp_dense_init(&past, x->rows, s->rows));
    CHECK_OK(gamlp_dense_init(&y, x->rows, s->rows));
    assert_false(gamlp_gather_streams(past.data + 1, x->rows, x->rows));
    if (gamlp_gather_streams(past.data, x->rows, x->rows)) {
        gamlp_gather job = {.stride = x->rows,
                            .s = s,
                            .x = x->data,
                            .x_stride = x->rows,
                            .d = x->rows,
                            .past = past.data,
                            .past_stride = x->rows};
        gamlp_gather_run(&job);
        assert_memory_equal(past.data, expected->data, bytes);
        memset(past.data, 0xFF, bytes);
        job.y = y.data;
        gamlp_gather_run(&job);
        assert_memory_equal(past.data, expected->data, bytes);
        assert_memory_equal(y.data, expected->data, bytes);
        memset(past.data, 0xFF, bytes);
        memset(y.data, 0xFF, bytes);
        job.far = true;
        gamlp_gather_run(&job);
        assert_memory_equal(past.data, expected->data, bytes);
        assert_memory_equal(y.data, expected->data, bytes);
    }
    gamlp_dense_clear(&past);
    gamlp_dense_clear(&y);
}

/* x <- columns with room for a vector behind each, which holds no numbers. */
static void make_roomy(gamlp_dense *roomy, const gamlp_dense *x) {
    const int64_t lanes = 64 / (int64_t)sizeof *x->data;
    CHECK_OK(gamlp_dense_init(roomy, x->rows + lanes, x->cols));
    memset(roomy->data, 0xFF, (size_t)(roomy->rows * roomy->cols) * sizeof *x->data);
    for (int64_t j = 0; j < x->cols; j++)
        memcpy(roomy->data + j * roomy->rows, x->data + j * x->rows,
               (size_t)x->rows * sizeof *x->data);
}

/* The last elements at once, to the same bits, and nothing behind those of y. */
static void roomy_columns(const gamlp_csr *s, const gamlp_dense *x, const gamlp_dense *expected) {
    gamlp_dense roomy, y;
    make_roomy(&roomy, x);
    CHECK_OK(gamlp_dense_init(&y, x->rows + 1, s->rows));
    memset(y.data, 0xFF, (size_t)(y.rows * y.cols) * sizeof *y.data);
    gamlp_gather_run(&(gamlp_gather){.y = y.data,
                                     .stride = y.rows,
                                     .s = s,
                                     .x = roomy.data,
                                     .x_stride = roomy.rows,
                                     .d = x->rows,
                                     .roomy = true});
    for (int64_t i = 0; i < s->rows; i++) {
        assert_memory_equal(y.data + i * y.rows, expected->data + i * x->rows,
                            (size_t)x->rows * sizeof *y.data);
        assert_true(isnan((double)y.data[(i + 1) * y.rows - 1]));
    }
    gamlp_dense_clear(&roomy);
    gamlp_dense_clear(&y);
}

/* The product by tiles of `width` columns, of rows within reach; others are left alone.  Clears s.
 */
static void by_tiles(gamlp_csr *s, const gamlp_gather *columns, const gamlp_dense *expected,
                     int64_t width) {
    gamlp_gather job = *columns;
    uint16_t *half, *packed;
    gamlp_dense y;
    gamlp_tiles tiles;
    int32_t *distance;
    const int64_t d = expected->rows;
    CHECK_OK(gamlp_dense_init(&y, d, s->rows));
    CHECK_OK(gamlp_new_raw(&distance, s->rows, sizeof *distance, "distances"));
    for (int64_t i = 0; i < s->rows; i++) distance[i] = (int32_t)(i % 5);
    CHECK_OK(gamlp_new_raw(&half, s->rows * d, sizeof *half, "packed results"));
    CHECK_OK(gamlp_new_raw(&packed, d, sizeof *packed, "a packed result"));
    CHECK_OK(gamlp_tiles_init(&tiles, s, width));
    job.y = y.data;
    job.half = half;
    job.half_stride = d;
    job.stride = d;
    job.s = s;
    job.tiles = &tiles;
    for (int every = 0; every < 2; every++) {
        job.distance = every ? NULL : distance;
        job.reach = 3;
        memset(y.data, 0xFF, (size_t)(d * s->rows) * sizeof *y.data);
        gamlp_gather_run(&job);
        for (int64_t i = 0; i < s->rows; i++)
            if (every || distance[i] <= job.reach)
                assert_memory_equal(y.data + i * d, expected->data + i * d,
                                    (size_t)d * sizeof *y.data);
            else
                assert_true(isnan(y.data[i * d]));
    }
    for (int64_t i = 0; i < s->rows; i++) {
        gamlp_bfloat16_pack(packed, expected->data + i * d, d);
        assert_memory_equal(half + i * d, packed, (size_t)d * sizeof *half);
    }
    gamlp_free(half);
    gamlp_free(packed);
    gamlp_tiles_clear(&tiles);
    gamlp_free(distance);
    gamlp_dense_clear(&y);
    gamlp_csr_clear(s);
}

static void by_tiles_of_any_width(const gamlp_csr *s, const gamlp_gather *columns,
                                  const gamlp_dense *expected) {
    const int64_t widths[] = {1, 7, 300, 65535};
    for (int64_t k = 0; k < (int64_t)(sizeof widths / sizeof *widths); k++) {
        gamlp_csr copy;
        if (s->cols / widths[k] > 2000) continue;
        gamlp_threads_set(1 + k % 3);
        CHECK_OK(gamlp_csr_copy(&copy, s));
        by_tiles(&copy, columns, expected, widths[k]);
    }
    gamlp_threads_set(gamlp_threads_available());
}

static void same_bits(int64_t d, int64_t m, int64_t n) {
    gamlp_csr s;
    gamlp_dense x, y, expected, roomy;
    draw(&s, m, n, (uint64_t)(d + m));
    CHECK_OK(gamlp_dense_init(&x, d, n));
    CHECK_OK(gamlp_dense_init(&y, d, m));
    CHECK_OK(gamlp_dense_init(&expected, d, m));
    fill_normal(&x, 5);
    oracle(&expected, &s, &x);
    for (int64_t threads = 1; threads <= 4; threads++) {
        gamlp_threads_set(threads);
        memset(y.data, 0xFF, (size_t)(d * m) * sizeof *y.data);
        gamlp_csr_gather(&y, &s, &x);
        assert_memory_equal(y.data, expected.data, (size_t)(d * m) * sizeof *y.data);
    }
    gamlp_threads_set(gamlp_threads_available());
    past_the_caches(&s, &x, &expected);
    roomy_columns(&s, &x, &expected);
    by_tiles_of_any_width(&s, &(gamlp_gather){.x = x.data, .x_stride = d, .d = d}, &expected);
    make_roomy(&roomy, &x);
    by_tiles_of_any_width(
        &s, &(gamlp_gather){.x = roomy.data, .x_stride = roomy.rows, .d = d, .roomy = true},
        &expected);
    gamlp_dense_clear(&roomy);
    gamlp_csr_clear(&s);
    gamlp_dense_clear(&x);
    gamlp_dense_clear(&y);
    gamlp_dense_clear(&expected);
}

static void equals_the_definition_bit_for_bit(void **state) {
    (void)state;
    const int64_t widths[] = {1, 3, 16, 17, 32, 64, 100, 144};
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        same_bits(widths[i], 1, 1);
        same_bits(widths[i], 50, 20);
        same_bits(widths[i], 1500, 900);
    }
}

/* Columns that do not fit a private cache are asked for in advance. */
static void many_columns(void **state) {
    (void)state;
    same_bits(16, 20000, 12000);
    same_bits(32, 900, 9000);
    same_bits(240, 700, 2500);
}

/* The nearest of the two numbers around a float that have zeros in the lower half, ties to even. */
static float nearest(float value) {
    uint32_t bits, low, high;
    float below, above;
    memcpy(&bits, &value, sizeof bits);
    low = bits & 0xFFFF0000u;
    high = low + 0x10000u;
    memcpy(&below, &low, sizeof below);
    memcpy(&above, &high, sizeof above);
    const double down = fabs((double)value - (double)below),
                 up = fabs((double)above - (double)value);
    if (down != up) return down < up ? below : above;
    return (low >> 16) % 2 == 0 ? below : above;
}

static void bfloat16_is_the_nearest(void **state) {
    (void)state;
    enum { COUNT = 5000 };
    const gamlp_rng rng = gamlp_rng_key(3, GAMLP_RNG_TEST, 1);
    const float fixed[] = {0, -0.0F, 1, 1.00390625F, 1.01171875F, -1.00390625F, 3e38F, 1e-38F};
    static gamlp_real from[COUNT];
    static uint16_t to[COUNT];
    for (int64_t k = 0; k < COUNT; k++) {
        const double scale = pow(10, (double)(k % 61) - 30);
        from[k] = (gamlp_real)(float)(gamlp_rng_normal(rng, (uint64_t)k) * scale);
        if (k < (int64_t)(sizeof fixed / sizeof *fixed)) from[k] = (gamlp_real)fixed[k];
    }
    for (int64_t k = 0; k < COUNT; k++) {
        gamlp_bfloat16_pack(to + k, from + k, 1);
        const double value = (double)gamlp_bfloat16_value(to[k]), x = (double)from[k];
        if (value != (double)nearest((float)from[k]) || fabs(value - x) > ldexp(fabs(x), -8))
            fail_msg("%.9g becomes %.9g", x, value);
    }
}

enum { PACKED_MOST = 144 };

/* x <- what `packed` holds: words of two numbers, a cache line of x apart, and the rest as it is.
 */
static void unpack(gamlp_real *x, const uint16_t *packed, int64_t count) {
    const int64_t line = 64 / (int64_t)sizeof *x;
    for (int64_t f = 0; f < count; f++) {
        const int64_t pairs = f - f % (2 * line);
        uint32_t word;
        x[f] = gamlp_bfloat16_value(packed[f]);
        if (pairs + 2 * line > count) continue;
        memcpy(&word, packed + pairs + f % line * 2, sizeof word);
        x[f] = gamlp_bfloat16_value((uint16_t)(f - pairs < line ? word % 65536 : word / 65536));
    }
}

/* Packed columns: the definition on what they hold, bit for bit. */
static void packed_columns(int64_t d, int64_t m, int64_t n) {
    gamlp_csr s;
    gamlp_dense x, y, expected;
    gamlp_real again[PACKED_MOST];
    uint16_t *packed, *half;
    draw(&s, m, n, (uint64_t)(d + m));
    CHECK_OK(gamlp_dense_init(&x, d, n));
    CHECK_OK(gamlp_dense_init(&y, d, m));
    CHECK_OK(gamlp_dense_init(&expected, d, m));
    CHECK_OK(gamlp_new_raw(&packed, d * n, sizeof *packed, "packed columns"));
    fill_normal(&x, 5);
    for (int64_t j = 0; j < n; j++) {
        gamlp_real *column = x.data + j * d;
        gamlp_bfloat16_pack(packed + j * d, column, d);
        for (int64_t f = 0; f < d; f++) column[f] = (gamlp_real)nearest((float)column[f]);
        unpack(again, packed + j * d, d);
        assert_memory_equal(again, column, (size_t)d * sizeof *again);
    }
    oracle(&expected, &s, &x);
    CHECK_OK(gamlp_new_raw(&half, 2 * d * m, sizeof *half, "packed results"));
    for (int64_t i = 0; i < m; i++) gamlp_bfloat16_pack(half + i * d, expected.data + i * d, d);
    for (int64_t threads = 1; threads <= 3; threads++) {
        gamlp_threads_set(threads);
        memset(half + d * m, 0xFF, (size_t)(d * m) * sizeof *half);
        gamlp_gather_run(&(gamlp_gather){.y = y.data,
                                         .stride = d,
                                         .s = &s,
                                         .packed = packed,
                                         .x_stride = d,
                                         .d = d,
                                         .half = half + d * m,
                                         .half_stride = d});
        assert_memory_equal(y.data, expected.data, (size_t)(d * m) * sizeof *y.data);
        assert_memory_equal(half + d * m, half, (size_t)(d * m) * sizeof *half);
    }
    gamlp_free(half);
    gamlp_threads_set(gamlp_threads_available());
    by_tiles_of_any_width(&s, &(gamlp_gather){.packed = packed, .x_stride = d, .d = d}, &expected);
    gamlp_free(packed);
    gamlp_csr_clear(&s);
    gamlp_dense_clear(&x);
    gamlp_dense_clear(&y);
    gamlp_dense_clear(&expected);
}

static void packed_columns_equal_the_definition(void **state) {
    (void)state;
    const int64_t widths[] = {1, 16, 17, 32, 100, 144};
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++)
        packed_columns(widths[i], 1500, 900);
    packed_columns(32, 900, 17000);
}

/* Tiles are for many columns that each row needs many of. */
static void tiles_where_they_pay(void **state) {
    (void)state;
    gamlp_csr s = {.rows = 1 << 18, .cols = 1 << 18, .nnz = INT64_C(500) << 18};
    assert_int_equal(gamlp_tiles_width(&s, 128), 8192);
    assert_int_equal(gamlp_tiles_width(&s, 64), 16384);
    assert_int_equal(gamlp_tiles_width(&s, 8), 0);
    assert_int_equal(gamlp_tiles_width(&s, INT64_C(1) << 21), 0);
    s.nnz = INT64_C(15) << 18;
    assert_int_equal(gamlp_tiles_width(&s, 128), 0);
    s = (gamlp_csr){.rows = 1 << 13, .cols = 1 << 13, .nnz = INT64_C(500) << 13};
    assert_int_equal(gamlp_tiles_width(&s, 128), 0);
    s.rows = 0;
    assert_int_equal(gamlp_tiles_width(&s, 128), 0);
}

static void few_rows_many_entries(void **state) {
    (void)state;
    same_bits(4096, 12, 30);
}

static void empty_products(void **state) {
    (void)state;
    gamlp_csr s;
    gamlp_dense x, y;
    CHECK_OK(gamlp_csr_init(&s, 0, 3, 0));
    CHECK_OK(gamlp_dense_init(&x, 2, 3));
    CHECK_OK(gamlp_dense_init(&y, 2, 0));
    gamlp_csr_gather(&y, &s, &x);
    gamlp_csr_clear(&s);
    gamlp_dense_clear(&x);
    gamlp_dense_clear(&y);
    CHECK_OK(gamlp_csr_init(&s, 2, 3, 0));
    CHECK_OK(gamlp_dense_init(&x, 0, 3));
    CHECK_OK(gamlp_dense_init(&y, 0, 2));
    gamlp_csr_gather(&y, &s, &x);
    gamlp_csr_clear(&s);
    gamlp_dense_clear(&x);
    gamlp_dense_clear(&y);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_definition_bit_for_bit),
        cmocka_unit_test(many_columns),
        cmocka_unit_test(bfloat16_is_the_nearest),
        cmocka_unit_test(packed_columns_equal_the_definition),
        cmocka_unit_test(tiles_where_they_pay),
        cmocka_unit_test(few_rows_many_entries),
        cmocka_unit_test(empty_products),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
