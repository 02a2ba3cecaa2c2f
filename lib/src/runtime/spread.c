/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/spread.h"

#include <math.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "gamlp/feature.h"
#include "runtime/evaluate.h"

/* Factors among which validation accuracy chooses, the first of equals. */
static const double factors[] = {0, 0.5, 0.8, 0.9, 0.95, 0.99};
enum { FACTORS = sizeof factors / sizeof factors[0] };

void gamlp_spread_options_default(gamlp_spread_options *options) {
    *options = (gamlp_spread_options){.correct = -1, .smooth = -1, .known = GAMLP_KNOWN_TRAIN};
    gamlp_diffusion_options_default(&options->diffusion);
}

static gamlp_status check_factor(const char *name, double a) {
    if (a == -1 || (a >= 0 && a <= 0.9999)) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_CONFIG, "%s is %g, expected 0 to 0.9999, or -1: chosen", name, a);
}

gamlp_status gamlp_spread_options_check(const gamlp_spread_options *options) {
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(check_factor("correct", options->correct));
    GAMLP_TRY(check_factor("smooth", options->smooth));
    GAMLP_TRY(gamlp_diffusion_options_check(&options->diffusion));
done:
    return status;
}

/* One spreading of labels: what all steps need. */
typedef struct spreader {
    const gamlp_dataset *data;
    const gamlp_spread_options *options;
    bool *known;   /* nodes */
    int64_t *node; /* 0, 1, ..., nodes - 1 */
    int64_t known_count;
} spreader;

static void mark(spreader *s, const int64_t *node, int64_t count) {
    for (int64_t i = 0; i < count; i++) s->known[node[i]] = true;
    s->known_count += count;
}

static gamlp_status spreader_init(spreader *s, const gamlp_dataset *data,
                                  const gamlp_spread_options *options) {
    *s = (spreader){.data = data, .options = options};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new(&s->known, data->nodes, sizeof *s->known, "known nodes"));
    GAMLP_TRY(gamlp_new_raw(&s->node, data->nodes, sizeof *s->node, "node numbers"));
    for (int64_t i = 0; i < data->nodes; i++) s->node[i] = i;
    mark(s, data->split.train, data->split.train_count);
    if (options->known == GAMLP_KNOWN_TRAIN_VAL) mark(s, data->split.val, data->split.val_count);
done:
    return status;
}

static void spreader_clear(spreader *s) {
    gamlp_free(s->known);
    gamlp_free(s->node);
}

/* Y <- F_a X: ppr with teleport probability 1 - a, for classes instead of features. */
static gamlp_status spread(gamlp_dense *y, const spreader *s, const gamlp_dense *x, double a) {
    const gamlp_feature_input input = {.adjacency = &s->data->graph.adjacency, .dense = x};
    gamlp_feature_options options;
    gamlp_stack made = {0};
    gamlp_status status = GAMLP_OK;
    if (a == 0) return gamlp_dense_copy(y, x);
    gamlp_feature_options_default(&options);
    options.set.count = 1;
    options.set.term[0] =
        (gamlp_term){.kind = GAMLP_TERM_PPR, .op = gamlp_operator_default(), .value = 1 - a};
    options.set.term[0].op.loops = false;
    options.diffusion = s->options->diffusion;
    GAMLP_TRY(gamlp_feature_make(&made, &input, s->node, s->data->nodes, &options));
    *y = made.block[0].dense;
    made.block[0].dense = (gamlp_dense){0};
done:
    gamlp_stack_clear(&made);
    return status;
}

/* Row of Y at a known node; `node` itself elsewhere. */
static void set_one_hot(gamlp_dense *x, const spreader *s) {
    for (int64_t i = 0; i < x->cols; i++) {
        if (!s->known[i]) continue;
        memset(x->data + i * x->rows, 0, (size_t)x->rows * sizeof *x->data);
        x->data[i * x->rows + s->data->label[i]] = 1;
    }
}

