/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Splits in files; docs/formats.md describes each form. */
#include <inttypes.h>
#include <string.h>

#include "core/json.h"
#include "core/lines.h"
#include "core/text.h"
#include "dataset/split.h"
#include "gamlp/alloc.h"

enum { PARTS = 3 };

static const size_t file_limit = (size_t)1 << 30;

/* The names of each part: the first one in sentences, the others as they are found. */
static const char *const part_names[PARTS][4] = {
    {"train", "tr", NULL}, {"val", "valid", "va", NULL}, {"test", "te", NULL}};

/* A split being read: of each node 1 + the part it is in, or 0. */
typedef struct reader {
    const gamlp_dataset *dataset;
    const char *path;
    unsigned char *role;
} reader;

static int part_of(const char *name, size_t size) {
    for (int p = 0; p < PARTS; p++)
        for (int k = 0; part_names[p][k]; k++)
            if (strlen(part_names[p][k]) == size && memcmp(part_names[p][k], name, size) == 0)
                return p;
    return -1;
}

/* `place` is where the number stands, e.g. "line 3". */
static gamlp_status put(reader *r, int part, int64_t node, const char *place, int64_t index) {
    const char *problem = NULL;
    if (node < 0 || node >= r->dataset->nodes)
        return gamlp_fail(GAMLP_E_DATA,
                          "%s: %s %" PRId64 ": node %" PRId64 ", expected 0 to %" PRId64, r->path,
                          place, index, node, r->dataset->nodes - 1);
    if (r->role[node] == part + 1)
        problem = "is listed twice";
    else if (r->role[node])
        problem = "is in another part, too";
    if (problem)
        return gamlp_fail(GAMLP_E_DATA, "%s: %s %" PRId64 ": node %" PRId64 " %s", r->path, place,
                          index, node, problem);
    r->role[node] = (unsigned char)(part + 1);
    return GAMLP_OK;
}

/* JSON. */

static gamlp_status put_list(reader *r, int part, const gamlp_json *list, const char *key) {
    int64_t count = gamlp_json_length(list);
    if (count == 0)
        return gamlp_fail(GAMLP_E_DATA, "%s: %s: expected a list of nodes", r->path, key);
    for (int64_t i = 0; i < count; i++) {
        int64_t node;
        if (!gamlp_json_int(gamlp_json_at(list, i), &node))
            return gamlp_fail(GAMLP_E_DATA, "%s: %s: item %" PRId64 " is not a node number",
                              r->path, key, i);
        gamlp_status status = put(r, part, node, key, i);
        if (status != GAMLP_OK) return status;
    }
    return GAMLP_OK;
}

/* What gamlp_split_write() says of the data must be true of these. */
static gamlp_status check_origin(const reader *r, const gamlp_json *object) {
    const gamlp_json *origin = gamlp_json_get(object, "dataset");
    const char *expected = gamlp_json_get_text(origin, "fingerprint");
    gamlp_dataset probe = *r->dataset; /* no array of it is changed */
    if (!expected) return GAMLP_OK;
    if (gamlp_json_get_text(origin, "component") && probe.component == GAMLP_COMPONENT_ALL)
        return gamlp_fail(GAMLP_E_DATA,
                          "%s: a split of the largest component, these data are the whole graph "
                          "(component largest restricts them)",
                          r->path);
    gamlp_status status = gamlp_dataset_fingerprint(&probe);
    if (status != GAMLP_OK || strcmp(expected, probe.fingerprint) == 0) return status;
    return gamlp_fail(GAMLP_E_DATA, "%s: a split of the data with fingerprint %s, these have %s",
                      r->path, expected, probe.fingerprint);
}

static gamlp_status read_json(reader *r) {
    gamlp_bytes bytes = {0};
    gamlp_json *object = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_file_read(&bytes, r->path, file_limit));
    GAMLP_TRY(gamlp_json_parse(&object, bytes.data, bytes.size, r->path));
    GAMLP_TRY(check_origin(r, object));
    for (int p = 0; p < PARTS; p++) {
        const gamlp_json *list = NULL;
        int k = 0;
        for (; part_names[p][k] && !list; k++) list = gamlp_json_get(object, part_names[p][k]);
        GAMLP_TRY(put_list(r, p, list, part_names[p][k > 0 ? k - 1 : 0]));
    }
done:
    gamlp_json_free(object);
    gamlp_bytes_clear(&bytes);
    return status;
}

/* Text. */

/* A node number at the start of a line; NULL where there is none. */
static const char *take_node(int64_t *node, const char *text) {
    size_t digits = strspn(text, "0123456789");
    *node = 0;
    if (digits < 1 || digits > 18) return NULL;
    for (size_t i = 0; i < digits; i++) *node = 10 * *node + (text[i] - '0');
    return text + digits;
}

