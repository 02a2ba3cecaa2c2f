/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several files that belong together. */
#ifndef GAMLP_DATASET_OUTPUTS_H
#define GAMLP_DATASET_OUTPUTS_H

#include "core/file.h"

enum { GAMLP_OUTPUTS = 8 };

/* Zeroed: none.  gamlp_outputs_abandon() releases what there is. */
typedef struct gamlp_outputs {
    gamlp_output item[GAMLP_OUTPUTS];
    int64_t count;
} gamlp_outputs;

/* One more file; the first is the one that says that the others are there. */
gamlp_status gamlp_outputs_open(gamlp_output **output, gamlp_outputs *all, const char *path);

/* Seal all, remove the old first file, and give the others, then the first, their names. */
gamlp_status gamlp_outputs_commit(gamlp_outputs *all);
void gamlp_outputs_abandon(gamlp_outputs *all);

/* Formatted text of less than 512 bytes. */
void gamlp_output_print(gamlp_output *output, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

#endif
