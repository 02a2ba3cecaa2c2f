/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layers as bytes: a net that is taken apart and put together again goes on to the same bits,
 * however it is shared out; scores and remembered weights of shares are those of the whole net. */
#include "check.h"
#include "net.h"

#include <math.h>
#include <string.h>

#include "gamlp/alloc.h"

enum { LAYERS = 5, MOST = 5, EARLY = 7, LATE = 9 };

/* A net shared out to `count` blocks. */
typedef struct shares {
    int64_t count, watched;
    gamlp_mailbox *mailbox;
    gamlp_pdadmm *block[MOST];
    gamlp_problem *other; /* of the shares that do not hold layer 1 */
} shares;

static int64_t first_of(const shares *s, int64_t i) {
    return 1 + LAYERS * i / s->count;
}

static int64_t last_of(const shares *s, int64_t i) {
    return LAYERS * (i + 1) / s->count;
}

static void shares_init(shares *s, const net *t, const gamlp_stack *scored, int64_t count) {
    *s = (shares){.count = count};
    CHECK_OK(gamlp_mailbox_new(&s->mailbox, LAYERS));
    gamlp_exchange exchange = gamlp_mailbox_exchange(s->mailbox);
    gamlp_pdadmm_plan plan = t->plan;
    plan.exchange = count > 1 ? &exchange : NULL;
    plan.hold = true;
    CHECK_OK(gamlp_problem_new_share(&s->other, t->x.rows, t->x.cols, t->label, 3));
    CHECK_OK(gamlp_problem_watch_share(&s->watched, s->other, scored->cols, t->label));
    for (int64_t i = 0; i < count; i++) {
        plan.first = first_of(s, i);
        plan.last = last_of(s, i);
        CHECK_OK(gamlp_pdadmm_new(&s->block[i], i ? s->other : t->problem, &plan, &t->options));
    }
}

static void shares_clear(shares *s) {
    for (int64_t i = 0; i < s->count; i++) gamlp_pdadmm_free(s->block[i]);
    gamlp_mailbox_free(s->mailbox);
    gamlp_problem_free(s->other);
}

static void start(shares *s) {
    for (int64_t i = 0; i < s->count; i++) CHECK_OK(gamlp_pdadmm_start(s->block[i]));
}

static void iterate(shares *s, int times) {
    for (int k = 0; k < times; k++) {
        for (int64_t i = 0; i < s->count; i++) CHECK_OK(gamlp_pdadmm_step_primal(s->block[i]));
        for (int64_t i = 0; i < s->count; i++) CHECK_OK(gamlp_pdadmm_step_dual(s->block[i]));
    }
}

static gamlp_score score(shares *s, int64_t index) {
    gamlp_score score = {0};
    for (int64_t i = 0; i < s->count; i++) CHECK_OK(gamlp_pdadmm_score(&score, s->block[i], index));
    return score;
}

typedef struct bytes {
    unsigned char *data;
    size_t size;
} bytes;

static void save(bytes kept[LAYERS + 1], const shares *s, gamlp_state_kind kind) {
    for (int64_t i = 0; i < s->count; i++)
        for (int64_t l = first_of(s, i); l <= last_of(s, i); l++)
            CHECK_OK(gamlp_pdadmm_save(&kept[l].data, &kept[l].size, s->block[i], l, kind));
}

static void load(shares *s, const bytes kept[LAYERS + 1], bool below) {
    for (int64_t i = 0; i < s->count; i++)
        for (int64_t l = first_of(s, i) - (below && i > 0); l <= last_of(s, i); l++)
            CHECK_OK(gamlp_pdadmm_load(s->block[i], l, kept[l].data, kept[l].size));
}

static void bytes_clear(bytes kept[LAYERS + 1]) {
    for (int l = 1; l <= LAYERS; l++) gamlp_free(kept[l].data);
    memset(kept, 0, (LAYERS + 1) * sizeof *kept);
}

static void check_same(const bytes a[LAYERS + 1], const bytes b[LAYERS + 1]) {
    for (int l = 1; l <= LAYERS; l++) {
        assert_int_equal(a[l].size, b[l].size);
        assert_memory_equal(a[l].data, b[l].data, a[l].size);
    }
}

