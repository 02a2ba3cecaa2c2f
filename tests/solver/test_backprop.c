/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"
#include "net.h"
#include "oracle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gamlp/backprop.h"
#include "gamlp/threads.h"

enum { CLASSES = 3 };

static gamlp_net_plan plan_of(const net *t) {
    return (gamlp_net_plan){.layers = t->plan.layers,
                            .hidden = t->hidden,
                            .init = GAMLP_INIT_HE,
                            .init_scale = 1,
                            .seed = 5};
}

static gamlp_backprop *start(const net *t, const gamlp_backprop_options *o) {
    gamlp_backprop *back;
    gamlp_net_plan plan = plan_of(t);
    CHECK_OK(gamlp_backprop_new(&back, t->problem, &plan, o));
    CHECK_OK(gamlp_backprop_start(back));
    return back;
}

static double kept(uint64_t seed, int64_t layer, int64_t element, double dropout) {
    if (dropout == 0) return 1;
    return gamlp_dropout_keeps(seed, layer, 1, element, dropout) ? 1 / (1 - dropout) : 0;
}

/* An element of a weight or bias that is moved a little, in double. */
typedef struct nudge {
    const gamlp_real *element;
    double by;
} nudge;

static double moved(const gamlp_real *element, nudge n) {
    return (double)*element + (element == n.element ? n.by : 0);
}

/* The loss of a model in iteration 1, by loops. */
static double loss_of(const gamlp_model *model, const net *t, const gamlp_backprop_options *o,
                      nudge n) {
    double sum = 0, p[64], z[64];
    for (int64_t j = 0; j < t->dense.cols; j++) {
        int64_t rows = t->dense.rows;
        for (int64_t i = 0; i < rows; i++)
            p[i] =
                (double)t->dense.data[i + j * rows] * kept(5, 1, i + j * rows, o->feature_dropout);
        for (int64_t l = 0; l < model->layers; l++) {
            const gamlp_dense *w = &model->layer[l].weight;
            for (int64_t i = 0; i < w->rows; i++) {
                z[i] = moved(&model->layer[l].bias.data[i], n);
                for (int64_t k = 0; k < w->cols; k++)
                    z[i] += moved(&w->data[i + k * w->rows], n) * p[k];
            }
            for (int64_t i = 0; i < w->rows; i++)
                p[i] = gamlp_activation_value(&o->activation, z[i]) *
                       kept(5, l + 2, i + j * w->rows, o->dropout);
        }
        oracle_labels labels = {o->loss, t->label, t->dense.cols};
        sum += oracle_loss(&labels, j, z, CLASSES);
    }
    return o->sum ? sum : sum / (double)t->dense.cols;
}

/* A step of gradient descent with rate 1 changes a parameter by its gradient. */
static void check_gradient(const net *t, const gamlp_backprop_options *o) {
    static const double h = 1e-6;
    static const double tolerance = sizeof(gamlp_real) == sizeof(double) ? 1e-8 : 2e-6;
    gamlp_model before, after;
    gamlp_backprop *back = start(t, o);
    CHECK_OK(gamlp_backprop_export(&before, back));
    /* A bias of 0 is at the kink of ReLU where dropout leaves a column nothing. */
    for (int64_t l = 0; l < before.layers; l++) fill_normal(&before.layer[l].bias, (uint64_t)l);
    CHECK_OK(gamlp_backprop_load(back, &before));
    CHECK_OK(gamlp_backprop_start(back));
    double loss = loss_of(&before, t, o, (nudge){NULL, 0}), square = 0;
    CHECK_OK(gamlp_backprop_iterate(back));
    CHECK_OK(gamlp_backprop_export(&after, back));
    assert_true(fabs(gamlp_backprop_figures_of(back)->loss - loss) <= 1e-5 * (1 + loss));
    for (int64_t part = 0; part < 2 * before.layers; part++) {
        const gamlp_layer *old = &before.layer[part / 2], *fresh = &after.layer[part / 2];
        const gamlp_dense *w = part % 2 ? &old->bias : &old->weight;
        const gamlp_dense *there = part % 2 ? &fresh->bias : &fresh->weight;
        for (int64_t i = 0; i < w->rows * w->cols; i++) {
            double gradient = (double)w->data[i] - (double)there->data[i];
            double slope = (loss_of(&before, t, o, (nudge){&w->data[i], h}) -
                            loss_of(&before, t, o, (nudge){&w->data[i], -h})) /
                           (2 * h);
            square += gradient * gradient;
            if (!(fabs(gradient - slope) <= tolerance))
                fail_msg("layer %d: gradient %g, by differences %g", (int)(part / 2) + 1, gradient,
                         slope);
        }
    }
    double norm = gamlp_backprop_figures_of(back)->gradient;
    assert_true(fabs(norm - sqrt(square)) <= 1e-4 * (1 + norm));
    gamlp_model_clear(&before);
    gamlp_model_clear(&after);
    gamlp_backprop_free(back);
}

