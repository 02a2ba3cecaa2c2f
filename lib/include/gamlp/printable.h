/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: core.  Texts of files, made safe to show. */
#ifndef GAMLP_PRINTABLE_H
#define GAMLP_PRINTABLE_H

#include "gamlp/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A copy of any bytes as UTF-8 that a terminal only shows: control characters (C0, DEL, C1), the
 * ones that turn or isolate the direction of writing, line and paragraph separators, and bytes that
 * are no UTF-8 become \xNN or \uNNNN.  Ownership passes to the caller: gamlp_free(). */
gamlp_status gamlp_printable(char **copy, const char *text);

#ifdef __cplusplus
}
#endif
#endif
