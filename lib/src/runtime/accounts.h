/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What workers did and sent: the trace, status.json, and `workers` in run.jsonl and summaries. */
#ifndef GAMLP_RUNTIME_ACCOUNTS_H
#define GAMLP_RUNTIME_ACCOUNTS_H

#include "core/json.h"
#include "runtime/crew.h"
#include "runtime/run.h"

/* Note what member i told of an iteration, and write its events to the trace; *now <- what it did
 * and sent since it told before. */
void gamlp_accounts_note(gamlp_account *now, const gamlp_run *run, int64_t i,
                         const gamlp_answer_figures *figures);

/* That of the first `count` members, as the array `workers` of a record. */
void gamlp_accounts_record(gamlp_json *record, const gamlp_crew *crew, const gamlp_account *now,
                           int64_t count);

/* What the workers with layers told last, for who looks on: crew->shown; how many. */
int64_t gamlp_accounts_show(gamlp_crew *crew);

/* Once a second RUN/workers/status.json, about an iteration of a net of `layers` layers of which
 * all have told; that it cannot be written is no reason to stop. */
void gamlp_accounts_status(const gamlp_run *run, int64_t layers, int64_t iteration);

/* Open the trace of a run with workers, if one is wanted; and end it. */
gamlp_status gamlp_accounts_open(gamlp_run *run, gamlp_output *trace);
gamlp_status gamlp_accounts_close(gamlp_run *run);

/* The object `workers` of summary.json. */
gamlp_json *gamlp_report_workers(const gamlp_crew *crew);

#endif
