/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "core/file.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static char folder[256];

/* A path in the folder; four may be in use at a time. */
static const char *in(const char *name) {
    static char path[4][512];
    static int next;
    next = (next + 1) % 4;
    snprintf(path[next], sizeof path[next], "%s/%s", folder, name);
    return path[next];
}

static int entries(const char *path) {
    int count = 0;
    DIR *directory = opendir(path);
    assert_non_null(directory);
    while (readdir(directory)) count++;
    closedir(directory);
    return count - 2;
}

static void check_content(const char *path, const char *expected) {
    gamlp_bytes bytes;
    CHECK_OK(gamlp_file_read(&bytes, path, 1 << 20));
    assert_int_equal(bytes.size, strlen(expected));
    assert_string_equal((char *)bytes.data, expected);
    gamlp_bytes_clear(&bytes);
}

static int set_up(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "%s", make_directory());
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    remove_directory(folder);
    return 0;
}

static void test_read(void **state) {
    (void)state;
    gamlp_bytes bytes;
    CHECK_OK(gamlp_file_write(in("a"), "hello", 5));
    check_content(in("a"), "hello");
    CHECK_OK(gamlp_file_read(&bytes, in("a"), 5));
    gamlp_bytes_clear(&bytes);
    CHECK_FAILS(gamlp_file_read(&bytes, in("a"), 4), GAMLP_E_DATA, "5 bytes, expected at most 4");
    assert_null(bytes.data);
    CHECK_FAILS(gamlp_file_read(&bytes, in("none"), 4), GAMLP_E_NOINPUT, "none");
    CHECK_FAILS(gamlp_file_read(&bytes, folder, 1 << 20), GAMLP_E_NOINPUT, "not a regular file");
    CHECK_FAILS(gamlp_file_read(&bytes, "/dev/zero", 1), GAMLP_E_NOINPUT, "not a regular file");
    assert_int_equal(mkfifo(in("fifo"), 0600), 0);
    CHECK_FAILS(gamlp_file_read(&bytes, in("fifo"), 1), GAMLP_E_NOINPUT, "not a regular file");
    CHECK_OK(gamlp_file_write(in("empty"), NULL, 0));
    check_content(in("empty"), "");
    gamlp_bytes_clear(NULL);
    assert_true(gamlp_file_exists(in("a")) && !gamlp_file_exists(in("none")));
    assert_true(gamlp_file_is_directory(folder) && !gamlp_file_is_directory(in("a")));
}

