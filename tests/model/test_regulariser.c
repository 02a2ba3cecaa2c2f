/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/regulariser.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "gamlp/threads.h"

static const double rounding = sizeof(gamlp_real) == sizeof(double) ? 1e-13 : 2e-6;

static gamlp_regulariser make(int kind) {
    gamlp_regulariser omega = {.kind = (gamlp_regulariser_kind)kind,
                               .weight = 0.7,
                               .low = -0.3,
                               .high = 0.5,
                               .bound = 0.8,
                               .share = 0.3};
    return omega;
}

/* Omega of x with the constraints obeyed up to rounding; infinite elsewhere. */
static double define(const gamlp_regulariser *o, const gamlp_dense *x) {
    double sum = 0, slack = 1e3 * rounding;
    int64_t m = x->rows, n = x->cols, nonzero = 0;
    for (int64_t j = 0; j < n; j++) {
        double column = 0;
        for (int64_t i = 0; i < m; i++) {
            double v = x->data[i + j * m];
            column += v * v;
            nonzero += v != 0;
            if (o->kind == GAMLP_OMEGA_L1) sum += o->weight * fabs(v);
            if (o->kind == GAMLP_OMEGA_NON_NEGATIVE && v < 0) return INFINITY;
            if (o->kind == GAMLP_OMEGA_BOX && (v < o->low - slack || v > o->high + slack))
                return INFINITY;
        }
        if (o->kind == GAMLP_OMEGA_GROUP) sum += o->weight * sqrt(column);
    }
    for (int64_t i = 0; i < m && o->kind == GAMLP_OMEGA_MAX_NORM; i++) {
        double row = 0;
        for (int64_t j = 0; j < n; j++) row += pow(x->data[i + j * m], 2);
        if (sqrt(row) > o->bound + slack) return INFINITY;
    }
    if (o->kind == GAMLP_OMEGA_TOP_K && nonzero > ceil(o->share * (double)(m * n))) return INFINITY;
    return sum;
}

static double objective(const gamlp_regulariser *o, double l2, double t, const gamlp_dense *x,
                        const gamlp_dense *v) {
    double sum = define(o, x);
    for (int64_t i = 0; i < x->rows * x->cols; i++)
        sum += 0.5 * l2 * pow(x->data[i], 2) + 0.5 * t * pow((double)x->data[i] - v->data[i], 2);
    return sum;
}

static void prox(gamlp_dense *x, const gamlp_regulariser *o, double l2, double t) {
    int64_t size = gamlp_regulariser_work(o, x->rows, x->cols);
    double *work = size > 0 ? malloc((size_t)size * sizeof *work) : NULL;
    gamlp_regulariser_prox(x, o, l2, t, work);
    free(work);
}

/* A point near x, of the size of `far`, that obeys the constraint: x moved, then projected by hand.
 */
static void wander(gamlp_dense *y, const gamlp_regulariser *o, const gamlp_dense *x, double far,
                   uint64_t seed) {
    int64_t m = x->rows, n = x->cols;
    fill_normal(y, seed);
    for (int64_t i = 0; i < m * n; i++) {
        double v = x->data[i] + far * y->data[i];
        if (o->kind == GAMLP_OMEGA_NON_NEGATIVE) v = fmax(v, 0);
        if (o->kind == GAMLP_OMEGA_BOX) v = fmin(fmax(v, o->low), o->high);
        if (o->kind == GAMLP_OMEGA_TOP_K && x->data[i] == 0) v = 0;
        y->data[i] = (gamlp_real)v;
    }
    for (int64_t i = 0; i < m && o->kind == GAMLP_OMEGA_MAX_NORM; i++) {
        double row = 0;
        for (int64_t j = 0; j < n; j++) row += pow(y->data[i + j * m], 2);
        double factor = fmin(1, o->bound / sqrt(row));
        for (int64_t j = 0; j < n; j++) y->data[i + j * m] *= (gamlp_real)factor;
    }
}

/* No point of the constraint, near or far, is better. */
static void check_least(int kind, int64_t rows, int64_t cols, double l2, double t) {
    gamlp_regulariser o = make(kind);
    gamlp_dense v, x, y;
    CHECK_OK(gamlp_dense_init(&v, rows, cols));
    CHECK_OK(gamlp_dense_init(&y, rows, cols));
    fill_normal(&v, 40 + (uint64_t)kind);
    CHECK_OK(gamlp_dense_copy(&x, &v));
    prox(&x, &o, l2, t);
    double best = objective(&o, l2, t, &x, &v);
    assert_true(isfinite(best));
    assert_true(fabs(gamlp_regulariser_value(&o, &x) - define(&o, &x)) < 1e-5);
    for (uint64_t seed = 0; seed < 300; seed++)
        for (double far = 1; far > 1e-5; far /= 10) {
            wander(&y, &o, &x, far, 1000 + seed);
            double there = objective(&o, l2, t, &y, &v);
            if (there < best - 1e-6 * (1 + t) * rounding / 2e-6)
                fail_msg("kind %d: %.12g there, %.12g at the step", kind, there, best);
        }
    gamlp_dense_clear(&v);
    gamlp_dense_clear(&x);
    gamlp_dense_clear(&y);
}

