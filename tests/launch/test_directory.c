/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "launch/directory.h"

static void add(const char *folder, const char *name) {
    char path[400];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *stream = fopen(path, "w");
    assert_non_null(stream);
    fclose(stream);
}

static void set_base(const char *base) {
    assert_int_equal(setenv("TMPDIR", base, 1), 0);
}

static void only_we_can_enter(void **state) {
    (void)state;
    gamlp_directory d;
    struct stat info;
    set_base(make_directory());
    CHECK_OK(gamlp_directory_private(&d));
    assert_int_equal(stat(d.path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    add(d.path, "12");
    char *path = strdup(d.path);
    gamlp_directory_remove(&d);
    assert_false(gamlp_file_is_directory(path));
    free(path);
    gamlp_directory_remove(&d);
}

/* Whose process lives keeps its directory; what was left behind goes, and nothing else does. */
static void the_abandoned_are_removed(void **state) {
    (void)state;
    gamlp_directory living, dead, next;
    char other[300], link[300];
    const char *base = make_directory();
    set_base(base);
    CHECK_OK(gamlp_directory_private(&living));
    CHECK_OK(gamlp_directory_private(&dead));
    add(dead.path, "1");
    close(dead.lock); /* as the end of its process would */
    snprintf(other, sizeof other, "%s/gamlp-others", base);
    snprintf(link, sizeof link, "%s/gamlp-link", base);
    assert_int_equal(mkdir(other, 0700), 0);
    add(other, "1");
    assert_int_equal(symlink(other, link), 0);
    CHECK_OK(gamlp_directory_private(&next));
    assert_true(gamlp_file_is_directory(living.path));
    assert_false(gamlp_file_is_directory(dead.path));
    assert_true(gamlp_file_is_directory(other));
    assert_int_equal(access(link, F_OK), 0);
    gamlp_directory_remove(&living);
    gamlp_directory_remove(&next);
    dead.lock = open("/dev/null", O_RDONLY);
    gamlp_directory_remove(&dead);
}

static void bad_places_are_named(void **state) {
    (void)state;
    gamlp_directory d;
    char text[200];
    memset(text, 'x', sizeof text);
    text[0] = '/';
    text[150] = 0;
    set_base(text);
    CHECK_FAILS(gamlp_directory_private(&d), GAMLP_E_CONFIG, "expected at most 85 characters");
    assert_null(d.path);
    text[85] = 0;
    set_base(text);
    CHECK_FAILS(gamlp_directory_private(&d), GAMLP_E_CREATE, "cannot create directory");
    assert_null(d.path);
}

static gamlp_status make_one(void *context) {
    (void)context;
    gamlp_directory d;
    gamlp_status status = gamlp_directory_private(&d);
    gamlp_directory_remove(&d);
    return status;
}

static void failed_allocations(void **state) {
    (void)state;
    set_base(make_directory());
    check_every_allocation(make_one, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_we_can_enter),
        cmocka_unit_test(the_abandoned_are_removed),
        cmocka_unit_test(failed_allocations),
        cmocka_unit_test(bad_places_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
