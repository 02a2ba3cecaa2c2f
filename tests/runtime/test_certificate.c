/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime/certificate.h"

#include <math.h>

#include "check.h"

/* c_k = 2 k^-2, a value that tends to 3 by half its distance, a residual that grows and falls. */
static void rates_of_a_known_history(void **state) {
    (void)state;
    gamlp_history h;
    gamlp_certificate c;
    CHECK_OK(gamlp_history_init(&h, 40));
    for (int k = 1; k <= 40; k++)
        gamlp_history_add(&h, 2.0 / k, 3 + pow(0.5, k), k < 10 ? k : 1.0 / k);
    gamlp_certificate_of(&c, &h);
    assert_true(c.made && c.has_ck);
    assert_int_equal(c.iterations, 40);
    assert_float_equal(c.c_k.slope, -2, 1e-12);
    assert_int_equal(c.c_k.points, 20);
    assert_float_equal(c.k_ck_half, 2.0 / 21, 1e-15);
    assert_float_equal(c.k_ck_last, 2.0 / 40, 1e-15);
    assert_float_equal(c.factor, 0.5, 1e-4);
    assert_true(c.residual_most == 9 && c.residual_last == 1.0 / 40);
    gamlp_history_clear(&h);
}

static void short_histories(void **state) {
    (void)state;
    gamlp_history h;
    gamlp_certificate c;
    CHECK_OK(gamlp_history_init(&h, 3));
    gamlp_certificate_of(&c, &h);
    assert_false(c.made);
    gamlp_history_add(&h, (double)NAN, 5, 0);
    gamlp_certificate_of(&c, &h);
    assert_true(c.made && !c.has_ck && c.tail.points == 0 && c.factor == 0);
    gamlp_history_clear(&h);
    gamlp_history_clear(&h);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_of_a_known_history),
        cmocka_unit_test(short_histories),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
