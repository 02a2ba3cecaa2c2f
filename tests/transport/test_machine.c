/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two machines and a bad network between them, without sockets and with a clock of their own. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gamlp/rng.h"
#include "transport/machine.h"

enum { MOST = 64 }; /* frames in the air in one direction */

typedef struct airborne {
    gamlp_frame frame;
    gamlp_frame_state state;
    uint32_t connection;
    uint32_t content; /* of a chunk: what it should be */
} airborne;

typedef struct end {
    gamlp_machine m;
    airborne air[MOST]; /* from this end to the other */
    int flying;
    uint32_t connection; /* over which this end sends; the bound end follows what it adopts */
    uint32_t parcels, delivered; /* to be posted in all; taken from the other */
    uint32_t stored;             /* chunks of the parcel that is coming */
    gamlp_position expected;
} end;

typedef struct world {
    end end[2]; /* 0 connects */
    double now;
    uint32_t connection; /* the newest one */
} world;

/* The number of chunks of each parcel, and what a chunk holds. */
static uint32_t chunks_of(int who, uint32_t sequence) {
    return 1 + (sequence * 7 + (uint32_t)who) % 3;
}

static uint32_t content_of(int who, uint32_t sequence, uint32_t chunk) {
    return (uint32_t)who << 31 | sequence << 8 | chunk;
}

static void world_init(world *w, uint32_t window, uint32_t parcels) {
    memset(w, 0, sizeof *w);
    w->connection = 1;
    for (int who = 0; who < 2; who++) {
        gamlp_machine_options o = {
            .connects = who == 0, .window = window, .beat = 0.25, .stall = 1.5, .stall_max = 60};
        end *e = &w->end[who];
        gamlp_machine_init(&e->m, &o, 0);
        e->parcels = parcels;
        e->connection = who == 0 ? 1 : 0;
        e->expected = (gamlp_position){1, 0};
    }
}

static void check_invariants(const world *w) {
    for (int who = 0; who < 2; who++) {
        const gamlp_machine *m = &w->end[who].m, *other = &w->end[1 - who].m;
        assert_true(m->posted - m->released <= m->options.window);
        assert_true(m->wanted.sequence - 1 >= m->taken);
        assert_true(m->wanted.sequence <= other->posted + 1);
        assert_true(m->known.sequence <= other->wanted.sequence);
        assert_true(m->released <= other->taken);
    }
}

static void throw(world * w, int who, gamlp_frame frame) {
    end *e = &w->end[who];
    if (e->flying == MOST) return; /* lost */
    airborne *a = &e->air[e->flying++];
    *a = (airborne){.frame = frame, .connection = e->connection};
    if (frame.type == GAMLP_FRAME_DATA)
        a->content = content_of(who, frame.sequence, frame.chunk);
    else
        gamlp_machine_state(&a->state, &e->m);
}

/* Exactly the next chunk, with the right content; whole parcels in order. */
static void receive_chunk(end *e, int who, const airborne *a, bool complete) {
    assert_int_equal(a->frame.sequence, e->expected.sequence);
    assert_int_equal(a->frame.chunk, e->expected.chunk);
    assert_int_equal(a->content, content_of(1 - who, e->expected.sequence, e->expected.chunk));
    e->expected.chunk++;
    bool last = e->expected.chunk == chunks_of(1 - who, e->expected.sequence);
    assert_true(last == complete);
    if (last) e->expected = (gamlp_position){e->expected.sequence + 1, 0};
}

static void deliver(world *w, int from, const airborne *a) {
    end *e = &w->end[1 - from];
    /* What went over a connection that the connecting end gave up does not reach it. */
    if (from == 1 && a->connection != w->connection) return;
    gamlp_event event = {.type = GAMLP_EVENT_FRAME, .frame = a->frame, .state = a->state};
    gamlp_actions actions = gamlp_machine_step(&e->m, &event);
    if (actions.adopt) e->connection = a->connection;
    if (actions.store) receive_chunk(e, 1 - from, a, actions.complete);
    assert_false(actions.complete && !actions.store);
}

