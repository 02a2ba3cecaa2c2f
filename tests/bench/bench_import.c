/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Import of a generated list of edges: seconds, and the most memory against the bytes of the
 * container.  usage: bench_import [--edges N] [--nodes N] [--memory BYTES] [--out FILE]
 *
 * Edge e joins two nodes of a skewed distribution, which depend on e alone: a node is
 * floor(n u^2), then a permutation scatters the frequent ones. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "check.h"
#include "dataset/import.h"
#include "gamlp/container.h"
#include "gamlp/rng.h"

typedef struct drawn {
    gamlp_rng rng;
    int64_t nodes, count, at;
} drawn;

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static gamlp_status rewind_drawn(void *context) {
    drawn *d = context;
    d->at = 0;
    return GAMLP_OK;
}

static int32_t node_of(uint32_t bits, int64_t nodes) {
    double u = (double)bits / 4294967296.0;
    int64_t i = (int64_t)((double)nodes * u * u);
    return (int32_t)((i * 2654435761 + 12345) % nodes); /* the factor is a prime */
}

static gamlp_status next_drawn(void *context, int32_t *source, int32_t *target, int64_t most,
                               int64_t *got) {
    drawn *d = context;
    int64_t n = d->count - d->at < most ? d->count - d->at : most;
    for (int64_t i = 0; i < n; i++) {
        uint64_t bits = gamlp_rng_bits(d->rng, (uint64_t)(d->at + i));
        source[i] = node_of((uint32_t)bits, d->nodes);
        target[i] = node_of((uint32_t)(bits >> 32), d->nodes);
    }
    d->at += n;
    *got = n;
    return GAMLP_OK;
}

static int64_t option(int argc, char **argv, const char *name, int64_t value) {
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0) value = strtoll(argv[i + 1], NULL, 10);
    return value;
}

int main(int argc, char **argv) {
    int64_t count = option(argc, argv, "--edges", 10000000);
    int64_t nodes = option(argc, argv, "--nodes", count / 20 + 2);
    int64_t memory = option(argc, argv, "--memory", 0);
    const char *folder = make_directory();
    char path[512];
    drawn d = {gamlp_rng_key(0, GAMLP_RNG_GRAPH, 0), nodes, count, 0};
    gamlp_source stream = {.edges = {nodes, count, rewind_drawn, next_drawn, &d},
                           .rest = {.name = "generated", .format = "generated", .nodes = nodes}};
    snprintf(path, sizeof path, "%s/generated.gamlp", folder);
    double start = seconds();
    CHECK_OK(gamlp_import_stream(path, &stream, memory));
    double taken = seconds() - start;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    gamlp_container *made;
    CHECK_OK(gamlp_container_open(&made, path));
    const gamlp_container_counts *n = gamlp_container_counts_of(made);
    double cpu = (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
                 1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    double peak = 1024.0 * (double)usage.ru_maxrss;
    printf("{\"benchmark\": \"import\", \"nodes\": %lld, \"listed_edges\": %lld, \"edges\": %lld, "
           "\"memory_limit\": %lld, \"seconds\": %.3f, \"cpu_seconds\": %.3f, \"container_bytes\": "
           "%lld, "
           "\"peak_bytes\": %.0f, \"peak_over_container\": %.3f}\n",
           (long long)nodes, (long long)count, (long long)n->edges, (long long)memory, taken, cpu,
           (long long)n->bytes, peak, peak / (double)n->bytes);
    gamlp_container_free(made);
    remove_directory(folder);
    return 0;
}
