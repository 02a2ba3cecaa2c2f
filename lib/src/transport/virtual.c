/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Workers, links and a clock that exist only here; the state machines of the links are the real
 * ones. */
#include "gamlp/alloc.h"
#include "transport/machine.h"
#include "transport/simulate.h"

enum { QUEUE = 8, WINDOW = 2, AIR = 64 };

/* A frame on its way. */
typedef struct flight {
    double leaves, arrives;
    gamlp_frame frame;
    gamlp_frame_state state;
} flight;

/* One direction of a link: frames leave one behind the other. */
typedef struct lane {
    gamlp_machine m; /* of the end that sends here */
    flight air[AIR];
    int first, count;
    double free_at;
    double bytes;
} lane;

/* What a worker does next. */
typedef enum step { TAKE_Q, STEP_P, STEP_REST, TAKE_P, STEP_DUAL, STEPS } step;

typedef struct worker {
    step step;
    int64_t iteration;
    double busy_until, waited, waiting_since;
    double second; /* when its second iteration ended */
    bool computing, waiting;
} worker;

/* Lane 2 i goes from worker i up to worker i + 1, lane 2 i + 1 down again. */
typedef struct world {
    const gamlp_virtual *plan;
    worker *worker;
    lane *lane;
    double now;
} world;

static lane *up_from(world *w, int64_t i) {
    return i + 1 < w->plan->workers ? &w->lane[2 * i] : NULL;
}

static lane *down_from(world *w, int64_t i) {
    return i > 0 ? &w->lane[2 * i - 1] : NULL;
}

static void post(world *w, lane *l) {
    gamlp_event event = {.type = GAMLP_EVENT_POST, .chunks = gamlp_frame_chunks(w->plan->tensor)};
    gamlp_machine_step(&l->m, &event);
}

/* The end at worker i has a parcel of its neighbour: it is taken. */
static bool take(lane *l) {
    if (!gamlp_machine_may_take(&l->m)) return false;
    gamlp_machine_step(&l->m, &(gamlp_event){.type = GAMLP_EVENT_TAKE});
    return true;
}

static void begin(world *w, worker *k, double seconds) {
    k->computing = true;
    k->busy_until = w->now + seconds;
}

/* The step has ended: what follows from it.  False: a parcel is missing. */
static bool start_step(world *w, int64_t i) {
    worker *k = &w->worker[i];
    const gamlp_share_cost *share = &w->plan->share[i];
    lane *up = up_from(w, i), *down = down_from(w, i);
    double coding = w->plan->coding;
    switch (k->step) {
    case TAKE_Q:
        if (down && k->iteration > 0 && !take(down)) return false;
        begin(w, k, down && k->iteration > 0 ? coding : 0);
        break;
    case STEP_P:
        begin(w, k, share->first_p + (down ? coding : 0));
        break;
    case STEP_REST:
        begin(w, k, share->rest);
        break;
    case TAKE_P:
        if (up && !take(up)) return false;
        begin(w, k, up ? coding : 0);
        break;
    default:
        begin(w, k, share->dual + (up ? coding : 0));
        break;
    }
    return true;
}

static void end_step(world *w, int64_t i) {
    worker *k = &w->worker[i];
    k->computing = false;
    if (k->step == STEP_P && down_from(w, i)) post(w, down_from(w, i));
    if (k->step == STEP_DUAL && up_from(w, i)) post(w, up_from(w, i));
    k->step = (step)(k->step + 1);
    if (k->step < STEPS) return;
    k->step = TAKE_Q;
    k->iteration++;
    if (k->iteration == 2) {
        k->second = w->now;
        k->waited = 0;
    }
}

/* Let worker i go as far as it can at this moment. */
static bool move_worker(world *w, int64_t i) {
    worker *k = &w->worker[i];
    bool moved = false;
    while (k->iteration < w->plan->iterations) {
        if (k->computing && k->busy_until > w->now) break;
        if (k->computing) end_step(w, i);
        if (k->iteration == w->plan->iterations) break;
        bool started = start_step(w, i);
        if (!started && !k->waiting) k->waiting_since = w->now;
        if (started && k->waiting) k->waited += w->now - k->waiting_since;
        k->waiting = !started;
        if (!started) break;
        moved = true;
    }
    return moved;
}

static int queued(const lane *l, double now) {
    int count = 0;
    for (int i = 0; i < l->count; i++) count += l->air[(l->first + i) % AIR].leaves > now;
    return count;
}

/* Bytes of the frame on the wire: two parts with ZeroMQ's framing. */
static double bytes_of(const gamlp_virtual *plan, const gamlp_frame *f) {
    uint32_t payload = f->type == GAMLP_FRAME_DATA ? gamlp_frame_chunk_size(plan->tensor, f->chunk)
                                                   : GAMLP_FRAME_STATE;
    return GAMLP_FRAME_HEADER + payload + 4;
}

