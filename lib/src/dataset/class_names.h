/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of classes that an npz file has. */
#ifndef GAMLP_DATASET_CLASS_NAMES_H
#define GAMLP_DATASET_CLASS_NAMES_H

#include "dataset/npz.h"
#include "gamlp/dataset.h"

/* class_name from an array of texts (numpy's or a pickled list, which is read and not executed).
 * Nothing happens when the array is absent, is no list of as many texts as there are classes, or
 * cannot be read: names are an ornament. */
gamlp_status gamlp_class_names_read(gamlp_dataset *dataset, const gamlp_npz *npz, const char *name);

#endif
