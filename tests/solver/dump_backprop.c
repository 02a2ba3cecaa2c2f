/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ten iterations of back-propagation on a random problem, written to standard output for
 * repeat_backprop.py to repeat:
 *
 *   dump_backprop OPTIMISER LAYERS FEATURES COLUMNS DECAY DECOUPLED SUM SPARSE LOSS
 *
 * OPTIMISER is a gamlp_optimiser; SPARSE 1: most of X is zero; LOSS 1: smoothed cross-entropy with
 * weights, 2: squared.  The format is that of dump_pdadmm,
 * with the numbers of the options in the first records. */
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "gamlp/backprop.h"
#include "gamlp/rng.h"
#include "net.h"

enum { CLASSES = 3, WIDTH = 6, ITERATIONS = 10 };

static void put(const char *name, int iteration, int64_t layer, int64_t rows, int64_t cols,
                const double *value) {
    printf("%s %d %lld %lld %lld\n", name, iteration, (long long)layer, (long long)rows,
           (long long)cols);
    fwrite(value, sizeof *value, (size_t)(rows * cols), stdout);
}

static void put_number(const char *name, double value) {
    put(name, 0, 0, 1, 1, &value);
}

static void put_dense(const char *name, int iteration, int64_t layer, const gamlp_dense *a) {
    int64_t count = a->rows * a->cols;
    double *value = calloc((size_t)count + 1, sizeof *value);
    if (!value) exit(1);
    for (int64_t i = 0; i < count; i++) value[i] = (double)a->data[i];
    put(name, iteration, layer, a->rows, a->cols, value);
    free(value);
}

static void put_state(const gamlp_backprop *back, int iteration) {
    gamlp_model model;
    CHECK_OK(gamlp_backprop_export(&model, back));
    for (int64_t l = 1; l <= model.layers; l++) {
        put_dense("W", iteration, l, &model.layer[l - 1].weight);
        put_dense("b", iteration, l, &model.layer[l - 1].bias);
    }
    gamlp_model_clear(&model);
    const gamlp_backprop_figures *f = gamlp_backprop_figures_of(back);
    if (iteration > 0) put("loss", iteration, 0, 1, 1, &f->loss);
    if (iteration > 0) put("gradient", iteration, 0, 1, 1, &f->gradient);
}

/* Fifteen of sixteen entries of X become zero. */
static void thin(net *t) {
    gamlp_rng rng = gamlp_rng_key(3, GAMLP_RNG_TEST, 0);
    int64_t row = 0;
    for (int64_t k = 0; k < t->x.blocks; k++) {
        gamlp_dense *block = &t->x.block[k].dense;
        for (int64_t i = 0; i < block->rows * block->cols; i++) {
            int64_t at = row + i % block->rows + i / block->rows * t->dense.rows;
            if (gamlp_rng_below(rng, (uint64_t)at, 16) > 0) block->data[i] = t->dense.data[at] = 0;
        }
        row += block->rows;
    }
    gamlp_problem_free(t->problem);
    CHECK_OK(gamlp_problem_new(&t->problem, &t->x, t->label, CLASSES));
}

static void put_problem(const net *t, const gamlp_backprop_options *o) {
    double *label = calloc((size_t)t->x.cols, sizeof *label), weight[CLASSES];
    if (!label) exit(1);
    for (int64_t j = 0; j < t->x.cols; j++) label[j] = t->label[j];
    put_number("epsilon", sizeof(gamlp_real) == sizeof(double) ? 0x1p-53 : 0x1p-24);
    put_dense("X", 0, 0, &t->dense);
    put("label", 0, 0, 1, t->x.cols, label);
    put_number("optimiser", o->optimiser);
    put_number("rate", o->learning_rate);
    put_number("momentum", o->momentum);
    put_number("beta1", o->beta1);
    put_number("beta2", o->beta2);
    put_number("averaging", o->averaging);
    put_number("eps", o->epsilon);
    put_number("decay", o->weight_decay);
    put_number("decoupled", o->decoupled);
    put_number("sum", o->sum);
    put_number("squared", o->loss.kind == GAMLP_LOSS_SQUARED);
    put_number("smoothing", o->loss.smoothing);
    for (int c = 0; c < CLASSES; c++) weight[c] = o->loss.count > 0 ? o->loss.weight[c] : 1;
    put("weight", 0, 0, 1, CLASSES, weight);
    free(label);
}

int main(int argc, char **argv) {
    net t;
    gamlp_backprop *back;
    gamlp_backprop_options o;
    if (argc != 10) return 64;
    int64_t layers = strtol(argv[2], NULL, 10), features = strtol(argv[3], NULL, 10);
    int64_t columns = strtol(argv[4], NULL, 10);
    if (layers < 1 || layers > 8 || features < 2 || columns < 1) return 64;
    gamlp_backprop_options_default(&o, (gamlp_optimiser)strtol(argv[1], NULL, 10));
    o.weight_decay = strtod(argv[5], NULL);
    o.decoupled = strtol(argv[6], NULL, 10) != 0;
    o.sum = strtol(argv[7], NULL, 10) != 0;
    if (strtol(argv[9], NULL, 10) > 0)
        o.loss = (gamlp_loss){.smoothing = 0.1, .count = CLASSES, .weight = {1, 2, 0.5}};
    if (strtol(argv[9], NULL, 10) > 1) o.loss.kind = GAMLP_LOSS_SQUARED;
    net_init(&t, features, columns, CLASSES, layers, WIDTH, 17 + (uint64_t)layers);
    if (strtol(argv[8], NULL, 10) != 0) thin(&t);
    gamlp_net_plan plan = {
        .layers = layers, .hidden = t.hidden, .init = GAMLP_INIT_HE, .init_scale = 1, .seed = 5};
    put_problem(&t, &o);
    CHECK_OK(gamlp_backprop_new(&back, t.problem, &plan, &o));
    CHECK_OK(gamlp_backprop_start(back));
    put_state(back, 0);
    for (int k = 1; k <= ITERATIONS; k++) {
        CHECK_OK(gamlp_backprop_iterate(back));
        put_state(back, k);
    }
    gamlp_backprop_free(back);
    net_clear(&t);
    return 0;
}