static void steps_are_least(void **state) {
    (void)state;
    for (int kind = 0; kind < GAMLP_OMEGAS; kind++) {
        if (kind == GAMLP_OMEGA_ORTHOGONAL) continue;
        check_least(kind, 3, 4, 0, 1.7);
        check_least(kind, 5, 2, 0.6, 0.4);
        check_least(kind, 1, 1, 0.6, 10);
    }
}

/* Soft thresholds, written out, and where they are exactly 0. */
static void thresholds_are_exact(void **state) {
    (void)state;
    gamlp_regulariser l1 = make(GAMLP_OMEGA_L1), group = make(GAMLP_OMEGA_GROUP);
    gamlp_dense x;
    CHECK_OK(gamlp_dense_init(&x, 2, 2));
    const gamlp_real v[] = {(gamlp_real)0.3, (gamlp_real)-2, (gamlp_real)0.2, (gamlp_real)0.1};
    memcpy(x.data, v, sizeof v);
    prox(&x, &l1, 0.5, 1.5); /* v = 0.75 W, threshold 0.35 */
    assert_true(x.data[0] == 0 && x.data[2] == 0 && x.data[3] == 0);
    assert_true(fabs(x.data[1] + 1.15) < rounding);
    memcpy(x.data, v, sizeof v);
    prox(&x, &group, 0, 2);
    double size = hypot(0.3, 2), left = 1 - 0.35 / size;
    assert_true(fabs(x.data[0] - 0.3 * left) < rounding && x.data[2] == 0 && x.data[3] == 0);
    assert_true(fabs(x.data[1] + 2 * left) < rounding);
    gamlp_dense_clear(&x);
}

/* Every choice of the elements that stay. */
static void top_k_is_the_best_choice(void **state) {
    (void)state;
    gamlp_regulariser o = make(GAMLP_OMEGA_TOP_K);
    gamlp_dense v, x;
    CHECK_OK(gamlp_dense_init(&v, 3, 4));
    for (uint64_t seed = 0; seed < 20; seed++) {
        fill_normal(&v, seed);
        if (seed % 2) v.data[7] = v.data[2]; /* equals */
        CHECK_OK(gamlp_dense_copy(&x, &v));
        prox(&x, &o, 0, 1);
        double got = 0, least = INFINITY;
        int kept = 0;
        for (int i = 0; i < 12; i++) {
            assert_true(x.data[i] == 0 || x.data[i] == v.data[i]);
            kept += x.data[i] != 0;
            got += pow((double)x.data[i] - v.data[i], 2);
        }
        for (int set = 0; set < 1 << 12; set++) {
            double lost = 0;
            int count = 0;
            for (int i = 0; i < 12; i++) {
                count += set >> i & 1;
                lost += set >> i & 1 ? 0 : pow(v.data[i], 2);
            }
            if (count == 4 && lost < least) least = lost;
        }
        assert_int_equal(kept, 4);
        assert_true(got <= least + 1e-12);
        gamlp_dense_clear(&x);
    }
    gamlp_dense_clear(&v);
    /* Of equals the earlier ones, and at least one. */
    CHECK_OK(gamlp_dense_init(&x, 5, 1));
    for (int i = 0; i < 5; i++) x.data[i] = i % 2 ? 1 : -1;
    o.share = 0.5;
    prox(&x, &o, 0, 1);
    assert_true(x.data[0] == -1 && x.data[1] == 1 && x.data[2] == -1);
    assert_true(x.data[3] == 0 && x.data[4] == 0);
    o.share = 1e-9;
    prox(&x, &o, 0, 1);
    assert_true(x.data[0] == -1 && x.data[1] == 0 && x.data[2] == 0);
    x.data[3] = (gamlp_real)NAN;
    prox(&x, &o, 0, 1);
    assert_true(isnan(x.data[3]));
    gamlp_dense_clear(&x);
}

