/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ppr, heat and katz by every method against dense matrices. */
#include "check.h"

#include <math.h>
#include <string.h>

#include "feature/diffusion.h"
#include "gamlp/alloc.h"
#include "gamlp/graph.h"
#include "gamlp/rng.h"
#include "gamlp/threads.h"

enum { N = 50, D = 37, FEW = 3 };

static gamlp_graph graph;
static gamlp_dense own;      /* D x N */
static gamlp_csr own_sparse; /* the same */
static double s_dense[N][N], f_dense[N][N];

/* Two parts that are not joined, and the isolated node N - 1. */
static void make_graph(int64_t nodes, int64_t edges, uint64_t seed) {
    int64_t source[400], target[400];
    gamlp_rng rng = gamlp_rng_key(seed, GAMLP_RNG_TEST, 3);
    for (int64_t e = 0; e < edges; e++) {
        uint64_t half = nodes > 4 ? (uint64_t)nodes / 2 : 1, part = (uint64_t)(e % 2) * half;
        source[e] = (int64_t)(part + gamlp_rng_below(rng, 2 * (uint64_t)e, half));
        target[e] = (int64_t)(part + gamlp_rng_below(rng, 2 * (uint64_t)e + 1, half));
        if (source[e] == nodes - 1) source[e] = 0;
        if (target[e] == nodes - 1) target[e] = 0;
    }
    CHECK_OK(gamlp_graph_from_edges(&graph, nodes, edges, source, target));
}

static void make_features(int64_t nodes) {
    CHECK_OK(gamlp_dense_init(&own, D, nodes));
    fill_normal(&own, 5);
    int64_t entries = 0;
    for (int64_t i = 0; i < nodes * D; i++) {
        if (i % 5 != 0) own.data[i] = 0;
        entries += i % 5 == 0;
    }
    CHECK_OK(gamlp_csr_init(&own_sparse, nodes, D, entries));
    for (int64_t i = 0, k = 0; i < nodes; i++) {
        for (int64_t f = 0; f < D; f++) {
            if ((i * D + f) % 5 != 0) continue;
            own_sparse.idx[k] = (int32_t)f;
            own_sparse.val[k++] = own.data[i * D + f];
        }
        own_sparse.ptr[i + 1] = k;
    }
}

static void make_all(int64_t nodes, int64_t edges, uint64_t seed) {
    make_graph(nodes, edges, seed);
    make_features(nodes);
}

static void clear_all(void) {
    gamlp_graph_clear(&graph);
    gamlp_dense_clear(&own);
    gamlp_csr_clear(&own_sparse);
}

static double common_neighbours(int64_t i, int64_t j, double a[N][N]) {
    double sum = 0;
    for (int64_t k = 0; k < N; k++) sum += a[i][k] * a[k][j];
    return sum;
}

/* S from its formula. */
static void dense_operator(const gamlp_operator *op) {
    static double a[N][N], b[N][N];
    double sum[N];
    const gamlp_csr *p = &graph.adjacency;
    memset(a, 0, sizeof a);
    memset(s_dense, 0, sizeof s_dense);
    for (int64_t i = 0; i < p->rows; i++)
        for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++) a[i][p->idx[k]] = 1;
    for (int64_t i = 0; i < N; i++) {
        sum[i] = 0;
        for (int64_t j = 0; j < N; j++) {
            b[i][j] = op->triangles ? a[i][j] * common_neighbours(i, j, a) : a[i][j];
            if (op->loops && i == j && i < p->rows) b[i][j] = 1;
            sum[i] += b[i][j];
        }
    }
    for (int64_t i = 0; i < N; i++)
        for (int64_t j = 0; j < N; j++) {
            double v = b[i][j];
            if (v != 0 && op->kind == GAMLP_OPERATOR_ROW) v /= sum[i];
            if (v != 0 && op->kind == GAMLP_OPERATOR_COL) v /= sum[j];
            if (v != 0 && (op->kind == GAMLP_OPERATOR_SYM || op->kind == GAMLP_OPERATOR_LAZY))
                v /= sqrt(sum[i] * sum[j]);
            if (op->kind == GAMLP_OPERATOR_LAZY) v = op->delta * v + (i == j ? 1 - op->delta : 0);
            s_dense[i][j] = v;
        }
}

