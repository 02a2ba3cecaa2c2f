/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gamlp/threads.h"
#include "solver/last.h"

static const double epsilon = sizeof(gamlp_real) == sizeof(double) ? 0x1p-53 : 0x1p-24;

typedef gamlp_last_sums method(gamlp_dense *z, gamlp_dense *r, const gamlp_last *last,
                               const gamlp_dense *m, const gamlp_dense *b, const int32_t *label,
                               double beta);

/* Of the tasks that are made next. */
static gamlp_loss loss;

typedef struct task {
    gamlp_last last;
    gamlp_dense start, z, r, m, b;
    int32_t *label;
    double beta;
} task;

/* Starts and centres of size `scale`. */
static void task_init(task *t, int64_t classes, int64_t columns, double beta, double scale) {
    memset(t, 0, sizeof *t);
    t->beta = beta;
    t->label = calloc((size_t)columns, sizeof *t->label);
    assert_non_null(t->label);
    for (int64_t j = 0; j < columns; j++) t->label[j] = (int32_t)((5 * j + 1) % classes);
    loss.count = loss.count > 0 ? classes : 0;
    CHECK_OK(gamlp_last_init(&t->last, classes, columns, &loss, t->label));
    gamlp_dense *part[] = {&t->start, &t->m, &t->r};
    for (int i = 0; i < 3; i++) {
        CHECK_OK(gamlp_dense_init(part[i], classes, columns));
        fill_normal(part[i], (uint64_t)(10 * classes + columns + i));
        for (int64_t e = 0; e < classes * columns; e++) part[i]->data[e] *= (gamlp_real)scale;
    }
    CHECK_OK(gamlp_dense_init(&t->b, classes, 1));
    fill_normal(&t->b, 7);
    CHECK_OK(gamlp_dense_copy(&t->z, &t->start));
}

static void task_clear(task *t) {
    gamlp_last_clear(&t->last);
    gamlp_dense_clear(&t->start);
    gamlp_dense_clear(&t->z);
    gamlp_dense_clear(&t->r);
    gamlp_dense_clear(&t->m);
    gamlp_dense_clear(&t->b);
    free(t->label);
}

static gamlp_last_sums solve(task *t, method *run) {
    size_t bytes = (size_t)(t->z.rows * t->z.cols) * sizeof *t->z.data;
    memcpy(t->z.data, t->start.data, bytes);
    memset(t->r.data, 0xff, bytes);
    return run(&t->z, &t->r, &t->last, &t->m, &t->b, t->label, t->beta);
}

static double centre(const task *t, int64_t c, int64_t j) {
    return t->m.data[c + j * t->m.rows] + t->b.data[c]; /* as stored */
}

static double log_sum(const gamlp_real *z, int64_t classes) {
    double most = z[0], sum = 0;
    for (int64_t c = 1; c < classes; c++) most = fmax(most, z[c]);
    for (int64_t c = 0; c < classes; c++) sum += exp((double)z[c] - most);
    return log(sum) + most;
}

/* Weight of column j, and its target for class c. */
static double weight(const task *t, int64_t j) {
    int64_t same = 0;
    for (int64_t i = 0; i < t->z.cols; i++) same += t->label[i] == t->label[j];
    if (loss.balanced) return (double)t->z.cols / (double)(t->z.rows * same);
    return loss.count > 0 ? loss.weight[t->label[j]] : 1;
}

static double target(const task *t, int64_t c, int64_t j) {
    return (1 - loss.smoothing) * (c == t->label[j]) + loss.smoothing / (double)t->z.rows;
}

static double risk(const task *t, const gamlp_dense *z, int64_t j) {
    const gamlp_real *column = z->data + j * z->rows;
    bool squared = loss.kind == GAMLP_LOSS_SQUARED;
    double sum = squared ? 0 : log_sum(column, z->rows);
    for (int64_t c = 0; c < z->rows; c++)
        sum += squared ? 0.5 * pow((double)column[c] - target(t, c, j), 2)
                       : -target(t, c, j) * (double)column[c];
    return weight(t, j) * sum;
}

