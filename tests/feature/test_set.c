/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "feature/terms.h"

static void reads(const char *text, const char *canonical, int64_t blocks, int64_t rows) {
    char printed[512], again[512];
    gamlp_feature_set set, second;
    CHECK_OK(gamlp_feature_set_parse(&set, text));
    int64_t length = gamlp_feature_set_text(printed, sizeof printed, &set);
    assert_string_equal(printed, canonical);
    assert_int_equal(length, strlen(canonical));
    assert_int_equal(gamlp_feature_set_blocks(&set), blocks);
    assert_int_equal(gamlp_feature_set_rows(&set, 10), rows);
    CHECK_OK(gamlp_feature_set_parse(&second, printed));
    gamlp_feature_set_text(again, sizeof again, &second);
    assert_string_equal(again, printed);
    assert_int_equal(second.count, set.count);
}

static void texts_and_sizes(void **state) {
    (void)state;
    reads("x", "x", 1, 10);
    reads(" x ;sym ^ 1 .. 4;  degree ", "x; sym^1..4; degree", 6, 51);
    reads("sym^1", "sym", 1, 10);
    reads("row^2..2", "row^2", 1, 10);
    reads("x;sym(noloops)^1..3;row(transposed);col(transposed, noloops)",
          "x; sym(noloops)^1..3; col; row(noloops)", 6, 60);
    reads("lazy;lazy(0.25)^2;lazy(0.5,loops)", "lazy; lazy(0.25)^2; lazy(loops)", 3, 30);
    reads("adj; adj(loops)^2", "adj; adj(loops)^2", 2, 20);
    reads("tri^1..2; row(triangles, noloops); row(triangles)", "tri^1..2; tri; row(triangles)", 4,
          40);
    reads("sum(sym^0..4); mean(row^1..16, 0.05); mean(adj)",
          "sum(sym^0..4); mean(row^1..16, 0.05); mean(adj)", 3, 30);
    reads("appnp(.1, 10);appnp(0.1,10,row)", "appnp(0.1, 10); appnp(0.1, 10, row)", 2, 20);
    reads("ppr(0.1);heat(3);katz(0.05);ppr(1e-1, row)",
          "ppr(0.1); heat(3); katz(0.05); ppr(0.1, row)", 4, 40);
    reads("row(out);row(in);sym(in);row(out,transposed)", "row(out); row(in); sym(in); col(in)", 4,
          40);
    reads("degree(log);pagerank;core;triangles;clustering;harmonic;component",
          "degree(log); pagerank; core; triangles; clustering; harmonic; component", 7, 7);
}

static void what_the_words_mean(void **state) {
    (void)state;
    gamlp_feature_set set;
    CHECK_OK(gamlp_feature_set_parse(&set, "x; lazy(0.25)^2..3; mean(col(noloops)^0..4, 0.1); "
                                           "heat(3); core(log)"));
    assert_int_equal(set.count, 5);
    assert_int_equal(set.term[0].kind, GAMLP_TERM_X);
    assert_int_equal(set.term[1].kind, GAMLP_TERM_POWERS);
    assert_int_equal(set.term[1].op.kind, GAMLP_OPERATOR_LAZY);
    assert_true(set.term[1].op.delta == 0.25 && !set.term[1].op.loops);
    assert_true(set.term[1].first == 2 && set.term[1].last == 3);
    assert_int_equal(set.term[2].kind, GAMLP_TERM_MEAN);
    assert_int_equal(set.term[2].op.kind, GAMLP_OPERATOR_COL);
    assert_true(!set.term[2].op.loops && set.term[2].value == 0.1);
    assert_true(set.term[2].first == 0 && set.term[2].last == 4);
    assert_int_equal(set.term[3].kind, GAMLP_TERM_HEAT);
    assert_true(set.term[3].value == 3 && set.term[3].op.kind == GAMLP_OPERATOR_SYM);
    assert_int_equal(set.term[4].structure, GAMLP_STRUCTURE_CORE);
    assert_true(set.term[4].logarithm);
    assert_true(gamlp_feature_set_needs(&set, GAMLP_STRUCTURE_CORE));
    assert_false(gamlp_feature_set_needs(&set, GAMLP_STRUCTURE_DEGREE));
    CHECK_OK(gamlp_feature_set_parse(&set, "tri"));
    assert_true(set.term[0].op.triangles && !set.term[0].op.loops);
    assert_int_equal(set.term[0].op.kind, GAMLP_OPERATOR_ROW);
}

static void hops_are_short_for_powers(void **state) {
    (void)state;
    char text[64];
    gamlp_feature_set set;
    CHECK_OK(gamlp_feature_set_hops(&set, 4));
    gamlp_feature_set_text(text, sizeof text, &set);
    assert_string_equal(text, "x; sym^1..3");
    CHECK_OK(gamlp_feature_set_hops(&set, 1));
    gamlp_feature_set_text(text, sizeof text, &set);
    assert_string_equal(text, "x");
    CHECK_OK(gamlp_feature_set_hops(&set, GAMLP_STACK_BLOCKS));
    assert_int_equal(gamlp_feature_set_blocks(&set), GAMLP_STACK_BLOCKS);
}

