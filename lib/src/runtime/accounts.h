/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What workers did and sent: wire.jsonl, the trace, status.json, and the object `workers` of
 * summaries. */
#ifndef GAMLP_RUNTIME_ACCOUNTS_H
#define GAMLP_RUNTIME_ACCOUNTS_H

#include "core/json.h"
#include "runtime/crew.h"
#include "runtime/run.h"

/* Note what member i told of an iteration, and write its events to the trace. */
gamlp_status gamlp_accounts_note(const gamlp_run *run, int64_t i,
                                 const gamlp_answer_figures *figures);

/* A line of wire.jsonl about an iteration of a net of `layers` layers of which all have told, and
 * once a second RUN/workers/status.json. */
gamlp_status gamlp_accounts_write(const gamlp_run *run, int64_t layers, int64_t iteration);

/* What the workers with layers told last, for who looks on: crew->shown; how many. */
int64_t gamlp_accounts_show(gamlp_crew *crew);

/* Open wire.jsonl and the trace of a run with workers; and end the trace. */
gamlp_status gamlp_accounts_open(gamlp_run *run, gamlp_output *wire, gamlp_output *trace);
gamlp_status gamlp_accounts_close(gamlp_run *run);

/* The object `workers` of summary.json. */
gamlp_json *gamlp_report_workers(const gamlp_crew *crew);

#endif
