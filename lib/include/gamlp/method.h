/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: solver.  What a training method must offer to be run: a table of functions.
 *
 * A run makes a net of one method and calls start, then iterate, figures, score and adapt in turn;
 * keep remembers the best weights and restore puts them back; grow and start begin the next stage.
 * `void *net` is the method's own object, `const void *options` its own struct of options (for
 * pdADMM-G gamlp_pdadmm_options).  No function but make, load, grow and to_model allocates. */
#ifndef GAMLP_METHOD_H
#define GAMLP_METHOD_H

#include <stdbool.h>
#include <stdint.h>

#include "gamlp/model.h"
#include "gamlp/pdadmm.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The net to be trained: z_l = W_l p_l + b_l for l = 1..layers. */
typedef struct gamlp_net_plan {
    int64_t layers;
    const int64_t *hidden; /* widths n_1 .. n_{L-1}; borrowed for the call */
    gamlp_init init;       /* rule and scale of the random weights         */
    double init_scale;
    uint64_t seed;
} gamlp_net_plan;

enum { GAMLP_FIGURES_MAX = 32 };

/* One figure of an iteration; the name lives as long as the program. */
typedef struct gamlp_figure {
    const char *name;
    double value;
} gamlp_figure;

/* What every method tells of its last iteration, and a list of what it tells besides, which goes
 * to the journal in this order. */
typedef struct gamlp_method_figures {
    int64_t iteration;  /* from 1 in each stage                                                 */
    double objective;   /* what is minimised, constraints left aside                            */
    double residual;    /* norm of what is left of the constraints; 0: there are none           */
    double risk;        /* R(z_L; y), the loss summed over the training columns                 */
    bool condition_met; /* the settings in force are those that the method's theorem is about   */
    double rise;        /* of what must not rise, relative to its value before or 1             */
    bool descending;    /* rise within rounding                                                 */
    int64_t count;
    gamlp_figure figure[GAMLP_FIGURES_MAX];
} gamlp_method_figures;

/* Append a figure; what exceeds GAMLP_FIGURES_MAX is left out. */
void gamlp_method_figures_add(gamlp_method_figures *figures, const char *name, double value);

/* The listed figure of that name, or NULL. */
const gamlp_figure *gamlp_method_figures_find(const gamlp_method_figures *figures,
                                              const char *name);

/* A condition of a theorem, and whether the settings meet it. */
enum { GAMLP_CONDITIONS_MAX = 8, GAMLP_CONDITION_TEXT = 160 };
typedef struct gamlp_condition {
    char text[GAMLP_CONDITION_TEXT]; /* a clause with its numbers */
    bool holds;
} gamlp_condition;

/* What is proved of a method, and of these settings. */
typedef struct gamlp_conditions {
    bool applies; /* what is proved of the method holds with these settings */
    int64_t count;
    gamlp_condition condition[GAMLP_CONDITIONS_MAX];
} gamlp_conditions;

/* Append a condition; what exceeds GAMLP_CONDITIONS_MAX is left out. */
void gamlp_conditions_add(gamlp_conditions *conditions, bool holds, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 3, 4)))
#endif
    ;

/* A training method. */
typedef struct gamlp_method {
    const char *name;    /* as in --solver                                                     */
    const char *summary; /* a clause without a full stop                                       */
    const char *theorem; /* what is proved and when, a clause; NULL: nothing that can be seen  */
    const char *falls;   /* the figure that it says does not rise: "objective" or one of the list */

    /* Ranges of the options: GAMLP_E_CONFIG names the option. */
    gamlp_status (*check)(const void *options);
    /* The conditions of the theorem; NULL exactly when there is none. */
    void (*conditions)(gamlp_conditions *conditions, const void *options);
    /* A net with random weights.  `problem` is borrowed.  Ownership passes to the caller: release.
     */
    gamlp_status (*make)(void **net, const gamlp_problem *problem, const gamlp_net_plan *plan,
                         const void *options);
    void (*release)(void *net); /* accepts NULL */
    /* Take the weights of a model of the same shape in place of the random ones; NULL: cannot. */
    gamlp_status (*load)(void *net, const gamlp_model *model);
    /* The variables besides the weights, before the first iteration of a stage. */
    gamlp_status (*start)(void *net);
    /* Insert identities before the output layer until there are `layers`; NULL: cannot. */
    gamlp_status (*grow)(void *net, int64_t layers);
    /* Other penalties or rates from now on. */
    gamlp_status (*set)(void *net, const void *options);
    gamlp_status (*iterate)(void *net);
    /* From here on, while a score is made iterations up to `last` may begin before they are asked
     * for: between it and iterate only figures, keep and adapt are called.  restore, start, load,
     * grow and set end that.  NULL: none ever does. */
    void (*ahead)(void *net, int64_t last);
    /* Let the schedule of penalties or rates judge the last iteration; NULL: there is none. */
    gamlp_status (*adapt)(void *net);
    void (*figures)(gamlp_method_figures *figures, const void *net);
    /* Accuracy and mean loss of (W, b) on a watched set; index -1: the training columns. */
    gamlp_status (*score)(gamlp_score *score, void *net, int64_t index);
    void (*keep)(void *net);
    gamlp_status (*restore)(void *net);
    /* The weights as a model.  Ownership passes to the caller: gamlp_model_clear(). */
    gamlp_status (*to_model)(gamlp_model *model, const void *net);
} gamlp_method;

/* pdADMM-G, pdADMM (on plain features) and pdADMM-G-Q; options: gamlp_pdadmm_options. */
extern const gamlp_method gamlp_method_pdadmm_g;
extern const gamlp_method gamlp_method_pdadmm;
extern const gamlp_method gamlp_method_pdadmm_g_q;

/* dlADMM and mDLAM; options: gamlp_dladmm_options, gamlp_mdlam_options. */
extern const gamlp_method gamlp_method_dladmm;
extern const gamlp_method gamlp_method_mdlam;

/* Back-propagation; options: gamlp_backprop_options. */
extern const gamlp_method gamlp_method_gd;
extern const gamlp_method gamlp_method_momentum;
extern const gamlp_method gamlp_method_adagrad;
extern const gamlp_method gamlp_method_adadelta;
extern const gamlp_method gamlp_method_adam;

/* Linear models; options: gamlp_linear_options. */
extern const gamlp_method gamlp_method_ridge;
extern const gamlp_method gamlp_method_logistic;

#ifdef __cplusplus
}
#endif
#endif