/* A text that does not fit is cut off, and its length told. */
static void short_buffers(void **state) {
    (void)state;
    char text[8];
    gamlp_feature_set set;
    CHECK_OK(gamlp_feature_set_hops(&set, 4));
    assert_int_equal(gamlp_feature_set_text(text, sizeof text, &set), 11);
    assert_string_equal(text, "x; sym^");
    assert_int_equal(gamlp_feature_set_text(text, 1, &set), 11);
    assert_string_equal(text, "");
    assert_int_equal(gamlp_feature_set_text(NULL, 0, &set), 11);
}

static void wrong_texts(void **state) {
    (void)state;
    static const char *const bad[][2] = {
        {"", "expected the name of a term"},
        {"x;", "expected the name of a term"},
        {"x;;x", "expected the name of a term"},
        {"x x", "\"x x\": expected a semicolon between terms"},
        {"x; syn^2", "unknown term \"syn\"; did you mean sym?"},
        {"qqqqqqqq", "gamlp help features lists them"},
        {"sym^0", "\"sym^0\": expected a power from 1 to 10000"},
        {"sym^", "expected a power from 1 to 10000"},
        {"sym^-1", "expected a power"},
        {"sym^1..", "expected a power"},
        {"sym^10001", "expected a power"},
        {"sym^99999999999999999999", "expected a power"},
        {"sym^3..2", "expected the lower power first"},
        {"sym^1..65", "more than 64 blocks"},
        {"x; sym^1..40; row^1..40", "more than 64 blocks"},
        {"sym(", "expected words of: loops"},
        {"sym()", "expected words of: loops"},
        {"sym(loops", "expected a closing bracket"},
        {"sym(loop)", "expected words of"},
        {"sym(triangles, in)", "expected triangles without a direction"},
        {"lazy(0)", "expected 0 < delta <= 1"},
        {"lazy(2)", "expected 0 < delta <= 1"},
        {"sym(0.5)", "expected words of"},
        {"x(2)", "expected x alone"},
        {"x^2", "expected a semicolon"},
        {"ppr", "expected arguments in brackets"},
        {"ppr()", "expected 0 < A <= 1"},
        {"ppr(0)", "expected 0 < A <= 1"},
        {"ppr(nan)", "expected 0 < A <= 1"},
        {"ppr(1e999)", "expected 0 < A <= 1"},
        {"ppr(1.5)", "expected 0 < A <= 1"},
        {"ppr(0.1, x)", "expected an operator"},
        {"ppr(0.1, sym^2)", "expected a closing bracket"},
        {"heat(-1)", "expected a number above 0"},
        {"heat(1001)", "at most 1000"},
        {"appnp(0.1)", "expected the number of steps"},
        {"appnp(0.1, 0)", "expected a power from 1"},
        {"sum(x)", "expected an operator"},
        {"sum(sym^1..2, 0.1)", "expected a closing bracket"},
        {"mean(sym^1..2, 1.1)", "from 0 to 1"},
        {"mean(sym^1..2", "expected a closing bracket"},
        {"degree(2)", "expected no argument but log"},
        {"degree(log", "expected a closing bracket"},
        {"x; a very long term that is not one at all and goes on and on and on for ever; x",
         "unknown term \"a\""},
        {"x\n; sym", "expected a semicolon"},
    };
    gamlp_feature_set set;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_FAILS(gamlp_feature_set_parse(&set, bad[i][0]), GAMLP_E_CONFIG, bad[i][1]);
}

/* The factors of a polynomial of S, at S = 1 and by hand. */
static void weights(void **state) {
    (void)state;
    gamlp_feature_set set;
    CHECK_OK(gamlp_feature_set_parse(&set, "mean(sym^1..4, 0.2); appnp(0.1, 3); sum(sym^2..3)"));
    double sum[3] = {0};
    for (int t = 0; t < 3; t++)
        for (int64_t k = 0; k <= set.term[t].last; k++)
            sum[t] += gamlp_term_weight(&set.term[t], k);
    assert_true(fabs(sum[0] - 1) < 1e-15 && fabs(sum[1] - 1) < 1e-15 && sum[2] == 2);
    assert_true(fabs(gamlp_term_weight(&set.term[0], 0) - 0.2) < 1e-15);
    assert_true(fabs(gamlp_term_weight(&set.term[0], 4) - 0.2) < 1e-15);
    assert_true(fabs(gamlp_term_weight(&set.term[1], 1) - 0.09) < 1e-15);
    assert_true(fabs(gamlp_term_weight(&set.term[1], 3) - 0.729) < 1e-15);
    assert_true(gamlp_term_weight(&set.term[2], 1) == 0);
}

/* Every row of the table is a term, and a name finds itself. */
static void every_name_is_a_term(void **state) {
    (void)state;
    gamlp_term term;
    for (const gamlp_term_row *row = gamlp_term_table; row->name; row++) {
        assert_true(gamlp_term_named(&term, row->name));
        assert_string_equal(gamlp_term_name(&term), row->name);
        assert_true(row->usage && row->formula && row->help);
    }
    assert_false(gamlp_term_named(&term, "hop"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_and_sizes),
        cmocka_unit_test(what_the_words_mean),
        cmocka_unit_test(hops_are_short_for_powers),
        cmocka_unit_test(short_buffers),
        cmocka_unit_test(wrong_texts),
        cmocka_unit_test(weights),
        cmocka_unit_test(every_name_is_a_term),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