static void multiply(double c[N][N], double a[N][N], double b[N][N]) {
    static double out[N][N];
    for (int64_t i = 0; i < N; i++)
        for (int64_t j = 0; j < N; j++) {
            out[i][j] = 0;
            for (int64_t k = 0; k < N; k++) out[i][j] += a[i][k] * b[k][j];
        }
    memcpy(c, out, sizeof out);
}

/* F as a power series: of (I - c S)^{-1} by doubling, prod (I + (c S)^(2^k)); of exp(-t (I - S)) by
 * Taylor's on t / 2^10, then squaring. */
static void dense_function(const gamlp_term *term) {
    static double p[N][N], t[N][N];
    memset(f_dense, 0, sizeof f_dense);
    for (int64_t i = 0; i < N; i++) f_dense[i][i] = 1;
    if (term->kind == GAMLP_TERM_HEAT) {
        memcpy(p, f_dense, sizeof p);
        for (int k = 1; k < 20; k++) {
            for (int64_t i = 0; i < N; i++)
                for (int64_t j = 0; j < N; j++)
                    t[i][j] = (s_dense[i][j] - (i == j)) * term->value / 1024 / k;
            multiply(p, p, t);
            for (int64_t i = 0; i < N * N; i++) f_dense[i / N][i % N] += p[i / N][i % N];
        }
        for (int k = 0; k < 10; k++) multiply(f_dense, f_dense, f_dense);
        return;
    }
    const bool ppr = term->kind == GAMLP_TERM_PPR;
    for (int64_t i = 0; i < N * N; i++)
        p[i / N][i % N] = (ppr ? 1 - term->value : term->value) * s_dense[i / N][i % N];
    for (int k = 0; k < 14; k++) {
        memcpy(t, p, sizeof t);
        for (int64_t i = 0; i < N; i++) t[i][i] += 1;
        multiply(f_dense, f_dense, t);
        multiply(p, p, p);
    }
    for (int64_t i = 0; ppr && i < N * N; i++) f_dense[i / N][i % N] *= term->value;
}

static gamlp_feature_options options_of(const char *text) {
    gamlp_feature_options options;
    gamlp_feature_options_default(&options);
    CHECK_OK(gamlp_feature_set_parse(&options.set, text));
    options.diffusion.tolerance = 1e-8;
    return options;
}

static gamlp_feature_input input_of(bool sparse) {
    return (gamlp_feature_input){.adjacency = &graph.adjacency,
                                 .sparse = sparse ? &own_sparse : NULL,
                                 .dense = sparse ? NULL : &own};
}

static void check_block(const gamlp_stack *x, const int64_t *index, int64_t count,
                        const char *what) {
    const gamlp_dense *y = &x->block[0].dense;
    assert_int_equal(y->rows, D);
    assert_int_equal(y->cols, count);
    for (int64_t i = 0; i < count; i++)
        for (int64_t f = 0; f < D; f++) {
            double expected = 0;
            for (int64_t j = 0; j < graph.nodes; j++)
                expected += f_dense[index[i]][j] * (double)own.data[j * D + f];
            double got = (double)y->data[i * D + f];
            if (!(fabs(got - expected) <= 2e-6 * (1 + fabs(expected))))
                fail_msg("%s: node %lld, feature %lld: %.9g, expected %.9g", what,
                         (long long)index[i], (long long)f, got, expected);
        }
}

