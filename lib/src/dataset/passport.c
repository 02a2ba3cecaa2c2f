/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/passport.h"

#include <string.h>

#include "core/digest.h"
#include "core/hash.h"
#include "gamlp/alloc.h"
#include "gamlp/threads.h"
#include "graph/refine.h"

enum { CHUNK = 1024 };

/* A node's features up to the order in which they are listed: the sum over its nonzero features of
 * the hash of column and value (float32). */

static void add_feature(gamlp_colour *sum, int64_t column, float value) {
    uint32_t bits;
    if (value == 0) return;
    memcpy(&bits, &value, sizeof bits);
    const gamlp_colour one = {(uint64_t)column, bits};
    gamlp_colour_add(sum, gamlp_colour_join(one, one));
}

static gamlp_colour row_colour(const gamlp_dataset *d, int64_t i) {
    const gamlp_csr *a = &d->sparse;
    const gamlp_dense *h = &d->dense;
    gamlp_colour sum = {0, 0};
    if (a->rows)
        for (int64_t k = a->ptr[i]; k < a->ptr[i + 1]; k++)
            add_feature(&sum, a->idx[k], a->val ? (float)a->val[k] : 1);
    else
        for (int64_t j = 0; j < h->rows; j++) add_feature(&sum, j, (float)h->data[j + i * h->rows]);
    return gamlp_colour_join(sum, sum);
}

typedef struct rows {
    gamlp_colour *colour;
    const gamlp_dataset *dataset;
} rows;

static void colour_chunk(void *context, int64_t chunk) {
    const rows *r = context;
    int64_t n = r->dataset->nodes, last = (chunk + 1) * CHUNK < n ? (chunk + 1) * CHUNK : n;
    for (int64_t i = chunk * CHUNK; i < last; i++) r->colour[i] = row_colour(r->dataset, i);
}

/* The class of a node is known by the nodes it has: the sum of their colours.  part[classes] is
 * that of the unlabelled nodes. */
static void add_classes(gamlp_colour *part, const gamlp_colour *colour, const gamlp_dataset *d) {
    for (int64_t i = 0; i < d->nodes; i++)
        gamlp_colour_add(&part[d->label[i] < 0 ? d->classes : d->label[i]],
                         gamlp_colour_join(colour[i], colour[i]));
}

static gamlp_status hash_content(char *text, gamlp_colour *colour, gamlp_colour *scratch,
                                 const gamlp_dataset *d) {
    const int64_t count[] = {d->nodes, d->graph.edges, d->features, d->classes};
    gamlp_colour *part = NULL, *sorted = NULL;
    rows r = {colour, d};
    gamlp_hash hash;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new(&part, d->classes + 1, sizeof *part, "colours"));
    GAMLP_TRY(gamlp_new_raw(&sorted, d->classes, sizeof *sorted, "colours"));
    gamlp_parallel((d->nodes + CHUNK - 1) / CHUNK, colour_chunk, &r);
    gamlp_graph_refine(colour, scratch, &d->graph);
    add_classes(part, colour, d);
    gamlp_hash_init(&hash);
    gamlp_hash_text(&hash, "gamlp-content-1");
    for (int i = 0; i < 4; i++) gamlp_hash_int(&hash, count[i]);
    gamlp_colours_hash(&hash, part, sorted, d->classes);
    gamlp_hash_int(&hash, (int64_t)part[d->classes].low);
    gamlp_hash_int(&hash, (int64_t)part[d->classes].high);
    gamlp_hash_hex(&hash, text);
done:
    gamlp_free(part);
    gamlp_free(sorted);
    return status;
}

static void hash_labels(char *text, const gamlp_dataset *d) {
    gamlp_hash hash;
    gamlp_hash_init(&hash);
    gamlp_hash_text(&hash, "gamlp-labels-1");
    gamlp_hash_int(&hash, d->nodes);
    gamlp_hash_int(&hash, d->classes);
    for (int64_t i = 0; i < d->nodes; i++) gamlp_hash_int(&hash, d->label[i]);
    gamlp_hash_hex(&hash, text);
}

