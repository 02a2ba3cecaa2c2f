/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between a link's state machine and its socket; runs in the hub's thread. */
#include "core/crc.h"
#include "gamlp/alloc.h"
#include "transport/inner.h"

static void release(void *bytes, void *block) {
    (void)bytes;
    gamlp_block_leave(block);
}

static void release_loan(void *bytes, void *loan) {
    (void)bytes;
    gamlp_loan_leave(loan);
}

/* ZeroMQ's framing: a byte of flags and 1 or 8 of length for each part. */
static int64_t on_wire(size_t header, size_t payload) {
    return (int64_t)(header + payload) + (header > 255 ? 9 : 2) + (payload > 255 ? 9 : 2);
}

static void count(gamlp_ledger *ledger, const gamlp_frame *f, bool again, int64_t plain) {
    int64_t bytes = on_wire(GAMLP_FRAME_HEADER, f->size);
    ledger->frames++;
    if (f->type != GAMLP_FRAME_DATA) {
        ledger->control += bytes;
    } else if (again) {
        ledger->retransmitted += bytes;
    } else {
        ledger->payload += f->size;
        ledger->header += bytes - f->size;
        if (f->chunk == 0) ledger->plain += plain;
        if (f->chunk == 0) ledger->parcels++;
    }
}

static void count_sent(gamlp_link *link, const gamlp_frame *f, bool again, int64_t plain) {
    count(&link->sent, f, again, plain);
    if (f->type == GAMLP_FRAME_DATA && f->kind < GAMLP_LEDGER_KINDS)
        count(&link->sent_of[f->kind], f, again, plain);
}

/* Whether the chunk belongs to the parcel whose first chunk came, and there is memory for it. */
static gamlp_frame_fault check_chunk(gamlp_link *link, const gamlp_frame *f) {
    const gamlp_position *wanted = &link->machine.wanted;
    if (f->sequence != wanted->sequence || f->chunk != wanted->chunk) return GAMLP_FRAME_GOOD;
    gamlp_slot *slot = gamlp_slot_of(link->incoming, link, f->sequence);
    if (f->total > (uint64_t)link->plan.capacity) return GAMLP_FRAME_GARBAGE;
    if (f->sequence - link->machine.taken > link->plan.window) return GAMLP_FRAME_GOOD;
    if (f->chunk == 0) {
        slot->head = *f;
        if (!gamlp_slot_fit(slot, f->chunks)) link->broken = true;
        return link->broken ? GAMLP_FRAME_GARBAGE : GAMLP_FRAME_GOOD;
    }
    bool same = slot->head.total == f->total && slot->head.kind == f->kind &&
                slot->head.codec == f->codec && slot->head.layer == f->layer &&
                slot->head.iteration == f->iteration;
    return same ? GAMLP_FRAME_GOOD : GAMLP_FRAME_GARBAGE;
}

/* The message itself is kept, not a copy; nothing of one that is at its place.  A parcel that is
 * long under way is progress, too. */
static void store(gamlp_link *link, const gamlp_frame *f, gamlp_part *payload, bool complete,
                  bool placed) {
    gamlp_slot *slot = gamlp_slot_of(link->incoming, link, f->sequence);
    gamlp_part *piece = &slot->piece[slot->pieces++];
    gamlp_part_move(piece, payload);
    if (placed) gamlp_part_clear(piece);
    link->hub->progress++;
    if (!complete || f->kind < GAMLP_PARCEL_URGENT) return;
    link->urgent++;
    link->hub->urgent++;
}

static void hear(gamlp_link *link, const gamlp_frame *f, gamlp_part *payload,
                 const gamlp_route *route, bool placed) {
    gamlp_machine *m = &link->machine;
    gamlp_event event = {.type = GAMLP_EVENT_FRAME, .frame = *f};
    if (f->type != GAMLP_FRAME_DATA) {
        gamlp_frame_state_decode(&event.state, payload->bytes);
        if (event.state.progress != link->peer.progress) link->progress_at = m->now;
        link->peer = event.state;
    }
    uint32_t released = m->released;
    gamlp_actions actions = gamlp_machine_step(m, &event);
    while (released != m->released)
        gamlp_slot_return(gamlp_slot_of(link->outgoing, link, ++released));
    if (actions.adopt) link->route = *route;
    if (actions.duplicate) {
        link->duplicates++;
        link->hub->faults[GAMLP_HUB_REPEATED]++;
    }
    if (actions.store) store(link, f, payload, actions.complete, placed);
    count(&link->received, f, !actions.store, 0);
}

