/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/hash.h"

#include <string.h>

#include "check.h"

static const char *hash_of(const char *text) {
    static char hex[GAMLP_HASH_HEX];
    gamlp_hash hash;
    gamlp_hash_init(&hash);
    gamlp_hash_bytes(&hash, text, strlen(text));
    gamlp_hash_hex(&hash, hex);
    return hex;
}

/* The examples of FIPS 180-2 and the empty message. */
static void test_known(void **state) {
    (void)state;
    assert_string_equal(hash_of("abc"),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_string_equal(hash_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
                        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    assert_string_equal(hash_of(""),
                        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void test_parts(void **state) {
    (void)state;
    char whole[GAMLP_HASH_HEX], parts[GAMLP_HASH_HEX];
    static const unsigned char expected[] = {0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 3,  0,
                                             0,    0,    0,    0,    0,    0,    'c',  'o',  'r'};
    gamlp_hash a, b;
    gamlp_hash_init(&a);
    gamlp_hash_bytes(&a, expected, sizeof expected);
    gamlp_hash_hex(&a, whole);
    gamlp_hash_init(&b);
    gamlp_hash_int(&b, -2);
    gamlp_hash_bytes(&b, NULL, 0);
    gamlp_hash copy = b;
    gamlp_hash_text(&b, "cor");
    gamlp_hash_hex(&b, parts);
    assert_string_equal(whole, parts);
    /* A running hash is a value: the copy goes its own way. */
    gamlp_hash_text(&copy, "cor");
    gamlp_hash_hex(&copy, parts);
    assert_string_equal(whole, parts);
}

/* The example of the paper on SipHash: key 00..0f, message 00..0e. */
static void test_short(void **state) {
    (void)state;
    unsigned char key[GAMLP_HASH_KEY], again[GAMLP_HASH_KEY], message[15];
    for (int i = 0; i < GAMLP_HASH_KEY; i++) key[i] = (unsigned char)i;
    memcpy(message, key, sizeof message);
    assert_true(gamlp_hash_short(message, sizeof message, key) == UINT64_C(0xa129ca6149be45e5));
    CHECK_OK(gamlp_hash_key(key));
    CHECK_OK(gamlp_hash_key(again));
    assert_memory_not_equal(key, again, sizeof key);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
