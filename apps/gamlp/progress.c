/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "progress.h"

#include <stdio.h>
#include <time.h>

static const double pause_seconds = 0.1;

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

static void print_duration(double left) {
    long long whole = (long long)(left + 0.5);
    if (whole >= 3600)
        fprintf(stderr, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
    else
        fprintf(stderr, "%lld:%02lld", whole / 60, whole % 60);
}

void progress_show(progress_line *line, const gamlp_progress *now) {
    double time = seconds();
    if (now->iteration == 0) line->stage_start = time;
    if (now->seed_index != line->seed_index || now->stage != line->stage)
        line->stage_start = line->called_at;
    line->seed_index = now->seed_index;
    line->stage = now->stage;
    line->called_at = time;
    if (now->iteration == 0 || time - line->shown_at < pause_seconds) return;
    line->shown_at = time;
    line->visible = true;
    fprintf(stderr,
            "\r\033[Kseed %lld/%lld  layers %lld  iteration %lld/%lld  objective %.6g  "
            "residual %.3g",
            (long long)now->seed_index + 1, (long long)now->seeds, (long long)now->layers,
            (long long)now->iteration, (long long)now->iterations, now->objective, now->residual);
    if (now->val_accuracy >= 0) fprintf(stderr, "  val %.1f %%", 100 * now->val_accuracy);
    fprintf(stderr, "  ETA ");
    print_duration(remaining(line, now, time));
    fflush(stderr);
}

void progress_clear(progress_line *line) {
    if (line->visible) fprintf(stderr, "\r\033[K");
    line->visible = false;
}