static bool move_lane(world *w, lane *l) {
    bool moved = false;
    while (l->count < AIR && queued(l, w->now) < QUEUE && gamlp_machine_has_frame(&l->m)) {
        gamlp_actions actions =
            gamlp_machine_step(&l->m, &(gamlp_event){.type = GAMLP_EVENT_READY});
        flight *f = &l->air[(l->first + l->count++) % AIR];
        double bytes = bytes_of(w->plan, &actions.frame);
        if (l->free_at < w->now) l->free_at = w->now;
        l->free_at += bytes / w->plan->bytes_per_second;
        *f = (flight){l->free_at, l->free_at + w->plan->latency, actions.frame, {0}};
        gamlp_machine_state(&f->state, &l->m);
        l->bytes += bytes;
        gamlp_machine_step(&l->m, &(gamlp_event){.type = GAMLP_EVENT_SENT, .frame = actions.frame});
        moved = true;
    }
    return moved;
}

/* What has arrived goes to the machine of the other end, which sends on `back`. */
static bool land(world *w, lane *l, lane *back) {
    bool moved = false;
    while (l->count > 0 && l->air[l->first].arrives <= w->now) {
        const flight *f = &l->air[l->first];
        gamlp_event event = {.type = GAMLP_EVENT_FRAME, .frame = f->frame, .state = f->state};
        gamlp_machine_step(&back->m, &event);
        l->first = (l->first + 1) % AIR;
        l->count--;
        moved = true;
    }
    return moved;
}

static bool move_all(world *w) {
    int64_t lanes = 2 * (w->plan->workers - 1);
    bool moved = false;
    for (int64_t i = 0; i < lanes; i++) {
        moved |= land(w, &w->lane[i], &w->lane[i ^ 1]);
        gamlp_machine_step(&w->lane[i].m, &(gamlp_event){.type = GAMLP_EVENT_TIME, .now = w->now});
    }
    for (int64_t i = 0; i < w->plan->workers; i++) moved |= move_worker(w, i);
    for (int64_t i = 0; i < lanes; i++) moved |= move_lane(w, &w->lane[i]);
    return moved;
}

static void earlier(double *time, double candidate, double now) {
    if (candidate > now && candidate < *time) *time = candidate;
}

/* When something happens next. */
static double next_time(const world *w) {
    double time = w->now + 1e9;
    for (int64_t i = 0; i < w->plan->workers; i++)
        if (w->worker[i].computing) earlier(&time, w->worker[i].busy_until, w->now);
    for (int64_t i = 0; i < 2 * (w->plan->workers - 1); i++) {
        const lane *l = &w->lane[i];
        if (l->count > 0) earlier(&time, l->air[l->first].arrives, w->now);
        for (int k = 0; k < l->count; k++)
            earlier(&time, l->air[(l->first + k) % AIR].leaves, w->now);
        earlier(&time, gamlp_machine_deadline(&l->m) + 1e-9, w->now);
    }
    return time;
}

static bool is_over(const world *w) {
    for (int64_t i = 0; i < w->plan->workers; i++)
        if (w->worker[i].iteration < w->plan->iterations) return false;
    return true;
}

/* Signs of life at the usual pace, or a hundred in an iteration if that takes minutes: they are
 * no load, but each is an event. */
static double beat_of(const gamlp_virtual *plan) {
    double longest = 25;
    for (int64_t i = 0; i < plan->workers; i++) {
        const gamlp_share_cost *s = &plan->share[i];
        double seconds = s->first_p + s->rest + s->dual;
        longest = seconds > longest ? seconds : longest;
    }
    return longest / 100;
}

static void start(world *w) {
    double beat = beat_of(w->plan);
    for (int64_t i = 0; i < 2 * (w->plan->workers - 1); i++) {
        gamlp_machine_options o = {.connects = i % 2 == 1,
                                   .window = WINDOW,
                                   .beat = beat,
                                   .stall = 6 * beat,
                                   .stall_max = 240 * beat};
        gamlp_machine_init(&w->lane[i].m, &o, 0);
    }
}

static void report(gamlp_simulated *result, const world *w) {
    double counted = (double)(w->plan->iterations - 2), longest = 0, waited = 0, bytes = 0;
    for (int64_t i = 0; i < w->plan->workers; i++) {
        double seconds = w->worker[i].busy_until - w->worker[i].second;
        longest = seconds > longest ? seconds : longest;
        waited += w->worker[i].waited;
    }
    for (int64_t i = 0; i < 2 * (w->plan->workers - 1); i++) bytes += w->lane[i].bytes;
    result->seconds = longest / counted;
    result->waiting = longest > 0 ? waited / (longest * (double)w->plan->workers) : 0;
    result->wire_bytes = bytes / (double)w->plan->iterations;
}

gamlp_status gamlp_virtual_run(gamlp_simulated *result, const gamlp_virtual *plan) {
    world w = {.plan = plan};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new(&w.worker, plan->workers, sizeof *w.worker, "simulated workers"));
    GAMLP_TRY(gamlp_new(&w.lane, 2 * (plan->workers - 1), sizeof *w.lane, "simulated links"));
    start(&w);
    while (!is_over(&w)) {
        while (move_all(&w)) continue;
        double time = next_time(&w);
        if (is_over(&w)) break;
        if (time >= w.now + 1e8)
            GAMLP_TRY(gamlp_fail(GAMLP_E_INTERNAL, "the simulated pipeline stands still"));
        w.now = time;
    }
    report(result, &w);
done:
    gamlp_free(w.worker);
    gamlp_free(w.lane);
    return status;
}
