/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text files by lines; a gzip file is read as what it holds. */
#ifndef GAMLP_CORE_LINES_H
#define GAMLP_CORE_LINES_H

#include <stddef.h>
#include <stdint.h>

#include "gamlp/status.h"

enum { GAMLP_LINE_LIMIT = 1 << 26 }; /* bytes of one line */

typedef struct gamlp_lines gamlp_lines;

/* GAMLP_E_NOINPUT / _IO name the path.  Ownership passes to the caller: gamlp_lines_close(). */
gamlp_status gamlp_lines_open(gamlp_lines **lines, const char *path);
void gamlp_lines_close(gamlp_lines *lines);

/* The next line, without its end (\n or \r\n) and with a NUL behind it, in
 * place until the next call; it may be changed.  *text NULL: the end.  A line that is too long, a
 * NUL in it, or a gzip file that is cut short or damaged is GAMLP_E_DATA. */
gamlp_status gamlp_lines_next(char **text, size_t *size, gamlp_lines *lines);

/* Number of the line that was read last, from 1. */
int64_t gamlp_lines_number(const gamlp_lines *lines);

/* GAMLP_E_DATA: "PATH: line N: PROBLEM". */
gamlp_status gamlp_lines_refuse(const gamlp_lines *lines, const char *problem);

#endif
