/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"
#include "net.h"
#include "oracle.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gamlp/rng.h"

static const double epsilon = sizeof(gamlp_real) == sizeof(double) ? 0x1p-53 : 0x1p-24;

static double relu(double x) {
    return x > 0 ? x : 0;
}

static double distance(const omat *a, const omat *b) {
    double sum = 0;
    for (int64_t i = 0; i < a->rows * a->cols; i++)
        sum += (a->v[i] - b->v[i]) * (a->v[i] - b->v[i]);
    return sum;
}

static omat copy_of(const omat *a) {
    omat b = omat_new(a->rows, a->cols);
    memcpy(b.v, a->v, (size_t)(a->rows * a->cols) * sizeof *a->v);
    return b;
}

static void near(double got, double want, double slack, const char *what) {
    if (!(fabs(got - want) <= slack)) fail_msg("%s is %.17g, expected %.17g", what, got, want);
}

/* The solver's state as it stands, in double. */
static void snapshot(oracle *o, const gamlp_pdadmm *block, const net *t) {
    const gamlp_pdadmm_options *options = gamlp_pdadmm_options_now(block);
    gamlp_model model;
    CHECK_OK(gamlp_pdadmm_export(&model, block));
    memset(o, 0, sizeof *o);
    o->layers = t->plan.layers;
    o->n = t->x.cols;
    o->nu = options->nu;
    o->rho = options->rho;
    o->l2 = options->l2;
    o->label = t->label;
    for (int64_t l = 1; l <= o->layers; l++) {
        gamlp_pdadmm_state s = gamlp_pdadmm_state_of(block, l);
        o->p[l] = omat_from(l == 1 ? &t->dense : s.p);
        o->w[l] = omat_from(&model.layer[l - 1].weight);
        o->b[l] = omat_from(s.b);
        o->z[l] = omat_from(s.z);
        if (l == o->layers) break;
        o->q[l] = omat_from(s.q);
        o->u[l] = omat_from(s.u);
    }
    gamlp_model_clear(&model);
}

static double fit_of(const oracle *o, int64_t l) {
    omat a = omat_mul(&o->w[l], false, &o->p[l], false);
    for (int64_t e = 0; e < a.rows * a.cols; e++) a.v[e] += o->b[l].v[e % a.rows];
    double sum = distance(&a, &o->z[l]);
    omat_free(&a);
    return sum;
}

/* The figures of layer l by their definitions; tau, theta are the solver's. */
static gamlp_layer_figures define(const oracle *now, const oracle *old, int64_t l) {
    gamlp_layer_figures f = {.penalty = 0.5 * now->l2 * omat_square(&now->w[l]),
                             .fit = fit_of(now, l),
                             .dp = distance(&now->p[l], &old->p[l]),
                             .dw = distance(&now->w[l], &old->w[l]),
                             .db = distance(&now->b[l], &old->b[l]),
                             .dz = distance(&now->z[l], &old->z[l])};
    if (l == now->layers) return f;
    f.dq = distance(&now->q[l], &old->q[l]);
    f.du = distance(&now->u[l], &old->u[l]);
    f.residual = distance(&now->p[l + 1], &now->q[l]);
    for (int64_t e = 0; e < now->q[l].rows * now->n; e++) {
        double off = now->q[l].v[e] - relu(now->z[l].v[e]);
        f.activation += off * off;
        f.dual += now->u[l].v[e] * (now->p[l + 1].v[e] - now->q[l].v[e]);
    }
    return f;
}

static void check_layer(const gamlp_layer_figures *ours, const gamlp_layer_figures *f,
                        const oracle *o, int64_t l) {
    /* Rounding of ||a - b||^2 where a and b are stored: 2 ||a - b|| epsilon ||a|| and more. */
    double size = epsilon * (sqrt(omat_square(&o->z[l])) + sqrt(omat_square(&o->p[l])) + 1);
    const double pair[][2] = {{ours->penalty, f->penalty},
                              {ours->fit, f->fit},
                              {ours->activation, f->activation},
                              {ours->residual, f->residual},
                              {ours->dual, f->dual},
                              {ours->dw, f->dw},
                              {ours->db, f->db},
                              {ours->dz, f->dz},
                              {ours->dq, f->dq},
                              {ours->du, f->du},
                              {ours->dp, f->dp}};
    for (size_t i = 0; i < sizeof pair / sizeof pair[0]; i++) {
        char what[64];
        double root = 64 * size * (sqrt(fabs(pair[i][1])) + size);
        snprintf(what, sizeof what, "figure %d of layer %d", (int)i, (int)l);
        near(pair[i][0], pair[i][1], root + 400 * epsilon * fabs(pair[i][1]), what);
    }
}

