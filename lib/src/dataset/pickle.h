/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A reader of Python pickles that interprets data and executes nothing.
 *
 * It knows an allow-list of opcodes (protocols 0 to 4) and of globals (numpy
 * arrays, scipy CSR matrices, dicts and lists); anything else is refused with
 * the byte where it stands.  Memory is a constant times the file's size, and
 * no nesting of the file becomes a nesting of calls. */
#ifndef GAMLP_DATASET_PICKLE_H
#define GAMLP_DATASET_PICKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataset/scipy.h"
#include "gamlp/status.h"

typedef enum gamlp_pickle_kind {
    GAMLP_PICKLE_NONE,
    GAMLP_PICKLE_BOOL,
    GAMLP_PICKLE_INT,
    GAMLP_PICKLE_TEXT,
    GAMLP_PICKLE_TUPLE,
    GAMLP_PICKLE_LIST,
    GAMLP_PICKLE_DICT,
    GAMLP_PICKLE_OBJECT, /* items: the arguments, then the state that BUILD gave */
    GAMLP_PICKLE_GLOBAL,
    GAMLP_PICKLE_MARK
} gamlp_pickle_kind;

/* What a global names, and the class of an object. */
typedef enum gamlp_pickle_class {
    GAMLP_PICKLE_CLASS_LIST,
    GAMLP_PICKLE_CLASS_DICT,
    GAMLP_PICKLE_CLASS_OBJECT,
    GAMLP_PICKLE_CLASS_DEFAULTDICT,
    GAMLP_PICKLE_CLASS_NDARRAY,
    GAMLP_PICKLE_CLASS_DTYPE,
    GAMLP_PICKLE_CLASS_CSR,
    GAMLP_PICKLE_CLASS_RECONSTRUCT,
    GAMLP_PICKLE_CLASS_RECONSTRUCTOR,
    GAMLP_PICKLE_CLASS_ENCODE,
    GAMLP_PICKLE_CLASS_BYTES
} gamlp_pickle_class;

typedef struct gamlp_pickle_value {
    uint32_t kind;
    uint32_t size; /* bytes of a text */
    union {
        int64_t integer; /* a truth value, a number, a class                   */
        int64_t record;  /* tuple, list, dict, object                          */
        const unsigned char *text;
    } as;
} gamlp_pickle_value;

typedef struct gamlp_pickle gamlp_pickle; /* a parsed pickle */

/* Parse `size` bytes, which must outlive the result, as must `what`, the
 * name in sentences.  GAMLP_E_DATA names byte and opcode or global.
 * Ownership passes to the caller: gamlp_pickle_free(). */
gamlp_status gamlp_pickle_parse(gamlp_pickle **pickle, const void *data, size_t size,
                                const char *what);
void gamlp_pickle_free(gamlp_pickle *pickle);

const gamlp_pickle_value *gamlp_pickle_root(const gamlp_pickle *pickle);
const char *gamlp_pickle_what(const gamlp_pickle *pickle);

/* Items of a tuple, list or object; keys and values of a dict; 0 otherwise. */
int64_t gamlp_pickle_length(const gamlp_pickle *pickle, const gamlp_pickle_value *value);
gamlp_pickle_class gamlp_pickle_class_of(const gamlp_pickle *pickle,
                                         const gamlp_pickle_value *value);

/* A walk over the items in order: start, then take until NULL. */
typedef struct gamlp_pickle_walk {
    uint32_t chunk, at;
} gamlp_pickle_walk;
gamlp_pickle_walk gamlp_pickle_walk_init(const gamlp_pickle *pickle,
                                         const gamlp_pickle_value *value);
const gamlp_pickle_value *gamlp_pickle_walk_step(const gamlp_pickle *pickle,
                                                 gamlp_pickle_walk *walk);

/* The i-th item (a short walk), the value under a text key of a dict, or NULL. */
const gamlp_pickle_value *gamlp_pickle_at(const gamlp_pickle *pickle,
                                          const gamlp_pickle_value *value, int64_t index);
const gamlp_pickle_value *gamlp_pickle_find(const gamlp_pickle *pickle,
                                            const gamlp_pickle_value *value, const char *key);

/* A numpy array; a scipy CSR matrix.  GAMLP_E_DATA says what is missing.
 * The data is borrowed from the pickle. */
gamlp_status gamlp_pickle_array(gamlp_array *array, const gamlp_pickle *pickle,
                                const gamlp_pickle_value *value);
gamlp_status gamlp_pickle_csr(gamlp_scipy_csr *csr, const gamlp_pickle *pickle,
                              const gamlp_pickle_value *value);

#endif