/* `part` is -1 where the line names it. */
static gamlp_status put_line(reader *r, gamlp_lines *lines, const char *line, int part) {
    int64_t node, number = gamlp_lines_number(lines);
    const char *rest = take_node(&node, line);
    if (!rest && number == 1 && part < 0) return GAMLP_OK; /* a header */
    if (!rest) return gamlp_lines_refuse(lines, "expected a node number");
    if (part < 0) {
        if (!*rest || !strchr(",;\t ", *rest))
            return gamlp_lines_refuse(lines, "expected node,part");
        const char *name = rest + 1 + strspn(rest + 1, " ");
        size_t size = strcspn(name, " ");
        part = part_of(name, size);
        if (part < 0) return gamlp_lines_refuse(lines, "the part is none of train, val and test");
        rest = name + size;
    }
    if (rest[strspn(rest, " ")]) return gamlp_lines_refuse(lines, "expected nothing more");
    return put(r, part, node, "line", number);
}

static gamlp_status read_lines(reader *r, int part) {
    gamlp_lines *lines = NULL;
    char *line;
    size_t size;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_lines_open(&lines, r->path));
    for (;;) {
        GAMLP_TRY(gamlp_lines_next(&line, &size, lines));
        if (!line) break;
        if (size > 0) GAMLP_TRY(put_line(r, lines, line, part));
    }
done:
    gamlp_lines_close(lines);
    return status;
}

/* FOLDER/NAME.csv or .csv.gz under any name of the part. */
static gamlp_status find_part(char **path, const char *folder, int part) {
    static const char *const ending[] = {".csv", ".csv.gz"};
    for (int k = 0; part_names[part][k]; k++)
        for (int e = 0; e < 2; e++) {
            gamlp_status status =
                gamlp_text_format(path, "%s/%s%s", folder, part_names[part][k], ending[e]);
            if (status != GAMLP_OK || gamlp_file_exists(*path)) return status;
            gamlp_free(*path);
            *path = NULL;
        }
    return gamlp_fail(GAMLP_E_NOINPUT, "%s: has no %s.csv or %s.csv.gz", folder,
                      part_names[part][0], part_names[part][0]);
}

static gamlp_status read_folder(reader *r) {
    const char *folder = r->path;
    char *path = NULL;
    gamlp_status status = GAMLP_OK;
    for (int p = 0; p < PARTS; p++) {
        GAMLP_TRY(find_part(&path, folder, p));
        r->path = path;
        GAMLP_TRY(read_lines(r, p));
        r->path = folder;
        gamlp_free(path);
        path = NULL;
    }
done:
    r->path = folder;
    gamlp_free(path);
    return status;
}

static gamlp_status collect(gamlp_split *split, const reader *r) {
    int64_t **part[PARTS] = {&split->train, &split->val, &split->test};
    int64_t *used[PARTS] = {&split->train_count, &split->val_count, &split->test_count};
    int64_t total[PARTS + 1] = {0};
    gamlp_status status = GAMLP_OK;
    for (int64_t i = 0; i < r->dataset->nodes; i++) total[r->role[i]]++;
    for (int p = 0; p < PARTS; p++) {
        if (total[p + 1] == 0)
            GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: has no node of the part %s", r->path,
                                 part_names[p][0]));
        GAMLP_TRY(gamlp_new_raw(part[p], total[p + 1], sizeof **part[p], "a split"));
    }
    for (int64_t i = 0; i < r->dataset->nodes; i++)
        if (r->role[i]) (*part[r->role[i] - 1])[(*used[r->role[i] - 1])++] = i;
done:
    return status;
}

gamlp_status gamlp_split_read(gamlp_split *split, const char *path, const gamlp_dataset *dataset) {
    reader r = {dataset, path, NULL};
    gamlp_status status = GAMLP_OK;
    if (gamlp_text_ends_with(path, ".npz") && !gamlp_file_is_directory(path))
        return gamlp_split_read_npz(split, path, dataset->nodes);
    GAMLP_TRY(gamlp_new(&r.role, dataset->nodes, sizeof *r.role, "a split"));
    if (gamlp_file_is_directory(path))
        GAMLP_TRY(read_folder(&r));
    else if (gamlp_text_ends_with(path, ".json"))
        GAMLP_TRY(read_json(&r));
    else
        GAMLP_TRY(read_lines(&r, -1));
    GAMLP_TRY(collect(split, &r));
done:
    gamlp_free(r.role);
    if (status != GAMLP_OK) gamlp_split_clear(split);
    return status;
}
