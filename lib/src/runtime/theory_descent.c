/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the papers prove of descent, on random problems. */
#include <math.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "gamlp/dladmm.h"
#include "gamlp/mdlam.h"
#include "gamlp/method.h"
#include "gamlp/rate.h"
#include "runtime/theory.h"

/* What was seen of many runs. */
typedef struct tally {
    int64_t runs, iterations, rises, infeasible, fell, fitted;
    double worst_rise, lemma;  /* largest relative rise; largest violation of the lemma */
    double slope, worst_slope; /* of log c_k against log k: sum, and the largest        */
    double ratio, worst_ratio; /* k c_k at the end over its peak: sum, and the largest  */
} tally;

static void note(tally *t, bool descending, double rise, double lemma) {
    t->iterations++;
    t->rises += !descending;
    t->worst_rise = fmax(t->worst_rise, rise);
    t->lemma = fmax(t->lemma, lemma);
}

/* The iterations from the peak of k c_k on, until displacements are rounding, as they are once the
 * net is at rest: 100 squares of the last bit, the squares of the variables being about c_1. */
static void decay_range(int64_t *from, int64_t *to, const double *c_k, int64_t iterations) {
    static const double bits = sizeof(gamlp_real) == sizeof(double) ? 5e-30 : 1.4e-12;
    *from = 1;
    for (int64_t k = 2; k <= iterations; k++)
        if ((double)k * c_k[k - 1] > (double)*from * c_k[*from - 1]) *from = k;
    for (*to = *from; *to < iterations && c_k[*to] > bits * c_k[0];) ++*to;
}

/* The decay of c_k: the slope of log c_k against log k between the two ends.  Displacements come in
 * bursts, when a z changes sides of the kink of f, and c_k stands still between them: over a part
 * of the iterations its slope can be anything. */
static void note_decay(tally *t, const double *c_k, int64_t iterations) {
    int64_t from, to;
    decay_range(&from, &to, c_k, iterations);
    double peak = (double)from * c_k[from - 1], ratio = 0;
    if (peak > 0) ratio = (double)iterations * c_k[iterations - 1] / peak;
    t->ratio += ratio;
    t->worst_ratio = fmax(t->worst_ratio, ratio);
    t->fell += ratio < 1;
    t->runs++;
    if (to == from || !(c_k[to - 1] > 0)) return;
    double slope = log(c_k[to - 1] / c_k[from - 1]) / log((double)to / (double)from);
    t->slope += slope;
    t->worst_slope = t->fitted == 0 ? slope : fmax(t->worst_slope, slope);
    t->fitted++;
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
    gamlp_json_set_real(line, "worst_k_ck_over_peak", t->worst_ratio);
    gamlp_json_set_int(line, "fitted", t->fitted);
    gamlp_json_set_real(line, "c_k_slope", t->fitted > 0 ? t->slope / (double)t->fitted : 0);
    gamlp_json_set_real(line, "worst_c_k_slope", t->worst_slope);
}

static gamlp_theory_draw draw_of(const gamlp_theory_run *run, uint32_t stream) {
    return (gamlp_theory_draw){gamlp_rng_key((uint64_t)run->options->seed, GAMLP_RNG_TEST, stream),
                               0};
}

/* Options of a method for which its theorem holds. */
typedef union setting {
    gamlp_pdadmm_options pdadmm;
    gamlp_dladmm_options dladmm;
} setting;

static void pdadmm_setting(setting *s, gamlp_theory_draw *draw) {
    gamlp_pdadmm_options *o = &s->pdadmm;
    gamlp_pdadmm_options_default(o);
    o->nu = gamlp_theory_log(draw, 1e-3, 1);
    o->rho = o->nu * gamlp_theory_log(draw, 4.1, 40);
    o->l2 = gamlp_theory_int(draw, 0, 1) ? gamlp_theory_log(draw, 1e-3, 0.1) : 0;
}

static void dladmm_setting(setting *s, gamlp_theory_draw *draw) {
    gamlp_dladmm_options *o = &s->dladmm;
    gamlp_dladmm_options_default(o);
    o->nu = gamlp_theory_log(draw, 1e-3, 1);
    o->rho = gamlp_theory_log(draw, 1.01, 10);
    o->l2 = gamlp_theory_int(draw, 0, 1) ? gamlp_theory_log(draw, 1e-3, 0.1) : 0;
}

typedef struct admm {
    const gamlp_method *method;
    const char *lemma; /* the figure */
    uint32_t stream;   /* of random numbers */
    void (*draw)(setting *setting, gamlp_theory_draw *draw);
} admm;

static gamlp_status run_problem(tally *t, const gamlp_theory_run *run, const admm *a,
                                gamlp_theory_draw *draw, double *c_k) {
    int64_t iterations = run->options->iterations;
    const gamlp_method *method = a->method;
    gamlp_theory_sample sample;
    setting options;
    void *net = NULL;
    gamlp_status status = gamlp_theory_small(&sample, draw);
    if (status != GAMLP_OK) return status;
    gamlp_net_plan plan = {sample.plan.layers, sample.hidden, sample.plan.init,
                           sample.plan.init_scale, sample.plan.seed};
    a->draw(&options, draw);
    GAMLP_TRY(method->make(&net, sample.problem, &plan, &options));
    GAMLP_TRY(method->start(net));
    for (int64_t k = 1; k <= iterations; k++) {
        gamlp_method_figures f;
        GAMLP_TRY(method->iterate(net));
        method->figures(&f, net);
        note(t, f.descending, f.rise, gamlp_method_figures_find(&f, a->lemma)->value);
        c_k[k - 1] = gamlp_method_figures_find(&f, "k_ck")->value / (double)k;
    }
    note_decay(t, c_k, iterations);
done:
    method->release(net);
    gamlp_theory_sample_clear(&sample);
    return status;
}

static gamlp_status run_problems(gamlp_theory_run *run, const admm *a) {
    tally t = {0};
    gamlp_theory_draw draw = draw_of(run, a->stream);
    double *c_k = NULL;
    gamlp_json *line = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new(&c_k, run->options->iterations, sizeof *c_k, "displacements"));
    for (int64_t i = 0; i < run->options->problems; i++)
        GAMLP_TRY(run_problem(&t, run, a, &draw, c_k));
    line = line_of("descent", a->method->name, &t);
    add_decay(line, &t);
    run->broken += t.rises;
    status = gamlp_theory_tell(run, line);
done:
    gamlp_free(c_k);
    return status;
}

gamlp_status gamlp_theory_pdadmm(gamlp_theory_run *run) {
    static const admm a = {&gamlp_method_pdadmm_g, "lemma4", 11, pdadmm_setting};
    return run_problems(run, &a);
}

gamlp_status gamlp_theory_dladmm(gamlp_theory_run *run) {
    static const admm a = {&gamlp_method_dladmm, "lemma_b2", 12, dladmm_setting};
    return run_problems(run, &a);
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
        const gamlp_figures *f = gamlp_mdlam_figures(net);
        note(t, f->descending, f->rise, 0);
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
