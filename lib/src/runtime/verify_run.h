/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The checks of a finished run, see gamlp_run_verify(). */
#ifndef GAMLP_RUNTIME_VERIFY_RUN_H
#define GAMLP_RUNTIME_VERIFY_RUN_H

#include "core/json.h"
#include "dataset/finding.h"
#include "runtime/replay.h"

typedef struct gamlp_verify_job {
    gamlp_verification *v;
    const char *directory;
    gamlp_json *summary; /* summary.json */
    gamlp_train_options options;
    const gamlp_json *best; /* run whose model is model.safetensors */
} gamlp_verify_job;

/* PATH of a file of the run.  Ownership passes to the caller: gamlp_free(). */
gamlp_status gamlp_verify_path(char **path, const gamlp_verify_job *job, const char *name);

/* Numbers as equal as `tolerance`, relative to 1 or the larger one, says. */
gamlp_status gamlp_verify_number(const gamlp_verify_job *job, const char *what, double expected,
                                 double found, double tolerance);

/* object[key] of the summary against a number found elsewhere; a key that is not there differs. */
gamlp_status gamlp_verify_member(const gamlp_verify_job *job, const char *what,
                                 const gamlp_json *object, const char *key, double found,
                                 double tolerance);

/* The journal, and the summary against it. */
gamlp_status gamlp_verify_journal(const gamlp_verify_job *job);

/* Models against hashes and summary; config.yaml; the data. */
gamlp_status gamlp_verify_models(const gamlp_verify_job *job);
gamlp_status gamlp_verify_config(const gamlp_verify_job *job);
gamlp_status gamlp_verify_evaluation(const gamlp_verify_job *job, const char *data);

#endif
