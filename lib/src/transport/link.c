/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Links as their users see them; pump.c moves the parcels. */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/crc.h"
#include "gamlp/alloc.h"
#include "transport/inner.h"

static const double longest_stall = 60;

static void lock(gamlp_link *link) {
    pthread_mutex_lock(&link->hub->mutex);
}

static void unlock(gamlp_link *link) {
    pthread_mutex_unlock(&link->hub->mutex);
}

static void start_machine(gamlp_link *link) {
    const gamlp_hub_options *o = &link->hub->options;
    gamlp_machine_options machine = {.connects = link->port == NULL,
                                     .window = link->plan.window,
                                     .beat = o->beat,
                                     .stall = o->stall,
                                     .stall_max = longest_stall};
    gamlp_machine_init(&link->machine, &machine, gamlp_clock());
    link->progress_at = gamlp_clock();
    for (int i = 0; i < GAMLP_WINDOW_MAX; i++) gamlp_slot_drop(&link->incoming[i]);
    for (int i = 0; i < GAMLP_WINDOW_MAX; i++) gamlp_slot_return(&link->outgoing[i]);
    link->route = (gamlp_route){0};
    link->peer = (gamlp_frame_state){0};
    link->hub->urgent -= link->urgent;
    link->urgent = 0;
    link->broken = link->blocked = false;
}

static void clear_slots(gamlp_slot *slot) {
    for (int i = 0; i < GAMLP_WINDOW_MAX; i++) gamlp_slot_clear(&slot[i]);
}

static void destroy(gamlp_link *link) {
    if (!link) return;
    clear_slots(link->outgoing);
    clear_slots(link->incoming);
    gamlp_free(link);
}

static gamlp_status reserve_slots(gamlp_link *link) {
    gamlp_status status = GAMLP_OK;
    for (uint32_t i = 0; link->plan.reserve && i < link->plan.window; i++) {
        GAMLP_TRY(gamlp_block_fit(&link->outgoing[i].block, link->plan.capacity));
        if (!gamlp_slot_fit(&link->incoming[i], gamlp_frame_chunks((uint64_t)link->plan.capacity)))
            GAMLP_TRY(GAMLP_E_NOMEM);
    }
done:
    return status;
}

static gamlp_status make(gamlp_link **link, gamlp_hub *hub, gamlp_port *port,
                         const gamlp_link_plan *plan) {
    gamlp_link *fresh = NULL;
    gamlp_status status = GAMLP_OK;
    *link = NULL;
    if (plan->window < 1 || plan->window > GAMLP_WINDOW_MAX || plan->capacity < 1 ||
        plan->capacity > (int64_t)1 << 48)
        return gamlp_fail(GAMLP_E_USAGE, "a link with a window of %u parcels of %lld bytes",
                          plan->window, (long long)plan->capacity);
    GAMLP_TRY(gamlp_new(&fresh, 1, sizeof *fresh, "a link"));
    fresh->hub = hub;
    fresh->port = port;
    fresh->plan = *plan;
    GAMLP_TRY(reserve_slots(fresh));
    *link = fresh;
    fresh = NULL;
done:
    destroy(fresh);
    return status;
}

/* From here on the hub's thread works on the link. */
static void hand_over(gamlp_link *link) {
    lock(link);
    start_machine(link);
    link->next = link->hub->links;
    link->hub->links = link;
    gamlp_hub_wake(link->hub);
    unlock(link);
}

gamlp_status gamlp_link_accept(gamlp_link **link, gamlp_port *port, const gamlp_link_plan *plan) {
    gamlp_status status = make(link, port->hub, port, plan);
    if (status == GAMLP_OK) hand_over(*link);
    return status;
}

