/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>

#include "check.h"
#include "gamlp/model.h"

/* By the definition: -log(exp(z_y) / sum exp(z)), in long double. */
static gamlp_score slow_score(const gamlp_dense *z, const int32_t *label) {
    int64_t count = 0, right = 0;
    long double loss = 0;
    for (int64_t j = 0; j < z->cols; j++) {
        if (label[j] < 0) continue;
        long double sum = 0;
        int64_t best = z->rows - 1;
        for (int64_t c = z->rows - 1; c >= 0; c--) {
            sum += expl(z->data[c + j * z->rows]);
            if (z->data[c + j * z->rows] >= z->data[best + j * z->rows]) best = c;
        }
        loss -= logl(expl(z->data[label[j] + j * z->rows]) / sum);
        right += best == label[j];
        count++;
    }
    return (gamlp_score){(double)right / (double)count, (double)(loss / (long double)count)};
}

static void test_definition(void **state) {
    (void)state;
    enum { CLASSES = 5, NODES = 200 };
    gamlp_dense z;
    int32_t label[NODES];
    CHECK_OK(gamlp_dense_init(&z, CLASSES, NODES));
    fill_normal(&z, 1);
    for (int j = 0; j < NODES; j++) label[j] = j % 7 == 0 ? -1 : j % CLASSES;
    gamlp_score score = gamlp_score_of(&z, label), expected = slow_score(&z, label);
    assert_true(score.accuracy == expected.accuracy);
    assert_true(fabs(score.loss - expected.loss) < 1e-13);
    gamlp_dense_clear(&z);
}

static void test_ties_and_extremes(void **state) {
    (void)state;
    gamlp_real data[] = {1, 1, 0, 0, 2, 2, 5000, -5000, 0, -5000, 5000, 4999};
    const gamlp_dense z = {3, 4, data, true};
    const int32_t label[] = {0, 2, 1, 2}, none[] = {-1, -1, -1, -1};
    int32_t predicted[4];
    gamlp_classify(predicted, &z);
    assert_int_equal(predicted[0], 0);
    assert_int_equal(predicted[1], 1);
    assert_int_equal(predicted[2], 0);
    assert_int_equal(predicted[3], 1);
    gamlp_score score = gamlp_score_of(&z, label);
    assert_true(score.accuracy == 0.25);
    double expected = log(2 + exp(-1)) + log(2 + exp(-2)) + 10000 + log(1 + exp(1));
    assert_true(fabs(score.loss - expected / 4) < 1e-9);
    score = gamlp_score_of(&z, none);
    assert_true(score.accuracy == 0 && score.loss == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_definition),
                                       cmocka_unit_test(test_ties_and_extremes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
