/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line on a terminal, rewritten. */
#ifndef GAMLP_APPS_PROGRESS_H
#define GAMLP_APPS_PROGRESS_H

#include "gamlp/train.h"

typedef struct progress_line {
    double called_at, shown_at; /* seconds of a monotonic clock       */
    double stage_start;         /* when the present stage began       */
    int64_t seed_index, stage;  /* which stage that is                */
    bool visible;
} progress_line;

/* Show how far the run is, at most ten times a second. */
void progress_show(progress_line *line, const gamlp_progress *now);

/* Wipe the line. */
void progress_clear(progress_line *line);

#endif
