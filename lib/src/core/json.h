/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON values (adapter of jansson).  Setters never fail by themselves: what
 * could not be made or stored is remembered for this thread and reported by
 * its next gamlp_json_dump(), with which every tree that is built must end. */
#ifndef GAMLP_CORE_JSON_H
#define GAMLP_CORE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gamlp/status.h"

typedef struct gamlp_json gamlp_json; /* a JSON value, reference-counted by jansson */

gamlp_json *gamlp_json_object(void);
gamlp_json *gamlp_json_array(void);
void gamlp_json_free(gamlp_json *value);

/* object[key] = value.  A NaN or infinity becomes null. */
void gamlp_json_set_int(gamlp_json *object, const char *key, int64_t value);
void gamlp_json_set_real(gamlp_json *object, const char *key, double value);
void gamlp_json_set_bool(gamlp_json *object, const char *key, bool value);
void gamlp_json_set_text(gamlp_json *object, const char *key, const char *value); /* NULL: null */
/* Ownership of `value` passes to the object (array), also on failure. */
void gamlp_json_set(gamlp_json *object, const char *key, gamlp_json *value);
void gamlp_json_append(gamlp_json *array, gamlp_json *value);
void gamlp_json_append_int(gamlp_json *array, int64_t value);
void gamlp_json_append_real(gamlp_json *array, double value);
void gamlp_json_append_text(gamlp_json *array, const char *value); /* NULL: null */

/* Text of the tree: indented (with a final newline) or on one line.
 * Ownership passes to the caller: gamlp_free(). */
gamlp_status gamlp_json_dump(char **text, const gamlp_json *value, bool indented);

/* Take jansson's memory from gamlp/alloc.h, or from malloc() as it was.
 * Called when an allocator is installed, and only then: these functions of
 * jansson are those of the whole process. */
void gamlp_json_route(bool ours_only);

/* Parse `size` bytes; GAMLP_E_DATA names `what`, the line and the problem.
 * Depth is bounded.  Ownership passes to the caller: gamlp_json_free(). */
gamlp_status gamlp_json_parse(gamlp_json **value, const void *text, size_t size, const char *what);

/* Reading: NULL / false when absent or of another type.  Borrowed. */
const gamlp_json *gamlp_json_get(const gamlp_json *object, const char *key);
bool gamlp_json_get_int(const gamlp_json *object, const char *key, int64_t *value);
bool gamlp_json_get_real(const gamlp_json *object, const char *key, double *value);
bool gamlp_json_get_bool(const gamlp_json *object, const char *key, bool *value);
const char *gamlp_json_get_text(const gamlp_json *object, const char *key);
int64_t gamlp_json_length(const gamlp_json *array);
const gamlp_json *gamlp_json_at(const gamlp_json *array, int64_t index);
bool gamlp_json_int(const gamlp_json *value, int64_t *out);
bool gamlp_json_is_object(const gamlp_json *value);
bool gamlp_json_is_array(const gamlp_json *value);

/* Call `visit` for each member of an object in order, until it fails. */
typedef gamlp_status (*gamlp_json_visitor)(void *context, const char *key, const gamlp_json *value);
gamlp_status gamlp_json_each(const gamlp_json *object, gamlp_json_visitor visit, void *context);

#endif