static gamlp_link *find_link(gamlp_hub *hub, const gamlp_port *port, const gamlp_frame *f) {
    for (gamlp_link *link = hub->links; link; link = link->next)
        if (link->port == port && link->plan.peer == f->source && !link->freed) return link;
    return NULL;
}

/* What can be told without the links and the bytes. */
static gamlp_frame_fault decode(gamlp_frame *f, const gamlp_parts *parts) {
    if (parts->count != 2 || parts->too_many) return GAMLP_FRAME_GARBAGE;
    gamlp_frame_fault fault = gamlp_frame_decode(f, parts->part[0].bytes, parts->part[0].size);
    return fault == GAMLP_FRAME_GOOD && parts->part[1].size != f->size ? GAMLP_FRAME_GARBAGE
                                                                       : fault;
}

static gamlp_frame_fault judge(const gamlp_frame *f, gamlp_link **link, gamlp_hub *hub,
                               const gamlp_port *port, const gamlp_parts *parts) {
    if (port) *link = find_link(hub, port, f);
    if (!*link || (port && parts->route.size == 0)) return GAMLP_FRAME_FOREIGN;
    return gamlp_frame_judge(f, hub->options.job, (*link)->plan.generation, (*link)->plan.peer,
                             hub->options.self);
}

/* Where a chunk is awaited that somebody waits for: it need not be kept. */
static uint8_t *place_of(gamlp_link *link, const gamlp_frame *f) {
    const gamlp_position *wanted = &link->machine.wanted;
    if (f->type != GAMLP_FRAME_DATA || !link->into || f->chunk == 0 || f->chunk != wanted->chunk ||
        f->sequence != wanted->sequence || f->sequence != link->machine.taken + 1 ||
        check_chunk(link, f) != GAMLP_FRAME_GOOD)
        return NULL;
    return link->into + (int64_t)f->chunk * GAMLP_FRAME_CHUNK - link->into_from;
}

/* Compare the CRC of the payload, which may take long, without the mutex. */
static gamlp_frame_fault check_payload(gamlp_hub *hub, gamlp_link *link, const gamlp_frame *f,
                                       const gamlp_part *payload, uint8_t *place) {
    link->copying = place;
    pthread_mutex_unlock(&hub->mutex);
    uint32_t crc = place ? gamlp_crc32c_copy(place, 0, payload->bytes, payload->size)
                         : gamlp_crc32c(0, payload->bytes, payload->size);
    pthread_mutex_lock(&hub->mutex);
    if (place && !link->into) pthread_cond_broadcast(&hub->changed); /* it is waited for */
    link->copying = false;
    return crc == f->payload_crc ? GAMLP_FRAME_GOOD : GAMLP_FRAME_GARBAGE;
}

/* Judged by what costs least first, and again after the mutex was released. */
void gamlp_pump_receive(gamlp_hub *hub, gamlp_port *port, gamlp_link *link, gamlp_parts *parts) {
    gamlp_frame f;
    gamlp_part *payload = &parts->part[1];
    uint8_t *place = NULL;
    gamlp_frame_fault fault = decode(&f, parts);
    if (fault == GAMLP_FRAME_GOOD) fault = judge(&f, &link, hub, port, parts);
    if (fault == GAMLP_FRAME_GOOD) {
        place = place_of(link, &f);
        fault = check_payload(hub, link, &f, payload, place);
    }
    if (fault == GAMLP_FRAME_GOOD) fault = judge(&f, &link, hub, port, parts);
    if (fault == GAMLP_FRAME_GOOD && f.type == GAMLP_FRAME_DATA) fault = check_chunk(link, &f);
    hub->faults[fault]++;
    if (link && link->broken) pthread_cond_broadcast(&hub->changed);
    if (fault != GAMLP_FRAME_GOOD) return;
    hear(link, &f, payload, &parts->route, place);
    if (f.type != GAMLP_FRAME_DATA || !link->into || gamlp_machine_may_take(&link->machine))
        pthread_cond_broadcast(&hub->changed);
}

static void fill_state(uint8_t bytes[GAMLP_FRAME_STATE], const gamlp_link *link) {
    gamlp_frame_state state = {.phase = link->hub->phase,
                               .iteration = link->hub->iteration,
                               .progress = link->hub->progress};
    gamlp_machine_state(&state, &link->machine);
    gamlp_frame_state_encode(bytes, &state);
}

