/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <math.h>
#include <string.h>

#include "gamlp/threads.h"
#include "matrix/pairs.h"

enum { MANY = 64 };

typedef struct shape {
    int64_t m, n, k;
} shape;

/* Of the nets there are; with strips, tiles and blocks of terms that are not full. */
static const shape shapes[] = {{500, 500, 140}, {500, 500, 500}, {500, 1000, 140}, {512, 500, 168},
                               {33, 1009, 37},  {65, 331, 169},  {97, 63, 337},    {1000, 32, 33},
                               {40, 40, 1700},  {300, 111, 32}};

static void skip_where_it_does_not_pay(void) {
    if (gamlp_pairs_pay(500, 500, 500)) return;
    print_message("skipped: products by pairs do not pay with this processor or precision\n");
    skip();
}

static void fill(gamlp_dense *a, int64_t rows, int64_t cols, uint64_t seed, double size) {
    CHECK_OK(gamlp_dense_init(a, rows, cols));
    fill_normal(a, seed);
    for (int64_t i = 0; i < rows * cols; i++) a->data[i] *= (gamlp_real)size;
}

/* Every element against its sum in double; the terms are of size |a| |b|, and of (a^2 + b^2) / 2
 * when both factors are of one size. */
static void check_product(const gamlp_dense *c, const gamlp_dense *a, const gamlp_dense *b,
                          double beta, const gamlp_dense *base) {
    double square_a = 0, square_b = 0;
    for (int64_t i = 0; i < a->rows * a->cols; i++) square_a += pow((double)a->data[i], 2);
    for (int64_t i = 0; i < b->rows * b->cols; i++) square_b += pow((double)b->data[i], 2);
    const double k = (double)b->rows;
    const double size = sqrt(square_a / (double)a->rows * square_b / (double)b->cols);
    double worst = 0;
    for (int64_t j = 0; j < c->cols; j++)
        for (int64_t i = 0; i < c->rows; i++) {
            const double added = base ? beta * (double)base->data[i + j * c->rows] : 0;
            double sum = added;
            for (int64_t l = 0; l < b->rows; l++)
                sum += (double)a->data[i + l * a->rows] * (double)b->data[l + j * b->rows];
            worst =
                fmax(worst, fabs((double)c->data[i + j * c->rows] - sum) / (size + fabs(added)));
        }
    if (!(worst <= 4 * 0x1p-24 * sqrt(k)))
        fail_msg("%lld x %lld x %lld: off by %g", (long long)c->rows, (long long)c->cols,
                 (long long)b->rows, worst);
}

static void check_shape(const shape *s, double size_a, double size_b) {
    gamlp_dense a, b, base, first, c;
    gamlp_pairs pairs;
    fill(&a, s->m, s->k, 1, size_a);
    fill(&b, s->k, s->n, 2, size_b);
    fill(&base, s->m, s->n, 3, size_a * size_b);
    CHECK_OK(gamlp_dense_init(&first, s->m, s->n));
    CHECK_OK(gamlp_dense_copy(&c, &base));
    CHECK_OK(gamlp_pairs_init(&pairs, s->k, s->n));
    gamlp_threads_set(1);
    gamlp_pairs_sort(&pairs, &b);
    gamlp_pairs_multiply(&first, &a, &pairs, 0, NULL, NULL);
    check_product(&first, &a, &b, 0, NULL);
    gamlp_pairs_multiply(&first, &a, &pairs, (gamlp_real)0.75, &base, NULL);
    check_product(&first, &a, &b, 0.75, &base);
    gamlp_pairs_multiply(&c, &a, &pairs, (gamlp_real)0.75, &c, NULL);
    assert_memory_equal(c.data, first.data, (size_t)(s->m * s->n) * sizeof *c.data);
    for (int64_t threads = 2; threads <= MANY; threads = 2 * threads - 1) {
        gamlp_threads_set(threads);
        gamlp_pairs_sort(&pairs, &b);
        gamlp_pairs_multiply(&c, &a, &pairs, (gamlp_real)0.75, &base, NULL);
        assert_memory_equal(c.data, first.data, (size_t)(s->m * s->n) * sizeof *c.data);
    }
    gamlp_pairs_clear(&pairs);
    gamlp_dense_clear(&a);
    gamlp_dense_clear(&b);
    gamlp_dense_clear(&base);
    gamlp_dense_clear(&first);
    gamlp_dense_clear(&c);
}

static void products_are_those_of_double(void **state) {
    (void)state;
    int64_t threads = gamlp_threads_get();
    skip_where_it_does_not_pay();
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) check_shape(&shapes[i], 1, 1);
    gamlp_threads_set(threads);
}

/* Without the powers of two a would vanish beside b. */
static void factors_may_be_of_different_sizes(void **state) {
    (void)state;
    int64_t threads = gamlp_threads_get();
    skip_where_it_does_not_pay();
    check_shape(&shapes[0], 1e-7, 1e5);
    check_shape(&shapes[5], 3e6, 1e-9);
    check_shape(&shapes[4], 1e-25, 1e22);
    check_shape(&shapes[9], 1e20, 1e-30);
    gamlp_threads_set(threads);
}