typedef struct run {
    net net;
    gamlp_stack scored;
    int64_t watched;
} run;

static void run_init(run *r, int64_t features, int64_t width, gamlp_quantise quantise) {
    net *t = &r->net;
    net_init(t, features, 12, 3, LAYERS, width, 5);
    t->options.l2 = 0.02;
    t->options.refresh = 4;
    t->options.quantise = quantise;
    int64_t index[] = {3, 1, 5, 7};
    CHECK_OK(gamlp_stack_columns(&r->scored, &t->x, index, 4));
    CHECK_OK(gamlp_problem_watch(&r->watched, t->problem, &r->scored, t->label));
}

static void run_clear(run *r) {
    net_clear(&r->net);
    gamlp_stack_clear(&r->scored);
}

/* From `from` shares to `to` shares after some iterations, against a net left alone. */
static void move(run *r, int64_t from, int64_t to) {
    shares alone, before, after;
    bytes expected[LAYERS + 1] = {{0}}, kept[LAYERS + 1] = {{0}}, got[LAYERS + 1] = {{0}};
    shares_init(&alone, &r->net, &r->scored, 1);
    start(&alone);
    iterate(&alone, EARLY);
    gamlp_pdadmm_keep(alone.block[0]);
    iterate(&alone, LATE);
    save(expected, &alone, GAMLP_STATE_ALL);
    shares_init(&before, &r->net, &r->scored, from);
    start(&before);
    iterate(&before, EARLY);
    for (int64_t i = 0; i < from; i++) gamlp_pdadmm_keep(before.block[i]);
    save(kept, &before, GAMLP_STATE_ALL);
    shares_clear(&before);
    shares_init(&after, &r->net, &r->scored, to);
    load(&after, kept, true);
    for (int64_t i = 0; i < to; i++) gamlp_pdadmm_resume(after.block[i], EARLY, NULL, false);
    iterate(&after, LATE);
    save(got, &after, GAMLP_STATE_ALL);
    check_same(expected, got);
    gamlp_score a = score(&alone, r->watched), b = score(&after, r->watched);
    assert_memory_equal(&a, &b, sizeof a);
    assert_true(a.loss > 0);
    shares_clear(&after);
    shares_clear(&alone);
    bytes_clear(expected);
    bytes_clear(kept);
    bytes_clear(got);
}

static void a_net_goes_on_in_other_shares(void **state) {
    (void)state;
    static const struct {
        int64_t features, width;
        gamlp_quantise quantise;
    } row[] = {{40, 7, GAMLP_QUANTISE_NONE},
               {6, 7, GAMLP_QUANTISE_NONE},
               {40, 30, GAMLP_QUANTISE_NONE},
               {40, 7, GAMLP_QUANTISE_P},
               {40, 7, GAMLP_QUANTISE_PQ}};
    for (size_t k = 0; k < sizeof row / sizeof row[0]; k++) {
        run r;
        run_init(&r, row[k].features, row[k].width, row[k].quantise);
        for (int64_t from = 1; from <= MOST; from += 2)
            for (int64_t to = 1; to <= MOST; to++) move(&r, from, to);
        run_clear(&r);
    }
}

/* The search for theta goes on where it was. */
static void a_regularised_net_goes_on(void **state) {
    (void)state;
    run r;
    run_init(&r, 40, 7, GAMLP_QUANTISE_NONE);
    r.net.options.omega = (gamlp_regulariser){.kind = GAMLP_OMEGA_L1, .weight = 1e-3};
    for (int64_t from = 1; from <= MOST; from += 2)
        for (int64_t to = 1; to <= MOST; to++) move(&r, from, to);
    run_clear(&r);
}

static void a_damaged_theta_is_refused(void **state) {
    (void)state;
    enum { THETA = 16 + 32 + 12 * 8 + 32 }; /* behind the head, the numbers and its own head */
    static const double damaged[] = {0, -1, (double)NAN, (double)INFINITY};
    bytes kept[LAYERS + 1] = {{0}};
    shares s;
    run r;
    run_init(&r, 40, 7, GAMLP_QUANTISE_NONE);
    r.net.options.omega = (gamlp_regulariser){.kind = GAMLP_OMEGA_L1, .weight = 1e-3};
    shares_init(&s, &r.net, &r.scored, 1);
    start(&s);
    iterate(&s, EARLY);
    save(kept, &s, GAMLP_STATE_ALL);
    assert_string_equal((const char *)kept[2].data + THETA - 32, "theta");
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        memcpy(kept[2].data + THETA, &damaged[i], sizeof damaged[i]);
        CHECK_FAILS(gamlp_pdadmm_load(s.block[0], 2, kept[2].data, kept[2].size), GAMLP_E_DATA,
                    "layer 2: its theta is damaged");
    }
    shares_clear(&s);
    bytes_clear(kept);
    run_clear(&r);
}

