/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dlADMM's claim: no matrix is inverted, so that an iteration costs n^2 and not n^3 operations in
 * the width n of the layers.  The N columns being few and fixed, an iteration of a net of two
 * hidden layers of n neurons is measured against the same sweeps with the subproblems of a and W
 * solved exactly, as ADMM for neural networks did before (Taylor et al., ICML 2016):
 *
 *   a_l <- (beta W'W + nu I)^(-1) (beta W'(z - b) + nu f(z_l))
 *   W_l <- (z - b) a' (a a' + delta I)^(-1),  delta small */
#include <math.h>
#include <string.h>

#include "core/clock.h"
#include "gamlp/alloc.h"
#include "gamlp/dladmm.h"
#include "gamlp/rate.h"
#include "matrix/blas.h"
#include "runtime/theory.h"

enum { LAYERS = 3, CLASSES = 10, WARM_UP = 2, LEAST_ROUNDS = 3, MOST_ROUNDS = 200 };

/* The least seconds of a measurement. */
static const double long_enough = 0.2;

typedef struct cost {
    double operations, seconds; /* of one iteration; seconds: of processors, the fewest */
} cost;

static gamlp_status iteration_cost(cost *c, gamlp_dladmm *net) {
    double start = gamlp_clock(), before = 0;
    gamlp_status status = GAMLP_OK;
    c->seconds = INFINITY;
    for (int k = 0; k < WARM_UP; k++) GAMLP_TRY(gamlp_dladmm_iterate(net));
    before = gamlp_blas_operations();
    for (int k = 0; k < MOST_ROUNDS; k++) {
        double t = gamlp_clock_processor();
        GAMLP_TRY(gamlp_dladmm_iterate(net));
        c->seconds = fmin(c->seconds, gamlp_clock_processor() - t);
        c->operations = (gamlp_blas_operations() - before) / (k + 1);
        if (k + 1 >= LEAST_ROUNDS && gamlp_clock() - start > long_enough) break;
    }
done:
    return status;
}

/* Memory of the exact solves: a Gram matrix, a right-hand side, both also in double, since a a' of
 * few columns is hardly definite in float, and z - b. */
typedef struct solves {
    gamlp_dense gram, right, aim;
    double *factor, *x;
} solves;

static gamlp_dense view(const gamlp_dense *scratch, int64_t rows, int64_t cols) {
    return (gamlp_dense){rows, cols, scratch->data, true};
}

static void widen(double *out, const gamlp_dense *in) {
    for (int64_t i = 0; i < in->rows * in->cols; i++) out[i] = (double)in->data[i];
}

/* (gram + shift I)^(-1) right, into e->x. */
static gamlp_status solve(solves *e, const gamlp_dense *gram, double shift,
                          const gamlp_dense *right) {
    int64_t n = gram->rows;
    widen(e->factor, gram);
    widen(e->x, right);
    for (int64_t i = 0; i < n; i++) e->factor[i + i * n] += shift;
    if (!gamlp_blas_factor(e->factor, n))
        return gamlp_fail(GAMLP_E_NUMERIC, "a Gram matrix of width %lld is not definite",
                          (long long)n);
    gamlp_blas_solve(e->x, right->cols, e->factor, n);
    return GAMLP_OK;
}

/* z - b 1' */
static void aim_at(gamlp_dense *aim, const gamlp_pdadmm_state *s) {
    for (int64_t j = 0; j < aim->cols; j++)
        for (int64_t i = 0; i < aim->rows; i++)
            aim->data[i + j * aim->rows] = s->z->data[i + j * aim->rows] - s->b->data[i];
}

/* The input a of the layer with state s, f(z) being what a is now. */
static gamlp_status solve_a(solves *e, const gamlp_pdadmm_state *s, double nu, double beta) {
    int64_t n = s->w->cols, columns = s->p->cols;
    gamlp_dense gram = view(&e->gram, n, n), right = view(&e->right, n, columns);
    gamlp_dense aim = view(&e->aim, s->w->rows, columns);
    aim_at(&aim, s);
    memcpy(right.data, s->p->data, (size_t)(n * columns) * sizeof *right.data);
    gamlp_blas_multiply(&gram, (gamlp_real)beta, GAMLP_TRANSPOSED, s->w, GAMLP_PLAIN, s->w, 0);
    gamlp_blas_multiply(&right, (gamlp_real)beta, GAMLP_TRANSPOSED, s->w, GAMLP_PLAIN, &aim,
                        (gamlp_real)nu);
    return solve(e, &gram, nu, &right);
}

/* W', since the factor stands on its left. */
static gamlp_status solve_w(solves *e, const gamlp_pdadmm_state *s) {
    static const double delta = 1e-3;
    int64_t n = s->w->cols;
    gamlp_dense gram = view(&e->gram, n, n), right = view(&e->right, n, s->w->rows);
    gamlp_dense aim = view(&e->aim, s->w->rows, s->p->cols);
    aim_at(&aim, s);
    gamlp_blas_multiply(&gram, 1, GAMLP_PLAIN, s->p, GAMLP_TRANSPOSED, s->p, 0);
    gamlp_blas_multiply(&right, 1, GAMLP_PLAIN, s->p, GAMLP_TRANSPOSED, &aim, 0);
    return solve(e, &gram, delta, &right);
}

/* What both sweeps solve, of layers 2 and 3; layer 1, whose X is the same for every width, is left
 * out. */
