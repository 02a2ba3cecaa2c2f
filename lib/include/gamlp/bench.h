/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: runtime.  Measurements that the program makes of its own methods (`gamlp bench`). */
#ifndef GAMLP_BENCH_H
#define GAMLP_BENCH_H

#include <stdint.h>

#include "gamlp/option.h"
#include "gamlp/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What `gamlp bench theory` checks: */
typedef enum gamlp_theory_part {
    GAMLP_THEORY_ALL,
    GAMLP_THEORY_COST,   /* dlADMM: operations and seconds of an iteration against the width, beside
                            those of exact subproblem solves                                       */
    GAMLP_THEORY_DLADMM, /* random problems: descent, Lemma B.2, decay of c_k */
    GAMLP_THEORY_MDLAM, /* random settings: the objective never rises, feasibility; linear tails  */
    GAMLP_THEORY_PDADMM /* random problems: descent, Lemma 4, k c_k                               */
} gamlp_theory_part;

/* Described row by row in gamlp_theory_table. */
typedef struct gamlp_theory_options {
    int part;          /* gamlp_theory_part                                      */
    gamlp_ints widths; /* of the hidden layers whose cost is measured            */
    int64_t columns;   /* N, the same for all widths                             */
    int64_t settings;  /* random settings of mDLAM                               */
    int64_t problems;  /* random problems of pdADMM and of dlADMM                */
    int64_t iterations;
    int64_t seed, threads;
} gamlp_theory_options;

extern const gamlp_option gamlp_theory_table[];

/* The defaults of every row. */
void gamlp_theory_options_default(gamlp_theory_options *options);

/* Takes one JSON object on a line, without the line break. */
typedef void (*gamlp_line_sink)(void *context, const char *line);

/* Run the checks; a line for each width, and one for each part with what was found.  A guarantee
 * that was broken is GAMLP_E_NUMERIC, after all lines.  Numbers of threads are set and put back. */
gamlp_status gamlp_bench_theory(gamlp_line_sink sink, void *context,
                                const gamlp_theory_options *options);

#ifdef __cplusplus
}
#endif
#endif