/* A start forgets what came before it. */
static void a_net_starts_again(void **state) {
    (void)state;
    bytes expected[LAYERS + 1] = {{0}}, got[LAYERS + 1] = {{0}};
    shares first, again;
    run r;
    run_init(&r, 40, 7, GAMLP_QUANTISE_NONE);
    r.net.options.omega = (gamlp_regulariser){.kind = GAMLP_OMEGA_GROUP, .weight = 1e-3};
    shares_init(&first, &r.net, &r.scored, 1);
    start(&first);
    gamlp_pdadmm_keep(first.block[0]);
    iterate(&first, EARLY);
    save(expected, &first, GAMLP_STATE_ALL);
    shares_init(&again, &r.net, &r.scored, 1);
    start(&again);
    gamlp_pdadmm_keep(again.block[0]);
    iterate(&again, LATE);
    CHECK_OK(gamlp_pdadmm_restore(again.block[0]));
    start(&again);
    iterate(&again, EARLY);
    save(got, &again, GAMLP_STATE_ALL);
    check_same(expected, got);
    shares_clear(&again);
    shares_clear(&first);
    bytes_clear(expected);
    bytes_clear(got);
    run_clear(&r);
}

/* What a schedule or a stage does: penalties that change between two iterations. */
static void figures_go_on(void **state) {
    (void)state;
    run r;
    shares a, b;
    bytes kept[LAYERS + 1] = {{0}};
    run_init(&r, 40, 7, GAMLP_QUANTISE_NONE);
    gamlp_pdadmm_options changed = r.net.options;
    changed.rho *= 10;
    for (int change = 0; change < 2; change++) {
        shares_init(&a, &r.net, &r.scored, 1);
        start(&a);
        iterate(&a, EARLY);
        if (change) CHECK_OK(gamlp_pdadmm_set(a.block[0], &changed));
        save(kept, &a, GAMLP_STATE_ALL);
        gamlp_figures figures = *gamlp_pdadmm_figures(a.block[0]);
        bool comparable = gamlp_pdadmm_comparable(a.block[0]);
        assert_true(comparable == !change);
        shares_init(&b, &r.net, &r.scored, 1);
        if (change) CHECK_OK(gamlp_pdadmm_set(b.block[0], &changed));
        load(&b, kept, false);
        gamlp_pdadmm_resume(b.block[0], EARLY, &figures, comparable);
        iterate(&a, LATE);
        iterate(&b, LATE);
        assert_memory_equal(gamlp_pdadmm_figures(a.block[0]), gamlp_pdadmm_figures(b.block[0]),
                            sizeof figures);
        shares_clear(&a);
        shares_clear(&b);
        bytes_clear(kept);
    }
    run_clear(&r);
}

