/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "dataset/pickle.h"
#include "fixture.h"

static gamlp_status parse(const void *data, size_t size) {
    gamlp_pickle *pickle;
    gamlp_status status = gamlp_pickle_parse(&pickle, data, size, "file");
    if (status == GAMLP_OK) gamlp_pickle_free(pickle);
    return status;
}

/* What Python 2 and 3 write, protocols 0 to 4. */
static void test_protocols_csr(void **state) {
    (void)state;
    for (int protocol = 0; protocol <= 4; protocol++) {
        char name[64];
        snprintf(name, sizeof name, "pickle/csr%d.pkl", protocol);
        gamlp_bytes bytes = read_corpus(name);
        gamlp_pickle *pickle;
        gamlp_scipy_csr csr;
        gamlp_csr a;
        CHECK_OK(gamlp_pickle_parse(&pickle, bytes.data, bytes.size, name));
        CHECK_OK(gamlp_pickle_csr(&csr, pickle, gamlp_pickle_root(pickle)));
        CHECK_OK(gamlp_scipy_features(&a, &csr, "row", name));
        assert_int_equal(a.rows, 2);
        assert_int_equal(a.cols, 3);
        assert_int_equal(a.nnz, 3);
        assert_int_equal(a.ptr[1], 1);
        assert_int_equal(a.idx[0], 1);
        assert_int_equal(a.idx[2], 2);
        assert_true(a.val[0] == 1.5F && a.val[1] == 2 && a.val[2] == -3);
        gamlp_csr_clear(&a);
        gamlp_pickle_free(pickle);
        gamlp_bytes_clear(&bytes);
    }
}

static void test_protocols_graph(void **state) {
    (void)state;
    for (int protocol = 0; protocol <= 4; protocol++) {
        char name[64];
        snprintf(name, sizeof name, "pickle/graph%d.pkl", protocol);
        gamlp_bytes bytes = read_corpus(name);
        gamlp_pickle *pickle;
        CHECK_OK(gamlp_pickle_parse(&pickle, bytes.data, bytes.size, name));
        const gamlp_pickle_value *root = gamlp_pickle_root(pickle);
        assert_int_equal(root->kind, GAMLP_PICKLE_DICT);
        assert_int_equal(gamlp_pickle_length(pickle, root), 6);
        const gamlp_pickle_value *list = gamlp_pickle_at(pickle, root, 5);
        assert_int_equal(gamlp_pickle_at(pickle, root, 4)->as.integer, 2);
        assert_int_equal(list->kind, GAMLP_PICKLE_LIST);
        assert_int_equal(gamlp_pickle_length(pickle, list), 2);
        assert_int_equal(gamlp_pickle_at(pickle, list, 1)->as.integer, 300);
        assert_null(gamlp_pickle_at(pickle, list, 2));
        gamlp_pickle_free(pickle);
        gamlp_bytes_clear(&bytes);
    }
}

static void test_values(void **state) {
    (void)state;
    static const int64_t expected[] = {
        0, 255, 256, 65535, 65536, -1, INT64_C(1) << 31, -(INT64_C(1) << 40), INT64_C(1) << 62, 1};
    gamlp_bytes bytes = read_corpus("pickle/long2.pkl");
    gamlp_pickle *pickle;
    CHECK_OK(gamlp_pickle_parse(&pickle, bytes.data, bytes.size, "file"));
    const gamlp_pickle_value *root = gamlp_pickle_root(pickle);
    for (int i = 0; i < 10; i++)
        assert_int_equal(gamlp_pickle_at(pickle, root, i)->as.integer, expected[i]);
    assert_int_equal(gamlp_pickle_at(pickle, root, 10)->kind, GAMLP_PICKLE_NONE);
    const gamlp_pickle_value *raw = gamlp_pickle_at(pickle, root, 12);
    assert_int_equal(raw->size, 2);
    assert_memory_equal(raw->as.text, "\xe9\0", 2);
    assert_int_equal(gamlp_pickle_length(pickle, gamlp_pickle_at(pickle, root, 13)), 4);
    gamlp_pickle_free(pickle);
    gamlp_bytes_clear(&bytes);
}

