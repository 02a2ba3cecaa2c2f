/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Talking to workers, and noticing which of them are lost. */
#include "runtime/crew.h"

#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/text.h"
#include "gamlp/alloc.h"
#include "gamlp/log.h"
#include "runtime/worker.h"

static const double tick = 0.25, patience = 3600;

gamlp_status gamlp_crew_tell(gamlp_crew *crew, int64_t i, gamlp_order order, gamlp_writer *fields) {
    return gamlp_wire_send_fields(&crew->member[i].wire, order, fields, patience);
}

/* A worker in words: its number, where it is, and what it did last. */
static void describe(char *text, size_t size, gamlp_member *m) {
    gamlp_link_figures f;
    gamlp_link_figures_of(&f, m->wire.link);
    int used = snprintf(text, size, "worker %lld", (long long)m->number);
    if (m->here)
        used += snprintf(text + used, size - (size_t)used, " (process %lld on %s)",
                         (long long)m->hello.pid, m->hello.host);
    if (f.iteration > 0)
        snprintf(text + used, size - (size_t)used, ", in iteration %llu at %s,",
                 (unsigned long long)f.iteration, gamlp_phase_name((gamlp_phase)f.phase));
}

/* One without a word is removed in the end. */
static bool has_log(const gamlp_crew *crew, const gamlp_member *m) {
    char *path;
    if (!crew->logs || gamlp_text_format(&path, "%s/worker-%lld.log", crew->logs,
                                         (long long)m->number) != GAMLP_OK)
        return false;
    bool has = gamlp_file_size(path) > 0;
    gamlp_free(path);
    return has;
}

static gamlp_status check_member(const gamlp_crew *crew, gamlp_member *m) {
    char who[256], end[96];
    gamlp_link_figures f;
    if (m->process.pid > 0 && gamlp_process_wait(&m->process, 0)) {
        m->lost = true;
        describe(who, sizeof who, m);
        gamlp_process_describe(end, sizeof end, &m->process);
        bool logged = has_log(crew, m);
        return gamlp_fail(GAMLP_E_IO, "%s %s%s%s", who, end, logged ? "; its log is in " : "",
                          logged ? crew->logs : "");
    }
    gamlp_link_figures_of(&f, m->wire.link);
    if (!m->here || (!f.peer_left && f.silent <= crew->options->peer_timeout)) return GAMLP_OK;
    m->lost = true;
    describe(who, sizeof who, m);
    if (f.peer_left) return gamlp_fail(GAMLP_E_IO, "%s has left", who);
    return gamlp_fail(GAMLP_E_IO, "%s has been silent for %.0f s", who, f.silent);
}

/* What the workers with layers do, when it has been the same for too long: *waiting tells whether
 * all of them wait for others; "" when one of them has done a step, or got a part of a tensor. */
static void describe_stall(char *text, size_t size, const gamlp_crew *crew, bool *waiting) {
    size_t used = 0;
    bool moves = false;
    *waiting = true;
    text[0] = 0;
    for (int64_t i = 0; i < crew->count; i++) {
        gamlp_link_figures f;
        const gamlp_member *m = &crew->member[i];
        if (m->data.serial == 0) continue;
        gamlp_link_figures_of(&f, m->wire.link);
        gamlp_phase phase = (gamlp_phase)f.phase;
        bool waits =
            phase == GAMLP_PHASE_RECEIVE || phase == GAMLP_PHASE_SEND || phase == GAMLP_PHASE_REST;
        *waiting = *waiting && waits;
        moves = moves || f.idle <= crew->options->peer_timeout;
        if (used >= size) continue;
        used += (size_t)snprintf(text + used, size - used,
                                 "%sworker %lld on %s is in iteration %llu at %s since %.0f s",
                                 used ? "; " : "", (long long)m->number, m->hello.host,
                                 (unsigned long long)f.iteration, gamlp_phase_name(phase), f.idle);
    }
    if (moves) text[0] = 0;
}

/* Nothing came for long, and nobody moves.  That somebody computes is told once; that all wait for
 * each other is the end of this attempt: ways between them are cut. */
