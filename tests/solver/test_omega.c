/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "net.h"
#include "oracle.h"

static const double rounding = sizeof(gamlp_real) == sizeof(double) ? 1e-10 : 3e-5;

static gamlp_regulariser make(int kind) {
    gamlp_regulariser omega = {.kind = (gamlp_regulariser_kind)kind,
                               .weight = 0.02,
                               .low = -0.06,
                               .high = 0.11,
                               .bound = 0.25,
                               .share = 0.4};
    return omega;
}

/* `features` > 12 columns: layer 1 would be in Gram form. */
static void make_net(net *t, int kind, int64_t features, gamlp_regularised where) {
    net_init(t, features, 12, 3, 3, 6, 17);
    t->options.omega = make(kind);
    t->options.regularised = where;
    t->options.l2 = 0.05;
}

typedef struct weights {
    omat w[4], b[4], z[4];
} weights;

static void note(weights *old, const gamlp_pdadmm *block) {
    gamlp_model model;
    CHECK_OK(gamlp_pdadmm_export(&model, block));
    for (int64_t l = 1; l <= 3; l++) {
        old->w[l] = omat_from(&model.layer[l - 1].weight);
        old->b[l] = omat_from(&model.layer[l - 1].bias);
        old->z[l] = omat_from(gamlp_pdadmm_state_of(block, l).z);
    }
    gamlp_model_clear(&model);
}

static void forget(weights *old) {
    for (int64_t l = 1; l <= 3; l++) {
        omat_free(&old->w[l]);
        omat_free(&old->b[l]);
        omat_free(&old->z[l]);
    }
}

/* v = W - G/theta with G = nu (W p + b - z) p', written out. */
static void gradient_point(gamlp_dense *v, const weights *old, int64_t l, const omat *p, double nu,
                           double theta) {
    omat r = omat_mul(&old->w[l], false, p, false);
    for (int64_t i = 0; i < r.rows * r.cols; i++)
        r.v[i] += old->b[l].v[i % r.rows] - old->z[l].v[i];
    omat g = omat_mul(&r, false, p, true);
    CHECK_OK(gamlp_dense_init(v, g.rows, g.cols));
    for (int64_t i = 0; i < g.rows * g.cols; i++)
        v->data[i] = (gamlp_real)(old->w[l].v[i] - nu * g.v[i] / theta);
    omat_free(&r);
    omat_free(&g);
}

/* nu ||D p||^2 <= theta ||D||^2. */
static void check_admissible(const omat *d, const omat *p, double nu, double theta) {
    omat image = omat_mul(d, false, p, false);
    double curvature = nu * omat_square(&image), square = omat_square(d);
    if (!(curvature <= theta * square * (1 + 10 * rounding) + 1e-14))
        fail_msg("nu ||D p||^2 = %.9g, theta ||D||^2 = %.9g", curvature, theta * square);
    omat_free(&image);
}

static void check_step(const weights *old, const gamlp_pdadmm *block, const net *t, int64_t l) {
    gamlp_pdadmm_state s = gamlp_pdadmm_state_of(block, l);
    const gamlp_regulariser *omega = gamlp_pdadmm_omega(&t->options, l, 3);
    double theta = gamlp_pdadmm_layer_figures(block, l)->theta, nu = t->options.nu;
    omat p = omat_from(l == 1 ? &t->dense : s.p), d = omat_from(s.w);
    gamlp_dense v;
    gradient_point(&v, old, l, &p, nu, theta);
    double *work = calloc((size_t)gamlp_regulariser_work(omega, v.rows, v.cols) + 1, sizeof *work);
    gamlp_regulariser_prox(&v, omega, t->options.l2, theta, work);
    check_close(s.w, &v, rounding, "W");
    for (int64_t i = 0; i < d.rows * d.cols; i++) d.v[i] -= old->w[l].v[i];
    check_admissible(&d, &p, nu, theta);
    free(work);
    omat_free(&p);
    omat_free(&d);
    gamlp_dense_clear(&v);
}

/* Iterations whose steps of W are the proximal steps that they should be. */
static void steps_are_proximal(void **state) {
    (void)state;
    for (int kind = GAMLP_OMEGA_L1; kind < GAMLP_OMEGAS; kind++)
        for (int c = 0; c < 3; c++) {
            net t;
            make_net(&t, kind, c == 1 ? 7 : 30, GAMLP_REGULARISED_ALL);
            t.options.step = c == 2 ? GAMLP_STEP_BACKTRACK : GAMLP_STEP_EXACT;
            gamlp_pdadmm *block = net_start(&t);
            for (int k = 0; k < 4; k++) {
                weights old;
                note(&old, block);
                CHECK_OK(gamlp_pdadmm_step_primal(block));
                for (int64_t l = 1; l <= 3; l++) check_step(&old, block, &t, l);
                CHECK_OK(gamlp_pdadmm_step_dual(block));
                forget(&old);
            }
            gamlp_pdadmm_free(block);
            net_clear(&t);
        }
}

