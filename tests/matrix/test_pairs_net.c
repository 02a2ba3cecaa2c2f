/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <math.h>
#include <string.h>

#include "gamlp/threads.h"
#include "matrix/pairs_net.h"

typedef struct shape {
    int64_t units, nodes, terms, classes;
} shape;

/* Of the nets there are; with strips, tiles, sides and terms that are not full. */
static const shape shapes[] = {{500, 500, 140, 7}, {128, 64, 64, 2}, {133, 97, 252, 16},
                               {257, 65, 71, 15},  {40, 33, 7, 1},   {331, 300, 120, 3}};

typedef struct net {
    gamlp_dense b, g, base, bias_1, w_2, bias_2, hidden, expected, z;
} net;

static void skip_without_adders(void) {
    if (gamlp_pairs_thin_pays(7)) return;
    print_message("skipped: nets by pairs do not pay with this processor or precision\n");
    skip();
}

static void fill(gamlp_dense *a, int64_t rows, int64_t cols, uint64_t seed) {
    CHECK_OK(gamlp_dense_init(a, rows, cols));
    fill_normal(a, seed);
}

static void net_init(net *n, const shape *s) {
    fill(&n->b, s->units, s->terms, 1);
    fill(&n->g, s->terms, s->nodes, 2);
    fill(&n->base, s->units, s->nodes, 3);
    fill(&n->bias_1, s->units, 1, 4);
    fill(&n->w_2, s->classes, s->units, 5);
    fill(&n->bias_2, s->classes, 1, 6);
    CHECK_OK(gamlp_dense_init(&n->hidden, s->units, s->nodes));
    CHECK_OK(gamlp_dense_init(&n->expected, s->classes, s->nodes));
    CHECK_OK(gamlp_dense_init(&n->z, s->classes, s->nodes));
}

static void net_clear(net *n) {
    gamlp_dense *const all[] = {&n->b,      &n->g,      &n->base,     &n->bias_1, &n->w_2,
                                &n->bias_2, &n->hidden, &n->expected, &n->z};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) gamlp_dense_clear(all[i]);
}

/* Layer by layer. */
static void expect(net *n) {
    gamlp_pairs pairs;
    CHECK_OK(gamlp_pairs_init(&pairs, n->g.rows, n->g.cols));
    gamlp_pairs_sort(&pairs, &n->g);
    gamlp_pairs_multiply(&n->hidden, &n->b, &pairs, (gamlp_real)0.75, &n->base,
                         &(gamlp_pairs_end){n->bias_1.data, true});
    gamlp_pairs_thin(&n->expected, &n->w_2, &n->hidden);
    for (int64_t j = 0; j < n->expected.cols; j++)
        for (int64_t c = 0; c < n->expected.rows; c++)
            n->expected.data[c + j * n->expected.rows] += n->bias_2.data[c];
    gamlp_pairs_clear(&pairs);
}

/* Twice would be wrong. */
static void take(void *context, int64_t i, gamlp_real *z) {
    const gamlp_dense *to = context;
    const int64_t first = i * GAMLP_PAIRS_NODES;
    for (int64_t j = 0; j < GAMLP_PAIRS_NODES && first + j < to->cols; j++)
        for (int64_t c = 0; c < to->rows; c++)
            to->data[c + (first + j) * to->rows] += z[c * GAMLP_PAIRS_NODES + j];
}

static gamlp_pairs_layers layers_of(const net *n) {
    return (gamlp_pairs_layers){.b = &n->b,
                                .bias_1 = &n->bias_1,
                                .w_2 = &n->w_2,
                                .bias_2 = &n->bias_2,
                                .beta = (gamlp_real)0.75};
}

static void forget(net *n) {
    memset(n->z.data, 0, (size_t)(n->z.rows * n->z.cols) * sizeof *n->z.data);
}

static void check_bits(const net *n) {
    assert_memory_equal(n->z.data, n->expected.data,
                        (size_t)(n->z.rows * n->z.cols) * sizeof *n->z.data);
}

static void make(gamlp_pairs_net *fast, const net *n) {
    CHECK_OK(gamlp_pairs_net_init(fast, n->b.rows, n->g.rows, n->g.cols));
    gamlp_pairs_net_sort(fast, &n->g, &n->base);
}

