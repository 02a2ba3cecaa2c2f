/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command simulate. */
#ifndef GAMLP_APPS_SIMULATION_H
#define GAMLP_APPS_SIMULATION_H

#include "program.h"

gamlp_status cmd_simulate(const command *verb, int count, char **words);
extern const gamlp_option simulate_flags_table[];
const void *simulate_defaults(void);

#endif
