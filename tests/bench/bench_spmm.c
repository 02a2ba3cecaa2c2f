/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hop Y = S X on a generated graph, against what must move through memory.
 *
 *   bench_spmm [--recipe arxiv-sim|reddit-sim] [--dimension D] [--hops K] [--rounds R] [--threads
 * T]
 *              [--cache BYTES] [--order none|rcm|degree|community] [--dump FOLDER]
 *
 * In turn, in one process: a triad a = b + 3 c over as many bytes as one hop must move, K hops of
 * ours and, where it was found, K products of SuiteSparse:GraphBLAS.  `--dump` writes S and X for
 * programs that do the same (compare_spmm.py). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef GAMLP_GRAPHBLAS
#include <GraphBLAS.h>
#endif

#include "check.h"
#include "core/file.h"
#include "dataset/generate.h"
#include "dataset/npy.h"
#include "gamlp/alloc.h"
#include "gamlp/feature.h"
#include "gamlp/threads.h"
#include "matrix/order.h"

enum { ROUNDS_MOST = 64 };

/* Of the three arrays of a triad: far more than any cache. */
#define TRIAD_BYTES 1e9

typedef struct bench {
    gamlp_dataset data;
    gamlp_csr s;
    gamlp_csr adjacency;
    gamlp_dense x, y, z;
    int64_t *node;
    int64_t hops, rounds, triad, repeats; /* elements of the triad, and how often it runs */
    double order_s;
    gamlp_real *a, *b, *c;
    double triad_s[ROUNDS_MOST], ours_s[ROUNDS_MOST], plain_s[ROUNDS_MOST],
        graphblas_s[ROUNDS_MOST];
} bench;

/* Of the wall clock, or with --cpu of all threads divided by their number, which other programs on
 * the machine disturb less. */
static bool by_cpu;

