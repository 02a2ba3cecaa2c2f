/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GAMLP_RUNTIME_EVALUATE_H
#define GAMLP_RUNTIME_EVALUATE_H

#include "gamlp/feature.h"
#include "gamlp/train.h"

/* The file of a model that is named by itself or by its run directory.  Ownership of the path
 * passes to the caller: gamlp_free(). */
gamlp_status gamlp_model_path(char **path, const char *model);

/* Logits of every node, classes x nodes.  The features of at most
 * `budget` bytes of nodes are held at a time; each such batch costs all hops
 * again.  Ownership passes to the caller. */
gamlp_status gamlp_evaluate_logits(gamlp_dense *logits, const gamlp_model *model,
                                   const gamlp_dataset *dataset,
                                   const gamlp_feature_options *options, int64_t budget);

/* Accuracy and loss of the nodes node[0..count), and of the three parts of evaluation->dataset. */
gamlp_status gamlp_evaluate_part(gamlp_score *score, const gamlp_dense *logits,
                                 const int32_t *label, const int64_t *node, int64_t count);
gamlp_status gamlp_evaluation_score(gamlp_evaluation *evaluation);

#endif
