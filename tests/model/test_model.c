/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "gamlp/rng.h"
#include "gamlp/threads.h"

static const double tolerance = sizeof(gamlp_real) == 4 ? 2e-5 : 1e-13;

/* Random weights and biases for these widths. */
static void make(gamlp_model *model, int64_t layers, const int64_t *width) {
    CHECK_OK(gamlp_model_init(model, layers, width));
    for (int64_t l = 0; l < layers; l++) {
        fill_normal(&model->layer[l].weight, (uint64_t)l);
        fill_normal(&model->layer[l].bias, 100 + (uint64_t)l);
    }
}

static void make_stack(gamlp_stack *x, gamlp_dense *copy, int64_t rows, int64_t cols) {
    gamlp_dense block;
    CHECK_OK(gamlp_dense_init(&block, rows, cols));
    fill_normal(&block, 50);
    CHECK_OK(gamlp_dense_copy(copy, &block));
    gamlp_stack_init(x, cols);
    CHECK_OK(gamlp_stack_push_dense(x, &block));
}

/* One node through the net in double. */
static double *slow_forward(const gamlp_model *model, const gamlp_real *x) {
    int64_t n = model->layer[0].weight.cols;
    double *p = malloc((size_t)n * sizeof *p);
    for (int64_t i = 0; i < n; i++) p[i] = x[i];
    for (int64_t l = 0; l < model->layers; l++) {
        const gamlp_dense *w = &model->layer[l].weight, *b = &model->layer[l].bias;
        double *z = malloc((size_t)w->rows * sizeof *z);
        for (int64_t i = 0; i < w->rows; i++) {
            z[i] = b->data[i];
            for (int64_t j = 0; j < w->cols; j++) z[i] += (double)w->data[i + j * w->rows] * p[j];
            if (l + 1 == model->layers) continue;
            z[i] = model->activation.kind == GAMLP_TANH ? tanh(z[i]) : fmax(z[i], 0);
        }
        free(p);
        p = z;
    }
    return p;
}

static void check_forward(gamlp_activation_kind kind) {
    static const int64_t width[] = {23, 17, 9, 5};
    for (int64_t layers = 1; layers <= 3; layers++) {
        gamlp_model model;
        gamlp_stack x;
        gamlp_dense copy, logits, expected;
        make(&model, layers, width);
        model.activation.kind = kind;
        make_stack(&x, &copy, 23, 40);
        CHECK_OK(gamlp_model_check(&model));
        CHECK_OK(gamlp_model_forward(&logits, &model, &x));
        CHECK_OK(gamlp_dense_init(&expected, width[layers], 40));
        for (int64_t j = 0; j < 40; j++) {
            double *z = slow_forward(&model, copy.data + j * 23);
            for (int64_t i = 0; i < width[layers]; i++)
                expected.data[i + j * width[layers]] = (gamlp_real)z[i];
            free(z);
        }
        check_close(&logits, &expected, tolerance, "logits");
        gamlp_model_clear(&model);
        gamlp_stack_clear(&x);
        gamlp_dense_clear(&copy);
        gamlp_dense_clear(&logits);
        gamlp_dense_clear(&expected);
    }
}

static void test_forward(void **state) {
    (void)state;
    check_forward(GAMLP_RELU);
    check_forward(GAMLP_TANH);
}

static void test_forward_refuses(void **state) {
    (void)state;
    static const int64_t width[] = {4, 2};
    gamlp_model model;
    gamlp_stack x;
    gamlp_dense copy, logits;
    make(&model, 1, width);
    make_stack(&x, &copy, 5, 3);
    CHECK_FAILS(gamlp_model_forward(&logits, &model, &x), GAMLP_E_DATA,
                "takes 4 features, the data has 5");
    assert_null(logits.data);
    gamlp_model_clear(&model);
    gamlp_stack_clear(&x);
    gamlp_dense_clear(&copy);
}

