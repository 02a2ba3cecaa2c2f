/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Factors and solves against dense elimination and CXSparse's cs_cholsol(). */
#include "check.h"

#include <cs.h>
#include <math.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "gamlp/rng.h"
#include "gamlp/threads.h"
#include "matrix/cholesky.h"
#include "spd.h"

enum { N = 120, LANES = GAMLP_LANES };

static double right[LANES][N], exact[N], found[LANES][N];

static void draw_right(int64_t n, uint64_t seed) {
    gamlp_rng rng = gamlp_rng_key(seed, GAMLP_RNG_TEST, 8);
    for (int t = 0; t < LANES; t++)
        for (int64_t i = 0; i < n; i++) right[t][i] = gamlp_rng_normal(rng, (uint64_t)(t * n + i));
}

/* found <- A^{-1} right by the factor. */
static gamlp_status solve_all(const gamlp_factor *f) {
    double *x;
    gamlp_status status = gamlp_new(&x, f->n * LANES, sizeof *x, "right-hand sides");
    if (status != GAMLP_OK) return status;
    for (int64_t k = 0; k < f->n; k++)
        for (int t = 0; t < LANES; t++) x[k * LANES + t] = right[t][f->perm[k]];
    gamlp_factor_solve(f, x);
    for (int64_t k = 0; k < f->n; k++)
        for (int t = 0; t < LANES; t++) found[t][f->perm[k]] = x[k * LANES + t];
    gamlp_free(x);
    return GAMLP_OK;
}

static void check_solves(const gamlp_factor *f, const gamlp_symmetric *a, double tolerance) {
    CHECK_OK(solve_all(f));
    for (int t = 0; t < LANES; t++) {
        spd_solve(exact, a, right[t]);
        for (int64_t i = 0; i < a->n; i++)
            if (!(fabs(found[t][i] - exact[i]) <= tolerance * (1 + fabs(exact[i]))))
                fail_msg("lane %d, row %lld: %.17g, expected %.17g", t, (long long)i, found[t][i],
                         exact[i]);
    }
}

static void solves_equal_dense_elimination(void **state) {
    (void)state;
    for (int ordering = GAMLP_ORDERING_NATURAL; ordering <= GAMLP_ORDERING_METIS; ordering++)
        for (int64_t edges = 0; edges <= 600; edges += 150) {
            gamlp_symmetric a;
            gamlp_cholesky *c;
            gamlp_factor f;
            CHECK_OK(spd_random(&a, N, edges, 0.9, 5 + (uint64_t)edges));
            CHECK_OK(gamlp_symmetric_check(&a));
            CHECK_OK(gamlp_cholesky_new(&c, &a, (gamlp_ordering)ordering));
            CHECK_OK(gamlp_cholesky_factor(&f, c, &a));
            CHECK_OK(gamlp_factor_check(&f));
            assert_true((double)gamlp_factor_entries(&f) >= gamlp_cholesky_fill(c));
            assert_true((double)gamlp_factor_bytes(&f) <= gamlp_cholesky_bytes(c));
            draw_right(N, 3);
            check_solves(&f, &a, 1e-11);
            gamlp_factor_clear(&f);
            gamlp_cholesky_free(c);
            gamlp_symmetric_clear(&a);
        }
}

/* One analysis serves every shift; dense blocks (a complete graph) as well. */
static void one_analysis_many_shifts(void **state) {
    (void)state;
    gamlp_symmetric a, b;
    gamlp_cholesky *c;
    gamlp_factor f;
    CHECK_OK(spd_random(&a, N, 40000, 0.5, 1));
    CHECK_OK(gamlp_cholesky_new(&c, &a, GAMLP_ORDERING_AMD));
    assert_true(gamlp_cholesky_flops(c) > 150 * gamlp_cholesky_fill(c) || N < 450);
    for (int k = 1; k < 4; k++) {
        CHECK_OK(spd_random(&b, N, 40000, 0.3 * k, 1));
        CHECK_OK(gamlp_cholesky_factor(&f, c, &b));
        draw_right(N, 4);
        check_solves(&f, &b, 1e-10);
        gamlp_factor_clear(&f);
        gamlp_symmetric_clear(&b);
    }
    gamlp_cholesky_free(c);
    gamlp_symmetric_clear(&a);
}