static void score(net *n) {
    const gamlp_pairs_layers layers = layers_of(n);
    gamlp_pairs_net fast;
    make(&fast, n);
    forget(n);
    gamlp_pairs_net_score(&fast, &layers, take, &n->z);
    gamlp_pairs_net_clear(&fast);
}

static void has_the_bits_of_its_layers(void **state) {
    (void)state;
    const int64_t before = gamlp_threads_get(), threads[] = {1, 2, 3, 8};
    skip_without_adders();
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        net n;
        net_init(&n, &shapes[i]);
        expect(&n);
        for (size_t t = 0; t < sizeof threads / sizeof *threads; t++) {
            gamlp_threads_set(threads[t]);
            score(&n);
            check_bits(&n);
        }
        gamlp_threads_set(before);
        net_clear(&n);
    }
}

/* With fewer threads than there were when room was made. */
static void threads_may_become_fewer(void **state) {
    (void)state;
    const int64_t before = gamlp_threads_get();
    gamlp_pairs_net fast;
    net n;
    skip_without_adders();
    net_init(&n, &shapes[0]);
    expect(&n);
    gamlp_threads_set(5);
    make(&fast, &n);
    const gamlp_pairs_layers layers = layers_of(&n);
    for (int64_t threads = 4; threads > 0; threads--) {
        gamlp_threads_set(threads);
        forget(&n);
        gamlp_pairs_net_score(&fast, &layers, take, &n.z);
        check_bits(&n);
    }
    gamlp_threads_set(before);
    gamlp_pairs_net_clear(&fast);
    net_clear(&n);
}

typedef struct ends {
    net *n;
    gamlp_pairs_net *fast;
    int late; /* the end that comes when all is done, or none: both at once */
} ends;

static void take_end(void *context, int64_t turn) {
    const ends *e = context;
    const gamlp_pairs_layers layers = layers_of(e->n);
    const int end = e->late == 0 ? 1 - (int)turn : (int)turn;
    gamlp_pairs_net_take(e->fast, &layers, take, &e->n->z, end);
}

/* One end does all, the other does, and both do what they come to; whatever was done before. */
static void two_ends_have_its_bits(void **state) {
    (void)state;
    const int64_t before = gamlp_threads_get();
    skip_without_adders();
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        gamlp_pairs_net fast;
        net n;
        net_init(&n, &shapes[i]);
        expect(&n);
        gamlp_threads_set(1);
        make(&fast, &n);
        assert_false(gamlp_pairs_net_has_ends(&fast));
        gamlp_pairs_net_clear(&fast);
        gamlp_threads_set(2);
        make(&fast, &n);
        assert_true(gamlp_pairs_net_has_ends(&fast));
        for (int round = 0; round < 30; round++) {
            ends e = {&n, &fast, round % 3};
            forget(&n);
            gamlp_pairs_net_begin(&fast);
            for (int turn = 0; e.late < 2 && turn < 2; turn++) take_end(&e, turn);
            if (e.late == 2) gamlp_parallel(2, take_end, &e);
            check_bits(&n);
        }
        gamlp_pairs_net_clear(&fast);
        gamlp_threads_set(before);
        net_clear(&n);
    }
}

/* Rows of zeros, of large and of small numbers, and such as are none. */
static void rows_have_scales_of_their_own(void **state) {
    (void)state;
    net n;
    skip_without_adders();
    net_init(&n, &shapes[5]);
    for (int64_t k = 0; k < n.g.rows; k++) {
        n.b.data[3 + k * n.b.rows] = 0;
        n.b.data[57 + k * n.b.rows] *= (gamlp_real)1e25;
        n.b.data[99 + k * n.b.rows] *= (gamlp_real)1e-35;
        n.g.data[k + 7 * n.g.rows] = 0;
        n.g.data[k + 250 * n.g.rows] *= (gamlp_real)1e-30;
    }
    n.b.data[200 + 5 * n.b.rows] = (gamlp_real)NAN;
    n.g.data[11 + 40 * n.g.rows] = (gamlp_real)INFINITY;
    n.base.data[12 + 100 * n.base.rows] = (gamlp_real)NAN;
    expect(&n);
    score(&n);
    int64_t numbers = 0;
    for (int64_t i = 0; i < n.z.rows * n.z.cols; i++) {
        assert_int_equal(isnan((double)n.z.data[i]), isnan((double)n.expected.data[i]));
        if (isnan((double)n.z.data[i])) continue;
        assert_memory_equal(&n.z.data[i], &n.expected.data[i], sizeof n.z.data[i]);
        numbers++;
    }
    assert_int_equal(numbers, 0); /* one weight of layer 1 that is none reaches all nodes */
    for (int64_t k = 0; k < n.g.rows; k++) n.b.data[200 + k * n.b.rows] = 1;
    expect(&n);
    score(&n);
    for (int64_t i = 0; i < n.z.rows * n.z.cols; i++) {
        assert_int_equal(isnan((double)n.z.data[i]), isnan((double)n.expected.data[i]));
        if (isnan((double)n.z.data[i])) continue;
        assert_memory_equal(&n.z.data[i], &n.expected.data[i], sizeof n.z.data[i]);
        numbers++;
    }
    assert_true(numbers >= (n.z.cols - 2) * n.z.rows);
    net_clear(&n);
}

