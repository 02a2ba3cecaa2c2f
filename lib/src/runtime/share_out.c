/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime/share_out.h"

#include <stdbool.h>
#include <stddef.h>

#include "gamlp/real.h"

gamlp_load gamlp_load_of(const int64_t *width, int64_t layers, int64_t l, int64_t columns,
                         int64_t scored) {
    double in = (double)width[l - 1], out = (double)width[l], n = (double)columns;
    bool gram = l == 1 && columns <= width[0];
    double products = gram ? 2 * out * n * n : 2 * in * out * n * (l == 1 ? 2 : 4);
    double passes = 40 * out * n + (l > 1 ? 10 * in * n : 0) + (l == layers ? 400 * out * n : 0);
    double weights = gram ? 3 * out * n : 3 * in * out;
    return (gamlp_load){.operations = products + passes + 2 * in * out * (double)scored,
                        .bytes = sizeof(gamlp_real) *
                                 (weights + 5 * out * n + (l > 1 ? 2 * in * n : n * n * gram))};
}

/* Blocks that are needed when none may exceed `most`; more than `shares` when it is too little. */
static int64_t blocks_for(int64_t *last, double most, const gamlp_load *load, int64_t layers,
                          int64_t shares) {
    int64_t count = 0;
    double sum = 0;
    for (int64_t l = 1; l <= layers; l++) {
        if (load[l - 1].operations > most) return shares + 1;
        if (l > 1 && sum + load[l - 1].operations > most) {
            if (last && count < shares) last[count] = l - 1;
            count++;
            sum = 0;
        }
        sum += load[l - 1].operations;
    }
    if (last && count < shares) last[count] = layers;
    return count + 1;
}

/* Fewer blocks than shares: the blocks of most layers are cut. */
static void spread(int64_t *last, int64_t count, int64_t shares) {
    while (count < shares) {
        int64_t widest = 0, size = 0;
        for (int64_t i = 0; i < count; i++) {
            int64_t here = last[i] - (i ? last[i - 1] : 0);
            if (here > size) {
                size = here;
                widest = i;
            }
        }
        for (int64_t i = count; i > widest; i--) last[i] = last[i - 1];
        last[widest] = last[widest + 1] - size / 2;
        count++;
    }
}

gamlp_status gamlp_share_out(int64_t *last, int64_t shares, const gamlp_load *load,
                             int64_t layers) {
    double low = 0, high = 0;
    if (shares < 1 || shares > layers)
        return gamlp_fail(GAMLP_E_USAGE, "%lld layers cannot be shared out to %lld workers",
                          (long long)layers, (long long)shares);
    for (int64_t l = 0; l < layers; l++) high += load[l].operations;
    for (int i = 0; i < 100; i++) {
        double middle = (low + high) / 2;
        if (blocks_for(NULL, middle, load, layers, shares) <= shares)
            high = middle;
        else
            low = middle;
    }
    spread(last, blocks_for(last, high, load, layers, shares), shares);
    return GAMLP_OK;
}

gamlp_status gamlp_share_plan(int64_t *last, int64_t *shares, const gamlp_train_options *o,
                              int64_t workers, const gamlp_load *load, int64_t layers) {
    const gamlp_ints *plan = &o->plan;
    *shares = 0;
    if (plan->count == 0) {
        *shares = workers < layers ? workers : layers;
        return gamlp_share_out(last, *shares, load, layers);
    }
    if (plan->count > workers)
        return gamlp_fail(GAMLP_E_CONFIG, "plan: %lld shares for %lld workers",
                          (long long)plan->count, (long long)workers);
    for (int64_t i = 0; i < plan->count; i++) {
        if (i > 0 && plan->value[i] <= plan->value[i - 1])
            return gamlp_fail(GAMLP_E_CONFIG, "plan: layer %lld after layer %lld",
                              (long long)plan->value[i], (long long)plan->value[i - 1]);
        if (i > 0 && plan->value[i - 1] >= layers) break;
        last[(*shares)++] = plan->value[i] < layers ? plan->value[i] : layers;
    }
    if (last[*shares - 1] < layers)
        return gamlp_fail(GAMLP_E_CONFIG, "plan: ends at layer %lld of %lld",
                          (long long)last[*shares - 1], (long long)layers);
    return GAMLP_OK;
}
