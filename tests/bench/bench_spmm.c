/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* mallopt() */
/* A hop Y = S X on a generated graph, against what must move through memory.
 *
 *   bench_spmm [--recipe arxiv-sim|reddit-sim] [--dimension D] [--hops K] [--rounds R]
 *              [--threads T] [--storage full|bfloat16] [--order none|rcm|degree|label]
 *              [--clock wall|cpu] [--dump FOLDER]
 *
 * In turn, in one process: triads in each level of the memory, random reads that tell how much of
 * the last-level cache there is for this program (rates.h), K hops of ours, reads of the same
 * columns in the same order without arithmetic and, where it was found, K products of
 * SuiteSparse:GraphBLAS.  `--dump` writes S and X for programs that do the
 * same (compare_spmm.py). */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef GAMLP_GRAPHBLAS
#include <GraphBLAS.h>
#endif

#include "check.h"
#include "core/file.h"
#include "core/hot.h"
#include "core/memory.h"
#include "dataset/generate.h"
#include "dataset/npy.h"
#include "gamlp/alloc.h"
#include "gamlp/feature.h"
#include "gamlp/threads.h"
#include "matrix/gather.h"
#include "matrix/order.h"
#include "rates.h"

enum { ROUNDS_MOST = 64 };

/* Of a cache that each core has to itself. */
#define PRIVATE_CACHE (1 << 20)

