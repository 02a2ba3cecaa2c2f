/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <math.h>

#include "dataset/generate.h"

static gamlp_generate_options of_kind(int kind) {
    return (gamlp_generate_options){.nodes = 300,
                                    .classes = 4,
                                    .edges = 700,
                                    .words = 90,
                                    .words_per_node = 6,
                                    .feature_noise = 0.5,
                                    .seed = 11,
                                    .train_per_class = 10,
                                    .val_count = 50,
                                    .test_count = 100,
                                    .model = GAMLP_MODEL_ER,
                                    .feature_kind = kind,
                                    .dimension = 24,
                                    .mean_length = 2};
}

/* x = m_c + z: means of the asked length, the rest standard normal. */
static void gaussian_classes(void **state) {
    (void)state;
    enum { NODES = 20000, DIMENSION = 40, CLASSES = 3 };
    gamlp_generate_options o = of_kind(1);
    gamlp_features f;
    gamlp_dataset d;
    double sum[CLASSES][DIMENSION] = {{0}}, size[CLASSES] = {0}, square = 0, fourth = 0;
    o.nodes = NODES;
    o.classes = CLASSES;
    o.dimension = DIMENSION;
    o.mean_length = 3;
    CHECK_OK(gamlp_dataset_generate(&d, &o));
    CHECK_OK(gamlp_features_init(&f, &o));
    assert_int_equal(d.sparse.rows, 0);
    for (int64_t i = 0; i < NODES; i++) {
        size[d.label[i]]++;
        for (int64_t j = 0; j < DIMENSION; j++) {
            double x = (double)d.dense.data[i * DIMENSION + j];
            double z = x - f.mean[d.label[i] * DIMENSION + j];
            sum[d.label[i]][j] += x;
            square += z * z;
            fourth += z * z * z * z;
        }
    }
    assert_true(fabs(square / NODES / DIMENSION - 1) < 0.01);
    assert_true(fabs(fourth / NODES / DIMENSION - 3) < 0.1);
    for (int c = 0; c < CLASSES; c++) {
        double length = 0;
        for (int j = 0; j < DIMENSION; j++) {
            double mean = f.mean[c * DIMENSION + j];
            assert_true(fabs(sum[c][j] / size[c] - mean) < 5 / sqrt(size[c]));
            length += mean * mean;
        }
        assert_true(fabs(sqrt(length) - 3) < 1.5);
    }
    gamlp_features_clear(&f);
    gamlp_dataset_clear(&d);
}

/* Row by row, in any order, the features of the whole. */
static void rows_alone(void **state) {
    (void)state;
    gamlp_generate_options words = of_kind(0), normal = of_kind(1);
    gamlp_features f;
    gamlp_dataset d;
    int32_t word[64];
    gamlp_real row[24];
    CHECK_OK(gamlp_dataset_generate(&d, &words));
    CHECK_OK(gamlp_features_init(&f, &words));
    for (int64_t i = d.nodes - 1; i >= 0; i -= 7) {
        int64_t count = gamlp_features_words(word, &f, i, d.label[i]);
        assert_true(gamlp_features_draws(&words, i) <= 64 &&
                    count == d.sparse.ptr[i + 1] - d.sparse.ptr[i]);
        assert_memory_equal(word, d.sparse.idx + d.sparse.ptr[i], (size_t)count * sizeof *word);
    }
    gamlp_features_clear(&f);
    gamlp_dataset_clear(&d);
    CHECK_OK(gamlp_dataset_generate(&d, &normal));
    CHECK_OK(gamlp_features_init(&f, &normal));
    for (int64_t i = d.nodes - 1; i >= 0; i -= 7) {
        gamlp_features_gaussian(row, &f, i, d.label[i]);
        assert_memory_equal(row, d.dense.data + i * 24, sizeof row);
    }
    gamlp_features_clear(&f);
    gamlp_dataset_clear(&d);
}

static gamlp_status start(void *context) {
    const gamlp_generate_options *options = context;
    gamlp_features f;
    gamlp_status status = gamlp_features_init(&f, options);
    gamlp_features_clear(&f);
    return status;
}

static void no_memory(void **state) {
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        gamlp_generate_options o = of_kind(kind);
        check_every_allocation(start, &o);
    }
    gamlp_features_clear(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gaussian_classes),
        cmocka_unit_test(rows_alone),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
