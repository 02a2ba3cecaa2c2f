/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <math.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "gamlp/feature.h"
#include "gamlp/graph.h"
#include "gamlp/rng.h"
#include "gamlp/threads.h"

enum { MOST = 40, SINGLE = 1 };

/* A graph and arcs as 0-1 matrices, and as the library has them. */
typedef struct fixture {
    int64_t nodes;
    bool edge[MOST][MOST], arc[MOST][MOST];
    gamlp_graph graph;
    gamlp_csr arcs;
} fixture;

/* Random edges (of which two components and isolated nodes come by themselves when they are few),
 * and arcs, self-loops among them, when `loops`. */
static void make(fixture *f, int64_t nodes, int64_t edges, uint64_t seed, bool loops) {
    int64_t source[400], target[400];
    gamlp_rng rng = gamlp_rng_key(seed, GAMLP_RNG_TEST, 1);
    memset(f, 0, sizeof *f);
    f->nodes = nodes;
    for (int64_t e = 0; e < edges; e++) {
        int64_t i = (int64_t)gamlp_rng_below(rng, 2 * (uint64_t)e, (uint64_t)nodes);
        int64_t j = (int64_t)gamlp_rng_below(rng, 2 * (uint64_t)e + 1, (uint64_t)nodes);
        if (i != j || loops) f->arc[i][j] = true;
        if (i != j) f->edge[i][j] = f->edge[j][i] = true;
        source[e] = i;
        target[e] = j;
    }
    CHECK_OK(gamlp_graph_from_edges(&f->graph, nodes, edges, source, target));
    int64_t count = 0;
    for (int64_t i = 0; i < nodes; i++)
        for (int64_t j = 0; j < nodes; j++)
            if (f->arc[i][j]) source[count] = i, target[count++] = j;
    CHECK_OK(gamlp_csr_from_triplets(&f->arcs, nodes, nodes, count, source, target, NULL,
                                     GAMLP_DUPLICATES_ONE));
    gamlp_csr_drop_values(&f->arcs);
}

static void clear(fixture *f) {
    gamlp_graph_clear(&f->graph);
    gamlp_csr_clear(&f->arcs);
}

/* B, by its definition. */
static void pattern(double b[MOST][MOST], const fixture *f, const gamlp_operator *op) {
    int64_t n = f->nodes;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) {
            b[i][j] = f->edge[i][j];
            if (op->direction == GAMLP_DIRECTION_OUT) b[i][j] = f->arc[i][j];
            if (op->direction == GAMLP_DIRECTION_IN) b[i][j] = f->arc[j][i];
            for (int64_t k = 0; op->triangles && b[i][j] > 0 && k < n; k++)
                b[i][j] += f->edge[i][k] && f->edge[k][j];
            if (op->triangles && b[i][j] > 0) b[i][j] -= 1;
            if (i == j) b[i][j] = op->loops;
        }
}

static void oracle(double s[MOST][MOST], const fixture *f, const gamlp_operator *op) {
    static double b[MOST][MOST];
    int64_t n = f->nodes;
    pattern(b, f, op);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) {
            double row = 0, col = 0;
            for (int64_t k = 0; k < n; k++) {
                row += b[i][k];
                col += b[k][j];
            }
            s[i][j] = b[i][j];
            if (b[i][j] > 0 && op->kind == GAMLP_OPERATOR_ROW) s[i][j] /= row;
            if (b[i][j] > 0 && op->kind == GAMLP_OPERATOR_COL) s[i][j] /= col;
            if (b[i][j] > 0 && (op->kind == GAMLP_OPERATOR_SYM || op->kind == GAMLP_OPERATOR_LAZY))
                s[i][j] /= sqrt(row * col);
            if (op->kind == GAMLP_OPERATOR_LAZY)
                s[i][j] = op->delta * s[i][j] + (i == j ? 1 - op->delta : 0);
        }
}

