/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime/theory.h"

#include <math.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "gamlp/threads.h"

#define AT(field) offsetof(gamlp_theory_options, field)

const gamlp_option gamlp_theory_table[] = {
    {"part", GAMLP_OPTION_CHOICE, AT(part), 0, 0, "all cost dladmm mdlam pdadmm", "NAME",
     "which checks: all, cost of an iteration against the width, or those of one method", "Checks"},
    {"widths", GAMLP_OPTION_INTS, AT(widths), 8, 65536, NULL, "N,..",
     "widths of hidden layers whose cost is measured", "Checks"},
    {"columns", GAMLP_OPTION_INT, AT(columns), 1, 1e6, NULL, "N",
     "training nodes of these measurements", "Checks"},
    {"settings", GAMLP_OPTION_INT, AT(settings), 1, 1e9, NULL, "N", "random settings of mdlam",
     "Checks"},
    {"problems", GAMLP_OPTION_INT, AT(problems), 1, 1e9, NULL, "N",
     "random problems of pdadmm-g and of dladmm", "Checks"},
    {"iterations", GAMLP_OPTION_INT, AT(iterations), 3, 1e9, NULL, "N",
     "iterations on each of these problems", "Checks"},
    {"seed", GAMLP_OPTION_INT, AT(seed), 0, 1e15, NULL, "S", "seed of what is random", "Run"},
    {"threads", GAMLP_OPTION_INT, AT(threads), 0, 4096, NULL, "N", "threads (0: all processors)",
     "Run"},
    {NULL, GAMLP_OPTION_INT, 0, 0, 0, NULL, NULL, NULL, NULL},
};

void gamlp_theory_options_default(gamlp_theory_options *options) {
    *options = (gamlp_theory_options){.part = GAMLP_THEORY_ALL,
                                      .widths = {6, {64, 128, 256, 512, 1024, 2048}},
                                      .columns = 64,
                                      .settings = 1000,
                                      .problems = 200,
                                      .iterations = 200,
                                      .seed = 0,
                                      .threads = 1};
}

static gamlp_rng rng_of(uint64_t seed, uint32_t stream) {
    return gamlp_rng_key(seed, GAMLP_RNG_TEST, stream);
}

gamlp_status gamlp_theory_sample_init(gamlp_theory_sample *s, int64_t features, int64_t n,
                                      int64_t classes, int64_t layers, int64_t width,
                                      uint64_t seed) {
    gamlp_dense x = {0};
    gamlp_status status = GAMLP_OK;
    memset(s, 0, sizeof *s);
    gamlp_stack_init(&s->x, n);
    GAMLP_TRY(gamlp_dense_init(&x, features, n));
    for (int64_t i = 0; i < features * n; i++)
        x.data[i] = (gamlp_real)gamlp_rng_normal(rng_of(seed, 1), (uint64_t)i);
    GAMLP_TRY(gamlp_stack_push_dense(&s->x, &x));
    GAMLP_TRY(gamlp_new(&s->label, n, sizeof *s->label, "labels"));
    for (int64_t j = 0; j < n; j++)
        s->label[j] = (int32_t)gamlp_rng_below(rng_of(seed, 2), (uint64_t)j, (uint64_t)classes);
    GAMLP_TRY(gamlp_problem_new(&s->problem, &s->x, s->label, classes));
    for (int64_t l = 0; l < GAMLP_THEORY_LAYERS; l++) s->hidden[l] = width;
    s->plan = (gamlp_pdadmm_plan){.layers = layers,
                                  .hidden = s->hidden,
                                  .first = 1,
                                  .last = layers,
                                  .init = GAMLP_INIT_HE,
                                  .init_scale = 1,
                                  .seed = seed};
done:
    gamlp_dense_clear(&x);
    if (status != GAMLP_OK) gamlp_theory_sample_clear(s);
    return status;
}

void gamlp_theory_sample_clear(gamlp_theory_sample *s) {
    gamlp_problem_free(s->problem);
    gamlp_stack_clear(&s->x);
    gamlp_free(s->label);
    memset(s, 0, sizeof *s);
}

int64_t gamlp_theory_int(gamlp_theory_draw *draw, int64_t low, int64_t high) {
    return low + (int64_t)gamlp_rng_below(draw->rng, draw->drawn++, (uint64_t)(high - low + 1));
}

double gamlp_theory_log(gamlp_theory_draw *draw, double low, double high) {
    return low * pow(high / low, gamlp_rng_uniform(draw->rng, draw->drawn++));
}

gamlp_status gamlp_theory_small(gamlp_theory_sample *sample, gamlp_theory_draw *draw) {
    int64_t features = gamlp_theory_int(draw, 2, 30), n = gamlp_theory_int(draw, 2, 30);
    int64_t classes = gamlp_theory_int(draw, 2, 4), layers = gamlp_theory_int(draw, 1, 4);
    int64_t width = gamlp_theory_int(draw, 1, 12);
    uint64_t seed = gamlp_rng_bits(draw->rng, draw->drawn++);
    return gamlp_theory_sample_init(sample, features, n, classes, layers, width, seed);
}

gamlp_status gamlp_theory_tell(gamlp_theory_run *run, gamlp_json *object) {
    char *text = NULL;
    gamlp_status status = gamlp_json_dump(&text, object, false);
    gamlp_json_free(object);
    if (status == GAMLP_OK) run->sink(run->context, text);
    gamlp_free(text);
    return status;
}

static gamlp_status run_parts(gamlp_theory_run *run) {
    static const struct {
        gamlp_theory_part part;
        gamlp_status (*body)(gamlp_theory_run *run);
    } parts[] = {{GAMLP_THEORY_COST, gamlp_theory_cost},
                 {GAMLP_THEORY_DLADMM, gamlp_theory_dladmm},
                 {GAMLP_THEORY_MDLAM, gamlp_theory_mdlam},
                 {GAMLP_THEORY_MDLAM, gamlp_theory_tail},
                 {GAMLP_THEORY_PDADMM, gamlp_theory_pdadmm}};
    int part = run->options->part;
    gamlp_status status = GAMLP_OK;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (part == GAMLP_THEORY_ALL || part == (int)parts[i].part) GAMLP_TRY(parts[i].body(run));
    if (run->broken > 0)
        status = gamlp_fail(GAMLP_E_NUMERIC, "%lld guarantees of the theorems did not hold",
                            (long long)run->broken);
done:
    return status;
}

gamlp_status gamlp_bench_theory(gamlp_line_sink sink, void *context,
                                const gamlp_theory_options *options) {
    gamlp_theory_run run = {options, sink, context, 0};
    int64_t threads = gamlp_threads_get();
    int64_t now = options->threads > 0 ? options->threads : gamlp_threads_available();
    gamlp_threads_set(now);
    gamlp_status status = run_parts(&run);
    gamlp_threads_set(threads);
    return status;
}
