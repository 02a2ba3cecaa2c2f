/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: runtime.  Methods that diffuse labels: label spreading (Zhou, Bousquet, Lal, Weston and
 * Schoelkopf, NIPS 2003), and Correct & Smooth of any model's predictions (Huang, He, Singh, Lim
 * and Benson, arXiv 2010.13993).
 *
 * Both apply F_a = (1 - a) (I - a S)^{-1}, S = D^{-1/2} A D^{-1/2}, exactly (gamlp/diffusion.h). */
#ifndef GAMLP_SPREAD_H
#define GAMLP_SPREAD_H

#include "gamlp/diffusion.h"
#include "gamlp/train.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The nodes whose labels are used as known. */
typedef enum gamlp_known { GAMLP_KNOWN_TRAIN, GAMLP_KNOWN_TRAIN_VAL } gamlp_known;

typedef struct gamlp_spread_options {
    double correct; /* a of the correction: 0 to below 1, 0 is none; -1: chosen               */
    double smooth;  /* a of the smoothing, or of label spreading; likewise                    */
    int known;      /* gamlp_known; with validation labels nothing can be chosen, and -1 stands
                       for 0.9 and 0.8                                                        */
    gamlp_diffusion_options diffusion;
} gamlp_spread_options;

/* Both factors chosen by validation accuracy, training labels only. */
void gamlp_spread_options_default(gamlp_spread_options *options);

/* GAMLP_E_CONFIG when a factor is out of range. */
gamlp_status gamlp_spread_options_check(const gamlp_spread_options *options);

/* Label spreading: logits are the logarithms of the normalised rows of F_a Y, where Y is one-hot at
 * known nodes and zero elsewhere; of nodes that no label reaches all classes are equal.  Opens the
 * data set, of which features are not needed; evaluation->smooth is a.  Ownership passes to the
 * caller: gamlp_evaluation_clear(). */
gamlp_status gamlp_propagate(gamlp_evaluation *evaluation, const char *dataset,
                             const gamlp_dataset_options *source,
                             const gamlp_spread_options *options);

/* Correct & Smooth of an evaluation's logits, in place, and its scores anew.  With Z the softmax of
 * the logits: the errors E = Y - Z of known nodes are spread and added with each node's correction
 * scaled to the mean length (1-norm) of these errors ("autoscale"); then known rows are set to Y
 * and all are smoothed.  The new logits are the logarithms of the normalised result. */
gamlp_status gamlp_evaluation_correct_smooth(gamlp_evaluation *evaluation,
                                             const gamlp_spread_options *options);

#ifdef __cplusplus
}
#endif
#endif
