/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <string.h>

#include "core/crc.h"
#include "gamlp/rng.h"

/* Bit by bit. */
static uint32_t slow(const unsigned char *data, size_t size) {
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
    }
    return ~crc;
}

static void the_published_value_comes_out(void **state) {
    (void)state;
    assert_int_equal(gamlp_crc32c(0, "123456789", 9), 0xe3069283);
    assert_int_equal(gamlp_crc32c(0, "", 0), 0);
}

static void all_sizes_agree_with_the_definition(void **state) {
    (void)state;
    unsigned char data[3000];
    gamlp_rng rng = gamlp_rng_key(1, GAMLP_RNG_TEST, 0);
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (unsigned char)(256 * gamlp_rng_uniform(rng, i));
    for (size_t size = 0; size <= sizeof data; size += size < 300 ? 1 : 97) {
        assert_int_equal(gamlp_crc32c(0, data + 1, size > 1 ? size - 1 : 0),
                         slow(data + 1, size > 1 ? size - 1 : 0));
        uint32_t first = gamlp_crc32c(0, data, size / 3);
        assert_int_equal(gamlp_crc32c(first, data + size / 3, size - size / 3), slow(data, size));
    }
}

static void copies_have_the_same_sum(void **state) {
    (void)state;
    static unsigned char data[70000], copy[70003];
    const size_t sizes[] = {0, 1, 16383, 16384, 16385, 70000};
    for (size_t i = 0; i < sizeof data; i++) data[i] = (unsigned char)(i * i >> 3);
    for (int i = 0; i < 6; i++) {
        memset(copy, 0x5a, sizeof copy);
        assert_int_equal(gamlp_crc32c_copy(copy + 1, gamlp_crc32c(0, "ab", 2), data, sizes[i]),
                         gamlp_crc32c(gamlp_crc32c(0, "ab", 2), data, sizes[i]));
        assert_memory_equal(copy + 1, data, sizes[i]);
        assert_int_equal(copy[0], 0x5a);
        assert_int_equal(copy[1 + sizes[i]], 0x5a);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_value_comes_out),
        cmocka_unit_test(all_sizes_agree_with_the_definition),
        cmocka_unit_test(copies_have_the_same_sum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
