/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "solver/last.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "core/exp.h"
#include "core/hot.h"
#include "gamlp/alloc.h"
#include "gamlp/threads.h"

/* Columns are solved in groups of LANES, class by class: lane k of an array
 * of C x LANES doubles is one column, so that every loop over lanes vectorises. */
enum { LANES = 8, ARRAYS = 6, MAX_NEWTON = 60, MAX_FISTA = 5000, MAX_HALVINGS = 40 };

/* The gradient is beta-strongly monotone: |gradient| <= precision * beta puts z
 * within `precision` of the solution. */
static const double precision = sizeof(gamlp_real) == sizeof(double) ? 1e-13 : 1e-8;

typedef struct group {
    int64_t classes;
    double *z, *c, *y;  /* unknown, centre, targets (uniform in an unused lane)            */
    double *s, *d, *t;  /* softmax, direction, trial point                                 */
    double beta[LANES]; /* over the weight of the column's class, which is taken out of R  */
} group;

gamlp_status gamlp_last_init(gamlp_last *last, int64_t classes, int64_t columns,
                             const gamlp_loss *loss, const int32_t *label) {
    *last = (gamlp_last){.classes = classes, .columns = columns, .loss = *loss};
    int64_t groups = (columns + LANES - 1) / LANES;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new(&last->work, groups * ARRAYS * classes * LANES, sizeof *last->work,
                        "the last layer's solve"));
    GAMLP_TRY(gamlp_new(&last->sums, groups * 3, sizeof *last->sums, "the last layer's sums"));
    GAMLP_TRY(gamlp_new(&last->weight, classes, sizeof *last->weight, "the weights of classes"));
    GAMLP_TRY(gamlp_loss_class_weights(last->weight, loss, label, columns, classes));
done:
    if (status != GAMLP_OK) gamlp_last_clear(last);
    return status;
}

void gamlp_last_clear(gamlp_last *last) {
    if (!last) return;
    gamlp_free(last->work);
    gamlp_free(last->sums);
    gamlp_free(last->weight);
    *last = (gamlp_last){0};
}

/* Each column's R(z) + (beta/2) ||z - c||^2, and softmax(z) in s. */
GAMLP_HOT static void objective(double *value, double *risk, const group *g, const double *z,
                                double *s) {
    double most[LANES], sum[LANES] = {0}, picked[LANES] = {0}, distance[LANES] = {0};
    memcpy(most, z, sizeof most);
    for (int64_t c = 1; c < g->classes; c++)
        for (int k = 0; k < LANES; k++) {
            double zk = z[c * LANES + k];
            most[k] = zk > most[k] ? zk : most[k];
        }
    for (int64_t c = 0; c < g->classes; c++)
        for (int k = 0; k < LANES; k++) {
            int64_t e = c * LANES + k;
            double off = z[e] - g->c[e];
            s[e] = gamlp_exp_negative(z[e] - most[k]);
            sum[k] += s[e];
            picked[k] += g->y[e] * (z[e] - most[k]);
            distance[k] += off * off;
        }
    for (int64_t c = 0; c < g->classes; c++)
        for (int k = 0; k < LANES; k++) s[c * LANES + k] /= sum[k];
    for (int k = 0; k < LANES; k++) {
        risk[k] = log(sum[k]) - picked[k];
        value[k] = risk[k] + 0.5 * g->beta[k] * distance[k];
    }
}

/* Largest gradient entry of each column; the Newton direction in g->d, its slope along the
 * gradient.  With D = diag(s) + beta I the Hessian is D - s s'. */
GAMLP_HOT static void direction(double *worst, double *slope, const group *g) {
    double a[LANES] = {0}, b[LANES] = {0};
    for (int k = 0; k < LANES; k++) worst[k] = slope[k] = 0;
    for (int64_t c = 0; c < g->classes; c++)
        for (int k = 0; k < LANES; k++) {
            int64_t e = c * LANES + k;
            double gradient = g->s[e] - g->y[e] + g->beta[k] * (g->z[e] - g->c[e]);
            double inverse = 1 / (g->s[e] + g->beta[k]), size = fabs(gradient);
            g->t[e] = gradient;
            worst[k] = size > worst[k] ? size : worst[k];
            a[k] += g->s[e] * inverse * gradient;
            b[k] += g->s[e] * g->beta[k] * inverse; /* 1 - s' D^-1 s, without cancellation */
        }
    for (int64_t c = 0; c < g->classes; c++)
        for (int k = 0; k < LANES; k++) {
            int64_t e = c * LANES + k;
            double inverse = 1 / (g->s[e] + g->beta[k]);
            g->d[e] = -inverse * (g->t[e] + g->s[e] * a[k] / b[k]);
            slope[k] += g->d[e] * g->t[e];
        }
}