static void compare(const fixture *f, const gamlp_operator *op, const char *what) {
    static double s[MOST][MOST];
    gamlp_csr made;
    gamlp_dense dense;
    CHECK_OK(gamlp_operator_make(&made, &f->graph.adjacency, &f->arcs, op));
    CHECK_OK(gamlp_csr_check(&made));
    CHECK_OK(gamlp_csr_to_dense(&dense, &made)); /* column i is row i */
    oracle(s, f, op);
    for (int64_t i = 0; i < f->nodes; i++)
        for (int64_t j = 0; j < f->nodes; j++) {
            double found = dense.data[i * f->nodes + j];
            if (!(fabs(found - s[i][j]) <= 1e-7 * (1 + fabs(s[i][j]))))
                fail_msg("%s: (%d, %d) is %.9g, expected %.9g", what, (int)i, (int)j, found,
                         s[i][j]);
        }
    gamlp_dense_clear(&dense);
    gamlp_csr_clear(&made);
}

/* Every operator that has a name, with every set of words. */
static void check_all(const fixture *f, const char *what) {
    for (int kind = GAMLP_OPERATOR_SYM; kind <= GAMLP_OPERATOR_ADJ; kind++)
        for (int direction = 0; direction < 3; direction++)
            for (int bits = 0; bits < 4; bits++) {
                gamlp_operator op = {(gamlp_operator_kind)kind, (gamlp_direction)direction,
                                     bits & 1, bits & 2, bits == 3 ? 0.3 : 0.5};
                if (op.triangles && direction) continue;
                compare(f, &op, what);
            }
}

static void equals_the_oracle(void **state) {
    (void)state;
    static const struct {
        int64_t nodes, edges;
        bool loops;
        const char *what;
    } cases[] = {{SINGLE, 0, false, "a single node"},
                 {2, 0, false, "two isolated nodes"},
                 {2, 1, false, "an edge"},
                 {12, 6, false, "several components"},
                 {MOST, 120, false, "a sparse graph"},
                 {MOST, 120, true, "arcs with loops"},
                 {MOST, 400, true, "a graph of triangles"}};
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        static fixture f;
        make(&f, cases[c].nodes, cases[c].edges, c, cases[c].loops);
        check_all(&f, cases[c].what);
        clear(&f);
    }
}

static void empty_graph(void **state) {
    (void)state;
    gamlp_csr none = {0}, s;
    const gamlp_operator op = gamlp_operator_default();
    CHECK_OK(gamlp_csr_init(&none, 0, 0, 0));
    CHECK_OK(gamlp_operator_make(&s, &none, NULL, &op));
    assert_true(s.rows == 0 && s.nnz == 0);
    gamlp_csr_clear(&s);
    gamlp_csr_clear(&none);
}

/* A~ = (D+I)^{-1/2} (A+I) (D+I)^{-1/2}, each number rounded once, and equal to its transpose. */
static void the_default_is_symmetric(void **state) {
    (void)state;
    static fixture f;
    gamlp_csr s, t;
    const gamlp_csr *a = &f.graph.adjacency;
    const gamlp_operator op = gamlp_operator_default();
    make(&f, MOST, 150, 9, false);
    CHECK_OK(gamlp_operator_make(&s, a, NULL, &op));
    CHECK_OK(gamlp_csr_check(&s));
    assert_int_equal(s.nnz, a->nnz + a->rows);
    for (int64_t i = 0; i < s.rows; i++)
        for (int64_t k = s.ptr[i]; k < s.ptr[i + 1]; k++) {
            const int64_t j = s.idx[k];
            const double di = (double)(a->ptr[i + 1] - a->ptr[i]) + 1;
            const double dj = (double)(a->ptr[j + 1] - a->ptr[j]) + 1;
            assert_true(s.val[k] == (gamlp_real)(1 / sqrt(di * dj)));
        }
    CHECK_OK(gamlp_csr_transpose(&t, &s));
    assert_memory_equal(s.val, t.val, (size_t)s.nnz * sizeof *s.val);
    assert_memory_equal(s.idx, t.idx, (size_t)s.nnz * sizeof *s.idx);
    gamlp_csr_clear(&t);
    gamlp_csr_clear(&s);
    clear(&f);
}