static void take_out(end *e, int which) {
    e->flying--;
    memmove(&e->air[which], &e->air[which + 1], (size_t)(e->flying - which) * sizeof e->air[0]);
}

/* Every other parcel begins with its first chunk alone; another one is there each time. */
static void post(end *e, int who) {
    if (e->m.held > 0)
        gamlp_machine_step(&e->m, &(gamlp_event){.type = GAMLP_EVENT_FILL, .held = e->m.held - 1});
    while (e->m.held == 0 && e->m.posted < e->parcels && gamlp_machine_may_post(&e->m)) {
        gamlp_event event = {.type = GAMLP_EVENT_POST, .chunks = chunks_of(who, e->m.posted + 1)};
        if (e->m.posted % 2 == 0) event.held = event.chunks - 1;
        gamlp_machine_step(&e->m, &event);
    }
}

static void check_is_there(const gamlp_machine *m, const gamlp_frame *f) {
    if (f->type == GAMLP_FRAME_DATA && f->sequence == m->posted)
        assert_true(f->chunk < f->chunks - m->held);
}

/* Everything that this end would do by itself now. */
static void act(world *w, int who) {
    end *e = &w->end[who];
    gamlp_event event = {.type = GAMLP_EVENT_TIME, .now = w->now};
    if (gamlp_machine_step(&e->m, &event).reset) e->connection = ++w->connection;
    post(e, who);
    while (gamlp_machine_may_take(&e->m)) {
        event = (gamlp_event){.type = GAMLP_EVENT_TAKE};
        gamlp_machine_step(&e->m, &event);
        e->delivered++;
    }
    while (gamlp_machine_has_frame(&e->m) && e->flying < MOST) {
        event = (gamlp_event){.type = GAMLP_EVENT_READY};
        gamlp_actions actions = gamlp_machine_step(&e->m, &event);
        assert_true(actions.send);
        check_is_there(&e->m, &actions.frame);
        throw(w, who, actions.frame);
        event = (gamlp_event){.type = GAMLP_EVENT_SENT, .frame = actions.frame};
        gamlp_machine_step(&e->m, &event);
    }
    check_invariants(w);
}

static bool is_done(const world *w) {
    for (int who = 0; who < 2; who++)
        if (w->end[who].delivered < w->end[1 - who].parcels ||
            w->end[who].m.released < w->end[who].parcels)
            return false;
    return true;
}

/* Undisturbed from here on, everything arrives within `seconds`. */
static void finish(world *w, double seconds) {
    double limit = w->now + seconds;
    while (!is_done(w)) {
        if (w->now > limit) fail_msg("nothing moves any more at %.1f s", w->now);
        for (int who = 0; who < 2; who++) {
            act(w, who);
            while (w->end[who].flying > 0) {
                airborne a = w->end[who].air[0];
                take_out(&w->end[who], 0);
                deliver(w, who, &a);
            }
        }
        w->now += 0.05;
    }
}

static void a_good_network_repeats_nothing(void **state) {
    (void)state;
    for (uint32_t window = 1; window <= GAMLP_WINDOW_MAX; window++) {
        world w;
        world_init(&w, window, 40);
        finish(&w, 60);
        for (int who = 0; who < 2; who++) {
            assert_int_equal(w.end[who].m.resets, 0);
            assert_int_equal(w.end[who].m.session, 1);
        }
    }
}

/* A choice at each step: what happens to which frame, or time passes. */
typedef struct chance {
    gamlp_rng rng;
    uint64_t drawn;
} chance;

static double draw(chance *c) {
    return gamlp_rng_uniform(c->rng, c->drawn++);
}

static int pick(chance *c, int count) {
    int k = (int)(draw(c) * count);
    return k < count ? k : count - 1;
}

typedef struct weather {
    double loss, twice, swap, cut, sleep;
} weather;

