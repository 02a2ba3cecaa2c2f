/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Images and labels as MNIST and Fashion-MNIST have them.  An idx file is two bytes 0, the type of
 * its elements (8: unsigned bytes), the number of extents, these in four bytes each (most
 * significant first), and the elements, last index fastest.
 *
 * Nodes are the images of train-*, then those of t10k-*; features are pixels / 255; there are no
 * edges.  The files tell training from test only: the last twelfth of the first (5,000 of 60,000)
 * is for validation. */
#include <inttypes.h>
#include <stdio.h>

#include "core/file.h"
#include "core/stream.h"
#include "dataset/folder.h"
#include "dataset/format.h"
#include "dataset/pack.h"
#include "gamlp/alloc.h"

enum { MAX_EXTENTS = 3, VALIDATION_PART = 12 };

/* A file of unsigned bytes: `count` items of `size` each. */
typedef struct items {
    int64_t count, size;
    unsigned char *data;
} items;

static void items_clear(items *x) {
    gamlp_free(x->data);
    *x = (items){0};
}

/* Four bytes each; the product must be in the file. */
static gamlp_status read_extents(items *x, const unsigned char *head, int extents,
                                 const gamlp_stream *s) {
    int64_t bound = gamlp_stream_bound(s), total = 1;
    for (int i = 0; i < extents; i++) {
        int64_t extent = 0;
        for (int b = 0; b < 4; b++) extent = extent << 8 | head[4 * i + b];
        if (extent < 1 || extent > bound / total)
            return gamlp_fail(GAMLP_E_DATA,
                              "%s: extent %d is %" PRId64 ", impossible in a file of %" PRId64
                              " bytes",
                              gamlp_stream_path(s), i + 1, extent, gamlp_stream_size(s));
        total *= extent;
        if (i == 0) x->count = extent;
    }
    x->size = total / x->count;
    return GAMLP_OK;
}

static gamlp_status read_items(items *x, gamlp_stream *s, int extents) {
    const char *path = gamlp_stream_path(s);
    unsigned char head[4 + 4 * MAX_EXTENTS], more;
    size_t size = 4 + 4 * (size_t)extents, got = gamlp_stream_read(s, head, size);
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_stream_check(s));
    if (got < size || head[0] || head[1] || head[2] != 8 || head[3] != extents)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: not an idx file of unsigned bytes with %d extents",
                             path, extents));
    GAMLP_TRY(read_extents(x, head + 4, extents, s));
    size = (size_t)(x->count * x->size);
    GAMLP_TRY(gamlp_new_raw(&x->data, (int64_t)size, 1, path));
    got = gamlp_stream_read(s, x->data, size);
    GAMLP_TRY(gamlp_stream_check(s));
    size_t behind = gamlp_stream_read(s, &more, 1);
    GAMLP_TRY(gamlp_stream_check(s));
    if (got < size || behind > 0)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: %s than the %zu bytes that its extents tell", path,
                             got < size ? "fewer" : "more", size));
done:
    return status;
}

/* FOLDER/PART-KIND-idxN-ubyte; some write a point before idx. */
static gamlp_status find_file(char **path, const char *folder, const char *part, const char *kind,
                              int extents) {
    char name[64];
    *path = NULL;
    for (int i = 0; i < 2 && !*path; i++) {
        snprintf(name, sizeof name, "%s-%s%cidx%d-ubyte", part, kind, "-."[i], extents);
        gamlp_status status = gamlp_folder_part(path, folder, name);
        if (status != GAMLP_OK) return status;
    }
    return GAMLP_OK;
}

static gamlp_status read_file(items *x, gamlp_dataset *d, const char *folder, const char *part,
                              const char *kind, int extents) {
    char *path = NULL;
    gamlp_stream *s = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(find_file(&path, folder, part, kind, extents));
    if (!path)
        GAMLP_TRY(gamlp_fail(GAMLP_E_NOINPUT, "%s: no %s-%s-idx%d-ubyte.gz is there", folder, part,
                             kind, extents));
    GAMLP_TRY(gamlp_stream_open(&s, path));
    GAMLP_TRY(read_items(x, s, extents));
    GAMLP_TRY(gamlp_dataset_add_file(d, path));
done:
    gamlp_stream_close(s);
    gamlp_free(path);
    return status;
}

static gamlp_status read_pair(items pair[2], gamlp_dataset *d, const char *folder,
                              const char *part) {
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(read_file(&pair[0], d, folder, part, "images", 3));
    GAMLP_TRY(read_file(&pair[1], d, folder, part, "labels", 1));
    if (pair[0].count != pair[1].count)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: %s-* has %" PRId64 " images and %" PRId64 " labels",
                             folder, part, pair[0].count, pair[1].count));
done:
    return status;
}

static void count_pixels(int64_t *nonzero, const items *images) {
    for (int64_t i = 0; i < images->count * images->size; i++) *nonzero += images->data[i] != 0;
}

static void scale(gamlp_real pixel[256]) {
    for (int i = 0; i < 256; i++) pixel[i] = (gamlp_real)((float)i / 255);
}