/* All nodes (by features), then few (by nodes), dense and sparse. */
static void check_term(const char *text, int method) {
    int64_t all[N], few[FEW] = {graph.nodes - 1, 0, graph.nodes / 2};
    gamlp_diffusion_report report;
    gamlp_feature_options options = options_of(text);
    for (int64_t i = 0; i < graph.nodes; i++) all[i] = i;
    options.report = &report;
    options.diffusion.method = method;
    dense_operator(&options.set.term[0].op);
    dense_function(&options.set.term[0]);
    for (int sparse = 0; sparse < 2; sparse++) {
        const gamlp_feature_input input = input_of(sparse);
        gamlp_stack x;
        CHECK_OK(gamlp_feature_make(&x, &input, all, graph.nodes, &options));
        check_block(&x, all, graph.nodes, text);
        gamlp_stack_clear(&x);
        CHECK_OK(gamlp_feature_make(&x, &input, few, FEW, &options));
        check_block(&x, few, FEW, text);
        assert_true(report.plan.cost[report.plan.method].by_nodes || graph.edges == 0);
        assert_true(report.residual <= 1e-6 && report.error <= 1e-5);
        if (method) assert_int_equal(report.plan.method, method);
        gamlp_stack_clear(&x);
    }
}

static const char *const terms[] = {"ppr(0.1)",       "ppr(0.3, row)",  "ppr(0.15, col)",
                                    "ppr(0.2, lazy)", "ppr(1)",         "ppr(0.2, sym(noloops))",
                                    "ppr(0.1, tri)",  "katz(0.5, sym)", "katz(0.3, row)",
                                    "katz(0.02, adj)"};
static const char *const heats[] = {"heat(3)",  "heat(0.1, row)",     "heat(5, col)",
                                    "heat(40)", "heat(2, lazy(0.3))", "heat(1, sym(noloops))"};

static void every_term_by_every_method(void **state) {
    (void)state;
    make_all(N, 180, 1);
    for (size_t i = 0; i < sizeof terms / sizeof terms[0]; i++)
        for (int m = 0; m < GAMLP_DIFFUSION_METHODS; m++) {
            if (m == GAMLP_DIFFUSION_PUSH) continue;
            check_term(terms[i], m);
        }
    for (size_t i = 0; i < sizeof heats / sizeof heats[0]; i++) {
        check_term(heats[i], GAMLP_DIFFUSION_AUTO);
        check_term(heats[i], GAMLP_DIFFUSION_CHOLESKY);
        check_term(heats[i], GAMLP_DIFFUSION_CHEBYSHEV);
    }
    clear_all();
}

static void push_finds_the_rows(void **state) {
    (void)state;
    make_all(N, 180, 2);
    for (size_t i = 0; i < sizeof terms / sizeof terms[0]; i++)
        check_term(terms[i], GAMLP_DIFFUSION_PUSH);
    clear_all();
}

static void odd_graphs(void **state) {
    (void)state;
    make_all(1, 0, 3); /* a single node */
    for (int m = 0; m < GAMLP_DIFFUSION_METHODS; m++) check_term("ppr(0.1)", m);
    check_term("heat(3)", GAMLP_DIFFUSION_CHOLESKY);
    check_term("ppr(0.2, adj)", GAMLP_DIFFUSION_AUTO);
    clear_all();
    make_all(N, 0, 3); /* no edges: every node is isolated */
    check_term("ppr(0.1)", GAMLP_DIFFUSION_CHOLESKY);
    check_term("ppr(0.1, row(noloops))", GAMLP_DIFFUSION_CG);
    check_term("katz(0.5, adj)", GAMLP_DIFFUSION_AUTO);
    check_term("heat(2, tri)", GAMLP_DIFFUSION_CHEBYSHEV);
    clear_all();
}

static void make_once(gamlp_stack *x, const char *text, int method, const int64_t *index,
                      int64_t count) {
    gamlp_feature_options options = options_of(text);
    const gamlp_feature_input input = input_of(true);
    options.diffusion.method = method;
    CHECK_OK(gamlp_feature_make(x, &input, index, count, &options));
}