static void disturb(world *w, chance *c, const weather *bad) {
    int who = pick(c, 2);
    end *e = &w->end[who];
    if (draw(c) < 0.4) act(w, pick(c, 2));
    if (draw(c) < 0.2) w->now += 0.3 * draw(c);
    if (draw(c) < bad->sleep) w->now += 5 * draw(c);
    if (draw(c) < bad->cut) e->flying = 0;
    if (draw(c) < bad->cut)
        gamlp_machine_step(&w->end[1].m, &(gamlp_event){.type = GAMLP_EVENT_GONE});
    if (e->flying == 0) return;
    int which = draw(c) < bad->swap ? pick(c, e->flying) : 0;
    airborne a = e->air[which];
    if (draw(c) >= bad->twice) take_out(e, which);
    if (draw(c) >= bad->loss) deliver(w, who, &a);
}

static void run_weather(const weather *bad, uint64_t seeds) {
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        world w;
        chance c = {gamlp_rng_key(seed, GAMLP_RNG_TEST, 77), 0};
        world_init(&w, 1 + (uint32_t)pick(&c, 4), 30);
        for (int step = 0; step < 4000 && !is_done(&w); step++) disturb(&w, &c, bad);
        int before = (int)w.end[0].delivered;
        finish(&w, 400);
        if (seed == seeds)
            print_message("seed %d: %d of 30 before the calm, %u sessions\n", (int)seed, before,
                          w.end[0].m.session);
    }
}

static void bad_networks_lose_nothing(void **state) {
    (void)state;
    static const weather bad[] = {{0.1, 0, 0, 0, 0},        {0, 0.3, 0, 0, 0},
                                  {0, 0, 0.5, 0, 0},        {0, 0, 0, 0.02, 0},
                                  {0, 0, 0, 0, 0.02},       {0.5, 0.5, 0.5, 0.05, 0.02},
                                  {0.9, 0.1, 0.1, 0.1, 0.1}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) run_weather(&bad[i], 120);
}

/* Every order of events of a small world, to a depth: deliver, lose or repeat the oldest or the
 * newest frame of either direction, let an end act, let time pass. */
enum { CHOICES = 16, DEPTH = 4 };

static bool choose(world *w, int choice) {
    int who = choice & 1;
    end *e = &w->end[who];
    switch (choice >> 1) {
    case 0:
        act(w, who);
        return true;
    case 6:
        w->now += who ? 0.3 : 2;
        return true;
    case 7:
        if (who == 0) return false;
        gamlp_machine_step(&w->end[1].m, &(gamlp_event){.type = GAMLP_EVENT_GONE});
        return true;
    default:
        break;
    }
    if (e->flying == 0) return false;
    bool newest = (choice >> 1) > 3;
    if (newest && e->flying == 1) return false;
    int which = newest ? e->flying - 1 : 0;
    airborne a = e->air[which];
    int what = choice >> 1; /* 1 deliver, 2 lose, 3 repeat; 4 deliver, 5 lose the newest */
    if (what != 3) take_out(e, which);
    if (what != 2 && what != 5) deliver(w, who, &a);
    return true;
}

static int64_t explored;

static void explore(const world *from, int depth) {
    explored++;
    if (depth == 0) {
        world w = *from;
        finish(&w, 400);
        return;
    }
    for (int choice = 0; choice < CHOICES; choice++) {
        world w = *from;
        if (choose(&w, choice)) explore(&w, depth - 1);
    }
}

static void every_short_history_ends_well(void **state) {
    (void)state;
    static const int warm[] = {0, 3, 8, 15}; /* orderly steps before */
    for (size_t i = 0; i < sizeof warm / sizeof warm[0]; i++) {
        world w;
        world_init(&w, 1 + (uint32_t)i % 2, 3);
        for (int step = 0; step < warm[i]; step++) {
            act(&w, step & 1);
            if (w.end[step & 1].flying > 0) {
                airborne a = w.end[step & 1].air[0];
                take_out(&w.end[step & 1], 0);
                deliver(&w, step & 1, &a);
            }
        }
        explore(&w, DEPTH);
    }
    print_message("%lld states\n", (long long)explored);
}