/* Large enough for CHOLMOD's dense blocks; cs_cholsol is another program's answer. */
static void equals_cxsparse(void **state) {
    (void)state;
    enum { LARGE = 1200 };
    static double b[LARGE], x[LARGE], lanes[LARGE * LANES];
    gamlp_symmetric a;
    gamlp_cholesky *c;
    gamlp_factor f;
    CHECK_OK(spd_random(&a, LARGE, 4800, 0.9, 77));
    CHECK_OK(gamlp_cholesky_new(&c, &a, GAMLP_ORDERING_AMD));
    assert_true(gamlp_cholesky_flops(c) > 150 * gamlp_cholesky_fill(c));
    CHECK_OK(gamlp_cholesky_factor(&f, c, &a));
    CHECK_OK(gamlp_factor_check(&f));
    cs *t = cs_spalloc(LARGE, LARGE, (int)a.nnz, 1, 1);
    for (int64_t i = 0; i < LARGE; i++)
        for (int64_t k = a.ptr[i]; k < a.ptr[i + 1]; k++) cs_entry(t, (int)i, a.idx[k], a.val[k]);
    cs *m = cs_compress(t);
    for (int64_t i = 0; i < LARGE; i++) x[i] = b[i] = sin((double)i);
    assert_int_equal(cs_cholsol(1, m, x), 1);
    for (int64_t k = 0; k < LARGE; k++) lanes[k * LANES + 3] = b[f.perm[k]];
    gamlp_factor_solve(&f, lanes);
    for (int64_t k = 0; k < LARGE; k++) {
        assert_true(fabs(lanes[k * LANES + 3] - x[f.perm[k]]) < 1e-11);
        assert_true(lanes[k * LANES] == 0);
    }
    cs_spfree(t);
    cs_spfree(m);
    gamlp_factor_clear(&f);
    gamlp_cholesky_free(c);
    gamlp_symmetric_clear(&a);
}

static void bits_do_not_depend_on_threads(void **state) {
    (void)state;
    gamlp_symmetric a;
    gamlp_cholesky *c;
    gamlp_factor f, g;
    int64_t threads = gamlp_threads_get();
    CHECK_OK(spd_random(&a, 1200, 4800, 0.9, 77));
    CHECK_OK(gamlp_cholesky_new(&c, &a, GAMLP_ORDERING_AMD));
    gamlp_threads_set(1);
    CHECK_OK(gamlp_cholesky_factor(&f, c, &a));
    gamlp_threads_set(4);
    CHECK_OK(gamlp_cholesky_factor(&g, c, &a));
    gamlp_threads_set(threads);
    assert_int_equal(f.room, g.room);
    assert_memory_equal(f.val, g.val, (size_t)f.room * sizeof *f.val);
    gamlp_factor_clear(&f);
    gamlp_factor_clear(&g);
    gamlp_cholesky_free(c);
    gamlp_symmetric_clear(&a);
}

static void set_diagonal(gamlp_symmetric *a, int64_t i, double value) {
    for (int64_t k = a->ptr[i]; k < a->ptr[i + 1]; k++)
        if (a->idx[k] == i) a->val[k] = value;
}

static void indefinite_matrices_are_refused(void **state) {
    (void)state;
    gamlp_symmetric a;
    gamlp_cholesky *c;
    gamlp_factor f;
    for (int64_t n = N; n <= 1200; n += 1080) {
        CHECK_OK(spd_random(&a, n, 4 * n, 0.9, 9));
        CHECK_OK(gamlp_cholesky_new(&c, &a, GAMLP_ORDERING_AMD));
        set_diagonal(&a, 17, -3);
        CHECK_FAILS(gamlp_cholesky_factor(&f, c, &a), GAMLP_E_NUMERIC, "not positive definite");
        CHECK_FAILS(gamlp_factor_incomplete(&f, &a), GAMLP_E_NUMERIC, "not positive definite");
        gamlp_cholesky_free(c);
        gamlp_symmetric_clear(&a);
    }
}

