/* SPDX-License-Identifier: GPL-2.0-or-later */
/* YAML documents as a read-only tree (adapter of libyaml).  Tags, aliases,
 * repeated keys and a second document are refused. */
#ifndef GAMLP_CORE_YAML_H
#define GAMLP_CORE_YAML_H

#include <stddef.h>
#include <stdint.h>

#include "gamlp/status.h"

typedef struct gamlp_yaml gamlp_yaml; /* a parsed document */

/* A node: 0 is "none".  Every function accepts none. */
typedef int gamlp_yaml_node;

/* Parse one document.  GAMLP_E_CONFIG names `what`, line and problem.
 * Ownership passes to the caller: gamlp_yaml_free(). */
gamlp_status gamlp_yaml_parse(gamlp_yaml **yaml, const void *text, size_t size, const char *what);
void gamlp_yaml_free(gamlp_yaml *yaml);

gamlp_yaml_node gamlp_yaml_root(const gamlp_yaml *yaml);

/* Scalar text, or NULL when the node is not a scalar. */
const char *gamlp_yaml_text(const gamlp_yaml *yaml, gamlp_yaml_node node);

/* Mapping: number of pairs, the i-th key (scalar text) and value, lookup. */
int64_t gamlp_yaml_pairs(const gamlp_yaml *yaml, gamlp_yaml_node node);
const char *gamlp_yaml_key(const gamlp_yaml *yaml, gamlp_yaml_node node, int64_t index);
gamlp_yaml_node gamlp_yaml_value(const gamlp_yaml *yaml, gamlp_yaml_node node, int64_t index);
gamlp_yaml_node gamlp_yaml_find(const gamlp_yaml *yaml, gamlp_yaml_node node, const char *key);

/* Sequence: number of items (0 when not a sequence) and the i-th. */
int64_t gamlp_yaml_items(const gamlp_yaml *yaml, gamlp_yaml_node node);
gamlp_yaml_node gamlp_yaml_item(const gamlp_yaml *yaml, gamlp_yaml_node node, int64_t index);

/* Line of the node in the text, from 1. */
int64_t gamlp_yaml_line(const gamlp_yaml *yaml, gamlp_yaml_node node);

#endif
