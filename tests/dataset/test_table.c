/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "gamlp/rng.h"
#include "gamlp/threads.h"
#include "gzip.h"

static char folder[256];

static const gamlp_table_layout ints = {.cell = "a count", .rows = 1000000, .any_rows = true};
static const gamlp_table_layout reals = {
    .cell = "a feature", .reals = true, .rows = 1000000, .any_rows = true};

static int setup(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "%s", make_directory());
    return 0;
}

static int teardown(void **state) {
    (void)state;
    remove_directory(folder);
    gamlp_threads_set(gamlp_threads_available());
    return 0;
}

static void check_ints(const char *text, const gamlp_table_layout *layout, int64_t rows,
                       int64_t columns, const int64_t *cells) {
    gamlp_table t;
    for (int gz = 0; gz < 2; gz++) {
        CHECK_OK(gamlp_table_read(&t, put_text_file(folder, gz ? "i.gz" : "i", text), layout));
        assert_int_equal(t.rows, rows);
        assert_int_equal(t.columns, columns);
        assert_null(t.reals);
        assert_memory_equal(t.ints, cells, (size_t)(rows * columns) * sizeof *cells);
        gamlp_table_clear(&t);
    }
}

static void check_refused(const char *text, const gamlp_table_layout *layout, const char *words) {
    gamlp_table t;
    CHECK_FAILS(gamlp_table_read(&t, put_text_file(folder, "bad.csv", text), layout), GAMLP_E_DATA,
                words);
    assert_null(t.ints);
    assert_null(t.reals);
}

static void test_forms(void **state) {
    (void)state;
    static const int64_t cells[] = {1, -2, 3, 40, 5, 6};
    gamlp_table_layout headed = ints, exact = ints;
    headed.header = true;
    exact.any_rows = false;
    exact.rows = 2;
    exact.columns = 3;
    check_ints("1,-2,3\n40,5,6\n", &ints, 2, 3, cells);
    check_ints("1,-2,3\n40,5,6", &exact, 2, 3, cells);
    check_ints("1,-2,3\r\n40,5,6\r\n\r\n\n", &exact, 2, 3, cells);
    check_ints("1\t-2\t3\n40\t5\t6\n", &ints, 2, 3, cells);
    check_ints("1;-2;3\n40;5;6\n", &ints, 2, 3, cells);
    check_ints("1 -2 3\n40 5 6\n", &ints, 2, 3, cells);
    check_ints("  1  -2 3 \n 40 5   6\n", &ints, 2, 3, cells);
    check_ints("1, -2 ,3 \n 40,5.0,6e0\n", &ints, 2, 3, cells);
    check_ints("a,b\n1,-2,3\n40,5,6\n", &headed, 2, 3, cells);
    check_ints("1\n-2\n3\n", &ints, 3, 1, cells);
    check_ints("\"an odd line\n1,-2\n3,40\n", &headed, 2, 2, cells);
}

static void test_reals(void **state) {
    (void)state;
    gamlp_table t;
    gamlp_table_layout missing = reals;
    missing.missing = true;
    CHECK_OK(gamlp_table_read(
        &t, put_text_file(folder, "r.csv", "0.1,nan\n,1e-3\n\"\",NaN\n-0.057943,16777217\n"),
        &missing));
    assert_int_equal(t.rows, 4);
    assert_null(t.ints);
    assert_true(t.reals[0] == (gamlp_real)0.1 && isnan(t.reals[1]) && isnan(t.reals[2]));
    assert_true(t.reals[3] == (gamlp_real)1e-3 && isnan(t.reals[4]) && isnan(t.reals[5]));
    assert_true(t.reals[6] == (gamlp_real)-0.057943 && t.reals[7] == (gamlp_real)16777217.0);
    gamlp_table_clear(&t);
    missing.reals = false;
    static const int64_t cells[] = {3, GAMLP_TABLE_MISSING, GAMLP_TABLE_MISSING, 4};
    check_ints("3\nnan\n\"\"\n4\n", &missing, 4, 1, cells);
}

