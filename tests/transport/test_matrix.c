/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Matrices over links, and blocks of pdADMM-G-Q that talk over them: every bit as in one process.
 */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "gamlp/model.h"
#include "net.h"
#include "pair.h"
#include "transport/matrix.h"

static const double patience = 20;

static void matrices_arrive(void **state) {
    (void)state;
    pair p;
    gamlp_coder *to, *from;
    gamlp_dense a, back;
    gamlp_levels levels;
    pair_open(&p, PAIR_TCP, 1 << 22);
    CHECK_OK(gamlp_coder_new(&to, 300, 400, GAMLP_STAGE_AUTO));
    CHECK_OK(gamlp_coder_new(&from, 300, 400, GAMLP_STAGE_AUTO));
    CHECK_OK(gamlp_dense_init(&a, 300, 400));
    CHECK_OK(gamlp_dense_init(&back, 300, 400));
    CHECK_OK(gamlp_levels_uniform(&levels, -1, 1, 256));
    for (uint32_t k = 0; k < 5; k++) {
        gamlp_parcel address = {.kind = 1, .layer = 3, .iteration = k};
        fill_normal(&a, k / 2);
        if (k > 0) CHECK_OK(gamlp_levels_project(&a, &levels, &a));
        CHECK_OK(gamlp_matrix_send(p.a, to, &address, &a, &levels, patience));
        CHECK_OK(gamlp_matrix_recv(&back, p.b, from, &address, patience));
        assert_memory_equal(back.data, a.data, 300 * 400 * sizeof *a.data);
    }
    gamlp_link_figures f;
    gamlp_link_figures_of(&f, p.a);
    assert_int_equal(f.sent.plain, 5 * 300 * 400 * (int64_t)sizeof(gamlp_real));
    assert_true(gamlp_ledger_bytes(&f.sent) < f.sent.plain / 2);
    gamlp_parcel address = {.kind = 1, .layer = 3, .iteration = 9}, other = address;
    other.layer = 4;
    CHECK_OK(gamlp_matrix_send(p.a, to, &address, &a, &levels, patience));
    CHECK_FAILS(gamlp_matrix_recv(&back, p.b, from, &other, patience), GAMLP_E_DATA,
                "a matrix of kind 1, layer 3, iteration 9 came, expected kind 1, layer 4");
    CHECK_FAILS(gamlp_matrix_recv(&back, p.b, from, &other, 0.01), GAMLP_E_IO,
                "matrix of kind 1, layer 4, iteration 9: gave up waiting for process 1");
    gamlp_coder_free(to);
    gamlp_coder_free(from);
    gamlp_dense_clear(&a);
    gamlp_dense_clear(&back);
    pair_close(&p);
}

/* Those that fill several chunks go to their place as they come. */
static void large_matrices_arrive(void **state) {
    (void)state;
    static const int64_t rows[] = {(1 << 20) / sizeof(gamlp_real) - 4, 1 << 18, 700001, 1500000};
    for (int kind = 0; kind < PAIR_KINDS; kind++) {
        pair p;
        pair_open(&p, (pair_kind)kind, 16 << 20);
        for (int i = 0; i < 4; i++)
            pair_stream(i % 2 ? p.a : p.b, i % 2 ? p.b : p.a, rows[i], 3, NULL, NULL);
        pair_close(&p);
    }
}

/* A matrix that is lent: nobody takes it, so that it gets other memory; it goes before it was
 * taken; it is taken, and stays where it was.  What comes is always what was sent. */
static void lent_matrices_may_change(void **state) {
    (void)state;
    enum { ROWS = 700001 };
    pair p;
    gamlp_coder *to, *from;
    gamlp_dense a, back, other;
    gamlp_loan *loan = NULL;
    gamlp_parcel address = {.kind = 1};
    pair_open(&p, PAIR_TCP, 16 << 20);
    CHECK_OK(gamlp_coder_new(&to, ROWS, 1, GAMLP_STAGE_NONE));
    CHECK_OK(gamlp_coder_new(&from, ROWS, 1, GAMLP_STAGE_NONE));
    CHECK_OK(gamlp_dense_init(&back, ROWS, 1));
    CHECK_OK(gamlp_dense_init(&a, ROWS, 1));
    fill_normal(&a, 1);
    CHECK_OK(gamlp_dense_copy(&other, &a));
    for (int i = 0; i < 3; i++) {
        const gamlp_real *before = a.data;
        CHECK_OK(gamlp_matrix_lend(p.a, to, &address, &a, NULL, patience, &loan));
        CHECK_FAILS(gamlp_matrix_lend(p.a, to, &address, &other, NULL, patience, &loan),
                    GAMLP_E_USAGE, "before another one was reclaimed");
        if (i == 1) CHECK_OK(gamlp_matrix_recv(&back, p.b, from, &address, patience));
        CHECK_OK(gamlp_matrix_reclaim(&a, &loan, i < 2, i == 1 ? patience : 0));
        assert_null(loan);
        assert_true(i == 0 ? a.data && a.data != before : i == 1 ? a.data == before : !a.data);
        if (i < 2) assert_memory_equal(a.data, other.data, ROWS * sizeof *a.data);
        if (i == 0) memset(a.data, 0, ROWS * sizeof *a.data);
        if (i != 1) CHECK_OK(gamlp_matrix_recv(&back, p.b, from, &address, patience));
        if (i == 0) memcpy(a.data, other.data, ROWS * sizeof *a.data);
        assert_memory_equal(back.data, other.data, ROWS * sizeof *a.data);
    }
    gamlp_coder_free(to);
    gamlp_coder_free(from);
    gamlp_dense_clear(&other);
    gamlp_dense_clear(&back);
    pair_close(&p);
}