/* A row whose exponent is in doubt where its square has lost a part, beside one that is large: they
 * are neighbours in one order of the sums and not in the other. */
static void neighbours_do_not_matter(void **state) {
    (void)state;
    static const double doubtful[] = {0x1p-80, 0x1.001p-38, 0x1.5e37b4p-38, 0x1.0fe396p-38};
    static const shape some = {128, 64, 64, 7};
    net n;
    skip_without_adders();
    net_init(&n, &some);
    for (int64_t k = 0; k < n.b.cols; k++) {
        n.b.data[12 + k * n.b.rows] = k < 4 ? (gamlp_real)doubtful[k] : 0;
        n.b.data[16 + k * n.b.rows] *= (gamlp_real)1e25;
    }
    memset(n.base.data, 0, (size_t)(n.base.rows * n.base.cols) * sizeof *n.base.data);
    memset(n.bias_1.data, 0, (size_t)n.bias_1.rows * sizeof *n.bias_1.data);
    memset(n.bias_2.data, 0, (size_t)n.bias_2.rows * sizeof *n.bias_2.data);
    for (int64_t i = 0; i < n.w_2.rows * n.w_2.cols; i++) /* that row alone */
        n.w_2.data[i] = i / n.w_2.rows == 12;
    expect(&n);
    score(&n);
    check_bits(&n);
    net_clear(&n);
}

static void thin_products_are_those_of_double(void **state) {
    (void)state;
    const int64_t classes[] = {1, 2, 7, 15, 16}, nodes[] = {1, 11, 12, 500};
    skip_without_adders();
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        for (size_t k = 0; k < sizeof nodes / sizeof *nodes; k++) {
            gamlp_dense w, h, z;
            fill(&w, classes[i], 300, 1);
            fill(&h, 300, nodes[k], 2);
            CHECK_OK(gamlp_dense_init(&z, classes[i], nodes[k]));
            gamlp_pairs_thin(&z, &w, &h);
            for (int64_t j = 0; j < nodes[k]; j++)
                for (int64_t c = 0; c < classes[i]; c++) {
                    double sum = 0, size = 0;
                    for (int64_t u = 0; u < 300; u++) {
                        const double term =
                            (double)w.data[c + u * classes[i]] * (double)h.data[u + j * 300];
                        sum += term;
                        size += fabs(term);
                    }
                    assert_true(fabs((double)z.data[c + j * classes[i]] - sum) <= 2e-6 * size);
                }
            gamlp_dense_clear(&w);
            gamlp_dense_clear(&h);
            gamlp_dense_clear(&z);
        }
}

static void not_where_it_does_not_pay(void **state) {
    (void)state;
    assert_false(gamlp_pairs_thin_pays(17));
    assert_false(gamlp_pairs_net_pays(500, 500, 140, 17));
    assert_false(gamlp_pairs_net_pays(500, 500, 253, 7));
    assert_false(gamlp_pairs_net_pays(500, 65, 140, 7));
    skip_without_adders();
    assert_true(gamlp_pairs_net_pays(500, 500, 140, 7));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_the_bits_of_its_layers),
        cmocka_unit_test(threads_may_become_fewer),
        cmocka_unit_test(two_ends_have_its_bits),
        cmocka_unit_test(rows_have_scales_of_their_own),
        cmocka_unit_test(neighbours_do_not_matter),
        cmocka_unit_test(thin_products_are_those_of_double),
        cmocka_unit_test(not_where_it_does_not_pay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
