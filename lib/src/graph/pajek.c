/* SPDX-License-Identifier: GPL-2.0-or-later */
/* igraph does not tell which edges of a Pajek file are arcs: it takes all for what those of the
 * last section are, and orders the ends of edges.  So a file with sections of both is parsed with
 * an empty section of arcs at its end, and once more without its sections of arcs.
 *
 * A section begins with a word of its own, "*Arcs"; words end at spaces and ends of lines, but for
 * "texts" and (texts), and a word that begins with % begins a comment. */
#define _GNU_SOURCE
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "gamlp/alloc.h"
#include "graph/network.h"

typedef enum kind { NOTHING, ARCS, EDGES } kind;

static kind kind_of(const char *word, size_t size) {
    static const struct {
        const char *name;
        kind kind;
    } known[] = {{"*arcs", ARCS},
                 {"*arcslist", ARCS},
                 {"*matrix", ARCS},
                 {"*edges", EDGES},
                 {"*edgeslist", EDGES}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strlen(known[i].name) == size && strncasecmp(word, known[i].name, size) == 0)
            return known[i].kind;
    return NOTHING;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static const char *behind_word(const char *at, const char *end) {
    const char *word = at;
    while (word < end && !is_blank(*word)) word++;
    if (*at != '"' && *at != '(') return word;
    const char *close = memchr(at + 1, *at == '"' ? '"' : ')', (size_t)(end - at - 1));
    return close && close >= word ? close + 1 : word;
}

/* Without a newline, igraph has a comment end at the last carriage return. */
static const char *behind_comment(const char *at, const char *end) {
    const char *last = memchr(at, '\n', (size_t)(end - at));
    if (!last) last = memrchr(at, '\r', (size_t)(end - at));
    return last ? last + 1 : behind_word(at, end);
}

/* The beginning of the next section of arcs or edges, or the end; *at: behind its first word. */
static const char *next_section(kind *found, const char **at, const char *end) {
    *found = NOTHING;
    while (*at < end) {
        const char *word = *at;
        if (is_blank(*word)) {
            ++*at;
        } else if (*word == '%') {
            *at = behind_comment(word, end);
        } else {
            *at = behind_word(word, end);
            *found = kind_of(word, (size_t)(*at - word));
            if (*found != NOTHING) return word;
        }
    }
    return end;
}

static bool is_mixed(const char *text, const char *end) {
    bool has[] = {[NOTHING] = false, [ARCS] = false, [EDGES] = false};
    kind found;
    do {
        next_section(&found, &text, end);
        has[found] = true;
    } while (found != NOTHING);
    return has[ARCS] && has[EDGES];
}

gamlp_status gamlp_pajek_mixed(char **made, size_t *made_size, const char *text, size_t size,
                               bool edges) {
    static const char last[] = "\n*Arcs\n";
    const char *end = text + size, *at = text, *from = text;
    kind found, now = NOTHING;
    size_t used = 0;
    *made = NULL;
    if (!is_mixed(text, end)) return GAMLP_OK;
    gamlp_status status = gamlp_new_raw(made, (int64_t)(size + sizeof last), 1, "a graph file");
    if (status != GAMLP_OK) return status;
    for (; from < end; now = found) {
        const char *to = next_section(&found, &at, end);
        if (now != ARCS || !edges) {
            memcpy(*made + used, from, (size_t)(to - from));
            used += (size_t)(to - from);
        }
        from = to;
    }
    memcpy(*made + used, last, sizeof last);
    *made_size = used + sizeof last - 1;
    return GAMLP_OK;
}
