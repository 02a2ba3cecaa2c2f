/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: runtime.  A training run from a data set's name to a run directory. */
#ifndef GAMLP_TRAIN_H
#define GAMLP_TRAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "gamlp/dataset.h"
#include "gamlp/diffusion.h"
#include "gamlp/method.h"
#include "gamlp/model.h"
#include "gamlp/option.h"
#include "gamlp/passport.h"
#include "gamlp/pdadmm.h"
#include "gamlp/rate.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Solvers of `--solver`. */
typedef enum gamlp_solver {
    GAMLP_SOLVER_PDADMM_G,
    GAMLP_SOLVER_PDADMM,
    GAMLP_SOLVER_PDADMM_G_Q,
    GAMLP_SOLVER_DLADMM,
    GAMLP_SOLVER_GD, /* and the other optimisers, in the order of gamlp_optimiser */
    GAMLP_SOLVER_MOMENTUM,
    GAMLP_SOLVER_ADAGRAD,
    GAMLP_SOLVER_ADADELTA,
    GAMLP_SOLVER_ADAM,
    GAMLP_SOLVER_RIDGE,
    GAMLP_SOLVER_LOGISTIC,
    GAMLP_SOLVER_MDLAM
} gamlp_solver;

/* Level sets of `--levels`: 2^bits values equally far apart, or -1, 0, ..., 20. */
typedef enum gamlp_level_rule { GAMLP_LEVEL_UNIFORM, GAMLP_LEVEL_PAPER } gamlp_level_rule;

/* Scaling of X = [X_1; ...; X_K] on the training columns.  It is folded into
 * the first layer of the model, which applies to unscaled features. */
typedef enum gamlp_scale {
    GAMLP_SCALE_NONE,
    GAMLP_SCALE_ALL, /* X to columns of root mean square length 1            */
    GAMLP_SCALE_HOP  /* each block by itself, so that no hop drowns another  */
} gamlp_scale;

/* Who starts workers. */
typedef enum gamlp_launcher {
    GAMLP_LAUNCHER_LOCAL,
    GAMLP_LAUNCHER_SSH,
    GAMLP_LAUNCHER_SLURM,
    GAMLP_LAUNCHER_NONE /* the user */
} gamlp_launcher;

/* How workers of one machine are connected. */
typedef enum gamlp_transport { GAMLP_TRANSPORT_IPC, GAMLP_TRANSPORT_TCP } gamlp_transport;

