/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time and memory of a generated graph: edges without features, features, and the whole data set.
 *
 *   bench_generate [--model csbm|rmat|ba|er] [--edges N] [--nodes N] [--dimension D] [--threads T]
 *
 * Nodes default to a twentieth of the edges.  One process makes one graph, since the most memory
 * is that of the process; `stored_bytes` is the size of what was made. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "check.h"
#include "dataset/generate.h"
#include "gamlp/threads.h"

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Of all threads, user and system. */
static double cpu_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double peak_bytes(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return 1024.0 * (double)usage.ru_maxrss;
}

static const char *word(int argc, char **argv, const char *name, const char *value) {
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0) value = argv[i + 1];
    return value;
}

static int64_t number(int argc, char **argv, const char *name, int64_t value) {
    const char *text = word(argc, argv, name, NULL);
    return text ? strtoll(text, NULL, 10) : value;
}

static double stored_bytes(const gamlp_dataset *d) {
    double graph = 4.0 * (double)d->graph.adjacency.nnz + 8.0 * (double)d->nodes;
    return graph + (double)sizeof(gamlp_real) * (double)(d->dense.rows * d->dense.cols);
}

int main(int argc, char **argv) {
    gamlp_generate_options o;
    gamlp_dataset d;
    const char *model = word(argc, argv, "--model", "csbm");
    CHECK_OK(gamlp_generate_options_default(&o));
    CHECK_OK(gamlp_option_set(&o, gamlp_option_find(gamlp_generate_table, "model"), model));
    o.edges = number(argc, argv, "--edges", 1000000);
    o.nodes = number(argc, argv, "--nodes", o.edges / 20 + 10000);
    o.dimension = number(argc, argv, "--dimension", 16);
    o.feature_kind = 1;
    gamlp_threads_set(number(argc, argv, "--threads", gamlp_threads_available()));
    double start = seconds();
    CHECK_OK(gamlp_generate_labels(&d, &o));
    double labels = seconds() - start;
    double before = cpu_seconds();
    CHECK_OK(gamlp_generate_graph(&d, &o));
    double cpu = cpu_seconds() - before;
    double graph = seconds() - start - labels, graph_peak = peak_bytes();
    CHECK_OK(gamlp_generate_features(&d, &o));
    double all = seconds() - start;
    printf("{\"benchmark\": \"generate\", \"model\": \"%s\", \"nodes\": %lld, \"listed_edges\": "
           "%lld, \"edges\": %lld, \"dimension\": %lld, \"threads\": %lld, \"labels_s\": %.3f, "
           "\"graph_s\": %.3f, \"graph_cpu_s\": %.3f, \"features_s\": %.3f, \"edges_per_s\": %.0f, "
           "\"graph_peak_bytes\": "
           "%.0f, \"graph_peak_per_edge\": %.1f, \"peak_bytes\": %.0f, \"stored_bytes\": %.0f}\n",
           model, (long long)d.nodes, (long long)d.graph.stored_edges, (long long)d.graph.edges,
           (long long)o.dimension, (long long)gamlp_threads_get(), labels, graph, cpu,
           all - labels - graph, (double)d.graph.stored_edges / graph, graph_peak,
           graph_peak / (double)d.graph.stored_edges, peak_bytes(), stored_bytes(&d));
    gamlp_dataset_clear(&d);
    return 0;
}