/* Of a parcel of three chunks one comes: nothing is written to the matrix after the wait for the
 * others has ended. */
static void waiting_for_the_rest_ends(void **state) {
    (void)state;
    enum { SIZE = 3 << 20 };
    pair p;
    gamlp_parcel parcel = {.kind = 1, .size = SIZE}, got;
    uint8_t *room, *source = calloc(SIZE, 1), *into = calloc(SIZE, 1);
    const uint8_t *first;
    int64_t size;
    memset(source, 7, SIZE);
    pair_open(&p, PAIR_TCP, SIZE);
    CHECK_OK(gamlp_link_reserve(&room, p.b, SIZE, patience));
    CHECK_OK(gamlp_link_begin(p.b, &parcel));
    gamlp_link_fill(p.b, source, (1 << 20) + 5);
    CHECK_OK(gamlp_link_wait_first(&got, &first, &size, p.a, patience));
    assert_int_equal(got.size, SIZE);
    assert_int_equal(size, 1 << 20);
    CHECK_FAILS(gamlp_link_copy(into, p.a, 16, 0.02), GAMLP_E_IO, "gave up waiting for process 2");
    assert_false(gamlp_link_has_parcel(p.a));
    gamlp_link_fill(p.b, source, SIZE);
    CHECK_OK(gamlp_link_wait(&got, &first, p.a, patience));
    assert_int_equal(into[(1 << 20) - 17], 7);
    assert_int_equal(into[(1 << 20) - 16], 0);
    pair_close(&p);
    free(source);
    free(into);
}

/* One end of a link behind gamlp_exchange; codes q and p each in a stream of its own. */
typedef struct end {
    gamlp_link *link;
    gamlp_coder *send, *recv;
    gamlp_pdadmm *block;
    int64_t boundary; /* the layer above the link, whose levels are used */
    gamlp_loan *loan;
} end;

static gamlp_parcel parcel_of(gamlp_address a) {
    return (gamlp_parcel){
        .kind = (uint8_t)a.kind, .layer = (uint32_t)a.layer, .iteration = (uint32_t)a.iteration};
}

static gamlp_status end_send(void *context, gamlp_address address, const gamlp_dense *a) {
    end *e = context;
    gamlp_parcel parcel = parcel_of(address);
    const gamlp_levels *levels = e->block ? gamlp_pdadmm_levels(e->block, e->boundary) : NULL;
    return gamlp_matrix_lend(e->link, e->send, &parcel, a, levels, patience, &e->loan);
}

/* At once in every other case, whoever reads it still. */
static gamlp_status end_reclaim(gamlp_dense *a, void *context, gamlp_tensor kind, bool keep) {
    static int calls;
    end *e = context;
    (void)kind;
    return gamlp_matrix_reclaim(a, &e->loan, keep, ++calls % 2 ? 0.01 : 0);
}

static gamlp_status end_recv(gamlp_dense *a, void *context, gamlp_address address) {
    end *e = context;
    gamlp_parcel parcel = parcel_of(address);
    return gamlp_matrix_recv(a, e->link, e->recv, &parcel, patience);
}

enum { LAYERS = 4, SPLIT = 2, WIDTH = 30, COLUMNS = 60, MANY = 9000, ITERATIONS = 12 };

static void end_open(end *e, gamlp_link *link, const net *t, bool upper, gamlp_stage stage) {
    gamlp_exchange exchange = {end_send, end_recv, e, end_reclaim};
    gamlp_pdadmm_plan plan = t->plan;
    *e = (end){.link = link, .boundary = SPLIT + 1};
    CHECK_OK(gamlp_coder_new(&e->send, WIDTH, t->dense.cols, stage));
    CHECK_OK(gamlp_coder_new(&e->recv, WIDTH, t->dense.cols, stage));
    plan.first = upper ? SPLIT + 1 : 1;
    plan.last = upper ? LAYERS : SPLIT;
    plan.exchange = &exchange;
    CHECK_OK(gamlp_pdadmm_new(&e->block, t->problem, &plan, &t->options));
}