/* Everything a run depends on; described row by row in gamlp_train_table. */
typedef struct gamlp_train_options {
    char dataset[GAMLP_OPTION_TEXT];
    gamlp_dataset_options source; /* its member `asked` follows from the origins */
    char preset[GAMLP_OPTION_TEXT];
    int solver; /* gamlp_solver */
    int64_t layers;
    gamlp_ints hidden; /* widths n_1, n_2, ...; the last one repeats             */
    int activation;    /* gamlp_activation_kind                                  */
    double leak;       /* of leaky-relu                                          */
    gamlp_ints grow;   /* layers of each stage; count 0: one stage of `layers` */
    int64_t iterations;
    int64_t patience, min_iterations; /* a stage ends early; patience 0: never */
    int64_t val_score;                /* iterations between scores of the validation nodes        */
    int64_t train_score;              /* iterations between scores of the training nodes; 0: none */
    bool certify;
    char from[GAMLP_OPTION_TEXT];     /* run or model whose weights are the first ones            */
    int64_t hops;                     /* of the feature set when `features` is empty */
    char features[GAMLP_OPTION_TEXT]; /* a feature set, or empty */
    char cache[GAMLP_OPTION_TEXT];    /* directory of features that were made, or empty */
    gamlp_diffusion_options diffusion;
    int normalise;           /* gamlp_normalise */
    int storage;             /* 1: bfloat16 between hops */
    int scale;               /* gamlp_scale */
    gamlp_reals nu, rho, l2; /* one value a stage; the last one repeats */
    int loss;                /* gamlp_loss_kind */
    double smoothing;
    char class_weights[GAMLP_OPTION_TEXT];
    int regulariser, regularised; /* gamlp_regulariser_kind, gamlp_regularised */
    gamlp_reals omega, keep;
    double box_low, box_high, bound;
    int schedule, mode, step, last, init; /* the enums of pdadmm.h and model.h */
    double rho_max, step_start, init_scale;
    int64_t refresh;
    int64_t schedule_every; /* 0: as the schedule has it */
    double schedule_factor; /* 0: as the schedule has it */
    /* Of the solver pdadmm-g-q: gamlp_quantise less one; gamlp_level_rule; 4, 8 or 16; both ends 0:
     * from the range of the forward pass. */
    int quantise, levels;
    int64_t bits;
    double level_low, level_high;
    /* Of back-propagation; rate and epsilon 0: as usual for the optimiser. */
    double learning_rate, momentum, beta1, beta2, averaging, epsilon, weight_decay;
    bool decoupled;
    int reduction; /* 0: mean loss, 1: their sum */
    double dropout, feature_dropout;
    double l2_factor; /* of linear models */
    /* Of the solver mdlam; shrink: gamlp_shrink. */
    double slack, slack_min;
    int shrink;
    bool extrapolate;
    int weights;                      /* of pdADMM, dlADMM: 1: their `exact`      */
    double relax;                     /* of pdADMM */
    int64_t seed_step;                /* from one seed to the next */
    int64_t anderson;                 /* of pdADMM */
    int64_t seed, seeds, splits;      /* each of the splits is trained with each of the seeds */
    int64_t threads, feature_threads; /* 0: all processors */
    char out[GAMLP_OPTION_TEXT];
    bool overwrite;
    int64_t workers;      /* 0: the layers are in this process */
    int transport, codec; /* gamlp_transport, gamlp_stage of the codec */
    int launcher;         /* gamlp_launcher */
    char hosts[GAMLP_OPTION_TEXT], ssh[GAMLP_OPTION_TEXT], srun[GAMLP_OPTION_TEXT];
    char listen[GAMLP_OPTION_TEXT], program[GAMLP_OPTION_TEXT];
    bool curve, insecure;
    gamlp_ints plan;                       /* last layers of shares; count 0: of equal work */
    char worker_memory[GAMLP_OPTION_TEXT]; /* bytes, as gamlp_option_bytes() reads them, or "" */
    char trace[GAMLP_OPTION_TEXT];
    double join_timeout, peer_timeout; /* seconds */
    int64_t checkpoint_every, max_restarts;
    bool resume; /* the run directory holds a checkpoint to go on from; set by the caller */
} gamlp_train_options;

extern const gamlp_option gamlp_train_table[];
/* Its rows of the group Workers. */
extern const gamlp_option gamlp_workers_table[];

/* Where an option's value came from, in order of precedence. */
typedef enum gamlp_origin {
    GAMLP_ORIGIN_DEFAULT,
    GAMLP_ORIGIN_PRESET,
    GAMLP_ORIGIN_CONFIG,
    GAMLP_ORIGIN_COMMAND
} gamlp_origin;

#define GAMLP_TRAIN_ROWS 200

/* Options with their origins.  Set what the command line and the
 * configuration file say in any order; gamlp_settings_resolve() then adds the
 * preset and checks the whole. */
typedef struct gamlp_settings {
    gamlp_train_options options;
    gamlp_origin origin[GAMLP_TRAIN_ROWS];
} gamlp_settings;

/* The defaults of every row. */
void gamlp_settings_default(gamlp_settings *settings);

/* Set one option by name.  A value of higher origin stays.  An unknown name
 * is GAMLP_E_CONFIG and the sentence names the nearest one. */
gamlp_status gamlp_settings_set(gamlp_settings *settings, const char *name, const char *text,
                                gamlp_origin origin);

/* Read a YAML mapping of option names to values from a file.  A config.yaml of a run reads back. */
gamlp_status gamlp_settings_read(gamlp_settings *settings, const char *path);

/* The settings of the run that is kept in the run directory `run`, which is to go on from its last
 * checkpoint; options of the group Workers that were set before stay. */
gamlp_status gamlp_settings_resume(gamlp_settings *settings, const char *run);

/* Apply the preset of the data set's manifest, then check every value. */
gamlp_status gamlp_settings_resolve(gamlp_settings *settings);

/* The loss; its class weights must have been checked (gamlp_settings_resolve()). */
gamlp_loss gamlp_train_loss(const gamlp_train_options *options);

/* f of the hidden layers. */
gamlp_activation gamlp_train_activation(const gamlp_train_options *options);

/* Penalties and rules of growth stage `stage` (from 0). */
gamlp_pdadmm_options gamlp_train_stage_options(const gamlp_train_options *options, int64_t stage);

