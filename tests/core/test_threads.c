/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/threads.h"

#include <omp.h>
#include <stdatomic.h>

#include "check.h"
#include "core/team.h"

enum { CHUNKS = 1000 };

typedef struct record {
    int visits[CHUNKS]; /* each cell belongs to one chunk */
    atomic_int threads_seen;
} record;

static void visit(void *context, int64_t chunk) {
    record *r = context;
    r->visits[chunk]++;
    int threads = omp_get_num_threads(), seen = atomic_load(&r->threads_seen);
    while (threads > seen && !atomic_compare_exchange_weak(&r->threads_seen, &seen, threads)) {
    }
}

static void test_each_chunk_once(void **state) {
    (void)state;
    for (int64_t threads = 1; threads <= 4; threads++) {
        record r = {.threads_seen = 0};
        gamlp_threads_set(threads);
        assert_int_equal(gamlp_threads_get(), threads);
        gamlp_parallel(CHUNKS, visit, &r);
        for (int i = 0; i < CHUNKS; i++) assert_int_equal(r.visits[i], 1);
        assert_true(atomic_load(&r.threads_seen) <= threads);
        record few = {.threads_seen = 0};
        gamlp_parallel(2, visit, &few);
        assert_int_equal(few.visits[0] + few.visits[1], 2);
        assert_int_equal(few.visits[2], 0);
        gamlp_parallel(0, visit, NULL);
    }
}

static void ask(void *context, int64_t chunk) {
    int64_t *here = context;
    here[chunk] = gamlp_threads_here() + (gamlp_threads_together() ? 100 : 0);
}

/* Work that begins beside other work has its own thread alone; the setting stays. */
static void test_nested(void **state) {
    (void)state;
    int64_t here[2];
    gamlp_threads_set(2);
    gamlp_parallel(2, ask, here);
    assert_int_equal(here[0], 101);
    assert_int_equal(here[1], 101);
    gamlp_parallel(1, ask, here);
    assert_int_equal(here[0], 2);
    assert_false(gamlp_threads_together());
    assert_int_equal(gamlp_threads_get(), 2);
}

static void test_number(void **state) {
    (void)state;
    assert_true(gamlp_threads_available() >= 1);
    gamlp_threads_set(0);
    assert_int_equal(gamlp_threads_get(), 1);
    gamlp_threads_set(-3);
    assert_int_equal(gamlp_threads_get(), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_chunk_once),
                                       cmocka_unit_test(test_nested),
                                       cmocka_unit_test(test_number)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