static void test_check(void **state) {
    (void)state;
    static const int64_t width[] = {4, 3, 2}, unchained[] = {5, 2};
    gamlp_model model, other;
    make(&model, 2, width);
    model.layer[1].bias.data[1] = (gamlp_real)NAN;
    CHECK_FAILS(gamlp_model_check(&model), GAMLP_E_NUMERIC, "layer 2 has a weight that is not");
    model.layer[1].bias.data[1] = 0;
    model.layer[0].weight.data[11] = (gamlp_real)INFINITY;
    CHECK_FAILS(gamlp_model_check(&model), GAMLP_E_NUMERIC, "layer 1");
    model.layer[0].weight.data[11] = 0;
    CHECK_OK(gamlp_model_check(&model));
    make(&other, 1, unchained);
    gamlp_layer kept = model.layer[1];
    model.layer[1] = other.layer[0];
    CHECK_FAILS(gamlp_model_check(&model), GAMLP_E_DATA, "layer 2 takes 5 inputs, layer 1 gives 3");
    model.layer[1] = kept;
    model.layer[1].bias.rows = 1;
    CHECK_FAILS(gamlp_model_check(&model), GAMLP_E_DATA, "layer 2: bias of 1, expected 2");
    model.layer[1].bias.rows = 2;
    gamlp_model_clear(&other);
    CHECK_FAILS(gamlp_model_check(&other), GAMLP_E_DATA, "without layers");
    model.activation.kind = GAMLP_ACTIVATIONS;
    CHECK_FAILS(gamlp_model_check(&model), GAMLP_E_CONFIG, "activation number");
    model.activation.kind = GAMLP_RELU;
    gamlp_model_clear(&model);
    gamlp_model_clear(NULL);
}

/* Each rule's mean and deviation, within six standard errors. */
static void test_init(void **state) {
    (void)state;
    enum { ROWS = 300, COLS = 200, N = ROWS * COLS };
    static const double scale = 0.5;
    const double expected[] = {scale, scale * sqrt(2.0 / COLS), scale * sqrt(2.0 / (ROWS + COLS))};
    gamlp_dense w, again;
    CHECK_OK(gamlp_dense_init(&w, ROWS, COLS));
    CHECK_OK(gamlp_dense_init(&again, ROWS, COLS));
    for (int rule = GAMLP_INIT_NORMAL; rule <= GAMLP_INIT_GLOROT; rule++) {
        double sum = 0, square = 0;
        gamlp_init_weight(&w, (gamlp_init)rule, scale, 1, 2);
        for (int64_t i = 0; i < N; i++) {
            sum += w.data[i];
            square += (double)w.data[i] * (double)w.data[i];
        }
        assert_true(fabs(sum / N) < 6 * expected[rule] / sqrt(N));
        assert_true(fabs(sqrt(square / N) / expected[rule] - 1) < 6 / sqrt(2.0 * N));
        gamlp_threads_set(1);
        gamlp_init_weight(&again, (gamlp_init)rule, scale, 1, 2);
        gamlp_threads_set(gamlp_threads_available());
        assert_memory_equal(w.data, again.data, N * sizeof *w.data);
        gamlp_init_weight(&again, (gamlp_init)rule, scale, 1, 3);
        assert_true(memcmp(w.data, again.data, N * sizeof *w.data) != 0);
        gamlp_init_weight(&again, (gamlp_init)rule, scale, 2, 2);
        assert_true(memcmp(w.data, again.data, N * sizeof *w.data) != 0);
    }
    gamlp_init_weight(&w, GAMLP_INIT_NORMAL, 2, 9, 4);
    gamlp_rng rng = gamlp_rng_key(9, GAMLP_RNG_WEIGHT, 4);
    assert_true(w.data[77] == (gamlp_real)(2 * gamlp_rng_normal(rng, 77)));
    gamlp_dense_clear(&w);
    gamlp_dense_clear(&again);
}

static gamlp_status forward_once(void *context) {
    static const int64_t width[] = {5, 4, 3, 2};
    gamlp_model model = {0};
    gamlp_dense logits = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_model_init(&model, 3, width));
    GAMLP_TRY(gamlp_model_forward(&logits, &model, context));
done:
    gamlp_model_clear(&model);
    gamlp_dense_clear(&logits);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    gamlp_stack x;
    gamlp_dense copy;
    make_stack(&x, &copy, 5, 3);
    check_every_allocation(forward_once, &x);
    gamlp_stack_clear(&x);
    gamlp_dense_clear(&copy);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forward),    cmocka_unit_test(test_forward_refuses),
        cmocka_unit_test(test_check),      cmocka_unit_test(test_init),
        cmocka_unit_test(test_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
