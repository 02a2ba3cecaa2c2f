/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ten iterations of dlADMM or mDLAM on a random problem, written to standard output for
 * numpy_chain.py to repeat:
 *
 *   dump_chain dladmm|mdlam LAYERS FEATURES COLUMNS NU RHO L2 EPSILON
 *
 * with exact steps; NU is read by dladmm only, EPSILON (fixed) by mdlam only.  The output is that
 * of dump_pdadmm. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "gamlp/dladmm.h"
#include "gamlp/mdlam.h"
#include "net.h"

enum { CLASSES = 3, WIDTH = 6, ITERATIONS = 10 };

static void put(const char *name, int iteration, int64_t layer, int64_t rows, int64_t cols,
                const double *value) {
    printf("%s %d %lld %lld %lld\n", name, iteration, (long long)layer, (long long)rows,
           (long long)cols);
    fwrite(value, sizeof *value, (size_t)(rows * cols), stdout);
}

static void put_dense(const char *name, int iteration, int64_t layer, const gamlp_dense *a) {
    int64_t count = a->rows * a->cols;
    double *value = calloc((size_t)count + 1, sizeof *value);
    if (!a->data || !value) {
        free(value);
        return;
    }
    for (int64_t i = 0; i < count; i++) value[i] = (double)a->data[i];
    put(name, iteration, layer, a->rows, a->cols, value);
    free(value);
}

static void put_problem(const net *t, int64_t columns) {
    double *label = calloc((size_t)columns, sizeof *label);
    double epsilon = sizeof(gamlp_real) == sizeof(double) ? 0x1p-53 : 0x1p-24;
    if (!label) exit(1);
    for (int64_t j = 0; j < columns; j++) label[j] = t->label[j];
    put("rounding", 0, 0, 1, 1, &epsilon);
    put_dense("X", 0, 0, &t->dense);
    put("label", 0, 0, 1, columns, label);
    free(label);
}

/* A net of either method. */
typedef struct chain {
    gamlp_dladmm *dladmm;
    gamlp_mdlam *mdlam;
} chain;

static void start(chain *c, const net *t, bool dladmm, const double *number) {
    if (dladmm) {
        gamlp_dladmm_options o;
        gamlp_dladmm_options_default(&o);
        o.nu = number[0];
        o.rho = number[1];
        o.l2 = number[2];
        CHECK_OK(gamlp_dladmm_new(&c->dladmm, t->problem, &t->plan, &o));
        CHECK_OK(gamlp_dladmm_start(c->dladmm));
        return;
    }
    gamlp_mdlam_options o;
    gamlp_mdlam_options_default(&o);
    o.rho = number[1];
    o.l2 = number[2];
    o.epsilon = o.epsilon_min = number[3];
    CHECK_OK(gamlp_mdlam_new(&c->mdlam, t->problem, &t->plan, &o));
    CHECK_OK(gamlp_mdlam_start(c->mdlam));
}

static void put_state(const chain *c, int64_t layers, int iteration) {
    gamlp_model model;
    if (c->dladmm)
        CHECK_OK(gamlp_dladmm_export(&model, c->dladmm));
    else
        CHECK_OK(gamlp_mdlam_export(&model, c->mdlam));
    for (int64_t l = 1; l <= layers; l++) {
        gamlp_pdadmm_state s =
            c->dladmm ? gamlp_dladmm_state_of(c->dladmm, l) : gamlp_mdlam_state_of(c->mdlam, l);
        put_dense("W", iteration, l, &model.layer[l - 1].weight);
        put_dense("b", iteration, l, s.b);
        put_dense("z", iteration, l, s.z);
        if (l > 1) put_dense("a", iteration, l - 1, s.p);
        if (l == layers && c->dladmm) put_dense("u", iteration, l, s.u);
    }
    gamlp_model_clear(&model);
    if (iteration == 0) return;
    const gamlp_figures *f =
        c->dladmm ? gamlp_dladmm_figures(c->dladmm) : gamlp_mdlam_figures(c->mdlam);
    put("lagrangian", iteration, 0, 1, 1, &f->lagrangian);
    put("objective", iteration, 0, 1, 1, &f->objective);
    put("risk", iteration, 0, 1, 1, &f->risk);
}

int main(int argc, char **argv) {
    net t;
    chain c = {NULL, NULL};
    double number[4];
    if (argc != 9) return 64;
    bool dladmm = strcmp(argv[1], "dladmm") == 0;
    int64_t layers = strtol(argv[2], NULL, 10), features = strtol(argv[3], NULL, 10);
    int64_t columns = strtol(argv[4], NULL, 10);
    if (layers < 1 || layers > 8 || features < 2 || columns < 1) return 64;
    for (int i = 0; i < 4; i++) number[i] = strtod(argv[5 + i], NULL);
    net_init(&t, features, columns, CLASSES, layers, WIDTH, 17 + (uint64_t)layers);
    put_problem(&t, columns);
    start(&c, &t, dladmm, number);
    put_state(&c, layers, 0);
    for (int k = 1; k <= ITERATIONS; k++) {
        if (dladmm)
            CHECK_OK(gamlp_dladmm_iterate(c.dladmm));
        else
            CHECK_OK(gamlp_mdlam_iterate(c.mdlam));
        put_state(&c, layers, k);
    }
    gamlp_dladmm_free(c.dladmm);
    gamlp_mdlam_free(c.mdlam);
    net_clear(&t);
    return 0;
}
