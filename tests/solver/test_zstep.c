/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "solver/zstep.h"

#include <math.h>
#include <string.h>

#include "check.h"
#include "gamlp/threads.h"
#include "oracle.h"
#include "solver/kernels.h"
#include "solver/sweep.h"

/* What the stored z costs more than the best one, of an objective of size 1. */
static const double worse = sizeof(gamlp_real) == sizeof(double) ? 1e-13 : 1e-6;

enum { CASES = 80, ROWS = 20, COLS = 4 };

static gamlp_activation make(int kind) {
    gamlp_activation f = {(gamlp_activation_kind)kind, kind == GAMLP_LEAKY_RELU ? 0.125 : 0};
    return f;
}

/* Random subproblems of a size, against the best of all z; never worse than the old z. */
static void check_kind(int kind, bool proximal, double size, uint64_t seed) {
    gamlp_activation f = make(kind);
    gamlp_dense a, q, k, z;
    CHECK_OK(gamlp_dense_init(&a, ROWS, COLS));
    CHECK_OK(gamlp_dense_init(&q, ROWS, COLS));
    CHECK_OK(gamlp_dense_init(&k, ROWS, COLS));
    fill_uniform(&a, seed, -size, size);
    fill_uniform(&q, seed + 1, -size, size);
    fill_uniform(&k, seed + 2, -size, size);
    CHECK_OK(gamlp_dense_copy(&z, &k));
    gamlp_zstep_run(&z, &f, proximal, &a, NULL, &q);
    for (int64_t i = 0; i < CASES; i++) {
        double ai = a.data[i], qi = q.data[i], ki = k.data[i], kappa = proximal;
        double best = oracle_zstep(&f, kappa, ai, qi, ki);
        double got = oracle_z_value(&f, kappa, ai, qi, ki, z.data[i]);
        double want = oracle_z_value(&f, kappa, ai, qi, ki, best);
        double old = oracle_z_value(&f, kappa, ai, qi, ki, ki);
        if (!(got <= want + worse * (1 + size * size)) || got > old * (1 + worse))
            fail_msg("kind %d, kappa %g: a %g, q %g, k %g: h(%.9g) = %.12g, h(%.9g) = %.12g", kind,
                     kappa, ai, qi, ki, (double)z.data[i], got, best, want);
    }
    gamlp_dense_clear(&a);
    gamlp_dense_clear(&q);
    gamlp_dense_clear(&k);
    gamlp_dense_clear(&z);
}

static void steps_find_the_least_of_all(void **state) {
    (void)state;
    static const double size[] = {0.3, 1.5, 6, 40};
    for (int kind = 0; kind < GAMLP_ACTIVATIONS; kind++)
        for (int i = 0; i < 4; i++)
            for (int proximal = 0; proximal < 2; proximal++)
                check_kind(kind, proximal, size[i], 10 * (uint64_t)(kind + 1));
}

/* From a minimum nothing moves. */
static void minima_stay(void **state) {
    (void)state;
    for (int kind = 0; kind < GAMLP_ACTIVATIONS; kind++) {
        gamlp_activation f = make(kind);
        gamlp_real a[] = {(gamlp_real)-1.7, 0, (gamlp_real)0.4, (gamlp_real)2.3}, z[4], value[4];
        gamlp_real q[4];
        for (int i = 0; i < 4; i++) q[i] = (gamlp_real)gamlp_activation_value(&f, a[i]);
        gamlp_zstep step = {&f, true, a, q, a};
        gamlp_zstep_strip(z, value, &step, 4);
        for (int i = 0; i < 4; i++) {
            assert_true(fabs(z[i] - a[i]) < 1e-6);
            assert_true(fabs(value[i] - gamlp_activation_value(&f, z[i])) < 1e-6);
        }
    }
}

