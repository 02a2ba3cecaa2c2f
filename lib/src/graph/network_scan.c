/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts that bound what igraph will take, made before it is called.  They may be too high, never
 * too low. */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "core/hash.h"
#include "core/number.h"
#include "gamlp/alloc.h"
#include "graph/network.h"

enum { VALUES_FREE = 1 << 20, NODES_FREE = 1 << 16, DEPTH = 32 };

typedef struct counts {
    uint64_t nodes, edges, node_attributes, edge_attributes;
} counts;

static gamlp_status refuse_values(const counts *c, size_t size, const char *what) {
    uint64_t limit = 4 * (uint64_t)size + VALUES_FREE;
    uint64_t nodes = c->nodes > 0 ? c->nodes : 1, edges = c->edges > 0 ? c->edges : 1;
    if (c->node_attributes <= limit / nodes && c->edge_attributes <= limit / edges) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_DATA,
                      "%s: up to %llu vertices with %llu attributes and %llu edges with %llu are "
                      "too much for a text of %zu bytes; put features into a file beside it",
                      what, (unsigned long long)c->nodes, (unsigned long long)c->node_attributes,
                      (unsigned long long)c->edges, (unsigned long long)c->edge_attributes, size);
}

/* GraphML. */

/* The XML declaration names no encoding in which the marks of a tag could look otherwise. */
static gamlp_status check_encoding(const char *text, size_t size, const char *what) {
    static const char *const known[] = {"utf-8", "us-ascii", "ascii", "iso-8859-1", "iso-8859-15"};
    char head[256], name[32] = "";
    size_t n = size < sizeof head - 1 ? size : sizeof head - 1;
    memcpy(head, text, n);
    head[n] = 0;
    char *end = strstr(head, "?>"), *at;
    if (end) *end = 0;
    if (!strstr(head, "<?xml") || !(at = strstr(head, "encoding"))) return GAMLP_OK;
    at += strcspn(at, "\"'");
    if (*at) at++;
    size_t length = strcspn(at, "\"'");
    if (end && length < sizeof name) {
        memcpy(name, at, length);
        name[length] = 0;
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
            if (strcasecmp(name, known[i]) == 0) return GAMLP_OK;
    }
    return gamlp_fail(GAMLP_E_DATA, "%s: line 1: expected the encoding UTF-8 or ISO-8859-1", what);
}

static bool begins(const char *at, const char *end, const char *word) {
    size_t n = strlen(word);
    return (size_t)(end - at) >= n && memcmp(at, word, n) == 0;
}

/* A <key ...>: of vertices, of edges, or, where that is not evident, of both. */
static void count_key(counts *c, const char *at, const char *end) {
    bool edge = false, node = false, hidden = true;
    for (; at < end; at++) {
        edge |= begins(at, end, "edge") || begins(at, end, "all");
        node |= begins(at, end, "node") || begins(at, end, "all");
        if (*at == '&') break;
        if (*at == '>') hidden = false;
        if (*at == '>') break;
    }
    bool graph_only = !hidden && !edge && !node;
    c->node_attributes += !graph_only && (node || !edge || hidden);
    c->edge_attributes += !graph_only && (edge || !node || hidden);
}

static gamlp_status scan_graphml(const char *text, size_t size, const char *what) {
    counts c = {.node_attributes = 1};
    bool has_graph = false;
    const char *end = text + size, *at = text;
    gamlp_status status = check_encoding(text, size, what);
    if (status != GAMLP_OK) return status;
    if (memchr(text, 0, size))
        return gamlp_fail(GAMLP_E_DATA, "%s: a NUL byte in a text file", what);
    at += begins(at, end, "\xef\xbb\xbf") ? 3 : 0;
    while (at < end && isspace((unsigned char)*at)) at++;
    if (at == end || *at != '<')
        return gamlp_fail(GAMLP_E_DATA, "%s: expected GraphML, which begins with <", what);
    for (; at < end; at++) { /* behind < or a prefix of a namespace */
        if (*at != '<' && *at != ':') continue;
        if (begins(at, end, "<!ENTITY"))
            return gamlp_fail(GAMLP_E_DATA, "%s: declares entities, which are not read", what);
        has_graph |= begins(at + 1, end, "graph") && !begins(at + 1, end, "graphml");
        c.nodes += begins(at + 1, end, "node");
        c.edges += begins(at + 1, end, "edge");
        if (begins(at + 1, end, "key")) count_key(&c, at + 1, end);
    }
    if (!has_graph) return gamlp_fail(GAMLP_E_DATA, "%s: expected a tag graph of GraphML", what);
    c.nodes += 2 * c.edges; /* an edge may name a vertex that has no tag */
    return refuse_values(&c, size, what);
}

/* GML: keys, numbers, "texts" and [ lists ]; a line that begins with # is a comment. */

/* Different hashes. */
typedef struct set {
    uint64_t *slot; /* 0: empty */
    int64_t slots, count;
    unsigned char key[GAMLP_HASH_KEY];
} set;

