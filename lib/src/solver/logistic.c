/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Multinomial logistic regression by a truncated Newton method: the Newton equation is solved by
 * conjugate gradients only as far as it helps, and the step is shortened until the objective falls
 * (Nocedal, Wright, Numerical Optimization, algorithm 7.1).  With s = softmax(z), column by column,
 * the Hessian of R takes V to s * V - s (s'V). */
#include <math.h>
#include <string.h>

#include "gamlp/threads.h"
#include "matrix/blas.h"
#include "solver/kernels.h"
#include "solver/linear_model.h"

enum { MAX_NEWTON = 100, MAX_CG = 250, MAX_HALVINGS = 30, COLUMNS = 64 };

/* Norm of the gradient in a solution over that at W = 0. */
static const double precision = sizeof(gamlp_real) == sizeof(double) ? 1e-10 : 1e-5;

static void set_zero(gamlp_dense *a) {
    memset(a->data, 0, (size_t)(a->rows * a->cols) * sizeof *a->data);
}

/* y <- y + a x, of weights, image and bias. */
static void add(gamlp_affine *y, double a, const gamlp_affine *x, bool image) {
    gamlp_kernel_step(&y->w, (gamlp_real)-a, &x->w);
    gamlp_kernel_step(&y->b, (gamlp_real)-a, &x->b);
    if (image) gamlp_kernel_step(&y->image, (gamlp_real)-a, &x->image);
}

static void scale(gamlp_affine *y, double a, bool image) {
    gamlp_kernel_scale_copy(&y->w, (gamlp_real)a, &y->w);
    gamlp_kernel_scale_copy(&y->b, (gamlp_real)a, &y->b);
    if (image) gamlp_kernel_scale_copy(&y->image, (gamlp_real)a, &y->image);
}

typedef struct hessian_task {
    gamlp_linear *linear;
    const int32_t *label;
} hessian_task;

/* t_:j <- s * v_:j - s (s'v_:j); d holds s - y. */
static void hessian_chunk(void *context, int64_t chunk) {
    const hessian_task *task = context;
    gamlp_linear *linear = task->linear;
    int64_t classes = linear->classes, end = (chunk + 1) * COLUMNS;
    if (end > linear->columns) end = linear->columns;
    for (int64_t j = chunk * COLUMNS; j < end; j++) {
        const gamlp_real *d = linear->d.data + j * classes, *v = linear->v.data + j * classes;
        gamlp_real *t = linear->t.data + j * classes;
        double mean = 0;
        for (int64_t c = 0; c < classes; c++)
            mean += ((double)d[c] + (c == task->label[j])) * (double)v[c];
        for (int64_t c = 0; c < classes; c++)
            t[c] = (gamlp_real)(((double)d[c] + (c == task->label[j])) * ((double)v[c] - mean));
    }
}

/* h <- Hessian p; returns <p, h>. */
static gamlp_status apply_hessian(double *curvature, gamlp_linear *linear, double l2) {
    hessian_task task = {linear, linear->problem->label};
    gamlp_affine_apply(&linear->v, &linear->p);
    gamlp_parallel((linear->columns + COLUMNS - 1) / COLUMNS, hessian_chunk, &task);
    *curvature = gamlp_kernel_dot(&linear->t, &linear->v) +
                 l2 * gamlp_affine_dot(linear, &linear->p, &linear->p);
    return gamlp_affine_adjoint(&linear->h, linear, &linear->t, l2, &linear->p);
}

static double square_of(const gamlp_linear *linear, const gamlp_affine *a) {
    return fmax(gamlp_affine_dot(linear, a, a), 0) + gamlp_affine_dot_bias(a, a);
}

/* The direction is gathered in `step`; linear->g becomes the residual of its equation. */
static gamlp_status find_step(gamlp_affine *step, gamlp_linear *linear, double l2) {
    gamlp_affine *r = &linear->g, *p = &linear->p, *h = &linear->h;
    bool image = linear->gram;
    gamlp_status status = GAMLP_OK;
    double rr = square_of(linear, r), start = rr, curvature;
    double part = fmin(0.1, sqrt(sqrt(start))), enough = part * part * start;
    set_zero(&step->w);
    set_zero(&step->b);
    set_zero(&step->image);
    gamlp_kernel_scale_copy(&p->w, -1, &r->w);
    gamlp_kernel_scale_copy(&p->b, -1, &r->b);
    gamlp_kernel_scale_copy(&p->image, -1, &r->image);
    for (int k = 0; k < MAX_CG && rr > enough; k++) {
        if (!image) GAMLP_TRY(gamlp_affine_refresh(p, linear));
        GAMLP_TRY(apply_hessian(&curvature, linear, l2));
        linear->figures.cg++;
        if (!(curvature > 0)) break;
        double alpha = rr / curvature;
        add(step, alpha, p, true);
        add(r, alpha, h, image);
        double fresh = square_of(linear, r);
        scale(p, fresh / rr, image);
        add(p, -1, r, image);
        rr = fresh;
    }
done:
    return status;
}

/* R + (l2/2) ||W||^2 along W + a P, from the images alone. */
typedef struct ray {
    double ww, wp, pp, l2;
    gamlp_dense z; /* W X + b 1'; its direction is linear->v */
} ray;

/* R at z, and its gradient in d, which may be z. */
static double risk_of(gamlp_dense *d, gamlp_linear *linear, const gamlp_dense *z) {
    static const gamlp_loss plain;
    gamlp_labels labels = {linear->problem->label, &plain, NULL};
    return gamlp_backward_loss(d, &linear->sums, z, &labels, 1);
}

static double value_at(gamlp_linear *linear, const ray *r, double a) {
    gamlp_kernel_scale_copy(&linear->t, 1, &r->z);
    gamlp_kernel_step(&linear->t, (gamlp_real)-a, &linear->v);
    double risk = risk_of(&linear->t, linear, &linear->t);
    return risk + 0.5 * r->l2 * (r->ww + 2 * a * r->wp + a * a * r->pp);
}

/* The first of 1, 1/2, 1/4, ... that lowers the objective as Armijo asks; 0: none does. */
static double line_search(gamlp_linear *linear, ray *r, double value) {
    const gamlp_affine *step = &linear->step;
    gamlp_affine_apply(&linear->v, step);
    r->wp = gamlp_affine_dot(linear, &linear->at, step);
    r->pp = gamlp_affine_dot(linear, step, step);
    double slope = gamlp_kernel_dot(&linear->d, &linear->v) + r->l2 * r->wp, a = 1;
    for (int k = 0; k < MAX_HALVINGS; k++, a /= 2)
        if (value_at(linear, r, a) <= value + 1e-4 * a * slope) return a;
    return 0;
}

/* The norm of the gradient at W = 0 and b = 0. */
static gamlp_status reference_norm(double *norm, gamlp_linear *linear) {
    set_zero(&linear->t);
    risk_of(&linear->d, linear, &linear->t);
    gamlp_status status = gamlp_affine_adjoint(&linear->g, linear, &linear->d, 0, &linear->at);
    *norm = sqrt(square_of(linear, &linear->g));
    return status;
}

/* Objective and gradient where the model is. */
static gamlp_status measure(gamlp_linear *linear, ray *r) {
    gamlp_linear_figures *f = &linear->figures;
    gamlp_affine_apply(&r->z, &linear->at);
    f->risk = risk_of(&linear->d, linear, &r->z);
    r->ww = gamlp_affine_dot(linear, &linear->at, &linear->at);
    f->objective = f->risk + 0.5 * r->l2 * r->ww;
    gamlp_status status = gamlp_affine_adjoint(&linear->g, linear, &linear->d, r->l2, &linear->at);
    f->gradient = sqrt(square_of(linear, &linear->g));
    return status;
}

gamlp_status gamlp_logistic_solve(gamlp_linear *linear, double l2) {
    gamlp_linear_figures *f = &linear->figures;
    ray r = {.l2 = l2, .z = {linear->classes, linear->columns, linear->forward.data, true}};
    double reference;
    gamlp_status status = GAMLP_OK;
    f->newton = f->cg = 0;
    GAMLP_TRY(gamlp_affine_refresh(&linear->at, linear));
    GAMLP_TRY(reference_norm(&reference, linear));
    GAMLP_TRY(measure(linear, &r));
    while (f->newton < MAX_NEWTON && f->gradient > precision * reference) {
        GAMLP_TRY(find_step(&linear->step, linear, l2));
        double a = line_search(linear, &r, f->objective);
        if (a == 0) break; /* as low as rounding lets it be */
        add(&linear->at, a, &linear->step, true);
        f->newton++;
        GAMLP_TRY(measure(linear, &r));
    }
done:
    return status;
}
