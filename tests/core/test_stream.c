/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "gamlp/rng.h"
#include "gzip.h"

static char folder[256];

static int setup(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "%s", make_directory());
    return 0;
}

static int teardown(void **state) {
    (void)state;
    remove_directory(folder);
    return 0;
}

/* Text that deflate can shorten, but not much. */
static char *some_text(size_t size) {
    char *text = malloc(size + 1);
    gamlp_rng rng = gamlp_rng_key(2, GAMLP_RNG_TEST, 0);
    for (size_t i = 0; i < size; i++)
        text[i] = "0123456789,.-\n"[(int)(gamlp_rng_uniform(rng, i) * 14)];
    text[size] = 0;
    return text;
}

/* The file is read in pieces of `step` bytes and holds exactly this. */
static void check_holds(const char *path, const char *text, size_t size, size_t step) {
    gamlp_stream *s;
    CHECK_OK(gamlp_stream_open(&s, path));
    char *got = malloc(size + step + 1);
    size_t have = 0, count;
    while ((count = gamlp_stream_read(s, got + have, step)) > 0) {
        have += count;
        if (have > size) break;
    }
    CHECK_OK(gamlp_stream_check(s));
    assert_int_equal(have, size);
    assert_memory_equal(got, text, size);
    assert_true(gamlp_stream_bound(s) >= (int64_t)size);
    gamlp_stream_close(s);
    free(got);
}

static void check_broken(const char *path, const char *sentence) {
    gamlp_stream *s;
    static char sink[1 << 16];
    CHECK_OK(gamlp_stream_open(&s, path));
    while (gamlp_stream_read(s, sink, sizeof sink) == sizeof sink)
        ;
    assert_int_equal(gamlp_stream_read(s, sink, sizeof sink), 0);
    CHECK_FAILS(gamlp_stream_check(s), GAMLP_E_DATA, sentence);
    gamlp_stream_close(s);
}

static void test_sizes(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, 2, 100, (1 << 18) - 1, 1 << 18, (1 << 18) + 1, 3000000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char *text = some_text(sizes[i]);
        check_holds(put_file(folder, "a", text, sizes[i]), text, sizes[i], 4096);
        check_holds(put_file(folder, "a.gz", text, sizes[i]), text, sizes[i], 4096);
        check_holds(put_file(folder, "a.gz", text, sizes[i]), text, sizes[i], 1 << 22);
        free(text);
    }
    char *text = some_text(1000);
    check_holds(put_file(folder, "a.gz", text, 1000), text, 1000, 1);
    free(text);
}

/* Members whose borders lie at all places of the input buffer's end. */
static void test_members(void **state) {
    (void)state;
    char *text = some_text(700000);
    size_t length, tail;
    for (size_t first = 580000; first < 580040; first++) {
        char *file = malloc(1 << 20);
        void *a = gzip_member(&length, text, first);
        void *b = gzip_member(&tail, text + first, 700000 - first);
        memcpy(file, a, length);
        memcpy(file + length, b, tail);
        check_holds(put_file(folder, "two", file, length + tail), text, 700000, 1 << 16);
        free(a);
        free(b);
        free(file);
    }
    char *file = malloc(1 << 20);
    size_t size = 0;
    for (size_t at = 0; at < 2000; at += 10) {
        void *a = gzip_member(&length, text + at, 10);
        memcpy(file + size, a, length);
        size += length;
        free(a);
    }
    check_holds(put_file(folder, "many", file, size), text, 2000, 64);
    free(file);
    free(text);
}

static void test_cut(void **state) {
    (void)state;
    char *text = some_text(3000);
    size_t length;
    unsigned char *file = gzip_member(&length, text, 3000);
    for (size_t size = 2; size < length; size++)
        check_broken(put_file(folder, "cut", file, size), "is cut short");
    /* and within the second member */
    unsigned char *two = malloc(2 * length);
    memcpy(two, file, length);
    memcpy(two + length, file, length);
    for (size_t size = length + 2; size < 2 * length; size += 7)
        check_broken(put_file(folder, "cut", two, size), "is cut short");
    check_broken(put_file(folder, "cut", two, length + 1), "followed by something else");
    free(two);
    free(file);
    free(text);
}

/* A changed bit in data, checksum or size is always found; the last byte of the data may have bits
 * that mean nothing. */
static void test_damaged(void **state) {
    (void)state;
    char *text = some_text(600);
    static char sink[1 << 16];
    size_t length;
    unsigned char *file = gzip_member(&length, text, 600);
    for (size_t i = 10; i < length; i++)
        for (int bit = 0; bit < 8 && i != length - 9; bit++) {
            gamlp_stream *s;
            file[i] ^= (unsigned char)(1 << bit);
            CHECK_OK(gamlp_stream_open(&s, put_file(folder, "damaged", file, length)));
            gamlp_stream_read(s, sink, sizeof sink);
            if (gamlp_stream_check(s) != GAMLP_E_DATA)
                fail_msg("bit %d of byte %zu of %zu can be changed", bit, i, length);
            gamlp_stream_close(s);
            file[i] ^= (unsigned char)(1 << bit);
        }
    file[length - 8] ^= 1;
    check_broken(put_file(folder, "damaged", file, length), "the gzip data are damaged");
    free(file);
    free(text);
}

static void test_junk(void **state) {
    (void)state;
    size_t length;
    unsigned char *file = gzip_member(&length, "1,2\n", 4), more[64];
    memcpy(more, file, length);
    memcpy(more + length, "junk", 4);
    check_broken(put_file(folder, "junk", more, length + 4), "followed by something else");
    memset(more + length, 0, 4);
    check_broken(put_file(folder, "junk", more, length + 1), "followed by something else");
    free(file);
}

/* 288 MiB of spaces in 300 KB: members of 16 MiB that are the same. */
static void test_bomb(void **state) {
    (void)state;
    size_t length, size = 1 << 24;
    char *spaces = malloc(size);
    memset(spaces, ' ', size);
    void *member = gzip_member(&length, spaces, size);
    char path[300];
    snprintf(path, sizeof path, "%s/bomb", folder);
    FILE *file = fopen(path, "wb");
    for (int i = 0; i < 18; i++) assert_int_equal(fwrite(member, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    check_broken(path, "over 512 times their size");
    free(member);
    free(spaces);
}

static void test_missing(void **state) {
    (void)state;
    gamlp_stream *s;
    char path[300];
    snprintf(path, sizeof path, "%s/none", folder);
    CHECK_FAILS(gamlp_stream_open(&s, path), GAMLP_E_NOINPUT, "none: No such file");
    assert_null(s);
    CHECK_FAILS(gamlp_stream_open(&s, folder), GAMLP_E_NOINPUT, "expected a regular file");
    gamlp_stream_close(NULL);
}

static gamlp_status open_close(void *context) {
    gamlp_stream *s;
    gamlp_status status = gamlp_stream_open(&s, context);
    gamlp_stream_close(s);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    char path[512];
    snprintf(path, sizeof path, "%s", put_text_file(folder, "b.gz", "1\n"));
    check_every_allocation(open_close, path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),   cmocka_unit_test(test_members),
        cmocka_unit_test(test_cut),     cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_junk),    cmocka_unit_test(test_bomb),
        cmocka_unit_test(test_missing), cmocka_unit_test(test_allocation),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