/* Armijo halving per lane from step 1; lanes that are done have step 0. */
static void line_search(double *value, double *risk, group *g, const double *slope,
                        const double *worst, const double *tolerance) {
    double step[LANES], trial_value[LANES], trial_risk[LANES];
    for (int k = 0; k < LANES; k++) step[k] = worst[k] <= tolerance[k] ? 0 : 1;
    for (int tries = 0; tries < MAX_HALVINGS; tries++) {
        for (int64_t c = 0; c < g->classes; c++)
            for (int k = 0; k < LANES; k++)
                g->t[c * LANES + k] = g->z[c * LANES + k] + step[k] * g->d[c * LANES + k];
        objective(trial_value, trial_risk, g, g->t, g->s);
        bool accepted = true;
        for (int k = 0; k < LANES; k++) {
            double slack = 1e-14 * (1 + fabs(value[k])); /* rounding near the minimum */
            if (step[k] == 0 || trial_value[k] <= value[k] + 1e-4 * step[k] * slope[k] + slack)
                continue;
            step[k] *= tries + 2 < MAX_HALVINGS ? 0.5 : 0;
            accepted = false;
        }
        if (accepted) break;
    }
    memcpy(g->z, g->t, (size_t)(g->classes * LANES) * sizeof *g->z);
    memcpy(value, trial_value, sizeof trial_value);
    memcpy(risk, trial_risk, sizeof trial_risk);
}

static void newton(double *risk, group *g) {
    double value[LANES], worst[LANES], slope[LANES], tolerance[LANES];
    for (int k = 0; k < LANES; k++) tolerance[k] = fmax(precision * g->beta[k], 4e-16);
    objective(value, risk, g, g->z, g->s);
    for (int i = 0; i < MAX_NEWTON; i++) {
        direction(worst, slope, g);
        bool done = true;
        for (int k = 0; k < LANES; k++) done = done && !(worst[k] > tolerance[k]);
        if (done) break;
        line_search(value, risk, g, slope, worst, tolerance);
    }
}

/* x_{i+1} = (beta c + (y_i - eta grad R(y_i)) / eta) / (beta + 1/eta), eta = 2; g->t holds y_i,
 * g->d holds x_i. */
static void fista(double *risk, group *g) {
    double start[LANES], value[LANES], worst[LANES], slope[LANES], momentum = 1;
    size_t bytes = (size_t)(g->classes * LANES) * sizeof *g->z;
    double eta = 2;
    objective(start, risk, g, g->z, g->s);
    double *y = g->t, *x = g->d, *old = g->z;
    memcpy(y, g->z, bytes);
    memcpy(x, g->z, bytes);
    for (int i = 0; i < MAX_FISTA; i++) {
        double next = (1 + sqrt(1 + 4 * momentum * momentum)) / 2, most = 0;
        objective(value, worst, g, y, g->s);
        for (int64_t e = 0; e < g->classes * LANES; e++) {
            double beta = g->beta[e % LANES];
            double fresh = (beta * g->c[e] + y[e] / eta - (g->s[e] - g->y[e])) / (beta + 1 / eta);
            y[e] = fresh + (momentum - 1) / next * (fresh - x[e]);
            x[e] = fresh;
        }
        momentum = next;
        objective(value, worst, g, x, g->s);
        for (int64_t e = 0; e < g->classes * LANES; e++) {
            double beta = g->beta[e % LANES];
            double gradient = fabs(g->s[e] - g->y[e] + beta * (x[e] - g->c[e]));
            gradient /= beta < 1 ? 1 : beta;
            most = gradient > most ? gradient : most;
        }
        if (!(most > 1e-6)) break;
    }
    objective(value, slope, g, x, g->s);
    for (int k = 0; k < LANES; k++) {
        if (!(value[k] <= start[k])) continue;
        for (int64_t c = 0; c < g->classes; c++) old[c * LANES + k] = x[c * LANES + k];
        risk[k] = slope[k];
    }
}

