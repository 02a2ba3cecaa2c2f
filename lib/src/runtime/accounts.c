/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime/accounts.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/text.h"
#include "gamlp/alloc.h"
#include "runtime/worker.h"

/* Chrome's trace event format: an array of complete events ("X"), times in microseconds. */
static void write_event(gamlp_output *trace, const gamlp_member *m, const gamlp_trace_event *e) {
    char text[256];
    int size = snprintf(text, sizeof text,
                        ",\n{\"name\":\"%s %lld\",\"cat\":\"%s\",\"ph\":\"X\",\"pid\":%lld,"
                        "\"tid\":0,\"ts\":%.3f,\"dur\":%.3f,\"args\":{\"iteration\":%lld}}",
                        gamlp_phase_name(e->phase), (long long)e->layer, gamlp_phase_name(e->phase),
                        (long long)m->number, 1e6 * e->begin, 1e6 * (e->end - e->begin),
                        (long long)e->iteration);
    gamlp_output_write(trace, text, (size_t)size);
}

void gamlp_accounts_note(gamlp_account *now, const gamlp_run *run, int64_t i,
                         const gamlp_answer_figures *f) {
    gamlp_crew *crew = run->crew;
    gamlp_account *a = &crew->member[i].account, before = *a;
    for (int d = 0; d < GAMLP_LEDGERS; d++) a->sent[d] = f->sent[d];
    for (int d = 0; d < GAMLP_HUB_COUNTS; d++) {
        crew->dropped[d] += f->dropped[d] - a->dropped[d];
        a->dropped[d] = f->dropped[d];
    }
    a->generation = crew->generation;
    a->first = f->first;
    a->last = f->last;
    a->iteration = f->iteration;
    a->compute = f->compute;
    a->wait = f->wait;
    *now = *a;
    for (int d = 0; d < GAMLP_LEDGERS; d++) {
        if (before.generation == a->generation) gamlp_ledger_take(&now->sent[d], &before.sent[d]);
        gamlp_ledger_add(&crew->sent[d], &now->sent[d]);
    }
    for (int64_t e = 0; run->trace && e < f->events; e++)
        write_event(run->trace, &crew->member[i], &f->event[e]);
}

static gamlp_json *ledger_object(const gamlp_ledger *l) {
    gamlp_json *object = gamlp_json_object();
    gamlp_json_set_int(object, "plain", l->plain);
    gamlp_json_set_int(object, "payload", l->payload);
    gamlp_json_set_int(object, "header", l->header);
    gamlp_json_set_int(object, "control", l->control);
    gamlp_json_set_int(object, "retransmitted", l->retransmitted);
    return object;
}

static void set_ledgers(gamlp_json *object, const gamlp_ledger sent[GAMLP_LEDGERS]) {
    static const char *const name[] = {"p", "q", "scored"};
    for (int i = 0; i < GAMLP_LEDGERS; i++)
        gamlp_json_set(object, name[i], ledger_object(&sent[i]));
}

static gamlp_json *account_object(const gamlp_member *m, const gamlp_account *a) {
    gamlp_json *object = gamlp_json_object();
    gamlp_json_set_int(object, "worker", m->number);
    gamlp_json_set_int(object, "first", a->first);
    gamlp_json_set_int(object, "last", a->last);
    gamlp_json_set_real(object, "compute", a->compute);
    gamlp_json_set_real(object, "wait", a->wait);
    set_ledgers(object, a->sent);
    return object;
}

void gamlp_accounts_record(gamlp_json *record, const gamlp_crew *crew, const gamlp_account *now,
                           int64_t count) {
    gamlp_json *list = gamlp_json_array();
    for (int64_t i = 0; i < count; i++)
        gamlp_json_append(list, account_object(&crew->member[i], &now[i]));
    gamlp_json_set(record, "workers", list);
}

static gamlp_json *member_object(const gamlp_member *m) {
    gamlp_json *object = account_object(m, &m->account);
    gamlp_json_set_text(object, "host", m->hello.host);
    gamlp_json_set_int(object, "iteration", m->account.iteration);
    return object;
}

static gamlp_json *iteration_object(const gamlp_run *run, int64_t layers, int64_t iteration) {
    gamlp_json *object = gamlp_json_object(), *list = gamlp_json_array();
    gamlp_json_set_int(object, "split", run->split_index);
    gamlp_json_set_int(object, "seed_index", run->seed_index);
    gamlp_json_set_int(object, "layers", layers);
    gamlp_json_set_int(object, "iteration", iteration);
    gamlp_json_set_int(object, "generation", run->crew->generation);
    for (int64_t i = 0; i < run->crew->count; i++)
        if (run->crew->member[i].account.generation == run->crew->generation)
            gamlp_json_append(list, member_object(&run->crew->member[i]));
    gamlp_json_set(object, "workers", list);
    return object;
}

