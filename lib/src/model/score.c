/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/exp.h"
#include "core/math.h"
#include "gamlp/model.h"

static int64_t largest(const gamlp_real *z, int64_t classes) {
    int64_t best = 0;
    for (int64_t c = 1; c < classes; c++)
        if (z[c] > z[best]) best = c;
    return best;
}

/* log sum exp(z) - z_y, with the largest logit taken out. */
static double cross_entropy(const gamlp_real *z, int64_t classes, int64_t best, int32_t label) {
    double sum = 0;
    for (int64_t c = 0; c < classes; c++) sum += gamlp_exp_negative((double)z[c] - (double)z[best]);
    return gamlp_math_log(sum) + ((double)z[best] - (double)z[label]);
}

gamlp_score gamlp_score_of(const gamlp_dense *logits, const int32_t *label) {
    int64_t count = 0, right = 0;
    double loss = 0;
    for (int64_t j = 0; j < logits->cols; j++) {
        if (label[j] < 0) continue;
        const gamlp_real *z = logits->data + j * logits->rows;
        int64_t best = largest(z, logits->rows);
        count++;
        right += best == label[j];
        loss += cross_entropy(z, logits->rows, best, label[j]);
    }
    if (count == 0) return (gamlp_score){0, 0};
    return (gamlp_score){(double)right / (double)count, loss / (double)count};
}

void gamlp_classify(int32_t *predicted, const gamlp_dense *logits) {
    for (int64_t j = 0; j < logits->cols; j++)
        predicted[j] = (int32_t)largest(logits->data + j * logits->rows, logits->rows);
}
