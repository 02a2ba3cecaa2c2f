/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The layout of LINQS (Cora, CiteSeer, WebKB): NAME.content has a line for
 * each node: its identifier, the features, the name of its class; NAME.cites
 * two identifiers a line.  Tabs (where a line has one) or spaces separate. */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/file.h"
#include "core/lines.h"
#include "core/text.h"
#include "dataset/format.h"
#include "dataset/gather.h"
#include "dataset/names.h"
#include "gamlp/alloc.h"
#include "gamlp/log.h"

static const char content_ending[] = ".content", cites_ending[] = ".cites";

enum { SHOWN = 40 }; /* bytes of an identifier in a sentence */

typedef struct reading {
    gamlp_lines *lines;
    gamlp_names ids, classes;
    gamlp_feature_rows rows;
    gamlp_edge_list edges;
    int32_t *label;
    int64_t label_room, features;
} reading;

static void reading_clear(reading *r) {
    gamlp_lines_close(r->lines);
    gamlp_names_clear(&r->ids);
    gamlp_names_clear(&r->classes);
    gamlp_feature_rows_clear(&r->rows);
    gamlp_edge_list_clear(&r->edges);
    gamlp_free(r->label);
}

/* Words of a line. */

typedef struct words {
    const char *at, *end;
    char separator;
} words;

typedef struct word {
    const char *text;
    size_t size; /* 0: there is none */
} word;

static words words_of(const char *text, size_t size) {
    const char *end = text + size;
    while (end > text && (end[-1] == ' ' || end[-1] == '\t')) end--;
    return (words){text, end, memchr(text, '\t', (size_t)(end - text)) ? '\t' : ' '};
}

static word next_word(words *w) {
    while (w->at < w->end && *w->at == w->separator) w->at++;
    const char *from = w->at;
    const char *stop = memchr(from, w->separator, (size_t)(w->end - from));
    w->at = stop ? stop : w->end;
    return (word){from, (size_t)(w->at - from)};
}

static word last_word(words *w) {
    const char *from = w->end;
    while (from > w->at && from[-1] != w->separator) from--;
    word last = {from, (size_t)(w->end - from)};
    w->end = from;
    while (w->end > w->at && w->end[-1] == w->separator) w->end--;
    return last;
}

static gamlp_status refuse(const reading *r, word w, const char *problem) {
    char sentence[256];
    int size = (int)(w.size < SHOWN ? w.size : SHOWN);
    snprintf(sentence, sizeof sentence, "\"%.*s\" %s", size, w.text, problem);
    return gamlp_lines_refuse(r->lines, sentence);
}

/* NAME.content */

static gamlp_status take_features(reading *r, words w) {
    int64_t count = 0;
    gamlp_status status = GAMLP_OK;
    for (word v = next_word(&w); v.size > 0; v = next_word(&w), count++) {
        double value;
        if (!gamlp_gather_real(&value, v.text, v.size))
            return refuse(r, v, "is not a finite number");
        GAMLP_TRY(gamlp_feature_rows_put(&r->rows, count, (gamlp_real)value));
    }
    if (r->ids.count == 1) r->features = count;
    if (count != r->features || count == 0) {
        char sentence[128];
        snprintf(sentence, sizeof sentence, "%" PRId64 " features, expected %" PRId64, count,
                 r->features ? r->features : 1);
        GAMLP_TRY(gamlp_lines_refuse(r->lines, sentence));
    }
    GAMLP_TRY(gamlp_feature_rows_end(&r->rows));
done:
    return status;
}

static gamlp_status take_node(reading *r, words w) {
    int64_t index, class_;
    gamlp_status status = GAMLP_OK;
    word id = next_word(&w), label = last_word(&w);
    if (label.size == 0) GAMLP_TRY(refuse(r, id, "stands alone, expected features and a class"));
    GAMLP_TRY(gamlp_names_add(&index, &r->ids, id.text, id.size));
    if (index + 1 != r->ids.count || index != r->rows.csr.rows)
        GAMLP_TRY(refuse(r, id, "is there twice"));
    GAMLP_TRY(take_features(r, w));
    GAMLP_TRY(gamlp_names_add(&class_, &r->classes, label.text, label.size));
    if (index >= r->label_room) {
        int64_t room = r->label_room ? 2 * r->label_room : 256;
        GAMLP_TRY(gamlp_grow(&r->label, r->label_room, room, sizeof *r->label, "labels"));
        r->label_room = room;
    }
    r->label[index] = (int32_t)class_;
done:
    return status;
}

static gamlp_status read_content(reading *r, const char *path) {
    char *text;
    size_t size;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_lines_open(&r->lines, path));
    for (;;) {
        GAMLP_TRY(gamlp_lines_next(&text, &size, r->lines));
        if (!text) break;
        words w = words_of(text, size);
        if (w.at < w.end) GAMLP_TRY(take_node(r, w));
    }
    if (r->ids.count == 0) GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: no nodes", path));
done:
    gamlp_lines_close(r->lines);
    r->lines = NULL;
    return status;
}

/* NAME.cites */

static gamlp_status take_citation(reading *r, words w, int64_t *dangling) {
    word a = next_word(&w), b = next_word(&w), more = next_word(&w);
    if (b.size == 0 || more.size > 0)
        return gamlp_lines_refuse(r->lines, "expected two identifiers");
    int64_t target = gamlp_names_find(&r->ids, a.text, a.size); /* which the other one cites */
    int64_t source = gamlp_names_find(&r->ids, b.text, b.size);
    if (source >= 0 && target >= 0) return gamlp_edge_list_put(&r->edges, source, target);
    ++*dangling;
    return GAMLP_OK;
}

