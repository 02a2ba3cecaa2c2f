/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: model.  A multilayer perceptron: z_l = W_l p_l + b_l, p_{l+1} = f(z_l),
 * logits z_L. */
#ifndef GAMLP_MODEL_H
#define GAMLP_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "gamlp/activation.h"
#include "gamlp/dense.h"
#include "gamlp/stack.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gamlp_layer {
    gamlp_dense weight; /* out x in */
    gamlp_dense bias;   /* out x 1  */
} gamlp_layer;

/* The last layer gives logits. */
typedef struct gamlp_model {
    int64_t layers;
    gamlp_layer *layer;          /* layers; owned */
    gamlp_activation activation; /* of the hidden layers */
    char *metadata; /* JSON object kept with the model (features, data, options), or NULL; owned */
} gamlp_model;

/* A net of zero weights with ReLU; width[0..layers] are n_0, n_1, ..., n_L.
 * Ownership passes to the caller: gamlp_model_clear(). */
gamlp_status gamlp_model_init(gamlp_model *model, int64_t layers, const int64_t *width);
void gamlp_model_clear(gamlp_model *model);

/* Shapes chain, there is such an activation, and every weight is finite (GAMLP_E_DATA,
 * GAMLP_E_CONFIG, GAMLP_E_NUMERIC). */
gamlp_status gamlp_model_check(const gamlp_model *model);

/* GAMLP_E_DATA unless this layer of a model (from 1) has the shape of that of a net, out x in. */
gamlp_status gamlp_layer_check(const gamlp_layer *layer, int64_t number, int64_t out, int64_t in);

/* Logits (C x x->cols), allocated here.  Ownership passes to the caller. */
gamlp_status gamlp_model_forward(gamlp_dense *logits, const gamlp_model *model,
                                 const gamlp_stack *x);

/* The model as a safetensors file in memory: "layer.<l>.weight" (out x in, row-major as the
 * format demands), "layer.<l>.bias", l = 1..L; in "__metadata__" the metadata and the activation
 * (a file without one means ReLU).  Deterministic.
 * Ownership of the bytes passes to the caller: gamlp_free(). */
gamlp_status gamlp_model_encode(unsigned char **bytes, size_t *size, const gamlp_model *model);
gamlp_status gamlp_model_decode(gamlp_model *model, const unsigned char *bytes, size_t size,
                                const char *what);

/* The same to and from a file (written atomically). */
gamlp_status gamlp_model_write(const char *path, const gamlp_model *model);
gamlp_status gamlp_model_read(gamlp_model *model, const char *path);

/* Standard deviation of random weights. */
typedef enum gamlp_init {
    GAMLP_INIT_NORMAL, /* the given scale in every layer                        */
    GAMLP_INIT_HE,     /* scale * sqrt(2 / fan-in)                               */
    GAMLP_INIT_GLOROT  /* scale * sqrt(2 / (fan-in + fan-out))                   */
} gamlp_init;

/* W_ij ~ N(0, s^2) for layer `layer` (1..), keyed by (seed, layer, i + j * rows). */
void gamlp_init_weight(gamlp_dense *weight, gamlp_init rule, double scale, uint64_t seed,
                       int64_t layer);

/* Columns first, first + 1, ... of such a matrix of `columns` columns. */
void gamlp_init_columns(gamlp_dense *part, int64_t first, int64_t columns, gamlp_init rule,
                        double scale, uint64_t seed, int64_t layer);

/* Fraction of columns whose largest logit (the first of equals) is the label, and the mean
 * softmax cross-entropy; columns without label do not count.  A column without a softmax (a logit
 * is NaN, or the largest is not finite) is a wrong one, and makes the loss NaN. */
typedef struct gamlp_score {
    double accuracy, loss;
} gamlp_score;
gamlp_score gamlp_score_of(const gamlp_dense *logits, const int32_t *label);

/* Class of largest logit (the first of equals) of each column. */
void gamlp_classify(int32_t *predicted, const gamlp_dense *logits);

#ifdef __cplusplus
}
#endif
#endif
