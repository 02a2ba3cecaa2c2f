/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The work of layers and how it is shared. */
#include "transport/simulate.h"

#include <math.h>
#include <stddef.h>

#include "codec/coder.h"
#include "gamlp/alloc.h"

#define AT(field) offsetof(gamlp_simulate_options, field)

const gamlp_option gamlp_simulate_table[] = {
    {"layers", GAMLP_OPTION_INT, AT(layers), 2, 1000, NULL, "L", "layers of the net", "Net"},
    {"hidden", GAMLP_OPTION_INT, AT(hidden), 1, 1e6, NULL, "N", "neurons of the hidden layers",
     "Net"},
    {"features", GAMLP_OPTION_INT, AT(features), 1, 1e9, NULL, "N", "features, of all hops", "Net"},
    {"nodes", GAMLP_OPTION_INT, AT(nodes), 1, 1e9, NULL, "N", "training nodes", "Net"},
    {"classes", GAMLP_OPTION_INT, AT(classes), 1, 1e6, NULL, "N", "classes", "Net"},
    {"workers", GAMLP_OPTION_INTS, AT(workers), 1, 1000, NULL, "A,B,..",
     "numbers of workers, a row of the table for each", "Pipeline"},
    {"gbit", GAMLP_OPTION_REAL, AT(gbit), 1e-6, 1e6, NULL, "X",
     "speed of each link, in gigabits a second", "Pipeline"},
    {"latency", GAMLP_OPTION_REAL, AT(latency), 0, 1e7, NULL, "US",
     "latency of each link, in microseconds", "Pipeline"},
    {"bits", GAMLP_OPTION_CHOICE, AT(bits), 0, 0, "32 16 8 4", "B",
     "bits of an element of p and q on the wire", "Pipeline"},
    {"coded", GAMLP_OPTION_REAL, AT(coded), 0, 1, NULL, "PART",
     "what the lossless stage leaves of the bytes", "Pipeline"},
    {"coding", GAMLP_OPTION_REAL, AT(coding), 1e-3, 1e6, NULL, "GBS",
     "speed of coding and of decoding, in gigabytes of stored numbers a second", "Pipeline"},
    {"gflops", GAMLP_OPTION_REAL, AT(gflops), 1e-3, 1e9, NULL, "X",
     "speed of a worker in matrix products, in 10^9 operations a second", "Work"},
    {"memory", GAMLP_OPTION_REAL, AT(memory), 1e-3, 1e6, NULL, "GBS",
     "speed of a worker's elementwise lines, in gigabytes a second", "Work"},
    {"iteration-ms", GAMLP_OPTION_REAL, AT(iteration_ms), 0, 1e9, NULL, "MS",
     "measured time of an iteration in one process, shared among the lines by their work (0: from "
     "gflops and memory)",
     "Work"},
    {"iterations", GAMLP_OPTION_INT, AT(iterations), 3, 100000, NULL, "N",
     "iterations that are simulated", "Work"},
    {0},
};

void gamlp_simulate_options_default(gamlp_simulate_options *options) {
    *options = (gamlp_simulate_options){.layers = 17,
                                        .hidden = 4000,
                                        .features = 512,
                                        .nodes = 90941,
                                        .classes = 40,
                                        .workers = {6, {2, 4, 8, 16, 32, 64}},
                                        .gbit = 10,
                                        .latency = 100,
                                        .bits = 2,
                                        .coded = 1,
                                        .coding = 2,
                                        .gflops = 50,
                                        .memory = 5,
                                        .iterations = 12};
}

gamlp_status gamlp_simulate_options_check(const gamlp_simulate_options *o) {
    char text[64];
    for (const gamlp_option *row = gamlp_simulate_table; row->name; row++) {
        gamlp_simulate_options copy = *o;
        gamlp_option_get(o, row, text, sizeof text);
        gamlp_status status = gamlp_option_set(&copy, row, text);
        if (status != GAMLP_OK) return status;
    }
    return GAMLP_OK;
}

/* Seconds of a matrix product of a x b by b x n, and of passes over b x n stored numbers. */
static double product(const gamlp_simulate_options *o, int64_t a, int64_t b) {
    return 2 * (double)a * (double)b * (double)o->nodes / (1e9 * o->gflops);
}

static double passes(const gamlp_simulate_options *o, int64_t rows, double count) {
    return count * (double)rows * (double)o->nodes * sizeof(gamlp_real) / (1e9 * o->memory);
}

/* p: W'r and W g.  W: r p' and G p; of layer 1 by the smaller of X and K = X'X. */
static gamlp_layer_cost cost_of(const gamlp_simulate_options *o, int64_t l) {
    int64_t in = l == 1 ? o->features : o->hidden, out = l == o->layers ? o->classes : o->hidden;
    gamlp_layer_cost cost = {0};
    if (l > 1) cost.p = 2 * product(o, in, out) + passes(o, in, 6);
    bool gram = l == 1 && o->nodes <= o->features;
    cost.wb = (gram ? product(o, out, o->nodes) : 2 * product(o, in, out)) + passes(o, out, 6);
    cost.zqu = passes(o, out, 10);
    return cost;
}