static void gradients_are_differences(void **state) {
    (void)state;
    static const double dropout[] = {0, 0.4, 0, 0.3}, feature_dropout[] = {0, 0, 0.5, 0.2};
    for (int i = 0; i < 8; i++) {
        net t;
        gamlp_backprop_options o;
        net_init(&t, i < 4 ? 9 : 5, 8, CLASSES, 1 + i % 4, 6, 30 + (uint64_t)i);
        gamlp_backprop_options_default(&o, GAMLP_OPTIMISER_GD);
        o.learning_rate = 1;
        o.dropout = dropout[i % 4];
        o.feature_dropout = feature_dropout[i % 4];
        check_gradient(&t, &o);
        net_clear(&t);
    }
}

static void every_loss_has_its_gradient(void **state) {
    (void)state;
    static const gamlp_loss loss[] = {
        {.kind = GAMLP_LOSS_CROSS_ENTROPY, .count = 3, .weight = {1, 2, 0.5}},
        {.kind = GAMLP_LOSS_CROSS_ENTROPY, .smoothing = 0.2, .balanced = true},
        {.kind = GAMLP_LOSS_SQUARED, .smoothing = 0.1, .count = 3, .weight = {0.5, 1, 1.5}},
    };
    for (int i = 0; i < 6; i++) {
        net t;
        gamlp_backprop_options o;
        net_init(&t, i < 3 ? 9 : 5, 8, CLASSES, 1 + i % 2, 6, 30 + (uint64_t)i);
        gamlp_backprop_options_default(&o, GAMLP_OPTIMISER_GD);
        o.learning_rate = 1;
        o.loss = loss[i % 3];
        check_gradient(&t, &o);
        gamlp_backprop *back = start(&t, &o);
        o.loss.smoothing = 0.3;
        CHECK_FAILS(gamlp_backprop_set(back, &o), GAMLP_E_USAGE, "the loss is fixed");
        gamlp_backprop_free(back);
        net_clear(&t);
    }
}

static void every_activation_has_its_derivative(void **state) {
    (void)state;
    for (int kind = 0; kind < GAMLP_ACTIVATIONS; kind++) {
        net t;
        gamlp_backprop_options o;
        net_init(&t, 9, 8, CLASSES, 3, 6, 40 + (uint64_t)kind);
        gamlp_backprop_options_default(&o, GAMLP_OPTIMISER_GD);
        o.learning_rate = 1;
        o.activation = (gamlp_activation){(gamlp_activation_kind)kind, 0};
        if (kind == GAMLP_LEAKY_RELU) o.activation.alpha = 0.1;
        o.dropout = kind % 2 ? 0.3 : 0;
        check_gradient(&t, &o);
        net_clear(&t);
    }
}

static gamlp_model train(const net *t, const gamlp_backprop_options *o, int iterations) {
    gamlp_model model;
    gamlp_backprop *back = start(t, o);
    for (int k = 0; k < iterations; k++) CHECK_OK(gamlp_backprop_iterate(back));
    CHECK_OK(gamlp_backprop_export(&model, back));
    gamlp_backprop_free(back);
    return model;
}

static void same_bits(const gamlp_model *a, const gamlp_model *b) {
    for (int64_t l = 0; l < a->layers; l++) {
        const gamlp_dense *w = &a->layer[l].weight;
        assert_memory_equal(w->data, b->layer[l].weight.data,
                            (size_t)(w->rows * w->cols) * sizeof *w->data);
    }
}

/* Momentum through K = X'X is momentum on the weights: the Gram form is left by dropout of so few
 * features that none is dropped. */
