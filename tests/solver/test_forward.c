/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scores of nets with layers that are large enough for products by pairs, and others. */
#include "check.h"
#include "net.h"

#include <math.h>

#include "gamlp/threads.h"

enum { NODES = 70, CLASSES = 5, WATCHED = 2, FEW = 300, MOST = 8200, LAYERS = 7 };

static const int64_t widths[LAYERS - 1] = {160, 128, 97, 260, 144, 320};

static const double rounding = sizeof(gamlp_real) == sizeof(double) ? 1e-12 : 1e-5;

/* A net that watches fewer nodes than pairs are for, and more. */
typedef struct watching {
    net t;
    gamlp_stack x[WATCHED];
    int32_t label[MOST];
} watching;

static void watching_init(watching *w, int64_t features, const int64_t *hidden, int64_t layers,
                          int64_t most) {
    const int64_t columns[WATCHED] = {30, most};
    net_init(&w->t, features, NODES, CLASSES, layers, 1, 3);
    for (int64_t l = 0; l + 1 < layers; l++) w->t.hidden[l] = hidden[l];
    for (int32_t j = 0; j < MOST; j++) w->label[j] = j % CLASSES;
    for (int i = 0; i < WATCHED; i++) {
        int64_t index;
        gamlp_stack_init(&w->x[i], columns[i]);
        for (int half = 0; half < 2; half++) {
            gamlp_dense block;
            CHECK_OK(gamlp_dense_init(&block, features / 2, columns[i]));
            fill_normal(&block, 20 + (uint64_t)(2 * i + half));
            CHECK_OK(gamlp_stack_push_dense(&w->x[i], &block));
        }
        CHECK_OK(gamlp_problem_watch(&index, w->t.problem, &w->x[i], w->label));
        assert_int_equal(index, i);
    }
}

static void watching_clear(watching *w) {
    for (int i = 0; i < WATCHED; i++) gamlp_stack_clear(&w->x[i]);
    net_clear(&w->t);
}

/* The loss of the exported model, to rounding; the same bits with other numbers of threads, and
 * without allocations. */
static void check_scores(const watching *w, gamlp_pdadmm *block) {
    const int64_t usual = gamlp_threads_get();
    gamlp_model model;
    CHECK_OK(gamlp_pdadmm_export(&model, block));
    for (int64_t i = -1; i < WATCHED; i++) {
        gamlp_dense logits;
        gamlp_score first, score;
        CHECK_OK(gamlp_model_forward(&logits, &model, i < 0 ? &w->t.x : &w->x[i]));
        const double expected = gamlp_score_of(&logits, w->label).loss;
        const int64_t made = allocations_made();
        gamlp_threads_set(1);
        CHECK_OK(gamlp_pdadmm_score(&first, block, i));
        if (!(fabs(first.loss - expected) <= rounding * (1 + expected)))
            fail_msg("set %lld: loss %.9g, expected %.9g", (long long)i, first.loss, expected);
        for (int64_t threads = 2; threads <= 7; threads = 2 * threads - 1) {
            gamlp_threads_set(threads);
            CHECK_OK(gamlp_pdadmm_score(&score, block, i));
            assert_true(score.loss == first.loss && score.accuracy == first.accuracy);
        }
        assert_int_equal(allocations_made(), made);
        gamlp_dense_clear(&logits);
    }
    gamlp_threads_set(usual);
    gamlp_model_clear(&model);
}

static void check_net(int64_t features, gamlp_activation_kind kind) {
    watching w;
    watching_init(&w, features, widths, LAYERS, FEW);
    w.t.options.activation.kind = kind;
    count_allocations();
    gamlp_pdadmm *block = net_start(&w.t);
    check_scores(&w, block);
    for (int k = 0; k < 2; k++) CHECK_OK(gamlp_pdadmm_iterate(block));
    check_scores(&w, block);
    gamlp_pdadmm_free(block);
    assert_int_equal(allocations_alive(), 0);
    stop_counting();
    watching_clear(&w);
}

/* Layer 1 by the Gram matrix and without. */
static void scores_are_those_of_the_model(void **state) {
    (void)state;
    check_net(90, GAMLP_RELU);
    check_net(90, GAMLP_TANH);
    check_net(40, GAMLP_RELU);
}

