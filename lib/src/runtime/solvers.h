/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The registry of solvers: to each name of --solver its method and the options it takes.  A new
 * method adds a member to the union, a row to the registry, a name to the choices of `solver` in
 * gamlp_train_table and to gamlp_solver, and its own rows to that table. */
#ifndef GAMLP_RUNTIME_SOLVERS_H
#define GAMLP_RUNTIME_SOLVERS_H

#include "core/json.h"
#include "gamlp/backprop.h"
#include "gamlp/dladmm.h"
#include "gamlp/linear.h"
#include "gamlp/mdlam.h"
#include "gamlp/method.h"
#include "gamlp/train.h"
#include "solver/method_pdadmm.h"

/* Options of any method. */
typedef union gamlp_solver_options {
    gamlp_pdadmm_options pdadmm;
    gamlp_dladmm_options dladmm;
    gamlp_mdlam_options mdlam;
    gamlp_backprop_options backprop;
    gamlp_linear_options linear;
} gamlp_solver_options;

/* How a net is kept between two iterations and taken up again. */
typedef struct gamlp_freezer {
    gamlp_status (*freeze)(gamlp_frozen *frozen, void *net, gamlp_layer_sink sink, void *context);
    gamlp_status (*thaw)(void *net, const gamlp_frozen *frozen, gamlp_layer_source source,
                         void *context);
    void (*pause)(void *net, int64_t iteration); /* begin no later one; NULL: it never does */
    bool (*is_settled)(const void *net);         /* nothing is underway; NULL: never anything  */
} gamlp_freezer;

typedef struct gamlp_solver_row {
    const gamlp_method *method;
    /* Options besides those that every solver has, their names separated by spaces.  An option that
     * any row names is refused by the solvers whose rows do not. */
    const char *takes;
    const char *standard; /* options with other defaults than the table's, as YAML; or NULL */
    void (*fill)(gamlp_solver_options *options, const gamlp_train_options *train, int64_t stage);
    /* What the journal and the result tell besides; NULL: nothing. */
    void (*record)(gamlp_json *record, const void *net, int64_t layers);
    gamlp_status (*result)(gamlp_run_result *result, const void *net, int64_t layers);
    const gamlp_freezer *freezer; /* NULL: it cannot be kept */
} gamlp_solver_row;

/* How many solvers there are: gamlp_solver 0, 1, ... */
int gamlp_solver_count(void);

/* The row of a gamlp_solver. */
const gamlp_solver_row *gamlp_solver_row_of(int solver);

/* Whether the solver takes this option of gamlp_train_table. */
bool gamlp_solver_takes(int solver, const char *option);

/* GAMLP_E_CONFIG for an option that the solver does not take and that the command line gives, or
 * that differs from its value in `standard`. */
gamlp_status gamlp_solver_check_options(const gamlp_settings *settings,
                                        const gamlp_train_options *standard);

#endif