void gamlp_simulate_costs(gamlp_layer_cost *cost, const gamlp_simulate_options *o) {
    double sum = 0;
    for (int64_t l = 1; l <= o->layers; l++) {
        cost[l - 1] = cost_of(o, l);
        sum += cost[l - 1].p + cost[l - 1].wb + cost[l - 1].zqu;
    }
    if (o->iteration_ms <= 0) return;
    double factor = 1e-3 * o->iteration_ms / sum;
    for (int64_t l = 0; l < o->layers; l++) {
        cost[l].p *= factor;
        cost[l].wb *= factor;
        cost[l].zqu *= factor;
    }
}

static double sum_of(const gamlp_layer_cost *cost) {
    return cost->p + cost->wb + cost->zqu;
}

/* least[w][l]: the least possible largest share when w + 1 workers hold the layers 1..l + 1. */
gamlp_status gamlp_simulate_share(int64_t *last, const gamlp_layer_cost *cost, int64_t layers,
                                  int64_t workers) {
    double *least = NULL;
    int64_t *cut = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new(&least, workers * layers, sizeof *least, "shares of layers"));
    GAMLP_TRY(gamlp_new(&cut, workers * layers, sizeof *cut, "shares of layers"));
    for (int64_t w = 0; w < workers; w++)
        for (int64_t l = w; l < layers; l++) {
            double tail = 0;
            least[w * layers + l] = INFINITY;
            for (int64_t first = l; first >= w; first--) {
                tail += sum_of(&cost[first]);
                if ((w == 0) != (first == 0)) continue;
                double before = w == 0 ? 0 : least[(w - 1) * layers + first - 1];
                double largest = before > tail ? before : tail;
                if (largest >= least[w * layers + l]) continue;
                least[w * layers + l] = largest;
                cut[w * layers + l] = first;
            }
        }
    for (int64_t w = workers - 1, l = layers - 1; w >= 0; l = cut[w * layers + l] - 1, w--)
        last[w] = l + 1;
done:
    gamlp_free(least);
    gamlp_free(cut);
    return status;
}

static void sum_shares(gamlp_share_cost *share, const gamlp_layer_cost *cost, const int64_t *last,
                       int64_t workers) {
    int64_t l = 0;
    for (int64_t w = 0; w < workers; w++) {
        share[w] = (gamlp_share_cost){.first_p = cost[l].p, .rest = -cost[l].p};
        for (; l < last[w]; l++) {
            share[w].rest += cost[l].p + cost[l].wb;
            share[w].dual += cost[l].zqu;
        }
    }
}

static void set_links(gamlp_virtual *plan, const gamlp_simulate_options *o) {
    static const int bits[] = {32, 16, 8, 4};
    double elements = (double)o->hidden * (double)o->nodes;
    plan->bytes_per_second = 1e9 * o->gbit / 8;
    plan->latency = 1e-6 * o->latency;
    plan->coding = elements * sizeof(gamlp_real) / (1e9 * o->coding);
    plan->tensor = (uint64_t)ceil(elements * bits[o->bits] / 8 * o->coded) + 36;
}

gamlp_status gamlp_simulate(gamlp_simulated *result, const gamlp_simulate_options *o,
                            int64_t workers) {
    gamlp_layer_cost *cost = NULL;
    gamlp_share_cost *share = NULL;
    int64_t *last = NULL, used = workers < o->layers ? workers : o->layers;
    gamlp_status status = GAMLP_OK;
    *result = (gamlp_simulated){.workers = used};
    GAMLP_TRY(gamlp_simulate_options_check(o));
    if (workers < 1) GAMLP_TRY(gamlp_fail(GAMLP_E_USAGE, "a pipeline of no workers"));
    GAMLP_TRY(gamlp_new(&cost, o->layers, sizeof *cost, "the work of layers"));
    GAMLP_TRY(gamlp_new(&share, used, sizeof *share, "the work of workers"));
    GAMLP_TRY(gamlp_new(&last, used, sizeof *last, "shares of layers"));
    gamlp_simulate_costs(cost, o);
    GAMLP_TRY(gamlp_simulate_share(last, cost, o->layers, used));
    sum_shares(share, cost, last, used);
    gamlp_virtual plan = {.workers = used, .iterations = o->iterations, .share = share};
    set_links(&plan, o);
    GAMLP_TRY(gamlp_virtual_run(result, &plan));
    double largest = 0;
    for (int64_t l = 0; l < o->layers; l++) result->serial += sum_of(&cost[l]);
    for (int64_t w = 0; w < used; w++)
        largest = fmax(largest, share[w].first_p + share[w].rest + share[w].dual);
    result->speedup = result->serial / result->seconds;
    result->bound = result->serial / largest;
done:
    gamlp_free(cost);
    gamlp_free(share);
    gamlp_free(last);
    return status;
}