static bool set_put(set *s, uint64_t hash) {
    int64_t i = (int64_t)(hash & (uint64_t)(s->slots - 1));
    while (s->slot[i] != 0 && s->slot[i] != hash) i = (i + 1) & (s->slots - 1);
    bool fresh = s->slot[i] == 0;
    s->slot[i] = hash;
    return fresh;
}

static gamlp_status set_add(set *s, const char *word, size_t size) {
    if (2 * (s->count + 1) > s->slots) {
        uint64_t *old = s->slot;
        int64_t old_slots = s->slots;
        gamlp_status status = gamlp_new(&s->slot, old_slots ? 2 * old_slots : 64, sizeof *s->slot,
                                        "names of attributes");
        if (status != GAMLP_OK) {
            s->slot = old;
            return status;
        }
        s->slots = old_slots ? 2 * old_slots : 64;
        for (int64_t i = 0; i < old_slots; i++)
            if (old[i]) set_put(s, old[i]);
        gamlp_free(old);
    }
    uint64_t hash = gamlp_hash_short(word, size, s->key);
    s->count += set_put(s, hash ? hash : 1);
    return GAMLP_OK;
}

static bool of_key(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

static bool is_word(const char *word, size_t size, const char *name) {
    return size == strlen(name) && strncasecmp(word, name, size) == 0;
}

/* Behind the quotation mark that ends a text, or the line that is a comment; NULL: it does not end,
 * or no comment may be here. */
static const char *skip_text(const char *at, const char *text, const char *end) {
    if (*at == '"') {
        at = memchr(at + 1, '"', (size_t)(end - at - 1));
        return at ? at + 1 : NULL;
    }
    if (at > text && at[-1] != '\n' && at[-1] != '\r') return NULL;
    while (at < end && *at != '\n' && *at != '\r') at++;
    return at;
}

static gamlp_status scan_word(counts *c, set *keys, const char **at, const char *end) {
    const char *word = *at;
    while (*at < end && of_key(**at)) ++*at;
    size_t size = (size_t)(*at - word);
    c->nodes += is_word(word, size, "node");
    c->edges += is_word(word, size, "edge");
    return isdigit((unsigned char)*word) ? GAMLP_OK : set_add(keys, word, size);
}

static gamlp_status scan_gml(const char *text, size_t size, const char *what) {
    counts c = {0};
    set keys = {0};
    const char *at = text, *end = text + size;
    int depth = 0;
    gamlp_status status = gamlp_hash_key(keys.key);
    while (at < end && status == GAMLP_OK) {
        if (*at == '"' || *at == '#') {
            at = skip_text(at, text, end);
            if (!at)
                GAMLP_TRY(gamlp_fail(GAMLP_E_DATA,
                                     "%s: a text that does not end, or a # within a line", what));
        } else if (of_key(*at)) {
            GAMLP_TRY(scan_word(&c, &keys, &at, end));
        } else {
            depth += (*at == '[') - (*at == ']');
            if (*at == 0 || depth > DEPTH || depth < 0)
                GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: expected GML with at most %d nested lists",
                                     what, DEPTH));
            at++;
        }
    }
    c.node_attributes = c.edge_attributes = (uint64_t)keys.count;
    if (status == GAMLP_OK) status = refuse_values(&c, size, what);
done:
    gamlp_free(keys.slot);
    return status;
}

/* Pajek: "*Vertices N", also as "*vert". */

static gamlp_status scan_pajek(const char *text, size_t size, const char *what) {
    const char *end = text + size, *at = text;
    if (memchr(text, 0, size))
        return gamlp_fail(GAMLP_E_DATA, "%s: a NUL byte in a text file", what);
    for (at = memchr(at, '*', size); at; at = memchr(at, '*', (size_t)(end - at))) {
        at++;
        if (end - at < 4 || strncasecmp(at, "vert", 4) != 0) continue;
        while (at < end && isalpha((unsigned char)*at)) at++;
        while (at < end && strchr(" \t\v\f\r\n", *at)) at++;
        double count = 0;
        if (at == end || !gamlp_number_real(&count, &at))
            return gamlp_fail(GAMLP_E_DATA, "%s: expected a number behind *Vertices", what);
        if (!(count >= 0 && count <= (double)size + NODES_FREE))
            return gamlp_fail(GAMLP_E_DATA,
                              "%s: %.0f vertices are too much for a text of %zu bytes", what, count,
                              size);
    }
    return GAMLP_OK;
}

gamlp_status gamlp_network_scan(gamlp_network_format format, const char *text, size_t size,
                                const char *what) {
    if (size == 0) return gamlp_fail(GAMLP_E_DATA, "%s: is empty", what);
    if (format == GAMLP_NETWORK_GRAPHML) return scan_graphml(text, size, what);
    if (format == GAMLP_NETWORK_GML) return scan_gml(text, size, what);
    return scan_pajek(text, size, what);
}
