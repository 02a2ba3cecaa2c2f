/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "gamlp/threads.h"
#include "matrix/blas.h"

static const double epsilon = sizeof(gamlp_real) == sizeof(double) ? 0x1p-53 : 0x1p-24;

typedef struct shape {
    int64_t m, n, k;
} shape;

/* Of the nets there are, and odd ones; small and not to BLAS, and cut in one direction or both. */
static const shape shapes[] = {{500, 140, 140},  {500, 140, 7},   {7, 140, 500},    {7, 500, 140},
                               {500, 500, 140},  {140, 140, 500}, {1, 4000, 300},   {4000, 1, 300},
                               {3, 5, 2},        {130, 131, 77},  {700, 64, 50},    {257, 1030, 9},
                               {65, 33, 1000},   {1000, 1000, 3}, {16, 16, 9000},   {7, 500, 500},
                               {15, 1000, 500},  {100, 300, 870}, {200, 100, 1400}, {100, 90, 5000},
                               {1000, 300, 200}, {48, 48, 300},   {28, 127, 222},   {10, 257, 260},
                               {25, 138, 227},   {40, 10000, 31}};

static void fill(gamlp_dense *a, int64_t rows, int64_t cols, uint64_t seed) {
    CHECK_OK(gamlp_dense_init(a, rows, cols));
    fill_normal(a, seed);
}

static gamlp_real at(const gamlp_dense *a, gamlp_transpose transpose, int64_t i, int64_t j) {
    return transpose == GAMLP_TRANSPOSED ? a->data[j + i * a->rows] : a->data[i + j * a->rows];
}

/* Elements here and there against a sum in double. */
static void check_product(const gamlp_dense *c, const gamlp_dense *old, const gamlp_dense *a,
                          gamlp_transpose ta, const gamlp_dense *b, gamlp_transpose tb, int64_t k) {
    for (int64_t e = 0; e < c->rows * c->cols; e += 1 + c->rows * c->cols / 97) {
        int64_t i = e % c->rows, j = e / c->rows;
        double sum = 0, size = fabs((double)old->data[e]);
        for (int64_t l = 0; l < k; l++) {
            double term = (double)at(a, ta, i, l) * (double)at(b, tb, l, j);
            sum += term;
            size += fabs(term);
        }
        double want = 0.5 * sum - 2 * (double)old->data[e];
        assert_true(fabs((double)c->data[e] - want) <= 8 * sqrt((double)k + 4) * epsilon * size);
    }
}

static void check_shape(const shape *s, gamlp_transpose ta, gamlp_transpose tb) {
    gamlp_dense a, b, old, first, c;
    bool ra = ta == GAMLP_TRANSPOSED, rb = tb == GAMLP_TRANSPOSED;
    fill(&a, ra ? s->k : s->m, ra ? s->m : s->k, 1);
    fill(&b, rb ? s->n : s->k, rb ? s->k : s->n, 2);
    fill(&old, s->m, s->n, 3);
    CHECK_OK(gamlp_dense_copy(&first, &old));
    gamlp_threads_set(1);
    gamlp_blas_multiply(&first, (gamlp_real)0.5, ta, &a, tb, &b, -2);
    check_product(&first, &old, &a, ta, &b, tb, s->k);
    for (int64_t threads = 2; threads <= 7; threads++) {
        CHECK_OK(gamlp_dense_copy(&c, &old));
        gamlp_threads_set(threads);
        gamlp_blas_multiply(&c, (gamlp_real)0.5, ta, &a, tb, &b, -2);
        if (memcmp(c.data, first.data, (size_t)(s->m * s->n) * sizeof *c.data) != 0)
            fail_msg("%lld x %lld x %lld (%d %d): other bits with %lld threads", (long long)s->m,
                     (long long)s->n, (long long)s->k, ra, rb, (long long)threads);
        gamlp_dense_clear(&c);
    }
    gamlp_dense_clear(&a);
    gamlp_dense_clear(&b);
    gamlp_dense_clear(&old);
    gamlp_dense_clear(&first);
}

static void products_do_not_depend_on_threads(void **state) {
    (void)state;
    int64_t threads = gamlp_threads_get();
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        for (int t = 0; t < 4; t++)
            check_shape(&shapes[i], t & 1 ? GAMLP_TRANSPOSED : GAMLP_PLAIN,
                        t & 2 ? GAMLP_TRANSPOSED : GAMLP_PLAIN);
    for (uint64_t i = 0; i < 24; i++) {
        shape s = {1 + (int64_t)(i * 7919 % 613), 1 + (int64_t)(i * 104729 % 509),
                   1 + (int64_t)(i * 1299709 % 421)};
        check_shape(&s, i & 1 ? GAMLP_TRANSPOSED : GAMLP_PLAIN,
                    i & 2 ? GAMLP_TRANSPOSED : GAMLP_PLAIN);
    }
    gamlp_threads_set(threads);
}

static void *multiply(void *context) {
    gamlp_dense *matrix = context; /* C, A, B */
    gamlp_blas_multiply(&matrix[0], 1, GAMLP_PLAIN, &matrix[1], GAMLP_PLAIN, &matrix[2], 0);
    return NULL;
}