/* ||z - y||^2/2 + (beta/2) ||z - c||^2 has its minimum at (y + beta c)/(1 + beta). */
static void squared(double *risk, group *g) {
    for (int k = 0; k < LANES; k++) risk[k] = 0;
    for (int64_t c = 0; c < g->classes; c++)
        for (int k = 0; k < LANES; k++) {
            int64_t e = c * LANES + k;
            g->z[e] = (g->y[e] + g->beta[k] * g->c[e]) / (1 + g->beta[k]);
            risk[k] += 0.5 * (g->z[e] - g->y[e]) * (g->z[e] - g->y[e]);
        }
}

typedef struct solve {
    void (*method)(double *risk, group *g);
    gamlp_dense *z, *r;
    const gamlp_last *last;
    const gamlp_dense *m, *b;
    const int32_t *label;
    double beta;
} solve;

static double weight_of(const solve *task, int64_t column) {
    return task->last->weight[task->label[column]];
}

static void load(group *g, const solve *task, int64_t first, int64_t count) {
    int64_t classes = g->classes;
    memset(g->z, 0, (size_t)(3 * classes * LANES) * sizeof *g->z);
    for (int64_t k = 0; k < count; k++) {
        for (int64_t c = 0; c < classes; c++) {
            int64_t e = c + (first + k) * classes;
            g->z[c * LANES + k] = task->z->data[e];
            g->c[c * LANES + k] = task->m->data[e] + task->b->data[c];
        }
        double smoothing = task->last->loss.smoothing, spread = smoothing / (double)classes;
        int32_t label = task->label[first + k];
        for (int64_t c = 0; c < classes && smoothing > 0; c++) g->y[c * LANES + k] = spread;
        g->y[label * LANES + k] += 1 - smoothing;
        g->beta[k] = task->beta / weight_of(task, first + k);
    }
    /* At rest already: z = c = 0 and softmax(z) = y. */
    for (int64_t k = count; k < LANES; k++) {
        g->beta[k] = 1;
        for (int64_t c = 0; c < classes; c++) g->y[c * LANES + k] = 1 / (double)classes;
    }
}

static void store(double *sums, const group *g, const solve *task, const double *risk,
                  int64_t first, int64_t count) {
    int64_t classes = g->classes;
    for (int64_t k = 0; k < count; k++) {
        sums[0] += weight_of(task, first + k) * risk[k];
        for (int64_t c = 0; c < classes; c++) {
            int64_t e = c + (first + k) * classes;
            gamlp_real z = (gamlp_real)g->z[c * LANES + k];
            gamlp_real centre = task->m->data[e] + task->b->data[c];
            double dz = (double)z - (double)task->z->data[e];
            gamlp_real r = centre - z;
            sums[1] += (double)r * (double)r;
            sums[2] += dz * dz;
            task->z->data[e] = z;
            task->r->data[e] = r;
        }
    }
}

static void solve_group(void *context, int64_t index) {
    const solve *task = context;
    int64_t size = task->last->classes * LANES, first = index * LANES;
    int64_t count = task->last->columns - first < LANES ? task->last->columns - first : LANES;
    double *work = task->last->work + index * ARRAYS * size, risk[LANES];
    group g = {
        task->last->classes, work, work + size, work + 2 * size, work + 3 * size, work + 4 * size,
        work + 5 * size,     {0}};
    double *sums = task->last->sums + 3 * index;
    sums[0] = sums[1] = sums[2] = 0;
    load(&g, task, first, count);
    (task->last->loss.kind == GAMLP_LOSS_SQUARED ? squared : task->method)(risk, &g);
    store(sums, &g, task, risk, first, count);
}

static gamlp_last_sums solve_all(solve *task) {
    int64_t groups = (task->last->columns + LANES - 1) / LANES;
    gamlp_parallel(groups, solve_group, task);
    gamlp_last_sums total = {0, 0, 0};
    for (int64_t i = 0; i < groups; i++) {
        total.risk += task->last->sums[3 * i];
        total.fit += task->last->sums[3 * i + 1];
        total.dz += task->last->sums[3 * i + 2];
    }
    return total;
}

gamlp_last_sums gamlp_last_newton(gamlp_dense *z, gamlp_dense *r, const gamlp_last *last,
                                  const gamlp_dense *m, const gamlp_dense *b, const int32_t *label,
                                  double beta) {
    solve task = {newton, z, r, last, m, b, label, beta};
    return solve_all(&task);
}

gamlp_last_sums gamlp_last_fista(gamlp_dense *z, gamlp_dense *r, const gamlp_last *last,
                                 const gamlp_dense *m, const gamlp_dense *b, const int32_t *label,
                                 double beta) {
    solve task = {fista, z, r, last, m, b, label, beta};
    return solve_all(&task);
}
