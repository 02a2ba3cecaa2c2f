/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transport/machine.h"

void gamlp_machine_init(gamlp_machine *m, const gamlp_machine_options *options, double now) {
    *m = (gamlp_machine){.options = *options,
                         .now = now,
                         .heard_at = now,
                         .spoken_at = now,
                         .confirmed_at = now,
                         .advanced_at = now,
                         .asked_at = now,
                         .told_at = now,
                         .patience = options->stall,
                         .session = options->connects ? 1 : 0,
                         .next = {1, 0},
                         .known = {1, 0},
                         .furthest = {1, 0},
                         .wanted = {1, 0},
                         .peer_window = options->window,
                         .owes_hello = options->connects};
}

static bool is_before(gamlp_position a, gamlp_position b) {
    return a.sequence != b.sequence ? a.sequence < b.sequence : a.chunk < b.chunk;
}

static bool is_same(gamlp_position a, gamlp_position b) {
    return a.sequence == b.sequence && a.chunk == b.chunk;
}

static double least(double a, double b) {
    return a < b ? a : b;
}

static double most(double a, double b) {
    return a > b ? a : b;
}

bool gamlp_machine_may_post(const gamlp_machine *m) {
    uint32_t window = m->peer_window < m->options.window ? m->peer_window : m->options.window;
    return m->posted - m->released < window && !m->closing;
}

bool gamlp_machine_may_take(const gamlp_machine *m) {
    return m->wanted.sequence - 1 > m->taken;
}

void gamlp_machine_state(gamlp_frame_state *state, const gamlp_machine *m) {
    state->session = m->session;
    state->heard = m->heard;
    state->taken = m->taken;
    state->low = state->high = GAMLP_FRAME_VERSION;
    state->window = (uint16_t)m->options.window;
}

static void go_back(gamlp_machine *m) {
    m->next = m->known;
    m->advanced_at = m->now;
}

/* The connecting end gives a connection up and opens the next one. */
static void start_session(gamlp_machine *m, uint32_t session) {
    m->session = session;
    m->heard = m->confirmed = 0;
    m->confirmed_at = m->now;
    m->owes_want = m->owes_state = false;
    m->owes_hello = true;
    m->open = !m->options.connects;
    m->asked = (gamlp_position){0, 0};
    go_back(m);
}

/* Time in which this process did not run says nothing about the peer. */
static void forgive(gamlp_machine *m, double now) {
    double gap = now - m->now;
    m->now = now;
    if (gap <= 2 * m->options.beat) return;
    m->confirmed_at += gap;
    m->advanced_at += gap;
}

/* An acknowledgement for several chunks, or when a beat has passed without one. */
static void acknowledge(gamlp_machine *m) {
    enum { MOST = 8 };
    if (m->untold >= MOST || (m->untold > 0 && m->now - m->told_at >= m->options.beat))
        m->owes_state = true;
}

static bool has_unknown(const gamlp_machine *m) {
    return m->open && is_before(m->known, m->next);
}

static void on_time(gamlp_machine *m, double now, gamlp_actions *actions) {
    forgive(m, now);
    if (m->left || m->peer_left || m->refused) return;
    if (m->options.connects && now - m->confirmed_at > m->patience) {
        actions->reset = true;
        m->resets++;
        start_session(m, m->session + 1);
        m->patience = least(2 * m->patience, m->options.stall_max);
    }
    if (now - m->spoken_at >= m->options.beat) {
        if (m->open) m->owes_state = true;
        if (!m->open && m->options.connects) m->owes_hello = true;
    }
    acknowledge(m);
    if (has_unknown(m) && now - m->advanced_at > m->patience) go_back(m);
}

/* The stall time follows the pace at which answers really come: `gap` is the time without one. */
static void follow_pace(gamlp_machine *m, double gap, double kept) {
    double patience = most(4 * gap, kept * m->patience);
    m->patience = least(most(patience, m->options.stall), m->options.stall_max);
}

static void confirm(gamlp_machine *m, uint32_t heard) {
    if (heard == m->confirmed) return;
    follow_pace(m, m->now - m->confirmed_at, 0.9);
    m->confirmed = heard;
    m->confirmed_at = m->now;
}

