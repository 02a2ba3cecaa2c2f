/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gamlp/fetch.h"
#include "program.h"

typedef struct fetch_flags {
    char data[GAMLP_OPTION_TEXT], manifest[GAMLP_OPTION_TEXT];
    int64_t tries, max_size;
    double pause, connect, stall;
    bool offline, dry_run, json;
} fetch_flags;

#define AT(field) offsetof(fetch_flags, field)

const gamlp_option fetch_table[] = {
    {"data", GAMLP_OPTION_STRING, AT(data), 0, 0, NULL, "DIR",
     "folder of the data sets (default: $GAMLP_DATA)", "Options"},
    {"manifest", GAMLP_OPTION_STRING, AT(manifest), 0, 0, NULL, "FILE",
     "read this manifest in place of one that gamlp has; then at most one NAME", "Options"},
    {"offline", GAMLP_OPTION_BOOL, AT(offline), 0, 0, NULL, NULL,
     "fetch nothing: check what is there, and say what is missing", "Options"},
    {"dry-run", GAMLP_OPTION_BOOL, AT(dry_run), 0, 0, NULL, NULL,
     "fetch nothing: print addresses, sizes and licence", "Options"},
    {"json", GAMLP_OPTION_BOOL, AT(json), 0, 0, NULL, NULL, "print it as JSON", "Options"},
    {"tries", GAMLP_OPTION_INT, AT(tries), 1, 1000, NULL, "N",
     "requests for a file at one address that fail before the next address is asked", "Network"},
    {"pause", GAMLP_OPTION_REAL, AT(pause), 0, 3600, NULL, "SECONDS",
     "wait before the second try, and twice as long before each further one", "Network"},
    {"connect", GAMLP_OPTION_REAL, AT(connect), 0.01, 3600, NULL, "SECONDS",
     "patience with a server that does not answer", "Network"},
    {"stall", GAMLP_OPTION_REAL, AT(stall), 0.01, 86400, NULL, "SECONDS",
     "patience with a server that sends less than 100 bytes a second", "Network"},
    {"max-size", GAMLP_OPTION_BYTES, AT(max_size), 0, 0, NULL, "BYTES",
     "refuse a longer file, e.g. 500M or 2G, where the manifest tells neither size nor limit",
     "Network"},
    {0},
};

const void *fetch_defaults(void) {
    static fetch_flags flags;
    gamlp_fetch_options o;
    gamlp_fetch_options_default(&o);
    flags = (fetch_flags){.tries = o.tries,
                          .max_size = o.max_size,
                          .pause = o.pause_seconds,
                          .connect = o.connect_seconds,
                          .stall = o.stall_seconds};
    return &flags;
}

/* Progress. */

typedef struct fetch_line {
    bool terminal, visible;
    double shown_at;
} fetch_line;

static bool on_fetch(void *context, const gamlp_fetch_progress *now) {
    fetch_line *line = context;
    struct timespec clock;
    clock_gettime(CLOCK_MONOTONIC, &clock);
    double time = (double)clock.tv_sec + 1e-9 * (double)clock.tv_nsec;
    if (!line->terminal || time - line->shown_at < 0.1) return !stop_wanted();
    line->shown_at = time;
    line->visible = true;
    fprintf(stderr, "\r\033[K%lld/%lld  %s  ", (long long)now->index + 1, (long long)now->count,
            now->name);
    if (now->waiting)
        fprintf(stderr, "waiting for another process that fetches it");
    else if (now->total > 0)
        fprintf(stderr, "%.1f of %.1f MB  %.0f %%", 1e-6 * (double)now->received,
                1e-6 * (double)now->total, 100 * (double)now->received / (double)now->total);
    else
        fprintf(stderr, "%.1f MB", 1e-6 * (double)now->received);
    fflush(stderr);
    return !stop_wanted();
}

/* Results. */

static void print_file(const gamlp_fetch_file *f, bool plan) {
    printf("%-9s %s", gamlp_fetch_state_name(f->state), plan ? f->path : f->name);
    if (f->size >= 0)
        printf(", %lld bytes", (long long)f->size);
    else
        printf(", size not known");
    if (f->resumed > 0) printf(", %lld of them from an earlier try", (long long)f->resumed);
    if (plan)
        printf("%s%s", *f->address ? ", from " : ", by hand", f->address);
    else if (f->state >= GAMLP_FETCH_PRESENT && !f->verified)
        printf(", unverified, sha256 %s", f->sha256);
    printf("\n");
}