static void test_values_as_text(void **state) {
    (void)state;
    gamlp_bytes bytes = read_corpus("pickle/long0.pkl");
    gamlp_pickle *pickle;
    CHECK_OK(gamlp_pickle_parse(&pickle, bytes.data, bytes.size, "file"));
    const gamlp_pickle_value *root = gamlp_pickle_root(pickle);
    assert_int_equal(gamlp_pickle_at(pickle, root, 3)->as.integer, -(INT64_C(1) << 40));
    assert_int_equal(gamlp_pickle_at(pickle, root, 5)->kind, GAMLP_PICKLE_BOOL);
    const gamlp_pickle_value *text = gamlp_pickle_at(pickle, root, 8);
    assert_int_equal(text->size, 8);
    assert_memory_equal(text->as.text, "t\xc3\xa9xt\xe2\x82\xac", 8);
    gamlp_pickle_free(pickle);
    gamlp_bytes_clear(&bytes);
}

static void test_repr(void **state) {
    (void)state;
    const char *source = "S'a\\x41\\n\\\\\\'\"'\n.";
    gamlp_pickle *pickle;
    CHECK_OK(gamlp_pickle_parse(&pickle, source, strlen(source), "file"));
    const gamlp_pickle_value *root = gamlp_pickle_root(pickle);
    assert_int_equal(root->size, 6);
    assert_memory_equal(root->as.text, "aA\n\\'\"", 6);
    gamlp_pickle_free(pickle);
}

/* Only these may do anything but fail with a sentence that names them. */
static void test_opcodes(void **state) {
    (void)state;
    static const char allowed[] = "(.ILJKMN\x8a\x8b\x88\x89SVTUXBC\x8c\x8d\x8e)]}tld\x85\x86\x87"
                                  "euasghjpqr\x94"
                                  "c\x93Rb\x81\x80\x95";
    for (int opcode = 0; opcode < 256; opcode++) {
        char source[8] = "NN", sentence[64];
        source[2] = (char)opcode;
        snprintf(sentence, sizeof sentence, "byte 2: opcode 0x%02x is refused", opcode);
        bool known = opcode && strchr(allowed, opcode);
        gamlp_status status = parse(source, 3);
        assert_int_equal(status == GAMLP_OK, opcode == '.');
        if (!known) CHECK_FAILS(parse(source, 3), GAMLP_E_DATA, sentence);
    }
}

static void test_globals(void **state) {
    (void)state;
    static const char *const forbidden[] = {"cos\nsystem\n.",        "cposix\nsystem\n.",
                                            "c__builtin__\neval\n.", "cnumpy\nload\n.",
                                            "cnumpy\nndarrayx\n.",   "c\n\n."};
    for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++)
        CHECK_FAILS(parse(forbidden[i], strlen(forbidden[i])), GAMLP_E_DATA, "is refused");
    const char *exploit = "cos\nsystem\n(S'true'\ntR.";
    CHECK_FAILS(parse(exploit, strlen(exploit)), GAMLP_E_DATA, "byte 0: the global os.system");
    const char *by_stack = "\x80\x04\x8c\x02os\x8c\x06system\x93.";
    CHECK_FAILS(parse(by_stack, strlen(by_stack)), GAMLP_E_DATA, "byte 14: the global os.system");
    const char *unprintable = "co\x01\xff\nsystem\n.";
    CHECK_FAILS(parse(unprintable, strlen(unprintable)), GAMLP_E_DATA, "global o??.system");
}

