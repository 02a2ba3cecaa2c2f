/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The choice of a method, by what each would cost.
 *
 * The analysis of CHOLMOD gives the fill and the operations of a factor before any of it is
 * computed; the steps of the iterations follow from the bounds of the spectrum.  Both are turned
 * into seconds by fixed rates, measured once (docs/operators.md): a rate that was measured anew in
 * each run would make the choice, and with it the last bits of the result, a matter of chance. */
#include <math.h>
#include <stdio.h>

#include "feature/diffusion.h"
#include "gamlp/alloc.h"

enum { LANES = GAMLP_LANES };

/* Operations a second of one thread. */
static const double rate_solve = 12e9;     /* triangular solves, 16 right-hand sides */
static const double rate_multiply = 10e9;  /* products with N, and vectors           */
static const double rate_cg = 6e9;         /* a step with an incomplete factor       */
static const double rate_dense = 8e9;      /* factorisation in dense blocks          */
static const double rate_sparse = 1e9;     /* factorisation column by column         */
static const double rate_push = 2e8;       /* entries of N pushed along              */
static const double dense_switch = 150;    /* flops over fill from which blocks pay  */
static const double seconds_nested = 7e-7; /* for each entry of N, by METIS          */
static const double seconds_degree = 1e-7; /* by minimum degree                      */

/* Blocks of the job, and what each costs besides its solve: reading, certifying, writing. */
typedef struct shape {
    double n, entries; /* of N */
    double blocks, extra;
    bool by_nodes;
} shape;

static double blocks_of(int64_t count) {
    return ceil((double)count / LANES);
}

/* Products of a solved block with the features, when it is one of nodes. */
static shape shape_of(const gamlp_diffusion *d, const gamlp_diffusion_job *job, bool by_nodes) {
    const gamlp_symmetric *n = &d->matrix.n;
    shape s = {(double)n->n, (double)n->nnz, 0, 0, by_nodes};
    s.blocks = by_nodes ? blocks_of(job->count) : (double)job->calls * blocks_of(job->features);
    s.extra = LANES * (2 * s.entries + 8 * s.n) / rate_multiply;
    if (by_nodes) s.extra += LANES * 2 * (double)job->entries / rate_multiply;
    return s;
}

static double work_bytes(const gamlp_diffusion *d, gamlp_diffusion_method method) {
    return (double)(gamlp_diffusion_vectors(d, method) + 2) * (double)d->matrix.n.n * LANES *
           sizeof(double);
}

static void impossible(gamlp_diffusion_cost *cost, const char *why) {
    *cost = (gamlp_diffusion_cost){.possible = false};
    snprintf(cost->why, sizeof cost->why, "%s", why);
}

/* Set a cost, of either shape the cheaper one. */
static void set_cost(gamlp_diffusion_cost *cost, const shape *s, double start, double block,
                     double bytes, double steps) {
    double seconds = start + s->blocks * (block + s->extra);
    if (cost->possible && cost->seconds <= seconds) return;
    *cost = (gamlp_diffusion_cost){.possible = true,
                                   .seconds = seconds,
                                   .bytes = bytes,
                                   .steps = steps,
                                   .by_nodes = s->by_nodes};
}

static double factor_seconds(const gamlp_diffusion_plan *plan) {
    bool dense = plan->flops > dense_switch * plan->fill;
    return plan->flops / (dense ? rate_dense : rate_sparse);
}

static void cost_cholesky(gamlp_diffusion *d, const shape *s) {
    gamlp_diffusion_plan *plan = &d->report.plan;
    double steps = d->matrix.heat ? (double)d->series.terms : 1;
    /* A unit vector reaches only its path to the root. */
    double solve = (s->by_nodes && !d->matrix.heat ? 0.6 : 1) * 4 * plan->fill + 4 * s->n;
    set_cost(&plan->cost[GAMLP_DIFFUSION_CHOLESKY], s,
             factor_seconds(plan) + (plan->nested ? seconds_nested : seconds_degree) * s->entries,
             steps * LANES * solve / rate_solve,
             gamlp_cholesky_bytes(d->cholesky) + 12 * s->entries +
                 work_bytes(d, GAMLP_DIFFUSION_CHOLESKY),
             steps);
}

