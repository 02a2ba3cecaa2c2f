/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking at workers before a run is trusted to them, and at runs from outside. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/json.h"
#include "core/text.h"
#include "gamlp/alloc.h"
#include "gamlp/blas.h"
#include "gamlp/worker.h"
#include "runtime/crew.h"
#include "runtime/run.h"

typedef struct report {
    gamlp_doctor_sink sink;
    void *context;
    int64_t bad;
} report;

static void say(report *r, bool good, const char *text) {
    r->bad += !good;
    r->sink(r->context, good, text);
}

/* A message there and back, whose bytes are compared. */
static gamlp_status probe(double *seconds, gamlp_crew *crew, int64_t i) {
    enum { BYTES = 8 << 20 };
    gamlp_writer fields = {0};
    gamlp_order order;
    gamlp_reader body;
    int64_t member;
    gamlp_status status = GAMLP_OK;
    unsigned char *bytes = gamlp_put_raw(&fields, NULL, BYTES);
    GAMLP_TRY(gamlp_writer_check(&fields));
    for (int k = 0; k < BYTES; k++) bytes[k] = (unsigned char)(k * 7 + k / 251);
    double begin = gamlp_clock();
    GAMLP_TRY(gamlp_wire_send(&crew->member[i].wire, GAMLP_ORDER_ECHO, fields.data, BYTES,
                              crew->options->peer_timeout));
    crew->deadline = gamlp_clock() + crew->options->join_timeout;
    do GAMLP_TRY(gamlp_crew_hear(&member, &order, &body, crew));
    while (order != GAMLP_ANSWER_ECHO);
    *seconds = gamlp_clock() - begin;
    if (body.end - body.at != BYTES || memcmp(body.at, fields.data, BYTES) != 0)
        status = gamlp_fail(GAMLP_E_DATA, "what worker %lld sends back is not what it was sent",
                            (long long)crew->member[i].number);
done:
    crew->deadline = 0;
    gamlp_writer_clear(&fields);
    return status;
}

static gamlp_status look_at(report *r, gamlp_crew *crew, int64_t i) {
    const gamlp_member *m = &crew->member[i];
    char text[700];
    double seconds;
    gamlp_status status = probe(&seconds, crew, i);
    if (status != GAMLP_OK) return status;
    snprintf(text, sizeof text,
             "worker %lld: process %lld on %s, gamlp %s, %s, %lld processors, %.1f GB of memory, "
             "%.0f MB/s there and back",
             (long long)m->number, (long long)m->hello.pid, m->hello.host, m->hello.version,
             m->hello.blas, (long long)m->hello.processors, 1e-9 * (double)m->hello.memory,
             16 * 1.048576 / seconds);
    say(r, true, text);
    if (strcmp(m->hello.blas, gamlp_blas_name()) == 0) return GAMLP_OK;
    snprintf(text, sizeof text, "worker %lld: its BLAS is not ours (%s): the last bits may differ",
             (long long)m->number, gamlp_blas_name());
    say(r, false, text);
    return GAMLP_OK;
}

static void look_at_limits(report *r, int64_t workers) {
    struct rlimit limit;
    char text[200];
    int64_t needed = gamlp_crew_files(workers);
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    snprintf(text, sizeof text, "limits: %llu open files, of which about %lld are needed",
             (unsigned long long)limit.rlim_cur, (long long)needed);
    say(r, true, text);
}

/* A small net through all workers, whose bits are those of one process: every neighbour reaches the
 * next one, both ways. */
