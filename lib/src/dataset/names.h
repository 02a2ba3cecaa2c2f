/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts and their numbers: identifiers of nodes, names of classes. */
#ifndef GAMLP_DATASET_NAMES_H
#define GAMLP_DATASET_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "core/hash.h"
#include "gamlp/dataset.h"

/* Different texts in order of first appearance.  A zeroed one is empty;
 * gamlp_names_clear() releases it.  At most 2^31 - 2 texts. */
typedef struct gamlp_names {
    int64_t count;
    char *text;     /* the texts, each with a NUL behind it      */
    int64_t *start; /* where each begins; and where the next one will */
    struct gamlp_names_slot *slot;
    int64_t text_room, start_room, slots; /* slots: a power of two, or 0 */
    unsigned char key[GAMLP_HASH_KEY];
} gamlp_names;

void gamlp_names_clear(gamlp_names *names);

/* Number of a text of `size` bytes, which gets the next one when it is new. */
gamlp_status gamlp_names_add(int64_t *index, gamlp_names *names, const char *text, size_t size);

/* Its number, or -1. */
int64_t gamlp_names_find(const gamlp_names *names, const char *text, size_t size);

/* The text of a number below `count`, valid until the next is added; NULL for any other. */
const char *gamlp_names_text(const gamlp_names *names, int64_t index);

/* (*rank)[i] is the place of text i among them all: by their bytes, or, when
 * all of them are integers ("-1", "007", "3.0"), by value.  Ownership passes
 * to the caller: gamlp_free(). */
gamlp_status gamlp_names_sorted(int64_t **rank, const gamlp_names *names);

/* The texts become the classes of the data set, in sorted order: the labels, which are numbers in
 * `names` or GAMLP_UNLABELLED, follow.  The data set has labels and no classes yet.  GAMLP_E_DATA
 * names `what` when there is no class or its text is not UTF-8; the data set is then as it was. */
gamlp_status gamlp_names_to_classes(gamlp_dataset *dataset, const gamlp_names *names,
                                    const char *what);

#endif