static void gram_form_changes_nothing(void **state) {
    (void)state;
    static const double rounding = sizeof(gamlp_real) == sizeof(double) ? 1e-11 : 1e-4;
    net t;
    gamlp_backprop_options o;
    net_init(&t, 40, 12, CLASSES, 3, 6, 8);
    gamlp_backprop_options_default(&o, GAMLP_OPTIMISER_MOMENTUM);
    o.weight_decay = 0.01;
    o.learning_rate = 0.02;
    gamlp_model gram = train(&t, &o, 130);
    o.feature_dropout = 1e-12;
    gamlp_model stored = train(&t, &o, 130);
    for (int64_t l = 0; l < 3; l++)
        check_close(&gram.layer[l].weight, &stored.layer[l].weight, rounding, "W");
    gamlp_model_clear(&gram);
    gamlp_model_clear(&stored);
    net_clear(&t);
}

static void threads_give_the_same_bits(void **state) {
    (void)state;
    int64_t threads = gamlp_threads_get();
    net t;
    gamlp_backprop_options o;
    net_init(&t, 700, 33, CLASSES, 3, 70, 8);
    gamlp_backprop_options_default(&o, GAMLP_OPTIMISER_ADAM);
    o.dropout = o.feature_dropout = 0.3;
    gamlp_threads_set(1);
    gamlp_model one = train(&t, &o, 5);
    gamlp_threads_set(3);
    gamlp_model three = train(&t, &o, 5);
    same_bits(&one, &three);
    gamlp_threads_set(threads);
    gamlp_model_clear(&one);
    gamlp_model_clear(&three);
    net_clear(&t);
}

static void every_optimiser_learns(void **state) {
    (void)state;
    static const double rate[] = {0.1, 0.02, 0.05, 1, 0.01};
    for (int kind = GAMLP_OPTIMISER_GD; kind <= GAMLP_OPTIMISER_ADAM; kind++) {
        net t;
        gamlp_score score;
        gamlp_backprop_options o;
        net_init(&t, 40, 30, CLASSES, 3, 16, 8);
        gamlp_backprop_options_default(&o, (gamlp_optimiser)kind);
        o.learning_rate = rate[kind];
        gamlp_backprop *back = start(&t, &o);
        for (int k = 0; k < 150; k++) CHECK_OK(gamlp_backprop_iterate(back));
        CHECK_OK(gamlp_backprop_score(&score, back, -1));
        if (score.accuracy < 1) fail_msg("optimiser %d: accuracy %g", kind, score.accuracy);
        gamlp_backprop_free(back);
        net_clear(&t);
    }
}

static void weights_are_kept_and_loaded(void **state) {
    (void)state;
    for (int kind = GAMLP_OPTIMISER_MOMENTUM; kind <= GAMLP_OPTIMISER_ADAM; kind += 3) {
        net t;
        gamlp_score kept_score, score;
        gamlp_backprop_options o;
        net_init(&t, 40, 12, CLASSES, 2, 7, 5);
        gamlp_backprop_options_default(&o, (gamlp_optimiser)kind);
        gamlp_backprop *back = start(&t, &o);
        CHECK_FAILS(gamlp_backprop_restore(back), GAMLP_E_USAGE, "remembered");
        for (int k = 0; k < 5; k++) CHECK_OK(gamlp_backprop_iterate(back));
        gamlp_backprop_keep(back);
        CHECK_OK(gamlp_backprop_score(&kept_score, back, -1));
        for (int k = 0; k < 5; k++) CHECK_OK(gamlp_backprop_iterate(back));
        CHECK_OK(gamlp_backprop_restore(back));
        CHECK_OK(gamlp_backprop_score(&score, back, -1));
        assert_true(score.loss == kept_score.loss);
        gamlp_model model, again;
        CHECK_OK(gamlp_backprop_export(&model, back));
        gamlp_backprop *other = start(&t, &o);
        CHECK_OK(gamlp_backprop_load(other, &model));
        CHECK_OK(gamlp_backprop_start(other));
        CHECK_OK(gamlp_backprop_score(&score, other, -1));
        assert_true(fabs(score.loss - kept_score.loss) <= 1e-5);
        CHECK_OK(gamlp_backprop_iterate(other));
        CHECK_OK(gamlp_backprop_grow(other, 4));
        CHECK_OK(gamlp_backprop_start(other));
        CHECK_FAILS(gamlp_backprop_load(other, &model), GAMLP_E_DATA, "another shape");
        CHECK_FAILS(gamlp_backprop_grow(other, 3), GAMLP_E_CONFIG, "cannot grow");
        CHECK_OK(gamlp_backprop_iterate(other));
        CHECK_OK(gamlp_backprop_export(&again, other));
        assert_int_equal(again.layers, 4);
        gamlp_model_clear(&model);
        gamlp_model_clear(&again);
        gamlp_backprop_free(back);
        gamlp_backprop_free(other);
        net_clear(&t);
    }
}