static gamlp_status set_address(gamlp_link *link, const char *endpoint, const char *key) {
    if (endpoint && strnlen(endpoint, GAMLP_ENDPOINT) == GAMLP_ENDPOINT)
        return gamlp_fail(GAMLP_E_CONFIG, "an endpoint of more than %d characters",
                          GAMLP_ENDPOINT - 1);
    if (key && !gamlp_key_check(key))
        return gamlp_fail(GAMLP_E_CONFIG,
                          "the public key of process %d has other than 40 "
                          "characters of Z85",
                          link->plan.peer);
    if (endpoint) snprintf(link->endpoint, sizeof link->endpoint, "%s", endpoint);
    if (key) memcpy(link->key, key, GAMLP_KEY);
    return GAMLP_OK;
}

static gamlp_status connect(gamlp_link *link) {
    gamlp_socket_options o = {.kind = GAMLP_SOCKET_DEALER,
                              .endpoint = link->endpoint,
                              .keys = link->hub->options.keys,
                              .server_key = link->key};
    return gamlp_socket_open(&link->socket, link->hub->context, &o);
}

gamlp_status gamlp_link_connect(gamlp_link **link, gamlp_hub *hub, const gamlp_link_plan *plan,
                                const char *endpoint, const char *key) {
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(make(link, hub, NULL, plan));
    GAMLP_TRY(set_address(*link, endpoint, key));
    GAMLP_TRY(connect(*link));
    hand_over(*link);
done:
    if (status != GAMLP_OK && *link) {
        destroy(*link);
        *link = NULL;
    }
    return status;
}

void gamlp_link_free(gamlp_link *link) {
    if (!link) return;
    lock(link);
    link->freed = true;
    gamlp_hub_wake(link->hub);
    while (!link->gone) pthread_cond_wait(&link->hub->changed, &link->hub->mutex);
    unlock(link);
    destroy(link);
}

gamlp_status gamlp_link_restart(gamlp_link *link, uint32_t generation, const char *endpoint,
                                const char *key) {
    gamlp_status status = GAMLP_OK;
    lock(link);
    GAMLP_TRY(set_address(link, endpoint, key));
    link->plan.generation = generation;
    start_machine(link);
    if (!link->port) link->reopen = true;
    gamlp_hub_wake(link->hub);
done:
    unlock(link);
    return status;
}

void gamlp_link_describe(char *text, size_t size, gamlp_link *link) {
    gamlp_link_figures f;
    gamlp_link_figures_of(&f, link);
    snprintf(text, size,
             "process %d %s %.1f s ago, in iteration %llu, phase %u, of which the last step was "
             "%.1f s ago; %u of %u parcels to it were taken, %u came from it; connected anew "
             "%u times",
             link->plan.peer,
             f.peer_left ? "has left and was heard"
             : f.refused ? "speaks another version and was heard"
                         : "was last heard",
             f.silent, (unsigned long long)f.iteration, f.phase, f.idle, f.released, f.posted,
             f.arrived, f.resets);
}

/* A wait of up to `seconds` under the hub's mutex until done(link). */
typedef bool (*condition)(gamlp_link *link);

static bool is_interrupted(const gamlp_link *link) {
    return link->hub->interrupted || link->hub->urgent > link->urgent;
}

static gamlp_status check_alive(const gamlp_link *link) {
    if (link->broken)
        return gamlp_fail(GAMLP_E_NOMEM, "no memory for a parcel of process %d", link->plan.peer);
    if (link->machine.refused)
        return gamlp_fail(GAMLP_E_DATA, "process %d speaks another version of the link protocol",
                          link->plan.peer);
    if (link->machine.peer_left)
        return gamlp_fail(GAMLP_E_IO, "process %d has closed the link", link->plan.peer);
    return GAMLP_OK;
}

