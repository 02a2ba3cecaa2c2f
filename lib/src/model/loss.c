/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/loss.h"

#include <math.h>
#include <string.h>

#include "core/number.h"

static gamlp_status bad_weights(const char *text) {
    return gamlp_fail(GAMLP_E_CONFIG,
                      "class-weights is '%.60s', expected none, balanced or up to %d numbers above "
                      "0, separated by commas",
                      text, GAMLP_LOSS_CLASSES);
}

gamlp_status gamlp_loss_weights(gamlp_loss *loss, const char *text) {
    const char *at = text;
    loss->balanced = strcmp(text, "balanced") == 0;
    loss->count = 0;
    if (loss->balanced || strcmp(text, "none") == 0) return GAMLP_OK;
    do {
        if (loss->count == GAMLP_LOSS_CLASSES) return bad_weights(text);
        if (loss->count > 0) at++;
        double *weight = &loss->weight[loss->count];
        if (!gamlp_number_real(weight, &at) || !(*weight > 0) || isinf(*weight))
            return bad_weights(text);
        loss->count++;
    } while (*at == ',');
    return *at ? bad_weights(text) : GAMLP_OK;
}

gamlp_status gamlp_loss_check(const gamlp_loss *loss) {
    if (loss->kind != GAMLP_LOSS_CROSS_ENTROPY && loss->kind != GAMLP_LOSS_SQUARED)
        return gamlp_fail(GAMLP_E_CONFIG, "loss number %d, expected 0 or 1", (int)loss->kind);
    if (!(loss->smoothing >= 0 && loss->smoothing < 1))
        return gamlp_fail(GAMLP_E_CONFIG,
                          "smoothing is %g, expected a number of at least 0 and less than 1",
                          loss->smoothing);
    if (loss->count < 0 || loss->count > GAMLP_LOSS_CLASSES)
        return gamlp_fail(GAMLP_E_CONFIG, "class-weights: %lld of them, expected 0 to %d",
                          (long long)loss->count, GAMLP_LOSS_CLASSES);
    for (int64_t c = 0; c < loss->count; c++)
        if (!(isfinite(loss->weight[c]) && loss->weight[c] > 0))
            return gamlp_fail(GAMLP_E_CONFIG,
                              "class-weights: %g for class %lld, expected more "
                              "than 0",
                              loss->weight[c], (long long)c);
    return GAMLP_OK;
}

double gamlp_loss_lipschitz(const gamlp_loss *loss) {
    double most = loss->count > 0 ? 0 : 1;
    if (loss->balanced) return INFINITY;
    for (int64_t c = 0; c < loss->count; c++) most = fmax(most, loss->weight[c]);
    return loss->kind == GAMLP_LOSS_SQUARED ? most : most / 2;
}

bool gamlp_loss_equal(const gamlp_loss *a, const gamlp_loss *b) {
    bool same = a->kind == b->kind && a->smoothing == b->smoothing && a->balanced == b->balanced &&
                a->count == b->count;
    for (int64_t c = 0; same && c < a->count; c++) same = a->weight[c] == b->weight[c];
    return same;
}

static void balance(double *weight, const int32_t *label, int64_t columns, int64_t classes) {
    int64_t labelled = 0;
    memset(weight, 0, (size_t)classes * sizeof *weight);
    for (int64_t j = 0; j < columns; j++) {
        if (label[j] < 0) continue;
        weight[label[j]]++;
        labelled++;
    }
    for (int64_t c = 0; c < classes; c++)
        weight[c] = weight[c] > 0 ? (double)labelled / ((double)classes * weight[c]) : 1;
}

gamlp_status gamlp_loss_class_weights(double *weight, const gamlp_loss *loss, const int32_t *label,
                                      int64_t columns, int64_t classes) {
    if (loss->count > 0 && loss->count != classes)
        return gamlp_fail(GAMLP_E_CONFIG, "class-weights: %lld of them for %lld classes",
                          (long long)loss->count, (long long)classes);
    for (int64_t c = 0; c < classes; c++) weight[c] = loss->count > 0 ? loss->weight[c] : 1;
    if (loss->balanced) balance(weight, label, columns, classes);
    return GAMLP_OK;
}
