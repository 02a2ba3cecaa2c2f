/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/json.h"

#include <jansson.h>
#include <math.h>
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

/* A value could not be made or stored in this thread since the last dump. */
static _Thread_local bool broken;

/* jansson asserts, instead of failing, where memory ends within a string that it parses.  What is
 * parsed without memory is dropped, so that a second try serves to get out of there. */
static _Thread_local bool parsing;

static void *acquire(size_t bytes) {
    void *block = NULL;
    gamlp_status status = gamlp_new_raw(&block, (int64_t)bytes, 1, "a JSON value");
    if (status != GAMLP_OK) broken = true;
    if (status != GAMLP_OK && parsing) gamlp_new_raw(&block, (int64_t)bytes, 1, "a JSON value");
    return block;
}

void gamlp_json_route(bool ours_only) {
    static json_malloc_t their_acquire;
    static json_free_t their_release;
    if (!their_acquire) json_get_alloc_funcs(&their_acquire, &their_release);
    json_set_alloc_funcs(ours_only ? acquire : their_acquire,
                         ours_only ? gamlp_free : their_release);
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

void gamlp_json_set(gamlp_json *object, const char *key, gamlp_json *value) {
    if (json_object_set_new(raw(object), key, raw(value)) != 0) broken = true;
}

void gamlp_json_append(gamlp_json *array, gamlp_json *value) {
    if (json_array_append_new(raw(array), raw(value)) != 0) broken = true;
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

void gamlp_json_append_text(gamlp_json *array, const char *value) {
    gamlp_json_append(array, ours(value ? json_string(value) : json_null()));
}

void gamlp_json_append_real(gamlp_json *array, double value) {
    gamlp_json_append(array, real_value(value));
}

/* Not by json_dumps(), which loses pieces of the text where memory ends. */
gamlp_status gamlp_json_dump(char **text, const gamlp_json *value, bool indented) {
    *text = NULL;
    json_t *tree = raw(value);
    size_t flags = JSON_REAL_PRECISION(17) | JSON_ENCODE_ANY, size = 0;
    flags |= indented ? JSON_INDENT(2) : JSON_COMPACT;
    gamlp_status status = GAMLP_OK;
    if (!broken && tree) size = json_dumpb(tree, NULL, 0, flags);
    if (size > 0) status = gamlp_new_raw(text, (int64_t)size + 2, 1, "a JSON text");
    if (status == GAMLP_OK && size > 0 && json_dumpb(tree, *text, size, flags) != size) size = 0;
    if (broken || size == 0) status = gamlp_fail(GAMLP_E_NOMEM, "cannot allocate a JSON text");
    broken = false;
    if (status == GAMLP_OK) {
        memcpy(*text + size, indented ? "\n" : "", indented ? 2 : 1);
    } else {
        gamlp_free(*text);
        *text = NULL;
    }
    return status;
}

gamlp_status gamlp_json_parse(gamlp_json **value, const void *text, size_t size, const char *what) {
    json_error_t error;
    bool before = broken;
    broken = false;
    parsing = true;
    *value = ours(json_loadb(text, size, JSON_REJECT_DUPLICATES, &error));
    parsing = false;
    /* Where jansson lacks memory it often blames the text. */
    bool starved = broken || (!*value && json_error_code(&error) == json_error_out_of_memory);
    broken = before;
    if (*value && !starved) return GAMLP_OK;
    gamlp_json_free(*value);
    *value = NULL;
    if (starved) return gamlp_fail(GAMLP_E_NOMEM, "%s: cannot allocate a JSON value", what);
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

bool gamlp_json_is_object(const gamlp_json *value) {
    return json_is_object(raw(value));
}

bool gamlp_json_is_array(const gamlp_json *value) {
    return json_is_array(raw(value));
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

bool gamlp_json_get_bool(const gamlp_json *object, const char *key, bool *value) {
    const json_t *member = raw(gamlp_json_get(object, key));
    if (!json_is_boolean(member)) return false;
    *value = json_is_true(member);
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