static gamlp_status wait_until(gamlp_link *link, condition done, double seconds, const char *what) {
    struct timespec end = gamlp_clock_after(seconds);
    gamlp_status status = GAMLP_OK;
    char text[400];
    int late = 0;
    while (!done(link)) {
        if (is_interrupted(link))
            return gamlp_fail(GAMLP_E_STOPPED, "interrupted while %s process %d", what,
                              link->plan.peer);
        if ((status = check_alive(link)) != GAMLP_OK) return status;
        if (late) {
            unlock(link);
            gamlp_link_describe(text, sizeof text, link);
            lock(link);
            return gamlp_fail(GAMLP_E_IO, "gave up %s process %d after %.3g s: %s", what,
                              link->plan.peer, seconds, text);
        }
        late = pthread_cond_timedwait(&link->hub->changed, &link->hub->mutex, &end);
    }
    return GAMLP_OK;
}

static bool has_room(gamlp_link *link) {
    return gamlp_machine_may_post(&link->machine);
}

static bool has_parcel(gamlp_link *link) {
    return gamlp_machine_may_take(&link->machine);
}

static bool has_piece(gamlp_link *link) {
    return gamlp_slot_of(link->incoming, link, link->machine.taken + 1)->pieces > 0;
}

static bool is_drained(gamlp_link *link) {
    return link->machine.released == link->machine.posted;
}

gamlp_status gamlp_link_reserve(uint8_t **bytes, gamlp_link *link, int64_t room, double seconds) {
    gamlp_status status = GAMLP_OK;
    *bytes = NULL;
    if (room < 1 || room > link->plan.capacity)
        return gamlp_fail(GAMLP_E_USAGE, "a parcel of %lld bytes on a link for up to %lld",
                          (long long)room, (long long)link->plan.capacity);
    lock(link);
    GAMLP_TRY(wait_until(link, has_room, seconds, "sending to"));
    GAMLP_TRY(check_alive(link));
    gamlp_slot *slot = gamlp_slot_of(link->outgoing, link, link->machine.posted + 1);
    GAMLP_TRY(gamlp_block_fit(&slot->block, room));
    *bytes = slot->block->bytes;
done:
    unlock(link);
    return status;
}

gamlp_status gamlp_link_begin(gamlp_link *link, const gamlp_parcel *parcel) {
    lock(link);
    gamlp_slot *slot = gamlp_slot_of(link->outgoing, link, link->machine.posted + 1);
    bool good =
        parcel->size >= 1 && slot->block && parcel->size <= slot->block->room && has_room(link);
    if (good) {
        slot->head = (gamlp_frame){.kind = parcel->kind,
                                   .codec = parcel->codec,
                                   .layer = parcel->layer,
                                   .iteration = parcel->iteration,
                                   .total = (uint64_t)parcel->size};
        slot->plain = parcel->plain;
        slot->filled = 0;
        gamlp_event event = {.type = GAMLP_EVENT_POST,
                             .chunks = gamlp_frame_chunks((uint64_t)parcel->size)};
        event.held = event.chunks;
        gamlp_machine_step(&link->machine, &event);
    }
    unlock(link);
    if (good) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_USAGE, "a parcel of %lld bytes for which no room was reserved",
                      (long long)parcel->size);
}

/* The next bytes of a chunk, at most `size`, which may lie where they are sent from already. */
static int64_t add_bytes(gamlp_slot *slot, const uint8_t *bytes, int64_t size) {
    gamlp_block *block = slot->block;
    int64_t chunk = slot->filled / GAMLP_FRAME_CHUNK;
    int64_t end =
        chunk * GAMLP_FRAME_CHUNK + gamlp_frame_chunk_size(slot->head.total, (uint32_t)chunk);
    int64_t part = end - slot->filled < size ? end - slot->filled : size;
    uint8_t *at = block->bytes + slot->filled;
    uint32_t before = slot->filled % GAMLP_FRAME_CHUNK > 0 ? block->crc[chunk] : 0;
    bool lies = bytes == at || gamlp_slot_is_lent(slot, chunk);
    block->crc[chunk] = lies ? gamlp_crc32c(before, bytes, (size_t)part)
                             : gamlp_crc32c_copy(at, before, bytes, (size_t)part);
    slot->filled += part;
    return part;
}

