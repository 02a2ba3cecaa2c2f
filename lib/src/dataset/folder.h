/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folders that hold a data set in several files. */
#ifndef GAMLP_DATASET_FOLDER_H
#define GAMLP_DATASET_FOLDER_H

#include <stdbool.h>
#include <stdint.h>

#include "gamlp/dataset.h"

/* FOLDER/NAME.gz or FOLDER/NAME, whichever is there; *path NULL: neither.
 * Ownership passes to the caller: gamlp_free(). */
gamlp_status gamlp_folder_part(char **path, const char *folder, const char *name);

/* As above; GAMLP_E_NOINPUT when there is neither. */
gamlp_status gamlp_folder_need(char **path, const char *folder, const char *name);

/* Whether FOLDER/NAME or FOLDER/NAME.gz is there. */
gamlp_status gamlp_folder_has(bool *found, const char *folder, const char *name);

/* Names in a folder that end in `ending`, also behind ".gz", sorted by bytes; those that begin with
 * a point are left out.  A folder that is not there is empty.  Ownership passes to the caller:
 * gamlp_folder_free(). */
gamlp_status gamlp_folder_list(char ***names, int64_t *count, const char *folder,
                               const char *ending);
void gamlp_folder_free(char **names, int64_t count);

/* Name a data set by the last part of its path, without ".gz" and one more ending of a file. */
void gamlp_folder_title(gamlp_dataset *dataset, const char *path);

#endif
