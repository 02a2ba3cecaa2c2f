/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What coordinator and workers say to each other (docs/protocol.md): orders and answers, each a
 * message of fields.  A message is one parcel of a control link, or several if it is long. */
#ifndef GAMLP_RUNTIME_ORDERS_H
#define GAMLP_RUNTIME_ORDERS_H

#include "gamlp/pdadmm.h"
#include "gamlp/train.h"
#include "runtime/fields.h"
#include "transport/hub.h"

typedef enum gamlp_order {
    /* From the coordinator. */
    GAMLP_ORDER_DATA = 1, /* gamlp_order_data                                                  */
    GAMLP_ORDER_SHARE,    /* gamlp_order_share; answer: READY                                  */
    GAMLP_ORDER_LOAD,     /* layer, bytes of a layer                                           */
    GAMLP_ORDER_ADOPT,    /* layer, W, b of a model, in place of random weights                */
    GAMLP_ORDER_IDENTITY, /* layer                                                             */
    GAMLP_ORDER_START,    /* answer: STARTED                                                   */
    GAMLP_ORDER_RESUME,   /* iteration; answer: STARTED                                        */
    GAMLP_ORDER_RUN,      /* iteration, set that is scored after it or none; answer: FIGURES   */
    GAMLP_ORDER_KEEP,     /* iteration whose weights are to be remembered                      */
    GAMLP_ORDER_SET,      /* nu, rho, l2                                                       */
    GAMLP_ORDER_SCORE,    /* set; answer: SCORE                                                */
    GAMLP_ORDER_RESTORE,  /* the remembered weights                                            */
    GAMLP_ORDER_SAVE,     /* gamlp_state_kind; answer: LAYER, for each                         */
    GAMLP_ORDER_EXPORT,   /* answer: WEIGHTS, for each layer                                   */
    GAMLP_ORDER_ECHO,     /* any bytes; answer: ECHO, the same                                 */
    /* From a worker. */
    GAMLP_ANSWER_HELLO = 64, /* gamlp_answer_hello                                             */
    GAMLP_ANSWER_READY,      /* nothing                                                        */
    GAMLP_ANSWER_STARTED,    /* layers, Delta_l of each                                        */
    GAMLP_ANSWER_FIGURES,    /* gamlp_answer_figures                                           */
    GAMLP_ANSWER_SCORE,      /* set, gamlp_score                                               */
    GAMLP_ANSWER_LAYER,      /* layer, bytes of a layer                                        */
    GAMLP_ANSWER_WEIGHTS,    /* layer, W, b                                                    */
    GAMLP_ANSWER_FAILED,     /* gamlp_status, sentence                                         */
    GAMLP_ANSWER_DROPPED,    /* nothing                                                        */
    GAMLP_ANSWER_ECHO,       /* the bytes of the order                                         */
    /* Orders that do not wait for a step to end (GAMLP_PARCEL_URGENT and above). */
    GAMLP_ORDER_DROP = 128, /* the share is given up; answer: DROPPED                          */
    GAMLP_ORDER_END         /* the worker ends                                                 */
} gamlp_order;

/* In place of a set in RUN: nothing is scored. */
enum { GAMLP_SCORE_NONE = -2 };

/* The columns of a split, without what this worker does not need. */
typedef struct gamlp_order_data {
    int64_t features, classes, columns[3]; /* training, validation, test                       */
    bool has_x, has_label;
    gamlp_stack x[3];
    int32_t *label[3];
} gamlp_order_data;

/* Writes data from stacks and labels of a run; `hash` is what the worker compares. */
void gamlp_order_data_put(gamlp_writer *writer, const gamlp_order_data *data);
/* Ownership passes to the caller: gamlp_order_data_clear(). */
gamlp_status gamlp_order_data_get(gamlp_order_data *data, const void *bytes, size_t size);
void gamlp_order_data_clear(gamlp_order_data *data);

/* Number (from 1), W and b of a layer.  What follows the number is read into a layer of that shape.
 */
void gamlp_order_weights_put(gamlp_writer *writer, int64_t number, const gamlp_layer *layer);
gamlp_status gamlp_order_weights_get(gamlp_layer *layer, gamlp_reader *reader);

enum { GAMLP_LAYERS_MAX = 1000, GAMLP_ENDPOINT_TEXT = 256, GAMLP_KEY_TEXT = 41 };

/* A share of a net. */
typedef struct gamlp_order_share {
    uint32_t generation;
    int64_t layers, first, last, hidden[GAMLP_LAYERS_MAX];
    gamlp_init init;
    double init_scale;
    uint64_t seed;
    int64_t stage;
    bool hold;            /* weights are put aside after each iteration             */
    double nu, rho, l2;   /* now in force                                           */
    int64_t below, above; /* numbers of the neighbours, 0: none                     */
    char below_at[GAMLP_ENDPOINT_TEXT], below_key[GAMLP_KEY_TEXT]; /* where q comes from       */
    gamlp_train_options options; /* of the run                                             */
} gamlp_order_share;

gamlp_status gamlp_order_share_put(gamlp_writer *writer, const gamlp_order_share *share,
                                   const gamlp_settings *settings);
gamlp_status gamlp_order_share_get(gamlp_order_share *share, const void *bytes, size_t size);

/* A worker that has come. */
typedef struct gamlp_answer_hello {
    char version[64], host[GAMLP_NAME_MAX], endpoint[GAMLP_ENDPOINT_TEXT], key[GAMLP_KEY_TEXT];
    char blas[128];
    int64_t real_size, pid, processors, memory;
} gamlp_answer_hello;

void gamlp_answer_hello_put(gamlp_writer *writer, const gamlp_answer_hello *hello);
gamlp_status gamlp_answer_hello_get(gamlp_answer_hello *hello, const void *bytes, size_t size);

/* A step of a worker, for --trace. */
typedef struct gamlp_trace_event {
    gamlp_phase phase;
    int64_t layer, iteration;
    double begin, end; /* seconds of the calendar's clock */
} gamlp_trace_event;

enum { GAMLP_EVENTS_MAX = 4096 };

/* Tensors whose bytes are counted: p goes down; q and the columns that are scored go up, and
 * control of that way is counted with q. */
enum { GAMLP_LEDGER_P, GAMLP_LEDGER_Q, GAMLP_LEDGER_SCORED, GAMLP_LEDGERS };

/* What a worker tells of an iteration. */
typedef struct gamlp_answer_figures {
    int64_t iteration;
    gamlp_score score;                 /* of the worker with the last layer */
    double compute, wait;              /* seconds of this iteration */
    gamlp_ledger sent[GAMLP_LEDGERS];  /* so far */
    int64_t dropped[GAMLP_HUB_COUNTS]; /* so far, in the life of the worker */
    int64_t first, last;
    gamlp_layer_figures layer[GAMLP_LAYERS_MAX]; /* first .. last, from 0 */
    int64_t events;                              /* with --trace */
    gamlp_trace_event event[GAMLP_EVENTS_MAX];
} gamlp_answer_figures;

void gamlp_answer_figures_put(gamlp_writer *writer, const gamlp_answer_figures *figures);
gamlp_status gamlp_answer_figures_get(gamlp_answer_figures *figures, const void *bytes,
                                      size_t size);

#endif