/* Scores after an iteration, of the block with the last layer. */
static void score_blocks(gamlp_score *score, const net *t, int64_t blocks) {
    gamlp_mailbox *mailbox;
    gamlp_pdadmm *block[LAYERS];
    CHECK_OK(gamlp_mailbox_new(&mailbox, LAYERS));
    gamlp_exchange exchange = gamlp_mailbox_exchange(mailbox);
    gamlp_pdadmm_plan plan = t->plan;
    plan.exchange = blocks > 1 ? &exchange : NULL;
    for (int64_t i = 0; i < blocks; i++) {
        plan.first = 1 + LAYERS * i / blocks;
        plan.last = LAYERS * (i + 1) / blocks;
        CHECK_OK(gamlp_pdadmm_new(&block[i], t->problem, &plan, &t->options));
        CHECK_OK(gamlp_pdadmm_start(block[i]));
    }
    for (int64_t i = 0; i < blocks; i++) CHECK_OK(gamlp_pdadmm_step_primal(block[i]));
    for (int64_t i = 0; i < blocks; i++) CHECK_OK(gamlp_pdadmm_step_dual(block[i]));
    for (int64_t index = -1; index < WATCHED; index++)
        for (int64_t i = 0; i < blocks; i++)
            CHECK_OK(gamlp_pdadmm_score(&score[index + 1], block[i], index));
    for (int64_t i = 0; i < blocks; i++) gamlp_pdadmm_free(block[i]);
    gamlp_mailbox_free(mailbox);
}

static void blocks_give_the_same_scores(void **state) {
    (void)state;
    watching w;
    gamlp_score whole[1 + WATCHED], cut[1 + WATCHED];
    watching_init(&w, 90, widths, LAYERS, FEW);
    score_blocks(whole, &w.t, 1);
    assert_true(whole[WATCHED].loss > 0);
    for (int64_t blocks = 2; blocks <= LAYERS; blocks++) {
        score_blocks(cut, &w.t, blocks);
        for (int i = 0; i <= WATCHED; i++)
            assert_true(cut[i].loss == whole[i].loss && cut[i].accuracy == whole[i].accuracy);
    }
    watching_clear(&w);
}

static void scores_of_grown_nets_are(void **state) {
    (void)state;
    static const int64_t hidden[] = {128};
    watching w;
    watching_init(&w, 90, hidden, 2, FEW);
    count_allocations();
    gamlp_pdadmm *block = net_start(&w.t);
    for (int64_t layers = 3; layers <= 5; layers += 2) {
        check_scores(&w, block);
        CHECK_OK(gamlp_pdadmm_iterate(block));
        CHECK_OK(gamlp_pdadmm_grow(block, layers));
        CHECK_OK(gamlp_pdadmm_start(block));
        check_scores(&w, block);
    }
    gamlp_pdadmm_free(block);
    assert_int_equal(allocations_alive(), 0);
    stop_counting();
    watching_clear(&w);
}

/* More nodes than are scored where their logits are made. */
static void scores_of_many_nodes_are(void **state) {
    (void)state;
    static const int64_t hidden[] = {128};
    watching w;
    watching_init(&w, 90, hidden, 2, MOST);
    count_allocations();
    gamlp_pdadmm *block = net_start(&w.t);
    check_scores(&w, block);
    gamlp_pdadmm_free(block);
    assert_int_equal(allocations_alive(), 0);
    stop_counting();
    watching_clear(&w);
}

static void allocations_may_fail(void **state) {
    (void)state;
    static const int64_t hidden[] = {128, 128};
    for (int64_t layers = 2; layers <= 3; layers++) {
        watching w;
        watching_init(&w, 90, hidden, layers, FEW);
        check_training_allocations(&w.t, 1, 4);
        watching_clear(&w);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_are_those_of_the_model),
        cmocka_unit_test(blocks_give_the_same_scores),
        cmocka_unit_test(scores_of_grown_nets_are),
        cmocka_unit_test(scores_of_many_nodes_are),
        cmocka_unit_test(allocations_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
