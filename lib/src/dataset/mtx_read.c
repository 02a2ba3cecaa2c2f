/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A graph as a Matrix Market file, with labels, features and split in files beside it. */
#include <stdio.h>
#include <string.h>

#include "core/file.h"
#include "core/text.h"
#include "dataset/beside.h"
#include "dataset/format.h"
#include "dataset/mtx.h"
#include "gamlp/alloc.h"

static const char *const endings[] = {".mtx", ".mtx.gz", NULL};

/* An edge for each entry that is not zero; of a general matrix, an arc from its row to its column.
 */
static gamlp_status take_graph(gamlp_dataset *d, gamlp_mtx *mtx, const char *path) {
    int64_t used = 0;
    if (mtx->dense || mtx->rows != mtx->cols)
        return gamlp_fail(GAMLP_E_DATA,
                          "%s: expected a coordinate matrix with as many rows as "
                          "columns, an adjacency",
                          path);
    for (int64_t k = 0; k < mtx->count; k++) {
        if (mtx->val && mtx->val[k] == 0) continue;
        mtx->row[used] = mtx->row[k];
        mtx->col[used++] = mtx->col[k];
    }
    d->nodes = mtx->rows;
    return mtx->general ? gamlp_graph_from_arcs(&d->graph, mtx->rows, used, mtx->row, mtx->col)
                        : gamlp_graph_from_edges(&d->graph, mtx->rows, used, mtx->row, mtx->col);
}

static gamlp_status take_rest(gamlp_dataset *d, const char *stem) {
    bool found = false;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_beside_labels(&found, d, stem));
    GAMLP_TRY(gamlp_beside_features(&found, d, stem));
    if (!found) GAMLP_TRY(gamlp_beside_identity(d));
    GAMLP_TRY(gamlp_beside_split(&found, d, stem));
done:
    return status;
}

gamlp_status gamlp_mtx_read(gamlp_dataset *dataset, const char *path) {
    *dataset = (gamlp_dataset){.format = "mtx"};
    gamlp_mtx mtx = {0};
    char *stem = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_beside_stem(&stem, path, endings, '_'));
    GAMLP_TRY(gamlp_mtx_load(&mtx, path));
    GAMLP_TRY(gamlp_dataset_add_file(dataset, path));
    GAMLP_TRY(take_graph(dataset, &mtx, path));
    gamlp_mtx_clear(&mtx);
    GAMLP_TRY(take_rest(dataset, stem));
    gamlp_beside_name(dataset, stem);
done:
    gamlp_mtx_clear(&mtx);
    gamlp_free(stem);
    if (status != GAMLP_OK) gamlp_dataset_clear(dataset);
    return status;
}

static gamlp_status find(char **path, const char *name) {
    *path = NULL;
    for (int i = 0; endings[i]; i++)
        if (gamlp_text_ends_with(name, endings[i]) && gamlp_file_exists(name))
            return gamlp_strdup(path, name);
    return GAMLP_OK;
}

const gamlp_format gamlp_format_mtx = {
    "mtx", "NAME.mtx (Matrix Market) with labels and features in files beside it", "", find,
    gamlp_mtx_read};
