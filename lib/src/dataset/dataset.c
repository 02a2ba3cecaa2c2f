/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/dataset.h"

#include <stdio.h>
#include <string.h>

#include "dataset/format.h"
#include "dataset/split.h"
#include "gamlp/alloc.h"
#include "gamlp/container.h"

void gamlp_split_clear(gamlp_split *split) {
    if (!split) return;
    gamlp_free(split->train);
    gamlp_free(split->val);
    gamlp_free(split->test);
    *split = (gamlp_split){0};
}

gamlp_status gamlp_dataset_add_file(gamlp_dataset *dataset, const char *path) {
    char *copy = NULL;
    int64_t count = dataset->file_count;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_strdup(&copy, path));
    GAMLP_TRY(gamlp_grow(&dataset->file, count, count + 1, sizeof *dataset->file, "file names"));
    dataset->file[dataset->file_count++] = copy;
    copy = NULL;
done:
    gamlp_free(copy);
    return status;
}

void gamlp_dataset_name_by_path(gamlp_dataset *dataset, const char *path, const char *ending) {
    size_t end = strlen(path), from;
    while (end > 1 && path[end - 1] == '/') end--;
    for (from = end; from > 0 && path[from - 1] != '/';) from--;
    size_t size = end - from, cut = strlen(ending);
    if (size > cut && memcmp(path + end - cut, ending, cut) == 0) size -= cut;
    snprintf(dataset->name, sizeof dataset->name, "%.*s", (int)size, path + from);
}

gamlp_status gamlp_dataset_add_fixed(gamlp_dataset *dataset, gamlp_split *split) {
    int64_t count = dataset->fixed_count;
    gamlp_status status =
        gamlp_grow(&dataset->fixed, count, count + 1, sizeof *dataset->fixed, "splits");
    if (status != GAMLP_OK) return status;
    dataset->fixed[dataset->fixed_count++] = *split;
    *split = (gamlp_split){0};
    return GAMLP_OK;
}

static void clear_texts(char **text, int64_t count) {
    for (int64_t i = 0; text && i < count; i++) gamlp_free(text[i]);
    gamlp_free(text);
}

void gamlp_dataset_clear(gamlp_dataset *dataset) {
    if (!dataset) return;
    gamlp_graph_clear(&dataset->graph);
    gamlp_csr_clear(&dataset->sparse);
    gamlp_dense_clear(&dataset->dense);
    gamlp_free(dataset->label);
    clear_texts(dataset->class_name, dataset->classes);
    gamlp_free(dataset->time);
    gamlp_split_clear(&dataset->split);
    for (int64_t i = 0; i < dataset->fixed_count; i++) gamlp_split_clear(&dataset->fixed[i]);
    gamlp_free(dataset->fixed);
    clear_texts(dataset->file, dataset->file_count);
    gamlp_container_free(dataset->container);
    *dataset = (gamlp_dataset){0};
}