/* Sum of layer figures as the header defines them; W descends by (theta + l2)/2. */
static double displacement_of(const gamlp_layer_figures *f, const oracle *o) {
    return 0.5 * (f->tau * f->dp + (f->theta + o->l2) * f->dw + o->nu * (double)o->n * f->db +
                  o->nu * f->dz + (o->rho + o->nu) * f->dq);
}

static void check_figures(const gamlp_pdadmm *block, const oracle *now, const oracle *old,
                          double before) {
    const gamlp_figures *ours = gamlp_pdadmm_figures(block);
    double displacement = 0, certificate = 0, residual = 0, rise = 0;
    for (int64_t l = 1; l <= now->layers; l++) {
        const gamlp_layer_figures *layer = gamlp_pdadmm_layer_figures(block, l);
        gamlp_layer_figures f = define(now, old, l);
        check_layer(layer, &f, now, l);
        displacement += displacement_of(layer, now);
        certificate += 0.5 * now->nu * layer->dz + 0.5 * (now->rho + now->nu) * layer->dq -
                       layer->du / now->rho;
        rise += layer->du / now->rho;
        residual += f.residual;
    }
    double lagrangian = oracle_lagrangian(now), slack = 400 * epsilon * (1 + fabs(lagrangian));
    near(ours->lagrangian, lagrangian, slack, "the Lagrangian");
    near(ours->residual, sqrt(residual), 64 * epsilon * (1 + sqrt(omat_square(&now->q[1]))),
         "the residual");
    near(ours->displacement, displacement, 1e-12 * displacement, "the displacement");
    near(ours->certificate, certificate, 1e-12 * (fabs(certificate) + rise), "the certificate");
    near(ours->k_ck, (double)ours->iteration * ours->c_k, 1e-12 * ours->k_ck, "k c_k");
    assert_true(ours->c_k <= ours->displacement);
    /* Every line's decrease, less what line 6 adds. */
    assert_true(before - lagrangian >= displacement - rise - slack);
}

static void follow(int64_t features, int64_t n, double l2, double nu, double rho,
                   gamlp_step_rule rule) {
    net t;
    net_init(&t, features, n, 3, 4, 6, 3);
    t.options.l2 = l2;
    t.options.nu = nu;
    t.options.rho = rho;
    t.options.step = rule;
    gamlp_pdadmm *block = net_start(&t);
    oracle old, now;
    double least = INFINITY;
    snapshot(&old, block, &t);
    for (int k = 1; k <= 12; k++) {
        double before = oracle_lagrangian(&old);
        CHECK_OK(gamlp_pdadmm_iterate(block));
        snapshot(&now, block, &t);
        check_figures(block, &now, &old, before);
        least = fmin(least, gamlp_pdadmm_figures(block)->displacement);
        assert_true(gamlp_pdadmm_figures(block)->c_k == least);
        assert_int_equal(gamlp_pdadmm_figures(block)->iteration, k);
        oracle_free(&old);
        old = now;
    }
    oracle_free(&old);
    gamlp_pdadmm_free(block);
    net_clear(&t);
}

static void figures_are_what_they_say(void **state) {
    (void)state;
    follow(40, 12, 0, 0.1, 0.1, GAMLP_STEP_EXACT);
    follow(40, 12, 0.3, 0.1, 0.41, GAMLP_STEP_EXACT);
    follow(6, 25, 0.3, 0.1, 0.1, GAMLP_STEP_EXACT);
    follow(6, 25, 0.1, 0.02, 0.1, GAMLP_STEP_BACKTRACK);
    follow(40, 12, 0.1, 0.02, 0.1, GAMLP_STEP_BACKTRACK);
}

