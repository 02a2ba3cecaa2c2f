/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of `gamlp train`. */
#include "gamlp/train.h"

#include "dataset/dataset_rows.h"
#include "runtime/feature_rows.h"

#define AT(field) offsetof(gamlp_train_options, field)

/* How workers are started, connected and watched: of gamlp train, and of gamlp doctor alone. */
#define WORKER_ROWS                                                                                \
    {"workers",                                                                                    \
     GAMLP_OPTION_INT,                                                                             \
     AT(workers),                                                                                  \
     0,                                                                                            \
     1000,                                                                                         \
     NULL,                                                                                         \
     "N",                                                                                          \
     "processes that share the layers between them (0: this one has them all); the result is the " \
     "same to the bit",                                                                            \
     "Workers"},                                                                                   \
        {"transport",                                                                              \
         GAMLP_OPTION_CHOICE,                                                                      \
         AT(transport),                                                                            \
         0,                                                                                        \
         0,                                                                                        \
         "ipc tcp",                                                                                \
         "WAY",                                                                                    \
         "between workers of this machine: sockets in a private directory, or TCP on the "         \
         "loopback",                                                                               \
         "Workers"},                                                                               \
        {"launcher",                                                                               \
         GAMLP_OPTION_CHOICE,                                                                      \
         AT(launcher),                                                                             \
         0,                                                                                        \
         0,                                                                                        \
         "local ssh slurm none",                                                                   \
         "HOW",                                                                                    \
         "who starts the workers: this program, here or by ssh on --hosts; srun, inside an "       \
         "allocation; "                                                                            \
         "or you, with gamlp worker",                                                              \
         "Workers"},                                                                               \
        {"hosts",                                                                                  \
         GAMLP_OPTION_STRING,                                                                      \
         AT(hosts),                                                                                \
         0,                                                                                        \
         0,                                                                                        \
         NULL,                                                                                     \
         "FILE|LIST",                                                                              \
         "hosts to start workers on by ssh (also -H): a file with lines HOST [slots=N] "           \
         "[addr=ADDRESS] "                                                                         \
         "[mem=BYTES], or a list "                                                                 \
         "HOST:N,HOST",                                                                            \
         "Workers"},                                                                               \
        {"ssh",     GAMLP_OPTION_STRING,                                                           \
         AT(ssh),   0,                                                                             \
         0,         NULL,                                                                          \
         "COMMAND", "ssh client with its options, separated by blanks",                            \
         "Workers"},                                                                               \
        {"srun",    GAMLP_OPTION_STRING,                                                           \
         AT(srun),  0,                                                                             \
         0,         NULL,                                                                          \
         "COMMAND", "srun with its options, separated by blanks",                                  \
         "Workers"},                                                                               \
        {"listen",                                                                                 \
         GAMLP_OPTION_STRING,                                                                      \
         AT(listen),                                                                               \
         0,                                                                                        \
         0,                                                                                        \
         NULL,                                                                                     \
         "ADDRESS",                                                                                \
         "address of this host at which workers arrive (default: the one that leads to them)",     \
         "Workers"},                                                                               \
        {"curve",   GAMLP_OPTION_BOOL,                                                             \
         AT(curve), 0,                                                                             \
         0,         NULL,                                                                          \
         NULL,      "encrypt and authenticate connections of this host with itself, too",          \
         "Workers"},                                                                               \
        {"insecure",                                                                               \
         GAMLP_OPTION_BOOL,                                                                        \
         AT(insecure),                                                                             \
         0,                                                                                        \
         0,                                                                                        \
         NULL,                                                                                     \
         NULL,                                                                                     \
         "connect hosts without keys and encryption",                                              \
         "Workers"},                                                                               \
        {"codec",                                                                                  \
         GAMLP_OPTION_CHOICE,                                                                      \
         AT(codec),                                                                                \
         0,                                                                                        \
         0,                                                                                        \
         "none zstd lz4 auto",                                                                     \
         "NAME",                                                                                   \
         "lossless compression of what travels between workers; quantised values always go as "    \
         "the "                                                                                    \
         "numbers of their levels",                                                                \
         "Workers"},                                                                               \
        {"checkpoint-every",                                                                       \
         GAMLP_OPTION_INT,                                                                         \
         AT(checkpoint_every),                                                                     \
         0,                                                                                        \
         1e9,                                                                                      \
         NULL,                                                                                     \
         "N",                                                                                      \
         "iterations between checkpoints of the pdadmm solvers, from which --resume goes on; the " \
         "others keep seeds that are finished (0: none, with workers 100)",                        \
         "Workers"},                                                                               \
        {"max-restarts",                                                                           \
         GAMLP_OPTION_INT,                                                                         \
         AT(max_restarts),                                                                         \
         0,                                                                                        \
         1e6,                                                                                      \
         NULL,                                                                                     \
         "N",                                                                                      \
         "how many times lost workers are replaced; the run goes back to its last checkpoint",     \
         "Workers"},                                                                               \
        {"plan",                                                                                   \
         GAMLP_OPTION_INTS,                                                                        \
         AT(plan),                                                                                 \
         1,                                                                                        \
         1000,                                                                                     \
         NULL,                                                                                     \
         "A,B,..",                                                                                 \
         "last layer of each worker's share (default: shares of equal work that fit their "        \
         "memory); --dry-run shows them",                                                          \
         "Workers"},                                                                               \
        {"worker-memory",                                                                          \
         GAMLP_OPTION_STRING,                                                                      \
         AT(worker_memory),                                                                        \
         0,                                                                                        \
         0,                                                                                        \
         NULL,                                                                                     \
         "SIZE",                                                                                   \
         "memory that each worker may take, e.g. 2G (default: those of a host together what it "   \
         "has)",                                                                                   \
         "Workers"},                                                                               \
        {"trace",                                                                                  \
         GAMLP_OPTION_STRING,                                                                      \
         AT(trace),                                                                                \
         0,                                                                                        \
         0,                                                                                        \
         NULL,                                                                                     \
         "FILE",                                                                                   \
         "write every step of every worker as a trace for chrome://tracing or ui.perfetto.dev",    \
         "Workers"},                                                                               \
        {"program",   GAMLP_OPTION_STRING,                                                         \
         AT(program), 0,                                                                           \
         0,           NULL,                                                                        \
         "PATH",      "program that workers are started from (default: this one)",                 \
         "Workers"},                                                                               \
        {"join-timeout",                                                                           \
         GAMLP_OPTION_REAL,                                                                        \
         AT(join_timeout),                                                                         \
         1,                                                                                        \
         86400,                                                                                    \
         NULL,                                                                                     \
         "SECONDS",                                                                                \
         "how long workers may take to come",                                                      \
         "Workers"},                                                                               \
    {                                                                                              \
        "peer-timeout", GAMLP_OPTION_REAL, AT(peer_timeout), 1, 86400, NULL, "SECONDS",            \
            "silence after which a worker counts as lost", "Workers"                               \
    }