/* The header of a frame and its payload: a chunk as it lies, or the state in `state`. */
static const uint8_t *fill_frame(gamlp_frame *f, const gamlp_slot *slot, gamlp_link *link,
                                 uint8_t state[GAMLP_FRAME_STATE]) {
    const uint8_t *payload = state;
    f->size = GAMLP_FRAME_STATE;
    if (f->type == GAMLP_FRAME_DATA) {
        f->kind = slot->head.kind;
        f->codec = slot->head.codec;
        f->layer = slot->head.layer;
        f->iteration = slot->head.iteration;
        f->total = slot->head.total;
        f->size = gamlp_frame_chunk_size(f->total, f->chunk);
        payload = gamlp_slot_chunk(slot, f->chunk);
        f->payload_crc = slot->block->crc[f->chunk];
    } else {
        fill_state(state, link);
        f->payload_crc = gamlp_crc32c(0, state, GAMLP_FRAME_STATE);
    }
    f->job = link->hub->options.job;
    f->generation = link->plan.generation;
    f->source = link->hub->options.self;
    f->target = link->plan.peer;
    return payload;
}

/* A chunk stays where it lies until ZeroMQ has sent it. */
static void share(gamlp_outgoing *out, const gamlp_slot *slot, uint32_t chunk) {
    if (gamlp_slot_is_lent(slot, chunk)) {
        gamlp_loan_join(slot->loan);
        out->release = release_loan;
        out->context = slot->loan;
    } else {
        atomic_fetch_add(&slot->block->users, 1);
        out->release = release;
        out->context = slot->block;
    }
}

static gamlp_sending send_frame(gamlp_link *link, gamlp_frame *f) {
    enum { WORTH_SHARING = 1 << 14 };
    uint8_t header[GAMLP_FRAME_HEADER], state[GAMLP_FRAME_STATE];
    const gamlp_slot *slot = gamlp_slot_of(link->outgoing, link, f->sequence);
    const uint8_t *payload = fill_frame(f, slot, link, state);
    gamlp_outgoing out = {header, sizeof header, payload, f->size, NULL, NULL};
    gamlp_frame_encode(header, f);
    if (f->type == GAMLP_FRAME_DATA && f->size >= WORTH_SHARING) share(&out, slot, f->chunk);
    gamlp_socket *socket = link->port ? link->port->socket : link->socket;
    return gamlp_socket_send(socket, link->port ? &link->route : NULL, &out);
}

static void send_all(gamlp_link *link) {
    enum { MOST = 64 };
    gamlp_machine *m = &link->machine;
    link->blocked = false;
    for (int i = 0; i < MOST; i++) {
        gamlp_event event = {.type = GAMLP_EVENT_READY};
        gamlp_actions actions = gamlp_machine_step(m, &event);
        if (!actions.send) return;
        gamlp_sending outcome = send_frame(link, &actions.frame);
        if (outcome == GAMLP_SENDING_UNREACHABLE)
            gamlp_machine_step(m, &(gamlp_event){.type = GAMLP_EVENT_GONE});
        link->blocked = outcome != GAMLP_SENDING_DONE;
        if (link->blocked) return;
        const gamlp_slot *slot = gamlp_slot_of(link->outgoing, link, actions.frame.sequence);
        count_sent(link, &actions.frame, actions.again, slot->plain);
        event = (gamlp_event){.type = GAMLP_EVENT_SENT, .frame = actions.frame};
        gamlp_machine_step(m, &event);
    }
}

/* A fresh socket; when there is none, the next stall tries again. */
static void connect_again(gamlp_link *link) {
    gamlp_hub *hub = link->hub;
    gamlp_socket_options o = {.kind = GAMLP_SOCKET_DEALER,
                              .endpoint = link->endpoint,
                              .keys = hub->options.keys,
                              .server_key = link->key};
    gamlp_socket_close(link->socket);
    link->socket = NULL;
    (void)gamlp_socket_open(&link->socket, hub->context, &o);
}

void gamlp_pump_link(gamlp_link *link, double now) {
    gamlp_machine *m = &link->machine;
    gamlp_event event = {.type = GAMLP_EVENT_TIME, .now = now};
    gamlp_actions actions = gamlp_machine_step(m, &event);
    if (actions.reset || link->reopen) connect_again(link);
    link->reopen = false;
    if (link->port || link->socket) send_all(link);
}