/* What is proved of the solver, and of the settings of growth stage `stage` (from 0).  *theorem: a
 * clause, or NULL when nothing is proved of the solver. */
void gamlp_train_conditions(gamlp_conditions *conditions, const char **theorem,
                            const gamlp_train_options *options, int64_t stage);

/* Neurons of hidden layer `layer` (from 1). */
int64_t gamlp_train_width(const gamlp_train_options *options, int64_t layer);

/* The settings as YAML with the origin of each value in a comment.
 * Ownership of the text passes to the caller: gamlp_free(). */
gamlp_status gamlp_settings_text(char **text, const gamlp_settings *settings);

/* What the convergence theorems say of the last growth stage of a run. */
typedef struct gamlp_theory {
    bool stated;        /* something is proved of the method at all                        */
    bool condition_met; /* its condition (pdADMM: rho > 4 nu) held in every iteration      */
    int64_t rises;      /* iterations in which what must not rise rose beyond rounding     */
    double worst_rise;  /* the largest rise, relative to the value before it or 1          */
    bool has_lemma4;    /* the method tells of it                                          */
    double lemma4_max;  /* the largest relative violation of u = nu (q - f(z))             */
} gamlp_theory;

/* Of a run with --certify, what its last growth stage showed.  The rates are fitted to the second
 * half of its iterations. */
typedef struct gamlp_certificate {
    bool made;          /* there was something to certify                                      */
    int64_t iterations; /* of the stage                                                        */
    bool has_ck;        /* the method tells k c_k                                              */
    gamlp_fit c_k;      /* log c_k against log k: o(1/k) means a slope below -1                */
    double k_ck_half, k_ck_last; /* k c_k in the middle and at the end: to fall to 0          */
    gamlp_fit tail; /* log of the decrease of what must not rise, against k                     */
    double factor;  /* exp of its slope: what is left to gain, from one iteration to the next   */
    double residual_most, residual_last; /* of the constraints                                  */
} gamlp_certificate;

typedef struct gamlp_run_result {
    int64_t seed, iterations, best_iteration;           /* iterations of the last stage */
    double train_accuracy, val_accuracy, test_accuracy; /* at the best iteration */
    double val_loss;
    double objective, residual; /* at the last iteration */
    double train_seconds;
    double feature_seconds;
    char rule[GAMLP_NAME_MAX], split_fingerprint[GAMLP_HASH_TEXT]; /* of the split */
    char model_sha256[GAMLP_HASH_TEXT]; /* of the bytes of model.safetensors */
    int64_t inputs, selected;           /* rows of X, and those that W_1 uses; regulariser group */
    gamlp_theory theory;
    gamlp_conditions conditions; /* of the last stage's settings */
    gamlp_certificate certificate;
    /* Of the solver pdadmm-g-q: Delta_2, ..., Delta_L of the last stage (uniform; else none), and
     * the bytes of one iteration's p and q between all layers: as quantised, and as stored. */
    gamlp_levels *level;
    int64_t level_sets, payload, payload_stored;
} gamlp_run_result;

typedef struct gamlp_report {
    char dataset[GAMLP_NAME_MAX];
    /* Of the split, of several the first. */
    char rule[GAMLP_NAME_MAX], split_fingerprint[GAMLP_HASH_TEXT];
    int64_t nodes, edges, features, classes, train_count, val_count, test_count;
    int64_t count, splits; /* runs: split by split, in each seed by seed */
    gamlp_run_result *run;
    double test_mean, test_std, val_mean, val_std; /* std unbiased; 0 for one run */
    double load_seconds, feature_seconds;
    int64_t best; /* run whose model is model.safetensors */
    char *directory;
    char *json; /* summary.json */
} gamlp_report;

/* What a worker told last: the seconds of that iteration, and the bytes it sent since its layers
 * were shared out. */
typedef struct gamlp_worker_progress {
    int64_t worker, first, last, iteration; /* its number, its layers */
    const char *host;
    double compute, wait;
    int64_t sent;
} gamlp_worker_progress;

/* How far a run is; a pair of split and seed counts as a seed.  The sink is called now and then
 * while features are made (`preparing`: there is nothing to tell yet), once the data are there
 * (iteration 0) and after each iteration; when it returns false, gamlp_train() leaves nothing
 * behind and returns GAMLP_E_STOPPED. */