/* The pass of all three lines against the step of z alone and the lines written out. */
static void check_pass(int kind, bool quantised) {
    enum { M = 530, N = 3 };
    gamlp_activation f = make(kind);
    gamlp_dense a[7], b, z;
    gamlp_levels levels;
    const double nu = 0.25, rho = 0.5;
    CHECK_OK(gamlp_levels_uniform(&levels, -2, 3, 256));
    CHECK_OK(gamlp_dense_init(&b, M, 1));
    fill_normal(&b, 1);
    for (int i = 0; i < 7; i++) {
        CHECK_OK(gamlp_dense_init(&a[i], M, N));
        fill_normal(&a[i], 7 + (uint64_t)i);
    }
    gamlp_dense q, u;
    CHECK_OK(gamlp_dense_copy(&z, &a[0]));
    CHECK_OK(gamlp_dense_copy(&q, &a[2]));
    CHECK_OK(gamlp_dense_copy(&u, &a[3]));
    gamlp_zstep_run(&z, &f, true, &a[5], &b, &q);
    gamlp_zqu_state state = {&a[0], &a[1], &a[2], &a[3], &a[4]};
    gamlp_zqu_sums sums = gamlp_kernel_zqu(state, &f, &a[5], &b, &a[6], quantised ? &levels : NULL,
                                           (gamlp_real)nu, (gamlp_real)rho);
    check_close(&a[0], &z, 0, "z");
    double activation = 0, eps = sizeof(gamlp_real) == sizeof(double) ? 1e-13 : 2e-6;
    for (int64_t i = 0; i < M * N; i++) {
        double fz = oracle_activation(&f, z.data[i]);
        double fresh = (rho * a[6].data[i] + u.data[i] + nu * fz) / (nu + rho);
        if (quantised) fresh = oracle_nearest(&levels, fresh);
        if (quantised && fabs(a[2].data[i] - fresh) > 0.01) continue;
        assert_true(fabs(a[2].data[i] - fresh) < 4 * eps + (quantised ? 0.02 : 0));
        activation += pow(a[2].data[i] - fz, 2);
    }
    if (!quantised) assert_true(fabs(sums.activation / activation - 1) < 100 * eps);
    for (int i = 0; i < 7; i++) gamlp_dense_clear(&a[i]);
    gamlp_dense_clear(&b);
    gamlp_dense_clear(&z);
    gamlp_dense_clear(&q);
    gamlp_dense_clear(&u);
}

static void three_lines_in_one_pass(void **state) {
    (void)state;
    for (int kind = GAMLP_RELU; kind < GAMLP_ACTIVATIONS; kind++) {
        check_pass(kind, false);
        check_pass(kind, true);
    }
}

/* Neither the threads nor a place within a strip matter to a bit. */
static void bits_depend_on_nothing_else(void **state) {
    (void)state;
    enum { M = 1100, N = 9 };
    gamlp_dense m, q, first, again;
    CHECK_OK(gamlp_dense_init(&m, M, N));
    CHECK_OK(gamlp_dense_init(&q, M, N));
    CHECK_OK(gamlp_dense_init(&first, M, N));
    fill_uniform(&m, 4, -3, 3);
    fill_uniform(&q, 5, -3, 3);
    for (int kind = 0; kind < GAMLP_ACTIVATIONS; kind++) {
        gamlp_activation f = make(kind);
        fill_uniform(&first, 6, -3, 3);
        CHECK_OK(gamlp_dense_copy(&again, &first));
        gamlp_threads_set(1);
        gamlp_zstep_run(&first, &f, true, &m, NULL, &q);
        gamlp_threads_set(4);
        gamlp_zstep_run(&again, &f, true, &m, NULL, &q);
        gamlp_threads_set(gamlp_threads_available());
        check_close(&first, &again, 0, "z");
        gamlp_dense_clear(&again);
    }
    gamlp_dense_clear(&m);
    gamlp_dense_clear(&q);
    gamlp_dense_clear(&first);
}

/* What is no number is not hidden. */
static void a_nan_stays(void **state) {
    (void)state;
    for (int kind = 0; kind < GAMLP_ACTIVATIONS; kind++) {
        gamlp_activation f = make(kind);
        gamlp_real a = (gamlp_real)NAN, q = 1, k = 1, z, value;
        gamlp_zstep step = {&f, true, &a, &q, &k};
        gamlp_zstep_strip(&z, &value, &step, 1);
        assert_true(isnan(z));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_find_the_least_of_all),
        cmocka_unit_test(minima_stay),
        cmocka_unit_test(three_lines_in_one_pass),
        cmocka_unit_test(bits_depend_on_nothing_else),
        cmocka_unit_test(a_nan_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
