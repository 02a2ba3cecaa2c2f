/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/json.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gamlp/alloc.h"

/* gamlp_json is jansson's json_t under our name. */
static json_t *raw(const gamlp_json *value) {
    union {
        const gamlp_json *ours;
        json_t *theirs;
    } cast = {value};
    return cast.theirs;
}

static gamlp_json *ours(json_t *value) {
    return (gamlp_json *)value;
}

gamlp_json *gamlp_json_object(void) {
    return ours(json_object());
}
gamlp_json *gamlp_json_array(void) {
    return ours(json_array());
}

void gamlp_json_free(gamlp_json *value) {
    if (value) json_decref(raw(value));
}

/* A member that could not be stored is noted under this key (objects) and
 * makes gamlp_json_dump() fail; when even that fails, clear the container. */
static const char poison_key[] = "\x01";

static void poison(json_t *container) {
    if (json_is_object(container)) {
        if (json_object_set_new_nocheck(container, poison_key, json_null()) != 0)
            json_object_clear(container);
    } else if (container) {
        json_array_append_new(container, json_object());
    }
}

void gamlp_json_set(gamlp_json *object, const char *key, gamlp_json *value) {
    json_t *container = raw(object);
    if (json_object_set_new(container, key, raw(value)) != 0) poison(container);
}

void gamlp_json_append(gamlp_json *array, gamlp_json *value) {
    json_t *container = raw(array);
    if (json_array_append_new(container, raw(value)) != 0) poison(container);
}

static gamlp_json *real_value(double value) {
    return ours(isfinite(value) ? json_real(value) : json_null());
}

void gamlp_json_set_int(gamlp_json *object, const char *key, int64_t value) {
    gamlp_json_set(object, key, ours(json_integer(value)));
}

void gamlp_json_set_real(gamlp_json *object, const char *key, double value) {
    gamlp_json_set(object, key, real_value(value));
}

void gamlp_json_set_bool(gamlp_json *object, const char *key, bool value) {
    gamlp_json_set(object, key, ours(json_boolean(value)));
}

void gamlp_json_set_text(gamlp_json *object, const char *key, const char *value) {
    gamlp_json_set(object, key, ours(value ? json_string(value) : json_null()));
}

void gamlp_json_append_int(gamlp_json *array, int64_t value) {
    gamlp_json_append(array, ours(json_integer(value)));
}

void gamlp_json_append_real(gamlp_json *array, double value) {
    gamlp_json_append(array, real_value(value));
}

static bool poisoned(const json_t *value) {
    const char *key;
    json_t *member;
    size_t index;
    if (!value) return true;
    if (json_is_object(value)) {
        if (json_object_get(value, poison_key)) return true;
        json_object_foreach((json_t *)raw((const gamlp_json *)value), key, member) {
            if (poisoned(member)) return true;
        }
    }
    json_array_foreach(value, index, member) {
        if (poisoned(member)) return true;
    }
    return false;
}

gamlp_status gamlp_json_dump(char **text, const gamlp_json *value, bool indented) {
    *text = NULL;
    json_t *tree = raw(value);
    size_t flags = JSON_REAL_PRECISION(17) | JSON_ENCODE_ANY;
    flags |= indented ? JSON_INDENT(2) : JSON_COMPACT;
    char *dumped = poisoned(tree) ? NULL : json_dumps(tree, flags);
    if (!dumped) return gamlp_fail(GAMLP_E_NOMEM, "cannot allocate a JSON text");
    size_t size = strlen(dumped);
    gamlp_status status = gamlp_new_raw(text, (int64_t)size + 2, 1, "a JSON text");
    if (status == GAMLP_OK) {
        memcpy(*text, dumped, size);
        memcpy(*text + size, indented ? "\n" : "", indented ? 2 : 1);
    }
    free(dumped);
    return status;
}

gamlp_status gamlp_json_parse(gamlp_json **value, const void *text, size_t size, const char *what) {
    json_error_t error;
    *value = ours(json_loadb(text, size, JSON_REJECT_DUPLICATES, &error));
    if (*value) return GAMLP_OK;
    if (json_error_code(&error) == json_error_out_of_memory)
        return gamlp_fail(GAMLP_E_NOMEM, "%s: cannot allocate a JSON value", what);
    return gamlp_fail(GAMLP_E_DATA, "%s: line %d: not JSON: %s", what, error.line, error.text);
}

const gamlp_json *gamlp_json_get(const gamlp_json *object, const char *key) {
    return ours(json_object_get(raw(object), key));
}

bool gamlp_json_int(const gamlp_json *value, int64_t *out) {
    if (!json_is_integer(raw(value))) return false;
    *out = json_integer_value(raw(value));
    return true;
}

bool gamlp_json_get_int(const gamlp_json *object, const char *key, int64_t *value) {
    return gamlp_json_int(gamlp_json_get(object, key), value);
}

bool gamlp_json_get_real(const gamlp_json *object, const char *key, double *value) {
    const json_t *member = raw(gamlp_json_get(object, key));
    if (!json_is_number(member)) return false;
    *value = json_number_value(member);
    return true;
}

const char *gamlp_json_get_text(const gamlp_json *object, const char *key) {
    return json_string_value(raw(gamlp_json_get(object, key)));
}

int64_t gamlp_json_length(const gamlp_json *array) {
    return (int64_t)json_array_size(raw(array));
}

const gamlp_json *gamlp_json_at(const gamlp_json *array, int64_t index) {
    return index < 0 ? NULL : ours(json_array_get(raw(array), (size_t)index));
}

gamlp_status gamlp_json_each(const gamlp_json *object, gamlp_json_visitor visit, void *context) {
    const char *key;
    json_t *member;
    json_object_foreach(raw(object), key, member) {
        gamlp_status status = visit(context, key, ours(member));
        if (status != GAMLP_OK) return status;
    }
    return GAMLP_OK;
}