/* An incomplete factor divides the number of iterations by about 2.5. */
static void cost_cg(gamlp_diffusion *d, const shape *s) {
    const gamlp_system *y = &d->matrix;
    double condition = (1 + y->c * y->bound) / gamlp_system_gap(y);
    double steps = ceil(sqrt(condition) / 2 * log(2 / d->tolerance) / 2.5) + 1;
    double step = 4 * s->entries + 16 * s->n;
    set_cost(&d->report.plan.cost[GAMLP_DIFFUSION_CG], s, 20 * s->entries / rate_sparse,
             steps * LANES * step / rate_cg, 9 * s->entries + work_bytes(d, GAMLP_DIFFUSION_CG),
             steps);
}

static void cost_chebyshev(gamlp_diffusion *d, const shape *s, double terms) {
    double steps = d->matrix.heat ? terms : (double)gamlp_chebyshev_steps(&d->matrix, d->tolerance);
    double step = 2 * s->entries + 8 * s->n;
    set_cost(&d->report.plan.cost[GAMLP_DIFFUSION_CHEBYSHEV], s, 0,
             steps * LANES * step / rate_multiply, work_bytes(d, GAMLP_DIFFUSION_CHEBYSHEV), steps);
}

/* Either sweeps of the whole graph, or as far as the mass reaches. */
static void cost_push(gamlp_diffusion *d, const shape *s) {
    const gamlp_system *y = &d->matrix;
    double gap = gamlp_system_gap(y);
    double sweeps = log(1 / d->tolerance) / -log1p(-gap) * s->entries;
    double reach = sqrt(s->entries) / (gap * d->tolerance);
    double work = sweeps < reach ? sweeps : reach;
    set_cost(&d->report.plan.cost[GAMLP_DIFFUSION_PUSH], s, 0, LANES * work / rate_push,
             s->n * 21 + LANES * s->n * sizeof(double), work);
}

static gamlp_status analyse(gamlp_diffusion *d, gamlp_ordering ordering) {
    gamlp_cholesky *fresh = NULL;
    gamlp_diffusion_plan *plan = &d->report.plan;
    gamlp_status status = gamlp_cholesky_new(&fresh, &d->matrix.n, ordering);
    if (status != GAMLP_OK) return status;
    if (d->cholesky && gamlp_cholesky_flops(fresh) > plan->flops) {
        gamlp_cholesky_free(fresh);
        return GAMLP_OK;
    }
    gamlp_cholesky_free(d->cholesky);
    d->cholesky = fresh;
    plan->fill = gamlp_cholesky_fill(fresh);
    plan->flops = gamlp_cholesky_flops(fresh);
    plan->nested = ordering == GAMLP_ORDERING_METIS;
    return GAMLP_OK;
}

static double cheapest(const gamlp_diffusion_plan *plan) {
    double least = INFINITY;
    for (int m = 1; m < GAMLP_DIFFUSION_METHODS; m++)
        if (plan->cost[m].possible) least = fmin(least, plan->cost[m].seconds);
    return least;
}

/* Both orders are tried as long as that is cheap against the best of the rest. */
static gamlp_status consider_factor(gamlp_diffusion *d, const shape s[2]) {
    gamlp_diffusion_plan *plan = &d->report.plan;
    gamlp_diffusion_cost *cost = &plan->cost[GAMLP_DIFFUSION_CHOLESKY];
    const bool asked = d->options.method == GAMLP_DIFFUSION_CHOLESKY;
    gamlp_status status = GAMLP_OK;
    if (!asked && seconds_degree * s[0].entries > cheapest(plan)) {
        impossible(cost, "not analysed: that alone would take longer than another method");
        return GAMLP_OK;
    }
    GAMLP_TRY(analyse(d, GAMLP_ORDERING_AMD));
    for (int k = 0; k < 2; k++) cost_cholesky(d, &s[k]);
    double nested = seconds_nested * s[0].entries;
    if (cost->seconds > 8 * nested && (asked || nested < cheapest(plan) / 8)) {
        GAMLP_TRY(analyse(d, GAMLP_ORDERING_METIS));
        *cost = (gamlp_diffusion_cost){.possible = false};
        for (int k = 0; k < 2; k++) cost_cholesky(d, &s[k]);
    }
    if (isinf(cost->bytes)) impossible(cost, "its factor has more than 2147483647 entries");
done:
    return status;
}