/* What a constraint says of W. */
static bool obeys(const gamlp_regulariser *o, const gamlp_dense *w) {
    int64_t nonzero = 0;
    for (int64_t i = 0; i < w->rows * w->cols; i++) {
        double v = w->data[i];
        nonzero += v != 0;
        if (o->kind == GAMLP_OMEGA_NON_NEGATIVE && v < 0) return false;
        if (o->kind == GAMLP_OMEGA_BOX &&
            (v < (double)(gamlp_real)o->low || v > (double)(gamlp_real)o->high))
            return false;
    }
    double share = ceil(o->share * (double)(w->rows * w->cols));
    return o->kind != GAMLP_OMEGA_TOP_K || (double)nonzero <= share;
}

/* Theory mode fails where the Lagrangian rises; the objective is what the definition says. */
static void the_lagrangian_falls(void **state) {
    (void)state;
    for (int kind = GAMLP_OMEGA_L1; kind < GAMLP_OMEGAS; kind++)
        for (int where = 0; where < 4; where++) {
            net t;
            make_net(&t, kind, 30, (gamlp_regularised)where);
            t.options.mode = GAMLP_MODE_THEORY;
            t.options.nu = 0.05;
            t.options.rho = 0.3;
            gamlp_pdadmm *block = net_start(&t);
            for (int k = 0; k < 120; k++) CHECK_OK(gamlp_pdadmm_iterate(block));
            gamlp_model model;
            CHECK_OK(gamlp_pdadmm_export(&model, block));
            double penalty = 0, known = 0;
            for (int64_t l = 1; l <= 3; l++) {
                const gamlp_regulariser *omega = gamlp_pdadmm_omega(&t.options, l, 3);
                const gamlp_dense *w = &model.layer[l - 1].weight;
                omat square = omat_from(w);
                penalty += gamlp_pdadmm_layer_figures(block, l)->penalty;
                known += 0.5 * t.options.l2 * omat_square(&square);
                if (omega) known += gamlp_regulariser_value(omega, w);
                assert_true(!omega || obeys(omega, w));
                omat_free(&square);
            }
            assert_true(fabs(penalty - known) < 1e-4 * (1 + known));
            gamlp_model_clear(&model);
            gamlp_pdadmm_free(block);
            net_clear(&t);
        }
}

static void layers_are_chosen(void **state) {
    (void)state;
    static const bool chosen[4][3] = {{1, 1, 1}, {1, 0, 0}, {1, 1, 0}, {0, 0, 1}};
    gamlp_pdadmm_options o;
    gamlp_pdadmm_options_default(&o);
    assert_null(gamlp_pdadmm_omega(&o, 1, 3));
    o.omega = make(GAMLP_OMEGA_L1);
    for (int where = 0; where < 4; where++)
        for (int64_t l = 1; l <= 3; l++) {
            o.regularised = (gamlp_regularised)where;
            assert_true((gamlp_pdadmm_omega(&o, l, 3) != NULL) == chosen[where][l - 1]);
        }
    o.omega.weight = -1;
    CHECK_FAILS(gamlp_pdadmm_options_check(&o), GAMLP_E_CONFIG, "omega is -1");
}

/* A strong group lasso leaves no input; growth keeps what is regularised; nothing is allocated. */
static void inputs_go_and_nets_grow(void **state) {
    (void)state;
    net t;
    make_net(&t, GAMLP_OMEGA_GROUP, 30, GAMLP_REGULARISED_FIRST);
    t.options.omega.weight = 50;
    gamlp_pdadmm *block = net_start(&t);
    CHECK_OK(gamlp_pdadmm_iterate(block));
    count_allocations();
    for (int k = 0; k < 30; k++) CHECK_OK(gamlp_pdadmm_iterate(block));
    assert_int_equal(allocations_made(), 0);
    stop_counting();
    const gamlp_dense *w = gamlp_pdadmm_state_of(block, 1).w;
    for (int64_t i = 0; i < w->rows * w->cols; i++) assert_true(w->data[i] == 0);
    CHECK_OK(gamlp_pdadmm_grow(block, 5));
    CHECK_OK(gamlp_pdadmm_start(block));
    CHECK_OK(gamlp_pdadmm_iterate(block));
    t.options.regularised = GAMLP_REGULARISED_ALL;
    CHECK_FAILS(gamlp_pdadmm_set(block, &t.options), GAMLP_E_USAGE, "regularised is fixed");
    gamlp_pdadmm_free(block);
    net_clear(&t);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    net t;
    make_net(&t, GAMLP_OMEGA_ORTHOGONAL, 30, GAMLP_REGULARISED_ALL);
    check_training_allocations(&t, 1, 0);
    net_clear(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_proximal),        cmocka_unit_test(the_lagrangian_falls),
        cmocka_unit_test(layers_are_chosen),         cmocka_unit_test(inputs_go_and_nets_grow),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