static double value(const task *t, const gamlp_dense *z, int64_t j) {
    double sum = 0;
    for (int64_t c = 0; c < z->rows; c++)
        sum += pow((double)z->data[c + j * z->rows] - centre(t, c, j), 2);
    return risk(t, z, j) + 0.5 * t->beta * sum;
}

/* Largest entry of softmax(z) - y + beta (z - c) in column j, and the largest |z|. */
static double gradient(double *size, const task *t, int64_t j) {
    const gamlp_real *z = t->z.data + j * t->z.rows;
    double worst = 0, total = log_sum(z, t->z.rows);
    *size = 0;
    for (int64_t c = 0; c < t->z.rows; c++) {
        double s = loss.kind == GAMLP_LOSS_SQUARED ? (double)z[c] : exp((double)z[c] - total);
        s = weight(t, j) * (s - target(t, c, j));
        worst = fmax(worst, fabs(s + t->beta * ((double)z[c] - centre(t, c, j))));
        *size = fmax(*size, fmax(fabs((double)z[c]), fabs(centre(t, c, j))));
    }
    return worst;
}

/* Each column is at its minimum, up to `solved` and the rounding of z when it is stored. */
static void check_optimal(const task *t, double solved) {
    for (int64_t j = 0; j < t->z.cols; j++) {
        double size, worst = gradient(&size, t, j);
        double rounding = 2 * (t->beta + weight(t, j)) * epsilon * size;
        if (!(worst <= solved + rounding))
            fail_msg("%lld classes, beta %g, column %lld of %lld: gradient %.3g",
                     (long long)t->z.rows, t->beta, (long long)j, (long long)t->z.cols, worst);
    }
}

static void check_sums(const task *t, gamlp_last_sums sums) {
    double total = 0, fit = 0, dz = 0;
    for (int64_t j = 0; j < t->z.cols; j++) total += risk(t, &t->z, j);
    for (int64_t j = 0; j < t->z.cols; j++)
        for (int64_t c = 0; c < t->z.rows; c++) {
            int64_t e = c + j * t->z.rows;
            double r = centre(t, c, j) - (double)t->z.data[e];
            assert_true(fabs((double)t->r.data[e] - r) <= 2 * epsilon * fabs(r));
            fit += r * r;
            dz += pow((double)t->z.data[e] - (double)t->start.data[e], 2);
        }
    /* The risk is that of z before it is rounded to be stored. */
    double largest = 0;
    for (int64_t e = 0; e < t->z.rows * t->z.cols; e++)
        largest = fmax(largest, fabs((double)t->z.data[e]));
    double slack = 4 * epsilon * (1 + largest) * (double)t->z.cols + 1e-12 * total;
    double heaviest = 1;
    for (int64_t j = 0; j < t->z.cols; j++) heaviest = fmax(heaviest, weight(t, j));
    slack *= heaviest;
    if (loss.kind == GAMLP_LOSS_SQUARED) slack *= (double)t->z.rows * (1 + largest);
    assert_true(fabs(sums.risk - total) <= slack);
    assert_true(fabs(sums.fit - fit) <= 8 * epsilon * fit + 1e-13 * fit);
    assert_true(fabs(sums.dz - dz) <= 1e-12 * dz);
}

static const int64_t all_classes[] = {1, 2, 7, 41}, all_columns[] = {1, 7, 8, 9};
static const double all_beta[] = {1e-6, 1e-4, 1e-2, 1, 30, 1e3};

/* Call `body` for every shape and weight. */
static void for_all(void (*body)(task *), double scale) {
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++)
            for (int k = 0; k < 6; k++) {
                task t;
                task_init(&t, all_classes[i], all_columns[j], all_beta[k], scale);
                body(&t);
                task_clear(&t);
            }
}

static void newton_is_optimal(task *t) {
    gamlp_last_sums sums = solve(t, gamlp_last_newton);
    check_optimal(t, 1e-7 * fmin(1, t->beta) + 4e-15);
    check_sums(t, sums);
}