/* Logarithms of what is left of a column when it is cut at 0 and its sum is 1. */
static void to_logits(gamlp_dense *y) {
    for (int64_t i = 0; i < y->cols; i++) {
        gamlp_real *v = y->data + i * y->rows;
        double sum = 0;
        for (int64_t c = 0; c < y->rows; c++) sum += v[c] > 0 ? (double)v[c] : 0;
        for (int64_t c = 0; c < y->rows; c++) {
            double p = sum > 0 && v[c] > 0 ? (double)v[c] / sum : 0;
            v[c] = (gamlp_real)log(sum > 0 ? fmax(p, 1e-30) : 1.0 / (double)y->rows);
        }
    }
}

static void to_probabilities(gamlp_dense *y) {
    for (int64_t i = 0; i < y->cols; i++) {
        gamlp_real *v = y->data + i * y->rows;
        double sum = 0, most = -INFINITY;
        for (int64_t c = 0; c < y->rows; c++) most = fmax(most, (double)v[c]);
        for (int64_t c = 0; c < y->rows; c++) sum += exp((double)v[c] - most);
        for (int64_t c = 0; c < y->rows; c++) v[c] = (gamlp_real)(exp((double)v[c] - most) / sum);
    }
}

/* What one factor makes of `from`; `to` is new. */
typedef gamlp_status (*spread_step)(gamlp_dense *to, const spreader *s, const gamlp_dense *from,
                                    double a);

static gamlp_status score_of(gamlp_score *score, const spreader *s, const gamlp_dense *y) {
    const gamlp_split *split = &s->data->split;
    gamlp_dense logits = {0};
    gamlp_status status = gamlp_dense_copy(&logits, y);
    if (status != GAMLP_OK) return status;
    to_logits(&logits);
    status = gamlp_evaluate_part(score, &logits, s->data->label, split->val, split->val_count);
    gamlp_dense_clear(&logits);
    return status;
}

/* The factor given, or of all the one with the best validation accuracy; *to is its result. */
static gamlp_status best_step(gamlp_dense *to, double *chosen, const spreader *s,
                              const gamlp_dense *from, spread_step step, double given,
                              double otherwise) {
    gamlp_dense now = {0};
    gamlp_score best = {.accuracy = -1}, score;
    gamlp_status status = GAMLP_OK;
    *to = (gamlp_dense){0};
    if (given == -1 && s->options->known == GAMLP_KNOWN_TRAIN_VAL) given = otherwise;
    if (given != -1) {
        *chosen = given;
        return step(to, s, from, given);
    }
    for (int k = 0; k < FACTORS; k++) {
        GAMLP_TRY(step(&now, s, from, factors[k]));
        GAMLP_TRY(score_of(&score, s, &now));
        if (score.accuracy > best.accuracy) {
            best = score;
            *chosen = factors[k];
            gamlp_dense_clear(to);
            *to = now;
            now = (gamlp_dense){0};
        }
        gamlp_dense_clear(&now);
    }
done:
    gamlp_dense_clear(&now);
    if (status != GAMLP_OK) gamlp_dense_clear(to);
    return status;
}

static double length_of(const gamlp_real *v, int64_t count) {
    double sum = 0;
    for (int64_t c = 0; c < count; c++) sum += fabs((double)v[c]);
    return sum;
}

/* E at known nodes, and the mean of its columns' lengths there. */
static gamlp_status errors_of(gamlp_dense *e, double *length, const spreader *s,
                              const gamlp_dense *z) {
    gamlp_status status = gamlp_dense_init(e, z->rows, z->cols);
    if (status != GAMLP_OK) return status;
    *length = 0;
    for (int64_t i = 0; i < z->cols; i++) {
        if (!s->known[i]) continue;
        gamlp_real *to = e->data + i * e->rows;
        for (int64_t c = 0; c < z->rows; c++) to[c] = -z->data[i * z->rows + c];
        to[s->data->label[i]] += 1;
        *length += length_of(to, e->rows);
    }
    *length /= (double)s->known_count;
    return GAMLP_OK;
}