/* The hub does not touch chunks that are held. */
void gamlp_link_fill(gamlp_link *link, const void *bytes, int64_t size) {
    gamlp_slot *slot = gamlp_slot_of(link->outgoing, link, link->machine.posted);
    const uint8_t *from = bytes;
    int64_t total = (int64_t)slot->head.total;
    uint32_t chunks = gamlp_frame_chunks(slot->head.total);
    if (size > total - slot->filled) size = total - slot->filled;
    while (size > 0) {
        int64_t part = add_bytes(slot, from, size);
        from += part;
        size -= part;
        if (slot->filled < total && slot->filled % GAMLP_FRAME_CHUNK > 0) continue;
        uint32_t there = gamlp_frame_chunks((uint64_t)slot->filled);
        lock(link);
        gamlp_machine_step(&link->machine,
                           &(gamlp_event){.type = GAMLP_EVENT_FILL, .held = chunks - there});
        if (!link->blocked) gamlp_hub_wake(link->hub); /* else it comes back by itself */
        unlock(link);
    }
}

void gamlp_link_lend(gamlp_link *link, gamlp_loan *loan, int64_t size) {
    lock(link);
    gamlp_slot *slot = gamlp_slot_of(link->outgoing, link, link->machine.posted);
    gamlp_loan_join(loan);
    slot->loan = loan;
    slot->lent = slot->filled;
    unlock(link);
    gamlp_link_fill(link, gamlp_loan_bytes(loan), size);
}

gamlp_status gamlp_link_post(gamlp_link *link, const gamlp_parcel *parcel) {
    gamlp_status status = gamlp_link_begin(link, parcel);
    if (status != GAMLP_OK) return status;
    gamlp_link_fill(link, gamlp_slot_of(link->outgoing, link, link->machine.posted)->block->bytes,
                    parcel->size);
    return GAMLP_OK;
}

/* The oldest parcel: the hub only adds to its slot until it is taken. */
static gamlp_status wait_slot(gamlp_slot **slot, gamlp_link *link, condition there,
                              double seconds) {
    lock(link);
    gamlp_status status = wait_until(link, there, seconds, "waiting for");
    *slot = gamlp_slot_of(link->incoming, link, link->machine.taken + 1);
    unlock(link);
    return status;
}

gamlp_status gamlp_link_wait_first(gamlp_parcel *parcel, const uint8_t **bytes, int64_t *size,
                                   gamlp_link *link, double seconds) {
    gamlp_slot *slot;
    gamlp_status status = wait_slot(&slot, link, has_piece, seconds);
    if (status != GAMLP_OK) return status;
    *parcel = (gamlp_parcel){.kind = slot->head.kind,
                             .codec = slot->head.codec,
                             .layer = slot->head.layer,
                             .iteration = slot->head.iteration,
                             .size = (int64_t)slot->head.total};
    *bytes = slot->piece[0].bytes;
    *size = (int64_t)slot->piece[0].size;
    return GAMLP_OK;
}

gamlp_status gamlp_link_wait(gamlp_parcel *parcel, const uint8_t **bytes, gamlp_link *link,
                             double seconds) {
    int64_t first;
    gamlp_slot *slot;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(wait_slot(&slot, link, has_parcel, seconds));
    GAMLP_TRY(gamlp_link_wait_first(parcel, bytes, &first, link, 0));
    if (first == parcel->size) return GAMLP_OK;
    GAMLP_TRY(gamlp_slot_gather(slot));
    *bytes = slot->block->bytes;
done:
    return status;
}

/* Those of the first `count` pieces that are kept, to their place; byte `from` of the parcel goes
 * to `out`. */