static void bits_do_not_depend_on_threads(void **state) {
    (void)state;
    int64_t index[N], threads = gamlp_threads_get();
    for (int64_t i = 0; i < N; i++) index[i] = N - 1 - i;
    make_all(N, 180, 4);
    for (int m = 1; m < GAMLP_DIFFUSION_METHODS; m++)
        for (int64_t count = FEW; count <= N; count += N - FEW)
            for (int heat = 0; heat < 2; heat++) {
                gamlp_stack x[2];
                if (heat && (m == GAMLP_DIFFUSION_CG || m == GAMLP_DIFFUSION_PUSH)) continue;
                for (int k = 0; k < 2; k++) {
                    gamlp_threads_set(1 + 3 * k);
                    make_once(&x[k], heat ? "heat(4)" : "ppr(0.1)", m, index, count);
                }
                assert_memory_equal(x[0].block[0].dense.data, x[1].block[0].dense.data,
                                    (size_t)(D * count) * sizeof(gamlp_real));
                gamlp_stack_clear(&x[0]);
                gamlp_stack_clear(&x[1]);
            }
    gamlp_threads_set(threads);
    clear_all();
}

/* Nodes renumbered: the same numbers at other places. */
static void node_order_does_not_matter(void **state) {
    (void)state;
    int64_t index[N], to[N], source[400], target[400], count = 0;
    make_all(N, 180, 6);
    gamlp_graph first = graph;
    for (int64_t i = 0; i < N; i++) {
        index[i] = i;
        to[i] = (i * 7 + 11) % N;
    }
    for (int64_t i = 0; i < N; i++)
        for (int64_t k = first.adjacency.ptr[i]; k < first.adjacency.ptr[i + 1]; k++)
            if (first.adjacency.idx[k] > i) {
                source[count] = to[i];
                target[count++] = to[first.adjacency.idx[k]];
            }
    for (int m = 1; m < GAMLP_DIFFUSION_PUSH; m++) {
        gamlp_stack x, y;
        gamlp_dense moved;
        const gamlp_dense kept = own;
        make_once(&x, "ppr(0.1, row)", m, index, N);
        CHECK_OK(gamlp_graph_from_edges(&graph, N, count, source, target));
        CHECK_OK(gamlp_dense_init(&moved, D, N));
        for (int64_t i = 0; i < N; i++)
            memcpy(moved.data + to[i] * D, own.data + i * D, D * sizeof *own.data);
        own = moved;
        gamlp_feature_options options = options_of("ppr(0.1, row)");
        const gamlp_feature_input input = input_of(false);
        options.diffusion.method = m;
        CHECK_OK(gamlp_feature_make(&y, &input, to, N, &options));
        check_close(&y.block[0].dense, &x.block[0].dense, 1e-6, "renumbered nodes");
        gamlp_stack_clear(&x);
        gamlp_stack_clear(&y);
        gamlp_dense_clear(&moved);
        gamlp_graph_clear(&graph);
        own = kept;
        graph = first;
    }
    clear_all();
}

static void refuses(const char *text, gamlp_status status, const char *sentence) {
    const int64_t index[] = {0};
    gamlp_feature_options options = options_of(text);
    gamlp_feature_input input = input_of(true);
    input.arcs = &graph.adjacency;
    gamlp_stack x;
    CHECK_FAILS(gamlp_feature_make(&x, &input, index, 1, &options), status, sentence);
}

static void impossible_terms_are_refused(void **state) {
    (void)state;
    make_all(N, 180, 7);
    refuses("ppr(0.1, sym(out))", GAMLP_E_CONFIG, "symmetric");
    refuses("heat(3, adj)", GAMLP_E_CONFIG, "normalised");
    refuses("katz(0.9, adj)", GAMLP_E_CONFIG, "not positive definite");
    refuses("katz(1.01)", GAMLP_E_CONFIG, "not positive definite");
    /* An adjacency with an edge in one direction only. */
    gamlp_csr *a = &graph.adjacency;
    for (int64_t k = a->ptr[0] + 1; k < a->ptr[a->rows]; k++) a->idx[k - 1] = a->idx[k];
    for (int64_t i = 1; i <= a->rows; i++) a->ptr[i]--;
    a->nnz--;
    assert_true(a->ptr[1] >= 0);
    refuses("ppr(0.1)", GAMLP_E_DATA, "not symmetric");
    clear_all();
}

