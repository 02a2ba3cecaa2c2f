/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "core/temporary.h"
#include "gamlp/alloc.h"

static void touch(const char *folder, const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    close(fd);
}

static int there(const char *folder, const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

static int entries(const char *folder) {
    int count = 0;
    DIR *directory = opendir(folder);
    assert_non_null(directory);
    for (const struct dirent *e; (e = readdir(directory)) != NULL;) count += e->d_name[0] != '.';
    closedir(directory);
    return count;
}

/* A file without a lock is what a killed process leaves. */
static void files_of_the_dead_are_removed(void **state) {
    (void)state;
    static const char *const others[] = {"out.tmp-abc12",   "out.tmp-abc1234", "out.tmp-ab_123",
                                         "out2.tmp-abc123", "out.backup",      "outXtmp-abc123",
                                         "xout.tmp-abc123"};
    const char *folder = make_directory();
    char path[512];
    gamlp_output output;
    for (size_t i = 0; i < 7; i++) touch(folder, others[i]);
    touch(folder, "out.tmp-abc123");
    touch(folder, "out.tmp-XYZxyz");
    snprintf(path, sizeof path, "%s/out.tmp-linked", folder);
    assert_int_equal(symlink(others[0], path), 0);
    snprintf(path, sizeof path, "%s/out", folder);
    CHECK_OK(gamlp_output_open(&output, path));
    assert_false(there(folder, "out.tmp-abc123"));
    assert_false(there(folder, "out.tmp-XYZxyz"));
    assert_int_equal(entries(folder), 7 + 1 + 1);
    CHECK_OK(gamlp_output_commit(&output));
    assert_true(there(folder, "out"));
    for (size_t i = 0; i < 7; i++) assert_true(there(folder, others[i]));
    remove_directory(folder);
}

static void files_of_the_living_stay(void **state) {
    (void)state;
    const char *folder = make_directory();
    char path[512];
    gamlp_output first, second, third;
    snprintf(path, sizeof path, "%s/out", folder);
    CHECK_OK(gamlp_output_open(&first, path));
    gamlp_output_write(&first, "first", 5);
    CHECK_OK(gamlp_output_open(&second, path));
    gamlp_output_write(&second, "second", 6);
    CHECK_OK(gamlp_output_seal(&first)); /* closed, but not yet renamed */
    CHECK_OK(gamlp_output_open(&third, path));
    assert_int_equal(entries(folder), 3);
    gamlp_output_abandon(&third);
    CHECK_OK(gamlp_output_commit(&first));
    CHECK_OK(gamlp_output_commit(&second));
    assert_int_equal(entries(folder), 1);
    gamlp_bytes bytes;
    CHECK_OK(gamlp_file_read(&bytes, path, 100));
    assert_memory_equal(bytes.data, "second", 6);
    gamlp_bytes_clear(&bytes);
    remove_directory(folder);
}

static void the_folder_is_that_of_the_path(void **state) {
    (void)state;
    char name[] = "no-such-file", other[] = "/no-such-file", third[] = "/none/such/file";
    gamlp_temporary_sweep(name);
    gamlp_temporary_sweep(other);
    gamlp_temporary_sweep(third);
    assert_string_equal(third, "/none/such/file");
    char pattern[] = "/none/such/file.tmp-XXXXXX";
    assert_int_equal(gamlp_temporary_make(pattern), -1);
}

/* As the handler of a signal does. */
static void files_of_the_ended_are_removed(void **state) {
    (void)state;
    const char *folder = make_directory();
    char path[512], sealed[512], whole[512];
    gamlp_output output, second, third;
    snprintf(path, sizeof path, "%s/out", folder);
    snprintf(sealed, sizeof sealed, "%s/sealed", folder);
    snprintf(whole, sizeof whole, "%s/whole", folder);
    CHECK_OK(gamlp_output_open(&third, whole));
    CHECK_OK(gamlp_output_commit(&third));
    CHECK_OK(gamlp_output_open(&third, whole));
    gamlp_output_abandon(&third);
    CHECK_OK(gamlp_output_open(&output, path));
    CHECK_OK(gamlp_output_open(&second, sealed));
    CHECK_OK(gamlp_output_seal(&second));
    char *names[] = {output.temporary, second.temporary};
    assert_int_equal(entries(folder), 3);
    gamlp_temporaries_remove();
    assert_int_equal(entries(folder), 1);
    assert_true(there(folder, "whole"));
    CHECK_FAILS(gamlp_output_commit(&output), GAMLP_E_IO, "out: cannot write");
    gamlp_output_abandon(&second);
    assert_int_equal(entries(folder), 1);
    for (int i = 0; i < 2; i++) gamlp_free(names[i]); /* they had to stay */
    remove_directory(folder);
}

/* What there is no room to note is swept later, and its name freed now. */
static void more_files_than_are_noted(void **state) {
    (void)state;
    enum { MANY = 260 };
    static gamlp_output output[MANY];
    const char *folder = make_directory();
    char path[512];
    int noted = 0;
    for (int i = 0; i < MANY; i++) {
        snprintf(path, sizeof path, "%s/out%d", folder, i);
        CHECK_OK(gamlp_output_open(&output[i], path));
        noted += output[i].noted;
    }
    assert_int_equal(noted, 256);
    for (int i = 0; i < MANY; i++) gamlp_output_abandon(&output[i]);
    assert_int_equal(entries(folder), 0);
    CHECK_OK(gamlp_output_open(&output[0], path));
    assert_true(output[0].noted);
    gamlp_output_abandon(&output[0]);
    remove_directory(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(files_of_the_dead_are_removed),
                                       cmocka_unit_test(files_of_the_living_stay),
                                       cmocka_unit_test(files_of_the_ended_are_removed),
                                       cmocka_unit_test(more_files_than_are_noted),
                                       cmocka_unit_test(the_folder_is_that_of_the_path)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
