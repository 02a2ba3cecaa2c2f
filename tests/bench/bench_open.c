/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bench_open [--rounds R] [--threads T] FORMAT:PATH: read a data set R times (default 1) and open
 * it R times, which checks it and takes its fingerprints, too; prints one JSON object with the
 * median times. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dataset/format.h"
#include "gamlp/threads.h"

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void expect(gamlp_status status) {
    if (status == GAMLP_OK) return;
    fprintf(stderr, "bench_open: %s\n", gamlp_error_text());
    exit(gamlp_status_exit_code(status));
}

static double median(double *ms, int64_t rounds) {
    qsort(ms, (size_t)rounds, sizeof *ms, by_value);
    return ms[rounds / 2];
}

int main(int argc, char **argv) {
    int64_t rounds = 1;
    const char *name = NULL;
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--rounds") == 0 && i + 1 < argc)
            rounds = strtoll(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--threads") == 0 && i + 1 < argc)
            gamlp_threads_set(strtoll(argv[++i], NULL, 10));
        else
            name = argv[i];
    const char *colon = name ? strchr(name, ':') : NULL;
    const gamlp_format *f = colon ? gamlp_format_find(name, (size_t)(colon - name)) : NULL;
    if (!f || rounds < 1 || rounds > 1000) {
        fprintf(stderr, "usage: bench_open [--rounds R] [--threads T] FORMAT:PATH\n");
        return 64;
    }
    double *ms = calloc((size_t)rounds, sizeof *ms);
    if (!ms) return 71;
    gamlp_dataset d;
    gamlp_dataset_options options;
    gamlp_dataset_options_default(&options);
    for (int64_t i = 0; i < rounds; i++) {
        double start = now();
        expect(f->read(&d, colon + 1));
        ms[i] = now() - start;
        gamlp_dataset_clear(&d);
    }
    double read = median(ms, rounds);
    for (int64_t i = 0; i < rounds; i++) {
        double start = now();
        expect(gamlp_dataset_open(&d, name, &options));
        ms[i] = now() - start;
        if (i + 1 < rounds) gamlp_dataset_clear(&d);
    }
    printf("{\"benchmark\": \"open\", \"format\": \"%s\", \"read_ms\": %.1f, \"open_ms\": %.1f, "
           "\"threads\": %lld, "
           "\"nodes\": %lld, \"edges\": %lld, \"features\": %lld}\n",
           d.format, read, median(ms, rounds), (long long)gamlp_threads_get(), (long long)d.nodes,
           (long long)d.graph.edges, (long long)d.features);
    gamlp_dataset_clear(&d);
    free(ms);
    return 0;
}
