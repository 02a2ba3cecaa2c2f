/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file "state" of a checkpoint: the version of the program, and plain structs as they lie in
 * memory with their sizes, so that only the same build reads them. */
#ifndef GAMLP_RUNTIME_CHECKPOINT_STATE_H
#define GAMLP_RUNTIME_CHECKPOINT_STATE_H

#include "runtime/checkpoint.h"
#include "runtime/fields.h"

void gamlp_checkpoint_put_state(gamlp_writer *writer, const gamlp_checkpoint *checkpoint);
gamlp_status gamlp_checkpoint_get_state(gamlp_checkpoint *checkpoint, const void *bytes,
                                        size_t size);

/* "SERIAL-what" or "SERIAL-what-index". */
void gamlp_checkpoint_name(char *name, size_t size, int64_t serial, const char *what,
                           int64_t index);

#endif
