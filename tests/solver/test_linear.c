/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"
#include "net.h"
#include "oracle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gamlp/linear.h"

enum { CLASSES = 3 };

static const double tolerance = sizeof(gamlp_real) == sizeof(double) ? 1e-9 : 2e-4;

static gamlp_linear *start(const net *t, gamlp_linear_kind kind, double l2, double factor) {
    gamlp_linear *linear;
    gamlp_linear_options o;
    gamlp_linear_options_default(&o, kind);
    o.l2 = l2;
    o.l2_factor = factor;
    CHECK_OK(gamlp_linear_new(&linear, t->problem, &o));
    CHECK_OK(gamlp_linear_start(linear));
    return linear;
}

/* dR/dz of the model's logits: z - y (ridge) or softmax(z) - y; adds the objective to *value. */
static omat slope_of(double *value, const gamlp_model *model, const net *t,
                     gamlp_linear_kind kind) {
    omat w = omat_from(&model->layer[0].weight), x = omat_from(&t->dense);
    omat z = omat_mul(&w, false, &x, false);
    for (int64_t j = 0; j < z.cols; j++) {
        double *column = z.v + j * z.rows, total = 0;
        for (int64_t c = 0; c < z.rows; c++) column[c] += (double)model->layer[0].bias.data[c];
        for (int64_t c = 0; c < z.rows; c++) total += exp(column[c]);
        if (kind == GAMLP_LINEAR_LOGISTIC) *value += log(total) - column[t->label[j]];
        for (int64_t c = 0; c < z.rows; c++) {
            double y = c == t->label[j];
            column[c] = (kind == GAMLP_LINEAR_LOGISTIC ? exp(column[c]) / total : column[c]) - y;
            if (kind == GAMLP_LINEAR_RIDGE) *value += 0.5 * column[c] * column[c];
        }
    }
    omat_free(&w);
    omat_free(&x);
    return z;
}

/* The largest element of the gradient at W = 0 and b = 0. */
static double gradient_at_zero(const net *t) {
    omat d = omat_new(CLASSES, t->dense.cols), x = omat_from(&t->dense);
    double size = 0;
    for (int64_t e = 0; e < d.rows * d.cols; e++) d.v[e] = 1.0 / CLASSES;
    for (int64_t j = 0; j < d.cols; j++) d.v[t->label[j] + j * CLASSES] -= 1;
    omat g = omat_mul(&d, false, &x, true);
    for (int64_t i = 0; i < g.rows * g.cols; i++) size = fmax(size, fabs(g.v[i]));
    omat_free(&d);
    omat_free(&x);
    omat_free(&g);
    return size;
}

/* The gradient of the objective by W and b vanishes. */
static void check_optimal(const gamlp_linear *linear, const net *t, gamlp_linear_kind kind,
                          double l2) {
    gamlp_model model;
    double value = 0, worst = 0, size = gradient_at_zero(t);
    CHECK_OK(gamlp_linear_export(&model, linear));
    omat d = slope_of(&value, &model, t, kind), x = omat_from(&t->dense);
    omat g = omat_mul(&d, false, &x, true), w = omat_from(&model.layer[0].weight);
    for (int64_t i = 0; i < g.rows * g.cols; i++) worst = fmax(worst, fabs(g.v[i] + l2 * w.v[i]));
    for (int64_t c = 0; c < d.rows; c++) {
        double sum = 0;
        for (int64_t j = 0; j < d.cols; j++) sum += d.v[c + j * d.rows];
        worst = fmax(worst, fabs(sum));
    }
    value += 0.5 * l2 * omat_square(&w);
    if (!(worst <= tolerance * (1 + size))) fail_msg("gradient %g, its parts %g", worst, size);
    const gamlp_linear_figures *f = gamlp_linear_figures_of(linear);
    assert_true(fabs(f->objective - value) <= 1e-4 * (1 + value));
    assert_true(f->l2 == l2 || fabs(f->l2 - l2) <= 1e-12 * l2);
    omat_free(&d);
    omat_free(&x);
    omat_free(&g);
    omat_free(&w);
    gamlp_model_clear(&model);
}

static const struct {
    int64_t features, columns;
} shape[] = {{40, 12}, {6, 25}, {300, 31}, {140, 150}, {12, 12}};

static void solutions_are_optimal(void **state) {
    (void)state;
    static const double l2[] = {1e-2, 1, 30};
    for (size_t s = 0; s < sizeof shape / sizeof shape[0]; s++)
        for (int kind = 0; kind < 2; kind++)
            for (int i = 0; i < 3; i++) {
                net t;
                net_init(&t, shape[s].features, shape[s].columns, CLASSES, 1, 1, s + 1);
                gamlp_linear *linear = start(&t, (gamlp_linear_kind)kind, l2[i], 1);
                CHECK_OK(gamlp_linear_iterate(linear));
                check_optimal(linear, &t, (gamlp_linear_kind)kind, l2[i]);
                gamlp_linear_free(linear);
                net_clear(&t);
            }
}

/* Each solution of a path is that of its own l2, from wherever it was looked for. */
static void paths_are_solved_point_by_point(void **state) {
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        net t;
        double l2 = 100;
        net_init(&t, 40, 22, CLASSES, 1, 1, 4);
        gamlp_linear *linear = start(&t, (gamlp_linear_kind)kind, l2, 0.25);
        for (int k = 0; k < 8; k++, l2 *= 0.25) {
            CHECK_OK(gamlp_linear_iterate(linear));
            assert_int_equal(gamlp_linear_figures_of(linear)->iteration, k + 1);
            check_optimal(linear, &t, (gamlp_linear_kind)kind, l2);
        }
        CHECK_OK(gamlp_linear_start(linear));
        CHECK_OK(gamlp_linear_iterate(linear));
        check_optimal(linear, &t, (gamlp_linear_kind)kind, 100);
        gamlp_linear_free(linear);
        net_clear(&t);
    }
}

