/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/digest.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "check.h"
#include "core/file.h"

static void write_bytes(const char *path, size_t size) {
    static char byte[200000];
    memset(byte, 'a', sizeof byte);
    CHECK_OK(gamlp_file_write(path, byte, size));
}

/* FIPS 180-4 and the tools of every system: nothing, three bytes, more than a block. */
static void test_known(void **state) {
    (void)state;
    char path[300], hex[GAMLP_HASH_HEX];
    int64_t bytes;
    snprintf(path, sizeof path, "%s/file", make_directory());
    write_bytes(path, 0);
    CHECK_OK(gamlp_file_digest(hex, &bytes, path));
    assert_int_equal(bytes, 0);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK_OK(gamlp_file_write(path, "abc", 3));
    CHECK_OK(gamlp_file_digest(hex, &bytes, path));
    assert_int_equal(bytes, 3);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    write_bytes(path, 200000);
    CHECK_OK(gamlp_file_digest(hex, &bytes, path));
    assert_int_equal(bytes, 200000);
    assert_string_equal(hex, "2287d207f24a941ff3b56c04c8a25ad56b63e3023207b3bb5b4ac0c9869d74be");
}

static void test_bad(void **state) {
    (void)state;
    char path[300], hex[GAMLP_HASH_HEX];
    int64_t bytes;
    const char *folder = make_directory();
    CHECK_FAILS(gamlp_file_digest(hex, &bytes, folder), GAMLP_E_NOINPUT, "not a regular file");
    snprintf(path, sizeof path, "%s/none", folder);
    CHECK_FAILS(gamlp_file_digest(hex, &bytes, path), GAMLP_E_NOINPUT, "none: No such file");
    snprintf(path, sizeof path, "%s/fifo", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    CHECK_FAILS(gamlp_file_digest(hex, &bytes, path), GAMLP_E_NOINPUT, "not a regular file");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