/* Triangles of a graph of several chunks: the same for any number of threads. */
static void threads(void **state) {
    (void)state;
    enum { MANY = 600 };
    int64_t source[8 * MANY], target[8 * MANY];
    gamlp_rng rng = gamlp_rng_key(4, GAMLP_RNG_TEST, 2);
    gamlp_graph graph;
    gamlp_csr s[3];
    const gamlp_operator op = {GAMLP_OPERATOR_ROW, GAMLP_DIRECTION_NONE, true, false, 0.5};
    for (uint64_t e = 0; e < 8 * MANY; e++) {
        source[e] = (int64_t)gamlp_rng_below(rng, 2 * e, MANY);
        target[e] = (int64_t)gamlp_rng_below(rng, 2 * e + 1, MANY / 4); /* hubs */
    }
    CHECK_OK(gamlp_graph_from_edges(&graph, MANY, 8 * MANY, source, target));
    for (int t = 0; t < 3; t++) {
        gamlp_threads_set(t + 1);
        CHECK_OK(gamlp_operator_make(&s[t], &graph.adjacency, NULL, &op));
        assert_int_equal(s[t].nnz, s[0].nnz);
        assert_memory_equal(s[t].val, s[0].val, (size_t)s[0].nnz * sizeof(gamlp_real));
    }
    gamlp_threads_set(gamlp_threads_available());
    for (int t = 0; t < 3; t++) gamlp_csr_clear(&s[t]);
    gamlp_graph_clear(&graph);
}

static void bad_input(void **state) {
    (void)state;
    static fixture f;
    gamlp_csr s, wide, few;
    gamlp_operator op = gamlp_operator_default();
    make(&f, 5, 6, 1, false);
    CHECK_OK(gamlp_csr_init(&wide, 5, 6, 0));
    CHECK_OK(gamlp_csr_init(&few, 4, 4, 0));
    CHECK_FAILS(gamlp_operator_make(&s, &wide, NULL, &op), GAMLP_E_USAGE, "a square adjacency");
    op.direction = GAMLP_DIRECTION_IN;
    CHECK_FAILS(gamlp_operator_make(&s, &f.graph.adjacency, NULL, &op), GAMLP_E_USAGE,
                "no directions");
    CHECK_FAILS(gamlp_operator_make(&s, &f.graph.adjacency, &few, &op), GAMLP_E_USAGE,
                "arcs of 4 nodes, adjacency of 5");
    gamlp_csr_clear(&wide);
    gamlp_csr_clear(&few);
    clear(&f);
}

typedef struct failing {
    const fixture *f;
    gamlp_operator op;
} failing;

static gamlp_status build(void *context) {
    const failing *c = context;
    gamlp_csr s;
    gamlp_status status = gamlp_operator_make(&s, &c->f->graph.adjacency, &c->f->arcs, &c->op);
    gamlp_csr_clear(&s);
    return status;
}

static void no_memory(void **state) {
    (void)state;
    static fixture f;
    failing c = {&f, gamlp_operator_default()};
    make(&f, MOST, 150, 2, false);
    check_every_allocation(build, &c);
    c.op.triangles = true;
    check_every_allocation(build, &c);
    c.op.triangles = false;
    c.op.direction = GAMLP_DIRECTION_IN;
    check_every_allocation(build, &c);
    clear(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_oracle),
        cmocka_unit_test(empty_graph),
        cmocka_unit_test(the_default_is_symmetric),
        cmocka_unit_test(threads),
        cmocka_unit_test(bad_input),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