static void growing_keeps_the_function(void **state) {
    (void)state;
    net t;
    gamlp_score before, after;
    gamlp_backprop_options o;
    net_init(&t, 40, 12, CLASSES, 2, 7, 5);
    gamlp_backprop_options_default(&o, GAMLP_OPTIMISER_ADAM);
    gamlp_backprop *back = start(&t, &o);
    for (int k = 0; k < 30; k++) CHECK_OK(gamlp_backprop_iterate(back));
    CHECK_OK(gamlp_backprop_score(&before, back, -1));
    CHECK_OK(gamlp_backprop_grow(back, 6));
    CHECK_OK(gamlp_backprop_score(&after, back, -1));
    assert_true(fabs(before.loss - after.loss) <= 1e-6 * (1 + before.loss));
    gamlp_backprop_free(back);
    net_clear(&t);
}

static void iterations_allocate_nothing(void **state) {
    (void)state;
    for (int kind = GAMLP_OPTIMISER_GD; kind <= GAMLP_OPTIMISER_ADAM; kind++) {
        count_allocations();
        net t;
        gamlp_score score;
        gamlp_backprop_options o;
        net_init(&t, 40, 12, CLASSES, 3, 7, 5);
        gamlp_backprop_options_default(&o, (gamlp_optimiser)kind);
        o.dropout = 0.5;
        o.feature_dropout = kind == GAMLP_OPTIMISER_ADAM ? 0.1 : 0;
        gamlp_backprop *back = start(&t, &o);
        int64_t before = allocations_made();
        for (int k = 0; k < 5; k++) CHECK_OK(gamlp_backprop_iterate(back));
        CHECK_OK(gamlp_backprop_score(&score, back, -1));
        gamlp_backprop_keep(back);
        assert_int_equal(allocations_made(), before);
        gamlp_backprop_free(back);
        net_clear(&t);
        assert_int_equal(allocations_alive(), 0);
        stop_counting();
    }
}

typedef struct trial {
    const net *t;
    gamlp_backprop_options o;
} trial;

static gamlp_status train_a_little(void *context) {
    const trial *r = context;
    gamlp_problem *problem = NULL;
    gamlp_backprop *back = NULL;
    gamlp_model model = {0};
    gamlp_net_plan plan = plan_of(r->t);
    int64_t index;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_problem_new(&problem, &r->t->x, r->t->label, CLASSES));
    GAMLP_TRY(gamlp_problem_watch(&index, problem, &r->t->x, r->t->label));
    GAMLP_TRY(gamlp_backprop_new(&back, problem, &plan, &r->o));
    GAMLP_TRY(gamlp_backprop_start(back));
    GAMLP_TRY(gamlp_backprop_iterate(back));
    GAMLP_TRY(gamlp_backprop_export(&model, back));
    GAMLP_TRY(gamlp_backprop_load(back, &model));
    GAMLP_TRY(gamlp_backprop_grow(back, 4));
    GAMLP_TRY(gamlp_backprop_start(back));
    GAMLP_TRY(gamlp_backprop_iterate(back));
done:
    gamlp_model_clear(&model);
    gamlp_backprop_free(back);
    gamlp_problem_free(problem);
    return status;
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    net t;
    net_init(&t, 40, 12, CLASSES, 2, 7, 5);
    for (int kind = GAMLP_OPTIMISER_MOMENTUM; kind <= GAMLP_OPTIMISER_ADAM; kind += 3) {
        trial r = {.t = &t};
        gamlp_backprop_options_default(&r.o, (gamlp_optimiser)kind);
        check_every_allocation(train_a_little, &r);
    }
    net_clear(&t);
}