/* IC(0) of a tree is exact, and of other graphs has A's pattern and agrees with A on it. */
static void incomplete_factors(void **state) {
    (void)state;
    gamlp_symmetric a;
    gamlp_factor f;
    CHECK_OK(spd_random(&a, N, 300, 0.9, 2));
    CHECK_OK(gamlp_factor_incomplete(&f, &a));
    CHECK_OK(gamlp_factor_check(&f));
    assert_int_equal(gamlp_factor_entries(&f), (a.nnz + N) / 2);
    static double l[N][N];
    memset(l, 0, sizeof l);
    for (int64_t j = 0; j < N; j++) {
        l[j][j] = sqrt(f.val[f.ptr[j]]);
        for (int64_t k = f.ptr[j] + 1; k < f.ptr[j] + f.count[j]; k++)
            l[f.idx[k]][j] = f.val[k] * l[j][j];
    }
    for (int64_t i = 0; i < N; i++)
        for (int64_t k = a.ptr[i]; k < a.ptr[i + 1]; k++) {
            double sum = 0;
            for (int64_t j = 0; j < N; j++) sum += l[i][j] * l[a.idx[k]][j];
            assert_true(fabs(sum - a.val[k]) < 1e-12);
        }
    gamlp_factor_clear(&f);
    gamlp_symmetric_clear(&a);
}

static void damaged_factors_are_refused(void **state) {
    (void)state;
    gamlp_symmetric a;
    gamlp_cholesky *c;
    gamlp_factor f;
    CHECK_OK(spd_random(&a, N, 300, 0.9, 2));
    CHECK_OK(gamlp_cholesky_new(&c, &a, GAMLP_ORDERING_AMD));
    CHECK_OK(gamlp_cholesky_factor(&f, c, &a));
    double pivot = f.val[f.ptr[7]];
    f.val[f.ptr[7]] = -1;
    CHECK_FAILS(gamlp_factor_check(&f), GAMLP_E_DATA, "column 7");
    f.val[f.ptr[7]] = pivot;
    f.perm[3]++;
    CHECK_FAILS(gamlp_factor_check(&f), GAMLP_E_DATA, "pivot");
    f.perm[3]--;
    f.count[9] = INT32_MAX;
    CHECK_FAILS(gamlp_factor_check(&f), GAMLP_E_DATA, "column 9");
    f.count[9] = 1;
    CHECK_OK(gamlp_factor_check(&f)); /* a smaller pattern may be one, too */
    f.idx[f.ptr[0]] = 1;
    CHECK_FAILS(gamlp_factor_check(&f), GAMLP_E_DATA, "column 0");
    gamlp_factor_clear(&f);
    gamlp_cholesky_free(c);
    gamlp_symmetric_clear(&a);
    gamlp_factor_clear(NULL);
    gamlp_cholesky_free(NULL);
}

static void bad_matrices_are_refused(void **state) {
    (void)state;
    gamlp_symmetric a;
    gamlp_cholesky *c;
    CHECK_OK(spd_random(&a, N, 300, 0.9, 2));
    a.val[1] += 1e-9;
    CHECK_FAILS(gamlp_symmetric_check(&a), GAMLP_E_DATA, "not symmetric");
    a.val[0] = NAN;
    CHECK_FAILS(gamlp_symmetric_check(&a), GAMLP_E_DATA, "row 0");
    a.idx[a.ptr[3]] = N;
    CHECK_FAILS(gamlp_symmetric_check(&a), GAMLP_E_DATA, "row");
    gamlp_symmetric_clear(&a);
    CHECK_OK(gamlp_symmetric_init(&a, 2, 0));
    CHECK_FAILS(gamlp_symmetric_check(&a), GAMLP_E_DATA, "no diagonal");
    gamlp_symmetric_clear(&a);
    CHECK_FAILS(gamlp_symmetric_init(&a, INT32_MAX, 0), GAMLP_E_USAGE, "2147483647");
    CHECK_OK(gamlp_symmetric_init(&a, 0, 0));
    CHECK_FAILS(gamlp_cholesky_new(&c, &a, GAMLP_ORDERING_AMD), GAMLP_E_USAGE, "without rows");
    gamlp_symmetric_clear(&a);
    gamlp_symmetric_clear(NULL);
}