static void memory_limits_the_choice(void **state) {
    (void)state;
    const int64_t index[] = {0, 1, 2};
    make_all(N, 180, 8);
    gamlp_feature_options options = options_of("ppr(0.1)");
    const gamlp_feature_input input = input_of(true);
    gamlp_diffusion_report report;
    gamlp_stack x;
    options.report = &report;
    CHECK_OK(gamlp_feature_make(&x, &input, index, 3, &options));
    gamlp_stack_clear(&x);
    const double most = report.plan.cost[GAMLP_DIFFUSION_CHOLESKY].bytes;
    assert_true(report.plan.fill > N && report.plan.flops > N && most > 0);
    options.diffusion.memory = (int64_t)most - 1;
    CHECK_OK(gamlp_feature_make(&x, &input, index, 3, &options));
    gamlp_stack_clear(&x);
    assert_false(report.plan.cost[GAMLP_DIFFUSION_CHOLESKY].possible);
    assert_non_null(strstr(report.plan.cost[GAMLP_DIFFUSION_CHOLESKY].why, "the limit"));
    assert_int_not_equal(report.plan.method, GAMLP_DIFFUSION_CHOLESKY);
    options.diffusion.method = GAMLP_DIFFUSION_CHOLESKY;
    CHECK_FAILS(gamlp_feature_make(&x, &input, index, 3, &options), GAMLP_E_CONFIG, "the limit");
    options.diffusion.memory = 10;
    CHECK_FAILS(gamlp_feature_make(&x, &input, index, 3, &options), GAMLP_E_CONFIG,
                "within 10 bytes");
    options = options_of("heat(3)");
    options.diffusion.method = GAMLP_DIFFUSION_CG;
    CHECK_FAILS(gamlp_feature_make(&x, &input, index, 3, &options), GAMLP_E_CONFIG,
                "is for ppr and katz");
    options.diffusion.tolerance = 0;
    CHECK_FAILS(gamlp_feature_make(&x, &input, index, 3, &options), GAMLP_E_CONFIG, "tolerance");
    options.diffusion = (gamlp_diffusion_options){9, 1e-6, 0};
    CHECK_FAILS(gamlp_feature_make(&x, &input, index, 3, &options), GAMLP_E_CONFIG, "method");
    options.diffusion = (gamlp_diffusion_options){0, 1e-6, -1};
    CHECK_FAILS(gamlp_feature_make(&x, &input, index, 3, &options), GAMLP_E_CONFIG, "memory");
    assert_null(gamlp_diffusion_method_name(GAMLP_DIFFUSION_METHODS));
    clear_all();
}

/* The certificate is what a fresh residual in double says, and a loose tolerance shows in it. */
static void certificate_is_the_residual(void **state) {
    (void)state;
    int64_t index[N];
    for (int64_t i = 0; i < N; i++) index[i] = i;
    make_all(N, 180, 9);
    gamlp_feature_options options = options_of("ppr(0.1)");
    const gamlp_feature_input input = input_of(false);
    gamlp_diffusion_report report;
    options.report = &report;
    options.diffusion.method = GAMLP_DIFFUSION_CHEBYSHEV;
    dense_operator(&options.set.term[0].op);
    for (double tolerance = 1e-2; tolerance > 1e-6; tolerance /= 100) {
        gamlp_stack x;
        double r = 0, b = 0;
        options.diffusion.tolerance = tolerance;
        CHECK_OK(gamlp_feature_make(&x, &input, index, N, &options));
        const gamlp_real *y = x.block[0].dense.data;
        for (int64_t f = 0; f < D; f++)
            for (int64_t i = 0; i < N; i++) {
                double sum = (double)own.data[i * D + f] - (double)y[i * D + f] / 0.1;
                for (int64_t j = 0; j < N; j++)
                    sum += 0.9 * s_dense[i][j] * (double)y[j * D + f] / 0.1;
                r += sum * sum;
                b += (double)own.data[i * D + f] * (double)own.data[i * D + f];
            }
        assert_true(fabs(sqrt(r / b) - report.residual) < 1e-9);
        assert_true(report.residual <= tolerance);
        assert_true(report.residual > tolerance / 1e4 || tolerance < 1e-4);
        gamlp_stack_clear(&x);
    }
    clear_all();
}

