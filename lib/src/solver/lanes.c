/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layers side by side.  In the lines of Algorithm 1 no layer waits for another, so that the layers
 * of a whole net can be divided among the threads: each works on its own with all of its products,
 * and they meet twice in an iteration.  Where the layers cannot be divided evenly there is one
 * lane, and the threads divide each product and pass instead.  Bits are the same. */
#include "solver/block.h"

#include <stdio.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "gamlp/threads.h"
#include "solver/sweep.h"
#include "solver/thin.h"

static int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* Multiplications of a layer in an iteration, and what its passes take in their place. */
static double work_of(const gamlp_pdadmm *block, const gamlp_pd_layer *layer) {
    static const double pass = 40; /* multiplications that take as long as an element's passes */
    double in = (double)layer->in, out = (double)layer->out, n = (double)block->columns;
    double products = layer->number > 1 ? 4 * in * out * n : 3 * in * out * n;
    if (layer->number > 1 && gamlp_pd_steps_by_gram(block, layer))
        products = 3 * in * out * n + (0.5 * in + out) * n * n;
    if (gamlp_pd_is_gram(block, layer)) products = out * n * n;
    return products + pass * (layer->number > 1 ? in + out : out) * n;
}

/* Fill lane after lane up to so much work, at least one layer in each; whether all find room. */
static bool fill(gamlp_pd_lane *lane, int64_t count, const gamlp_pdadmm *block, double most) {
    int64_t l = block->first;
    for (int64_t i = 0; i < count; i++) {
        int64_t left = count - 1 - i;
        double sum = work_of(block, gamlp_pd_layer_at(block, l));
        lane[i].first = l++;
        for (; l <= block->last - left; l++) {
            sum += work_of(block, gamlp_pd_layer_at(block, l));
            if (sum > most) break;
        }
        lane[i].last = l - 1;
    }
    return l > block->last;
}

/* As evenly as can be; how well that occupies all of them, at most 1. */
static double divide(gamlp_pd_lane *lane, int64_t count, const gamlp_pdadmm *block) {
    double all = 0, low = 0;
    for (int64_t l = block->first; l <= block->last; l++) {
        double work = work_of(block, gamlp_pd_layer_at(block, l));
        all += work;
        low = work > low ? work : low;
    }
    double high = all;
    if (fill(lane, count, block, low)) high = low;
    while (high > 1.001 * low) {
        double most = 0.5 * (low + high);
        if (fill(lane, count, block, most))
            high = most;
        else
            low = most;
    }
    fill(lane, count, block, high);
    return all / ((double)count * high);
}

/* Scratch of the regularised layers. */
static gamlp_status init_omega(gamlp_pd_lane *lane, const gamlp_pdadmm *block) {
    int64_t weight = 0, work = 0;
    gamlp_status status = GAMLP_OK;
    for (int64_t l = lane->first; l <= lane->last; l++) {
        const gamlp_pd_layer *layer = gamlp_pd_layer_at(block, l);
        const gamlp_regulariser *omega = gamlp_pd_omega(block, l);
        if (!omega) continue;
        weight = larger(weight, layer->in * layer->out);
        work = larger(work, gamlp_regulariser_work(omega, layer->out, layer->in));
    }
    if (weight == 0) return GAMLP_OK;
    GAMLP_TRY(gamlp_dense_init(&lane->omega_fresh, weight, 1));
    GAMLP_TRY(gamlp_dense_init(&lane->omega_move, weight, 1));
    GAMLP_TRY(gamlp_new(&lane->omega_work, larger(work, 1), sizeof *lane->omega_work,
                        "the work of a regulariser"));
done:
    return status;
}

