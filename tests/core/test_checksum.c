/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include "core/checksum.h"

/* Published: XXH3-64 with seed 0 of nothing is 2d06800538d394c2. */
static void known_values(void **state) {
    (void)state;
    assert_true(gamlp_checksum_of(NULL, 0) == UINT64_C(0x2d06800538d394c2));
    gamlp_checksum c;
    gamlp_checksum_init(&c);
    gamlp_checksum_bytes(&c, NULL, 0);
    assert_true(gamlp_checksum_value(&c) == UINT64_C(0x2d06800538d394c2));
}

static void pieces_give_the_whole(void **state) {
    (void)state;
    static unsigned char data[5000];
    for (size_t i = 0; i < sizeof data; i++) data[i] = (unsigned char)(i * i % 251);
    for (size_t step = 1; step < sizeof data; step = 3 * step + 1) {
        gamlp_checksum c;
        gamlp_checksum_init(&c);
        for (size_t at = 0; at < sizeof data; at += step)
            gamlp_checksum_bytes(&c, data + at, at + step < sizeof data ? step : sizeof data - at);
        assert_true(gamlp_checksum_value(&c) == gamlp_checksum_of(data, sizeof data));
    }
    uint64_t before = gamlp_checksum_of(data, sizeof data);
    data[4321] ^= 1;
    assert_true(gamlp_checksum_of(data, sizeof data) != before);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(known_values),
                                       cmocka_unit_test(pieces_give_the_whole)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