static gamlp_status make_sparse(gamlp_csr *a, const items *const part[2], int64_t nodes,
                                int64_t nonzero) {
    gamlp_real pixel[256];
    gamlp_status status = gamlp_csr_init(a, nodes, part[0]->size, nonzero);
    if (status != GAMLP_OK) return status;
    scale(pixel);
    int64_t k = 0, node = 0;
    for (int p = 0; p < 2; p++)
        for (int64_t i = 0; i < part[p]->count; i++) {
            const unsigned char *image = part[p]->data + i * part[p]->size;
            for (int64_t j = 0; j < a->cols; j++)
                if (image[j]) {
                    a->idx[k] = (int32_t)j;
                    a->val[k++] = pixel[image[j]];
                }
            a->ptr[++node] = k;
        }
    return GAMLP_OK;
}

static gamlp_status make_dense(gamlp_dense *h, const items *const part[2], int64_t nodes) {
    gamlp_real pixel[256], *to;
    gamlp_status status = gamlp_dense_init(h, part[0]->size, nodes);
    if (status != GAMLP_OK) return status;
    scale(pixel);
    to = h->data;
    for (int p = 0; p < 2; p++)
        for (int64_t i = 0; i < part[p]->count * part[p]->size; i++)
            *to++ = pixel[part[p]->data[i]];
    return GAMLP_OK;
}

static gamlp_status make_features(gamlp_dataset *d, const items *train, const items *test,
                                  const char *folder) {
    const items *const part[2] = {train, test};
    int64_t nonzero = 0;
    if (train->size != test->size || train->size > INT32_MAX ||
        train->count > INT32_MAX - test->count)
        return gamlp_fail(GAMLP_E_DATA,
                          "%s: %" PRId64 " images of %" PRId64 " and %" PRId64 " of %" PRId64
                          " pixels do not fit together",
                          folder, train->count, train->size, test->count, test->size);
    d->nodes = train->count + test->count;
    d->features = train->size;
    count_pixels(&nonzero, train);
    count_pixels(&nonzero, test);
    return gamlp_pack_is_sparse(d->nodes, d->features, nonzero)
               ? make_sparse(&d->sparse, part, d->nodes, nonzero)
               : make_dense(&d->dense, part, d->nodes);
}

static gamlp_status make_labels(gamlp_dataset *d, const items *train, const items *test) {
    gamlp_status status = gamlp_new_raw(&d->label, d->nodes, sizeof *d->label, "labels");
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i < d->nodes; i++) {
        d->label[i] = i < train->count ? train->data[i] : test->data[i - train->count];
        if (d->label[i] >= d->classes) d->classes = (int64_t)d->label[i] + 1;
    }
    return GAMLP_OK;
}

static gamlp_status make_part(int64_t **node, int64_t *count, int64_t from, int64_t to) {
    gamlp_status status = gamlp_new_raw(node, to - from, sizeof **node, "a split");
    if (status != GAMLP_OK) return status;
    *count = to - from;
    for (int64_t i = from; i < to; i++) (*node)[i - from] = i;
    return GAMLP_OK;
}

static gamlp_status make_split(gamlp_split *split, int64_t train, int64_t nodes) {
    int64_t fit = train - (train + VALIDATION_PART - 1) / VALIDATION_PART;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(make_part(&split->train, &split->train_count, 0, fit));
    GAMLP_TRY(make_part(&split->val, &split->val_count, fit, train));
    GAMLP_TRY(make_part(&split->test, &split->test_count, train, nodes));
    snprintf(split->rule, sizeof split->rule, "public");
done:
    return status;
}

gamlp_status gamlp_idx_read(gamlp_dataset *dataset, const char *folder) {
    *dataset = (gamlp_dataset){.format = "idx"};
    items train[2] = {{0}, {0}}, test[2] = {{0}, {0}};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(read_pair(train, dataset, folder, "train"));
    GAMLP_TRY(read_pair(test, dataset, folder, "t10k"));
    GAMLP_TRY(make_features(dataset, &train[0], &test[0], folder));
    GAMLP_TRY(make_labels(dataset, &train[1], &test[1]));
    GAMLP_TRY(gamlp_graph_from_edges(&dataset->graph, dataset->nodes, 0, NULL, NULL));
    GAMLP_TRY(make_split(&dataset->split, train[0].count, dataset->nodes));
    gamlp_folder_title(dataset, folder);
done:
    for (int i = 0; i < 2; i++) items_clear(&train[i]), items_clear(&test[i]);
    if (status != GAMLP_OK) gamlp_dataset_clear(dataset);
    return status;
}

static gamlp_status find(char **path, const char *name) {
    char *images = NULL;
    *path = NULL;
    gamlp_status status = GAMLP_OK;
    if (!gamlp_file_is_directory(name)) return GAMLP_OK;
    GAMLP_TRY(find_file(&images, name, "train", "images", 3));
    if (images) GAMLP_TRY(gamlp_strdup(path, name));
done:
    gamlp_free(images);
    return status;
}

const gamlp_format gamlp_format_idx = {
    "idx", "a folder with train-images-idx3-ubyte.gz and so on (MNIST)", "", find, gamlp_idx_read};
