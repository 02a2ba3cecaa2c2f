/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Label spreading and Correct & Smooth against dense matrices, on the karate club. */
#include "check.h"

#include <math.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "gamlp/spread.h"

enum { N = 34, C = 2 };

static double s_dense[N][N];

static void open_karate(gamlp_evaluation *e) {
    gamlp_dataset_options options;
    gamlp_dataset_options_default(&options);
    *e = (gamlp_evaluation){.same_data = true};
    CHECK_OK(gamlp_dataset_open(&e->dataset, "karate", &options));
    assert_int_equal(e->dataset.nodes, N);
    assert_int_equal(e->dataset.classes, C);
    const gamlp_csr *a = &e->dataset.graph.adjacency;
    memset(s_dense, 0, sizeof s_dense);
    for (int64_t i = 0; i < N; i++)
        for (int64_t k = a->ptr[i]; k < a->ptr[i + 1]; k++) {
            int64_t j = a->idx[k];
            double di = (double)(a->ptr[i + 1] - a->ptr[i]),
                   dj = (double)(a->ptr[j + 1] - a->ptr[j]);
            s_dense[i][j] = 1 / sqrt(di * dj);
        }
}

/* y <- (1 - a) sum_k a^k S^k x, term by term. */
static void spread_dense(double y[N][C], double x[N][C], double a) {
    static double t[N][C], next[N][C];
    memcpy(t, x, sizeof t);
    memset(y, 0, N * sizeof *y);
    for (int k = 0; k < 2000; k++) {
        for (int i = 0; i < N; i++)
            for (int c = 0; c < C; c++) {
                y[i][c] += (1 - a) * t[i][c];
                next[i][c] = 0;
                for (int j = 0; j < N; j++) next[i][c] += a * s_dense[i][j] * t[j][c];
            }
        memcpy(t, next, sizeof t);
    }
}

static bool is_train(const gamlp_dataset *d, int64_t node) {
    for (int64_t k = 0; k < d->split.train_count; k++)
        if (d->split.train[k] == node) return true;
    return false;
}

/* Logits are logarithms of the normalised rows of y. */
static void check_logits(const gamlp_evaluation *e, double y[N][C]) {
    for (int i = 0; i < N; i++) {
        double sum = 0;
        for (int c = 0; c < C; c++) sum += fmax(y[i][c], 0);
        for (int c = 0; c < C; c++) {
            double expected = log(fmax(fmax(y[i][c], 0) / sum, 1e-30));
            double got = (double)e->logits.data[i * C + c];
            if (!(fabs(got - expected) < 1e-4 * (1 + fabs(expected))))
                fail_msg("node %d, class %d: %g, expected %g", i, c, got, expected);
        }
    }
}

static void label_spreading(void **state) {
    (void)state;
    static double x[N][C], y[N][C];
    gamlp_evaluation e, mine;
    gamlp_dataset_options source;
    gamlp_spread_options options;
    gamlp_dataset_options_default(&source);
    gamlp_spread_options_default(&options);
    options.smooth = 0.9;
    open_karate(&mine);
    for (int i = 0; i < N; i++)
        for (int c = 0; c < C; c++)
            x[i][c] = is_train(&mine.dataset, i) && mine.dataset.label[i] == c;
    spread_dense(y, x, 0.9);
    CHECK_OK(gamlp_propagate(&e, "karate", &source, &options));
    check_logits(&e, y);
    assert_true(e.smooth == 0.9 && e.correct == 0);
    assert_true(e.test.accuracy > 0.8);
    /* The chosen factor is no worse on validation nodes. */
    double fixed = e.val.accuracy;
    gamlp_evaluation_clear(&e);
    options.smooth = -1;
    CHECK_OK(gamlp_propagate(&e, "karate", &source, &options));
    assert_true(e.val.accuracy >= fixed);
    gamlp_evaluation_clear(&e);
    options.known = GAMLP_KNOWN_TRAIN_VAL;
    CHECK_OK(gamlp_propagate(&e, "karate", &source, &options));
    assert_true(e.smooth == 0.9);
    gamlp_evaluation_clear(&e);
    gamlp_evaluation_clear(&mine);
}

/* Logits of a model that knows little: the class by parity, with more or less confidence. */
static void guess(gamlp_evaluation *e) {
    CHECK_OK(gamlp_dense_init(&e->logits, C, N));
    for (int i = 0; i < N; i++) e->logits.data[i * C + i % 2] = (gamlp_real)(0.2 + 0.05 * i);
}

