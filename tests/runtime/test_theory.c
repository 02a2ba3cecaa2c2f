/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A short form of `gamlp bench theory`. */
#include "check.h"

#include <string.h>

#include "core/json.h"
#include "gamlp/bench.h"
#include "gamlp/threads.h"

enum { MOST = 40 };

typedef struct lines {
    int64_t count;
    gamlp_json *line[MOST];
} lines;

static void take(void *context, const char *text) {
    lines *l = context;
    assert_true(l->count < MOST);
    CHECK_OK(gamlp_json_parse(&l->line[l->count++], text, strlen(text), "a line"));
}

static lines run(gamlp_theory_part part) {
    lines l = {0};
    gamlp_theory_options o;
    gamlp_theory_options_default(&o);
    o.part = (int)part;
    o.widths = (gamlp_ints){3, {128, 256, 512}};
    o.columns = 32;
    o.settings = 120;
    o.problems = 12;
    o.iterations = 100;
    CHECK_OK(gamlp_bench_theory(take, &l, &o));
    return l;
}

static double real(const gamlp_json *line, const char *key) {
    double value = 0;
    if (!gamlp_json_get_real(line, key, &value)) fail_msg("no %s", key);
    return value;
}

static int64_t integer(const gamlp_json *line, const char *key) {
    int64_t value = 0;
    if (!gamlp_json_get_int(line, key, &value)) fail_msg("no %s", key);
    return value;
}

static void clear(lines *l) {
    for (int64_t i = 0; i < l->count; i++) gamlp_json_free(l->line[i]);
}

/* Operations grow as n^2, those of exact solves nearly as n^3. */
static void cost_grows_as_claimed(void **state) {
    (void)state;
    lines l = run(GAMLP_THEORY_COST);
    assert_int_equal(l.count, 4);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(integer(l.line[i], "width"), 128 << i);
        assert_true(real(l.line[i], "operations") < real(l.line[i], "exact_operations"));
        assert_true(real(l.line[i], "seconds") > 0 && real(l.line[i], "exact_seconds") > 0);
    }
    double slope = real(l.line[3], "operations_slope");
    assert_true(slope > 1.7 && slope < 2.1);
    assert_true(real(l.line[3], "exact_operations_slope") > 2.6);
    clear(&l);
}

static void admm_descends(void **state) {
    (void)state;
    static const gamlp_theory_part part[] = {GAMLP_THEORY_DLADMM, GAMLP_THEORY_PDADMM};
    for (int i = 0; i < 2; i++) {
        lines l = run(part[i]);
        assert_int_equal(l.count, 1);
        assert_int_equal(integer(l.line[0], "runs"), 12);
        assert_int_equal(integer(l.line[0], "iterations"), 1200);
        assert_int_equal(integer(l.line[0], "rises"), 0);
        assert_int_equal(integer(l.line[0], "k_ck_below_peak"), 12);
        assert_true(real(l.line[0], "k_ck_over_peak") < 0.7);
        assert_int_equal(integer(l.line[0], "fitted"), 12);
        assert_true(real(l.line[0], "c_k_slope") < -1.5);
        assert_true(real(l.line[0], "worst_c_k_slope") < -1);
        assert_true(real(l.line[0], "lemma") < 1e-3);
        clear(&l);
    }
}

static void mdlam_descends(void **state) {
    (void)state;
    lines l = run(GAMLP_THEORY_MDLAM);
    assert_int_equal(l.count, 6);
    assert_int_equal(integer(l.line[0], "runs"), 120);
    assert_int_equal(integer(l.line[0], "rises"), 0);
    assert_int_equal(integer(l.line[0], "infeasible"), 0);
    for (int i = 1; i < 6; i++) {
        double factor = real(l.line[i], "factor");
        assert_true(factor > 0.5 && factor < 1);
        assert_true(real(l.line[i], "r2") > 0.7);
    }
    clear(&l);
}

/* The same seed gives the same lines but for times; the number of threads is put back. */
static void lines_are_repeated(void **state) {
    (void)state;
    int64_t threads = gamlp_threads_get();
    lines a = run(GAMLP_THEORY_DLADMM), b = run(GAMLP_THEORY_DLADMM);
    assert_true(real(a.line[0], "c_k_slope") == real(b.line[0], "c_k_slope"));
    assert_int_equal(gamlp_threads_get(), threads);
    clear(&a);
    clear(&b);
}

static void count_lines(void *context, const char *text) {
    (void)text;
    ++*(int *)context;
}

static gamlp_status little(void *context) {
    gamlp_theory_options o;
    gamlp_theory_options_default(&o);
    o.part = *(int *)context;
    o.widths = (gamlp_ints){1, {16}};
    o.columns = 8;
    o.settings = o.problems = 1;
    o.iterations = 4;
    int count = 0;
    return gamlp_bench_theory(count_lines, &count, &o);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    for (int part = GAMLP_THEORY_COST; part <= GAMLP_THEORY_PDADMM; part++)
        if (part != GAMLP_THEORY_MDLAM) check_every_allocation(little, &part);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cost_grows_as_claimed),
        cmocka_unit_test(admm_descends),
        cmocka_unit_test(mdlam_descends),
        cmocka_unit_test(lines_are_repeated),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
