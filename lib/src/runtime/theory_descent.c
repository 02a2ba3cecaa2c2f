/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the papers prove of descent, on random problems. */
#include <math.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "gamlp/dladmm.h"
#include "gamlp/mdlam.h"
#include "gamlp/rate.h"
#include "runtime/theory.h"

/* What was seen of many runs. */
typedef struct tally {
    int64_t runs, iterations, rises, infeasible, fell;
    double worst_rise, lemma;  /* largest relative rise; largest violation of the lemma */
    double slope, worst_slope; /* of log c_k against log k: sum, and the largest        */
    double ratio;              /* k c_k at the end over its peak: sum                   */
} tally;

static void note(tally *t, const gamlp_figures *f) {
    t->iterations++;
    t->rises += !f->descending;
    t->worst_rise = fmax(t->worst_rise, f->rise);
    t->lemma = fmax(t->lemma, f->lemma4);
}

/* The decay of c_k over the last half. */
static void note_decay(tally *t, const double *c_k, int64_t iterations, double peak, double last) {
    double slope = gamlp_fit_power(c_k, iterations / 2, iterations).slope;
    t->slope += slope;
    t->worst_slope = t->runs == 0 ? slope : fmax(t->worst_slope, slope);
    t->ratio += peak > 0 ? last / peak : 0;
    t->fell += last < peak || peak == 0;
    t->runs++;
}

static gamlp_json *line_of(const char *check, const char *solver, const tally *t) {
    gamlp_json *line = gamlp_json_object();
    gamlp_json_set_text(line, "check", check);
    gamlp_json_set_text(line, "solver", solver);
    gamlp_json_set_int(line, "runs", t->runs);
    gamlp_json_set_int(line, "iterations", t->iterations);
    gamlp_json_set_int(line, "rises", t->rises);
    gamlp_json_set_real(line, "worst_rise", t->worst_rise);
    return line;
}

static void add_decay(gamlp_json *line, const tally *t) {
    gamlp_json_set_real(line, "lemma", t->lemma);
    gamlp_json_set_int(line, "k_ck_below_peak", t->fell);
    gamlp_json_set_real(line, "k_ck_over_peak", t->ratio / (double)t->runs);
    gamlp_json_set_real(line, "c_k_slope", t->slope / (double)t->runs);
    gamlp_json_set_real(line, "worst_c_k_slope", t->worst_slope);
}

static gamlp_theory_draw draw_of(const gamlp_theory_run *run, uint32_t stream) {
    return (gamlp_theory_draw){gamlp_rng_key((uint64_t)run->options->seed, GAMLP_RNG_TEST, stream),
                               0};
}

static gamlp_status pdadmm_problem(tally *t, gamlp_theory_run *run, gamlp_theory_draw *draw,
                                   double *c_k) {
    gamlp_theory_sample sample;
    gamlp_pdadmm_options o;
    gamlp_pdadmm *net = NULL;
    double peak = 0, last = 0;
    gamlp_status status = gamlp_theory_small(&sample, draw);
    if (status != GAMLP_OK) return status;
    gamlp_pdadmm_options_default(&o);
    o.nu = gamlp_theory_log(draw, 1e-3, 1);
    o.rho = o.nu * gamlp_theory_log(draw, 4.1, 40);
    o.l2 = gamlp_theory_int(draw, 0, 1) ? gamlp_theory_log(draw, 1e-3, 0.1) : 0;
    GAMLP_TRY(gamlp_pdadmm_new(&net, sample.problem, &sample.plan, &o));
    GAMLP_TRY(gamlp_pdadmm_start(net));
    for (int64_t k = 0; k < run->options->iterations; k++) {
        GAMLP_TRY(gamlp_pdadmm_iterate(net));
        const gamlp_figures *f = gamlp_pdadmm_figures(net);
        note(t, f);
        c_k[k] = f->c_k;
        last = f->k_ck;
        peak = fmax(peak, last);
    }
    note_decay(t, c_k, run->options->iterations, peak, last);
done:
    gamlp_pdadmm_free(net);
    gamlp_theory_sample_clear(&sample);
    return status;
}