/* OpenMP counts threads for each one that calls. */
static void products_do_not_depend_on_who_asks(void **state) {
    (void)state;
    enum { M = 500, N = 140, K = 500 };
    int64_t threads = gamlp_threads_get();
    gamlp_dense first[3], second[3];
    pthread_t other;
    fill(&first[0], M, N, 1);
    fill(&first[1], M, K, 2);
    fill(&first[2], K, N, 3);
    for (int i = 0; i < 3; i++) CHECK_OK(gamlp_dense_copy(&second[i], &first[i]));
    gamlp_threads_set(1);
    multiply(first);
    assert_int_equal(pthread_create(&other, NULL, multiply, second), 0);
    assert_int_equal(pthread_join(other, NULL), 0);
    gamlp_threads_set(threads);
    assert_memory_equal(first[0].data, second[0].data, M * N * sizeof *first[0].data);
    for (int i = 0; i < 3; i++) {
        gamlp_dense_clear(&first[i]);
        gamlp_dense_clear(&second[i]);
    }
}

/* A'A is that of the general product, the same above and below the diagonal. */
static void gram_is_a_product(void **state) {
    (void)state;
    static const shape sizes[] = {{48, 48, 300},  {140, 140, 500},  {5, 5, 3},
                                  {300, 300, 33}, {200, 200, 1400}, {7, 7, 4000}};
    int64_t threads = gamlp_threads_get();
    gamlp_dense first;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int64_t count = 1; count <= 3; count++) {
            gamlp_dense a, c, zero;
            int64_t n = sizes[i].n;
            fill(&a, sizes[i].k, n, 4);
            fill(&c, n, n, 5);
            CHECK_OK(gamlp_dense_init(&zero, n, n));
            gamlp_threads_set(count);
            gamlp_blas_gram(&c, &a);
            if (count == 1) CHECK_OK(gamlp_dense_copy(&first, &c));
            assert_memory_equal(c.data, first.data, (size_t)(n * n) * sizeof *c.data);
            if (count == 3) gamlp_dense_clear(&first);
            for (int64_t e = 0; e < n * n; e++) {
                if (c.data[e] != c.data[e / n + e % n * n])
                    fail_msg("%lld: not symmetric", (long long)e);
            }
            for (int64_t e = 0; e < n * n; e++) c.data[e] *= (gamlp_real)0.5;
            check_product(&c, &zero, &a, GAMLP_TRANSPOSED, &a, GAMLP_PLAIN, sizes[i].k);
            gamlp_dense_clear(&a);
            gamlp_dense_clear(&c);
            gamlp_dense_clear(&zero);
        }
    gamlp_threads_set(threads);
}

/* L L' x = b for many right-hand sides, alike with every number of threads. */
static void solves_do_not_depend_on_threads(void **state) {
    (void)state;
    enum { N = 90, SIDES = 77 };
    static double a[N * N], full[N * N], b[N * SIDES], x[N * SIDES], y[N * SIDES];
    int64_t threads = gamlp_threads_get();
    for (int j = 0; j < N; j++)
        for (int i = 0; i < N; i++)
            full[i + j * N] = a[i + j * N] = 1 / (1.0 + abs(i - j)) + (i == j ? 3 : 0);
    for (int e = 0; e < N * SIDES; e++) b[e] = sin(e);
    assert_true(gamlp_blas_factor(a, N));
    memcpy(x, b, sizeof x);
    memcpy(y, b, sizeof y);
    gamlp_threads_set(1);
    gamlp_blas_solve(x, SIDES, a, N);
    gamlp_threads_set(3);
    gamlp_blas_solve(y, SIDES, a, N);
    gamlp_threads_set(threads);
    assert_memory_equal(x, y, sizeof x);
    for (int e = 0; e < N * SIDES; e++) {
        double sum = 0;
        for (int l = 0; l < N; l++) sum += full[e % N + l * N] * x[l + e / N * N];
        assert_true(fabs(sum - b[e]) < 1e-12);
    }
}

enum { SIDE = 32, LONG = 2650 };

typedef struct inner {
    gamlp_dense a, b, c[2];
} inner;

static void multiply_inner(void *context, int64_t i) {
    inner *t = context;
    gamlp_blas_multiply(&t->c[i], 1, GAMLP_PLAIN, &t->a, GAMLP_TRANSPOSED, &t->b, 0);
}

/* BLAS has one thread after a parallel region in which it was told so, too. */
static void products_do_not_depend_on_regions(void **state) {
    (void)state;
    inner t;
    int64_t threads = gamlp_threads_get();
    CHECK_OK(gamlp_dense_init(&t.a, SIDE, LONG));
    CHECK_OK(gamlp_dense_init(&t.b, SIDE, LONG));
    fill_normal(&t.a, 1);
    fill_normal(&t.b, 2);
    for (int i = 0; i < 2; i++) CHECK_OK(gamlp_dense_init(&t.c[i], SIDE, SIDE));
    gamlp_threads_set(2);
    gamlp_parallel(2, multiply_inner, &t);
    multiply_inner(&t, 0);
    assert_memory_equal(t.c[0].data, t.c[1].data, SIDE * SIDE * sizeof *t.c[0].data);
    gamlp_threads_set(threads);
    for (int i = 0; i < 2; i++) gamlp_dense_clear(&t.c[i]);
    gamlp_dense_clear(&t.a);
    gamlp_dense_clear(&t.b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_do_not_depend_on_regions), /* first */
        cmocka_unit_test(products_do_not_depend_on_threads),
        cmocka_unit_test(products_do_not_depend_on_who_asks), cmocka_unit_test(gram_is_a_product),
        cmocka_unit_test(solves_do_not_depend_on_threads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
