/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of `gamlp bench theory`. */
#ifndef GAMLP_RUNTIME_THEORY_H
#define GAMLP_RUNTIME_THEORY_H

#include "core/json.h"
#include "gamlp/bench.h"
#include "gamlp/pdadmm.h"
#include "gamlp/rng.h"

typedef struct gamlp_theory_run {
    const gamlp_theory_options *options;
    gamlp_line_sink sink;
    void *context;
    int64_t broken; /* guarantees that did not hold */
} gamlp_theory_run;

enum { GAMLP_THEORY_LAYERS = 8 };

/* A random training problem and net. */
typedef struct gamlp_theory_sample {
    gamlp_stack x;
    int32_t *label;
    gamlp_problem *problem;
    int64_t hidden[GAMLP_THEORY_LAYERS];
    gamlp_pdadmm_plan plan;
} gamlp_theory_sample;

/* n columns of normal features, random labels, all hidden layers of one width. */
gamlp_status gamlp_theory_sample_init(gamlp_theory_sample *sample, int64_t features, int64_t n,
                                      int64_t classes, int64_t layers, int64_t width,
                                      uint64_t seed);
void gamlp_theory_sample_clear(gamlp_theory_sample *sample);

/* Numbers drawn one after another. */
typedef struct gamlp_theory_draw {
    gamlp_rng rng;
    uint64_t drawn;
} gamlp_theory_draw;
int64_t gamlp_theory_int(gamlp_theory_draw *draw, int64_t low, int64_t high); /* both possible */
double gamlp_theory_log(gamlp_theory_draw *draw, double low,
                        double high); /* even in its logarithm */

/* A random sample of 1 to 4 layers, a few neurons and nodes. */
gamlp_status gamlp_theory_small(gamlp_theory_sample *sample, gamlp_theory_draw *draw);

/* A line of output; `object` is released. */
gamlp_status gamlp_theory_tell(gamlp_theory_run *run, gamlp_json *object);

/* The parts. */
gamlp_status gamlp_theory_cost(gamlp_theory_run *run);
gamlp_status gamlp_theory_dladmm(gamlp_theory_run *run);
gamlp_status gamlp_theory_mdlam(gamlp_theory_run *run);
gamlp_status gamlp_theory_tail(gamlp_theory_run *run);
gamlp_status gamlp_theory_pdadmm(gamlp_theory_run *run);

#endif
