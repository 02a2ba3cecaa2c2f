/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands about workers. */
#ifndef GAMLP_APPS_WORKERS_H
#define GAMLP_APPS_WORKERS_H

#include "program.h"

gamlp_status cmd_doctor(const command *verb, int count, char **words);
gamlp_status cmd_status(const command *verb, int count, char **words);
gamlp_status cmd_worker(const command *verb, int count, char **words);
extern const gamlp_option worker_table[], status_table[];
const void *worker_defaults(void);

#endif
