/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Diffusion terms: ppr, heat and katz. */
#ifndef GAMLP_FEATURE_DIFFUSION_H
#define GAMLP_FEATURE_DIFFUSION_H

#include "feature/series.h"
#include "feature/system.h"
#include "gamlp/diffusion.h"
#include "matrix/cholesky.h"

/* What a diffusion is to be multiplied with. */
typedef struct gamlp_diffusion_job {
    int64_t features; /* d                                                      */
    int64_t entries;  /* of the features: n d when they are dense               */
    int64_t count;    /* nodes whose results are wanted                         */
    int64_t calls;    /* in which they are wanted: features are solved for anew in each */
} gamlp_diffusion_job;

/* F of one term, ready to be applied. */
typedef struct gamlp_diffusion {
    gamlp_system matrix;
    gamlp_diffusion_options options;
    gamlp_diffusion_report report;
    gamlp_cholesky *cholesky; /* the analysis; NULL: none                   */
    gamlp_factor factor;      /* of K or of the resolvent, or incomplete    */
    int32_t *place;      /* of each node in the matrix, whose rows are in the order of pivots */
    gamlp_series series; /* heat                                       */
    double tolerance;    /* of the iterations                          */
    int64_t steps;       /* at most, of an iteration                   */
    int64_t slots, room; /* blocks at a time; doubles of `work` of each */
    double *work;
    gamlp_stop stop;                      /* asked in the calling thread                */
    double residual_square, right_square; /* sums over what was solved              */
    double rounded_square, value_square;  /* of rows: of the result's rounding, of it */
} gamlp_diffusion;

/* Plan the job, then make what the chosen method needs.  `adjacency` as in gamlp_feature_input.
 * GAMLP_E_CONFIG when the term cannot be computed or does not fit options->memory.  Ownership
 * passes to the caller: gamlp_diffusion_clear(). */
gamlp_status gamlp_diffusion_init(gamlp_diffusion *d, const gamlp_csr *adjacency,
                                  const gamlp_term *term, const gamlp_diffusion_job *job,
                                  const gamlp_diffusion_options *options);
void gamlp_diffusion_clear(gamlp_diffusion *d);

/* Whether the plan is to solve for the wanted nodes (gamlp_diffusion_rows()) and not for the
 * features (gamlp_diffusion_features()). */
bool gamlp_diffusion_by_nodes(const gamlp_diffusion *d);

/* Column i of Y <- sum_j F_{index[i], j} X_:j for the wanted nodes, one solve for each feature. One
 * of `sparse` (d x n, a feature a row) and `dense` (d x n) is NULL; Y is d x count, allocated by
 * the caller. */
gamlp_status gamlp_diffusion_features(gamlp_dense *y, gamlp_diffusion *d, const gamlp_csr *sparse,
                                      const gamlp_dense *dense, const int64_t *index,
                                      int64_t count);

/* The same by one solve for each wanted node, since K is symmetric; `sparse` is n x d, a node a
 * row. */
gamlp_status gamlp_diffusion_rows(gamlp_dense *y, gamlp_diffusion *d, const gamlp_csr *sparse,
                                  const gamlp_dense *dense, const int64_t *index, int64_t count);

/* report.residual and .error of all that was solved so far. */
void gamlp_diffusion_certify(gamlp_diffusion *d);

/* --- its parts --- */

/* Fill in report.plan; makes `cholesky` where a factor is considered. */
gamlp_status gamlp_diffusion_choose(gamlp_diffusion *d, const gamlp_diffusion_job *job);

/* X <- G X for GAMLP_LANES columns, in place; `work` has gamlp_diffusion_vectors() n GAMLP_LANES
 * doubles.  `stop` is asked before each step, and when it says true X is of no use. */
void gamlp_diffusion_block(const gamlp_diffusion *d, double *x, double *work,
                           const gamlp_stop *stop);
int64_t gamlp_diffusion_vectors(const gamlp_diffusion *d, gamlp_diffusion_method method);

/* (I - c N) g = e_node by pushes until |residual| <= tolerance; g, r: n zeroed doubles. */
void gamlp_push_column(const gamlp_diffusion *d, int64_t node, double *g, double *r, int32_t *queue,
                       unsigned char *queued);

/* Steps after which the residual of a Chebyshev iteration is below `tolerance`. */
int64_t gamlp_chebyshev_steps(const gamlp_system *s, double tolerance);

#endif