static void test_refused(void **state) {
    (void)state;
    gamlp_table_layout l = ints, few = ints, four = ints, real = reals;
    l.bounded = true;
    l.high = 9;
    few.rows = 2;
    four.rows = 4;
    four.any_rows = false;
    check_refused("1,2\n3,x4\n", &ints,
                  "bad.csv: line 2, column 2: \"x4\": not a number, expected a count in each of 2");
    check_refused("1,2\n3\n", &ints, "line 2, column 1: \"3\": the line ends behind this cell");
    check_refused("1,2\n3,4,5\n", &ints, "line 2, column 2: \"4\": the line goes on behind");
    check_refused("1,2\n3,4,\n", &ints, "line 2, column 2: \"4\": the line goes on behind");
    check_refused("1,2\n\n3,4\n", &ints, "line 2, column 1: \"\": not a number");
    check_refused("1,2\n,4\n", &ints, "line 2, column 1: \"\": not a number");
    check_refused("1,2 3\n", &ints, "line 1, column 2: \"2 3\": not a number");
    check_refused("1,2.5\n", &ints, "line 1, column 2: \"2.5\": not a number");
    check_refused("1,99999999999999999999\n", &ints, "column 2: \"99999999999999999999\": not a");
    check_refused("1,-1\n", &l, "column 2: \"-1\": out of range, expected a count in 0..9 in each");
    check_refused("1,10\n", &l, "column 2: \"10\": out of range");
    check_refused("1\n2\n3\n", &few, "more than 2 rows, expected at most 2 rows of 1 cells");
    check_refused("1\n2\n333\n", &four, "3 rows, expected 4 rows of 1 cells");
    check_refused("1\n2\n3\n4\n5\n", &four, "more than 4 rows, expected 4 rows");
    check_refused("", &ints, "no rows, expected a count");
    check_refused("\n\r\n\n", &ints, "no rows");
    check_refused("nan\n", &ints, "\"nan\": not a number");
    check_refused("nan\n", &real, "\"nan\": not a number");
    check_refused("1\ninf\n", &real, "line 2, column 1: \"inf\": not a number");
    check_refused("1e39\n", &real, "\"1e39\": too large for a float");
    check_refused("0x10\n", &real, "\"0x10\": not a number");
    check_refused("1\n\x01\xff\n", &real, "line 2, column 1: \"??\": not a number");
    real.header = true;
    check_refused("1\n", &real, "no rows");
    check_refused("1\n2\n3;4\n", &real, "line 3, column 1");
}

static void test_nul(void **state) {
    (void)state;
    gamlp_table t;
    CHECK_FAILS(gamlp_table_read(&t, put_file(folder, "nul", "1\0,2\n3,4\n", 9), &ints),
                GAMLP_E_DATA, "nul: line 1, column 1: \"1?\": not a number");
    CHECK_FAILS(gamlp_table_read(&t, put_file(folder, "nul", "\0\0\0", 3), &ints), GAMLP_E_DATA,
                "not a number");
    CHECK_FAILS(gamlp_table_read(&t, put_file(folder, "high", "\xc8\0 \xc8", 4), &reals),
                GAMLP_E_DATA, "high: line 1, column 1: \"??\": not a number");
}

/* What a file says it holds is compared with its size before memory is taken. */
static void test_bounds(void **state) {
    (void)state;
    gamlp_table_layout l = reals;
    l.any_rows = false;
    l.rows = INT64_C(1000000000000);
    count_allocations();
    check_refused("1,2\n3,4\n", &l, "8 bytes cannot hold the expected 1000000000000 rows of 2");
    l.rows = INT64_MAX;
    check_refused("1,2\n3,4\n", &l, "are impossible");
    stop_counting();
    gamlp_table t;
    size_t size = (size_t)(1 << 26) + 10;
    char *spaces = malloc(size);
    memset(spaces, ' ', size);
    CHECK_FAILS(gamlp_table_read(&t, put_file(folder, "bomb.gz", spaces, size), &reals),
                GAMLP_E_DATA, "line 1 is longer than 67108864 bytes");
    free(spaces);
}

enum { MANY_ROWS = 52000, MANY_COLUMNS = 17 };

/* About 9 MB: several blocks.  Cells as printf() writes them; line lengths vary. */
static char *many(double *cells) {
    char *text = malloc((size_t)MANY_ROWS * MANY_COLUMNS * 26), *p = text;
    gamlp_rng rng = gamlp_rng_key(3, GAMLP_RNG_TEST, 0);
    for (uint64_t i = 0; i < (uint64_t)MANY_ROWS * MANY_COLUMNS; i++) {
        double u = gamlp_rng_uniform(rng, i) - 0.5;
        int length = snprintf(p, 26, "%.*g", (int)(1 + i % 11), u);
        cells[i] = strtod(p, NULL); /* while the text ends here: sanitizers read all of it */
        p += length;
        *p++ = (i + 1) % MANY_COLUMNS ? ',' : '\n';
    }
    *p = 0;
    return text;
}