/* Weights put aside and remembered later, against weights remembered at once. */
static void held_weights_are_remembered(void **state) {
    (void)state;
    run r;
    shares a, b;
    bytes one[LAYERS + 1] = {{0}}, two[LAYERS + 1] = {{0}};
    run_init(&r, 40, 7, GAMLP_QUANTISE_NONE);
    shares_init(&a, &r.net, &r.scored, 1);
    shares_init(&b, &r.net, &r.scored, 3);
    CHECK_FAILS(gamlp_pdadmm_restore(b.block[1]), GAMLP_E_USAGE, "no weights");
    start(&a);
    start(&b);
    CHECK_FAILS(gamlp_pdadmm_keep_held(b.block[1]), GAMLP_E_USAGE, "put aside");
    iterate(&a, EARLY);
    iterate(&b, EARLY);
    gamlp_pdadmm_keep(a.block[0]);
    for (int64_t i = 0; i < b.count; i++) CHECK_OK(gamlp_pdadmm_hold(b.block[i]));
    iterate(&a, LATE);
    iterate(&b, LATE);
    CHECK_OK(gamlp_pdadmm_restore(a.block[0]));
    for (int64_t i = 0; i < b.count; i++) {
        CHECK_OK(gamlp_pdadmm_keep_held(b.block[i]));
        CHECK_OK(gamlp_pdadmm_restore(b.block[i]));
    }
    start(&a);
    start(&b);
    save(one, &a, GAMLP_STATE_WEIGHTS);
    save(two, &b, GAMLP_STATE_WEIGHTS);
    for (int l = 1; l <= LAYERS; l++) assert_int_equal(one[l].size, two[l].size);
    gamlp_score x = score(&a, r.watched), y = score(&b, r.watched);
    assert_memory_equal(&x, &y, sizeof x);
    shares_clear(&a);
    shares_clear(&b);
    bytes_clear(one);
    bytes_clear(two);
    run_clear(&r);
}

/* Growing a whole net, against weights that move to the shares of a larger one. */
static void shares_grow(void **state) {
    (void)state;
    net t;
    bytes kept[LAYERS + 1] = {{0}}, one[LAYERS + 1] = {{0}}, two[LAYERS + 1] = {{0}};
    shares s;
    gamlp_pdadmm *whole;
    net_init(&t, 40, 12, 3, 3, 7, 5);
    whole = net_start(&t);
    for (int k = 0; k < EARLY; k++) CHECK_OK(gamlp_pdadmm_iterate(whole));
    for (int64_t l = 1; l <= 3; l++)
        CHECK_OK(gamlp_pdadmm_save(&kept[l].data, &kept[l].size, whole, l, GAMLP_STATE_WEIGHTS));
    CHECK_OK(gamlp_pdadmm_grow(whole, LAYERS));
    CHECK_OK(gamlp_pdadmm_start(whole));
    t.plan.layers = LAYERS;
    for (int i = 0; i < LAYERS; i++) t.hidden[i] = 7;
    shares_init(&s, &t, &t.x, 3);
    for (int64_t i = 0; i < s.count; i++)
        for (int64_t l = first_of(&s, i); l <= last_of(&s, i); l++) {
            const bytes *b = &kept[l == LAYERS ? 3 : l];
            if (l > 2 && l < LAYERS)
                CHECK_OK(gamlp_pdadmm_set_identity(s.block[i], l));
            else
                CHECK_OK(gamlp_pdadmm_load(s.block[i], l, b->data, b->size));
        }
    start(&s);
    for (int k = 0; k < LATE; k++) CHECK_OK(gamlp_pdadmm_iterate(whole));
    iterate(&s, LATE);
    for (int64_t l = 1; l <= LAYERS; l++)
        CHECK_OK(gamlp_pdadmm_save(&one[l].data, &one[l].size, whole, l, GAMLP_STATE_WEIGHTS));
    save(two, &s, GAMLP_STATE_WEIGHTS);
    check_same(one, two);
    gamlp_pdadmm_free(whole);
    shares_clear(&s);
    bytes_clear(kept);
    bytes_clear(one);
    bytes_clear(two);
    net_clear(&t);
}