static void newton_finds_the_minimum(void **state) {
    (void)state;
    for_all(newton_is_optimal, 1);
    for_all(newton_is_optimal, 30);
}

static void fista_is_optimal(task *t) {
    gamlp_last_sums sums = solve(t, gamlp_last_fista);
    double heaviest = 1;
    for (int64_t j = 0; j < t->z.cols; j++) heaviest = fmax(heaviest, weight(t, j));
    if (t->beta >= 1e-4) check_optimal(t, 1.1e-6 * fmax(1, t->beta) * heaviest);
    check_sums(t, sums);
}

static void fista_finds_the_minimum(void **state) {
    (void)state;
    for_all(fista_is_optimal, 1);
}

/* The objective is beta-strongly convex: both gradients bound the distance. */
static void both_agree(task *t) {
    if (t->beta < 1e-2) return;
    gamlp_dense newton;
    solve(t, gamlp_last_newton);
    CHECK_OK(gamlp_dense_copy(&newton, &t->z));
    solve(t, gamlp_last_fista);
    for (int64_t e = 0; e < newton.rows * newton.cols; e++) {
        double off = fabs((double)newton.data[e] - (double)t->z.data[e]);
        double within = 1.2e-6 * sqrt((double)newton.rows) * fmax(1, 1 / t->beta) +
                        4 * epsilon * fabs((double)newton.data[e]);
        assert_true(off <= within);
    }
    gamlp_dense_clear(&newton);
}

static void newton_and_fista_agree(void **state) {
    (void)state;
    for_all(both_agree, 1);
    for_all(both_agree, 10);
}

static void no_worse(task *t) {
    method *both[] = {gamlp_last_newton, gamlp_last_fista};
    for (int i = 0; i < 2; i++) {
        solve(t, both[i]);
        for (int64_t j = 0; j < t->z.cols; j++) {
            double before = value(t, &t->start, j), after = value(t, &t->z, j), size;
            gradient(&size, t, j);
            assert_true(after <= before + 8 * epsilon * (1 + before + (1 + t->beta) * size));
        }
        /* From the minimum: nowhere worse either. */
        memcpy(t->start.data, t->z.data, (size_t)(t->z.rows * t->z.cols) * sizeof *t->z.data);
    }
}

static void never_worse_than_the_start(void **state) {
    (void)state;
    for_all(no_worse, 1);
    for_all(no_worse, 100);
}

static void huge_is_finite(task *t) {
    method *both[] = {gamlp_last_newton, gamlp_last_fista};
    for (int i = 0; i < 2; i++) {
        gamlp_last_sums sums = solve(t, both[i]);
        assert_true(isfinite(sums.risk) && isfinite(sums.fit) && isfinite(sums.dz));
        for (int64_t e = 0; e < t->z.rows * t->z.cols; e++) assert_true(isfinite(t->z.data[e]));
    }
    solve(t, gamlp_last_newton);
    check_optimal(t, 1e-7 * fmin(1, t->beta) + 1e-12);
}

static void huge_logits_do_not_overflow(void **state) {
    (void)state;
    for_all(huge_is_finite, 1e4);
}

/* One class: R = 0 and z = c. */
static void one_class_is_the_centre(void **state) {
    (void)state;
    task t;
    task_init(&t, 1, 9, 0.5, 3);
    gamlp_last_sums sums = solve(&t, gamlp_last_newton);
    assert_true(fabs(sums.risk) < 1e-12);
    for (int64_t j = 0; j < 9; j++)
        assert_true(fabs((double)t.z.data[j] - centre(&t, 0, j)) <=
                    4 * epsilon * (1 + fabs(centre(&t, 0, j))));
    task_clear(&t);
}

static void threads_do_not_matter(void **state) {
    (void)state;
    method *both[] = {gamlp_last_newton, gamlp_last_fista};
    task t;
    task_init(&t, 7, 101, 0.01, 2);
    for (int i = 0; i < 2; i++) {
        gamlp_dense one;
        gamlp_threads_set(1);
        gamlp_last_sums first = solve(&t, both[i]);
        CHECK_OK(gamlp_dense_copy(&one, &t.z));
        for (int64_t threads = 2; threads <= 3; threads++) {
            gamlp_threads_set(threads);
            gamlp_last_sums sums = solve(&t, both[i]);
            assert_memory_equal(&sums, &first, sizeof sums);
            assert_memory_equal(one.data, t.z.data, 707 * sizeof *one.data);
        }
        gamlp_dense_clear(&one);
    }
    gamlp_threads_set(gamlp_threads_available());
    task_clear(&t);
}