static gamlp_status solve_all(solves *e, const gamlp_dladmm *net) {
    const gamlp_dladmm_options *o = gamlp_dladmm_options_now(net);
    gamlp_status status = GAMLP_OK;
    for (int sweep = 0; sweep < 2; sweep++)
        for (int64_t l = 2; l <= LAYERS; l++) {
            gamlp_pdadmm_state s = gamlp_dladmm_state_of(net, l);
            GAMLP_TRY(solve_a(e, &s, o->nu, l < LAYERS ? o->nu : o->rho));
            GAMLP_TRY(solve_w(e, &s));
        }
done:
    return status;
}

static gamlp_status exact_cost(cost *c, const gamlp_dladmm *net, int64_t width, int64_t columns) {
    int64_t rows = width > CLASSES ? width : CLASSES, most = rows > columns ? rows : columns;
    solves e = {0};
    double before, start;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_dense_init(&e.gram, width, width));
    GAMLP_TRY(gamlp_dense_init(&e.right, width, most));
    GAMLP_TRY(gamlp_dense_init(&e.aim, rows, columns));
    GAMLP_TRY(gamlp_new(&e.factor, width * width, sizeof *e.factor, "a factor"));
    GAMLP_TRY(gamlp_new(&e.x, width * most, sizeof *e.x, "a solution"));
    before = gamlp_blas_operations();
    start = gamlp_clock();
    c->seconds = INFINITY;
    for (int k = 0; k < MOST_ROUNDS; k++) {
        double t = gamlp_clock_processor();
        GAMLP_TRY(solve_all(&e, net));
        c->seconds = fmin(c->seconds, gamlp_clock_processor() - t);
        c->operations = (gamlp_blas_operations() - before) / (k + 1);
        if (gamlp_clock() - start > long_enough) break;
    }
done:
    gamlp_dense_clear(&e.gram);
    gamlp_dense_clear(&e.right);
    gamlp_dense_clear(&e.aim);
    gamlp_free(e.factor);
    gamlp_free(e.x);
    return status;
}

static gamlp_status measure(cost *ours, cost *exact, const gamlp_theory_options *o, int64_t width) {
    gamlp_theory_sample sample;
    gamlp_dladmm_options options;
    gamlp_dladmm *net = NULL;
    gamlp_status status = gamlp_theory_sample_init(&sample, o->columns, o->columns, CLASSES, LAYERS,
                                                   width, (uint64_t)o->seed);
    if (status != GAMLP_OK) return status;
    gamlp_dladmm_options_default(&options);
    options.rho = 1.5;
    GAMLP_TRY(gamlp_dladmm_new(&net, sample.problem, &sample.plan, &options));
    GAMLP_TRY(gamlp_dladmm_start(net));
    GAMLP_TRY(iteration_cost(ours, net));
    GAMLP_TRY(exact_cost(exact, net, width, o->columns));
done:
    gamlp_dladmm_free(net);
    gamlp_theory_sample_clear(&sample);
    return status;
}

static gamlp_status tell_width(gamlp_theory_run *run, int64_t width, const cost *ours,
                               const cost *exact) {
    gamlp_json *line = gamlp_json_object();
    gamlp_json_set_text(line, "check", "cost");
    gamlp_json_set_text(line, "solver", "dladmm");
    gamlp_json_set_int(line, "width", width);
    gamlp_json_set_int(line, "columns", run->options->columns);
    gamlp_json_set_real(line, "operations", ours->operations);
    gamlp_json_set_real(line, "seconds", ours->seconds);
    gamlp_json_set_real(line, "exact_operations", exact->operations);
    gamlp_json_set_real(line, "exact_seconds", exact->seconds);
    return gamlp_theory_tell(run, line);
}

/* d log y / d log n by least squares over widths of at least four times the columns, where n
 * dominates N; all widths when fewer than two are. */
static double slope(const double *y, const gamlp_ints *width, int64_t least) {
    double count = 0, x = 0, v = 0, xx = 0, xv = 0;
    for (int64_t i = 0; i < width->count; i++) {
        if (width->value[i] < least) continue;
        double lx = log((double)width->value[i]), ly = log(y[i]);
        count++;
        x += lx;
        v += ly;
        xx += lx * lx;
        xv += lx * ly;
    }
    if (count < 2) return least > 0 ? slope(y, width, 0) : 0;
    return (count * xv - x * v) / (count * xx - x * x);
}

gamlp_status gamlp_theory_cost(gamlp_theory_run *run) {
    enum { OURS, SECONDS, EXACT, EXACT_SECONDS, KINDS };
    static const char *const name[KINDS] = {"operations_slope", "seconds_slope",
                                            "exact_operations_slope", "exact_seconds_slope"};
    const gamlp_ints *width = &run->options->widths;
    double y[KINDS][GAMLP_OPTION_LIST];
    gamlp_status status = GAMLP_OK;
    for (int64_t i = 0; i < width->count; i++) {
        cost ours = {0, 0}, exact = {0, 0};
        GAMLP_TRY(measure(&ours, &exact, run->options, width->value[i]));
        GAMLP_TRY(tell_width(run, width->value[i], &ours, &exact));
        y[OURS][i] = ours.operations;
        y[SECONDS][i] = ours.seconds;
        y[EXACT][i] = exact.operations;
        y[EXACT_SECONDS][i] = exact.seconds;
    }
    gamlp_json *line = gamlp_json_object();
    gamlp_json_set_text(line, "check", "cost");
    gamlp_json_set_text(line, "solver", "dladmm");
    gamlp_json_set_int(line, "from_width", 4 * run->options->columns);
    for (int k = 0; k < KINDS; k++)
        gamlp_json_set_real(line, name[k], slope(y[k], width, 4 * run->options->columns));
    status = gamlp_theory_tell(run, line);
done:
    return status;
}
