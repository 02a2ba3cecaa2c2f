/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A limit of the library's memory. */
#ifndef GAMLP_APPS_BUDGET_H
#define GAMLP_APPS_BUDGET_H

#include <stdint.h>

#include "gamlp/status.h"

/* From now on an allocation fails that would make the process larger than `limit` bytes. */
void budget_begin(int64_t limit);

/* The end of it, when all is released.  `status` is what the work for `source` gave; when it ended
 * at the limit, the sentence says how much it wanted. */
gamlp_status budget_end(gamlp_status status, const char *source, const char *option);

#endif
