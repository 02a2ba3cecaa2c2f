/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Seconds to open a data set from its source files and from a container of it, in turn, and their
 * ratio.  usage: bench_load [--rounds N] NAME... */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check.h"
#include "gamlp/container.h"

enum { MOST = 1000 };

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int compare(const void *a, const void *b) {
    double x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

static double median(double *value, int count) {
    qsort(value, (size_t)count, sizeof *value, compare);
    return value[count / 2];
}

static double time_open(char fingerprint[GAMLP_HASH_TEXT], const char *name) {
    gamlp_dataset_options options;
    gamlp_dataset dataset;
    gamlp_dataset_options_default(&options);
    double start = seconds();
    CHECK_OK(gamlp_dataset_open(&dataset, name, &options));
    double taken = seconds() - start;
    memcpy(fingerprint, dataset.fingerprint, GAMLP_HASH_TEXT);
    gamlp_dataset_clear(&dataset);
    return taken;
}

static void measure(const char *name, const char *folder, int rounds) {
    static double source[MOST], container[MOST];
    char path[512], expected[GAMLP_HASH_TEXT], got[GAMLP_HASH_TEXT];
    gamlp_dataset_options options;
    gamlp_import_options import;
    gamlp_import_report report;
    snprintf(path, sizeof path, "%s/%s.gamlp", folder, strrchr(name, '/') ? "a" : name);
    gamlp_dataset_options_default(&options);
    gamlp_import_options_default(&import);
    CHECK_OK(gamlp_import(&report, path, name, &options, &import));
    for (int k = -1; k < rounds; k++) { /* the first round is not counted */
        double a = time_open(expected, name), b = time_open(got, path);
        assert_string_equal(got, expected);
        if (k >= 0) source[k] = a;
        if (k >= 0) container[k] = b;
    }
    double s = median(source, rounds), c = median(container, rounds);
    printf("{\"benchmark\": \"load\", \"dataset\": \"%s\", \"rounds\": %d, \"container_bytes\": "
           "%lld, \"source_ms\": %.4f, \"container_ms\": %.4f, \"ratio\": %.2f, "
           "\"source_best_ms\": %.4f, \"container_best_ms\": %.4f}\n",
           name, rounds, (long long)report.counts.bytes, 1e3 * s, 1e3 * c, s / c, 1e3 * source[0],
           1e3 * container[0]);
}

int main(int argc, char **argv) {
    int rounds = 11, first = 1;
    if (argc > 2 && strcmp(argv[1], "--rounds") == 0) {
        rounds = (int)strtol(argv[2], NULL, 10);
        first = 3;
    }
    if (rounds < 1 || rounds > MOST || first >= argc) return 64;
    const char *folder = make_directory();
    for (int i = first; i < argc; i++) measure(argv[i], folder, rounds);
    remove_directory(folder);
    return 0;
}
