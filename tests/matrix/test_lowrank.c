/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes beside a factor, against factors of the changed matrix. */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "gamlp/rng.h"
#include "gamlp/threads.h"
#include "matrix/cholesky.h"
#include "matrix/lowrank.h"
#include "spd.h"

enum { N = 300, LANES = GAMLP_LANES };

typedef struct fixture {
    gamlp_symmetric a; /* complete: every change finds its place */
    gamlp_factor f;
    int64_t pivot[N];
} fixture;

static gamlp_status factor_of(gamlp_factor *f, const gamlp_symmetric *a) {
    gamlp_cholesky *c = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_cholesky_new(&c, a, GAMLP_ORDERING_AMD));
    status = gamlp_cholesky_factor(f, c, a);
done:
    gamlp_cholesky_free(c);
    return status;
}

/* A sparse factor, and the same matrix with a place for every entry. */
static void make(fixture *x) {
    gamlp_symmetric sparse;
    CHECK_OK(spd_random(&sparse, N, 700, 0.9, 6));
    CHECK_OK(factor_of(&x->f, &sparse));
    for (int64_t k = 0; k < N; k++) x->pivot[x->f.perm[k]] = k;
    CHECK_OK(gamlp_symmetric_init(&x->a, N, (int64_t)N * N));
    for (int64_t i = 0; i < N; i++) {
        x->a.ptr[i + 1] = (i + 1) * N;
        for (int64_t j = 0; j < N; j++) {
            x->a.idx[i * N + j] = (int32_t)j;
            x->a.val[i * N + j] = 0;
        }
        for (int64_t k = sparse.ptr[i]; k < sparse.ptr[i + 1]; k++)
            x->a.val[i * N + sparse.idx[k]] = sparse.val[k];
    }
    gamlp_symmetric_clear(&sparse);
}

static void clear(fixture *x) {
    gamlp_symmetric_clear(&x->a);
    gamlp_factor_clear(&x->f);
}

/* A += s (u u' + v v') */
static void change_matrix(fixture *x, const int64_t row[2], const double u[2], const double v[2],
                          double s) {
    for (int d = 0; d < 2; d++)
        for (int e = 0; e < 2; e++)
            x->a.val[row[d] * N + row[e]] += s * (u[d] * u[e] + v[d] * v[e]);
}

static void check_solves(const fixture *x, const gamlp_lowrank *r, double tolerance) {
    static _Alignas(64) double right[N * LANES], mine[N * LANES], fresh[N * LANES];
    static double work[GAMLP_LOWRANK_WORK];
    gamlp_factor f;
    gamlp_rng rng = gamlp_rng_key(5, GAMLP_RNG_TEST, 1);
    CHECK_OK(factor_of(&f, &x->a));
    for (uint64_t k = 0; k < N * LANES; k++) right[k] = gamlp_rng_uniform(rng, k) - 0.5;
    for (int64_t i = 0; i < N; i++)
        for (int t = 0; t < LANES; t++) {
            mine[x->pivot[i] * LANES + t] = right[i * LANES + t];
        }
    for (int64_t k = 0; k < N; k++)
        memcpy(fresh + k * LANES, right + f.perm[k] * LANES, LANES * sizeof *fresh);
    gamlp_lowrank_solve(&x->f, r, mine, work);
    gamlp_factor_solve(&f, fresh);
    for (int64_t k = 0; k < N; k++)
        for (int t = 0; t < LANES; t++)
            assert_true(fabs(mine[x->pivot[f.perm[k]] * LANES + t] - fresh[k * LANES + t]) <
                        tolerance);
    gamlp_factor_clear(&f);
}

