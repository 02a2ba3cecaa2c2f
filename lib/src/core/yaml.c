/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/yaml.h"

#include <stdbool.h>
#include <string.h>
#include <yaml.h>

#include "gamlp/alloc.h"

struct gamlp_yaml {
    yaml_document_t document;
};

static yaml_node_t *at(const gamlp_yaml *yaml, gamlp_yaml_node node) {
    union {
        const yaml_document_t *constant;
        yaml_document_t *document;
    } cast = {&yaml->document};
    return node > 0 ? yaml_document_get_node(cast.document, node) : NULL;
}

static yaml_node_pair_t *pair_at(const gamlp_yaml *yaml, gamlp_yaml_node node, int64_t index) {
    const yaml_node_t *n = at(yaml, node);
    if (!n || n->type != YAML_MAPPING_NODE || index < 0) return NULL;
    if (index >= n->data.mapping.pairs.top - n->data.mapping.pairs.start) return NULL;
    return n->data.mapping.pairs.start + index;
}

enum { MAX_DEPTH = 32, MAX_KEYS = 1000 };

static bool has_tag(const yaml_event_t *event) {
    return (event->type == YAML_SCALAR_EVENT && event->data.scalar.tag) ||
           (event->type == YAML_SEQUENCE_START_EVENT && event->data.sequence_start.tag) ||
           (event->type == YAML_MAPPING_START_EVENT && event->data.mapping_start.tag);
}

typedef struct scan_state {
    int depth, documents;
} scan_state;

/* What is wrong with an event, or NULL.  A tree with aliases is a graph: walks would not end. */
static const char *judge(scan_state *state, const yaml_event_t *event) {
    yaml_event_type_t type = event->type;
    if (type == YAML_MAPPING_START_EVENT || type == YAML_SEQUENCE_START_EVENT) state->depth++;
    if (type == YAML_MAPPING_END_EVENT || type == YAML_SEQUENCE_END_EVENT) state->depth--;
    if (type == YAML_DOCUMENT_START_EVENT) state->documents++;
    if (type == YAML_ALIAS_EVENT) return "aliases are not accepted";
    if (has_tag(event)) return "tags are not accepted";
    if (state->depth > MAX_DEPTH) return "nested too deeply";
    return state->documents > 1 ? "a second document begins, expected one" : NULL;
}

static gamlp_status scan(const void *text, size_t size, const char *what) {
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return gamlp_fail(GAMLP_E_NOMEM, "%s: cannot allocate a YAML parser", what);
    yaml_parser_set_input_string(&parser, text, size);
    gamlp_status status = GAMLP_OK;
    scan_state state = {0};
    for (yaml_event_type_t type = YAML_NO_EVENT; type != YAML_STREAM_END_EVENT;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event))
            GAMLP_TRY(gamlp_fail(GAMLP_E_CONFIG, "%s: line %zu: not YAML: %s", what,
                                 parser.problem_mark.line + 1,
                                 parser.problem ? parser.problem : "out of memory"));
        type = event.type;
        size_t line = event.start_mark.line + 1;
        const char *problem = judge(&state, &event);
        yaml_event_delete(&event);
        if (problem) GAMLP_TRY(gamlp_fail(GAMLP_E_CONFIG, "%s: line %zu: %s", what, line, problem));
    }
done:
    yaml_parser_delete(&parser);
    return status;
}

/* Whether the keys before the i-th of a mapping hold the same text. */
static bool is_repeated(const gamlp_yaml *yaml, gamlp_yaml_node node, int64_t i) {
    const char *key = gamlp_yaml_key(yaml, node, i);
    for (int64_t j = 0; j < i; j++)
        if (strcmp(gamlp_yaml_key(yaml, node, j), key) == 0) return true;
    return false;
}

/* Keys must be scalars, each another: everything is looked up by text. */
static gamlp_status check_mapping(const gamlp_yaml *yaml, gamlp_yaml_node node, const char *what) {
    int64_t pairs = gamlp_yaml_pairs(yaml, node);
    for (int64_t i = 0; i < pairs; i++) {
        const char *key = gamlp_yaml_key(yaml, node, i);
        long long line = (long long)gamlp_yaml_line(yaml, pair_at(yaml, node, i)->key);
        if (!key)
            return gamlp_fail(GAMLP_E_CONFIG, "%s: line %lld: a key must be a plain text", what,
                              line);
        if (i >= MAX_KEYS)
            return gamlp_fail(GAMLP_E_CONFIG, "%s: line %lld: more than %d keys", what, line,
                              MAX_KEYS);
        if (is_repeated(yaml, node, i))
            return gamlp_fail(GAMLP_E_CONFIG, "%s: line %lld: %s: the key is there already", what,
                              line, key);
    }
    return GAMLP_OK;
}

