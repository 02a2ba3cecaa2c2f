/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gamlp/threads.h"
#include "solver/kernels.h"
#include "solver/sweep.h"

static const double epsilon = sizeof(gamlp_real) == sizeof(double) ? 0x1p-53 : 0x1p-24;

enum { MATRICES = 7, MOST_ROWS = 520, SUMS = 9 };

/* What a kernel reads and writes. */
typedef struct world {
    int64_t rows, cols;
    gamlp_dense a[MATRICES], b;
    double mean[MOST_ROWS], sums[SUMS];
    double *work;
} world;

static const gamlp_real S = (gamlp_real)0.37, NU = (gamlp_real)0.25, RHO = (gamlp_real)0.6;

static void world_init(world *w, int64_t rows, int64_t cols) {
    memset(w, 0, sizeof *w);
    w->rows = rows;
    w->cols = cols;
    for (int i = 0; i < MATRICES; i++) {
        CHECK_OK(gamlp_dense_init(&w->a[i], rows, cols));
        fill_normal(&w->a[i], (uint64_t)i + 1);
    }
    CHECK_OK(gamlp_dense_init(&w->b, rows, 1));
    fill_normal(&w->b, 99);
    w->work = calloc((size_t)gamlp_sweep_row_work(rows, cols), sizeof *w->work);
    assert_non_null(w->work);
}

static void world_clear(world *w) {
    for (int i = 0; i < MATRICES; i++) gamlp_dense_clear(&w->a[i]);
    gamlp_dense_clear(&w->b);
    free(w->work);
}

/* An element, computed in a few roundings from numbers of size 10 or so. */
static void near(double got, double want, const char *what) {
    if (!(fabs(got - want) <= 64 * epsilon * (1 + fabs(want))))
        fail_msg("%s is %.17g, expected %.17g", what, got, want);
}

/* A sum whose terms have absolute values that add up to `size`; both sides add up to 70,000 of
 * them in double. */
static void near_sum(double got, double want, double size, const char *what) {
    if (!(fabs(got - want) <= (16 * epsilon + 1e-13) * size))
        fail_msg("%s is %.17g, expected %.17g (terms of %.3g)", what, got, want, size);
}

static int64_t count(const world *w) {
    return w->rows * w->cols;
}

static void check_dot(double got, const gamlp_dense *x, const gamlp_dense *y, const char *what) {
    double sum = 0, size = 0;
    for (int64_t e = 0; e < x->rows * x->cols; e++) {
        sum += (double)x->data[e] * (double)y->data[e];
        size += fabs((double)x->data[e] * (double)y->data[e]);
    }
    near_sum(got, sum, size, what);
}

/* mean = row means of z - m for the new m. */
static void check_mean(const world *w, const gamlp_dense *z, const gamlp_dense *m) {
    for (int64_t i = 0; i < w->rows; i++) {
        double sum = 0;
        for (int64_t j = 0; j < w->cols; j++)
            sum += (double)z->data[i + j * w->rows] - (double)m->data[i + j * w->rows];
        near(w->mean[i], sum / (double)w->cols, "a row mean");
    }
}

static void run_sums(world *w) {
    w->sums[0] = gamlp_kernel_square(&w->a[0]);
    w->sums[1] = gamlp_kernel_dot(&w->a[0], &w->a[1]);
}

static void check_sums(const world *w, const world *old) {
    check_dot(w->sums[0], &old->a[0], &old->a[0], "a square");
    check_dot(w->sums[1], &old->a[0], &old->a[1], "an inner product");
}

static void run_residual(world *w) {
    gamlp_kernel_residual(&w->a[0], &w->a[1], &w->b, &w->a[2]);
    gamlp_kernel_residual(&w->a[3], &w->a[1], &w->b, &w->a[3]); /* in place */
}

static void check_residual(const world *w, const world *old) {
    for (int64_t e = 0; e < count(w); e++) {
        double product = (double)old->a[1].data[e] + (double)old->b.data[e % w->rows];
        near(w->a[0].data[e], product - (double)old->a[2].data[e], "a residual");
        near(w->a[3].data[e], product - (double)old->a[3].data[e], "a residual in place");
    }
}