static void test_bad(void **state) {
    (void)state;
    static const struct {
        const char *source, *sentence;
    } bad[] = {
        {"", "byte 0: the file ends"},
        {".", "no value"},
        {"(.", "no value"},
        {"K", "needs 1 more"},
        {"X\xff\xff\xff\x7f.", "needs 2147483647 more"},
        {"\x8d\xff\xff\xff\xff\xff\xff\xff\xff.", "needs 18446744073709551615 more"},
        {"I12", "within a line"},
        {"I1x\n.", "not an integer"},
        {"I-\n.", "not an integer"},
        {"L99999999999999999999L\n.", "not an integer"},
        {"\x8a\x09\1\1\1\1\1\1\1\1\1.", "64 bits"},
        {"Sabc\n.", "without its quotes"},
        {"S'\\q'\n.", "unknown escape"},
        {"S'\\x4'\n.", "unknown escape"},
        {"V\\u12\n.", "unknown escape"},
        {"h\x01.", "nothing was stored"},
        {"Nr\xff\xff\xff\xff.", "memo index out of range"},
        {"q\x01.", "no value"},
        {"Np-1\n.", "memo index out of range"},
        {"t.", "no mark"},
        {"(Nd.", "key without a value"},
        {"N\x86.", "no value"},
        {"(\x85.", "no value"},
        {"NNa.", "no list"},
        {"]s.", "too few"},
        {"(e.", "no list"},
        {"}(Nu.", "key without a value"},
        {"](NNu.", "no dict"},
        {"NN\x93.", "two texts"},
        {"NNR.", "REDUCE needs"},
        {"N)\x81.", "NEWOBJ is refused"},
        {"]Nb.", "BUILD is refused"},
        {"c__builtin__\nlist\nN\x85R.", "REDUCE of these"},
        {"c__builtin__\nobject\n)R.", "REDUCE of these"},
        {"c_codecs\nencode\nNN\x86R.", "latin1"},
        {"cscipy.sparse.csr\ncsr_matrix\n)\x81NbNb.", "built twice"},
        {"\x80\x05N.", "protocol above 4"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_FAILS(parse(bad[i].source, strlen(bad[i].source)), GAMLP_E_DATA, bad[i].sentence);
}

/* Empty containers made by calls, as some writers do. */
static void test_empty_calls(void **state) {
    (void)state;
    static const struct {
        const char *source;
        gamlp_pickle_kind kind;
    } calls[] = {{"cbuiltins\nlist\n)R.", GAMLP_PICKLE_LIST},
                 {"cbuiltins\ndict\n)R.", GAMLP_PICKLE_DICT},
                 {"ccollections\ndefaultdict\n)R.", GAMLP_PICKLE_DICT},
                 {"c__builtin__\nbytes\n)R.", GAMLP_PICKLE_TEXT}};
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        gamlp_pickle *pickle;
        CHECK_OK(gamlp_pickle_parse(&pickle, calls[i].source, strlen(calls[i].source), "file"));
        const gamlp_pickle_value *root = gamlp_pickle_root(pickle);
        assert_int_equal(root->kind, calls[i].kind);
        assert_int_equal(gamlp_pickle_length(pickle, root), 0);
        assert_int_equal(root->size, 0);
        gamlp_pickle_free(pickle);
    }
    static const char *const bad[] = {"cbuiltins\nlist\nN\x85R.",
                                      "cbuiltins\ndict\nN\x85R.",
                                      "ccollections\ndefaultdict\nN\x85R.",
                                      "cbuiltins\nbytes\n)R.",
                                      "c__builtin__\nbytes\nN\x85R.",
                                      "ccopy_reg\n_reconstructor\n(c__builtin__\nobject\nNNtR.",
                                      "cnumpy.core.multiarray\n_reconstruct\n)R."};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_FAILS(parse(bad[i], strlen(bad[i])), GAMLP_E_DATA, "refused");
}

static void test_not_latin1(void **state) {
    (void)state;
    static const char *const texts[] = {"\xe2\x82\xac", "\xc4\x80", "\xc3", "\xc3x", "\x80"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char source[64];
        snprintf(source, sizeof source, "c_codecs\nencode\n\x8c%c%s\x8c\x06latin1\x86R.",
                 (int)strlen(texts[i]), texts[i]);
        CHECK_FAILS(parse(source, strlen(source)), GAMLP_E_DATA, "not Latin-1");
    }
}

/* A text converted again and again from the memo must not outgrow the file. */
static void test_no_amplification(void **state) {
    (void)state;
    writer w = {0};
    put_text(&w, "c_codecs\nencode\nq");
    put_byte(&w, 0);
    put_text(&w, "X");
    put_int32(&w, 2000);
    for (int i = 0; i < 2000; i++) put_byte(&w, 'a');
    put_text(&w, "q\x01X\x06");
    put_bytes(&w, "\0\0\0", 3);
    put_text(&w, "latin1q\x02");
    for (int i = 0; i < 100; i++) {
        put_byte(&w, 'h');
        put_byte(&w, 0);
        put_text(&w, "h\x01h\x02\x86R");
    }
    put_byte(&w, '.');
    CHECK_FAILS(parse(w.data, w.size), GAMLP_E_DATA, "more text than the file holds");
    writer_clear(&w);
}

/* Nesting in the file is not nesting of calls. */
static void test_deep(void **state) {
    (void)state;
    writer w = {0};
    for (int i = 0; i < 1000000; i++) put_byte(&w, '(');
    for (int i = 0; i < 1000000; i++) put_byte(&w, 't');
    put_byte(&w, '.');
    CHECK_OK(parse(w.data, w.size));
    writer_clear(&w);
}

static void test_truncated(void **state) {
    (void)state;
    static const char *const names[] = {"pickle/csr0.pkl", "pickle/csr2.pkl", "pickle/csr4.pkl",
                                        "pickle/graph1.pkl", "pickle/long2.pkl"};
    for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
        gamlp_bytes bytes = read_corpus(names[n]);
        count_allocations();
        for (size_t size = 0; size < bytes.size; size++) {
            void *exact = malloc(size ? size : 1);
            if (size) memcpy(exact, bytes.data, size);
            CHECK_FAILS(parse(exact, size), GAMLP_E_DATA, "file: byte ");
            free(exact);
        }
        assert_int_equal(allocations_alive(), 0);
        stop_counting();
        gamlp_bytes_clear(&bytes);
    }
}

