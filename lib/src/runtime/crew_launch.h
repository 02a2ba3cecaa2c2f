/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a crew is brought together. */
#ifndef GAMLP_RUNTIME_CREW_LAUNCH_H
#define GAMLP_RUNTIME_CREW_LAUNCH_H

#include "launch/command.h"
#include "runtime/crew.h"

/* Hosts mean ssh; how many workers there are is said, or follows from what there is. */
gamlp_status gamlp_crew_choose_launcher(gamlp_crew *crew);

/* This very program, unless the options name another one. */
gamlp_status gamlp_crew_find_program(gamlp_crew *crew);

/* The hub and the port at which workers arrive, with keys where others can reach it. */
gamlp_status gamlp_crew_open_port(gamlp_crew *crew);

/* The command that starts the worker in place i (of Slurm: all of them). */
gamlp_status gamlp_crew_command(gamlp_command *command, const gamlp_crew *crew, int64_t i);

/* Start that, and hand it its ticket. */
gamlp_status gamlp_crew_start_process(gamlp_crew *crew, int64_t i);

/* Tell the user, who is to start the workers, where the ticket is. */
gamlp_status gamlp_crew_publish(const gamlp_crew *crew);

#endif
