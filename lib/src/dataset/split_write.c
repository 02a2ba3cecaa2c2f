/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Splits to files; docs/formats.md describes each form. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/json.h"
#include "core/text.h"
#include "dataset/archive.h"
#include "dataset/npy.h"
#include "dataset/split.h"
#include "gamlp/alloc.h"

enum { PARTS = 3 };

typedef struct part {
    const char *name;
    const int64_t *node;
    int64_t count;
} part;

static void list_parts(part parts[PARTS], const gamlp_split *s) {
    parts[0] = (part){"train", s->train, s->train_count};
    parts[1] = (part){"val", s->val, s->val_count};
    parts[2] = (part){"test", s->test, s->test_count};
}

static void write_text(gamlp_output *output, const char *text) {
    gamlp_output_write(output, text, strlen(text));
}

/* JSON: what the split is of as one object, in which the lists of nodes follow. */

static gamlp_status describe(char **text, const gamlp_dataset *d) {
    gamlp_json *object = gamlp_json_object(), *origin = gamlp_json_object();
    gamlp_json_set_text(object, "format", "gamlp-split-1");
    gamlp_json_set_text(origin, "name", d->name);
    gamlp_json_set_int(origin, "nodes", d->nodes);
    if (d->component == GAMLP_COMPONENT_LARGEST)
        gamlp_json_set_text(origin, "component", "largest");
    gamlp_json_set_text(origin, "fingerprint", d->fingerprint);
    gamlp_json_set(object, "dataset", origin);
    gamlp_json_set_text(object, "rule", d->split.rule);
    gamlp_json_set_text(object, "fingerprint", d->split_fingerprint);
    gamlp_status status = gamlp_json_dump(text, object, false);
    gamlp_json_free(object);
    return status;
}

static gamlp_status write_json(gamlp_output *output, const gamlp_dataset *d) {
    part parts[PARTS];
    char *head, number[32];
    gamlp_status status = describe(&head, d);
    if (status != GAMLP_OK) return status;
    list_parts(parts, &d->split);
    gamlp_output_write(output, head, strlen(head) - 1); /* without its last brace */
    for (int p = 0; p < PARTS; p++) {
        write_text(output, ",\n\"");
        write_text(output, parts[p].name);
        write_text(output, "\":[");
        for (int64_t i = 0; i < parts[p].count; i++) {
            snprintf(number, sizeof number, "%s%" PRId64, i ? "," : "", parts[p].node[i]);
            write_text(output, number);
        }
        write_text(output, "]");
    }
    write_text(output, "}\n");
    gamlp_free(head);
    return GAMLP_OK;
}

/* CSV: `node,part` in the order of the nodes. */
static gamlp_status write_csv(gamlp_output *output, const gamlp_dataset *d) {
    part parts[PARTS];
    unsigned char *role;
    gamlp_status status = gamlp_new(&role, d->nodes, sizeof *role, "a split");
    if (status != GAMLP_OK) return status;
    list_parts(parts, &d->split);
    for (int p = 0; p < PARTS; p++)
        for (int64_t i = 0; i < parts[p].count; i++)
            role[parts[p].node[i]] = (unsigned char)(p + 1);
    write_text(output, "node,part\n");
    for (int64_t i = 0; i < d->nodes; i++) {
        char line[48];
        if (!role[i]) continue;
        snprintf(line, sizeof line, "%" PRId64 ",%s\n", i, parts[role[i] - 1].name);
        write_text(output, line);
    }
    gamlp_free(role);
    return GAMLP_OK;
}

/* npz: a mask of truth values for each part. */

static gamlp_status make_mask(gamlp_bytes *bytes, const part *p, int64_t nodes) {
    unsigned char *mask;
    gamlp_status status = gamlp_new(&mask, nodes, sizeof *mask, "a mask");
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i < p->count; i++) mask[p->node[i]] = 1;
    status = gamlp_npy_write(bytes, "|b1", &nodes, 1, mask, 1);
    gamlp_free(mask);
    return status;
}

static gamlp_status write_npz(gamlp_output *output, const gamlp_dataset *d) {
    static const char *const name[PARTS] = {"train_mask.npy", "val_mask.npy", "test_mask.npy"};
    gamlp_archive_entry entry[PARTS] = {{0}};
    gamlp_bytes bytes = {0};
    part parts[PARTS];
    gamlp_status status = GAMLP_OK;
    list_parts(parts, &d->split);
    for (int p = 0; p < PARTS; p++) {
        entry[p].name = name[p];
        GAMLP_TRY(make_mask(&entry[p].bytes, &parts[p], d->nodes));
    }
    GAMLP_TRY(gamlp_archive_write(&bytes, entry, PARTS, "a split"));
    gamlp_output_write(output, bytes.data, bytes.size);
done:
    gamlp_bytes_clear(&bytes);
    for (int p = 0; p < PARTS; p++) gamlp_bytes_clear(&entry[p].bytes);
    return status;
}

gamlp_status gamlp_split_write(const char *path, const gamlp_dataset *dataset) {
    static const struct {
        const char *ending;
        gamlp_status (*write)(gamlp_output *output, const gamlp_dataset *dataset);
    } forms[] = {{".json", write_json}, {".npz", write_npz}, {".csv", write_csv}};
    gamlp_output output = {0};
    gamlp_status status = GAMLP_OK;
    size_t f = 0;
    while (f < 3 && !gamlp_text_ends_with(path, forms[f].ending)) f++;
    if (f == 3)
        return gamlp_fail(GAMLP_E_USAGE, "%s: expected a name that ends in .json, .npz or .csv",
                          path);
    GAMLP_TRY(gamlp_output_open(&output, path));
    GAMLP_TRY(forms[f].write(&output, dataset));
    GAMLP_TRY(gamlp_output_commit(&output));
done:
    gamlp_output_abandon(&output);
    return status;
}