/* Node by node with one factor: planned and factorised in the first call, to the bits of its time,
 * and what is told in the end is of all nodes. */
static void calls_share_a_factor(void **state) {
    (void)state;
    static const char *const text[] = {"ppr(0.2)", "heat(2)"};
    static const double limit = sizeof(gamlp_real) == 4 ? 1e-6 : 1e-9;
    make_all(N, 120, 4);
    for (int k = 0; k < 2; k++) {
        const gamlp_feature_input input = {.adjacency = &graph.adjacency, .dense = &own};
        gamlp_diffusion_report report, first = {0};
        gamlp_feature_options options;
        gamlp_stack x, all;
        gamlp_feature_options_default(&options);
        CHECK_OK(gamlp_feature_set_parse(&options.set, text[k]));
        int64_t every[N];
        for (int64_t i = 0; i < N; i++) every[i] = i;
        CHECK_OK(gamlp_feature_make(&all, &input, every, N, &options));
        options.report = &report;
        CHECK_OK(gamlp_feature_kept_new(&options.kept, N));
        for (int64_t i = 0; i < N; i++) {
            CHECK_OK(gamlp_feature_make(&x, &input, &i, 1, &options));
            if (i == 0) first = report;
            assert_true(report.factor_seconds == first.factor_seconds &&
                        report.analyse_seconds == first.analyse_seconds);
            assert_true(report.plan.cost[report.plan.method].by_nodes);
            for (int64_t f = 0; f < D; f++)
                assert_true(fabs((double)x.block[0].dense.data[f] -
                                 (double)all.block[0].dense.data[i * D + f]) < limit);
            gamlp_stack_clear(&x);
        }
        assert_true(report.solve_seconds > first.solve_seconds);
        /* Rounding of the result is a part of what is told: about a quarter of 2^-23. */
        if (sizeof(gamlp_real) == 4) assert_true(report.residual > 1e-8 && report.residual < 2e-7);
        gamlp_feature_kept_free(options.kept);
        gamlp_stack_clear(&all);
    }
    gamlp_feature_kept_free(NULL);
    clear_all();
}

static gamlp_status everything(void *context) {
    const int *method = context;
    const int64_t index[] = {4, 7, 2};
    gamlp_stack x;
    gamlp_feature_options options;
    const gamlp_feature_input input = input_of(true);
    gamlp_feature_options_default(&options);
    gamlp_status status = gamlp_feature_set_parse(
        &options.set, *method ? "ppr(0.1, row); katz(0.02, adj)" : "heat(3)");
    options.diffusion.method = *method;
    if (status == GAMLP_OK) status = gamlp_feature_make(&x, &input, index, 3, &options);
    if (status == GAMLP_OK) gamlp_stack_clear(&x);
    return status;
}

static void no_memory(void **state) {
    (void)state;
    make_all(N, 180, 10);
    for (int m = 0; m < GAMLP_DIFFUSION_METHODS; m++) check_every_allocation(everything, &m);
    clear_all();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_term_by_every_method),
        cmocka_unit_test(push_finds_the_rows),
        cmocka_unit_test(odd_graphs),
        cmocka_unit_test(bits_do_not_depend_on_threads),
        cmocka_unit_test(node_order_does_not_matter),
        cmocka_unit_test(impossible_terms_are_refused),
        cmocka_unit_test(memory_limits_the_choice),
        cmocka_unit_test(certificate_is_the_residual),
        cmocka_unit_test(calls_share_a_factor),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
