/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: runtime.  Published results beside ours (`gamlp table`).
 *
 * A manifest's `published` holds { PRESET: { SOLVER: [test, std, validation] } }, with null for
 * what was not published; a cell of the table is one of these, or one of the presets. */
#ifndef GAMLP_PUBLISHED_H
#define GAMLP_PUBLISHED_H

#include <stdbool.h>
#include <stdint.h>

#include "gamlp/train.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What `gamlp table` does; described row by row in gamlp_table_table. */
typedef struct gamlp_table_options {
    char data[GAMLP_OPTION_TEXT];
    char presets[GAMLP_OPTION_TEXT], solvers[GAMLP_OPTION_TEXT]; /* lists by commas; empty: all */
    char runs[GAMLP_OPTION_TEXT];                                /* folder of the runs          */
    int64_t seeds, threads;                                      /* seeds 0: as the preset has it */
    bool train; /* make the runs that are not there yet */
} gamlp_table_options;

extern const gamlp_option gamlp_table_table[];

/* The defaults of every row. */
void gamlp_table_options_default(gamlp_table_options *options);

/* Fractions; NaN for what is not known. */
typedef struct gamlp_table_cell {
    char dataset[GAMLP_OPTION_TEXT], preset[GAMLP_OPTION_TEXT], solver[GAMLP_OPTION_TEXT];
    double published_test, published_std, published_val;
    bool done; /* there is a run */
    int64_t seeds;
    double test_mean, test_std, val_mean, val_std;
    double train_seconds;              /* mean of the runs       */
    char directory[GAMLP_OPTION_TEXT]; /* of the run, when done */
} gamlp_table_cell;

/* Takes a finished cell; false stops. */
typedef bool (*gamlp_table_sink)(void *context, const gamlp_table_cell *cell);

/* Every cell of a data set, preset by preset in the order of the manifest, solver by solver in the
 * order of --solver: the run RUNS/DATASET-PRESET-SOLVER is made unless it is there.  `dataset`
 * NULL: every data set whose manifest has published results; those whose files are missing are left
 * out, and the first of them is the failure at the end. */
gamlp_status gamlp_table_run(const char *dataset, const gamlp_table_options *options,
                             gamlp_table_sink sink, void *context, gamlp_progress_sink progress,
                             void *progress_context);

/* A cell as JSON on one line.  Ownership of the text passes to the caller: gamlp_free(). */
gamlp_status gamlp_table_cell_json(char **text, const gamlp_table_cell *cell);

/* Cells as a Markdown table for each preset: data sets down, solvers across, test accuracy in
 * percent, the published one in parentheses.  Ownership of the text passes to the caller:
 * gamlp_free(). */
gamlp_status gamlp_table_markdown(char **text, const gamlp_table_cell *cell, int64_t count);

#ifdef __cplusplus
}
#endif
#endif