/* Rows and a column of zeros, whose products are zeros, and rows of large numbers; a column and a
 * row that are not finite, whose products are not, with zeros neither. */
static void rows_have_scales_of_their_own(void **state) {
    (void)state;
    gamlp_dense a, b, c;
    gamlp_pairs pairs;
    skip_where_it_does_not_pay();
    fill(&a, 96, 200, 1, 1);
    fill(&b, 200, 100, 2, 1);
    CHECK_OK(gamlp_dense_init(&c, 96, 100));
    for (int64_t k = 0; k < 200; k++)
        for (int64_t i = 0; i < 64; i++) a.data[i + k * 96] *= i < 32 ? 0 : (gamlp_real)1e12;
    memset(b.data + 5 * 200, 0, 200 * sizeof *b.data);
    CHECK_OK(gamlp_pairs_init(&pairs, 200, 100));
    gamlp_pairs_sort(&pairs, &b);
    gamlp_pairs_multiply(&c, &a, &pairs, 0, NULL, NULL);
    for (int64_t j = 0; j < 100; j++)
        for (int64_t i = 0; i < 96; i++) {
            double sum = 0, size = 0;
            for (int64_t l = 0; l < 200; l++) {
                const double term = (double)a.data[i + l * 96] * (double)b.data[l + j * 200];
                sum += term;
                size += fabs(term);
            }
            assert_true(fabs((double)c.data[i + j * 96] - sum) <= 1e-6 * size);
        }
    b.data[7 + 3 * 200] = (gamlp_real)INFINITY;
    a.data[70 + 11 * 96] = (gamlp_real)NAN;
    gamlp_pairs_sort(&pairs, &b);
    gamlp_pairs_multiply(&c, &a, &pairs, 0, NULL, NULL);
    for (int64_t j = 0; j < 100; j++)
        for (int64_t i = 0; i < 96; i++)
            assert_int_equal(isfinite((double)c.data[i + j * 96]) != 0, j != 3 && i != 70);
    gamlp_pairs_clear(&pairs);
    gamlp_dense_clear(&a);
    gamlp_dense_clear(&b);
    gamlp_dense_clear(&c);
}

/* A bias, and negative numbers cut off but not a NaN, to the bits of doing it afterwards. */
static void ends_are_those_of_later(void **state) {
    (void)state;
    const shape *s = &shapes[6];
    gamlp_dense a, b, want, start, c;
    gamlp_pairs pairs;
    gamlp_real bias[97];
    skip_where_it_does_not_pay();
    fill(&a, s->m, s->k, 1, 1);
    fill(&b, s->k, s->n, 2, 1);
    fill(&want, s->m, s->n, 3, 1);
    want.data[s->m + 1] = want.data[40] = (gamlp_real)NAN;
    CHECK_OK(gamlp_dense_copy(&c, &want));
    for (int64_t i = 0; i < s->m; i++) bias[i] = (gamlp_real)(i % 7) - 3;
    CHECK_OK(gamlp_pairs_init(&pairs, s->k, s->n));
    gamlp_pairs_sort(&pairs, &b);
    gamlp_pairs_multiply(&want, &a, &pairs, 2, &want, NULL);
    for (int64_t i = 0; i < s->m * s->n; i++) want.data[i] += bias[i % s->m];
    CHECK_OK(gamlp_dense_copy(&start, &c));
    gamlp_pairs_multiply(&c, &a, &pairs, 2, &start, &(gamlp_pairs_end){bias, false});
    assert_memory_equal(c.data, want.data, (size_t)(s->m * s->n) * sizeof *c.data);
    for (int64_t i = 0; i < s->m * s->n; i++) want.data[i] = want.data[i] < 0 ? 0 : want.data[i];
    gamlp_pairs_multiply(&c, &a, &pairs, 2, &start, &(gamlp_pairs_end){bias, true});
    assert_memory_equal(c.data, want.data, (size_t)(s->m * s->n) * sizeof *c.data);
    gamlp_pairs_clear(&pairs);
    gamlp_dense_clear(&a);
    gamlp_dense_clear(&b);
    gamlp_dense_clear(&want);
    gamlp_dense_clear(&start);
    gamlp_dense_clear(&c);
}

static void small_products_do_not_pay(void **state) {
    (void)state;
    skip_where_it_does_not_pay();
    assert_false(gamlp_pairs_pay(7, 5000, 500));
    assert_false(gamlp_pairs_pay(5000, 7, 500));
    assert_false(gamlp_pairs_pay(5000, 5000, 7));
    assert_true(gamlp_pairs_pay(128, 64, 64));
    assert_false(gamlp_pairs_pay(129, 500, 500)); /* a strip of one row */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_those_of_double),
        cmocka_unit_test(factors_may_be_of_different_sizes),
        cmocka_unit_test(rows_have_scales_of_their_own),
        cmocka_unit_test(ends_are_those_of_later),
        cmocka_unit_test(small_products_do_not_pay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