static void divergence_is_named(void **state) {
    (void)state;
    net t;
    gamlp_model model;
    gamlp_backprop_options o;
    net_init(&t, 40, 12, CLASSES, 3, 7, 5);
    gamlp_backprop_options_default(&o, GAMLP_OPTIMISER_ADAM);
    gamlp_backprop *back = start(&t, &o);
    CHECK_OK(gamlp_backprop_export(&model, back));
    model.layer[1].weight.data[0] = NAN;
    CHECK_OK(gamlp_backprop_load(back, &model));
    CHECK_FAILS(gamlp_backprop_iterate(back), GAMLP_E_NUMERIC, "iteration 1, layer 2");
    gamlp_backprop_free(back);
    gamlp_model_clear(&model);
    gamlp_backprop_options_default(&o, GAMLP_OPTIMISER_GD);
    o.learning_rate = 1e6;
    o.weight_decay = 1;
    back = start(&t, &o);
    gamlp_status status = GAMLP_OK;
    for (int k = 0; k < 40 && status == GAMLP_OK; k++) status = gamlp_backprop_iterate(back);
    CHECK_FAILS(status, GAMLP_E_NUMERIC, "diverges");
    gamlp_backprop_free(back);
    net_clear(&t);
}

static void odd_shapes_train(void **state) {
    (void)state;
    static const struct {
        int64_t features, columns, classes, layers, width;
    } shape[] = {
        {1, 1, 1, 1, 1}, {1, 1, 1, 3, 1}, {5, 2, 7, 2, 3}, {3, 9, 1, 2, 1}, {4, 6, 2, 50, 3}};
    for (size_t i = 0; i < sizeof shape / sizeof shape[0]; i++)
        for (int kind = GAMLP_OPTIMISER_GD; kind <= GAMLP_OPTIMISER_ADAM; kind++) {
            net t;
            gamlp_backprop_options o;
            net_init(&t, shape[i].features, shape[i].columns, shape[i].classes, shape[i].layers,
                     shape[i].width, 3);
            gamlp_backprop_options_default(&o, (gamlp_optimiser)kind);
            o.dropout = 0.2;
            gamlp_backprop *back = start(&t, &o);
            for (int k = 0; k < 20; k++) CHECK_OK(gamlp_backprop_iterate(back));
            assert_true(isfinite(gamlp_backprop_figures_of(back)->loss));
            gamlp_backprop_free(back);
            net_clear(&t);
        }
}

static void bad_options_are_refused(void **state) {
    (void)state;
    gamlp_backprop_options o;
    gamlp_backprop_options_default(&o, GAMLP_OPTIMISER_ADAM);
    CHECK_OK(gamlp_backprop_options_check(&o));
    o.learning_rate = NAN;
    CHECK_FAILS(gamlp_backprop_options_check(&o), GAMLP_E_CONFIG, "learning-rate is nan");
    gamlp_backprop_options_default(&o, GAMLP_OPTIMISER_ADAM);
    o.dropout = 1;
    CHECK_FAILS(gamlp_backprop_options_check(&o), GAMLP_E_CONFIG, "dropout is 1");
    o.dropout = 0;
    o.beta2 = -1;
    CHECK_FAILS(gamlp_backprop_options_check(&o), GAMLP_E_CONFIG, "beta2 is -1");
    o.beta2 = 0;
    o.weight_decay = -1;
    CHECK_FAILS(gamlp_backprop_options_check(&o), GAMLP_E_CONFIG, "weight-decay is -1");
    o.weight_decay = 0;
    o.loss.smoothing = 1;
    CHECK_FAILS(gamlp_backprop_options_check(&o), GAMLP_E_CONFIG, "smoothing is 1");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_are_differences),
        cmocka_unit_test(every_loss_has_its_gradient),
        cmocka_unit_test(every_activation_has_its_derivative),
        cmocka_unit_test(gram_form_changes_nothing),
        cmocka_unit_test(threads_give_the_same_bits),
        cmocka_unit_test(every_optimiser_learns),
        cmocka_unit_test(weights_are_kept_and_loaded),
        cmocka_unit_test(growing_keeps_the_function),
        cmocka_unit_test(iterations_allocate_nothing),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(divergence_is_named),
        cmocka_unit_test(odd_shapes_train),
        cmocka_unit_test(bad_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
