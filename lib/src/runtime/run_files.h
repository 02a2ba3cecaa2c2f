/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a run directory.  Each is written under a temporary name; all
 * get their names together at the end, summary.json last, so that a directory
 * with a summary.json holds a whole run. */
#ifndef GAMLP_RUNTIME_RUN_FILES_H
#define GAMLP_RUNTIME_RUN_FILES_H

#include "core/file.h"
#include "gamlp/train.h"
#include "runtime/run.h"

typedef struct gamlp_run_files {
    char *directory;
    size_t existing; /* length of the leading part of `directory` that was there before */
    int lock;        /* descriptor of the directory, which it locks against other runs; or 0 */
    int64_t seed, seeds, seed_step, splits; /* as in the options */
    int64_t count, capacity;
    gamlp_output *output; /* in the order of their renaming */
} gamlp_run_files;

/* Make the run directory, with room for `capacity` files.  GAMLP_E_CREATE when another run writes
 * there, or is there already. */
gamlp_status gamlp_run_files_init(gamlp_run_files *files, const gamlp_train_options *options,
                                  int64_t capacity);
/* Drop what was not committed, and the directories that were made if they are empty. */
void gamlp_run_files_clear(gamlp_run_files *files);

/* A new file; *output is borrowed and stays where it is. */
gamlp_status gamlp_run_files_open(gamlp_output **output, gamlp_run_files *files, const char *name);

/* A new file with this content; it takes the place of an earlier one of the same name. */
gamlp_status gamlp_run_files_put(gamlp_run_files *files, const char *name, const void *data,
                                 size_t size);

/* Train the seeds of the present split, or take those that a checkpoint holds finished. */
gamlp_status gamlp_run_seeds(gamlp_report *report, gamlp_run *run, gamlp_run_files *files);

/* Give all files their names; then models of other seeds, left by an older run, go. */
gamlp_status gamlp_run_files_commit(gamlp_run_files *files);

#endif