static void softmax_of(double z[N][C], const gamlp_evaluation *e) {
    for (int i = 0; i < N; i++) {
        double sum = 0;
        for (int c = 0; c < C; c++) sum += exp((double)e->logits.data[i * C + c]);
        for (int c = 0; c < C; c++) z[i][c] = exp((double)e->logits.data[i * C + c]) / sum;
    }
}

static void correct_dense(double z[N][C], const gamlp_dataset *d, double a) {
    static double e[N][C], found[N][C];
    double mean = 0;
    memset(e, 0, sizeof e);
    for (int i = 0; i < N; i++)
        for (int c = 0; c < C && is_train(d, i); c++) {
            e[i][c] = (d->label[i] == c) - z[i][c];
            mean += fabs(e[i][c]) / (double)d->split.train_count;
        }
    spread_dense(found, e, a);
    for (int i = 0; i < N; i++) {
        double length = fabs(found[i][0]) + fabs(found[i][1]);
        for (int c = 0; c < C; c++) z[i][c] += mean / length * found[i][c];
    }
}

static void correct_and_smooth(void **state) {
    (void)state;
    static double z[N][C], y[N][C];
    gamlp_evaluation e;
    gamlp_spread_options options;
    gamlp_spread_options_default(&options);
    options.correct = 0.8;
    options.smooth = 0.6;
    open_karate(&e);
    guess(&e);
    softmax_of(z, &e);
    correct_dense(z, &e.dataset, 0.8);
    for (int i = 0; i < N; i++)
        for (int c = 0; c < C && is_train(&e.dataset, i); c++) z[i][c] = e.dataset.label[i] == c;
    spread_dense(y, z, 0.6);
    CHECK_OK(gamlp_evaluation_correct_smooth(&e, &options));
    check_logits(&e, y);
    assert_true(e.correct == 0.8 && e.smooth == 0.6);
    gamlp_evaluation_clear(&e);
}

/* Factors of 0 change no prediction; chosen ones do no harm on validation nodes, and here help. */
static void choices(void **state) {
    (void)state;
    gamlp_evaluation e;
    gamlp_spread_options options;
    gamlp_spread_options_default(&options);
    options.correct = options.smooth = 0;
    open_karate(&e);
    guess(&e);
    CHECK_OK(gamlp_evaluation_correct_smooth(&e, &options));
    for (int i = 0; i < N; i++)
        assert_true((e.logits.data[i * C + 1] > e.logits.data[i * C]) == (i % 2 == 1));
    double before = e.val.accuracy, test = e.test.accuracy;
    options.correct = options.smooth = -1;
    CHECK_OK(gamlp_evaluation_correct_smooth(&e, &options));
    assert_true(e.val.accuracy >= before && e.test.accuracy > test);
    gamlp_evaluation_clear(&e);
}

static void bad_options_are_refused(void **state) {
    (void)state;
    gamlp_spread_options options;
    gamlp_spread_options_default(&options);
    CHECK_OK(gamlp_spread_options_check(&options));
    options.correct = 1;
    CHECK_FAILS(gamlp_spread_options_check(&options), GAMLP_E_CONFIG, "correct is 1");
    options.correct = 0;
    options.smooth = -0.5;
    CHECK_FAILS(gamlp_spread_options_check(&options), GAMLP_E_CONFIG, "smooth is -0.5");
    options.smooth = NAN;
    CHECK_FAILS(gamlp_spread_options_check(&options), GAMLP_E_CONFIG, "smooth is");
    options.smooth = 0.5;
    options.diffusion.tolerance = 0;
    CHECK_FAILS(gamlp_spread_options_check(&options), GAMLP_E_CONFIG, "tolerance");
}

static gamlp_status everything(void *context) {
    gamlp_evaluation *e = context, own = {.dataset = e->dataset};
    gamlp_spread_options options;
    gamlp_spread_options_default(&options);
    options.correct = 0.5;
    gamlp_status status = gamlp_dense_copy(&own.logits, &e->logits);
    if (status == GAMLP_OK) status = gamlp_evaluation_correct_smooth(&own, &options);
    gamlp_dense_clear(&own.logits);
    return status;
}

static void no_memory(void **state) {
    (void)state;
    gamlp_evaluation e;
    open_karate(&e);
    guess(&e);
    check_every_allocation(everything, &e);
    gamlp_evaluation_clear(&e);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(label_spreading), cmocka_unit_test(correct_and_smooth),
        cmocka_unit_test(choices),         cmocka_unit_test(bad_options_are_refused),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
