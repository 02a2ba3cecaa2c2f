/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stack machine behind gamlp_pickle_parse(). */
#ifndef GAMLP_DATASET_PICKLE_MACHINE_H
#define GAMLP_DATASET_PICKLE_MACHINE_H

#include "dataset/pickle.h"

/* A growing array; counts fit 32 bits because the file's size does. */
typedef struct gamlp_pickle_pool {
    void *data;
    uint32_t count, capacity;
} gamlp_pickle_pool;

/* A container: a chain of chunks of items. */
typedef struct gamlp_pickle_record {
    uint32_t class_, length, first, last;
} gamlp_pickle_record;

#define GAMLP_PICKLE_END UINT32_MAX /* behind the last chunk */

typedef struct gamlp_pickle_chunk {
    uint32_t first, count, next;
} gamlp_pickle_chunk;

struct gamlp_pickle {
    const unsigned char *data;
    size_t size, at, start; /* at: next byte; start: the opcode being read */
    const char *what;
    gamlp_pickle_value root;
    bool stopped;
    gamlp_pickle_pool stack, memo, items;
    gamlp_pickle_pool records, chunks;
    unsigned char *text; /* unescaped texts: 4 * size bytes, made when first needed */
    size_t text_used;
};

/* GAMLP_E_DATA: "<file>: byte <n>: <sentence>", n where the opcode stands. */
gamlp_status gamlp_pickle_fail(const gamlp_pickle *p, const char *sentence);

/* Bytes of the file, bounds checked. */
gamlp_status gamlp_pickle_take(gamlp_pickle *p, uint64_t count, const unsigned char **bytes);
gamlp_status gamlp_pickle_take_uint(gamlp_pickle *p, int bytes, uint64_t *value);
gamlp_status gamlp_pickle_take_line(gamlp_pickle *p, const unsigned char **line, uint32_t *size);

/* Room for `size` more bytes of unescaped text. */
gamlp_status gamlp_pickle_text_room(gamlp_pickle *p, uint64_t size, unsigned char **room);

/* The stack.  pop refuses an empty stack and a mark. */
gamlp_status gamlp_pickle_push(gamlp_pickle *p, gamlp_pickle_value value);
gamlp_status gamlp_pickle_push_int(gamlp_pickle *p, gamlp_pickle_kind kind, int64_t integer);
gamlp_status gamlp_pickle_push_text(gamlp_pickle *p, const unsigned char *text, uint64_t size);
gamlp_status gamlp_pickle_pop(gamlp_pickle *p, gamlp_pickle_value *value);
/* Index of the first value above the topmost mark. */
gamlp_status gamlp_pickle_find_mark(const gamlp_pickle *p, uint32_t *first);

/* A new empty container. */
gamlp_status gamlp_pickle_make(gamlp_pickle *p, gamlp_pickle_kind kind, gamlp_pickle_class class_,
                               gamlp_pickle_value *value);
/* Move the stack's values from index `first` up to the end of the container. */
gamlp_status gamlp_pickle_move(gamlp_pickle *p, const gamlp_pickle_value *container,
                               uint32_t first);

gamlp_status gamlp_pickle_memo_put(gamlp_pickle *p, uint64_t index);
gamlp_status gamlp_pickle_memo_get(gamlp_pickle *p, uint64_t index);

/* REDUCE, NEWOBJ and BUILD on the classes of the allow-list, and their lookup. */
gamlp_status gamlp_pickle_reduce(gamlp_pickle *p);
gamlp_status gamlp_pickle_new_object(gamlp_pickle *p);
gamlp_status gamlp_pickle_build(gamlp_pickle *p);
gamlp_status gamlp_pickle_push_global(gamlp_pickle *p, const unsigned char *module,
                                      uint32_t module_size, const unsigned char *name,
                                      uint32_t name_size);

/* Run the opcode p->data[p->start]. */
gamlp_status gamlp_pickle_run(gamlp_pickle *p);

#endif
