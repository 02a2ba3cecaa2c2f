/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "gamlp/bench.h"
#include "gamlp/dataset.h"
#include "gamlp/features.h"
#include "gamlp/published.h"
#include "gamlp/simulate.h"
#include "gamlp/train.h"
#include "program.h"
#include "simulation.h"
#include "workers.h"

const command verbs[] = {
    {"train",
     "DATASET",
     0,
     1,
     "train a net and write a run directory",
     "DATASET is the name of a data set (see gamlp info), a path, or format:path. The run "
     "directory "
     "gets config.yaml, run.jsonl, summary.json and model.safetensors; the test accuracy is the "
     "one at the iteration of best validation accuracy. Its path is the last line printed.",
     {{gamlp_train_table, train_defaults}, {train_flags_table, NULL}},
     cmd_train},
    {"worker",
     "",
     0,
     0,
     "hold a share of the layers of a run",
     "Started by gamlp train --workers, which tells it on standard input what to join; or by hand "
     "or "
     "by another launcher, with --join. It ends with the run, with its standard input, and when "
     "nothing is heard of the coordinator any more.",
     {{worker_table, worker_defaults}},
     cmd_worker},
    {"status",
     "RUN",
     1,
     1,
     "tell where a run is",
     "Complete with its accuracy; running, with a line for each worker; or stopped, with its last "
     "checkpoint.",
     {{status_table, NULL}},
     cmd_status},
    {"doctor",
     "",
     0,
     0,
     "look at workers before they are used",
     "Start the workers that the options of the group Workers ask for, and print a line for each "
     "of "
     "them: host, version, BLAS, processors, memory, bandwidth; one for the limits of this "
     "process; "
     "and one for the ways between neighbours, by a small net whose bits must be those of one "
     "process. Exit status 65 when a line is not good.",
     {{gamlp_workers_table, train_defaults}},
     cmd_doctor},
    {"eval",
     "RUN|MODEL [DATASET]",
     1,
     2,
     "score a trained model",
     "Load the model of a run directory, or a .safetensors file, and print its accuracy and loss "
     "on the three parts of the data set it was trained on, or of another one.",
     {{eval_table, eval_defaults}},
     cmd_eval},
    {"predict",
     "RUN|MODEL [DATASET]",
     1,
     2,
     "write the predicted class of every node",
     "Write a CSV file: node, predicted class, its probability, label.",
     {{predict_table, predict_defaults}},
     cmd_predict},
    {"propagate",
     "DATASET",
     1,
     1,
     "classify by spreading labels over the graph",
     "Label spreading: the labels of the training nodes are diffused over the graph, exactly, and "
     "every node takes the class that it gets most of. Features are not used and nothing is "
     "trained: a score that any model has to beat.",
     {{gamlp_dataset_table, dataset_defaults}, {propagate_table, propagate_defaults}},
     cmd_propagate},
    {"verify",
     "RUN",
     1,
     1,
     "check a finished run against itself",
     "Compute from the journal of a run directory what its summary says: rises, k c_k, rates, best "
     "iterations, means; compare the models with their hashes, config.yaml with the options, and, "
     "when the data are there, the accuracies of the model with those that were reported. Prints a "
     "line for each; exit status 1 when anything differs.",
     {{verify_table, NULL}},
     cmd_verify},
    {"table",
     "[DATASET]...",
     0,
     MAX_ARGUMENTS,
     "train published rows and print them beside the papers' numbers",
     "Train every preset of the data sets (without DATASET: of all that have published results and "
     "whose files are there; one that is missing is named at the end) with every solver that it "
     "names, and print a row for each: test and validation accuracy, mean and "
     "deviation over the seeds, beside what the paper says. A run that is there already is read, "
     "so that a table that was stopped goes on.",
     {{gamlp_table_table, table_defaults}, {table_flags_table, NULL}},
     cmd_table},
    {"info",
     "[DATASET]",
     0,
     1,
     "describe a data set, or list the known names",
     "Print the passport of a data set: which published edition it is, or how it differs from the "
     "nearest; size, structure, split and classes; hashes of its content and of its files. Without "
     "DATASET: the names of all data sets that need no path.",
     {{gamlp_dataset_table, dataset_defaults}, {info_table, NULL}},
     cmd_info},
    {"check",
     "[DATASET]...",
     0,
     MAX_ARGUMENTS,
     "compare data sets with their manifests",
     "Hash the files of each data set, read it, and compare sizes, hashes, counts, content and "
     "split with its manifest: that of its name, or the one whose fingerprint or files it has. "
     "Prints a line for each: ok; differs, with what was expected; or open, when the manifest "
     "does not say. Exit status 65 when anything differs, 66 when a data set is not there.",
     {{check_table, NULL}},
     cmd_check},
    {"import",
     "SOURCE",
     1,
     1,
     "convert a data set to a container",
     "SOURCE is whatever gamlp train takes. The container is one file with graph, features, "
     "labels, "
     "splits and a passport, which every command reads without parsing; it is written under a "
     "temporary name and appears whole or not at all. A list of edges (edges:FILE) is converted "
     "without its graph being in memory.",
     {{gamlp_dataset_table, dataset_defaults}, {import_table, NULL}},
     cmd_import},
    {"features",
     "DATASET",
     1,
     1,
     "make the features of every node and write them",
     "The features are a list of terms, each of which makes rows from the graph and the nodes' own "
     "features; the same set with gamlp train trains on them. Into a .npy file goes the matrix "
     "nodes x features, into a container the data set with these features instead of its own. A "
     "file that DATASET was read from is not replaced.",
     {{gamlp_dataset_table, dataset_defaults}, {gamlp_features_table, features_defaults}},
     cmd_features},
    {"split",
     "DATASET",
     1,
     1,
     "write the split of a data set to a file",
     "The file holds the node numbers of the training, validation and test part; --split file:FILE "
     "reads it back, here as with gamlp train.",
     {{gamlp_dataset_table, dataset_defaults}, {split_table, NULL}},
     cmd_split},
    {"simulate",
     "",
     0,
     0,
     "predict how fast a pipeline of workers would be",
     "Run the link protocol of the workers over a virtual clock, with the work of the layers and "
     "the speed of the links as given, and print for each number of workers: seconds of an "
     "iteration, those of one process, their ratio, the bound that the largest share of layers "
     "sets, the part of the time that workers wait, and bytes of an iteration on all links. The "
     "defaults are the sizes of ogbn-arxiv with 17 layers.",
     {{gamlp_simulate_table, simulate_defaults}, {simulate_flags_table, NULL}},
     cmd_simulate},
    {"generate",
     "",
     0,
     0,
     "write a random graph with features and labels",
     "Draw a graph from a stochastic block model (csbm), R-MAT (rmat), preferential attachment "
     "(ba) "
     "or G(n, m) (er) with features that tell the class, the same bits for a seed everywhere, and "
     "write it as a container (.gamlp) or in the gnn-benchmark layout (.npz). Into a container the "
     "edges of rmat and er go without ever being held as a whole.",
     {{gamlp_generate_table, generate_defaults}, {generate_flags_table, NULL}},
     cmd_generate},
    {"fetch",
     "[NAME...]",
     0,
     MAX_ARGUMENTS,
     "fetch the files of known data sets",
     "Bring the files of the named data sets from their sources into the folder of the data sets, "
     "those that are not there yet with the size and the hash that the manifest tells. A file that "
     "was interrupted is resumed, and gets its name when its hash was found to be right. Where a "
     "manifest has no hash, the file is called unverified and its hash is printed.",
     {{fetch_table, fetch_defaults}},
     cmd_fetch},
    {"export",
     "DATASET",
     1,
     1,
     "write a data set in another format",
     "Write graph, features, labels and the split as a gnn-benchmark npz, as Matrix Market with "
     "files beside it, or as GraphML. What is written reads back with the same fingerprints.",
     {{gamlp_dataset_table, dataset_defaults}, {export_table, export_defaults}},
     cmd_export},
    {"bench",
     "theory",
     1,
     1,
     "measure what the papers prove of the methods",
     "theory runs many small random problems and prints a JSON object a line: of dladmm the "
     "operations and processor seconds of an iteration against the width of the layers, beside "
     "exact "
     "subproblem solves, with the slopes of their logarithms; of every ADMM method how often its "
     "Lagrangian rose and how fast its displacements fall; of mdlam how often its objective rose, "
     "and the linear rate of its tail. Exit status 70 when a guarantee was broken.",
     {{gamlp_theory_table, theory_defaults}},
     cmd_bench},
    {"version",
     "",
     0,
     0,
     "print versions and the number of threads",
     "",
     {{version_table, NULL}},
     cmd_version},
    {"help",
     "[COMMAND [PART]]",
     0,
     2,
     "print this help, or that of a command",
     "The only part of a command is that of gamlp bench theory.",
     {{help_table, NULL}},
     cmd_help},
    {0},
};

const command *find_verb(const char *name) {
    for (const command *v = verbs; v->name; v++)
        if (strcmp(v->name, name) == 0) return v;
    return NULL;
}

gamlp_status unknown_verb(const char *name) {
    gamlp_option names[sizeof verbs / sizeof verbs[0]] = {{0}};
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) names[i].name = verbs[i].name;
    const char *nearest = gamlp_option_nearest(names, name);
    return gamlp_fail(GAMLP_E_USAGE, "unknown command \"%s\"; %s%s", name,
                      nearest ? "did you mean " : "gamlp help lists them", nearest ? nearest : "");
}
