/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static const double pause_seconds = 0.1;

/* What is on the screen now, or NULL. */
static progress_line *visible;

typedef struct screen {
    int rows, columns;
} screen;

static screen screen_now(void) {
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row < 1 || size.ws_col < 1)
        return (screen){24, 80};
    return (screen){size.ws_row, size.ws_col};
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* What remains, if every iteration takes as long as those of this stage did. */
static double remaining(const progress_line *line, const gamlp_progress *now, double time) {
    int64_t stages = (now->seeds - now->seed_index) * now->stages - now->stage;
    int64_t left = stages * now->iterations - now->iteration;
    return (time - line->stage_start) / (double)now->iteration * (double)left;
}

static void print_duration(char *text, size_t size, double left) {
    long long whole = (long long)(left + 0.5);
    if (whole >= 3600)
        snprintf(text, size, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
    else
        snprintf(text, size, "%lld:%02lld", whole / 60, whole % 60);
}

/* One row, no wider than the screen: a longer one would take two.  Names of hosts are what hosts
 * say. */
__attribute__((format(printf, 3, 4))) static void print_row(progress_line *line, screen s,
                                                            const char *format, ...) {
    char text[512];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    if (s.columns - 1 < (int)sizeof text) text[s.columns - 1] = 0;
    for (char *c = text; *c; c++)
        if (*c < ' ' || *c > '~') *c = '?';
    fprintf(stderr, "%s%s\033[K", line->rows > 0 ? "\r\n" : "", text);
    line->rows++;
}

static void print_worker(progress_line *line, screen s, const gamlp_worker_progress *w) {
    char layers[48], sent[32];
    double kilo = (double)w->sent / 1e3;
    snprintf(layers, sizeof layers, "%lld-%lld", (long long)w->first, (long long)w->last);
    if (kilo < 1e3)
        snprintf(sent, sizeof sent, "%.1f kB", kilo);
    else if (kilo < 1e6)
        snprintf(sent, sizeof sent, "%.1f MB", kilo / 1e3);
    else
        snprintf(sent, sizeof sent, "%.2f GB", kilo / 1e6);
    print_row(line, s, "%6lld  %-9s  %-16.40s  %9lld  %9.3f  %7.3f  %10s", (long long)w->worker,
              layers, w->host, (long long)w->iteration, w->compute, w->wait, sent);
}

/* As many workers as there is room for above the last line. */
static void print_workers(progress_line *line, screen s, const gamlp_progress *now) {
    int64_t room = s.rows - 2, shown = now->workers;
    if (shown == 0 || room < 2) return;
    if (shown > room) shown = room - 1;
    print_row(line, s, "%6s  %-9s  %-16s  %9s  %9s  %7s  %10s", "worker", "layers", "host",
              "iteration", "compute s", "wait s", "sent");
    for (int64_t i = 0; i < shown; i++) print_worker(line, s, &now->worker[i]);
    if (shown < now->workers)
        print_row(line, s, "%6s  and %lld more", "", (long long)(now->workers - shown));
}

static void print_state(progress_line *line, screen s, const gamlp_progress *now, double left) {
    char val[32] = "", eta[48];
    print_duration(eta, sizeof eta, left);
    if (now->val_accuracy >= 0) snprintf(val, sizeof val, "  val %.1f %%", 100 * now->val_accuracy);
    print_row(line, s,
              "seed %lld/%lld  layers %lld  iteration %lld/%lld  objective %.6g  residual %.3g%s  "
              "ETA %s",
              (long long)now->seed_index + 1, (long long)now->seeds, (long long)now->layers,
              (long long)now->iteration, (long long)now->iterations, now->objective, now->residual,
              val, eta);
}

/* To the first row of what is shown. */
static void go_up(progress_line *line) {
    if (line->rows > 1) fprintf(stderr, "\033[%lldA", (long long)line->rows - 1);
    fprintf(stderr, "\r");
    line->rows = 0;
}

void progress_show(progress_line *line, const gamlp_progress *now) {
    double time = seconds();
    if (now->preparing) return;
    if (now->iteration == 0) line->stage_start = time;
    if (now->seed_index != line->seed_index || now->stage != line->stage)
        line->stage_start = line->called_at;
    line->seed_index = now->seed_index;
    line->stage = now->stage;
    line->called_at = time;
    if (now->iteration == 0 || time - line->shown_at < pause_seconds) return;
    line->shown_at = time;
    screen size = screen_now();
    go_up(line);
    print_workers(line, size, now);
    print_state(line, size, now, remaining(line, now, time));
    fprintf(stderr, "\033[J");
    fflush(stderr);
    visible = line;
}

void progress_clear(void) {
    if (!visible) return;
    go_up(visible);
    fprintf(stderr, "\033[J");
    fflush(stderr);
    visible = NULL;
}