static gamlp_status init_lane(gamlp_pd_lane *lane, gamlp_pdadmm *block) {
    int64_t tried = 0, out = 1, weight = 1, square = 0, work = 1, columns = block->columns;
    gamlp_status status = GAMLP_OK;
    for (int64_t l = lane->first; l <= lane->last; l++) {
        gamlp_pd_layer *layer = gamlp_pd_layer_at(block, l);
        layer->lane = lane;
        out = larger(out, layer->out);
        if (l > 1 && !gamlp_thin_serves(layer)) tried = larger(tried, layer->in);
        if (layer->w.data) weight = larger(weight, layer->in * layer->out);
        if (l > 1 && gamlp_pd_steps_by_gram(block, layer)) square = columns;
        work = larger(work, gamlp_sweep_row_work(layer->out, columns));
    }
    GAMLP_TRY(gamlp_dense_init(&lane->gradient_w, weight, 1));
    GAMLP_TRY(gamlp_dense_init(&lane->image, out, columns));
    if (block->options.quantise && tried > 0)
        GAMLP_TRY(gamlp_dense_init(&lane->displacement, tried, columns));
    GAMLP_TRY(gamlp_dense_init(&lane->cross, square, square));
    GAMLP_TRY(init_omega(lane, block));
    GAMLP_TRY(gamlp_new(&lane->mean, out, sizeof *lane->mean, "row means"));
    GAMLP_TRY(gamlp_new(&lane->row_work, work, sizeof *lane->row_work, "row sums"));
done:
    return status;
}

/* Only a whole net has lanes: a share's messages and its observer expect one layer after another.
 * An exact minimisation of W has its scratch once. */
static bool may_divide(const gamlp_pdadmm *block, int64_t count) {
    return count > 1 && count <= block->layers && block->first == 1 &&
           block->last == block->layers && !block->sequential && !block->observer.note &&
           !block->options.exact;
}

gamlp_status gamlp_pd_lanes_init(gamlp_pdadmm *block) {
    static const double enough = 0.85; /* of a thread's time that is used where products are cut */
    int64_t count = gamlp_threads_get();
    gamlp_status status = GAMLP_OK;
    if (!may_divide(block, count)) count = 1;
    GAMLP_TRY(gamlp_new(&block->lane, count, sizeof *block->lane, "the lanes of a net"));
    if (divide(block->lane, count, block) < enough) {
        count = 1;
        divide(block->lane, count, block);
    }
    block->lanes = count;
    for (int64_t i = 0; i < count; i++) GAMLP_TRY(init_lane(&block->lane[i], block));
done:
    return status;
}

void gamlp_pd_lanes_clear(gamlp_pdadmm *block) {
    for (int64_t i = 0; i < block->lanes; i++) {
        gamlp_pd_lane *lane = &block->lane[i];
        gamlp_dense *part[] = {&lane->gradient_w,   &lane->image,       &lane->cross,
                               &lane->displacement, &lane->omega_fresh, &lane->omega_move};
        for (size_t k = 0; k < sizeof part / sizeof part[0]; k++) gamlp_dense_clear(part[k]);
        gamlp_free(lane->omega_work);
        gamlp_free(lane->mean);
        gamlp_free(lane->row_work);
    }
    gamlp_free(block->lane);
    block->lane = NULL;
    block->lanes = 0;
}

typedef struct lanes_run {
    gamlp_pdadmm *block;
    gamlp_pd_lines lines;
} lanes_run;

static void run_lane(void *context, int64_t index) {
    lanes_run *run = context;
    gamlp_pd_lane *lane = &run->block->lane[index];
    lane->status = GAMLP_OK;
    for (int64_t l = lane->first; l <= lane->last && lane->status == GAMLP_OK; l++)
        lane->status = run->lines(run->block, gamlp_pd_layer_at(run->block, l));
    if (lane->status != GAMLP_OK)
        snprintf(lane->failure, sizeof lane->failure, "%s", gamlp_error_text());
}

gamlp_status gamlp_pd_each_layer(gamlp_pdadmm *block, gamlp_pd_lines lines) {
    lanes_run run = {block, lines};
    gamlp_parallel(block->lanes, run_lane, &run);
    for (int64_t i = 0; i < block->lanes; i++)
        if (block->lane[i].status != GAMLP_OK)
            return gamlp_fail(block->lane[i].status, "%s", block->lane[i].failure);
    return GAMLP_OK;
}