/* WANT fills a gap, and a route that ZeroMQ renewed is adopted, long before the stall time. */
static void small_losses_cost_little(void **state) {
    (void)state;
    for (int gone = 0; gone < 2; gone++)
        for (int who = 0; who < 2; who++) {
            world w;
            world_init(&w, 8, 30);
            for (int i = 0; w.end[who].flying < 3; i++) { /* until chunks fly */
                assert_true(i < 100);
                for (int k = 0; k < 2; k++) {
                    act(&w, k);
                    while (w.end[k].flying > 0 && w.end[who].flying < 3) {
                        airborne a = w.end[k].air[0];
                        take_out(&w.end[k], 0);
                        deliver(&w, k, &a);
                    }
                }
            }
            assert_int_equal(w.end[who].air[1].frame.type, GAMLP_FRAME_DATA);
            take_out(&w.end[who], 1);
            if (gone) gamlp_machine_step(&w.end[1].m, &(gamlp_event){.type = GAMLP_EVENT_GONE});
            finish(&w, 1);
            assert_int_equal(w.end[0].m.session, 1);
        }
}

/* A link that takes longer for a chunk than the stall time gets through all the same. */
static void slow_links_are_not_given_up(void **state) {
    (void)state;
    world w;
    world_init(&w, 2, 6);
    double next = 0;
    int step = 0;
    for (; !is_done(&w) && step < 200000; step++) {
        w.now = step * 0.05;
        act(&w, 0);
        act(&w, 1);
        while (w.end[1].flying > 0) { /* fast this way */
            airborne a = w.end[1].air[0];
            take_out(&w.end[1], 0);
            deliver(&w, 1, &a);
        }
        if (w.end[0].flying == 0 || w.now < next) continue;
        airborne a = w.end[0].air[0];
        take_out(&w.end[0], 0);
        next = w.now + (a.frame.type == GAMLP_FRAME_DATA ? 8 : 0.01); /* 1 MiB at 1 Mbit/s */
        if (a.connection == w.connection) deliver(&w, 0, &a);
    }
    assert_true(is_done(&w));
    print_message("%.0f s, %u sessions\n", w.now, w.end[0].m.session);
    assert_true(w.end[0].m.session < 12);
}

static void other_versions_are_refused(void **state) {
    (void)state;
    world w;
    world_init(&w, 2, 1);
    gamlp_event event = {.type = GAMLP_EVENT_FRAME,
                         .frame = {.type = GAMLP_FRAME_HELLO, .sequence = 1},
                         .state = {.session = 1, .low = 2, .high = 9, .window = 2}};
    gamlp_machine_step(&w.end[1].m, &event);
    assert_true(w.end[1].m.refused);
    assert_false(gamlp_machine_has_frame(&w.end[1].m));
}

/* Positions beyond what was sent, acknowledgements of what was not, old sessions: no news. */
static void nonsense_changes_nothing(void **state) {
    (void)state;
    world w;
    world_init(&w, 2, 4);
    finish(&w, 60);
    static const gamlp_frame_type type[] = {GAMLP_FRAME_HELLO, GAMLP_FRAME_WELCOME,
                                            GAMLP_FRAME_STATE_NOW, GAMLP_FRAME_WANT};
    for (int who = 0; who < 2; who++)
        for (int i = 0; i < 4; i++)
            for (uint32_t session = 0; session < 2; session++) {
                gamlp_machine *m = &w.end[who].m;
                gamlp_position known = m->known;
                gamlp_event event = {.type = GAMLP_EVENT_FRAME,
                                     .frame = {.type = type[i], .sequence = 100, .chunk = 7},
                                     .state = {.session = session,
                                               .taken = 99,
                                               .heard = 5,
                                               .low = 1,
                                               .high = 1,
                                               .window = 2}};
                assert_false(gamlp_machine_step(m, &event).adopt);
                assert_int_equal(m->known.sequence, known.sequence);
                assert_int_equal(m->released, 4);
            }
    check_invariants(&w);
}