/* W = Q H with Q'Q = I and H = Q'W symmetric without a negative value: the polar decomposition. */
static void check_polar(int64_t rows, int64_t cols, uint64_t seed) {
    gamlp_regulariser o = make(GAMLP_OMEGA_ORTHOGONAL);
    gamlp_dense v, x;
    int64_t n = rows < cols ? rows : cols, other = rows < cols ? cols : rows;
    int64_t step = rows < cols ? 1 : rows, next = rows < cols ? rows : 1;
    CHECK_OK(gamlp_dense_init(&v, rows, cols));
    fill_normal(&v, seed);
    CHECK_OK(gamlp_dense_copy(&x, &v));
    prox(&x, &o, 0.3, 1);
    double *h = calloc((size_t)(n * n), sizeof *h);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) {
            double dot = 0;
            for (int64_t e = 0; e < other; e++) {
                dot += (double)x.data[i * step + e * next] * x.data[j * step + e * next];
                h[i + j * n] += (double)x.data[i * step + e * next] * v.data[j * step + e * next];
            }
            assert_true(fabs(dot - (i == j)) < 10 * rounding);
        }
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++)
            assert_true(fabs(h[i + j * n] - h[j + i * n]) < 200 * rounding);
    /* Cholesky: every pivot is positive. */
    for (int64_t k = 0; k < n; k++) {
        assert_true(h[k + k * n] > 0);
        for (int64_t i = k + 1; i < n; i++)
            for (int64_t j = k + 1; j < n; j++)
                h[i + j * n] -= h[i + k * n] * h[k + j * n] / h[k + k * n];
    }
    free(h);
    gamlp_dense_clear(&v);
    gamlp_dense_clear(&x);
}

static void orthogonal_ones_are_polar_factors(void **state) {
    (void)state;
    check_polar(7, 4, 1);
    check_polar(4, 7, 2);
    check_polar(5, 5, 3);
    check_polar(1, 6, 4);
    check_polar(60, 23, 5);
    gamlp_regulariser o = make(GAMLP_OMEGA_ORTHOGONAL);
    gamlp_dense x;
    CHECK_OK(gamlp_dense_init(&x, 3, 2));
    prox(&x, &o, 0, 1); /* 0 stays */
    for (int i = 0; i < 6; i++) assert_true(x.data[i] == 0);
    gamlp_dense_clear(&x);
}

static void bits_do_not_depend_on_threads(void **state) {
    (void)state;
    for (int kind = 0; kind < GAMLP_OMEGAS; kind++) {
        if (kind == GAMLP_OMEGA_ORTHOGONAL) continue;
        gamlp_regulariser o = make(kind);
        gamlp_dense x, y;
        CHECK_OK(gamlp_dense_init(&x, 30, 700));
        fill_normal(&x, 9);
        CHECK_OK(gamlp_dense_copy(&y, &x));
        gamlp_threads_set(1);
        prox(&x, &o, 0.1, 1);
        double value = gamlp_regulariser_value(&o, &x);
        gamlp_threads_set(4);
        prox(&y, &o, 0.1, 1);
        assert_true(gamlp_regulariser_value(&o, &y) == value);
        check_close(&x, &y, 0, "W");
        gamlp_threads_set(gamlp_threads_available());
        gamlp_dense_clear(&x);
        gamlp_dense_clear(&y);
    }
}

static void wrong_ones_are_refused(void **state) {
    (void)state;
    gamlp_regulariser o = make(GAMLP_OMEGAS);
    CHECK_FAILS(gamlp_regulariser_check(&o), GAMLP_E_CONFIG, "regulariser number 8");
    o = make(GAMLP_OMEGA_L1);
    o.weight = NAN;
    CHECK_FAILS(gamlp_regulariser_check(&o), GAMLP_E_CONFIG, "omega is nan");
    o = make(GAMLP_OMEGA_BOX);
    o.low = 1;
    CHECK_FAILS(gamlp_regulariser_check(&o), GAMLP_E_CONFIG, "a box from 1 to 0.5 is empty");
    o = make(GAMLP_OMEGA_MAX_NORM);
    o.bound = 0;
    CHECK_FAILS(gamlp_regulariser_check(&o), GAMLP_E_CONFIG, "bound of max-norm is 0");
    o = make(GAMLP_OMEGA_TOP_K);
    o.share = 1.5;
    CHECK_FAILS(gamlp_regulariser_check(&o), GAMLP_E_CONFIG, "share of top-k is 1.5");
    for (int kind = 0; kind < GAMLP_OMEGAS; kind++) {
        o = make(kind);
        CHECK_OK(gamlp_regulariser_check(&o));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_least),
        cmocka_unit_test(thresholds_are_exact),
        cmocka_unit_test(top_k_is_the_best_choice),
        cmocka_unit_test(orthogonal_ones_are_polar_factors),
        cmocka_unit_test(bits_do_not_depend_on_threads),
        cmocka_unit_test(wrong_ones_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