typedef struct gamlp_progress {
    bool preparing;
    int64_t seed_index, seeds, stage, stages, layers, iteration, iterations;
    double objective, residual, val_accuracy; /* val_accuracy < 0: nothing to tell yet */
    int64_t workers;                          /* with layers; 0: none */
    const gamlp_worker_progress *worker;      /* theirs; it lives until the sink returns */
} gamlp_progress;
typedef bool (*gamlp_progress_sink)(void *context, const gamlp_progress *progress);

/* Train.  Writes config.yaml, run.jsonl, model.safetensors and summary.json
 * into options.out (empty: runs/<dataset>-<solver>-<number>), all of them at
 * the end: a run that fails leaves no file and no directory behind, and an
 * older run it was to replace stays.  The numbers of threads are set as the
 * options say and put back at the end.  Ownership of the report passes to the caller:
 * gamlp_report_clear(). */
gamlp_status gamlp_train(gamlp_report *report, const gamlp_settings *settings,
                         gamlp_progress_sink progress, void *context);
void gamlp_report_clear(gamlp_report *report);

/* The text of `gamlp info --json`: the objects `dataset` and `split` as in summaries, `structure`,
 * `hashes`, `edition` and `files`.  Ownership of the text passes to the caller: gamlp_free(). */
gamlp_status gamlp_passport_json(char **text, const gamlp_dataset *dataset,
                                 const gamlp_passport *passport);

/* As before, with a passport made for the purpose. */
gamlp_status gamlp_dataset_json(char **text, const gamlp_dataset *dataset);

/* The text of `gamlp check --json`: what `count` checks found.  Ownership of the text passes to the
 * caller: gamlp_free(). */
gamlp_status gamlp_verification_json(char **text, const gamlp_verification *verification,
                                     int64_t count);

/* Check a finished run against itself: the journal against its own arithmetic (rises, k c_k, best
 * iterations, rates), summary.json against the journal, models against their hashes, config.yaml
 * against the summary, and, where the data are there (`data`: their folder; NULL: as trained), the
 * model's accuracies against those that were reported.  A difference is no failure: see
 * `differing`.  GAMLP_E_NOINPUT and GAMLP_E_DATA: a file of the run is missing, or is none.
 * Ownership passes to the caller: gamlp_verification_clear(). */
gamlp_status gamlp_run_verify(gamlp_verification *verification, const char *run, const char *data);

/* The text of `gamlp verify --json`.  Ownership of the text passes to the caller: gamlp_free(). */
gamlp_status gamlp_run_verification_json(char **text, const gamlp_verification *verification);

/* A trained model applied to a data set. */
typedef struct gamlp_evaluation {
    gamlp_dataset dataset;
    gamlp_score train, val, test;
    gamlp_dense logits;         /* classes x nodes, all nodes */
    bool same_data, same_split; /* fingerprints equal those the model was trained on */
    double correct, smooth;     /* factors of gamlp/spread.h that were applied; 0: none */
} gamlp_evaluation;

/* Load a model (a run directory or a .safetensors file) and compute its
 * logits for every node of `dataset` (NULL: the one it was trained on, as the
 * config.yaml beside it says, else by its name).  `data` (NULL: as trained)
 * names the folder of the raw files, and `split` (NULL: as trained) which split is scored.  That
 * config.yaml is not read when it has nothing to say: the data set is named, and either needs no
 * folder or `data` names it, and the split is in no file.  Ownership passes to the caller:
 * gamlp_evaluation_clear(). */
gamlp_status gamlp_evaluate(gamlp_evaluation *evaluation, const char *model, const char *dataset,
                            const char *data, const char *split);
void gamlp_evaluation_clear(gamlp_evaluation *evaluation);

/* CSV, one line per node: node, predicted class, its probability, label (empty when there is
 * none).  Written atomically. */
gamlp_status gamlp_predictions_write(const char *path, const gamlp_evaluation *evaluation);

/* The scores as JSON.  Ownership of the text passes to the caller: gamlp_free(). */
gamlp_status gamlp_evaluation_json(char **text, const gamlp_evaluation *evaluation);

/* Version of the library, e.g. "0.1.0". */
const char *gamlp_version(void);

/* Version, storage type, BLAS and threads as JSON.  Ownership of the text
 * passes to the caller: gamlp_free(). */
gamlp_status gamlp_version_json(char **text);

#ifdef __cplusplus
}
#endif
#endif