/* As many as there can be; each third one takes back the one before. */
static void changes_equal_fresh_factors(void **state) {
    (void)state;
    fixture x;
    gamlp_lowrank r;
    make(&x);
    CHECK_OK(gamlp_lowrank_init(&r, &x.f));
    check_solves(&x, &r, 1e-10);
    for (int64_t k = 0; r.changes < GAMLP_LOWRANK_MOST; k++) {
        const int64_t c = k % 3 == 2 ? k - 1 : k;
        const int64_t row[] = {c * 37 % N, (c * 11 + 5) % N};
        const int64_t pivot[] = {x.pivot[row[0]], x.pivot[row[1]]};
        const double u[] = {1.5, -0.5}, v[] = {0.01 * (double)(c % 256), 1};
        if (row[0] == row[1]) continue;
        CHECK_OK(gamlp_lowrank_add(&r, &x.f, pivot, u, v, k % 3 != 2));
        change_matrix(&x, row, u, v, k % 3 != 2 ? 1 : -1);
        if (k % 100 == 20) check_solves(&x, &r, 1e-9);
    }
    check_solves(&x, &r, 1e-9);
    CHECK_FAILS(gamlp_lowrank_add(&r, &x.f, (const int64_t[]){3, 5}, (const double[]){1, 2},
                                  (const double[]){2, -1}, true),
                GAMLP_E_USAGE, "no more");
    gamlp_lowrank_clear(&r);
    clear(&x);
}

static void bad_changes_are_refused(void **state) {
    (void)state;
    fixture x;
    gamlp_lowrank r;
    const int64_t row[] = {3, 70};
    const double u[] = {1, 2}, v[] = {2, -1}, much[] = {100, 0}, none[] = {0, 0};
    make(&x);
    const int64_t pivot[] = {x.pivot[3], x.pivot[70]};
    CHECK_OK(gamlp_lowrank_init(&r, &x.f));
    CHECK_FAILS(gamlp_lowrank_add(&r, &x.f, pivot, much, none, false), GAMLP_E_NUMERIC,
                "not positive definite");
    CHECK_OK(gamlp_lowrank_add(&r, &x.f, pivot, u, v, true));
    change_matrix(&x, row, u, v, 1);
    CHECK_FAILS(gamlp_lowrank_add(&r, &x.f, pivot, none, much, false), GAMLP_E_NUMERIC,
                "not positive definite");
    check_solves(&x, &r, 1e-9); /* as if they had not been tried */
    gamlp_lowrank_clear(&r);
    gamlp_lowrank_clear(NULL);
    clear(&x);
}

/* The union of two paths is what elimination reaches. */
static void paths_are_what_is_reached(void **state) {
    (void)state;
    fixture x;
    static _Alignas(64) double dense[N * LANES];
    static double pair[2 * N];
    static int32_t path[N];
    make(&x);
    for (int64_t a = 0; a < N; a += 7) {
        const int64_t b = (a * 31 + 3) % N;
        memset(dense, 0, sizeof dense);
        memset(pair, 0, sizeof pair);
        dense[a * LANES] = pair[2 * a] = 1;
        dense[b * LANES + 1] = pair[2 * b + 1] = -2;
        const int64_t count = gamlp_factor_path(path, &x.f, a, b);
        gamlp_factor_forward_path(&x.f, pair, path, count);
        gamlp_factor_forward(&x.f, dense);
        for (int64_t k = 0, p = 0; k < N; k++) {
            const bool on = p < count && path[p] == k;
            p += on;
            for (int t = 0; t < 2; t++) {
                const double there = dense[k * LANES + t] * x.f.val[x.f.ptr[k]];
                assert_true(fabs(pair[2 * k + t] - there) < 1e-12);
                assert_true(on || there == 0);
            }
        }
    }
    clear(&x);
}

static gamlp_status everything(void *context) {
    const gamlp_factor *f = context;
    gamlp_lowrank r = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_lowrank_init(&r, f));
    for (int64_t k = 0; k < 9; k++)
        GAMLP_TRY(gamlp_lowrank_add(&r, f, (const int64_t[]){k, N - 1 - k}, (const double[]){1, 1},
                                    (const double[]){1, -1}, true));
done:
    gamlp_lowrank_clear(&r);
    return status;
}

static void no_memory(void **state) {
    (void)state;
    fixture x;
    make(&x);
    check_every_allocation(everything, &x.f);
    clear(&x);
}

/* In one thread: what several do is so little here that they would wait for each other on a busy
 * machine.  That they make the same bits is tested where features are made. */
int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_equal_fresh_factors),
        cmocka_unit_test(bad_changes_are_refused),
        cmocka_unit_test(paths_are_what_is_reached),
        cmocka_unit_test(no_memory),
    };
    gamlp_threads_set(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
