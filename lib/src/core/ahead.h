/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stream that another thread reads, and inflates, ahead of its use. */
#ifndef GAMLP_CORE_AHEAD_H
#define GAMLP_CORE_AHEAD_H

#include "core/stream.h"

typedef struct gamlp_ahead gamlp_ahead;

/* Open a file.  There is no other thread for a small file, where gamlp_threads_get() is one, or
 * where the system gives none; the bytes are the same.  GAMLP_E_NOINPUT names the path. Ownership
 * passes to the caller: gamlp_ahead_close(). */
gamlp_status gamlp_ahead_open(gamlp_ahead **ahead, const char *path);
void gamlp_ahead_close(gamlp_ahead *ahead);

/* As gamlp_stream_read() and, once a read gave less than was asked for, gamlp_stream_check(). */
size_t gamlp_ahead_read(gamlp_ahead *ahead, void *data, size_t size);
gamlp_status gamlp_ahead_check(gamlp_ahead *ahead);

/* Its path and sizes; they may be asked for at any time. */
const gamlp_stream *gamlp_ahead_stream(const gamlp_ahead *ahead);

#endif