static void test_appears_when_whole(void **state) {
    (void)state;
    gamlp_output output;
    CHECK_OK(gamlp_file_write(in("a"), "old", 3));
    CHECK_OK(gamlp_output_open(&output, in("a")));
    gamlp_output_write(&output, "new ", 4);
    check_content(in("a"), "old");
    CHECK_OK(gamlp_output_seal(&output));
    check_content(in("a"), "old");
    assert_int_equal(entries(folder), 2);
    CHECK_OK(gamlp_output_commit(&output));
    check_content(in("a"), "new ");
    assert_int_equal(entries(folder), 1);
    struct stat info;
    mode_t mask = umask(0);
    umask(mask);
    assert_int_equal(stat(in("a"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0666 & ~mask);
}

static void test_abandoned(void **state) {
    (void)state;
    gamlp_output output;
    for (int sealed = 0; sealed < 2; sealed++) {
        CHECK_OK(gamlp_output_open(&output, in("a")));
        gamlp_output_write(&output, "new", 3);
        if (sealed) CHECK_OK(gamlp_output_seal(&output));
        gamlp_output_abandon(&output);
        assert_int_equal(entries(folder), 0);
    }
    gamlp_output_abandon(&output);
}

static void test_cannot_create(void **state) {
    (void)state;
    gamlp_output output;
    CHECK_FAILS(gamlp_output_open(&output, in("no/a")), GAMLP_E_CREATE, "no/a: cannot create");
    gamlp_output_abandon(&output);
    CHECK_OK(gamlp_directory_make(NULL, in("taken")));
    CHECK_FAILS(gamlp_output_open(&output, in("taken")), GAMLP_E_CREATE, "not a regular file");
    assert_int_equal(entries(folder), 1);
}

/* A rename over a link, a pipe or a device would put a file in its place. */
static void test_special_files(void **state) {
    (void)state;
    gamlp_output output;
    assert_int_equal(symlink("target", in("link")), 0);
    CHECK_FAILS(gamlp_output_open(&output, in("link")), GAMLP_E_CREATE, "not a regular file");
    assert_int_equal(mkfifo(in("pipe"), 0600), 0);
    CHECK_FAILS(gamlp_output_open(&output, in("pipe")), GAMLP_E_CREATE, "not a regular file");
    CHECK_FAILS(gamlp_output_open(&output, "/dev/null"), GAMLP_E_CREATE, "not a regular file");
    assert_int_equal(entries(folder), 2);
}

/* A file size limit acts as a full disk does: some bytes arrive, then write() fails. */
static void test_full(void **state) {
    (void)state;
    struct rlimit before, limit;
    static char data[100000];
    signal(SIGXFSZ, SIG_IGN);
    CHECK_OK(gamlp_file_write(in("a"), "old", 3));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    for (int sealed = 0; sealed < 2; sealed++) {
        limit.rlim_cur = 5000;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        gamlp_output output;
        CHECK_OK(gamlp_output_open(&output, in("a")));
        gamlp_output_write(&output, data, sizeof data);
        /* What comes later may fit again, but the file stays bad. */
        setrlimit(RLIMIT_FSIZE, &before);
        gamlp_output_write(&output, "end", 3);
        CHECK_FAILS(sealed ? gamlp_output_seal(&output) : gamlp_output_commit(&output), GAMLP_E_IO,
                    "a: cannot write: File too large");
        gamlp_output_abandon(&output);
        check_content(in("a"), "old");
        assert_int_equal(entries(folder), 1);
    }
}

static void test_directories(void **state) {
    (void)state;
    bool made = false;
    CHECK_OK(gamlp_directory_make(&made, in("x/y/z")));
    assert_true(made);
    assert_true(gamlp_file_is_directory(in("x/y/z")));
    CHECK_OK(gamlp_directory_make(&made, in("x/y/z")));
    assert_false(made);
    CHECK_OK(gamlp_directory_make(NULL, in("x//w/")));
    assert_true(gamlp_file_is_directory(in("x/w")));
    CHECK_OK(gamlp_file_write(in("file"), "", 0));
    CHECK_FAILS(gamlp_directory_make(&made, in("file")), GAMLP_E_CREATE, "file");
    CHECK_FAILS(gamlp_directory_make(&made, in("file/x")), GAMLP_E_CREATE,
                "cannot create directory");
    CHECK_FAILS(gamlp_directory_make(&made, ""), GAMLP_E_CREATE, "cannot create directory");
}

static gamlp_status use_all(void *context) {
    (void)context;
    gamlp_bytes bytes = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_directory_make(NULL, in("d")));
    GAMLP_TRY(gamlp_file_write(in("d/a"), "text", 4));
    GAMLP_TRY(gamlp_file_read(&bytes, in("d/a"), 100));
done:
    gamlp_bytes_clear(&bytes);
    return status;
}

static void test_reread(void **state) {
    (void)state;
    gamlp_output output;
    FILE *stream;
    char text[16] = "";
    CHECK_OK(gamlp_output_open(&output, in("r")));
    gamlp_output_write(&output, "0123456789", 10);
    CHECK_OK(gamlp_output_reread(&stream, &output, 4));
    assert_int_equal(fread(text, 1, sizeof text, stream), 6);
    assert_string_equal(text, "456789");
    fclose(stream);
    gamlp_output_write(&output, "x", 1);
    CHECK_OK(gamlp_output_commit(&output));
    check_content(in("r"), "0123456789x");
    CHECK_OK(gamlp_output_open(&output, in("s")));
    output.reason = ENOSPC;
    CHECK_FAILS(gamlp_output_reread(&stream, &output, 0), GAMLP_E_IO, "s: cannot write: No space");
    assert_null(stream);
    gamlp_output_abandon(&output);
}

static void test_first_bytes(void **state) {
    (void)state;
    CHECK_OK(gamlp_file_write(in("b"), "magic rest", 10));
    assert_true(gamlp_file_begins(in("b"), "magic"));
    assert_true(gamlp_file_begins(in("b"), "magic rest"));
    assert_false(gamlp_file_begins(in("b"), "Magic"));
    assert_false(gamlp_file_begins(in("b"), "magic rest and"));
    assert_false(gamlp_file_begins(in("none"), "magic"));
    assert_false(gamlp_file_begins(folder, "magic"));
}

static void test_same(void **state) {
    (void)state;
    CHECK_OK(gamlp_file_write(in("f"), "1", 1));
    CHECK_OK(gamlp_file_write(in("g"), "1", 1));
    char other[300];
    snprintf(other, sizeof other, "%s/../%s/f", folder, strrchr(folder, '/') + 1);
    assert_true(gamlp_file_is_same(in("f"), other));
    snprintf(other, sizeof other, "%s", in("g"));
    assert_false(gamlp_file_is_same(in("f"), other));
    assert_false(gamlp_file_is_same(in("none"), other));
    snprintf(other, sizeof other, "%s", in("link"));
    assert_int_equal(symlink("f", other), 0);
    assert_true(gamlp_file_is_same(in("f"), other));
    assert_false(gamlp_file_is_same(other, in("none")));
    snprintf(other, sizeof other, "%s", in("hard"));
    assert_int_equal(link(in("f"), other), 0);
    assert_true(gamlp_file_is_same(other, in("f")));
}

static void test_allocation(void **state) {
    (void)state;
    check_every_allocation(use_all, NULL);
    assert_int_equal(entries(in("d")), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_appears_when_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_abandoned, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_special_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cannot_create, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_full, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_directories, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reread, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_first_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_allocation, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