static gamlp_status dladmm_problem(tally *t, gamlp_theory_run *run, gamlp_theory_draw *draw,
                                   double *c_k) {
    gamlp_theory_sample sample;
    gamlp_dladmm_options o;
    gamlp_dladmm *net = NULL;
    double peak = 0, last = 0;
    gamlp_status status = gamlp_theory_small(&sample, draw);
    if (status != GAMLP_OK) return status;
    gamlp_dladmm_options_default(&o);
    o.nu = gamlp_theory_log(draw, 1e-3, 1);
    o.rho = gamlp_theory_log(draw, 1.01, 10);
    o.l2 = gamlp_theory_int(draw, 0, 1) ? gamlp_theory_log(draw, 1e-3, 0.1) : 0;
    GAMLP_TRY(gamlp_dladmm_new(&net, sample.problem, &sample.plan, &o));
    GAMLP_TRY(gamlp_dladmm_start(net));
    for (int64_t k = 0; k < run->options->iterations; k++) {
        GAMLP_TRY(gamlp_dladmm_iterate(net));
        const gamlp_figures *f = gamlp_dladmm_figures(net);
        note(t, f);
        c_k[k] = f->c_k;
        last = f->k_ck;
        peak = fmax(peak, last);
    }
    note_decay(t, c_k, run->options->iterations, peak, last);
done:
    gamlp_dladmm_free(net);
    gamlp_theory_sample_clear(&sample);
    return status;
}

typedef gamlp_status (*problem_body)(tally *t, gamlp_theory_run *run, gamlp_theory_draw *draw,
                                     double *c_k);

static gamlp_status problems(gamlp_theory_run *run, const char *solver, uint32_t stream,
                             problem_body body) {
    tally t = {0};
    gamlp_theory_draw draw = draw_of(run, stream);
    double *c_k = NULL;
    gamlp_json *line = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new(&c_k, run->options->iterations, sizeof *c_k, "displacements"));
    for (int64_t i = 0; i < run->options->problems; i++) GAMLP_TRY(body(&t, run, &draw, c_k));
    line = line_of("descent", solver, &t);
    add_decay(line, &t);
    run->broken += t.rises;
    status = gamlp_theory_tell(run, line);
done:
    gamlp_free(c_k);
    return status;
}

gamlp_status gamlp_theory_pdadmm(gamlp_theory_run *run) {
    return problems(run, "pdadmm-g", 11, pdadmm_problem);
}

gamlp_status gamlp_theory_dladmm(gamlp_theory_run *run) {
    return problems(run, "dladmm", 12, dladmm_problem);
}

/* Penalties, tolerances and activations over all that is allowed. */
static gamlp_mdlam_options mdlam_setting(gamlp_theory_draw *draw) {
    static const gamlp_activation f[] = {
        {GAMLP_RELU, 0}, {GAMLP_LEAKY_RELU, 0.1}, {GAMLP_TANH, 0}, {GAMLP_SIGMOID, 0}};
    gamlp_mdlam_options o;
    gamlp_mdlam_options_default(&o);
    o.rho = gamlp_theory_log(draw, 1e-4, 100);
    o.epsilon = o.epsilon_min = gamlp_theory_log(draw, 1e-2, 100);
    o.l2 = gamlp_theory_int(draw, 0, 1) ? gamlp_theory_log(draw, 1e-4, 1) : 0;
    o.momentum = gamlp_theory_int(draw, 0, 3) > 0;
    o.step = gamlp_theory_int(draw, 0, 3) ? GAMLP_STEP_EXACT : GAMLP_STEP_BACKTRACK;
    o.activation = f[gamlp_theory_int(draw, 0, 3)];
    return o;
}