static void test_not_arrays(void **state) {
    (void)state;
    static const char empty[] = "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n"
                                "\x85R(NNNNNtb.";
    static const char *const sources[] = {"N.",
                                          "].",
                                          "}.",
                                          "cscipy.sparse.csr\ncsr_matrix\n)\x81.",
                                          empty,
                                          "cscipy.sparse.csr\ncsr_matrix\n)\x81}b.",
                                          "cnumpy\ndtype\n)R."};
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        gamlp_pickle *pickle;
        gamlp_array array;
        gamlp_scipy_csr csr;
        CHECK_OK(gamlp_pickle_parse(&pickle, sources[i], strlen(sources[i]), "file"));
        const gamlp_pickle_value *root = gamlp_pickle_root(pickle);
        CHECK_FAILS(gamlp_pickle_array(&array, pickle, root), GAMLP_E_DATA, "file: ");
        CHECK_FAILS(gamlp_pickle_csr(&csr, pickle, root), GAMLP_E_DATA, "file: ");
        gamlp_pickle_free(pickle);
    }
}

static gamlp_status parse_corpus(void *context) {
    const gamlp_bytes *bytes = context;
    return parse(bytes->data, bytes->size);
}

static void test_allocation(void **state) {
    (void)state;
    gamlp_bytes bytes = read_corpus("pickle/csr0.pkl");
    check_every_allocation(parse_corpus, &bytes);
    gamlp_bytes_clear(&bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_protocols_csr),
        cmocka_unit_test(test_protocols_graph),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_values_as_text),
        cmocka_unit_test(test_repr),
        cmocka_unit_test(test_opcodes),
        cmocka_unit_test(test_globals),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_empty_calls),
        cmocka_unit_test(test_not_latin1),
        cmocka_unit_test(test_no_amplification),
        cmocka_unit_test(test_deep),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_not_arrays),
        cmocka_unit_test(test_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