static void weights_are_kept_and_exported(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++) {
        net t;
        int64_t index;
        gamlp_model model;
        gamlp_dense logits;
        gamlp_score kept, score;
        net_init(&t, i < 2 ? 40 : 6, 22, CLASSES, 1, 1, 4);
        CHECK_OK(gamlp_problem_watch(&index, t.problem, &t.x, t.label));
        gamlp_linear *linear = start(&t, (gamlp_linear_kind)(i % 2), 5, 0.1);
        CHECK_FAILS(gamlp_linear_restore(linear), GAMLP_E_USAGE, "remembered");
        CHECK_FAILS(gamlp_linear_score(&score, linear, index + 1), GAMLP_E_USAGE, "watched");
        CHECK_OK(gamlp_linear_iterate(linear));
        CHECK_OK(gamlp_linear_score(&kept, linear, index));
        gamlp_linear_keep(linear);
        CHECK_OK(gamlp_linear_iterate(linear));
        CHECK_OK(gamlp_linear_restore(linear));
        CHECK_OK(gamlp_linear_score(&score, linear, index));
        assert_true(kept.loss == score.loss && kept.accuracy == score.accuracy);
        CHECK_OK(gamlp_linear_export(&model, linear));
        CHECK_OK(gamlp_model_forward(&logits, &model, &t.x));
        score = gamlp_score_of(&logits, t.label);
        assert_true(fabs(kept.loss - score.loss) <= 1e-5 * (1 + score.loss));
        gamlp_dense_clear(&logits);
        gamlp_model_clear(&model);
        gamlp_linear_free(linear);
        net_clear(&t);
    }
}

static void odd_shapes_are_solved(void **state) {
    (void)state;
    static const struct {
        int64_t features, columns, classes;
    } odd[] = {{1, 1, 1}, {1, 1, 2}, {5, 2, 7}, {3, 9, 1}, {2, 6, 4}};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        for (int kind = 0; kind < 2; kind++) {
            net t;
            net_init(&t, odd[i].features > 1 ? odd[i].features : 2, odd[i].columns, odd[i].classes,
                     1, 1, i);
            gamlp_linear *linear = start(&t, (gamlp_linear_kind)kind, 0.5, 1);
            CHECK_OK(gamlp_linear_iterate(linear));
            assert_true(isfinite(gamlp_linear_figures_of(linear)->objective));
            gamlp_linear_free(linear);
            net_clear(&t);
        }
}

static void iterations_allocate_nothing(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++) {
        count_allocations();
        net t;
        gamlp_score score;
        net_init(&t, i < 2 ? 40 : 6, 22, CLASSES, 1, 1, 4);
        gamlp_linear *linear = start(&t, (gamlp_linear_kind)(i % 2), 1, 0.5);
        int64_t before = allocations_made();
        for (int k = 0; k < 3; k++) CHECK_OK(gamlp_linear_iterate(linear));
        CHECK_OK(gamlp_linear_score(&score, linear, -1));
        gamlp_linear_keep(linear);
        assert_int_equal(allocations_made(), before);
        gamlp_linear_free(linear);
        net_clear(&t);
        assert_int_equal(allocations_alive(), 0);
        stop_counting();
    }
}

typedef struct trial {
    const net *t;
    gamlp_linear_options o;
} trial;

static gamlp_status solve_once(void *context) {
    const trial *r = context;
    gamlp_problem *problem = NULL;
    gamlp_linear *linear = NULL;
    gamlp_model model = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_problem_new(&problem, &r->t->x, r->t->label, CLASSES));
    GAMLP_TRY(gamlp_linear_new(&linear, problem, &r->o));
    GAMLP_TRY(gamlp_linear_start(linear));
    GAMLP_TRY(gamlp_linear_iterate(linear));
    GAMLP_TRY(gamlp_linear_export(&model, linear));
done:
    gamlp_model_clear(&model);
    gamlp_linear_free(linear);
    gamlp_problem_free(problem);
    return status;
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++) {
        net t;
        net_init(&t, i < 2 ? 40 : 6, 22, CLASSES, 1, 1, 4);
        trial r = {.t = &t};
        gamlp_linear_options_default(&r.o, (gamlp_linear_kind)(i % 2));
        check_every_allocation(solve_once, &r);
        net_clear(&t);
    }
}

static void bad_options_are_refused(void **state) {
    (void)state;
    gamlp_linear_options o;
    gamlp_linear_options_default(&o, GAMLP_LINEAR_RIDGE);
    CHECK_OK(gamlp_linear_options_check(&o));
    o.layers = 2;
    CHECK_FAILS(gamlp_linear_options_check(&o), GAMLP_E_CONFIG, "one layer");
    o.layers = 1;
    o.l2 = 0;
    CHECK_FAILS(gamlp_linear_options_check(&o), GAMLP_E_CONFIG, "l2 is 0");
    o.l2 = 1;
    o.l2_factor = NAN;
    CHECK_FAILS(gamlp_linear_options_check(&o), GAMLP_E_CONFIG, "l2-factor is nan");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(solutions_are_optimal),
        cmocka_unit_test(paths_are_solved_point_by_point),
        cmocka_unit_test(weights_are_kept_and_exported),
        cmocka_unit_test(odd_shapes_are_solved),
        cmocka_unit_test(iterations_allocate_nothing),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(bad_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