static void sums_of_given_figures(void **state) {
    (void)state;
    gamlp_pdadmm_options o;
    gamlp_pdadmm_options_default(&o);
    o.nu = 2;
    o.rho = 4;
    o.l2 = 0.5;
    const gamlp_layer_figures first = {.penalty = 1,
                                       .fit = 2,
                                       .activation = 3,
                                       .residual = 4,
                                       .dual = -5,
                                       .tau = 6,
                                       .theta = 7,
                                       .dp = 1,
                                       .dw = 2,
                                       .db = 3,
                                       .dz = 4,
                                       .dq = 5,
                                       .du = 8,
                                       .lemma4 = 1e-6,
                                       .lemma4_scale = 10};
    const gamlp_layer_figures second = {
        .risk = 9, .fit = 1, .residual = 5, .lemma4 = 3e-6, .lemma4_scale = 10};
    const gamlp_layer_figures *layer[] = {&first, &second};
    gamlp_figures before = {0}, f;
    gamlp_figures_sum(&f, layer, 2, &before, &o, 10);
    assert_int_equal(f.iteration, 1);
    near(f.risk, 9, 0, "risk");
    near(f.objective, 9 + 1 + (2 + 3 + 1), 1e-13, "objective");
    near(f.lagrangian, 16 - 5 + 2 * 9, 1e-13, "Lagrangian");
    near(f.residual, 3, 1e-14, "residual");
    near(f.certificate, 4 + 3 * 5 - 2, 1e-13, "certificate");
    near(f.displacement, 3 + 3.75 * 2 + 10 * 3 + 4 + 3 * 5, 1e-13, "displacement");
    near(f.lemma4, 3e-7, 1e-20, "Lemma 4");
    assert_true(f.descending && f.rise == 0 && f.c_k == f.displacement);
    before = (gamlp_figures){.iteration = 6, .lagrangian = 20, .c_k = 0.5};
    gamlp_figures_sum(&f, layer, 2, &before, &o, 10);
    near(f.rise, 9.0 / 20, 1e-14, "rise");
    assert_true(!f.descending);
    near(f.c_k, 0.5, 0, "c_k");
    near(f.k_ck, 3.5, 1e-14, "k c_k");
    before.lagrangian = 30;
    gamlp_figures_sum(&f, layer, 2, &before, &o, 10);
    assert_true(f.descending && f.rise < 0);
}

/* An oracle in a random state, nothing consistent. */
static void random_state(oracle *o, net *t, uint64_t seed) {
    gamlp_rng rng = gamlp_rng_key(seed, GAMLP_RNG_TEST, 7);
    uint64_t next = 0;
    net_init(t, seed % 2 ? 20 : 5, 9, 3, 4, 5, seed);
    t->options.nu = pow(10, 2 * gamlp_rng_uniform(rng, next++) - 2);
    t->options.rho = t->options.nu * pow(10, 2 * gamlp_rng_uniform(rng, next++) - 1);
    t->options.l2 = seed % 3 ? 0.2 : 0;
    t->options.step = seed % 5 < 2 ? GAMLP_STEP_BACKTRACK : GAMLP_STEP_EXACT;
    t->options.step_start = 1e-3;
    gamlp_pdadmm *block = net_start(t);
    gamlp_model model;
    CHECK_OK(gamlp_pdadmm_export(&model, block));
    oracle_init(o, &t->dense, t->label, &model, &t->options, NULL);
    gamlp_model_clear(&model);
    gamlp_pdadmm_free(block);
    for (int64_t l = 1; l <= o->layers; l++) {
        omat *part[] = {&o->b[l], &o->z[l], &o->p[l], &o->q[l], &o->u[l]};
        int count = l < o->layers ? 5 : 3;
        for (int i = 0; i < count; i++)
            for (int64_t e = 0; part[i] != &o->p[1] && e < part[i]->rows * part[i]->cols; e++)
                part[i]->v[e] += 0.5 * gamlp_rng_normal(rng, next++);
    }
}

/* The change of the Lagrangian by one line, and the squared displacement of its block. */
typedef struct change {
    double decrease, square, slack;
    omat step; /* old - new */
} change;

static change apply(oracle *o, void (*line)(oracle *, int64_t), omat *block, int64_t l) {
    omat old = copy_of(block);
    double before = oracle_lagrangian(o);
    line(o, l);
    change c = {.decrease = before - oracle_lagrangian(o), .step = old};
    c.slack = 1e-12 * (1 + fabs(before));
    for (int64_t e = 0; e < old.rows * old.cols; e++) old.v[e] -= block->v[e];
    c.square = omat_square(&c.step);
    return c;
}

static void check_exact(change *c, double weight, const char *what) {
    near(c->decrease, weight * c->square, c->slack, what);
    omat_free(&c->step);
}

/* The least weight that is admissible for the step taken. */
static double curvature(const change *c, const omat *other, bool left, double nu, double rho) {
    omat image =
        left ? omat_mul(other, false, &c->step, false) : omat_mul(&c->step, false, other, false);
    double weight = rho + nu * omat_square(&image) / c->square;
    omat_free(&image);
    return weight;
}

static void check_p(oracle *o, int64_t l) {
    change c = apply(o, oracle_p, &o->p[l], l);
    double tau = curvature(&c, &o->w[l], true, o->nu, o->rho);
    assert_true(c.square > 0);
    if (o->trial) {
        /* tau is a power of two times the start; the step was gradient / tau. */
        assert_true(c.decrease >= 0.5 * tau * c.square - c.slack);
        omat_free(&c.step);
    } else {
        check_exact(&c, 0.5 * tau, "line 1's decrease");
    }
}

