/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pdADMM with the layers of the net in the workers of a crew, as a training method: the run goes
 * through the same steps as with a net in one process. */
#ifndef GAMLP_RUNTIME_PIPED_H
#define GAMLP_RUNTIME_PIPED_H

#include "gamlp/method.h"
#include "runtime/crew.h"
#include "runtime/run.h"
#include "runtime/solvers.h"

/* A net of random weights in the workers of the crew, for the data of the run at growth stage
 * `stage`.  To be released by the method. */
gamlp_status gamlp_piped_new(void **net, gamlp_crew *crew, const gamlp_run *run,
                             const gamlp_net_plan *plan, const gamlp_pdadmm_options *options,
                             int64_t stage);

/* The row of the registry for a net in workers, made of the row of a pdADMM solver; `method` is
 * what it points to. */
void gamlp_piped_row(gamlp_solver_row *row, gamlp_method *method, const gamlp_solver_row *solver);

#endif