/* Every cut, and a byte changed in each head, is noticed or harmless; nothing is read beyond. */
static void damaged_bytes_are_refused(void **state) {
    (void)state;
    run r;
    shares s;
    bytes kept[LAYERS + 1] = {{0}};
    run_init(&r, 40, 7, GAMLP_QUANTISE_NONE);
    shares_init(&s, &r.net, &r.scored, 1);
    start(&s);
    save(kept, &s, GAMLP_STATE_ALL);
    gamlp_pdadmm *b = s.block[0];
    for (size_t cut = 0; cut < kept[2].size; cut += 1 + cut / 40) {
        unsigned char *part;
        CHECK_OK(gamlp_new_raw(&part, (int64_t)cut, 1, "a part"));
        if (cut > 0) memcpy(part, kept[2].data, cut);
        assert_int_equal(gamlp_pdadmm_load(b, 2, part, cut), GAMLP_E_DATA);
        gamlp_free(part);
    }
    CHECK_FAILS(gamlp_pdadmm_load(b, 1, kept[2].data, kept[2].size), GAMLP_E_DATA, "layer 1: ");
    CHECK_FAILS(gamlp_pdadmm_load(b, LAYERS, kept[2].data, kept[2].size), GAMLP_E_DATA, "expected");
    CHECK_FAILS(gamlp_pdadmm_load(b, 9, kept[2].data, kept[2].size), GAMLP_E_USAGE, "layer 9");
    CHECK_FAILS(gamlp_pdadmm_set_identity(b, 1), GAMLP_E_USAGE, "hidden");
    for (size_t i = 0; i < 48; i++) {
        kept[2].data[i] ^= 0x80;
        assert_int_equal(gamlp_pdadmm_load(b, 2, kept[2].data, kept[2].size), GAMLP_E_DATA);
        kept[2].data[i] ^= 0x80;
    }
    for (size_t i = 48; i < 48 + 12 * sizeof(double); i += sizeof(double)) {
        const double bad[] = {(double)NAN, (double)INFINITY, -1e300};
        double good;
        memcpy(&good, kept[2].data + i, sizeof good);
        bool counts = i == 80 || i == 96 || i == 120; /* iterations left, levels */
        for (size_t k = 0; k < (counts ? 3 : 2); k++) {
            memcpy(kept[2].data + i, &bad[k], sizeof good);
            CHECK_FAILS(gamlp_pdadmm_load(b, 2, kept[2].data, kept[2].size), GAMLP_E_DATA,
                        "layer 2: its numbers are damaged");
        }
        memcpy(kept[2].data + i, &good, sizeof good);
    }
    const double levels = 256, none = 0; /* their step is 0 */
    memcpy(kept[2].data + 96, &levels, sizeof levels);
    CHECK_FAILS(gamlp_pdadmm_load(b, 2, kept[2].data, kept[2].size), GAMLP_E_DATA,
                "layer 2: its numbers are damaged");
    memcpy(kept[2].data + 96, &none, sizeof none);
    CHECK_OK(gamlp_pdadmm_load(b, 2, kept[2].data, kept[2].size));
    shares_clear(&s);
    bytes_clear(kept);
    run_clear(&r);
}

static gamlp_status save_one(void *context) {
    unsigned char *data;
    size_t size;
    gamlp_status status = gamlp_pdadmm_save(&data, &size, context, 1, GAMLP_STATE_ALL);
    if (status == GAMLP_OK) gamlp_free(data);
    return status;
}

static gamlp_status make_share(void *context) {
    gamlp_problem *problem = NULL;
    int64_t index;
    gamlp_status status = gamlp_problem_new_share(&problem, 40, 12, context, 3);
    if (status == GAMLP_OK) status = gamlp_problem_watch_share(&index, problem, 4, NULL);
    gamlp_problem_free(problem);
    return status;
}

static void allocations_may_fail(void **state) {
    (void)state;
    run r;
    shares s;
    gamlp_problem *none;
    int64_t index;
    run_init(&r, 40, 7, GAMLP_QUANTISE_NONE);
    shares_init(&s, &r.net, &r.scored, 1);
    start(&s);
    check_every_allocation(save_one, s.block[0]);
    check_every_allocation(make_share, r.net.label);
    CHECK_FAILS(gamlp_problem_new_share(&none, 0, 12, NULL, 3), GAMLP_E_DATA, "0 features");
    CHECK_FAILS(gamlp_problem_new_share(&none, 4, 12, r.net.label, 2), GAMLP_E_DATA, "label 2");
    CHECK_FAILS(gamlp_problem_watch_share(&index, s.other, 4, (int32_t[]){0, 1, 2, 3}),
                GAMLP_E_DATA, "column 3");
    shares_clear(&s);
    run_clear(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_net_goes_on_in_other_shares),
        cmocka_unit_test(figures_go_on),
        cmocka_unit_test(a_regularised_net_goes_on),
        cmocka_unit_test(a_net_starts_again),
        cmocka_unit_test(a_damaged_theta_is_refused),
        cmocka_unit_test(held_weights_are_remembered),
        cmocka_unit_test(shares_grow),
        cmocka_unit_test(damaged_bytes_are_refused),
        cmocka_unit_test(allocations_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