/* For gamlp status, with whom to ask. */
static void write_status(const gamlp_crew *crew, gamlp_json *object) {
    char *path = NULL, *text = NULL, host[256] = "";
    if (!crew->logs) return;
    gethostname(host, sizeof host - 1);
    gamlp_json_set_text(object, "host", host);
    gamlp_json_set_int(object, "process", getpid());
    if (gamlp_json_dump(&text, object, false) == GAMLP_OK &&
        gamlp_text_format(&path, "%s/status.json", crew->logs) == GAMLP_OK)
        gamlp_file_write(path, text, strlen(text));
    gamlp_free(text);
    gamlp_free(path);
}

void gamlp_accounts_status(const gamlp_run *run, int64_t layers, int64_t iteration) {
    gamlp_crew *crew = run->crew;
    if (gamlp_clock() <= crew->status_at + 1) return;
    gamlp_json *object = iteration_object(run, layers, iteration);
    write_status(crew, object);
    gamlp_json_free(object);
    crew->status_at = gamlp_clock();
}

int64_t gamlp_accounts_show(gamlp_crew *crew) {
    int64_t count = 0;
    for (int64_t i = 0; i < crew->count; i++) {
        const gamlp_member *m = &crew->member[i];
        const gamlp_account *a = &m->account;
        if (a->generation != crew->generation) continue;
        gamlp_worker_progress *shown = &crew->shown[count++];
        *shown = (gamlp_worker_progress){.worker = m->number,
                                         .first = a->first,
                                         .last = a->last,
                                         .iteration = a->iteration,
                                         .host = m->hello.host,
                                         .compute = a->compute,
                                         .wait = a->wait};
        for (int d = 0; d < GAMLP_LEDGERS; d++) shown->sent += gamlp_ledger_bytes(&a->sent[d]);
    }
    return count;
}

gamlp_status gamlp_accounts_open(gamlp_run *run, gamlp_output *trace) {
    static const char head[] = "[{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":0,\"args\":{"
                               "\"name\":\"coordinator\"}}";
    const char *path = run->settings->options.trace;
    if (!path[0]) return GAMLP_OK;
    gamlp_status status = gamlp_output_open(trace, path);
    if (status != GAMLP_OK) return status;
    run->trace = trace;
    gamlp_output_write(trace, head, sizeof head - 1);
    return GAMLP_OK;
}

gamlp_status gamlp_accounts_close(gamlp_run *run) {
    if (!run->trace) return GAMLP_OK;
    gamlp_output_write(run->trace, "\n]\n", 3);
    gamlp_status status = gamlp_output_commit(run->trace);
    run->trace = NULL;
    return status;
}

/* Of the workers, as far as they told, and of the coordinator. */
static gamlp_json *dropped_object(const gamlp_crew *crew) {
    static const struct {
        const char *name;
        int at;
    } field[] = {{"garbage", GAMLP_FRAME_GARBAGE}, {"version", GAMLP_FRAME_VERSION_OTHER},
                 {"foreign", GAMLP_FRAME_FOREIGN}, {"old", GAMLP_FRAME_OLD},
                 {"repeated", GAMLP_HUB_REPEATED}, {"strangers", GAMLP_HUB_STRANGERS}};
    gamlp_json *object = gamlp_json_object();
    int64_t own[GAMLP_HUB_COUNTS];
    gamlp_hub_faults(own, crew->hub);
    for (size_t i = 0; i < sizeof field / sizeof field[0]; i++)
        gamlp_json_set_int(object, field[i].name, own[field[i].at] + crew->dropped[field[i].at]);
    return object;
}

gamlp_json *gamlp_report_workers(const gamlp_crew *crew) {
    static const char *const launcher[] = {"local", "ssh", "slurm", "none"};
    gamlp_json *object = gamlp_json_object(), *list = gamlp_json_array();
    gamlp_json_set_int(object, "count", crew->count);
    gamlp_json_set_text(object, "launcher", launcher[crew->launcher]);
    gamlp_json_set_bool(object, "encrypted", crew->secure);
    gamlp_json_set_int(object, "restarts", crew->restarts);
    set_ledgers(object, crew->sent);
    gamlp_json_set(object, "dropped", dropped_object(crew));
    for (int64_t i = 0; i < crew->count; i++) {
        const gamlp_member *m = &crew->member[i];
        gamlp_json *one = gamlp_json_object();
        gamlp_json_set_int(one, "worker", m->number);
        gamlp_json_set_text(one, "host", m->hello.host);
        gamlp_json_set_int(one, "first", m->account.first);
        gamlp_json_set_int(one, "last", m->account.last);
        gamlp_json_append(list, one);
    }
    gamlp_json_set(object, "workers", list);
    return object;
}