static void run_couple(world *w) {
    gamlp_kernel_couple(&w->a[0], &w->a[1], &w->a[2], &w->a[3], RHO);
    gamlp_kernel_u(&w->a[4], &w->a[2], &w->a[3], RHO);
}

static void check_couple(const world *w, const world *old) {
    for (int64_t e = 0; e < count(w); e++) {
        double gap = (double)old->a[2].data[e] - (double)old->a[3].data[e];
        near(w->a[0].data[e], (double)old->a[1].data[e] + (double)RHO * gap, "g");
        near(w->a[4].data[e], (double)old->a[4].data[e] + (double)RHO * gap, "u");
    }
}

static void run_step(world *w) {
    w->sums[0] = gamlp_kernel_step(&w->a[0], S, &w->a[1]);
    gamlp_kernel_step_residual(&w->a[2], &w->a[3], S, &w->a[1], &w->b, &w->a[4]);
}

static void check_step(const world *w, const world *old) {
    check_dot(w->sums[0], &w->a[0], &w->a[0], "||y||^2");
    for (int64_t e = 0; e < count(w); e++) {
        double step = (double)S * (double)old->a[1].data[e];
        double m = (double)old->a[2].data[e] - step;
        near(w->a[0].data[e], (double)old->a[0].data[e] - step, "y");
        near(w->a[2].data[e], m, "m");
        near(w->a[3].data[e], m + (double)w->b.data[e % w->rows] - (double)old->a[4].data[e], "r");
    }
}

static void run_w_gradient(world *w) {
    w->sums[0] = gamlp_kernel_w_gradient(&w->a[0], S, &w->a[1]);
    w->sums[1] = gamlp_kernel_w_gradient(&w->a[2], 0, &w->a[1]);
}

static void check_w_gradient(const world *w, const world *old) {
    for (int64_t e = 0; e < count(w); e++)
        near(w->a[0].data[e], (double)old->a[0].data[e] + (double)S * (double)old->a[1].data[e],
             "G");
    check_dot(w->sums[0], &w->a[0], &w->a[0], "||G||^2");
    check_dot(w->sums[1], &old->a[2], &old->a[2], "||G||^2 without L2");
    assert_memory_equal(w->a[2].data, old->a[2].data, (size_t)count(w) * sizeof(gamlp_real));
}

static void run_step_bias(world *w) {
    gamlp_kernel_step_bias(&w->a[0], w->mean, w->work, RHO, S, &w->a[1], &w->a[2]);
}

static void check_step_bias(const world *w, const world *old) {
    for (int64_t e = 0; e < count(w); e++)
        near(w->a[0].data[e],
             (double)RHO * (double)old->a[0].data[e] - (double)S * (double)old->a[1].data[e], "m");
    check_mean(w, &old->a[2], &w->a[0]);
}

static void run_gram(world *w) {
    gamlp_gram_sums sums = gamlp_kernel_gram(&w->a[0], &w->a[1], &w->a[2], NU, S);
    w->sums[0] = sums.tr;
    w->sums[1] = sums.rm;
    w->sums[2] = sums.image;
    gamlp_kernel_gram_step(&w->a[3], &w->a[4], w->mean, w->work, RHO, S, &w->a[0], &w->a[1],
                           &w->a[2]);
}

static void check_gram(const world *w, const world *old) {
    double image = 0;
    check_dot(w->sums[0], &old->a[0], &old->a[1], "<T, r>");
    check_dot(w->sums[1], &old->a[1], &old->a[2], "<r, M>");
    for (int64_t e = 0; e < count(w); e++) {
        double t = old->a[0].data[e], r = old->a[1].data[e], m = old->a[2].data[e];
        image += pow((double)NU * t + (double)S * m, 2);
        near(w->a[3].data[e], (double)RHO * (double)old->a[3].data[e] - (double)S * t, "M");
        near(w->a[4].data[e], (double)RHO * (double)old->a[4].data[e] - (double)S * r, "B");
    }
    near_sum(w->sums[2], image, 4 * image, "||nu T + l2 M||^2");
    check_mean(w, &old->a[2], &w->a[3]);
}

static void run_plain(world *w) {
    gamlp_kernel_scale_copy(&w->a[2], S, &w->a[1]);
}