static gamlp_status mdlam_run(tally *t, gamlp_theory_draw *draw, int64_t iterations) {
    static const double slack = sizeof(gamlp_real) == sizeof(double) ? 1e-12 : 1e-5;
    gamlp_theory_sample sample;
    gamlp_mdlam *net = NULL;
    gamlp_status status = gamlp_theory_small(&sample, draw);
    if (status != GAMLP_OK) return status;
    gamlp_mdlam_options o = mdlam_setting(draw);
    GAMLP_TRY(gamlp_mdlam_new(&net, sample.problem, &sample.plan, &o));
    GAMLP_TRY(gamlp_mdlam_start(net));
    for (int64_t k = 0; k < iterations; k++) {
        GAMLP_TRY(gamlp_mdlam_iterate(net));
        gamlp_mdlam_stage stage = gamlp_mdlam_stage_of(net);
        note(t, gamlp_mdlam_figures(net));
        t->infeasible += stage.gap > o.epsilon * (1 + slack) + slack;
    }
    t->runs++;
done:
    gamlp_mdlam_free(net);
    gamlp_theory_sample_clear(&sample);
    return status;
}

gamlp_status gamlp_theory_mdlam(gamlp_theory_run *run) {
    enum { ITERATIONS = 40 };
    tally t = {0};
    gamlp_theory_draw draw = draw_of(run, 13);
    gamlp_status status = GAMLP_OK;
    for (int64_t i = 0; i < run->options->settings; i++)
        GAMLP_TRY(mdlam_run(&t, &draw, ITERATIONS));
    gamlp_json *line = line_of("descent", "mdlam", &t);
    gamlp_json_set_int(line, "infeasible", t.infeasible);
    run->broken += t.rises + t.infeasible;
    status = gamlp_theory_tell(run, line);
done:
    return status;
}

/* Objective of `count` iterations with an L2 that makes F strongly convex along W.  The tolerance
 * is as small as in use: the theorem wants one so large that no bound is active, where F has hardly
 * a minimum, since outputs of layers are then nearly free. */
static gamlp_status tail_values(double *value, int64_t count, uint64_t seed) {
    gamlp_theory_sample sample;
    gamlp_mdlam_options o;
    gamlp_mdlam *net = NULL;
    gamlp_status status = gamlp_theory_sample_init(&sample, 12, 24, 3, 3, 8, seed);
    if (status != GAMLP_OK) return status;
    gamlp_mdlam_options_default(&o);
    o.rho = 1;
    o.l2 = 1;
    o.epsilon = o.epsilon_min = 0.01;
    GAMLP_TRY(gamlp_mdlam_new(&net, sample.problem, &sample.plan, &o));
    GAMLP_TRY(gamlp_mdlam_start(net));
    for (int64_t k = 0; k < count; k++) {
        GAMLP_TRY(gamlp_mdlam_iterate(net));
        value[k] = gamlp_mdlam_figures(net)->objective;
    }
done:
    gamlp_mdlam_free(net);
    gamlp_theory_sample_clear(&sample);
    return status;
}

/* F_k less its limit, until rounding; the number of these. */
static int64_t above_limit(double *value, int64_t count) {
    static const double floor_ = sizeof(gamlp_real) == sizeof(double) ? 1e-10 : 3e-5;
    double limit = value[count - 1];
    int64_t used = 0;
    while (used < count && value[used] - limit > floor_ * limit) used++;
    for (int64_t k = 0; k < used; k++) value[k] -= limit;
    return used;
}

gamlp_status gamlp_theory_tail(gamlp_theory_run *run) {
    enum { ITERATIONS = 5000, PROBLEMS = 5 };
    double *value = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new(&value, ITERATIONS, sizeof *value, "objectives"));
    for (int64_t i = 0; i < PROBLEMS; i++) {
        GAMLP_TRY(tail_values(value, ITERATIONS, (uint64_t)(run->options->seed + i)));
        int64_t used = above_limit(value, ITERATIONS);
        gamlp_fit fit = gamlp_fit_exponential(value, used / 4 + 1, used);
        gamlp_json *line = gamlp_json_object();
        gamlp_json_set_text(line, "check", "linear tail");
        gamlp_json_set_text(line, "solver", "mdlam");
        gamlp_json_set_int(line, "from", used / 4 + 1);
        gamlp_json_set_int(line, "to", used);
        gamlp_json_set_real(line, "factor", exp(fit.slope));
        gamlp_json_set_real(line, "r2", fit.r2);
        GAMLP_TRY(gamlp_theory_tell(run, line));
    }
done:
    gamlp_free(value);
    return status;
}