static gamlp_status everything(void *context) {
    const int64_t *edges = context;
    gamlp_symmetric a = {0};
    gamlp_cholesky *c = NULL;
    gamlp_factor f = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(spd_random(&a, N, *edges, 0.9, 4));
    GAMLP_TRY(gamlp_cholesky_new(&c, &a, GAMLP_ORDERING_AMD));
    GAMLP_TRY(gamlp_cholesky_factor(&f, c, &a));
    GAMLP_TRY(solve_all(&f));
    gamlp_factor_clear(&f);
    GAMLP_TRY(gamlp_factor_incomplete(&f, &a));
done:
    gamlp_factor_clear(&f);
    gamlp_cholesky_free(c);
    gamlp_symmetric_clear(&a);
    return status;
}

/* A first row that is joined to all others: eliminated first, it fills everything. */
static void too_large_factors_are_told(void **state) {
    (void)state;
    enum { MANY = 70000 };
    gamlp_symmetric a;
    gamlp_cholesky *c;
    gamlp_factor f;
    CHECK_OK(gamlp_symmetric_init(&a, MANY, 3 * MANY - 2));
    a.ptr[1] = MANY;
    for (int32_t j = 0; j < MANY; j++) {
        a.idx[j] = j;
        a.val[j] = j == 0 ? MANY : 0.5;
    }
    for (int32_t i = 1; i < MANY; i++) {
        int64_t at = a.ptr[i];
        a.idx[at] = 0;
        a.val[at] = 0.5;
        a.idx[at + 1] = i;
        a.val[at + 1] = 2;
        a.ptr[i + 1] = at + 2;
    }
    CHECK_OK(gamlp_symmetric_check(&a));
    CHECK_OK(gamlp_cholesky_new(&c, &a, GAMLP_ORDERING_NATURAL));
    assert_true(gamlp_cholesky_fill(c) == 0.5 * MANY * (MANY + 1.0));
    assert_true(isinf(gamlp_cholesky_bytes(c)));
    CHECK_FAILS(gamlp_cholesky_factor(&f, c, &a), GAMLP_E_NOMEM, "more than 2147483647 entries");
    gamlp_cholesky_free(c);
    CHECK_OK(gamlp_cholesky_new(&c, &a, GAMLP_ORDERING_AMD));
    assert_true(gamlp_cholesky_fill(c) == 2 * MANY - 1);
    assert_true(isfinite(gamlp_cholesky_bytes(c)));
    gamlp_cholesky_free(c);
    gamlp_symmetric_clear(&a);
}

static void no_memory(void **state) {
    (void)state;
    int64_t edges = 30;
    check_every_allocation(everything, &edges);
    edges = 40000;
    check_every_allocation(everything, &edges);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(solves_equal_dense_elimination),
        cmocka_unit_test(one_analysis_many_shifts),
        cmocka_unit_test(equals_cxsparse),
        cmocka_unit_test(bits_do_not_depend_on_threads),
        cmocka_unit_test(indefinite_matrices_are_refused),
        cmocka_unit_test(incomplete_factors),
        cmocka_unit_test(damaged_factors_are_refused),
        cmocka_unit_test(bad_matrices_are_refused),
        cmocka_unit_test(too_large_factors_are_told),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