static double seconds(void) {
    struct timespec now;
    clock_gettime(by_cpu ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &now);
    double value = (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
    return by_cpu ? value / (double)gamlp_threads_get() : value;
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

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double fastest(double *value, int64_t count) {
    qsort(value, (size_t)count, sizeof *value, compare);
    return value[0];
}

/* Bytes that reach a cache of `capacity` bytes which keeps the columns of X that were used last:
 * the misses of an LRU cache of columns, by their stack distances in a Fenwick tree over time. */
static double missed(const bench *t, double capacity) {
    int64_t n = t->s.rows,
            room = (int64_t)(capacity / (double)(t->x.rows * (int64_t)sizeof(gamlp_real)));
    int64_t time = 0, misses = 0, size = t->s.nnz + 1;
    int64_t *at = NULL;
    int32_t *tree = NULL;
    CHECK_OK(gamlp_new(&at, n, sizeof *at, "times"));
    CHECK_OK(gamlp_new(&tree, size + 1, sizeof *tree, "a tree"));
    for (int64_t k = 0; k < t->s.nnz; k++) {
        int64_t j = t->s.idx[k], since = 0;
        time++;
        if (at[j]) {
            for (int64_t i = time - 1; i > 0; i -= i & -i) since += tree[i];
            for (int64_t i = at[j]; i > 0; i -= i & -i) since -= tree[i];
            for (int64_t i = at[j]; i <= size; i += i & -i) tree[i]--;
        }
        misses += !at[j] || since >= room;
        at[j] = time;
        for (int64_t i = time; i <= size; i += i & -i) tree[i]++;
    }
    gamlp_free(at);
    gamlp_free(tree);
    return (double)misses * (double)t->x.rows * (double)sizeof(gamlp_real);
}

static void triad_chunk(void *context, int64_t chunk) {
    const bench *t = context;
    int64_t from = t->triad * chunk / 64, to = t->triad * (chunk + 1) / 64;
    gamlp_real *restrict a = t->a;
    const gamlp_real *restrict b = t->b, *restrict c = t->c;
    for (int64_t i = from; i < to; i++) a[i] = b[i] + 3 * c[i];
}

static void run_triad(bench *t) {
    for (int64_t r = 0; r < t->repeats; r++) gamlp_parallel(64, triad_chunk, t);
}

/* H S, ..., H S^K of all nodes by the feature engine, operator and all. */
static void run_ours(bench *t) {
    const gamlp_feature_input input = {.adjacency = &t->adjacency, .dense = &t->x};
    gamlp_feature_options options = {.normalise = GAMLP_NORMALISE_NONE};
    char text[32];
    gamlp_stack x;
    snprintf(text, sizeof text, "sym^1..%d", (int)t->hops);
    CHECK_OK(gamlp_feature_set_parse(&options.set, text));
    CHECK_OK(gamlp_feature_make(&x, &input, t->node, t->x.cols, &options));
    gamlp_stack_clear(&x);
}

/* K products, one after the other, between two matrices. */
static void run_plain(bench *t) {
    for (int64_t k = 0; k < t->hops; k++)
        gamlp_csr_gather(k % 2 ? &t->z : &t->y, &t->s, k % 2 ? &t->y : k ? &t->z : &t->x);
}

#ifdef GAMLP_GRAPHBLAS
/* S and X as full matrix by rows, so that S X is the same product. */
static GrB_Matrix grb_s, grb_x, grb_y;

static void check_grb(GrB_Info info) {
    if (info != GrB_SUCCESS) fail_msg("GraphBLAS: %d", (int)info);
}

static void graphblas_start(const bench *t, int64_t threads) {
    GrB_Index n = (GrB_Index)t->s.rows, d = (GrB_Index)t->x.rows;
    GrB_Index *ptr = malloc((n + 1) * sizeof *ptr), *idx = malloc((size_t)t->s.nnz * sizeof *idx);
    float *val = malloc((size_t)t->s.nnz * sizeof *val), *x = malloc(n * d * sizeof *x);
    check_grb(GrB_init(GrB_NONBLOCKING));
    check_grb(GxB_Global_Option_set(GxB_GLOBAL_NTHREADS, (int)threads));
    for (GrB_Index i = 0; i <= n; i++) ptr[i] = (GrB_Index)t->s.ptr[i];
    for (int64_t k = 0; k < t->s.nnz; k++)
        idx[k] = (GrB_Index)t->s.idx[k], val[k] = (float)t->s.val[k];
    for (GrB_Index i = 0; i < n * d; i++) x[i] = (float)t->x.data[i];
    check_grb(GrB_Matrix_new(&grb_s, GrB_FP32, n, n));
    check_grb(GxB_Matrix_pack_CSR(grb_s, &ptr, &idx, (void **)&val, (n + 1) * sizeof *ptr,
                                  (GrB_Index)t->s.nnz * sizeof *idx,
                                  (GrB_Index)t->s.nnz * sizeof *val, false, false, NULL));
    check_grb(GrB_Matrix_new(&grb_x, GrB_FP32, n, d));
    check_grb(GxB_Matrix_pack_FullR(grb_x, (void **)&x, n * d * sizeof *x, false, NULL));
    check_grb(GrB_Matrix_new(&grb_y, GrB_FP32, n, d));
}

static void run_graphblas(const bench *t) {
    for (int64_t k = 0; k < t->hops; k++) {
        check_grb(GrB_mxm(grb_y, NULL, NULL, GxB_PLUS_TIMES_FP32, grb_s, grb_x, NULL));
        check_grb(GrB_Matrix_wait(grb_y, GrB_MATERIALIZE));
    }
}
#else
static void graphblas_start(const bench *t, int64_t threads) {
    (void)t;
    (void)threads;
}

static void run_graphblas(const bench *t) {
    (void)t;
}
#endif

static void dump(const bench *t, const char *folder) {
    const struct {
        const char *name, *type;
        int64_t shape[2], dims;
        const void *data;
        size_t item;
    } array[] = {{"ptr", "<i8", {t->s.rows + 1, 0}, 1, t->s.ptr, 8},
                 {"idx", "<i4", {t->s.nnz, 0}, 1, t->s.idx, 4},
                 {"val", gamlp_npy_real(), {t->s.nnz, 0}, 1, t->s.val, sizeof(gamlp_real)},
                 {"x", gamlp_npy_real(), {t->x.cols, t->x.rows}, 2, t->x.data, sizeof(gamlp_real)}};
    for (size_t i = 0; i < sizeof array / sizeof array[0]; i++) {
        char path[4096];
        gamlp_bytes bytes;
        snprintf(path, sizeof path, "%s/%s.npy", folder, array[i].name);
        CHECK_OK(gamlp_npy_write(&bytes, array[i].type, array[i].shape, array[i].dims,
                                 array[i].data, array[i].item));
        CHECK_OK(gamlp_file_write(path, bytes.data, bytes.size));
        gamlp_bytes_clear(&bytes);
    }
}

/* S and X of renumbered nodes. */
static void reorder(bench *t, const char *rule) {
    const gamlp_csr *a = &t->data.graph.adjacency;
    t->adjacency = *a;
    int32_t *place;
    gamlp_csr s;
    gamlp_dense x;
    if (strcmp(rule, "none") == 0) return;
    double start = seconds();
    CHECK_OK(gamlp_new_raw(&place, a->rows, sizeof *place, "places"));
    if (strcmp(rule, "label") == 0) /* as if the communities were known */
        CHECK_OK(gamlp_order_groups(place, t->data.label, a->rows));
    else if (strcmp(rule, "rcm") == 0)
        CHECK_OK(gamlp_order_rcm(place, a));
    else
        CHECK_OK(gamlp_order_degree(place, a));
    CHECK_OK(gamlp_csr_renumber(&s, &t->s, place));
    CHECK_OK(gamlp_csr_renumber(&t->adjacency, a, place));
    CHECK_OK(gamlp_dense_renumber(&x, &t->x, place));
    gamlp_csr_clear(&t->s);
    gamlp_dense_clear(&t->data.dense);
    t->s = s;
    t->x = t->data.dense = x;
    t->order_s = seconds() - start;
    gamlp_free(place);
}

static void make(bench *t, int argc, char **argv) {
    gamlp_generate_options o;
    const gamlp_operator op = gamlp_operator_default();
    CHECK_OK(gamlp_generate_options_recipe(&o, word(argc, argv, "--recipe", "arxiv-sim")));
    o.dimension = number(argc, argv, "--dimension", 128);
    o.nodes = number(argc, argv, "--nodes", o.nodes);
    o.edges = number(argc, argv, "--edges", o.edges);
    if (o.nodes < o.train_count + o.val_count + o.test_count)
        o.train_count = o.val_count = o.test_count = o.nodes / 4;
    CHECK_OK(gamlp_dataset_generate(&t->data, &o));
    t->x = t->data.dense;
    CHECK_OK(gamlp_dense_init(&t->y, t->x.rows, t->x.cols));
    CHECK_OK(gamlp_dense_init(&t->z, t->x.rows, t->x.cols));
    CHECK_OK(gamlp_new_raw(&t->node, t->x.cols, sizeof *t->node, "node numbers"));
    for (int64_t i = 0; i < t->x.cols; i++) t->node[i] = i;
    CHECK_OK(gamlp_operator_make(&t->s, &t->data.graph.adjacency, NULL, &op));
    reorder(t, word(argc, argv, "--order", "none"));
}

static void measure(bench *t) {
    for (int64_t r = 0; r <= t->rounds; r++) { /* the first round warms up */
        double at[5];
        at[0] = seconds();
        run_triad(t);
        at[1] = seconds();
        run_ours(t);
        at[2] = seconds();
        run_plain(t);
        at[3] = seconds();
        run_graphblas(t);
        at[4] = seconds();
        if (r == 0) continue;
        t->triad_s[r - 1] = at[1] - at[0];
        t->ours_s[r - 1] = (at[2] - at[1]) / (double)t->hops;
        t->plain_s[r - 1] = (at[3] - at[2]) / (double)t->hops;
        t->graphblas_s[r - 1] = (at[4] - at[3]) / (double)t->hops;
    }
}

int main(int argc, char **argv) {
    static bench t;
    by_cpu = strcmp(word(argc, argv, "--clock", "wall"), "cpu") == 0;
    t.hops = number(argc, argv, "--hops", 4);
    t.rounds = number(argc, argv, "--rounds", 9);
    if (t.rounds > ROUNDS_MOST) t.rounds = ROUNDS_MOST;
    int64_t threads = number(argc, argv, "--threads", gamlp_threads_available());
    double cache = (double)number(argc, argv, "--cache", 32 << 20);
    const char *folder = word(argc, argv, "--dump", NULL);
    gamlp_threads_set(threads);
    make(&t, argc, argv);
    if (folder) dump(&t, folder);
    double item = sizeof(gamlp_real), entry = 4 + item;
    double matrix = item * (double)(t.x.rows * t.x.cols);
    double least = matrix + entry * (double)t.s.nnz + 8 * (double)t.s.rows;
    double given = least + missed(&t, cache);
    least += matrix / (double)t.hops;
    double gathered = item * (double)t.x.rows * (double)t.s.nnz;
    t.repeats = 1 + (int64_t)(given / TRIAD_BYTES);
    t.triad = (int64_t)(given / 3 / item / (double)t.repeats);
    CHECK_OK(gamlp_new(&t.a, t.triad, sizeof *t.a, "a"));
    CHECK_OK(gamlp_new(&t.b, t.triad, sizeof *t.b, "b"));
    CHECK_OK(gamlp_new(&t.c, t.triad, sizeof *t.c, "c"));
    graphblas_start(&t, threads);
    measure(&t);
    double triad = fastest(t.triad_s, t.rounds), ours = fastest(t.ours_s, t.rounds);
    double plain = fastest(t.plain_s, t.rounds);
    double graphblas = fastest(t.graphblas_s, t.rounds);
    printf("{\"nodes\": %lld, \"entries\": %lld, \"dimension\": %lld, \"threads\": %lld, \"hops\": "
           "%lld, "
           "\"least_bytes\": %.0f, \"cache_bytes\": %.0f, \"gathered_bytes\": %.0f, "
           "\"triad_s\": %.5f, \"hop_s\": %.5f, \"plain_s\": %.5f, \"graphblas_s\": %.5f, "
           "\"triad_gbs\": %.2f, "
           "\"of_triad\": %.3f, \"of_triad_least\": %.3f, \"over_graphblas\": %.2f}\n",
           (long long)t.s.rows, (long long)t.s.nnz, (long long)t.x.rows, (long long)threads,
           (long long)t.hops, least, given, gathered, triad, ours, plain, graphblas,
           given / triad / 1e9, triad / ours, triad / ours * least / given, graphblas / ours);
    return 0;
}