static void leaving_is_told(void **state) {
    (void)state;
    world w;
    world_init(&w, 2, 4);
    finish(&w, 60);
    gamlp_machine_step(&w.end[0].m, &(gamlp_event){.type = GAMLP_EVENT_CLOSE});
    for (int i = 0; i < 3; i++) {
        act(&w, 0);
        while (w.end[0].flying > 0) {
            airborne a = w.end[0].air[0];
            take_out(&w.end[0], 0);
            deliver(&w, 0, &a);
        }
    }
    assert_true(w.end[0].m.left);
    assert_true(w.end[1].m.peer_left);
    assert_false(gamlp_machine_may_post(&w.end[0].m));
}

static void pass_time(gamlp_machine *m, double seconds) {
    gamlp_machine_step(m, &(gamlp_event){.type = GAMLP_EVENT_TIME, .now = m->now + seconds});
}

/* Whoever cannot speak, before anybody came or behind a full queue, asks for no time that has
 * passed: the hub would never sleep. */
static void deadlines_lie_ahead(void **state) {
    (void)state;
    world w;
    for (int open = 0; open < 2; open++) {
        world_init(&w, 2, 4);
        if (open) finish(&w, 60);
        for (int i = 0; i < 200; i++)
            for (int who = 0; who < 2; who++) {
                gamlp_machine *m = &w.end[who].m;
                pass_time(m, 0.07);
                assert_true(gamlp_machine_deadline(m) > m->now);
                assert_true(gamlp_machine_deadline(m) <= m->now + m->options.beat);
            }
    }
}

/* The frame that is due, sent; false: there is none. */
static bool speak(gamlp_machine *m) {
    gamlp_actions actions = gamlp_machine_step(m, &(gamlp_event){.type = GAMLP_EVENT_READY});
    if (!actions.send) return false;
    assert_int_equal(actions.frame.type, GAMLP_FRAME_STATE_NOW);
    gamlp_machine_step(m, &(gamlp_event){.type = GAMLP_EVENT_SENT, .frame = actions.frame});
    return true;
}

/* One for eight chunks, one at the end of a parcel, and one when a beat has passed. */
static void acknowledgements_are_few(void **state) {
    (void)state;
    enum { CHUNKS = 20 };
    world w;
    int told = 0;
    world_init(&w, 2, 0);
    gamlp_machine *m = &w.end[1].m;
    gamlp_event event = {.type = GAMLP_EVENT_FRAME,
                         .frame = {.type = GAMLP_FRAME_HELLO, .sequence = 1},
                         .state = {.session = 1, .low = 1, .high = 1, .window = 2}};
    gamlp_machine_step(m, &event);
    gamlp_machine_step(
        m, &(gamlp_event){.type = GAMLP_EVENT_SENT, .frame = {.type = GAMLP_FRAME_WELCOME}});
    for (uint32_t c = 0; c < CHUNKS; c++) {
        event.frame =
            (gamlp_frame){.type = GAMLP_FRAME_DATA, .sequence = 1, .chunk = c, .chunks = CHUNKS};
        assert_true(gamlp_machine_step(m, &event).store);
        told += speak(m);
        if (c == 7 || c == 15) assert_int_equal(told, (c + 1) / 8);
    }
    assert_int_equal(told, 3);
    event.frame = (gamlp_frame){.type = GAMLP_FRAME_DATA, .sequence = 2, .chunks = 2};
    gamlp_machine_step(m, &event);
    assert_false(speak(m));
    pass_time(m, m->options.beat);
    assert_true(speak(m));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_network_repeats_nothing),
        cmocka_unit_test(bad_networks_lose_nothing),
        cmocka_unit_test(every_short_history_ends_well),
        cmocka_unit_test(small_losses_cost_little),
        cmocka_unit_test(slow_links_are_not_given_up),
        cmocka_unit_test(other_versions_are_refused),
        cmocka_unit_test(nonsense_changes_nothing),
        cmocka_unit_test(leaving_is_told),
        cmocka_unit_test(deadlines_lie_ahead),
        cmocka_unit_test(acknowledgements_are_few),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