static void check_w(oracle *o, int64_t l) {
    change c = apply(o, oracle_w, &o->w[l], l);
    double theta = curvature(&c, &o->p[l], false, o->nu, 0);
    if (o->trial) {
        assert_true(c.decrease >= 0.5 * (theta + o->l2) * c.square - c.slack);
        omat_free(&c.step);
    } else {
        check_exact(&c, 0.5 * (theta + o->l2), "line 2's decrease");
    }
}

static void every_line_descends(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        net t;
        oracle o;
        random_state(&o, &t, seed);
        for (int k = 0; k < 3; k++) {
            for (int64_t l = 2; l <= o.layers; l++) check_p(&o, l);
            for (int64_t l = 1; l <= o.layers; l++) check_w(&o, l);
            for (int64_t l = 1; l <= o.layers; l++) {
                change c = apply(&o, oracle_b, &o.b[l], l);
                check_exact(&c, 0.5 * o.nu * (double)o.n, "line 3's decrease");
            }
            for (int64_t l = 1; l <= o.layers; l++) {
                change c = apply(&o, oracle_z, &o.z[l], l);
                assert_true(c.decrease >= 0.5 * o.nu * c.square - c.slack);
                omat_free(&c.step);
            }
            double before = oracle_lagrangian(&o), identity = 0;
            for (int64_t l = 1; l < o.layers; l++) {
                change c = apply(&o, oracle_q, &o.q[l], l);
                identity += 0.5 * (o.rho + o.nu) * c.square;
                check_exact(&c, 0.5 * (o.rho + o.nu), "line 5's decrease");
            }
            for (int64_t l = 1; l < o.layers; l++) {
                change c = apply(&o, oracle_u, &o.u[l], l);
                identity -= c.square / o.rho;
                near(c.decrease, -o.rho * distance(&o.p[l + 1], &o.q[l]), c.slack, "line 6");
                omat_free(&c.step);
            }
            near(before - oracle_lagrangian(&o), identity, 1e-12 * (1 + fabs(before)),
                 "lines 5, 6");
        }
        oracle_free(&o);
        net_clear(&t);
    }
}

static void check_lemma4(const oracle *o, double tolerance) {
    for (int64_t l = 1; l < o->layers; l++) {
        double most = 0, worst = 0;
        for (int64_t e = 0; e < o->q[l].rows * o->n; e++) {
            most = fmax(most, fabs(o->q[l].v[e]) + fabs(o->u[l].v[e]) / o->nu);
            worst = fmax(worst, fabs(o->u[l].v[e] - o->nu * (o->q[l].v[e] - relu(o->z[l].v[e]))));
        }
        if (!(worst <= tolerance * o->nu * most))
            fail_msg("layer %d: u differs from nu (q - f(z)) by %.3g", (int)l, worst);
    }
}

/* Lemma 4 does not ask for a start or for fixed penalties. */
static void lemma4_whatever_the_penalties(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        gamlp_rng rng = gamlp_rng_key(seed, GAMLP_RNG_TEST, 8);
        net t;
        oracle o;
        random_state(&o, &t, seed);
        for (uint64_t k = 0; k < 4; k++) {
            o.nu = pow(10, 2 * gamlp_rng_uniform(rng, 2 * k) - 2);
            o.rho = o.nu * pow(10, 2 * gamlp_rng_uniform(rng, 2 * k + 1) - 1);
            oracle_iterate(&o);
            check_lemma4(&o, 1e-12);
        }
        oracle_free(&o);
        net_clear(&t);
    }
}

static void the_solver_keeps_lemma4(void **state) {
    (void)state;
    net t;
    net_init(&t, 40, 12, 3, 5, 8, 9);
    gamlp_pdadmm *block = net_start(&t);
    for (int k = 0; k < 60; k++) {
        oracle o;
        if (k % 10 == 9) {
            t.options.nu *= k % 20 == 9 ? 7 : 0.3;
            t.options.rho *= k % 30 == 9 ? 0.2 : 4;
            CHECK_OK(gamlp_pdadmm_set(block, &t.options));
        }
        CHECK_OK(gamlp_pdadmm_iterate(block));
        snapshot(&o, block, &t);
        /* Line 5 divides by rho + nu what line 6 multiplies by rho. */
        double amplified = 16 * epsilon * (1 + t.options.rho / t.options.nu);
        check_lemma4(&o, amplified);
        assert_true(gamlp_pdadmm_figures(block)->lemma4 <= amplified);
        oracle_free(&o);
    }
    gamlp_pdadmm_free(block);
    net_clear(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_what_they_say),
        cmocka_unit_test(sums_of_given_figures),
        cmocka_unit_test(every_line_descends),
        cmocka_unit_test(lemma4_whatever_the_penalties),
        cmocka_unit_test(the_solver_keeps_lemma4),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