/* Positions only grow; one beyond what was sent is nobody's. */
static void learn(gamlp_machine *m, const gamlp_event *e) {
    gamlp_position has = {e->frame.sequence, e->frame.chunk};
    if (is_before(m->furthest, has)) return;
    if (is_before(m->known, has)) {
        m->known = has;
        follow_pace(m, m->now - m->advanced_at, 1);
        m->advanced_at = m->now;
        if (is_before(m->next, has)) m->next = has;
    }
    if (e->state.taken < m->known.sequence && e->state.taken > m->released)
        m->released = e->state.taken;
    if (e->state.window > 0) m->peer_window = e->state.window;
}

static void on_hello(gamlp_machine *m, const gamlp_event *e, gamlp_actions *actions) {
    if (m->options.connects || e->state.session < m->session) return;
    if (e->state.session > m->session) {
        start_session(m, e->state.session);
        actions->adopt = true;
    }
    m->heard++;
    learn(m, e);
    if (actions->adopt) go_back(m);
    m->owes_hello = true;
}

/* WELCOME, STATE_NOW, WANT and BYE of the session that both know. */
static void on_state(gamlp_machine *m, const gamlp_event *e, gamlp_actions *actions) {
    bool welcome = e->frame.type == GAMLP_FRAME_WELCOME;
    if (e->state.session != m->session || m->session == 0) return;
    if (m->options.connects && !m->open && !welcome) return;
    m->heard++;
    /* The transport below connected again by itself, to where our answers did not go. */
    if (!m->options.connects && !m->open) actions->adopt = m->open = true;
    confirm(m, e->state.heard);
    learn(m, e);
    if (welcome && !m->open) {
        m->open = m->owes_state = true;
        go_back(m);
    }
    if (e->frame.type == GAMLP_FRAME_WANT) go_back(m);
    if (e->frame.type == GAMLP_FRAME_BYE) m->peer_left = true;
}

/* A chunk is missing before this one. */
static void ask(gamlp_machine *m) {
    if (is_same(m->asked, m->wanted) && m->now - m->asked_at < m->patience / 2) return;
    m->owes_want = true;
}

static void on_data(gamlp_machine *m, const gamlp_event *e, gamlp_actions *actions) {
    gamlp_position at = {e->frame.sequence, e->frame.chunk};
    m->heard++;
    m->untold++;
    acknowledge(m);
    bool room = at.sequence - m->taken <= m->options.window;
    if (!is_same(at, m->wanted) || !room) {
        actions->duplicate = m->owes_state = true;
        if (is_before(m->wanted, at)) ask(m);
        return;
    }
    /* Signs of life may be waiting behind large chunks. */
    m->confirmed_at = m->now;
    actions->store = true;
    actions->complete = at.chunk + 1 == e->frame.chunks;
    m->wanted = actions->complete ? (gamlp_position){at.sequence + 1, 0}
                                  : (gamlp_position){at.sequence, at.chunk + 1};
    if (actions->complete) m->owes_state = true;
}

static void on_frame(gamlp_machine *m, const gamlp_event *e, gamlp_actions *actions) {
    if (m->left) return;
    if (e->frame.type != GAMLP_FRAME_DATA &&
        (e->state.low > GAMLP_FRAME_VERSION || e->state.high < GAMLP_FRAME_VERSION)) {
        m->refused = true;
        return;
    }
    m->heard_at = m->now;
    if (e->frame.type == GAMLP_FRAME_HELLO)
        on_hello(m, e, actions);
    else if (e->frame.type == GAMLP_FRAME_DATA)
        on_data(m, e, actions);
    else
        on_state(m, e, actions);
}

static bool may_send_data(const gamlp_machine *m) {
    if (!m->open || m->next.sequence > m->posted) return false;
    uint32_t chunks = m->chunks[m->next.sequence % m->options.window];
    return m->next.sequence < m->posted || m->next.chunk < chunks - m->held;
}

bool gamlp_machine_has_frame(const gamlp_machine *m) {
    if (m->left || m->refused) return false;
    bool reachable = m->open || m->options.connects;
    return (m->owes_hello && reachable) ||
           (m->open && (m->owes_want || m->owes_state || m->owes_bye)) || may_send_data(m);
}

