/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: feature.  Graph-augmented features: a feature set is a list of terms, each of which
 * makes blocks of rows of X from the graph and the nodes' own features H (docs/operators.md).
 * The set of pdADMM-G, section III, is "x; sym^1..3": X = [H; H A~; H A~^2; H A~^3]. */
#ifndef GAMLP_FEATURE_H
#define GAMLP_FEATURE_H

#include <stdbool.h>
#include <stdint.h>

#include "gamlp/csr.h"
#include "gamlp/diffusion.h"
#include "gamlp/stack.h"

#ifdef __cplusplus
extern "C" {
#endif

/* With B the pattern that is multiplied with, R the diagonal of its row sums and C that of its
 * column sums; rows that have no sum stay zero. */
typedef enum gamlp_operator_kind {
    GAMLP_OPERATOR_SYM,  /* R^{-1/2} B C^{-1/2}                          */
    GAMLP_OPERATOR_ROW,  /* R^{-1} B                                     */
    GAMLP_OPERATOR_COL,  /* B C^{-1}                                     */
    GAMLP_OPERATOR_LAZY, /* (1 - delta) I + delta R^{-1/2} B C^{-1/2}    */
    GAMLP_OPERATOR_ADJ   /* B                                            */
} gamlp_operator_kind;

/* Which arcs of a directed source B has: both directions as one edge, i -> j in row i, or in row
 * j. */
typedef enum gamlp_direction {
    GAMLP_DIRECTION_NONE,
    GAMLP_DIRECTION_OUT,
    GAMLP_DIRECTION_IN
} gamlp_direction;

typedef struct gamlp_operator {
    gamlp_operator_kind kind;
    gamlp_direction direction;
    bool triangles; /* B_ij: the number of triangles that edge ij is in, not 1 */
    bool loops;     /* B + I instead of B                                      */
    double delta;   /* of the lazy one, 0 < delta <= 1                         */
} gamlp_operator;

/* Figures of a node that are rows of X of their own. */
typedef enum gamlp_structure {
    GAMLP_STRUCTURE_DEGREE,
    GAMLP_STRUCTURE_PAGERANK,
    GAMLP_STRUCTURE_CORE,
    GAMLP_STRUCTURE_TRIANGLES,
    GAMLP_STRUCTURE_CLUSTERING,
    GAMLP_STRUCTURE_HARMONIC,
    GAMLP_STRUCTURE_COMPONENT,
    GAMLP_STRUCTURES
} gamlp_structure;

typedef enum gamlp_term_kind {
    GAMLP_TERM_X,      /* H                                                  */
    GAMLP_TERM_POWERS, /* S^k H, k = first .. last, a block each             */
    GAMLP_TERM_SUM,    /* sum over k = first .. last of S^k H                */
    GAMLP_TERM_MEAN,   /* (1 - value) of the mean of these plus value of H   */
    GAMLP_TERM_APPNP,  /* `last` steps of the power iteration for ppr        */
    GAMLP_TERM_PPR,    /* value (I - (1 - value) S)^{-1}                     */
    GAMLP_TERM_HEAT,   /* exp(-value (I - S))                                */
    GAMLP_TERM_KATZ,   /* (I - value S)^{-1}                                 */
    GAMLP_TERM_STRUCTURE
} gamlp_term_kind;

typedef struct gamlp_term {
    gamlp_term_kind kind;
    gamlp_operator op;   /* S; node i of S H gets sum_j S_ij H_j    */
    int64_t first, last; /* powers                                  */
    double value;        /* alpha, t, beta                          */
    gamlp_structure structure;
    bool logarithm; /* log(1 + figure)                         */
} gamlp_term;

typedef struct gamlp_feature_set {
    int64_t count;
    gamlp_term term[GAMLP_STACK_BLOCKS];
} gamlp_feature_set;

/* One row for each word that begins a term; a row of NULLs ends the table. */
typedef struct gamlp_term_row {
    const char *name, *usage, *formula, *help;
} gamlp_term_row;
extern const gamlp_term_row gamlp_term_table[];

/* Read "x; sym^1..4; ppr(0.1); degree".  GAMLP_E_CONFIG names the term and what was expected. */
gamlp_status gamlp_feature_set_parse(gamlp_feature_set *set, const char *text);

/* The same set in its canonical form, which reads back to the same set; cut off at `size`.
 * Returns the number of bytes that it has without the final NUL. */
int64_t gamlp_feature_set_text(char *text, int64_t size, const gamlp_feature_set *set);

/* "x; sym^1..K-1", for 1 <= hops <= GAMLP_STACK_BLOCKS. */
gamlp_status gamlp_feature_set_hops(gamlp_feature_set *set, int64_t hops);

/* Blocks and rows of X for nodes of `features` own features. */
int64_t gamlp_feature_set_blocks(const gamlp_feature_set *set);
int64_t gamlp_feature_set_rows(const gamlp_feature_set *set, int64_t features);

/* Whether a term is that figure of the nodes. */
bool gamlp_feature_set_needs(const gamlp_feature_set *set, gamlp_structure structure);

/* A graph and its nodes' own features: sparse (nodes x d) or dense (d x nodes), the other NULL. */
typedef struct gamlp_feature_input {
    const gamlp_csr *adjacency; /* nodes x nodes, symmetric pattern without self-loops       */
    const gamlp_csr *arcs;      /* row i: where arcs of i go (loops do not count), or NULL   */
    const gamlp_csr *sparse;
    const gamlp_dense *dense;
    const double *column[GAMLP_STRUCTURES]; /* figures of the nodes, where the set needs them */
    const int32_t *place; /* a permutation of the nodes, or NULL: where each lies in memory while
                             powers are made.  It changes speed only, and no bit of the result */
} gamlp_feature_input;

typedef enum gamlp_normalise {
    GAMLP_NORMALISE_NONE,
    GAMLP_NORMALISE_ROW, /* divide by the sum              */
    GAMLP_NORMALISE_L2   /* divide by the Euclidean length */
} gamlp_normalise;

/* What calls of gamlp_feature_make() for other nodes of the same input share: each ppr, heat and
 * katz is planned and factorised in the first of them. */
typedef struct gamlp_feature_kept gamlp_feature_kept;

/* Asked in the calling thread whether the work is to end: before each term, hop of a panel of
 * features, and step of a diffusion; the ordering and the factorisation of a sparse matrix are run
 * through.  `wanted` NULL: it never is.  `context` is the caller's. */
typedef struct gamlp_stop {
    bool (*wanted)(void *context);
    void *context;
} gamlp_stop;

typedef struct gamlp_feature_options {
    gamlp_feature_set set;
    gamlp_normalise normalise; /* of each node's own features                  */
    int64_t panel;             /* features per panel; 0: chosen by cache size   */
    bool bfloat16; /* hops of powers, sums, mean and appnp read features that were rounded to
                      bfloat16, half the bytes; sums and results stay as they are.  Every hop of
                      nonnegative S adds a relative error of at most 2^-8 to |S|^k |H|; a first hop
                      of sparse features none */
    gamlp_diffusion_options diffusion;
    gamlp_diffusion_report *report; /* NULL, or one for each term: filled in for ppr, heat, katz */
    gamlp_feature_kept *kept;       /* NULL, or of calls with the same input and options        */
    gamlp_stop stop;                /* true ends the call with GAMLP_E_STOPPED                  */
} gamlp_feature_options;

/* Nothing yet; `nodes` are how many are wanted in all calls together.  Ownership passes to the
 * caller: gamlp_feature_kept_free(), which accepts NULL. */
gamlp_status gamlp_feature_kept_new(gamlp_feature_kept **kept, int64_t nodes);
void gamlp_feature_kept_free(gamlp_feature_kept *kept);

/* Defaults: "x; sym^1..3" as in the paper, features as they are; and the check of ranges. */
void gamlp_feature_options_default(gamlp_feature_options *options);
gamlp_status gamlp_feature_options_check(const gamlp_feature_options *options);

/* X restricted to the nodes `index[0..count)` (in that order): the blocks of each term after
 * those of the one before.  Works panel by panel of features, so that memory beyond the result is
 * the operator and two panels for all nodes.  The term x stays sparse when the input is.  float32,
 * the same bits for any number of threads.  Ownership passes to the caller: gamlp_stack_clear(). */
gamlp_status gamlp_feature_make(gamlp_stack *x, const gamlp_feature_input *input,
                                const int64_t *index, int64_t count,
                                const gamlp_feature_options *options);

/* Orders of nodes for gamlp_feature_input.place. */
typedef enum gamlp_node_order {
    GAMLP_NODES_NONE,
    GAMLP_NODES_DEGREE,   /* by falling degree: what is wanted often lies together           */
    GAMLP_NODES_RCM,      /* reverse Cuthill-McKee                                           */
    GAMLP_NODES_COMMUNITY /* group by group, for groups that the caller has found            */
} gamlp_node_order;

/* place[0 .. rows of the adjacency); `group` is for GAMLP_NODES_COMMUNITY, else NULL. */
gamlp_status gamlp_node_order_make(int32_t *place, const gamlp_csr *adjacency,
                                   gamlp_node_order order, const int32_t *group);

/* The operator as a matrix, for adjacency (and arcs, where op->direction asks for them) as in
 * gamlp_feature_input.  GAMLP_E_USAGE when arcs are lacking.  Ownership passes to the caller:
 * gamlp_csr_clear(). */
gamlp_status gamlp_operator_make(gamlp_csr *s, const gamlp_csr *adjacency, const gamlp_csr *arcs,
                                 const gamlp_operator *op);

/* Whether W X of all nodes, for W of `outputs` rows, is made in fewer multiply-adds by
 * gamlp_linear_product() than from X: every term combines nodes (none is a figure of them). */
bool gamlp_linear_suits(const gamlp_feature_input *input, const gamlp_feature_options *options,
                        int64_t outputs);

/* Y <- W X for all nodes (Y: W.rows x nodes), X as gamlp_feature_make() makes it, by hops and
 * diffusions of W_k H, `W.rows` numbers a node, in place of features: the same up to rounding. Only
 * where gamlp_linear_suits().  Ownership of y passes to the caller: gamlp_dense_clear(). */
gamlp_status gamlp_linear_product(gamlp_dense *y, const gamlp_dense *w,
                                  const gamlp_feature_input *input,
                                  const gamlp_feature_options *options);

/* sym with self-loops: A~ of pdADMM-G. */
gamlp_operator gamlp_operator_default(void);

#ifdef __cplusplus
}
#endif
#endif