static gamlp_status read_cites(int64_t *dangling, reading *r, const char *path) {
    char *text;
    size_t size;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_lines_open(&r->lines, path));
    for (;;) {
        GAMLP_TRY(gamlp_lines_next(&text, &size, r->lines));
        if (!text) break;
        words w = words_of(text, size);
        if (w.at < w.end) GAMLP_TRY(take_citation(r, w, dangling));
    }
    if (*dangling > 0)
        gamlp_log(GAMLP_LOG_WARN,
                  "%s: %" PRId64 " citations name a node that has no content, and are left out",
                  path, *dangling);
done:
    gamlp_lines_close(r->lines);
    r->lines = NULL;
    return status;
}

static gamlp_status fill(gamlp_dataset *d, reading *r, const char *content) {
    gamlp_status status = GAMLP_OK;
    d->nodes = r->ids.count;
    d->features = r->features;
    gamlp_feature_rows_take(&d->sparse, &r->rows, r->features);
    d->label = r->label;
    r->label = NULL;
    GAMLP_TRY(gamlp_names_to_classes(d, &r->classes, content));
    GAMLP_TRY(gamlp_graph_from_arcs(&d->graph, d->nodes, r->edges.count, r->edges.source,
                                    r->edges.target));
done:
    return status;
}

/* Paths. */

/* The one DIR/NAME with NAME.content and NAME.cites in a directory; *prefix NULL: none or several.
 */
static gamlp_status search(char **prefix, const char *folder) {
    DIR *directory = opendir(folder);
    *prefix = NULL;
    if (!directory) return GAMLP_OK;
    gamlp_status status = GAMLP_OK;
    const struct dirent *entry;
    int64_t count = 0;
    while ((entry = readdir(directory)) != NULL) {
        if (!gamlp_text_ends_with(entry->d_name, content_ending)) continue;
        char *cites = NULL;
        int size = (int)(strlen(entry->d_name) - strlen(content_ending));
        GAMLP_TRY(
            gamlp_text_format(&cites, "%s/%.*s%s", folder, size, entry->d_name, cites_ending));
        bool pair = gamlp_file_exists(cites);
        if (pair) cites[strlen(cites) - strlen(cites_ending)] = 0;
        if (pair && count++ == 0)
            *prefix = cites;
        else
            gamlp_free(cites);
    }
done:
    closedir(directory);
    if (status != GAMLP_OK || count > 1) {
        gamlp_free(*prefix);
        *prefix = NULL;
    }
    return status;
}

/* `name` without its ending, when both files are there. */
static gamlp_status find(char **path, const char *name) {
    *path = NULL;
    if (gamlp_file_is_directory(name)) return search(path, name);
    char *prefix = NULL, *content = NULL, *cites = NULL;
    size_t size = strlen(name);
    if (gamlp_text_ends_with(name, content_ending))
        size -= strlen(content_ending);
    else if (gamlp_text_ends_with(name, cites_ending))
        size -= strlen(cites_ending);
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_text_format(&prefix, "%.*s", (int)size, name));
    GAMLP_TRY(gamlp_text_format(&content, "%s%s", prefix, content_ending));
    GAMLP_TRY(gamlp_text_format(&cites, "%s%s", prefix, cites_ending));
    if (gamlp_file_exists(content) && gamlp_file_exists(cites)) {
        *path = prefix;
        prefix = NULL;
    }
done:
    gamlp_free(prefix);
    gamlp_free(content);
    gamlp_free(cites);
    return status;
}

static gamlp_status read_pair(gamlp_dataset *d, const char *prefix) {
    reading r = {0};
    char *content = NULL, *cites = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_text_format(&content, "%s%s", prefix, content_ending));
    GAMLP_TRY(gamlp_text_format(&cites, "%s%s", prefix, cites_ending));
    GAMLP_TRY(read_content(&r, content));
    GAMLP_TRY(read_cites(&d->skipped_edges, &r, cites));
    GAMLP_TRY(fill(d, &r, content));
    GAMLP_TRY(gamlp_dataset_add_file(d, content));
    GAMLP_TRY(gamlp_dataset_add_file(d, cites));
done:
    reading_clear(&r);
    gamlp_free(content);
    gamlp_free(cites);
    return status;
}

static gamlp_status read_linqs(gamlp_dataset *dataset, const char *path) {
    *dataset = (gamlp_dataset){.format = "linqs"};
    char *prefix = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(find(&prefix, path));
    if (!prefix && gamlp_file_is_directory(path))
        GAMLP_TRY(gamlp_fail(GAMLP_E_NOINPUT,
                             "%s: not one pair NAME%s and NAME%s: write %s/NAME to name one", path,
                             content_ending, cites_ending, path));
    GAMLP_TRY(read_pair(dataset, prefix ? prefix : path));
    gamlp_dataset_name_by_path(dataset, prefix ? prefix : path, "");
done:
    gamlp_free(prefix);
    if (status != GAMLP_OK) gamlp_dataset_clear(dataset);
    return status;
}

const gamlp_format gamlp_format_linqs = {"linqs", "NAME.content and NAME.cites", ".content", find,
                                         read_linqs};