static gamlp_status train_small(char hex[GAMLP_HASH_TEXT], const gamlp_settings *settings,
                                int64_t workers, bool shared, const char *folder) {
    gamlp_settings small = *settings;
    gamlp_report done;
    char *out = NULL;
    gamlp_train_options *o = &small.options;
    gamlp_status status = gamlp_text_format(&out, "%s/%s", folder, shared ? "shared" : "alone");
    if (status != GAMLP_OK) return status;
    snprintf(o->out, sizeof o->out, "%s", out);
    gamlp_free(out);
    snprintf(o->dataset, sizeof o->dataset, "karate");
    o->layers = workers > 2 ? workers : 2;
    o->hidden.count = 1;
    o->hidden.value[0] = 16;
    o->iterations = 3;
    o->plan.count = 0;
    if (!shared) {
        o->workers = 0;
        o->hosts[0] = 0;
        o->launcher = GAMLP_LAUNCHER_LOCAL;
    }
    status = gamlp_train(&done, &small, NULL, NULL);
    if (status != GAMLP_OK) return status;
    memcpy(hex, done.run[0].model_sha256, GAMLP_HASH_TEXT);
    gamlp_report_clear(&done);
    return GAMLP_OK;
}

static void remove_run(const char *folder, const char *name) {
    static const char *const file[] = {"summary.json", "config.yaml", "run.jsonl",
                                       "model.safetensors"};
    char *path;
    for (size_t i = 0; i <= sizeof file / sizeof file[0]; i++) {
        const char *last = i < sizeof file / sizeof file[0] ? file[i] : "";
        if (gamlp_text_format(&path, "%s/%s/%s", folder, name, last) != GAMLP_OK) return;
        if (*last)
            unlink(path);
        else
            rmdir(path);
        gamlp_free(path);
    }
}

static gamlp_status look_at_neighbours(report *r, const gamlp_settings *settings, int64_t workers) {
    char folder[] = "/tmp/gamlp-doctor-XXXXXX", shared[GAMLP_HASH_TEXT], alone[GAMLP_HASH_TEXT];
    char text[200];
    gamlp_status status = GAMLP_OK;
    if (!mkdtemp(folder)) return gamlp_fail(GAMLP_E_CREATE, "%s: cannot create directory", folder);
    GAMLP_TRY(train_small(shared, settings, workers, true, folder));
    GAMLP_TRY(train_small(alone, settings, workers, false, folder));
    bool same = strcmp(shared, alone) == 0;
    snprintf(text, sizeof text, "neighbours: a small net in %lld workers %s", (long long)workers,
             same ? "has the bits of one process" : "has other bits than in one process");
    say(r, same, text);
done:
    remove_run(folder, "shared");
    remove_run(folder, "alone");
    rmdir(folder);
    return status;
}

gamlp_status gamlp_doctor(const gamlp_settings *settings, gamlp_doctor_sink sink, void *context) {
    report r = {sink, context, 0};
    gamlp_train_options any = settings->options;
    gamlp_crew *crew = NULL;
    char text[400];
    int64_t workers = 0;
    gamlp_status status = GAMLP_OK;
    if (!gamlp_has_workers(&settings->options))
        return gamlp_fail(GAMLP_E_USAGE, "which workers? say --workers, --hosts or --launcher");
    any.layers = GAMLP_SLOTS_MAX; /* no worker is too many */
    any.grow.count = 0;
    GAMLP_TRY(gamlp_crew_new(&crew, &any, NULL));
    workers = crew->count;
    snprintf(text, sizeof text, "coordinator: gamlp %s, %s, at %s, %s", gamlp_version(),
             gamlp_blas_name(), gamlp_port_endpoint(crew->port),
             crew->secure ? "encrypted" : "not encrypted");
    say(&r, true, text);
    look_at_limits(&r, workers);
    for (int64_t i = 0; i < workers; i++) GAMLP_TRY(look_at(&r, crew, i));
    gamlp_crew_free(crew);
    crew = NULL;
    GAMLP_TRY(look_at_neighbours(&r, settings, workers));
    if (r.bad > 0)
        status = gamlp_fail(GAMLP_E_DATA, "%lld of these lines tell of trouble", (long long)r.bad);
done:
    gamlp_crew_free(crew);
    return status;
}

