/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <math.h>
#include <string.h>

#include "gamlp/backprop.h"
#include "solver/dropout.h"

static const double rate = 0.3;

static double expected(int64_t element, double value) {
    return gamlp_dropout_keeps(7, 2, 4, element, rate) ? value / (1 - rate) : 0;
}

static void dense_masks_are_element_by_element(void **state) {
    (void)state;
    enum { STRIDE = 1000, FIRST = 13 };
    gamlp_dense in, out;
    gamlp_mask mask = gamlp_mask_of(7, 2, 4, rate);
    CHECK_OK(gamlp_dense_init(&in, 611, 21));
    CHECK_OK(gamlp_dense_init(&out, 611, 21));
    fill_normal(&in, 1);
    gamlp_mask_dense(&out, &in, &mask, FIRST, STRIDE);
    for (int64_t j = 0; j < 21; j++)
        for (int64_t i = 0; i < 611; i++) {
            double value = expected(FIRST + i + j * STRIDE, (double)in.data[i + j * 611]);
            assert_true(fabs((double)out.data[i + j * 611] - value) <= 1e-5 * (1 + fabs(value)));
        }
    gamlp_dense_clear(&in);
    gamlp_dense_clear(&out);
}

static void sparse_masks_are_those_of_the_dense(void **state) {
    (void)state;
    static const int64_t row[] = {0, 0, 2, 2, 2}, col[] = {1, 4, 0, 3, 4};
    static const gamlp_real val[] = {1, 2, 3, 4, 5};
    gamlp_csr in, out;
    gamlp_mask mask = gamlp_mask_of(7, 2, 4, rate);
    CHECK_OK(gamlp_csr_from_triplets(&in, 3, 5, 5, row, col, val, GAMLP_DUPLICATES_SUM));
    CHECK_OK(gamlp_csr_copy(&out, &in));
    gamlp_mask_sparse(&out, &in, &mask, 6, 50);
    for (int e = 0; e < 5; e++) {
        double value = expected(6 + col[e] + row[e] * 50, (double)val[e]);
        assert_true(fabs((double)out.val[e] - value) <= 1e-5 * (1 + fabs(value)));
    }
    gamlp_csr_clear(&in);
    gamlp_csr_clear(&out);
}

/* The share that is kept, and that masks of other layers, iterations and seeds are others. */
static void masks_are_random(void **state) {
    (void)state;
    enum { COUNT = 40000 };
    int64_t kept = 0, both[3] = {0};
    for (int64_t e = 0; e < COUNT; e++) {
        bool keeps = gamlp_dropout_keeps(7, 2, 4, e, rate);
        kept += keeps;
        both[0] += keeps && gamlp_dropout_keeps(8, 2, 4, e, rate);
        both[1] += keeps && gamlp_dropout_keeps(7, 3, 4, e, rate);
        both[2] += keeps && gamlp_dropout_keeps(7, 2, 5, e, rate);
        assert_true(gamlp_dropout_keeps(7, 2, 4, e, 0));
    }
    double deviation = sqrt(COUNT * rate * (1 - rate)), share = (1 - rate) * (1 - rate);
    assert_true(fabs((double)kept - (1 - rate) * COUNT) < 5 * deviation);
    for (int i = 0; i < 3; i++)
        assert_true(fabs((double)both[i] - share * COUNT) < 5 * sqrt(COUNT * share * (1 - share)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dense_masks_are_element_by_element),
        cmocka_unit_test(sparse_masks_are_those_of_the_dense),
        cmocka_unit_test(masks_are_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
