/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "feature/terms.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* docs/operators.md and `gamlp help features` are made from this table. */
const gamlp_term_row gamlp_term_table[] = {
    {"x", "x", "H", "the nodes' own features"},
    {"sym", "sym^K", "S^K H, S = R^(-1/2) B R^(-1/2)", "symmetric operator, B = A + I (GCN's)"},
    {"row", "row^K", "S^K H, S = R^(-1) B",
     "random walk, B = A + I: each node takes the mean of its neighbours"},
    {"col", "col^K", "S^K H, S = B R^(-1)",
     "each node gives equal parts to its neighbours, B = A + I"},
    {"lazy", "lazy^K", "S^K H, S = (1 - delta) I + delta R^(-1/2) B R^(-1/2)",
     "lazy walk, B = A; lazy(delta) with 0 < delta <= 1, else 1/2"},
    {"adj", "adj^K", "S^K H, S = B", "sums over neighbours, B = A"},
    {"tri", "tri^K", "S^K H, S = R^(-1) T",
     "mean weighted by T_ij, the triangles that edge ij is in (SIGN's); the same as row(triangles, "
     "noloops)"},
    {"sum", "sum(OP^I..J)", "sum of S^k H for k = I, ..., J", "sum of powers"},
    {"mean", "mean(OP^I..J, A)", "(1 - A) (mean of S^k H for k = I, ..., J) + A H",
     "mean of powers (S2GC), A = 0 unless given"},
    {"appnp", "appnp(A, K, OP)", "sum of A (1 - A)^k S^k H for k < K, plus (1 - A)^K S^K H",
     "K steps of the power iteration for ppr (APPNP)"},
    {"ppr", "ppr(A, OP)", "A (I - (1 - A) S)^(-1) H",
     "personalised PageRank, teleport probability A, exact"},
    {"heat", "heat(T, OP)", "exp(-T (I - S)) H", "heat kernel of time T"},
    {"katz", "katz(B, OP)", "(I - B S)^(-1) H", "Katz index, B < 1 / (largest eigenvalue of S)"},
    {"degree", "degree", "d_i", "neighbours"},
    {"pagerank", "pagerank", "n pi_i", "PageRank with damping 0.85, of mean 1"},
    {"core", "core", "largest k of a k-core that has node i", "core number"},
    {"triangles", "triangles", "t_i", "triangles that a node is in"},
    {"clustering", "clustering", "2 t_i / (d_i (d_i - 1))",
     "local clustering coefficient, 0 for d_i < 2"},
    {"harmonic", "harmonic", "mean of 1 / dist(i, j) over j",
     "harmonic centrality; of sampled j when the graph is large"},
    {"component", "component", "n_i / n", "fraction of the nodes that the component of a node has"},
    {NULL, NULL, NULL, NULL},
};

/* Rows of the table by meaning. */
enum { ROW_SYM = 1, ROW_TRI = 6, ROW_SUM = 7, ROW_DEGREE = 13 };

gamlp_operator gamlp_operator_default(void) {
    return (gamlp_operator){.kind = GAMLP_OPERATOR_SYM, .loops = true, .delta = 0.5};
}

static gamlp_operator operator_of_row(int row) {
    gamlp_operator op = gamlp_operator_default();
    op.triangles = row == ROW_TRI;
    op.kind = row == ROW_TRI ? GAMLP_OPERATOR_ROW : (gamlp_operator_kind)(row - ROW_SYM);
    op.loops = op.kind <= GAMLP_OPERATOR_COL && row != ROW_TRI;
    return op;
}

bool gamlp_term_named(gamlp_term *term, const char *name) {
    int row = 0;
    while (gamlp_term_table[row].name && strcmp(gamlp_term_table[row].name, name) != 0) row++;
    if (!gamlp_term_table[row].name) return false;
    *term = (gamlp_term){.kind = GAMLP_TERM_X, .op = gamlp_operator_default()};
    if (row >= ROW_DEGREE) {
        term->kind = GAMLP_TERM_STRUCTURE;
        term->structure = (gamlp_structure)(row - ROW_DEGREE);
    } else if (row >= ROW_SUM) {
        term->kind = (gamlp_term_kind)(row - ROW_SUM + GAMLP_TERM_SUM);
    } else if (row >= ROW_SYM) {
        term->kind = GAMLP_TERM_POWERS;
        term->op = operator_of_row(row);
        term->first = term->last = 1;
    }
    return true;
}

const char *gamlp_operator_name(const gamlp_operator *op) {
    bool tri = op->triangles && op->kind == GAMLP_OPERATOR_ROW && !op->loops;
    return gamlp_term_table[tri ? ROW_TRI : ROW_SYM + (int)op->kind].name;
}

const char *gamlp_term_name(const gamlp_term *term) {
    int row = 0;
    if (term->kind == GAMLP_TERM_POWERS) return gamlp_operator_name(&term->op);
    if (term->kind == GAMLP_TERM_STRUCTURE) row = ROW_DEGREE + (int)term->structure;
    if (term->kind >= GAMLP_TERM_SUM && term->kind <= GAMLP_TERM_KATZ)
        row = ROW_SUM + (int)(term->kind - GAMLP_TERM_SUM);
    return gamlp_term_table[row].name;
}

bool gamlp_operator_equal(const gamlp_operator *a, const gamlp_operator *b) {
    return a->kind == b->kind && a->direction == b->direction && a->triangles == b->triangles &&
           a->loops == b->loops && (a->kind != GAMLP_OPERATOR_LAZY || a->delta == b->delta);
}

bool gamlp_term_is_polynomial(const gamlp_term *term) {
    return term->kind >= GAMLP_TERM_POWERS && term->kind <= GAMLP_TERM_APPNP;
}

int64_t gamlp_term_blocks(const gamlp_term *term) {
    return term->kind == GAMLP_TERM_POWERS ? term->last - term->first + 1 : 1;
}

double gamlp_term_weight(const gamlp_term *term, int64_t k) {
    double alpha = term->value;
    bool inside = k >= term->first && k <= term->last;
    if (term->kind == GAMLP_TERM_SUM) return inside ? 1 : 0;
    if (term->kind == GAMLP_TERM_MEAN)
        return (inside ? (1 - alpha) / (double)(term->last - term->first + 1) : 0) +
               (k == 0 ? alpha : 0);
    return k == term->last ? pow(1 - alpha, (double)k) : alpha * pow(1 - alpha, (double)k);
}