static void place_pieces(uint8_t *out, gamlp_slot *slot, int64_t count, int64_t from) {
    for (int64_t i = 0; i < count; i++) {
        gamlp_part *piece = &slot->piece[i];
        int64_t at = i * GAMLP_FRAME_CHUNK, skip = i == 0 ? from : 0;
        if (piece->size == 0) continue;
        memcpy(out + at + skip - from, piece->bytes + skip, piece->size - (size_t)skip);
        gamlp_part_clear(piece);
    }
}

/* Those that are there first; the hub puts others to their place as they come, but for one that it
 * was reading when this began. */
gamlp_status gamlp_link_copy(void *out, gamlp_link *link, int64_t from, double seconds) {
    lock(link);
    gamlp_slot *slot = gamlp_slot_of(link->incoming, link, link->machine.taken + 1);
    int64_t count = slot->pieces;
    link->into = out;
    link->into_from = from;
    unlock(link);
    place_pieces(out, slot, count, from);
    lock(link);
    gamlp_status status = wait_until(link, has_parcel, seconds, "waiting for");
    link->into = NULL;
    while (link->copying) pthread_cond_wait(&link->hub->changed, &link->hub->mutex);
    unlock(link);
    if (status == GAMLP_OK) place_pieces(out, slot, slot->pieces, from);
    return status;
}

void gamlp_link_take(gamlp_link *link) {
    lock(link);
    gamlp_slot *slot = gamlp_slot_of(link->incoming, link, link->machine.taken + 1);
    gamlp_slot_drop(slot);
    if (slot->head.kind >= GAMLP_PARCEL_URGENT) {
        link->urgent--;
        link->hub->urgent--;
    }
    gamlp_machine_step(&link->machine, &(gamlp_event){.type = GAMLP_EVENT_TAKE});
    gamlp_hub_wake(link->hub);
    unlock(link);
}

bool gamlp_link_has_parcel(gamlp_link *link) {
    lock(link);
    bool has = has_parcel(link);
    unlock(link);
    return has;
}

gamlp_status gamlp_link_wait_any(int64_t *index, gamlp_link *const *link, int64_t count,
                                 double seconds) {
    struct timespec end = gamlp_clock_after(seconds);
    gamlp_status status = GAMLP_OK;
    int late = 0;
    *index = -1;
    if (count < 1) return GAMLP_OK;
    lock(link[0]);
    while (*index < 0) {
        for (int64_t i = count - 1; i >= 0; i--)
            if (has_parcel(link[i])) *index = i;
        if (*index >= 0 || late) break;
        if (link[0]->hub->interrupted)
            GAMLP_TRY(gamlp_fail(GAMLP_E_STOPPED, "interrupted while waiting for a message"));
        late = pthread_cond_timedwait(&link[0]->hub->changed, &link[0]->hub->mutex, &end);
    }
done:
    unlock(link[0]);
    return status;
}

gamlp_status gamlp_link_drain(gamlp_link *link, double seconds) {
    lock(link);
    gamlp_status status = wait_until(link, is_drained, seconds, "draining the link to");
    unlock(link);
    return status;
}

void gamlp_link_figures_of(gamlp_link_figures *f, gamlp_link *link) {
    lock(link);
    const gamlp_machine *m = &link->machine;
    double now = gamlp_clock();
    *f = (gamlp_link_figures){.open = m->open,
                              .peer_left = m->peer_left,
                              .refused = m->refused,
                              .silent = now - m->heard_at,
                              .idle = now - link->progress_at,
                              .iteration = link->peer.iteration,
                              .phase = link->peer.phase,
                              .progress = link->peer.progress,
                              .posted = m->posted,
                              .released = m->released,
                              .arrived = m->wanted.sequence - 1,
                              .taken = m->taken,
                              .resets = m->resets,
                              .duplicates = link->duplicates,
                              .sent = link->sent,
                              .received = link->received};
    memcpy(f->sent_of, link->sent_of, sizeof f->sent_of);
    unlock(link);
}
