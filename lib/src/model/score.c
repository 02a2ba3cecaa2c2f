/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <string.h>

#include "core/exp.h"
#include "core/hot.h"
#include "core/math.h"
#include "gamlp/threads.h"
#include "model/score.h"

/* Nodes are scored LANES at a time: lane k of an array of classes x LANES doubles is one node, so
 * that every loop over lanes vectorises and the classes of a node are summed in their order.
 * Classes are taken PIECE at a time, nodes GAMLP_SLAB at a time, in chunks of about GRAIN logits.
 */
enum { LANES = GAMLP_SCORE_LANES, PIECE = 128, GRAIN = 1024 };

/* Logits of a chunk: that of class c and node j is z[c step + j apart]. */
typedef struct logits_at {
    const gamlp_real *z;
    int64_t step, apart;
} logits_at;

typedef struct group {
    const gamlp_real *z[LANES];                  /* of the first class */
    int64_t step;                                /* to the next one    */
    double most[LANES], best[LANES], sum[LANES]; /* max z, its first class, sum of exp(z - max z) */
} group;

/* Classes first, first + 1, ... of each node, transposed. */
GAMLP_HOT static void transpose(double *restrict t, const group *g, int64_t first, int64_t count) {
    for (int k = 0; k < LANES; k++) {
        const gamlp_real *z = g->z[k] + first * g->step;
        for (int64_t c = 0; c < count; c++) t[c * LANES + k] = (double)z[c * g->step];
    }
}

GAMLP_HOT static void find_largest(group *g, const double *t, int64_t first, int64_t count) {
    double most[LANES], best[LANES];
    memcpy(most, g->most, sizeof most);
    memcpy(best, g->best, sizeof best);
    for (int64_t c = 0; c < count; c++)
#pragma omp simd
        for (int k = 0; k < LANES; k++) {
            double z = t[c * LANES + k];
            best[k] = z > most[k] ? (double)(first + c) : best[k];
            most[k] = z > most[k] ? z : most[k];
        }
    memcpy(g->most, most, sizeof most);
    memcpy(g->best, best, sizeof best);
}

GAMLP_HOT static void add_exponentials(group *g, const double *t, int64_t count) {
    double most[LANES], sum[LANES];
    memcpy(most, g->most, sizeof most);
    memcpy(sum, g->sum, sizeof sum);
    for (int64_t c = 0; c < count; c++)
#pragma omp simd
        for (int k = 0; k < LANES; k++) sum[k] += gamlp_exp_negative(t[c * LANES + k] - most[k]);
    memcpy(g->sum, sum, sizeof sum);
}

static void reduce(group *g, int64_t classes) {
    double t[PIECE * LANES];
    for (int k = 0; k < LANES; k++) g->most[k] = (double)g->z[k][0];
    memset(g->best, 0, sizeof g->best);
    memset(g->sum, 0, sizeof g->sum);
    for (int64_t first = 0; first < classes; first += PIECE) {
        int64_t count = classes - first < PIECE ? classes - first : PIECE;
        transpose(t, g, first, count);
        find_largest(g, t, first, count);
    }
    for (int64_t first = 0; first < classes; first += PIECE) {
        int64_t count = classes - first < PIECE ? classes - first : PIECE;
        if (classes > PIECE) transpose(t, g, first, count);
        add_exponentials(g, t, count);
    }
}

/* The next labelled nodes from *from on, and their number; other lanes repeat the first. */
static int64_t gather(group *g, int32_t *label, const logits_at *at, const int32_t *labels,
                      int64_t *from, int64_t end) {
    int64_t count = 0, j = *from;
    g->step = at->step;
    for (; j < end && count < LANES; j++) {
        if (labels[j] < 0) continue;
        label[count] = labels[j];
        g->z[count++] = at->z + j * at->apart;
    }
    for (int64_t k = count; k < LANES; k++) g->z[k] = g->z[0];
    *from = j;
    return count;
}