/* heat: the expansion that has the method's name. */
static void choose_series(gamlp_diffusion *d, const shape s[2], gamlp_series *polynomial) {
    const double tolerance = d->tolerance;
    gamlp_series_polynomial(polynomial, d->matrix.t, tolerance);
    gamlp_series_rational(&d->series, d->matrix.t, tolerance);
    for (int k = 0; k < 2 && polynomial->terms > 0; k++)
        cost_chebyshev(d, &s[k], (double)polynomial->terms);
}

static gamlp_status apply_limit(gamlp_diffusion *d) {
    gamlp_diffusion_plan *plan = &d->report.plan;
    const double limit = (double)d->options.memory;
    double least = INFINITY;
    for (int m = 1; m < GAMLP_DIFFUSION_METHODS; m++) {
        gamlp_diffusion_cost *cost = &plan->cost[m];
        if (!cost->possible) continue;
        least = fmin(least, cost->bytes);
        if (limit == 0 || cost->bytes <= limit) continue;
        snprintf(cost->why, sizeof cost->why, "needs %.3g MB, the limit is %.3g MB",
                 cost->bytes / 1e6, limit / 1e6);
        cost->possible = false;
    }
    if (isfinite(cheapest(plan))) return GAMLP_OK;
    return gamlp_fail(
        GAMLP_E_CONFIG,
        "features: no way to compute a diffusion within %lld bytes of memory, expected "
        "at least %.0f",
        (long long)d->options.memory, least);
}

static gamlp_status pick(gamlp_diffusion *d) {
    gamlp_diffusion_plan *plan = &d->report.plan;
    const int asked = d->options.method;
    if (asked != GAMLP_DIFFUSION_AUTO) {
        if (!plan->cost[asked].possible)
            return gamlp_fail(GAMLP_E_CONFIG, "features: a diffusion by %s: %s",
                              gamlp_diffusion_method_name(asked), plan->cost[asked].why);
        plan->method = (gamlp_diffusion_method)asked;
        return GAMLP_OK;
    }
    for (int m = GAMLP_DIFFUSION_METHODS - 1; m > 0; m--)
        if (plan->cost[m].possible && plan->cost[m].seconds <= cheapest(plan))
            plan->method = (gamlp_diffusion_method)m;
    return GAMLP_OK;
}

gamlp_status gamlp_diffusion_choose(gamlp_diffusion *d, const gamlp_diffusion_job *job) {
    const shape s[2] = {shape_of(d, job, false), shape_of(d, job, true)};
    gamlp_diffusion_plan *plan = &d->report.plan;
    gamlp_series *polynomial = NULL;
    gamlp_status status = GAMLP_OK;
    if (d->matrix.heat) {
        GAMLP_TRY(gamlp_new(&polynomial, 1, sizeof *polynomial, "an expansion"));
        choose_series(d, s, polynomial);
        impossible(&plan->cost[GAMLP_DIFFUSION_CG], "is for ppr and katz");
        impossible(&plan->cost[GAMLP_DIFFUSION_PUSH], "is for ppr and katz");
        if (polynomial->terms == 0)
            impossible(&plan->cost[GAMLP_DIFFUSION_CHEBYSHEV], "needs more than 511 terms");
    } else {
        for (int k = 0; k < 2; k++) {
            cost_cg(d, &s[k]);
            cost_chebyshev(d, &s[k], 0);
        }
        cost_push(d, &s[1]);
    }
    GAMLP_TRY(consider_factor(d, s));
    if (d->matrix.heat && d->series.terms == 0)
        impossible(&plan->cost[GAMLP_DIFFUSION_CHOLESKY], "no expansion is accurate enough");
    GAMLP_TRY(apply_limit(d));
    GAMLP_TRY(pick(d));
    if (d->matrix.heat && plan->method == GAMLP_DIFFUSION_CHEBYSHEV) d->series = *polynomial;
done:
    gamlp_free(polynomial);
    return status;
}