static gamlp_status check_stall(gamlp_crew *crew) {
    char text[700];
    bool waiting;
    if (gamlp_clock() < crew->heard_at + crew->options->peer_timeout || crew->deadline > 0)
        return GAMLP_OK;
    describe_stall(text, sizeof text, crew, &waiting);
    if (!text[0]) return GAMLP_OK;
    if (waiting) {
        for (int64_t i = 0; i < crew->count; i++) crew->member[i].lost = true;
        return gamlp_fail(GAMLP_E_IO, "all wait for each other: %s", text);
    }
    if (!crew->stall_told) gamlp_log(GAMLP_LOG_WARN, "nothing new: %s", text);
    crew->stall_told = true;
    return GAMLP_OK;
}

gamlp_status gamlp_crew_check(void *context) {
    gamlp_crew *crew = context;
    for (int64_t i = 0; i < crew->count; i++) {
        gamlp_status status = check_member(crew, &crew->member[i]);
        if (status != GAMLP_OK) return status;
    }
    if (crew->deadline > 0 && gamlp_clock() > crew->deadline)
        return gamlp_fail(GAMLP_E_IO, "a worker did not come, or did not answer, within %.0f s",
                          crew->options->join_timeout);
    return GAMLP_OK;
}

static gamlp_status check_members(gamlp_crew *crew) {
    gamlp_status status = gamlp_crew_check(crew);
    return status == GAMLP_OK ? check_stall(crew) : status;
}

/* What a worker says of its failure. */
typedef struct failure {
    gamlp_status status;
    int64_t iteration; /* underway */
    char text[1024];
} failure;

static gamlp_status get_failure(failure *f, gamlp_reader *r) {
    f->status = (gamlp_status)gamlp_get_int(r, GAMLP_E_USAGE, GAMLP_E_STOPPED);
    f->iteration = gamlp_get_int(r, 0, INT64_MAX);
    gamlp_get_text(f->text, sizeof f->text, r);
    return gamlp_reader_check(r, "the failure of a worker");
}

/* The failure of a worker, as if it was ours.  Workers are not all in the same iteration: of those
 * that failed, too, the one that was in an earlier one is the cause. */
static gamlp_status take_failure(gamlp_crew *crew, gamlp_reader *r) {
    static const double pause = 0.3;
    failure first, other;
    double end = gamlp_clock() + pause;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(get_failure(&first, r));
    while (gamlp_clock() < end) {
        gamlp_order order;
        gamlp_reader body;
        int64_t i;
        GAMLP_TRY(gamlp_link_wait_any(&i, crew->link, crew->count, end - gamlp_clock()));
        if (i < 0) break;
        GAMLP_TRY(gamlp_wire_recv(&order, &body, &crew->member[i].wire, 0));
        if (order != GAMLP_ANSWER_FAILED) continue;
        GAMLP_TRY(get_failure(&other, &body));
        if (other.iteration < first.iteration) first = other;
    }
    status = gamlp_fail(first.status, "%s", first.text);
done:
    return status;
}

gamlp_status gamlp_crew_hear(int64_t *member, gamlp_order *order, gamlp_reader *body,
                             gamlp_crew *crew) {
    gamlp_status status = GAMLP_OK;
    *order = (gamlp_order)0;
    crew->heard_at = gamlp_clock();
    crew->stall_told = false;
    while (!*order) {
        for (int64_t i = 0; i < crew->count; i++) crew->link[i] = crew->member[i].wire.link;
        GAMLP_TRY(gamlp_link_wait_any(member, crew->link, crew->count, tick));
        if (*member < 0)
            GAMLP_TRY(check_members(crew));
        else
            GAMLP_TRY(gamlp_wire_recv(order, body, &crew->member[*member].wire, 0));
        if (*member >= 0) crew->heard_at = gamlp_clock();
    }
    if (*order != GAMLP_ANSWER_FAILED || crew->dropping) return GAMLP_OK;
    status = take_failure(crew, body);
    if (status == GAMLP_E_IO && gamlp_crew_is_broken(crew)) status = check_members(crew);
done:
    return status;
}

bool gamlp_crew_is_broken(const gamlp_crew *crew) {
    for (int64_t i = 0; i < crew->count; i++)
        if (crew->member[i].lost) return true;
    return false;
}