/* Weights and smoothed labels: still the minimum, never worse than the start. */
static void other_losses_are_solved(void **state) {
    (void)state;
    for (int c = 0; c < 3; c++) {
        loss = (gamlp_loss){.smoothing = c == 1 ? 0 : 0.2, .balanced = c == 1};
        for (int64_t i = 0; c == 2 && i < GAMLP_LOSS_CLASSES; i++)
            loss.weight[i] = 0.3 + 0.1 * (double)(i % 13);
        loss.count = c == 2;
        for_all(newton_is_optimal, 1);
        for_all(newton_is_optimal, 30);
        for_all(fista_is_optimal, 1);
        for_all(no_worse, 1);
        for (int kind = 0; kind < 2; kind++) {
            loss.kind = GAMLP_LOSS_SQUARED;
            for_all(newton_is_optimal, kind ? 30 : 1);
        }
    }
    loss = (gamlp_loss){0};
}

static void weights_are_read(void **state) {
    (void)state;
    gamlp_loss read = {0};
    static const char *const bad[] = {"",        "1,",   "1,0", "-1",   "1 2",
                                      "balance", "1,,2", "nan", "1e999"};
    CHECK_OK(gamlp_loss_weights(&read, "1,0.5,20"));
    assert_true(read.count == 3 && read.weight[1] == 0.5 && read.weight[2] == 20);
    CHECK_OK(gamlp_loss_check(&read));
    double weight_of[4];
    static const int32_t label[] = {0, 2, 2, -1, 2};
    CHECK_FAILS(gamlp_loss_class_weights(weight_of, &read, label, 5, 4), GAMLP_E_CONFIG,
                "3 of them for 4 classes");
    CHECK_OK(gamlp_loss_class_weights(weight_of, &read, label, 5, 3));
    assert_true(weight_of[2] == 20);
    CHECK_OK(gamlp_loss_weights(&read, "balanced"));
    CHECK_OK(gamlp_loss_class_weights(weight_of, &read, label, 5, 3));
    assert_true(weight_of[0] == 4.0 / 3 && weight_of[1] == 1 && weight_of[2] == 4.0 / 9);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(gamlp_loss_weights(&read, bad[i]), GAMLP_E_CONFIG);
    CHECK_FAILS(gamlp_loss_weights(&read, "x"), GAMLP_E_CONFIG, "class-weights is 'x'");
    read = (gamlp_loss){.smoothing = 1};
    CHECK_FAILS(gamlp_loss_check(&read), GAMLP_E_CONFIG, "smoothing is 1");
    read = (gamlp_loss){.count = 65};
    CHECK_FAILS(gamlp_loss_check(&read), GAMLP_E_CONFIG, "65 of them");
}

static gamlp_status make_scratch(void *context) {
    static const int32_t label[20];
    gamlp_last last;
    gamlp_status status = gamlp_last_init(&last, 7, 20, &loss, label);
    (void)context;
    gamlp_last_clear(&last);
    return status;
}

static void scratch_may_fail(void **state) {
    (void)state;
    check_every_allocation(make_scratch, NULL);
    gamlp_last_clear(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(newton_finds_the_minimum),    cmocka_unit_test(fista_finds_the_minimum),
        cmocka_unit_test(newton_and_fista_agree),      cmocka_unit_test(never_worse_than_the_start),
        cmocka_unit_test(huge_logits_do_not_overflow), cmocka_unit_test(one_class_is_the_centre),
        cmocka_unit_test(threads_do_not_matter),       cmocka_unit_test(scratch_may_fail),
        cmocka_unit_test(other_losses_are_solved),     cmocka_unit_test(weights_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