static void test_threads(void **state) {
    (void)state;
    double *cells = malloc((size_t)MANY_ROWS * MANY_COLUMNS * sizeof *cells);
    char *text = many(cells), path[512];
    snprintf(path, sizeof path, "%s", put_text_file(folder, "many.csv.gz", text));
    static const int64_t threads[] = {1, 2, 5};
    for (int k = 0; k < 3; k++) {
        gamlp_table t;
        int64_t wrong = 0;
        gamlp_threads_set(threads[k]);
        CHECK_OK(gamlp_table_read(&t, path, &reals));
        assert_int_equal(t.rows, MANY_ROWS);
        assert_int_equal(t.columns, MANY_COLUMNS);
        for (int64_t i = 0; i < (int64_t)MANY_ROWS * MANY_COLUMNS; i++)
            wrong += t.reals[i] != (gamlp_real)cells[i];
        assert_int_equal(wrong, 0);
        gamlp_table_clear(&t);
    }
    /* The first of two faults is reported, with its line. */
    char *p = text;
    for (int line = 1; line < 50001; line++) {
        while (*p++ != '\n') continue; /* strchr() reads all of it under sanitizers */
        if (line == 40000) *strchr(p, ',') = ';';
    }
    *strchr(p, ',') = ';';
    snprintf(path, sizeof path, "%s", put_text_file(folder, "many.csv.gz", text));
    for (int k = 0; k < 3; k++) {
        gamlp_table t;
        gamlp_threads_set(threads[k]);
        CHECK_FAILS(gamlp_table_read(&t, path, &reals), GAMLP_E_DATA, "line 40001, column 1");
    }
    free(text);
    free(cells);
}

/* A line longer than the first block, and blocks that end in a run of newlines. */
static void test_long_lines(void **state) {
    (void)state;
    size_t columns = 3000000;
    char *text = malloc(2 * columns + 8);
    for (size_t i = 0; i < columns; i++) memcpy(text + 2 * i, i % 3 ? "1," : "2,", 2);
    text[2 * columns - 1] = '\n';
    gamlp_table t;
    CHECK_OK(gamlp_table_read(&t, put_file(folder, "wide.csv", text, 2 * columns), &ints));
    assert_int_equal(t.rows, 1);
    assert_int_equal(t.columns, (int64_t)columns);
    assert_int_equal(t.ints[2999997], 2);
    gamlp_table_clear(&t);
    memset(text + 2, '\n', 2 * columns - 2);
    text[1] = '\n';
    CHECK_OK(gamlp_table_read(&t, put_file(folder, "tail.csv", text, 2 * columns), &ints));
    assert_int_equal(t.rows, 1);
    gamlp_table_clear(&t);
    text[2 * columns - 1] = '7';
    gamlp_table_layout tall = ints;
    tall.rows = INT32_MAX;
    CHECK_FAILS(gamlp_table_read(&t, put_file(folder, "gap.csv", text, 2 * columns), &tall),
                GAMLP_E_DATA, "line 2, column 1: \"\"");
    free(text);
}

static void test_gzip_faults(void **state) {
    (void)state;
    size_t length;
    unsigned char *file = gzip_member(&length, "1,2\n3,4\n5,6\n", 12);
    gamlp_table t;
    CHECK_FAILS(gamlp_table_read(&t, put_file(folder, "cut", file, length - 3), &ints),
                GAMLP_E_DATA, "is cut short");
    file[length - 5] ^= 1;
    CHECK_FAILS(gamlp_table_read(&t, put_file(folder, "bad", file, length), &ints), GAMLP_E_DATA,
                "are damaged");
    free(file);
    char path[300];
    snprintf(path, sizeof path, "%s/none", folder);
    CHECK_FAILS(gamlp_table_read(&t, path, &ints), GAMLP_E_NOINPUT, "none: No such file");
}

static gamlp_status read_path(void *context) {
    gamlp_table t;
    gamlp_status status = gamlp_table_read(&t, context, &reals);
    gamlp_table_clear(&t);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    char *text = malloc(3 << 20), path[512];
    for (size_t i = 0; i < 3 << 20; i++) text[i] = i % 2 ? '\n' : '1';
    snprintf(path, sizeof path, "%s", put_file(folder, "a.gz", text, 3 << 20));
    CHECK_FAILS(read_path(path), GAMLP_E_DATA, "more than 1000000 rows");
    snprintf(path, sizeof path, "%s", put_file(folder, "a.gz", text, 1 << 20));
    check_every_allocation(read_path, path);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),      cmocka_unit_test(test_reals),
        cmocka_unit_test(test_refused),    cmocka_unit_test(test_nul),
        cmocka_unit_test(test_bounds),     cmocka_unit_test(test_threads),
        cmocka_unit_test(test_long_lines), cmocka_unit_test(test_gzip_faults),
        cmocka_unit_test(test_allocation),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
