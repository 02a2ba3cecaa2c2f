/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random edges that come and go one by one on real data: a factor that is updated against one that
 * is made anew. usage: bench_update [--updates N] [--seed S] [--threads T] [--remove FRACTION]
 *                     [--repeats R] NAME
 * The same edges come and go R times; the time of an update is the least of these, since other
 * programs make some of them longer. Prints one object. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "feature/living.h"
#include "gamlp/alloc.h"
#include "gamlp/dataset.h"
#include "gamlp/feature.h"
#include "gamlp/rng.h"
#include "gamlp/threads.h"
#include "matrix/lowrank.h"

typedef struct bench {
    gamlp_dataset data;
    gamlp_term term;
    gamlp_dense x;
    int64_t updates, repeats, added;
    uint64_t seed;
    double remove; /* fraction of the updates */
} bench;

/* Processor time of one thread, with which other programs do not count; of several, the wall
 * clock's. */
static double now(void) {
    struct timespec t;
    clock_gettime(gamlp_threads_get() == 1 ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static void must(gamlp_status status) {
    if (status == GAMLP_OK) return;
    fprintf(stderr, "bench_update: %s\n", gamlp_error_text());
    exit(1);
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *value, int64_t count) {
    qsort(value, (size_t)count, sizeof *value, by_value);
    return value[count / 2];
}

/* The graph as it is now, from nothing: order, analysis and numbers. */
static double refactorise(gamlp_living **fresh, const bench *b, const gamlp_living *living) {
    gamlp_csr adjacency;
    must(gamlp_living_adjacency(&adjacency, living));
    double start = now();
    must(gamlp_living_new(fresh, &adjacency, &b->term));
    double ms = now() - start;
    gamlp_csr_clear(&adjacency);
    return ms;
}

/* Fold the changes in when the next one would do so, which is timed by itself. */
static double fold(gamlp_living *living) {
    if (gamlp_living_pending(living) < GAMLP_LOWRANK_MOST) return 0;
    double start = now();
    must(gamlp_living_fold(living));
    return now() - start;
}

/* An edge at random: one of the source's that goes, or a new one that comes. */
static double change(bench *b, gamlp_living *living, uint64_t k) {
    const gamlp_csr *a = &b->data.graph.adjacency;
    gamlp_rng rng = gamlp_rng_key(b->seed, GAMLP_RNG_TEST, 1);
    for (uint64_t t = 0;; t++) {
        bool add = gamlp_rng_uniform(rng, 4000 * k) >= b->remove;
        uint64_t first =
            gamlp_rng_below(rng, 4000 * k + 2 * t + 1, (uint64_t)(add ? a->rows : a->nnz));
        int64_t i = (int64_t)first, j = 0;
        if (add)
            j = (int64_t)gamlp_rng_below(rng, 4000 * k + 2 * t + 2, (uint64_t)a->rows);
        else
            for (i = 0, j = a->idx[first]; a->ptr[i + 1] <= (int64_t)first;) i++;
        double start = now();
        gamlp_status status = gamlp_living_edge(living, i, j, add);
        double ms = now() - start;
        if (status == GAMLP_E_DATA) continue; /* there already, gone already, or a loop */
        must(status);
        b->added += add;
        return ms;
    }
}

static double difference(const gamlp_dense *y, const gamlp_dense *z) {
    double r = 0, s = 0;
    for (int64_t k = 0; k < y->rows * y->cols; k++) {
        double d = (double)y->data[k] - (double)z->data[k];
        r += d * d;
        s += (double)z->data[k] * (double)z->data[k];
    }
    return sqrt(r / s);
}

enum { ANEW = 5 };

/* All updates of the graph as it came: *ms and *folds are lowered to what they take.  Returned: how
 * often the graph was factorised anew. */
static int64_t pass(gamlp_living **living, bench *b, double *ms, double *folds, double *anew) {
    gamlp_living *fresh;
    double sum = 0;
    int64_t count = 0;
    b->added = 0;
    must(gamlp_living_new(living, &b->data.graph.adjacency, &b->term));
    for (int64_t k = 0; k < b->updates; k++) {
        sum += fold(*living);
        ms[k] = fmin(ms[k], change(b, *living, (uint64_t)k));
        if (k % (b->updates / ANEW + 1) != 0) continue;
        anew[count++] = refactorise(&fresh, b, *living);
        gamlp_living_free(fresh);
    }
    *folds = fmin(*folds, sum);
    return count;
}

static void run(bench *b) {
    gamlp_living *living = NULL, *fresh;
    gamlp_dense y, z;
    double residual, fresh_residual, *ms, *anew, sum = 0, folds = INFINITY;
    int64_t count = 0;
    must(gamlp_new_raw(&ms, b->updates, sizeof *ms, "times"));
    must(gamlp_new_raw(&anew, ANEW * b->repeats, sizeof *anew, "times"));
    for (int64_t k = 0; k < b->updates; k++) ms[k] = INFINITY;
    for (int64_t k = 0; k < b->repeats; k++) {
        gamlp_living_free(living);
        count += pass(&living, b, ms, &folds, anew + count);
    }
    const int64_t entries = gamlp_living_entries(living);
    const double again = median(anew, count);
    for (int64_t k = 0; k < b->updates; k++) sum += ms[k];
    qsort(ms, (size_t)b->updates, sizeof *ms, by_value);
    must(gamlp_dense_init(&y, b->x.rows, b->x.cols));
    must(gamlp_dense_init(&z, b->x.rows, b->x.cols));
    refactorise(&fresh, b, living);
    double start = now();
    must(gamlp_living_apply(&y, &residual, living, &b->x));
    double solve = now() - start;
    must(gamlp_living_apply(&z, &fresh_residual, fresh, &b->x));
    const double updates = (double)b->updates, mean = sum / updates, share = folds / updates;
    const double p99 = ms[b->updates * 99 / 100], most = ms[b->updates - 1];
    printf("{\"benchmark\": \"update\", \"dataset\": \"%s\", \"threads\": %lld, \"updates\": %lld, "
           "\"added\": %lld, "
           "\"update_mean_ms\": %.3f, \"update_median_ms\": %.3f, \"update_p99_ms\": %.3f, "
           "\"update_max_ms\": %.3f, \"folds_ms\": %.1f, \"fold_share_ms\": %.3f, "
           "\"refactorise_ms\": %.1f, \"ratio_mean\": %.1f, \"ratio_p99\": %.1f, "
           "\"ratio_max\": %.1f, \"ratio_mean_folded\": %.1f, \"ratio_max_folded\": %.1f, "
           "\"solve_ms\": %.1f, \"entries\": %lld, \"entries_fresh\": %lld, \"residual\": %.3g, "
           "\"difference\": %.3g}\n",
           b->data.name, (long long)gamlp_threads_get(), (long long)b->updates, (long long)b->added,
           mean, ms[b->updates / 2], p99, most, folds, share, again, again / mean, again / p99,
           again / most, again / (mean + share), again / (most + share), solve, (long long)entries,
           (long long)gamlp_living_entries(fresh), residual, difference(&y, &z));
    gamlp_living_free(living);
    gamlp_living_free(fresh);
    gamlp_dense_clear(&y);
    gamlp_dense_clear(&z);
    gamlp_free(ms);
    gamlp_free(anew);
}

int main(int count, char **words) {
    bench b = {.updates = 1000, .repeats = 3, .seed = 1, .remove = 0.5};
    gamlp_dataset_options options;
    gamlp_feature_set set;
    int i = 1;
    for (; i + 1 < count && strncmp(words[i], "--", 2) == 0; i += 2) {
        if (strcmp(words[i], "--updates") == 0) b.updates = atoll(words[i + 1]);
        if (strcmp(words[i], "--repeats") == 0) b.repeats = atoll(words[i + 1]);
        if (strcmp(words[i], "--seed") == 0) b.seed = (uint64_t)atoll(words[i + 1]);
        if (strcmp(words[i], "--threads") == 0) gamlp_threads_set(atoll(words[i + 1]));
        if (strcmp(words[i], "--remove") == 0) b.remove = strtod(words[i + 1], NULL);
    }
    if (i >= count || b.updates < ANEW || b.repeats < 1) {
        fprintf(stderr, "usage: bench_update [--updates N] [--seed S] [--threads T] "
                        "[--remove FRACTION] [--repeats R] NAME\n");
        return 64;
    }
    gamlp_dataset_options_default(&options);
    must(gamlp_feature_set_parse(&set, "ppr(0.1)"));
    b.term = set.term[0];
    must(gamlp_dataset_open(&b.data, words[i], &options));
    if (b.data.sparse.rows)
        must(gamlp_csr_to_dense(&b.x, &b.data.sparse));
    else
        must(gamlp_dense_copy(&b.x, &b.data.dense));
    run(&b);
    gamlp_dense_clear(&b.x);
    gamlp_dataset_clear(&b.data);
    return 0;
}