static void print_report(const gamlp_fetch_report *r, bool plan) {
    int64_t came = 0, unverified = 0;
    if (plan) printf("%s: %s\n", r->name, r->title);
    for (int64_t i = 0; i < r->count; i++) {
        print_file(&r->file[i], plan);
        came += r->file[i].state >= GAMLP_FETCH_FETCHED;
        unverified += r->file[i].state >= GAMLP_FETCH_PRESENT && !r->file[i].verified;
    }
    if (plan || came > 0) {
        printf("licence   %s\ncitation  %s\n", r->licence, r->citation);
        if (*r->note) printf("note      %s\n", r->note);
        if (plan && *r->manual) printf("by hand   %s\n", r->manual);
    }
    if (!plan)
        printf("%s: %s in %s\n", r->name,
               unverified ? "its manifest has no hash for some files" : "all files verified",
               r->folder);
}

static gamlp_status fetch_all(gamlp_fetch_report *report, int *done, const char *const *name,
                              const gamlp_fetch_options *options, bool json) {
    for (*done = 0; name[*done];) {
        gamlp_fetch_report *r = &report[*done];
        gamlp_status status = gamlp_dataset_fetch(r, name[*done], options);
        fetch_line *line = options->context;
        if (line->visible) fprintf(stderr, "\r\033[K");
        line->visible = false;
        ++*done;
        if (status != GAMLP_OK) return status;
        if (!json) print_report(r, options->plan);
    }
    return GAMLP_OK;
}

/* The name of a manifest is that of its file without folder and ending. */
static void name_of_manifest(char name[GAMLP_OPTION_TEXT], const char *path) {
    const char *slash = strrchr(path, '/');
    snprintf(name, GAMLP_OPTION_TEXT, "%s", slash ? slash + 1 : path);
    char *dot = strrchr(name, '.');
    if (dot && dot > name) *dot = 0;
}

/* On failure, too: what was found and done until then. */
static gamlp_status print_json(const gamlp_fetch_report *report, int count, gamlp_status status) {
    char *text, reason[1024];
    snprintf(reason, sizeof reason, "%s", gamlp_error_text());
    gamlp_status printed = gamlp_fetch_json(&text, report, count);
    if (printed != GAMLP_OK) return printed;
    print_text(text);
    return status == GAMLP_OK ? status : gamlp_fail(status, "%s", reason);
}

static gamlp_status run(const char *const *name, const fetch_flags *flags) {
    fetch_line line = {.terminal = isatty(STDERR_FILENO) != 0};
    gamlp_fetch_report report[MAX_ARGUMENTS] = {{0}};
    int done = 0;
    const gamlp_fetch_options options = {
        .data = flags->data[0] ? flags->data : NULL,
        .manifest = flags->manifest[0] ? flags->manifest : NULL,
        .offline = flags->offline,
        .plan = flags->dry_run,
        .tries = flags->tries,
        .pause_seconds = flags->pause,
        .connect_seconds = flags->connect,
        .stall_seconds = flags->stall,
        .max_size = flags->max_size,
        .progress = on_fetch,
        .context = &line,
    };
    catch_stops();
    gamlp_status status = fetch_all(report, &done, name, &options, flags->json);
    if (flags->json && done > 0 && report[0].folder) status = print_json(report, done, status);
    for (int i = 0; i < done; i++) gamlp_fetch_report_clear(&report[i]);
    return status;
}

gamlp_status cmd_fetch(const command *verb, int count, char **words) {
    fetch_flags flags = *(const fetch_flags *)fetch_defaults();
    const option_target target[MAX_TABLES] = {{&flags, set_plain}};
    const char *argument[MAX_ARGUMENTS + 1] = {NULL};
    char stem[GAMLP_OPTION_TEXT];
    gamlp_status status = parse_words(argument, verb, target, count, words);
    if (status != GAMLP_OK) return status;
    if (flags.manifest[0] && argument[0] && argument[1])
        return gamlp_fail(GAMLP_E_USAGE, "fetch: --manifest is of one data set");
    if (flags.manifest[0] && !argument[0]) {
        name_of_manifest(stem, flags.manifest);
        argument[0] = stem;
    }
    if (!argument[0])
        return gamlp_fail(GAMLP_E_USAGE, "fetch: missing: the NAME of a data set (see gamlp info)");
    return run(argument, &flags);
}
