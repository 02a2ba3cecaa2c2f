/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line on a terminal, rewritten; with workers a table above it. */
#ifndef GAMLP_APPS_PROGRESS_H
#define GAMLP_APPS_PROGRESS_H

#include "gamlp/train.h"

typedef struct progress_line {
    double called_at, shown_at; /* seconds of a monotonic clock       */
    double stage_start;         /* when the present stage began       */
    int64_t seed_index, stage;  /* which stage that is                */
    int64_t rows;               /* on the screen; the cursor is in the last one */
} progress_line;

/* Show how far the run is, at most ten times a second. */
void progress_show(progress_line *line, const gamlp_progress *now);

/* Wipe what is shown, so that something else can be printed. */
void progress_clear(void);

#endif