gamlp_status gamlp_dataset_hashes(gamlp_passport_hashes *hashes, const gamlp_dataset *dataset) {
    gamlp_colour *colour = NULL, *scratch = NULL;
    *hashes = (gamlp_passport_hashes){.graph = ""};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_graph_hash(hashes->graph, &dataset->graph));
    GAMLP_TRY(gamlp_new_raw(&colour, dataset->nodes, sizeof *colour, "colours"));
    GAMLP_TRY(gamlp_new_raw(&scratch, dataset->nodes, sizeof *scratch, "colours"));
    GAMLP_TRY(hash_content(hashes->content, colour, scratch, dataset));
    hash_labels(hashes->labels, dataset);
done:
    gamlp_free(colour);
    gamlp_free(scratch);
    return status;
}

gamlp_status gamlp_dataset_inspect(gamlp_dataset *dataset, char **lack, const char *name,
                                   const gamlp_dataset_options *options) {
    *lack = NULL;
    gamlp_status status = gamlp_dataset_open(dataset, name, options);
    if (status != GAMLP_E_DATA || options->asked || options->split[0] || options->as_stored)
        return status;
    gamlp_dataset_options stored = *options;
    stored.as_stored = true;
    char *reason = NULL;
    GAMLP_TRY(gamlp_strdup(&reason, gamlp_error_text()));
    GAMLP_TRY(gamlp_dataset_open(dataset, name, &stored));
    *lack = reason;
    return GAMLP_OK;
done:
    gamlp_free(reason);
    return status;
}

static gamlp_status hash_files(gamlp_passport *p, const gamlp_dataset *d) {
    gamlp_status status =
        gamlp_new(&p->file, d->file_count, sizeof *p->file, "the list of the files");
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i < d->file_count; i++) {
        const char *slash = strrchr(d->file[i], '/');
        gamlp_raw_file *file = &p->file[p->file_count++];
        GAMLP_TRY(gamlp_strdup(&file->name, slash ? slash + 1 : d->file[i]));
        GAMLP_TRY(gamlp_file_digest(file->sha256, &file->bytes, d->file[i]));
    }
done:
    return status;
}

/* As gamlp_dataset_fingerprint() does with the split that was chosen. */
static void hash_split(char *text, const gamlp_split *split) {
    const int64_t count[] = {split->train_count, split->val_count, split->test_count};
    const int64_t *const part[] = {split->train, split->val, split->test};
    gamlp_hash hash;
    gamlp_hash_init(&hash);
    gamlp_hash_text(&hash, "gamlp-split-1");
    for (int p = 0; p < 3; p++) {
        gamlp_hash_int(&hash, count[p]);
        for (int64_t i = 0; i < count[p]; i++) gamlp_hash_int(&hash, part[p][i]);
    }
    gamlp_hash_hex(&hash, text);
}

gamlp_status gamlp_passport_of(gamlp_passport *passport, const gamlp_dataset *dataset) {
    *passport = (gamlp_passport){0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_statistics_of(&passport->statistics, dataset));
    GAMLP_TRY(gamlp_dataset_hashes(&passport->hashes, dataset));
    GAMLP_TRY(gamlp_edition_of(&passport->edition, dataset, &passport->hashes));
    GAMLP_TRY(hash_files(passport, dataset));
    GAMLP_TRY(gamlp_new(&passport->fixed, dataset->fixed_count, sizeof *passport->fixed, "hashes"));
    for (int64_t i = 0; i < dataset->fixed_count; i++)
        hash_split(passport->fixed[passport->fixed_count++], &dataset->fixed[i]);
done:
    if (status != GAMLP_OK) gamlp_passport_clear(passport);
    return status;
}

void gamlp_passport_clear(gamlp_passport *passport) {
    if (!passport) return;
    gamlp_statistics_clear(&passport->statistics);
    gamlp_edition_clear(&passport->edition);
    for (int64_t i = 0; i < passport->file_count; i++) gamlp_free(passport->file[i].name);
    gamlp_free(passport->file);
    gamlp_free(passport->fixed);
    *passport = (gamlp_passport){0};
}
