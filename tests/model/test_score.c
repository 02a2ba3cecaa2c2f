/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "core/exp.h"
#include "core/math.h"
#include "gamlp/model.h"
#include "gamlp/threads.h"
#include "model/score.h"

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

/* Node by node, class by class; wrong where the softmax is no number. */
static gamlp_score plain_score(const gamlp_dense *logits, const int32_t *label) {
    int64_t count = 0, right = 0;
    double loss = 0;
    for (int64_t j = 0; j < logits->cols; j++) {
        if (label[j] < 0) continue;
        const gamlp_real *z = logits->data + j * logits->rows;
        int64_t best = 0;
        double sum = 0;
        for (int64_t c = 1; c < logits->rows; c++)
            if (z[c] > z[best]) best = c;
        for (int64_t c = 0; c < logits->rows; c++)
            sum += gamlp_exp_negative((double)z[c] - (double)z[best]);
        count++;
        right += best == label[j] && !isnan(sum);
        loss += gamlp_math_log(sum) + ((double)z[best] - (double)z[label[j]]);
    }
    if (count == 0) return (gamlp_score){0, 0};
    return (gamlp_score){(double)right / (double)count, loss / (double)count};
}

static bool same(double a, double b) {
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

static void check_bits(const gamlp_dense *z, const int32_t *label) {
    gamlp_score expected = plain_score(z, label);
    for (int threads = 1; threads <= 7; threads++) {
        gamlp_threads_set(threads);
        gamlp_score score = gamlp_score_of(z, label);
        assert_true(same(score.accuracy, expected.accuracy));
        assert_true(same(score.loss, expected.loss));
    }
}

static bool is_score(gamlp_score score, gamlp_score expected) {
    return same(score.accuracy, expected.accuracy) && same(score.loss, expected.loss);
}

/* Chunks of nodes by themselves, the last first; node by node and class by class. */
static void check_chunks(const gamlp_dense *z, const int32_t *label, int64_t grain) {
    static gamlp_slab slab;
    const gamlp_score expected = plain_score(z, label);
    const int64_t chunks = (z->cols + grain - 1) / grain, stride = grain + 3;
    gamlp_real *turned = calloc((size_t)(z->rows * stride) + 1, sizeof *turned);
    assert_non_null(turned);
    gamlp_slab_init(&slab, z->data, label, z->rows, z->cols, grain);
    for (int64_t chunk = chunks; chunk-- > 0;) gamlp_slab_run(&slab, chunk);
    assert_true(is_score(gamlp_slab_score(&slab), expected));
    memset(&slab, 0xFF, sizeof slab);
    gamlp_slab_init(&slab, NULL, label, z->rows, z->cols, grain);
    for (int64_t chunk = chunks; chunk-- > 0;) {
        for (int64_t j = chunk * grain; j < z->cols && j < (chunk + 1) * grain; j++)
            for (int64_t c = 0; c < z->rows; c++)
                turned[c * stride + j - chunk * grain] = z->data[c + j * z->rows];
        gamlp_slab_run_by_class(&slab, chunk, turned, stride);
    }
    assert_true(is_score(gamlp_slab_score(&slab), expected));
    free(turned);
}

/* One chunk or several, one slab or several; one of `labelled` nodes has a label. */
static void test_bits(void **state) {
    (void)state;
    static const int64_t shape[][2] = {{1, 0},     {7, 0},   {1, 1},     {1, 8200},  {2, 20000},
                                       {7, 5},     {7, 500}, {7, 17001}, {15, 3001}, {47, 1001},
                                       {70, 2000}, {128, 9}, {129, 300}, {200, 300}, {2500, 20}};
    for (size_t i = 0; i < sizeof shape / sizeof *shape; i++) {
        int64_t classes = shape[i][0], nodes = shape[i][1];
        gamlp_dense z;
        int32_t *label = calloc((size_t)nodes + 1, sizeof *label);
        assert_non_null(label);
        CHECK_OK(gamlp_dense_init(&z, classes, nodes));
        fill_normal(&z, i);
        for (int64_t e = 0; e < classes * nodes; e++) /* with ties */
            z.data[e] = e % 3 == 0 ? roundf((float)z.data[e]) : 9 * z.data[e];
        for (int labelled = 1; labelled <= 9; labelled += 2) {
            for (int64_t j = 0; j < nodes; j++)
                label[j] = j % labelled == labelled / 2 ? (int32_t)(j * 31 % classes) : -1;
            check_bits(&z, label);
            for (int64_t grain = 8; grain <= 2048 && nodes <= GAMLP_SLAB; grain *= 4)
                check_chunks(&z, label, grain);
        }
        for (int64_t j = 0; j < nodes; j++) label[j] = -1;
        check_bits(&z, label);
        free(label);
        gamlp_dense_clear(&z);
    }
}

/* One logit of a node, or two, are not finite. */
static void test_not_finite(void **state) {
    (void)state;
    enum { CLASSES = 5 };
    const gamlp_real odd[] = {NAN, -(gamlp_real)NAN, INFINITY, -INFINITY, 1e30F, -1e30F, 0};
    const int kinds = sizeof odd / sizeof *odd;
    gamlp_real data[CLASSES * 3];
    const gamlp_dense z = {CLASSES, 3, data, true};
    for (int a = 0; a < kinds; a++)
        for (int b = 0; b < kinds; b++)
            for (int at = 0; at < CLASSES * CLASSES * CLASSES; at++) {
                if (a != b && isnan(odd[a]) && isnan(odd[b])) continue; /* either may be kept */
                for (int e = 0; e < CLASSES * 3; e++) data[e] = (gamlp_real)(e % 4) / 4;
                data[CLASSES + at % CLASSES] = odd[a];
                data[CLASSES + at / CLASSES % CLASSES] = odd[b];
                int32_t label[] = {2, at / (CLASSES * CLASSES), 1};
                gamlp_score score = gamlp_score_of(&z, label), expected = plain_score(&z, label);
                assert_true(same(score.accuracy, expected.accuracy));
                assert_true(same(score.loss, expected.loss));
            }
}

/* What diverged has neither a plausible loss nor an accuracy. */
static void test_diverged(void **state) {
    (void)state;
    const gamlp_real nan = (gamlp_real)NAN, inf = (gamlp_real)INFINITY;
    gamlp_real one[] = {0, nan, 1, 0, 2, 1}, all[] = {nan, nan, nan};
    gamlp_real over[] = {inf, 0, 0}, under[] = {-inf, -inf, -inf}, low[] = {1, -inf, 1};
    const int32_t label[] = {0, 1};
    const struct {
        gamlp_dense z;
        double accuracy;
        bool has_loss;
    } row[] = {{{3, 2, one, true}, 0.5, false},
               {{3, 1, all, true}, 0, false},
               {{3, 1, over, true}, 0, false},
               {{3, 1, under, true}, 0, false},
               {{3, 1, low, true}, 1, true}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        gamlp_score score = gamlp_score_of(&row[i].z, label);
        assert_true(score.accuracy == row[i].accuracy);
        assert_true(row[i].has_loss ? fabs(score.loss - log(2)) < 1e-15 : isnan(score.loss));
        assert_false(signbit(score.loss));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_definition), cmocka_unit_test(test_ties_and_extremes),
        cmocka_unit_test(test_bits),       cmocka_unit_test(test_not_finite),
        cmocka_unit_test(test_diverged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