static void end_close(end *e) {
    gamlp_pdadmm_free(e->block);
    gamlp_coder_free(e->send);
    gamlp_coder_free(e->recv);
}

static void compare(const gamlp_pdadmm *whole, const gamlp_pdadmm *part, int64_t first,
                    int64_t last) {
    for (int64_t l = first; l <= last; l++) {
        gamlp_pdadmm_state a = gamlp_pdadmm_state_of(whole, l), b = gamlp_pdadmm_state_of(part, l);
        const gamlp_dense *one[] = {a.p, a.w, a.b, a.z, a.q, a.u};
        const gamlp_dense *two[] = {b.p, b.w, b.b, b.z, b.q, b.u};
        for (int i = 0; i < 6; i++)
            if (one[i]->data)
                assert_memory_equal(one[i]->data, two[i]->data,
                                    (size_t)(one[i]->rows * one[i]->cols) * sizeof(gamlp_real));
    }
}

/* Both blocks in one thread: what is sent travels by itself. */
static void run_split(gamlp_quantise quantise, int64_t levels, gamlp_stage stage, pair_kind kind,
                      int64_t columns) {
    net t;
    pair p;
    end low, high;
    net_init(&t, 20, columns, 3, LAYERS, WIDTH, 5);
    t.options.quantise = quantise;
    t.options.level_count = levels;
    gamlp_pdadmm *whole = net_start(&t);
    pair_open(&p, kind, WIDTH * columns * 8 + 64);
    end_open(&low, p.a, &t, false, stage);
    end_open(&high, p.b, &t, true, stage);
    CHECK_OK(gamlp_pdadmm_start(low.block));
    CHECK_OK(gamlp_pdadmm_start(high.block));
    for (int k = 0; k < ITERATIONS; k++) {
        CHECK_OK(gamlp_pdadmm_iterate(whole));
        CHECK_OK(gamlp_pdadmm_step_primal(low.block));
        CHECK_OK(gamlp_pdadmm_step_primal(high.block));
        CHECK_OK(gamlp_pdadmm_step_dual(low.block));
        CHECK_OK(gamlp_pdadmm_step_dual(high.block));
    }
    compare(whole, low.block, 1, SPLIT);
    compare(whole, high.block, SPLIT + 1, LAYERS);
    gamlp_link_figures f;
    gamlp_link_figures_of(&f, p.b); /* p, ITERATIONS of them */
    assert_int_equal(f.sent.parcels, ITERATIONS);
    if (quantise != GAMLP_QUANTISE_NONE && sizeof(gamlp_real) == 4)
        assert_true((f.sent.payload - 36 * ITERATIONS) * 32 <=
                    f.sent.plain * gamlp_levels_bits(gamlp_pdadmm_levels(whole, 3)));
    end_close(&low);
    end_close(&high);
    pair_close(&p);
    gamlp_pdadmm_free(whole);
    net_clear(&t);
}

static void blocks_over_a_link_are_one_net(void **state) {
    (void)state;
    static const int64_t levels[] = {16, 256, 65536};
    for (int stage = GAMLP_STAGE_NONE; stage <= GAMLP_STAGE_AUTO; stage++) {
        run_split(GAMLP_QUANTISE_NONE, 256, (gamlp_stage)stage, PAIR_TCP, COLUMNS);
        for (int i = 0; i < 3; i++) {
            run_split(GAMLP_QUANTISE_P, levels[i], (gamlp_stage)stage, PAIR_INPROC, COLUMNS);
            run_split(GAMLP_QUANTISE_PQ, levels[i], (gamlp_stage)stage, PAIR_IPC, COLUMNS);
        }
    }
    run_split(GAMLP_QUANTISE_NONE, 256, GAMLP_STAGE_NONE, PAIR_TCP, MANY); /* several chunks */
    for (int kind = 0; kind < PAIR_KINDS; kind++) {
        run_split(GAMLP_QUANTISE_NONE, 256, GAMLP_STAGE_NONE, (pair_kind)kind, COLUMNS);
        for (int i = 0; i < 3; i++)
            run_split(GAMLP_QUANTISE_PQ, levels[i], GAMLP_STAGE_AUTO, (pair_kind)kind, COLUMNS);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matrices_arrive),
        cmocka_unit_test(large_matrices_arrive),
        cmocka_unit_test(lent_matrices_may_change),
        cmocka_unit_test(waiting_for_the_rest_ends),
        cmocka_unit_test(blocks_over_a_link_are_one_net),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