typedef struct bench {
    gamlp_dataset data;
    gamlp_csr s;
    gamlp_csr adjacency;
    gamlp_dense x, y, z;
    int64_t *node;
    int64_t hops, rounds;
    bool bfloat16;
    double order_s;
    rates rates;
    double ours_s[ROUNDS_MOST], fresh_s[ROUNDS_MOST], plain_s[ROUNDS_MOST], read_s[ROUNDS_MOST],
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

/* Columns of X that a cache of the last `room` of them lacks, in the order of the entries: a list
 * of the columns from the last one used to the first. */
static double missed(const gamlp_csr *s, int64_t room) {
    int32_t *before, *after, first = -1, last = -1;
    int64_t misses = 0, held = 0;
    CHECK_OK(gamlp_new_raw(&before, 2 * s->cols, sizeof *before, "a list of columns"));
    after = before + s->cols;
    for (int64_t j = 0; j < s->cols; j++) before[j] = after[j] = -2; /* not held */
    for (int64_t k = 0; k < s->nnz; k++) {
        const int32_t j = s->idx[k];
        if (j == first) continue;
        if (before[j] != -2) {
            after[before[j]] = after[j];
            *(j == last ? &last : &before[after[j]]) = before[j];
        } else {
            misses++;
            if (held++ >= room) {
                const int32_t out = last;
                last = before[out];
                after[last] = -1;
                before[out] = after[out] = -2;
            }
        }
        before[j] = -1;
        after[j] = first;
        *(first < 0 ? &last : &before[first]) = j;
        first = j;
    }
    gamlp_free(before);
    return (double)misses;
}

/* H S, ..., H S^K of all nodes by the feature engine, operator and all. */
static void run_ours(bench *t) {
    const gamlp_feature_input input = {.adjacency = &t->adjacency, .dense = &t->x};
    gamlp_feature_options options = {.normalise = GAMLP_NORMALISE_NONE, .bfloat16 = t->bfloat16};
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

/* The columns of all entries of S, in strips of one or two cache lines as the engine's, read and
 * not used: what the cache hands out in this order, whatever is done with it. */
typedef gamlp_real lanes __attribute__((vector_size(64)));
enum { AHEAD = 192, LANES = 64 / (int)sizeof(gamlp_real) };

typedef struct reading {
    const bench *t;
    const gamlp_real *x;            /* a strip    */
    int64_t lines;                  /* of a strip */
    int64_t kept[GAMLP_CSR_CHUNKS]; /* so that nothing is left out */
} reading;

GAMLP_HOT_PART int64_t read_strips(const gamlp_csr *s, const lanes *x, int64_t begin, int64_t end,
                                   int64_t lines) {
    const int64_t ahead = AHEAD / lines;
    lanes sum = {0};
    for (int64_t k = begin; k < end; k++) {
        const lanes *from = x + s->idx[k] * lines;
        const lanes *later = x + s->idx[k + ahead < end ? k + ahead : end - 1] * lines;
        for (int64_t q = 0; q < lines; q++) __builtin_prefetch(later + q, 0, 2);
        for (int64_t q = 0; q < lines; q++) sum += from[q];
    }
    return sum[0] != 0;
}

GAMLP_HOT static int64_t read_entries(const gamlp_csr *s, const lanes *x, int64_t begin,
                                      int64_t end, int64_t lines) {
    return lines == 1 ? read_strips(s, x, begin, end, 1) : read_strips(s, x, begin, end, 2);
}

static void read_chunk(void *context, int64_t chunk) {
    reading *r = context;
    const gamlp_csr *s = &r->t->s;
    r->kept[chunk] =
        read_entries(s, (const lanes *)(const void *)r->x, s->ptr[gamlp_csr_chunk(s, chunk)],
                     s->ptr[gamlp_csr_chunk(s, chunk + 1)], r->lines);
}

/* Every pass another strip, as every hop of one finds what the one before has written. */
static void run_reads(bench *t, int64_t lines) {
    const int64_t wide = lines * LANES, d = t->x.rows;
    reading r = {.t = t, .lines = lines};
    for (int64_t f = 0; f < t->hops * d; f += wide) {
        r.x = t->y.data + (f % d + wide <= d ? f % d : 0) * t->x.cols;
        gamlp_parallel(GAMLP_CSR_CHUNKS, read_chunk, &r);
    }
}

static void run_lines(bench *t) {
    run_reads(t, 1);
}

static void run_pairs(bench *t) {
    run_reads(t, 2);
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

static void run_graphblas(bench *t) {
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

static void run_graphblas(bench *t) {
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

/* A symmetric matrix of renumbered nodes, its rows in increasing order. */
static void renumber(gamlp_csr *to, const gamlp_csr *from, const int32_t *place) {
    gamlp_csr moved;
    CHECK_OK(gamlp_csr_renumber(&moved, from, place));
    CHECK_OK(gamlp_csr_transpose(to, &moved));
    gamlp_csr_clear(&moved);
}

/* S and X as if the source had numbered the nodes so. */
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
    renumber(&s, &t->s, place);
    renumber(&t->adjacency, a, place);
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

/* Seconds of a run, by hop. */
static double lasts(bench *t, void (*run)(bench *)) {
    double start = seconds();
    run(t);
    return (seconds() - start) / (double)t->hops;
}

static void measure(bench *t) {
    rates_init(&t->rates, by_cpu);
    for (int64_t r = 0; r < t->rounds; r++) t->fresh_s[r] = lasts(t, run_ours);
    /* From here on memory that was freed stays with the process: no page is cleared any more. */
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, -1);
    (void)lasts(t, run_ours);
    (void)lasts(t, run_graphblas);
    for (int64_t r = 0; r < t->rounds; r++) {
        rates_run(&t->rates);
        t->ours_s[r] = lasts(t, run_ours);
        t->plain_s[r] = lasts(t, run_plain);
        const double lines = lasts(t, run_lines), pairs = lasts(t, run_pairs);
        t->read_s[r] = lines < pairs ? lines : pairs;
        t->graphblas_s[r] = lasts(t, run_graphblas);
    }
    rates_clear(&t->rates);
}

/* Bytes of a hop in every level of the memory, and what follows from them. */
typedef struct bounds {
    double least; /* S once, X and Y once                                         */
    double cache; /* S once, Y once, and columns of X that a shared cache lacks, as
                     large as it is described                                     */
    double found; /* the same of the cache that is found                          */
    double level[RATES_LEVELS];
    double operations;
    double seconds; /* the slowest level, or the arithmetic                         */
} bounds;

/* Features at a time of which all nodes fit the shared cache, as large as it is described, since
 * the roofline is to hold whatever others leave of it: a cache line or a few. */
static int64_t features_at_once(const bench *t) {
    const int64_t line = 64 / (int64_t)sizeof(gamlp_real), d = t->x.rows;
    int64_t most = gamlp_memory_cache() / (int64_t)sizeof(gamlp_real) / t->s.rows / line * line;
    return most < line || most > d ? d : most;
}

static bounds bounds_of(const bench *t) {
    const double item = sizeof(gamlp_real), d = (double)t->x.rows;
    const double matrix = item * (double)(t->x.rows * t->x.cols);
    const double s = (4 + item) * (double)t->s.nnz + 8 * (double)t->s.rows;
    const int64_t column = t->x.rows * (int64_t)sizeof(gamlp_real), strip = features_at_once(t);
    const int64_t piece = strip * (int64_t)sizeof(gamlp_real);
    bounds b = {.least = matrix + s + matrix / (double)t->hops, .seconds = 0};
    b.cache = matrix + s + missed(&t->s, gamlp_memory_cache() / column) * (double)column;
    b.found = matrix + s + missed(&t->s, (int64_t)t->rates.found / column) * (double)column;
    /* From memory: X and Y once, S once for every strip.  From the shared cache: strips of columns
     * that a private one lacks.  From the private cache: every column that is added. */
    b.level[RATES_MEMORY] = matrix + matrix / (double)t->hops + s * d / (double)strip;
    b.level[RATES_SHARED] = missed(&t->s, PRIVATE_CACHE / piece) * item * d;
    b.level[RATES_PRIVATE] = item * d * (double)t->s.nnz;
    b.operations = 2 * d * (double)t->s.nnz;
    b.seconds = b.operations / t->rates.operations;
    for (int level = 0; level < RATES_LEVELS; level++)
        if (b.level[level] / t->rates.best[level] > b.seconds)
            b.seconds = b.level[level] / t->rates.best[level];
    return b;
}

static void print(bench *t) {
    static const char *const name[RATES_LEVELS] = {"private", "shared", "memory"};
    const bounds b = bounds_of(t);
    const double ours = fastest(t->ours_s, t->rounds), fresh = fastest(t->fresh_s, t->rounds);
    const double plain = fastest(t->plain_s, t->rounds);
    const double graphblas = fastest(t->graphblas_s, t->rounds);
    const double memory = t->rates.best[RATES_MEMORY], reads = fastest(t->read_s, t->rounds);
    printf("{\"nodes\": %lld, \"entries\": %lld, \"dimension\": %lld, \"threads\": %lld, "
           "\"hops\": %lld, \"hop_s\": %.5f, \"fresh_s\": %.5f, \"plain_s\": %.5f, "
           "\"read_s\": %.5f, \"of_read\": %.3f, \"graphblas_s\": %.5f, \"over_graphblas\": %.2f",
           (long long)t->s.rows, (long long)t->s.nnz, (long long)t->x.rows,
           (long long)gamlp_threads_get(), (long long)t->hops, ours, fresh, plain, reads,
           reads / ours, graphblas, graphblas / ours);
    for (int level = RATES_PRIVATE; level < RATES_LEVELS; level++)
        printf(", \"%s_bytes\": %.0f, \"%s_gbs\": %.2f, \"%s_s\": %.5f", name[level],
               b.level[level], name[level], t->rates.best[level] / 1e9, name[level],
               b.level[level] / t->rates.best[level]);
    printf(
        ", \"gflops\": %.1f, \"arithmetic_s\": %.5f, \"roofline_s\": %.5f, \"of_roofline\": %.3f, "
        "\"least_bytes\": %.0f, \"cache_bytes\": %.0f, \"triad_s\": %.5f, \"of_triad\": %.3f, "
        "\"of_triad_least\": %.3f, \"found_cache\": %.0f, \"found_bytes\": %.0f, "
        "\"found_triad_s\": %.5f, \"of_triad_found\": %.3f}\n",
        t->rates.operations / 1e9, b.operations / t->rates.operations, b.seconds, b.seconds / ours,
        b.least, b.cache, b.cache / memory, b.cache / memory / ours, b.least / memory / ours,
        t->rates.found, b.found, b.found / memory, b.found / memory / ours);
}

int main(int argc, char **argv) {
    static bench t;
    by_cpu = strcmp(word(argc, argv, "--clock", "wall"), "cpu") == 0;
    t.hops = number(argc, argv, "--hops", 4);
    t.rounds = number(argc, argv, "--rounds", 9);
    if (t.rounds > ROUNDS_MOST) t.rounds = ROUNDS_MOST;
    int64_t threads = number(argc, argv, "--threads", gamlp_threads_available());
    const char *folder = word(argc, argv, "--dump", NULL);
    t.bfloat16 = strcmp(word(argc, argv, "--storage", "full"), "bfloat16") == 0;
    gamlp_threads_set(threads);
    make(&t, argc, argv);
    if (folder) dump(&t, folder);
    graphblas_start(&t, threads);
    measure(&t);
    print(&t);
    return 0;
}