/* Loss log sum exp(z) - z_y, with the largest logit taken out. */
static void score_chunk(gamlp_slab *s, int64_t chunk, const logits_at *at) {
    const int64_t first = chunk * s->grain, rest = s->nodes - first;
    const int64_t end = rest < s->grain ? rest : s->grain;
    int64_t j = 0, count = 0, right = 0, found;
    double *loss = s->loss + first, margin[GAMLP_SLAB_GRAIN];
    int32_t label[LANES];
    group g = {0};
    while ((found = gather(&g, label, at, s->label + first, &j, end)) > 0) {
        reduce(&g, s->classes);
        for (int64_t k = 0; k < found; k++, count++) {
            loss[count] = g.sum[k];
            margin[count] = g.most[k] - (double)g.z[k][label[k] * g.step];
            right += g.sum[k] > 0 && g.best[k] == (double)label[k]; /* no NaN */
        }
    }
    gamlp_math_logs(loss, loss, count);
    for (int64_t i = 0; i < count; i++) loss[i] += margin[i];
    s->count[chunk] = count;
    s->right[chunk] = right;
}

void gamlp_slab_init(gamlp_slab *slab, const gamlp_real *z, const int32_t *label, int64_t classes,
                     int64_t nodes, int64_t grain) {
    slab->z = z; /* what the chunks write is not cleared */
    slab->label = label;
    slab->classes = classes;
    slab->nodes = nodes;
    slab->grain = grain;
}

void gamlp_slab_run(void *slab, int64_t chunk) {
    gamlp_slab *s = slab;
    score_chunk(s, chunk, &(logits_at){s->z + chunk * s->grain * s->classes, 1, s->classes});
}

void gamlp_slab_run_by_class(gamlp_slab *slab, int64_t chunk, const gamlp_real *z, int64_t stride) {
    score_chunk(slab, chunk, &(logits_at){z, stride, 1});
}

static int64_t grain_of(int64_t classes) {
    int64_t nodes = GRAIN / (classes > 0 ? classes : 1) / LANES * LANES;
    return nodes > GAMLP_SLAB_GRAIN ? GAMLP_SLAB_GRAIN : nodes < LANES ? LANES : nodes;
}

typedef struct totals {
    double loss;
    int64_t count, right;
} totals;

static void add_slab(totals *t, const gamlp_slab *s) {
    for (int64_t chunk = 0; chunk * s->grain < s->nodes; chunk++) {
        const double *loss = s->loss + chunk * s->grain;
        for (int64_t i = 0; i < s->count[chunk]; i++) t->loss += loss[i];
        t->count += s->count[chunk];
        t->right += s->right[chunk];
    }
}

static gamlp_score score(const totals *t) {
    const double count = (double)t->count;
    if (t->count == 0) return (gamlp_score){0, 0};
    if (isnan(t->loss)) /* without a sign, which would be printed */
        return (gamlp_score){(double)t->right / count, (double)NAN};
    return (gamlp_score){(double)t->right / count, t->loss / count};
}

gamlp_score gamlp_slab_score(const gamlp_slab *slab) {
    totals t = {0};
    add_slab(&t, slab);
    return score(&t);
}

gamlp_score gamlp_score_of(const gamlp_dense *logits, const int32_t *label) {
    totals t = {0};
    gamlp_slab s;
    const int64_t classes = logits->rows, grain = grain_of(classes);
    for (int64_t first = 0; first < logits->cols; first += GAMLP_SLAB) {
        const int64_t rest = logits->cols - first, nodes = rest < GAMLP_SLAB ? rest : GAMLP_SLAB;
        gamlp_slab_init(&s, logits->data + first * classes, label + first, classes, nodes, grain);
        gamlp_parallel((nodes + grain - 1) / grain, gamlp_slab_run, &s);
        add_slab(&t, &s);
    }
    return score(&t);
}

void gamlp_classify(int32_t *predicted, const gamlp_dense *logits) {
    for (int64_t j = 0; j < logits->cols; j++) {
        const gamlp_real *z = logits->data + j * logits->rows;
        int64_t best = 0;
        for (int64_t c = 1; c < logits->rows; c++)
            if (z[c] > z[best]) best = c;
        predicted[j] = (int32_t)best;
    }
}
