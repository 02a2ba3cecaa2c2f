/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writer of Matrix Market: for NAME.mtx
 *
 *   NAME.mtx                       the lower triangle of the adjacency, a symmetric pattern; of a
 *                                  graph with arcs these, a general one
 *   NAME_features.mtx              sparse features, general, real
 *   NAME_features.npy              or dense ones
 *   NAME_labels.npy, NAME_classes.txt, NAME_split.npz */
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "dataset/beside.h"
#include "dataset/format.h"
#include "dataset/npy.h"
#include "dataset/npz_write.h"
#include "dataset/outputs.h"
#include "gamlp/alloc.h"

typedef struct job {
    const gamlp_dataset *d;
    gamlp_outputs all;
    char *stem;
} job;

/* A file beside that takes the place of any that is there. */
static gamlp_status open_beside(gamlp_output **output, job *j, const char *kind,
                                const char *ending) {
    char *path = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_text_format(&path, "%s%s.%s", j->stem, kind, ending));
    GAMLP_TRY(gamlp_beside_check_way(j->stem, kind, path));
    GAMLP_TRY(gamlp_outputs_open(output, &j->all, path));
done:
    gamlp_free(path);
    return status;
}

static void write_graph(gamlp_output *out, const gamlp_graph *graph) {
    const bool directed = graph->arcs.rows > 0;
    const gamlp_csr *a = directed ? &graph->arcs : &graph->adjacency;
    gamlp_output_print(out, "%%%%MatrixMarket matrix coordinate pattern %s\n%lld %lld %lld\n",
                       directed ? "general" : "symmetric", (long long)a->rows, (long long)a->rows,
                       (long long)(directed ? a->nnz : a->nnz / 2));
    for (int64_t i = 0; i < a->rows; i++)
        for (int64_t k = a->ptr[i]; k < a->ptr[i + 1] && (directed || a->idx[k] < i); k++)
            gamlp_output_print(out, "%lld %lld\n", (long long)i + 1, (long long)a->idx[k] + 1);
}

static gamlp_status write_npy(job *j, const char *kind, const char *type, int64_t rows,
                              int64_t cols, const void *data, size_t item) {
    const int64_t shape[2] = {rows, cols};
    gamlp_output *out;
    gamlp_bytes bytes = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(open_beside(&out, j, kind, "npy"));
    GAMLP_TRY(gamlp_npy_write(&bytes, type, shape, cols < 0 ? 1 : 2, data, item));
    gamlp_output_write(out, bytes.data, bytes.size);
done:
    gamlp_bytes_clear(&bytes);
    return status;
}

static gamlp_status write_features(job *j) {
    const gamlp_csr *a = &j->d->sparse;
    gamlp_output *out;
    if (!a->rows)
        return write_npy(j, "features", gamlp_npz_real(), j->d->nodes, j->d->features,
                         j->d->dense.data, sizeof *j->d->dense.data);
    gamlp_status status = open_beside(&out, j, "features", "mtx");
    if (status != GAMLP_OK) return status;
    gamlp_output_print(out, "%%%%MatrixMarket matrix coordinate %s general\n%lld %lld %lld\n",
                       a->val ? "real" : "pattern", (long long)a->rows, (long long)a->cols,
                       (long long)a->nnz);
    for (int64_t i = 0; i < a->rows; i++)
        for (int64_t k = a->ptr[i]; k < a->ptr[i + 1]; k++) {
            gamlp_output_print(out, "%lld %lld", (long long)i + 1, (long long)a->idx[k] + 1);
            if (a->val)
                gamlp_output_print(out, " %.*g", sizeof *a->val == 4 ? 9 : 17, (double)a->val[k]);
            gamlp_output_write(out, "\n", 1);
        }
    return GAMLP_OK;
}

/* A line break within a name becomes a space. */
static gamlp_status write_classes(job *j) {
    const gamlp_dataset *d = j->d;
    gamlp_output *out;
    if (!d->class_name && gamlp_dataset_labels_show(d))
        return gamlp_beside_check_way(j->stem, "classes", NULL);
    gamlp_status status = open_beside(&out, j, "classes", "txt");
    for (int64_t c = 0; c < d->classes && status == GAMLP_OK; c++) {
        if (!d->class_name) gamlp_output_print(out, "%lld", (long long)c);
        for (const char *at = d->class_name ? d->class_name[c] : ""; *at; at++)
            gamlp_output_write(out, *at == '\n' || *at == '\r' ? " " : at, 1);
        gamlp_output_write(out, "\n", 1);
    }
    return status;
}

static gamlp_status write_split(job *j) {
    gamlp_npz_writer w = {0};
    gamlp_bytes bytes = {0};
    gamlp_output *out;
    gamlp_status status = GAMLP_OK;
    if (j->d->split.train_count == 0) return gamlp_beside_check_way(j->stem, "split", NULL);
    GAMLP_TRY(open_beside(&out, j, "split", "npz"));
    GAMLP_TRY(gamlp_npz_put_split(&w, &j->d->split));
    GAMLP_TRY(gamlp_npz_finish(&bytes, &w, j->stem));
    gamlp_output_write(out, bytes.data, bytes.size);
done:
    gamlp_bytes_clear(&bytes);
    gamlp_npz_writer_clear(&w);
    return status;
}

gamlp_status gamlp_mtx_write(const char *path, const gamlp_dataset *dataset) {
    static const char *const endings[] = {".mtx", NULL};
    job j = {.d = dataset};
    gamlp_output *out;
    gamlp_status status = GAMLP_OK;
    if (!gamlp_text_ends_with(path, endings[0]))
        return gamlp_fail(GAMLP_E_USAGE, "%s: expected a path that ends in .mtx", path);
    GAMLP_TRY(gamlp_dataset_check_whole(dataset));
    GAMLP_TRY(gamlp_beside_stem(&j.stem, path, endings, '_'));
    GAMLP_TRY(gamlp_outputs_open(&out, &j.all, path));
    write_graph(out, &dataset->graph);
    GAMLP_TRY(write_features(&j));
    GAMLP_TRY(
        write_npy(&j, "labels", "<i4", dataset->nodes, -1, dataset->label, sizeof *dataset->label));
    GAMLP_TRY(write_classes(&j));
    GAMLP_TRY(write_split(&j));
    GAMLP_TRY(gamlp_outputs_commit(&j.all));
done:
    gamlp_outputs_abandon(&j.all);
    gamlp_free(j.stem);
    return status;
}