static void check_plain(const world *w, const world *old) {
    for (int64_t e = 0; e < count(w); e++) {
        assert_true(w->a[2].data[e] == S * old->a[1].data[e]);
    }
}

static const gamlp_activation relu = {GAMLP_RELU, 0};

static gamlp_zqu_sums zqu(world *w, gamlp_real nu, gamlp_real rho) {
    gamlp_zqu_state state = {&w->a[0], &w->a[1], &w->a[2], &w->a[3], &w->a[4]};
    return gamlp_kernel_zqu(state, &relu, &w->a[5], &w->b, &w->a[6], NULL, nu, rho);
}

static void run_zqu(world *w) {
    gamlp_zqu_sums s = zqu(w, NU, RHO);
    double sums[SUMS] = {s.fit, s.dz, s.activation, s.residual, s.dual,
                         s.dq,  s.du, s.lemma4,     s.q_max};
    memcpy(w->sums, sums, sizeof sums);
}

static double z_value(double z, double a, double q, double k) {
    double f = z > 0 ? z : 0;
    return (z - a) * (z - a) + (q - f) * (q - f) + (z - k) * (z - k);
}

/* The least value on each side of 0. */
static double z_least(double a, double q, double k) {
    return fmin(z_value(fmin((a + k) / 2, 0), a, q, k), z_value(fmax((a + q + k) / 3, 0), a, q, k));
}

/* One element after lines 4 to 6; adds to the sums and to the sizes of their terms. */
static void check_zqu_element(const world *w, const world *old, int64_t e, double *sum,
                              double *size) {
    double a = (double)old->a[5].data[e] + (double)old->b.data[e % w->rows];
    double k = old->a[0].data[e], q0 = old->a[2].data[e], u0 = old->a[3].data[e];
    double p = old->a[6].data[e], nu = (double)NU, rho = (double)RHO;
    double z = w->a[0].data[e], q = w->a[2].data[e], u = w->a[3].data[e], f = z > 0 ? z : 0;
    double least = z_least(a, q0, k);
    assert_true(z_value(z, a, q0, k) <= least + 64 * epsilon * (1 + least));
    near(w->a[1].data[e], a - z, "r");
    near(q, (rho * p + u0 + nu * f) / (rho + nu), "q");
    near(u, u0 + rho * (p - q), "u");
    near(w->a[4].data[e], u0 + 2 * rho * (p - q), "g");
    double term[7] = {(a - z) * (a - z), (z - k) * (z - k),   (q - f) * (q - f),  (p - q) * (p - q),
                      u * (p - q),       (q - q0) * (q - q0), (u - u0) * (u - u0)};
    for (int i = 0; i < 7; i++) {
        sum[i] += term[i];
        size[i] += 4 * fabs(term[i]) + 1;
    }
    sum[7] = fmax(sum[7], fabs(u - nu * (q - f)));
    sum[8] = fmax(sum[8], fabs(q));
}

static void check_zqu(const world *w, const world *old) {
    double sum[SUMS] = {0}, size[SUMS] = {0};
    for (int64_t e = 0; e < count(w); e++) check_zqu_element(w, old, e, sum, size);
    for (int i = 0; i < 7; i++) near_sum(w->sums[i], sum[i], size[i], "a sum of lines 4 to 6");
    assert_true(w->sums[7] <= 32 * epsilon && fabs(w->sums[7] - sum[7]) <= 32 * epsilon);
    assert_true(w->sums[8] == sum[8]);
}

static void run_all_shapes(void (*run)(world *), void (*check)(const world *, const world *)) {
    static const int64_t rows[] = {1, 7, 513, 500}, cols[] = {1, 3, 140};
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 3; j++) {
            world old, one, more;
            world_init(&old, rows[i], cols[j]);
            world_init(&one, rows[i], cols[j]);
            gamlp_threads_set(1);
            run(&one);
            check(&one, &old);
            for (int64_t threads = 2; threads <= 3; threads++) {
                world_init(&more, rows[i], cols[j]);
                gamlp_threads_set(threads);
                run(&more);
                for (int k = 0; k < MATRICES; k++)
                    assert_memory_equal(one.a[k].data, more.a[k].data,
                                        (size_t)count(&one) * sizeof(gamlp_real));
                assert_memory_equal(one.sums, more.sums, sizeof one.sums);
                assert_memory_equal(one.mean, more.mean, sizeof one.mean);
                world_clear(&more);
            }
            world_clear(&one);
            world_clear(&old);
        }
    gamlp_threads_set(gamlp_threads_available());
}

