/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run.jsonl read again: what its records say of the last growth stage of each run, computed anew.
 */
#ifndef GAMLP_RUNTIME_REPLAY_H
#define GAMLP_RUNTIME_REPLAY_H

#include "runtime/certificate.h"

enum { GAMLP_REPLAY_TEXT = 200 };

/* The last stage of one split and seed. */
typedef struct gamlp_replay_run {
    int64_t split, seed, iterations, best_iteration;
    gamlp_score best;
    double objective, residual; /* of the last iteration */
    gamlp_theory theory;        /* rises, worst_rise and lemma4 */
    gamlp_certificate certificate;
    char
        problem[GAMLP_REPLAY_TEXT]; /* the first record that contradicts itself or the one before */
} gamlp_replay_run;

typedef struct gamlp_replay {
    gamlp_replay_run *run;
    int64_t count;
} gamlp_replay;

/* Read the journal of a run whose method says that `falls` must not rise (NULL: of which nothing is
 * proved).  A line that is no record is GAMLP_E_DATA; a record that contradicts others is a
 * `problem`.  Ownership passes to the caller: gamlp_replay_clear(). */
gamlp_status gamlp_replay_read(gamlp_replay *replay, const char *path, const char *falls);
void gamlp_replay_clear(gamlp_replay *replay);

#endif