static gamlp_frame_type due(const gamlp_machine *m) {
    if (m->owes_hello) return m->options.connects ? GAMLP_FRAME_HELLO : GAMLP_FRAME_WELCOME;
    if (m->owes_want) return GAMLP_FRAME_WANT;
    if (m->owes_state) return GAMLP_FRAME_STATE_NOW;
    return may_send_data(m) ? GAMLP_FRAME_DATA : GAMLP_FRAME_BYE;
}

static void on_ready(const gamlp_machine *m, gamlp_actions *actions) {
    if (!gamlp_machine_has_frame(m)) return;
    gamlp_frame *f = &actions->frame;
    actions->send = true;
    f->type = due(m);
    if (f->type != GAMLP_FRAME_DATA) {
        f->sequence = m->wanted.sequence;
        f->chunk = m->wanted.chunk;
        return;
    }
    f->sequence = m->next.sequence;
    f->chunk = m->next.chunk;
    f->chunks = m->chunks[f->sequence % m->options.window];
    actions->again = is_before(m->next, m->furthest);
}

/* A DATA frame that went out: the next one follows. */
static void advance(gamlp_machine *m, const gamlp_frame *f) {
    gamlp_position at = {f->sequence, f->chunk};
    if (!is_same(at, m->next)) return;
    if (!has_unknown(m)) m->advanced_at = m->now;
    m->next = at.chunk + 1 == f->chunks ? (gamlp_position){at.sequence + 1, 0}
                                        : (gamlp_position){at.sequence, at.chunk + 1};
    if (is_before(m->furthest, m->next)) m->furthest = m->next;
}

static void on_sent(gamlp_machine *m, const gamlp_frame *f, gamlp_actions *actions) {
    m->spoken_at = m->now;
    if (f->type == GAMLP_FRAME_DATA) {
        advance(m, f);
        return;
    }
    m->owes_state = false; /* every frame with a state says it */
    m->untold = 0;
    m->told_at = m->now;
    if (f->type == GAMLP_FRAME_HELLO || f->type == GAMLP_FRAME_WELCOME) m->owes_hello = false;
    if (f->type == GAMLP_FRAME_WANT) {
        m->owes_want = false;
        m->asked = m->wanted;
        m->asked_at = m->now;
    }
    if (f->type == GAMLP_FRAME_BYE) {
        m->owes_bye = false;
        m->left = actions->left = true;
    }
}

gamlp_actions gamlp_machine_step(gamlp_machine *m, const gamlp_event *e) {
    gamlp_actions actions = {0};
    switch (e->type) {
    case GAMLP_EVENT_TIME:
        on_time(m, e->now, &actions);
        break;
    case GAMLP_EVENT_FRAME:
        on_frame(m, e, &actions);
        break;
    case GAMLP_EVENT_POST:
        m->posted++;
        m->chunks[m->posted % m->options.window] = e->chunks;
        m->held = e->held;
        break;
    case GAMLP_EVENT_FILL:
        m->held = e->held;
        break;
    case GAMLP_EVENT_TAKE:
        m->taken++;
        m->owes_state = true;
        break;
    case GAMLP_EVENT_READY:
        on_ready(m, &actions);
        break;
    case GAMLP_EVENT_SENT:
        on_sent(m, &e->frame, &actions);
        break;
    case GAMLP_EVENT_GONE:
        if (!m->options.connects) m->open = false;
        break;
    case GAMLP_EVENT_CLOSE:
        m->closing = m->owes_bye = true;
        break;
    }
    return actions;
}

/* When a frame is due although nothing happens.  One that is due already waits for no time, but
 * forgive() wants to see time pass. */
static double next_beat(const gamlp_machine *m) {
    bool waits = m->open ? !m->owes_state : m->options.connects && !m->owes_hello;
    if (!waits) return m->now + m->options.beat;
    return (m->untold > 0 ? least(m->told_at, m->spoken_at) : m->spoken_at) + m->options.beat;
}

double gamlp_machine_deadline(const gamlp_machine *m) {
    if (m->left || m->peer_left || m->refused) return m->now + 3600;
    double deadline = next_beat(m);
    if (m->options.connects) deadline = least(deadline, m->confirmed_at + m->patience);
    if (has_unknown(m)) deadline = least(deadline, m->advanced_at + m->patience);
    return deadline;
}
