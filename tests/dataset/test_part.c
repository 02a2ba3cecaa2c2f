/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/part.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "core/digest.h"
#include "core/file.h"

static char folder[512], path[600], beside[700];

static int set_up(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "%s", make_directory());
    snprintf(path, sizeof path, "%s/new/a.npz", folder);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    remove_directory(folder);
    return 0;
}

static const char *with(const char *ending) {
    snprintf(beside, sizeof beside, "%s%s", path, ending);
    return beside;
}

static const gamlp_part_origin here = {"http://a.example/a.npz", "\"1\""};

static void put_part(const char *text) {
    gamlp_part part;
    CHECK_OK(gamlp_part_open(&part, path, NULL, NULL));
    CHECK_OK(gamlp_part_restart(&part, &here));
    CHECK_OK(gamlp_part_append(&part, text, strlen(text)));
    gamlp_part_close(&part);
}

static void test_grows(void **state) {
    (void)state;
    gamlp_part part;
    gamlp_bytes bytes;
    char hex[GAMLP_HASH_HEX], other[GAMLP_HASH_HEX];
    int64_t size = 0;
    put_part("abc");
    assert_false(gamlp_file_exists(path));
    CHECK_OK(gamlp_part_open(&part, path, NULL, NULL));
    assert_int_equal(part.size, 3);
    assert_string_equal(part.origin.address, here.address);
    assert_string_equal(part.origin.validator, here.validator);
    CHECK_OK(gamlp_part_append(&part, "def", 3));
    CHECK_OK(gamlp_part_hash(hex, &part));
    CHECK_OK(gamlp_part_finish(&part, false));
    gamlp_part_close(&part);
    CHECK_OK(gamlp_file_read(&bytes, path, 100));
    assert_string_equal((const char *)bytes.data, "abcdef");
    gamlp_bytes_clear(&bytes);
    CHECK_OK(gamlp_file_digest(other, &size, path));
    assert_string_equal(hex, other);
    assert_int_equal(size, 6);
    /* sha256sum of the six letters */
    assert_string_equal(hex, "bef57ec7f53a6d40beb640a780a639c83bc29ac8a9816f1fc6c5c6dcd93c4721");
    assert_false(gamlp_file_exists(with(".part")));
    assert_false(gamlp_file_exists(with(".part.from")));
}

static void test_restart(void **state) {
    (void)state;
    static const gamlp_part_origin there = {"http://b.example/a.npz", ""};
    gamlp_part part;
    put_part("abc");
    CHECK_OK(gamlp_part_open(&part, path, NULL, NULL));
    CHECK_OK(gamlp_part_restart(&part, &there));
    assert_int_equal(part.size, 0);
    CHECK_OK(gamlp_part_append(&part, "x", 1));
    gamlp_part_close(&part);
    CHECK_OK(gamlp_part_open(&part, path, NULL, NULL));
    assert_int_equal(part.size, 1);
    assert_string_equal(part.origin.address, there.address);
    assert_string_equal(part.origin.validator, "");
    gamlp_part_drop(&part);
    gamlp_part_close(&part); /* an empty part leaves nothing */
    assert_false(gamlp_file_exists(with(".part")));
    assert_false(gamlp_file_exists(with(".part.from")));
    gamlp_part_close(&part);
}

/* A memory that is damaged or gone: the bytes are of an origin that nobody knows. */
static void test_memory(void **state) {
    (void)state;
    static const char *const bad[] = {"", "\n", "http://a.example/a.npz", "one line\n"};
    gamlp_part part;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        put_part("abc");
        CHECK_OK(gamlp_file_write(with(".part.from"), bad[i], strlen(bad[i])));
        CHECK_OK(gamlp_part_open(&part, path, NULL, NULL));
        assert_int_equal(part.size, 3);
        assert_string_equal(part.origin.address, "");
        gamlp_part_close(&part);
    }
    put_part("abc");
    assert_int_equal(unlink(with(".part.from")), 0);
    CHECK_OK(gamlp_part_open(&part, path, NULL, NULL));
    assert_string_equal(part.origin.address, "");
    gamlp_part_close(&part);
}

/* Only what was made here is removed. */
static void test_marked(void **state) {
    (void)state;
    gamlp_part part;
    put_part("abc");
    CHECK_OK(gamlp_file_write(path, "by hand", 7));
    CHECK_OK(gamlp_part_remove_marked(path)); /* the memory is that of FILE.part */
    assert_true(gamlp_file_exists(path) && gamlp_file_exists(with(".part")));
    CHECK_OK(gamlp_part_open(&part, path, NULL, NULL));
    CHECK_OK(gamlp_part_finish(&part, true));
    gamlp_part_close(&part);
    assert_true(gamlp_file_exists(path));
    CHECK_OK(gamlp_part_remove_marked(path));
    assert_false(gamlp_file_exists(path) || gamlp_file_exists(with(".part.from")));
    CHECK_OK(gamlp_file_write(path, "by hand", 7));
    CHECK_OK(gamlp_part_remove_marked(path));
    assert_true(gamlp_file_exists(path));
}

static void test_refused(void **state) {
    (void)state;
    gamlp_part part;
    char text[800];
    put_part("abc");
    assert_int_equal(mkdir(path, 0777), 0);
    CHECK_FAILS(gamlp_part_open(&part, path, NULL, NULL), GAMLP_E_CREATE, "not a regular file");
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(unlink(with(".part")), 0);
    assert_int_equal(mkfifo(with(".part"), 0666), 0);
    CHECK_FAILS(gamlp_part_open(&part, path, NULL, NULL), GAMLP_E_CREATE, "not a regular file");
    snprintf(text, sizeof text, "%s/new/a.npz.part/b", folder);
    CHECK_FAILS(gamlp_part_open(&part, text, NULL, NULL), GAMLP_E_CREATE, "a.npz.part");
}

static gamlp_status whole_life(void *context) {
    gamlp_part part;
    char hex[GAMLP_HASH_HEX];
    gamlp_status status = GAMLP_OK;
    (void)context;
    GAMLP_TRY(gamlp_part_open(&part, path, NULL, NULL));
    GAMLP_TRY(gamlp_part_restart(&part, &here));
    GAMLP_TRY(gamlp_part_append(&part, "abc", 3));
    GAMLP_TRY(gamlp_part_hash(hex, &part));
    GAMLP_TRY(gamlp_part_finish(&part, false));
done:
    gamlp_part_close(&part);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    check_every_allocation(whole_life, NULL);
    assert_true(gamlp_file_exists(path));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_grows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_restart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_memory, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_marked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_allocation, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