/* Z + E^, E^ the spread errors, of each node scaled to the mean length. */
static gamlp_status correct_step(gamlp_dense *to, const spreader *s, const gamlp_dense *z,
                                 double a) {
    gamlp_dense e = {0}, found = {0};
    double mean;
    gamlp_status status = gamlp_dense_copy(to, z);
    if (status != GAMLP_OK || a == 0) return status;
    GAMLP_TRY(errors_of(&e, &mean, s, z));
    GAMLP_TRY(spread(&found, s, &e, a));
    for (int64_t i = 0; i < z->cols; i++) {
        const gamlp_real *from = found.data + i * z->rows;
        double length = length_of(from, z->rows), scale = length > 0 ? mean / length : 0;
        if (scale > 1000) scale = 1; /* nothing but rounding came here */
        for (int64_t c = 0; c < z->rows; c++)
            to->data[i * z->rows + c] += (gamlp_real)(scale * (double)from[c]);
    }
done:
    gamlp_dense_clear(&e);
    gamlp_dense_clear(&found);
    if (status != GAMLP_OK) gamlp_dense_clear(to);
    return status;
}

static gamlp_status smooth_step(gamlp_dense *to, const spreader *s, const gamlp_dense *z,
                                double a) {
    gamlp_dense guess = {0};
    gamlp_status status = gamlp_dense_copy(a == 0 ? to : &guess, z);
    if (status != GAMLP_OK || a == 0) return status;
    set_one_hot(&guess, s);
    status = spread(to, s, &guess, a);
    gamlp_dense_clear(&guess);
    return status;
}

static gamlp_status spread_step_of_labels(gamlp_dense *to, const spreader *s, const gamlp_dense *y,
                                          double a) {
    return spread(to, s, y, a);
}

static gamlp_status finish(gamlp_evaluation *e, gamlp_dense *y) {
    to_logits(y);
    gamlp_dense_clear(&e->logits);
    e->logits = *y;
    *y = (gamlp_dense){0};
    return gamlp_evaluation_score(e);
}

gamlp_status gamlp_evaluation_correct_smooth(gamlp_evaluation *evaluation,
                                             const gamlp_spread_options *options) {
    gamlp_evaluation *e = evaluation;
    spreader s = {0};
    gamlp_dense z = {0}, corrected = {0}, smoothed = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_spread_options_check(options));
    GAMLP_TRY(spreader_init(&s, &e->dataset, options));
    GAMLP_TRY(gamlp_dense_copy(&z, &e->logits));
    to_probabilities(&z);
    GAMLP_TRY(best_step(&corrected, &e->correct, &s, &z, correct_step, options->correct, 0.9));
    GAMLP_TRY(best_step(&smoothed, &e->smooth, &s, &corrected, smooth_step, options->smooth, 0.8));
    status = finish(e, &smoothed);
done:
    spreader_clear(&s);
    gamlp_dense_clear(&z);
    gamlp_dense_clear(&corrected);
    gamlp_dense_clear(&smoothed);
    return status;
}

gamlp_status gamlp_propagate(gamlp_evaluation *evaluation, const char *dataset,
                             const gamlp_dataset_options *source,
                             const gamlp_spread_options *options) {
    gamlp_evaluation *e = evaluation;
    spreader s = {0};
    gamlp_dense label = {0}, y = {0};
    gamlp_status status = GAMLP_OK;
    *e = (gamlp_evaluation){.same_data = true, .same_split = true};
    GAMLP_TRY(gamlp_spread_options_check(options));
    GAMLP_TRY(gamlp_dataset_open(&e->dataset, dataset, source));
    GAMLP_TRY(spreader_init(&s, &e->dataset, options));
    GAMLP_TRY(gamlp_dense_init(&label, e->dataset.classes, e->dataset.nodes));
    set_one_hot(&label, &s);
    GAMLP_TRY(best_step(&y, &e->smooth, &s, &label, spread_step_of_labels, options->smooth, 0.9));
    status = finish(e, &y);
done:
    spreader_clear(&s);
    gamlp_dense_clear(&label);
    gamlp_dense_clear(&y);
    if (status != GAMLP_OK) gamlp_evaluation_clear(e);
    return status;
}