const gamlp_option gamlp_train_table[] = {
    {"dataset", GAMLP_OPTION_STRING, AT(dataset), 0, 0, NULL, "DATASET",
     "name, path or format:path of the data set (the argument of the command)", "Data"},
    GAMLP_DATASET_ROWS(AT(source)),
    {"preset", GAMLP_OPTION_STRING, AT(preset), 0, 0, NULL, "NAME",
     "options that the manifest of the data set holds under this name, e.g. paper", "Data"},
    GAMLP_FEATURE_ROWS,
    {"scale", GAMLP_OPTION_CHOICE, AT(scale), 0, 0, "none all hop", "RULE",
     "scaling to training columns of mean square length 1: none, of all features, of each hop",
     "Features"},
    {"solver", GAMLP_OPTION_CHOICE, AT(solver), 0, 0,
     "pdadmm-g pdadmm pdadmm-g-q dladmm gd momentum adagrad adadelta adam ridge logistic "
     "mdlam",
     "NAME",
     "training method; pdadmm is pdadmm-g on the nodes' own features, pdadmm-g-q takes the inputs "
     "of layers from a few levels, dladmm and mdlam update one layer after another; gd to adam are "
     "back-propagation, ridge and logistic are linear models",
     "Network"},
    {"layers", GAMLP_OPTION_INT, AT(layers), 1, 1000, NULL, "L", "layers of the net", "Network"},
    {"hidden", GAMLP_OPTION_INTS, AT(hidden), 1, 1e6, NULL, "N,..",
     "neurons of the hidden layers, the last value repeats; several without --layers say how many "
     "layers there are",
     "Network"},
    {"grow", GAMLP_OPTION_INTS, AT(grow), 1, 1000, NULL, "A,B,C",
     "grow the net in stages of this many layers, e.g. 2,5,10", "Network"},
    {"activation", GAMLP_OPTION_CHOICE, AT(activation), 0, 0, gamlp_activation_names, "NAME",
     "function of the hidden layers", "Network"},
    {"leak", GAMLP_OPTION_REAL, AT(leak), 0, 0.999999, NULL, "X", "slope of leaky-relu below 0",
     "Network"},
    {"init", GAMLP_OPTION_CHOICE, AT(init), 0, 0, "normal he glorot", "RULE",
     "deviation of the random weights: the scale itself, or times sqrt(2/in) or sqrt(2/(in+out))",
     "Network"},
    {"init-scale", GAMLP_OPTION_REAL, AT(init_scale), 0, 1e6, NULL, "X",
     "scale of the random weights", "Network"},
    {"from", GAMLP_OPTION_STRING, AT(from), 0, 0, NULL, "RUN|MODEL",
     "begin with the weights of this model in place of random ones", "Network"},
    {"iterations", GAMLP_OPTION_INT, AT(iterations), 1, 1e9, NULL, "N", "iterations of each stage",
     "Training"},
    {"patience", GAMLP_OPTION_INT, AT(patience), 0, 1e9, NULL, "N",
     "end a stage when validation has not improved for N iterations (0: never)", "Training"},
    {"min-iterations", GAMLP_OPTION_INT, AT(min_iterations), 0, 1e9, NULL, "N",
     "iterations of each stage before patience may end it", "Training"},
    {"val-score", GAMLP_OPTION_INT, AT(val_score), 1, 1e9, NULL, "N",
     "score the validation nodes in every N-th iteration of a stage and in its last; the best "
     "iteration is one of these",
     "Training"},
    {"train-score", GAMLP_OPTION_INT, AT(train_score), 0, 1e9, NULL, "N",
     "write accuracy and loss of the training nodes to run.jsonl every N iterations (0: never)",
     "Training"},
    {"nu", GAMLP_OPTION_REALS, AT(nu), 1e-12, 1e12, NULL, "X,..",
     "penalty of the layer equations, one value or one a stage", "Training"},
    {"rho", GAMLP_OPTION_REALS, AT(rho), 1e-12, 1e12, NULL, "X,..",
     "penalty of p = q, one value or one a stage", "Training"},
    {"l2", GAMLP_OPTION_REALS, AT(l2), 0, 1e30, NULL, "X,..",
     "weight decay: l2/2 ||W||^2 per layer, one value or one a stage", "Training"},
    {"loss", GAMLP_OPTION_CHOICE, AT(loss), 0, 0, "cross-entropy squared", "NAME",
     "what is minimised, summed over the training nodes", "Training"},
    {"smoothing", GAMLP_OPTION_REAL, AT(smoothing), 0, 0.999999, NULL, "X",
     "share of a label that is spread over all classes", "Training"},
    {"class-weights", GAMLP_OPTION_STRING, AT(class_weights), 0, 0, NULL, "RULE",
     "weights of classes in the loss: none, balanced (N/(C n_c)) or a list, one a class",
     "Training"},
    {"regulariser", GAMLP_OPTION_CHOICE, AT(regulariser), 0, 0, gamlp_regulariser_names, "NAME",
     "of weights, besides l2: l1 and group (whole inputs of a layer go), or what they must be",
     "Regulariser"},
    {"regularised", GAMLP_OPTION_CHOICE, AT(regularised), 0, 0, "all first hidden last", "LAYERS",
     "layers that the regulariser is about", "Regulariser"},
    {"omega", GAMLP_OPTION_REALS, AT(omega), 0, 1e30, NULL, "X,..",
     "weight of l1 and group, one value or one a stage", "Regulariser"},
    {"box-low", GAMLP_OPTION_REAL, AT(box_low), -1e30, 1e30, NULL, "X", "least weight of box",
     "Regulariser"},
    {"box-high", GAMLP_OPTION_REAL, AT(box_high), -1e30, 1e30, NULL, "X", "greatest weight of box",
     "Regulariser"},
    {"bound", GAMLP_OPTION_REAL, AT(bound), 1e-30, 1e30, NULL, "X",
     "greatest length of the weights of a neuron under max-norm", "Regulariser"},
    {"keep", GAMLP_OPTION_REALS, AT(keep), 1e-9, 1, NULL, "X,..",
     "share of a layer's weights that top-k keeps, one value or one a stage", "Regulariser"},
    {"schedule", GAMLP_OPTION_CHOICE, AT(schedule), 0, 0, "fixed stall every balance", "RULE",
     "penalties: fixed, times 10 when the mean risk R(z_L)/N of the training nodes stalls, times "
     "10 "
     "every 100 iterations, or rho alone times or by 2 where one of primal and dual residual is "
     "ten "
     "times the other",
     "Training"},
    {"rho-max", GAMLP_OPTION_REAL, AT(rho_max), 1e-30, 1e30, NULL, "X",
     "cap of rho under a schedule", "Training"},
    {"schedule-every", GAMLP_OPTION_INT, AT(schedule_every), 0, 1e9, NULL, "N",
     "iterations between changes of the schedules every and balance (0: 100, of balance 10)",
     "Training"},
    {"schedule-factor", GAMLP_OPTION_REAL, AT(schedule_factor), 0, 1e6, NULL, "X",
     "factor of a schedule (0: 10, of balance 2)", "Training"},
    {"mode", GAMLP_OPTION_CHOICE, AT(mode), 0, 0, "paper theory", "MODE",
     "theory: rho >= 4.1 nu, and a broken guarantee of the theorems is an error", "Training"},
    {"certify", GAMLP_OPTION_BOOL, AT(certify), 0, 0, NULL, NULL,
     "tell which conditions of the theorems hold, what each line of the algorithm does, and fitted "
     "rates",
     "Training"},
    {"step", GAMLP_OPTION_CHOICE, AT(step), 0, 0, "exact backtrack", "RULE",
     "steps of p and W: exact line search, or the papers' backtracking", "Training"},
    {"weights", GAMLP_OPTION_CHOICE, AT(weights), 0, 0, "step exact", "RULE",
     "line 2: a step along the gradient of W, or the minimiser by W (not of the papers)",
     "Training"},
    {"relax", GAMLP_OPTION_REAL, AT(relax), 0, 2, NULL, "X",
     "over-relaxation of lines 5 and 6, below 2; 1: none (not of the papers)", "Training"},
    {"anderson", GAMLP_OPTION_INT, AT(anderson), 0, 16, NULL, "N",
     "extrapolate from the last N iterations where that lowers the Lagrangian; 0: never (not of "
     "the "
     "papers)",
     "Training"},
    {"step-start", GAMLP_OPTION_REAL, AT(step_start), 1e-30, 1e30, NULL, "X",
     "first proximal weight of backtracking", "Training"},
    {"last", GAMLP_OPTION_CHOICE, AT(last), 0, 0, "newton fista", "RULE",
     "solver of the last layer's pre-activation", "Training"},
    {"refresh", GAMLP_OPTION_INT, AT(refresh), 1, 1e9, NULL, "N",
     "iterations between fresh products W p", "Training"},
    {"slack", GAMLP_OPTION_REAL, AT(slack), 1e-12, 1e12, NULL, "X",
     "by how much the outputs of layers may differ from the activation, in the first iteration",
     "Training"},
    {"slack-min", GAMLP_OPTION_REAL, AT(slack_min), 1e-12, 1e12, NULL, "X",
     "to what the slack shrinks, by halves", "Training"},
    {"shrink", GAMLP_OPTION_CHOICE, AT(shrink), 0, 0, "safe paper", "RULE",
     "halve the slack where that does not raise the objective, or in every iteration", "Training"},
    {"extrapolate", GAMLP_OPTION_BOOL, AT(extrapolate), 0, 0, NULL, NULL,
     "extrapolate weights and outputs of layers", "Training"},
    {"quantise", GAMLP_OPTION_CHOICE, AT(quantise), 0, 0, "p pq", "WHICH",
     "what pdadmm-g-q takes from levels: the inputs of layers, or their outputs, too (outside the "
     "theory)",
     "Quantisation"},
    {"levels", GAMLP_OPTION_CHOICE, AT(levels), 0, 0, "uniform paper", "SET",
     "2^bits values equally far apart, or the integers from -1 to 20", "Quantisation"},
    {"bits", GAMLP_OPTION_INT, AT(bits), 4, 16, NULL, "N",
     "bits of a value of uniform levels: 4, 8 or 16", "Quantisation"},
    {"level-low", GAMLP_OPTION_REAL, AT(level_low), -1e30, 1e30, NULL, "X",
     "least level; 0 with level-high 0: each layer's own, from its range in the forward pass",
     "Quantisation"},
    {"level-high", GAMLP_OPTION_REAL, AT(level_high), -1e30, 1e30, NULL, "X", "greatest level",
     "Quantisation"},
    {"l2-factor", GAMLP_OPTION_REAL, AT(l2_factor), 1e-6, 1e6, NULL, "X",
     "ridge, logistic: an iteration solves for l2, the next one for l2 times this, and so on",
     "Training"},
    {"learning-rate", GAMLP_OPTION_REAL, AT(learning_rate), 0, 1e12, NULL, "X",
     "step of the optimiser; 0: 0.1 (gd, momentum), 0.01 (adagrad), 1 (adadelta), 0.001 (adam)",
     "Back-propagation"},
    {"momentum", GAMLP_OPTION_REAL, AT(momentum), 0, 1, NULL, "X",
     "part of the last step that momentum repeats, below 1", "Back-propagation"},
    {"beta1", GAMLP_OPTION_REAL, AT(beta1), 0, 1, NULL, "X",
     "what adam's mean of gradients keeps in an iteration, below 1", "Back-propagation"},
    {"beta2", GAMLP_OPTION_REAL, AT(beta2), 0, 1, NULL, "X",
     "what adam's mean of squared gradients keeps, below 1", "Back-propagation"},
    {"averaging", GAMLP_OPTION_REAL, AT(averaging), 0, 1, NULL, "X",
     "what adadelta's means of squares keep, below 1", "Back-propagation"},
    {"epsilon", GAMLP_OPTION_REAL, AT(epsilon), 0, 1e12, NULL, "X",
     "added to the roots of mean squares; 0: 1e-10 (adagrad), 1e-6 (adadelta), 1e-8 (adam)",
     "Back-propagation"},
    {"weight-decay", GAMLP_OPTION_REAL, AT(weight_decay), 0, 1e12, NULL, "X",
     "times weights and biases, added to their gradients", "Back-propagation"},
    {"decoupled", GAMLP_OPTION_BOOL, AT(decoupled), 0, 0, NULL, NULL,
     "weight decay shrinks the weights by itself instead, as in AdamW", "Back-propagation"},
    {"reduction", GAMLP_OPTION_CHOICE, AT(reduction), 0, 0, "mean sum", "RULE",
     "the loss of the training nodes: their mean, or their sum", "Back-propagation"},
    {"dropout", GAMLP_OPTION_REAL, AT(dropout), 0, 1, NULL, "X",
     "part of the inputs of layers above the first that is left out of an iteration, below 1",
     "Back-propagation"},
    {"feature-dropout", GAMLP_OPTION_REAL, AT(feature_dropout), 0, 1, NULL, "X",
     "part of the features that is left out of an iteration, below 1", "Back-propagation"},
    {"seed", GAMLP_OPTION_INT, AT(seed), 0, 1e15, NULL, "S", "seed of the first run", "Run"},
    {"seeds", GAMLP_OPTION_INT, AT(seeds), 1, 10000, NULL, "N",
     "number of runs, with seeds S, S+1, ...", "Run"},
    {"seed-step", GAMLP_OPTION_INT, AT(seed_step), 1, 1e12, NULL, "N",
     "from one seed to the next, e.g. 100 for the paper's 0, 100, 200, 300, 400", "Run"},
    {"splits", GAMLP_OPTION_INT, AT(splits), 1, 10000, NULL, "N",
     "number of splits: the next fixed ones, or drawn with the next seeds; each one is trained "
     "with "
     "every seed",
     "Run"},
    {"threads", GAMLP_OPTION_INT, AT(threads), 0, 4096, NULL, "N",
     "threads of training (0: all processors); the bits are always the same", "Run"},
    {"feature-threads", GAMLP_OPTION_INT, AT(feature_threads), 0, 4096, NULL, "N",
     "threads of the feature step (0: all processors); its bits are always the same", "Run"},
    {"out", GAMLP_OPTION_STRING, AT(out), 0, 0, NULL, "DIR",
     "run directory (default: the next free runs/DATASET-SOLVER-NUMBER)", "Run"},
    {"overwrite", GAMLP_OPTION_BOOL, AT(overwrite), 0, 0, NULL, NULL,
     "replace a run that the directory already holds", "Run"},
    WORKER_ROWS,
    {NULL, GAMLP_OPTION_INT, 0, 0, 0, NULL, NULL, NULL, NULL},
};

const gamlp_option gamlp_workers_table[] = {
    WORKER_ROWS,
    {NULL, GAMLP_OPTION_INT, 0, 0, 0, NULL, NULL, NULL, NULL},
};

_Static_assert(sizeof gamlp_train_table / sizeof gamlp_train_table[0] <= GAMLP_TRAIN_ROWS,
               "a row has no place for its origin");