static gamlp_status check_keys(const gamlp_yaml *yaml, const char *what) {
    gamlp_status status = GAMLP_OK;
    for (gamlp_yaml_node i = 1; status == GAMLP_OK && at(yaml, i); i++)
        status = check_mapping(yaml, i, what);
    return status;
}

gamlp_status gamlp_yaml_parse(gamlp_yaml **yaml, const void *text, size_t size, const char *what) {
    *yaml = NULL;
    gamlp_status status = scan(text, size, what);
    if (status != GAMLP_OK) return status;
    status = gamlp_new(yaml, 1, sizeof **yaml, "a YAML document");
    if (status != GAMLP_OK) return status;
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) {
        gamlp_free(*yaml);
        *yaml = NULL;
        return gamlp_fail(GAMLP_E_NOMEM, "%s: cannot allocate a YAML parser", what);
    }
    yaml_parser_set_input_string(&parser, text, size);
    int loaded = yaml_parser_load(&parser, &(*yaml)->document);
    size_t line = parser.problem_mark.line + 1;
    const char *problem = parser.problem ? parser.problem : "out of memory";
    if (!loaded) {
        status = gamlp_fail(GAMLP_E_CONFIG, "%s: line %zu: not YAML: %s", what, line, problem);
        gamlp_free(*yaml);
        *yaml = NULL;
    } else {
        status = check_keys(*yaml, what);
        if (status != GAMLP_OK) {
            gamlp_yaml_free(*yaml);
            *yaml = NULL;
        }
    }
    yaml_parser_delete(&parser);
    return status;
}

void gamlp_yaml_free(gamlp_yaml *yaml) {
    if (!yaml) return;
    yaml_document_delete(&yaml->document);
    gamlp_free(yaml);
}

gamlp_yaml_node gamlp_yaml_root(const gamlp_yaml *yaml) {
    return at(yaml, 1) ? 1 : 0;
}

const char *gamlp_yaml_text(const gamlp_yaml *yaml, gamlp_yaml_node node) {
    const yaml_node_t *n = at(yaml, node);
    if (!n || n->type != YAML_SCALAR_NODE) return NULL;
    return (const char *)n->data.scalar.value;
}

int64_t gamlp_yaml_pairs(const gamlp_yaml *yaml, gamlp_yaml_node node) {
    const yaml_node_t *n = at(yaml, node);
    if (!n || n->type != YAML_MAPPING_NODE) return 0;
    return n->data.mapping.pairs.top - n->data.mapping.pairs.start;
}

const char *gamlp_yaml_key(const gamlp_yaml *yaml, gamlp_yaml_node node, int64_t index) {
    const yaml_node_pair_t *pair = pair_at(yaml, node, index);
    return pair ? gamlp_yaml_text(yaml, pair->key) : NULL;
}

gamlp_yaml_node gamlp_yaml_value(const gamlp_yaml *yaml, gamlp_yaml_node node, int64_t index) {
    const yaml_node_pair_t *pair = pair_at(yaml, node, index);
    return pair ? pair->value : 0;
}

gamlp_yaml_node gamlp_yaml_find(const gamlp_yaml *yaml, gamlp_yaml_node node, const char *key) {
    for (int64_t i = gamlp_yaml_pairs(yaml, node) - 1; i >= 0; i--)
        if (strcmp(gamlp_yaml_key(yaml, node, i), key) == 0) return gamlp_yaml_value(yaml, node, i);
    return 0;
}

int64_t gamlp_yaml_items(const gamlp_yaml *yaml, gamlp_yaml_node node) {
    const yaml_node_t *n = at(yaml, node);
    if (!n || n->type != YAML_SEQUENCE_NODE) return 0;
    return n->data.sequence.items.top - n->data.sequence.items.start;
}

gamlp_yaml_node gamlp_yaml_item(const gamlp_yaml *yaml, gamlp_yaml_node node, int64_t index) {
    if (index < 0 || index >= gamlp_yaml_items(yaml, node)) return 0;
    return at(yaml, node)->data.sequence.items.start[index];
}

int64_t gamlp_yaml_line(const gamlp_yaml *yaml, gamlp_yaml_node node) {
    const yaml_node_t *n = at(yaml, node);
    return n ? (int64_t)n->start_mark.line + 1 : 0;
}