#define SHAPES(name)                                                                               \
    static void name##_matches_a_plain_loop(void **state) {                                        \
        (void)state;                                                                               \
        run_all_shapes(run_##name, check_##name);                                                  \
    }
SHAPES(sums)
SHAPES(residual)
SHAPES(couple)
SHAPES(step)
SHAPES(w_gradient)
SHAPES(step_bias)
SHAPES(gram)
SHAPES(plain)
SHAPES(zqu)

/* The new z for one element. */
static double z_of(world *w, double a, double q, double k) {
    w->a[0].data[0] = (gamlp_real)k;
    w->a[2].data[0] = (gamlp_real)q;
    w->a[5].data[0] = (gamlp_real)a;
    w->b.data[0] = 0;
    zqu(w, NU, RHO);
    return w->a[0].data[0];
}

/* Least value on a grid of [-span, span], refined around its best point. */
static double brute_force(double a, double q, double k) {
    double centre = 0, span = 20, best = z_value(0, a, q, k);
    for (int level = 0; level < 12; level++, span /= 16) {
        double from = centre;
        for (int i = -400; i <= 400; i++) {
            double z = from + span * i / 400, value = z_value(z, a, q, k);
            if (value < best) {
                best = value;
                centre = z;
            }
        }
    }
    return best;
}

static void z_is_the_global_minimum(void **state) {
    (void)state;
    world w;
    gamlp_dense draw;
    CHECK_OK(gamlp_dense_init(&draw, 3, 300));
    fill_uniform(&draw, 5, -4, 4);
    world_init(&w, 1, 1);
    int positive = 0;
    for (int64_t j = 0; j < 300; j++) {
        const gamlp_real *x = draw.data + 3 * j;
        double a = x[0], q = x[1], k = x[2], z = z_of(&w, a, q, k), least = brute_force(a, q, k);
        positive += z > 0;
        if (!(fabs(z_value(z, a, q, k) - least) <= 256 * epsilon * (1 + least) + 1e-12))
            fail_msg("a %g, q %g, k %g: z %.9g has value %.12g, the least is %.12g", a, q, k, z,
                     z_value(z, a, q, k), least);
    }
    assert_in_range(positive, 50, 250);
    world_clear(&w);
    gamlp_dense_clear(&draw);
}

/* Both sides gain alike when 2 h^2 = 3 l^2 as computed, for l = a + k < 0 and h = l + q > 0. */
static void of_equals_the_negative_is_taken(void **state) {
    (void)state;
    world w;
    world_init(&w, 1, 1);
    assert_true(z_of(&w, 0, 0, 0) == 0);
    int ties = 0;
    for (int i = 0; i < 4096; i++) {
        gamlp_real low = -1 - (gamlp_real)i / 4096, q, high;
        q = (gamlp_real)((1 + sqrt(1.5)) * -(double)low);
        high = low + q;
        if (2 * (high * high) != 3 * (low * low)) continue;
        assert_true(z_of(&w, (double)low, (double)q, 0) == 0.5 * (double)low);
        assert_true(z_of(&w, (double)low, 1.001 * (double)q, 0) > 0);
        ties++;
    }
    assert_true(ties > 0);
    world_clear(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_matches_a_plain_loop),
        cmocka_unit_test(residual_matches_a_plain_loop),
        cmocka_unit_test(couple_matches_a_plain_loop),
        cmocka_unit_test(step_matches_a_plain_loop),
        cmocka_unit_test(w_gradient_matches_a_plain_loop),
        cmocka_unit_test(step_bias_matches_a_plain_loop),
        cmocka_unit_test(gram_matches_a_plain_loop),
        cmocka_unit_test(plain_matches_a_plain_loop),
        cmocka_unit_test(zqu_matches_a_plain_loop),
        cmocka_unit_test(z_is_the_global_minimum),
        cmocka_unit_test(of_equals_the_negative_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
