/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ten iterations of the solver on a random problem, written to standard output for
 * numpy_pdadmm.py to repeat:
 *
 *   dump_pdadmm LAYERS FEATURES COLUMNS NU RHO L2 START LEVELS
 *
 * START 0: exact steps, above 0: trial loops from there.  LEVELS above 0: p quantised to so many.
 * The output is a sequence of records, a line "NAME ITERATION LAYER ROWS COLS" followed by ROWS x
 * COLS doubles, column by column. */
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
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

static void put_state(const gamlp_pdadmm *block, int64_t layers, int iteration) {
    gamlp_model model;
    CHECK_OK(gamlp_pdadmm_export(&model, block));
    for (int64_t l = 1; l <= layers; l++) {
        gamlp_pdadmm_state s = gamlp_pdadmm_state_of(block, l);
        put_dense("W", iteration, l, &model.layer[l - 1].weight);
        put_dense("b", iteration, l, s.b);
        put_dense("z", iteration, l, s.z);
        if (l > 1) put_dense("p", iteration, l, s.p);
        if (l == layers) break;
        put_dense("q", iteration, l, s.q);
        put_dense("u", iteration, l, s.u);
    }
    gamlp_model_clear(&model);
    if (iteration == 0) return;
    const gamlp_figures *f = gamlp_pdadmm_figures(block);
    put("lagrangian", iteration, 0, 1, 1, &f->lagrangian);
    put("objective", iteration, 0, 1, 1, &f->objective);
    put("risk", iteration, 0, 1, 1, &f->risk);
    put("residual", iteration, 0, 1, 1, &f->residual);
}

static void put_levels(const gamlp_pdadmm *block, int64_t layers) {
    for (int64_t l = 2; l <= layers; l++) {
        const gamlp_levels *levels = gamlp_pdadmm_levels(block, l);
        double *value = calloc(levels ? (size_t)levels->count : 1, sizeof *value);
        if (!value) exit(1);
        for (int64_t k = 0; levels && k < levels->count; k++)
            value[k] = (double)gamlp_levels_value(levels, k);
        if (levels) put("levels", 0, l, 1, levels->count, value);
        free(value);
    }
}

static void put_problem(const net *t, int64_t columns) {
    double *label = calloc((size_t)columns, sizeof *label);
    double epsilon = sizeof(gamlp_real) == sizeof(double) ? 0x1p-53 : 0x1p-24;
    double gram = gamlp_problem_uses_gram(t->problem);
    if (!label) exit(1);
    for (int64_t j = 0; j < columns; j++) label[j] = t->label[j];
    put("epsilon", 0, 0, 1, 1, &epsilon);
    put("gram", 0, 0, 1, 1, &gram);
    put_dense("X", 0, 0, &t->dense);
    put("label", 0, 0, 1, columns, label);
    free(label);
}

int main(int argc, char **argv) {
    net t;
    if (argc != 9) return 64;
    int64_t layers = strtol(argv[1], NULL, 10), features = strtol(argv[2], NULL, 10);
    int64_t columns = strtol(argv[3], NULL, 10);
    if (layers < 1 || layers > 8 || features < 2 || columns < 1) return 64;
    net_init(&t, features, columns, CLASSES, layers, WIDTH, 17 + (uint64_t)layers);
    t.options.nu = strtod(argv[4], NULL);
    t.options.rho = strtod(argv[5], NULL);
    t.options.l2 = strtod(argv[6], NULL);
    double start = strtod(argv[7], NULL);
    t.options.step = start > 0 ? GAMLP_STEP_BACKTRACK : GAMLP_STEP_EXACT;
    if (start > 0) t.options.step_start = start;
    t.options.level_count = strtol(argv[8], NULL, 10);
    if (t.options.level_count > 0) t.options.quantise = GAMLP_QUANTISE_P;
    t.options.mode = t.options.rho > 4.1 * t.options.nu ? GAMLP_MODE_THEORY : GAMLP_MODE_PAPER;
    put_problem(&t, columns);
    gamlp_pdadmm *block = net_start(&t);
    put_levels(block, layers);
    put_state(block, layers, 0);
    for (int k = 1; k <= ITERATIONS; k++) {
        CHECK_OK(gamlp_pdadmm_iterate(block));
        put_state(block, layers, k);
    }
    gamlp_pdadmm_free(block);
    net_clear(&t);
    return 0;
}
