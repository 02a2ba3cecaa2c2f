/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/file.h"
#include "core/map.h"
#include "core/memory.h"

static void a_file_is_mapped(void **state) {
    (void)state;
    static unsigned char data[20000];
    const char *folder = make_directory();
    char path[512];
    gamlp_map map;
    for (size_t i = 0; i < sizeof data; i++) data[i] = (unsigned char)(i % 253);
    snprintf(path, sizeof path, "%s/f", folder);
    CHECK_OK(gamlp_file_write(path, data, sizeof data));
    CHECK_OK(gamlp_map_file(&map, path));
    assert_int_equal(map.size, sizeof data);
    gamlp_map_expect(&map, 100, 5000);
    assert_memory_equal(map.data, data, sizeof data);
    gamlp_map_drop(&map, 100, 15000);
    assert_memory_equal(map.data, data, sizeof data); /* dropped pages are read again */
    assert_int_equal(remove(path), 0);
    assert_memory_equal(map.data, data, sizeof data);
    gamlp_map_clear(&map);
    gamlp_map_clear(&map);
    gamlp_map_clear(NULL);
    remove_directory(folder);
}

static void others_are_refused(void **state) {
    (void)state;
    const char *folder = make_directory();
    char path[512];
    gamlp_map map;
    snprintf(path, sizeof path, "%s/f", folder);
    CHECK_FAILS(gamlp_map_file(&map, path), GAMLP_E_NOINPUT, "No such file");
    CHECK_FAILS(gamlp_map_file(&map, folder), GAMLP_E_NOINPUT, "not a regular file");
    CHECK_OK(gamlp_file_write(path, "", 0));
    CHECK_FAILS(gamlp_map_file(&map, path), GAMLP_E_DATA, "the file is empty");
    assert_int_equal(remove(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    CHECK_FAILS(gamlp_map_file(&map, path), GAMLP_E_NOINPUT, "not a regular file");
    assert_null(map.data);
    remove_directory(folder);
}

static void memory_is_counted(void **state) {
    (void)state;
    int64_t peak = gamlp_memory_peak();
    assert_true(peak > 100000 && peak < (int64_t)1 << 40);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_file_is_mapped),
                                       cmocka_unit_test(others_are_refused),
                                       cmocka_unit_test(memory_is_counted)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