/* What a file of a run holds, or NULL. */
static gamlp_json *read_part(const char *run, const char *name) {
    enum { LIMIT = 1 << 26 };
    gamlp_json *value = NULL;
    gamlp_bytes bytes = {0};
    char *path;
    if (gamlp_text_format(&path, "%s/%s", run, name) != GAMLP_OK) return NULL;
    if (gamlp_file_exists(path) && gamlp_file_read(&bytes, path, LIMIT) == GAMLP_OK &&
        gamlp_json_parse(&value, bytes.data, bytes.size, path) != GAMLP_OK)
        value = NULL;
    gamlp_bytes_clear(&bytes);
    gamlp_free(path);
    return value;
}

static int64_t number_of(const gamlp_json *object, const char *key) {
    int64_t value = 0;
    gamlp_json_get_int(object, key, &value);
    return value;
}

static gamlp_status tell_workers(char **text, const gamlp_json *now) {
    const gamlp_json *list = gamlp_json_get(now, "workers");
    gamlp_status status = gamlp_text_format(
        text, "running: seed %lld, %lld layers, iteration %lld\n%6s  %-20s %9s %9s %9s %12s\n",
        (long long)number_of(now, "seed_index"), (long long)number_of(now, "layers"),
        (long long)number_of(now, "iteration"), "worker", "host", "layers", "compute", "wait",
        "bytes sent");
    for (int64_t i = 0; i < gamlp_json_length(list) && status == GAMLP_OK; i++) {
        const gamlp_json *w = gamlp_json_at(list, i);
        const char *host = gamlp_json_get_text(w, "host");
        double compute = 0, wait = 0;
        char *longer, layers[48];
        int64_t bytes = number_of(gamlp_json_get(w, "p"), "payload") +
                        number_of(gamlp_json_get(w, "q"), "payload");
        gamlp_json_get_real(w, "compute", &compute);
        gamlp_json_get_real(w, "wait", &wait);
        snprintf(layers, sizeof layers, "%lld-%lld", (long long)number_of(w, "first"),
                 (long long)number_of(w, "last"));
        status = gamlp_text_format(&longer, "%s%6lld  %-20s %9s %8.3fs %8.3fs %12lld\n", *text,
                                   (long long)number_of(w, "worker"), host ? host : "", layers,
                                   compute, wait, (long long)bytes);
        if (status != GAMLP_OK) break;
        gamlp_free(*text);
        *text = longer;
    }
    return status;
}

/* The coordinator was a process of this host, and is none any more. */
static bool is_gone(const gamlp_json *now) {
    const char *host = gamlp_json_get_text(now, "host");
    char ours[256] = "";
    int64_t process = number_of(now, "process");
    gethostname(ours, sizeof ours - 1);
    return host && strcmp(host, ours) == 0 && process > 0 && process <= INT32_MAX &&
           kill((pid_t)process, 0) != 0 && errno == ESRCH;
}

gamlp_status gamlp_run_status(char **text, const char *run) {
    gamlp_json *summary = read_part(run, "summary.json");
    gamlp_json *now = read_part(run, "workers/status.json");
    gamlp_json *kept = read_part(run, "checkpoint/manifest.json");
    double mean = 0;
    gamlp_status status = GAMLP_OK;
    *text = NULL;
    if (summary && gamlp_json_get_real(gamlp_json_get(summary, "test_accuracy"), "mean", &mean))
        status = gamlp_text_format(text, "complete: test accuracy %.2f %%\n", 100 * mean);
    else if (now && !is_gone(now))
        status = tell_workers(text, now);
    else if (kept)
        status = gamlp_text_format(
            text,
            "not complete: last checkpoint at iteration %lld of %lld layers, seed %lld; "
            "gamlp train --resume %s goes on\n",
            (long long)number_of(kept, "iteration"), (long long)number_of(kept, "layers"),
            (long long)number_of(kept, "seed_index"), run);
    else if (now)
        status = gamlp_text_format(text, "not complete: it ended without a checkpoint\n");
    else
        status = gamlp_fail(GAMLP_E_NOINPUT, "%s: is no run that could tell where it is", run);
    gamlp_json_free(summary);
    gamlp_json_free(now);
    gamlp_json_free(kept);
    return status;
}
