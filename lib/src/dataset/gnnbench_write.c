/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writer of the gnn-benchmark layout: the adjacency is that of the arcs where there are some.  The
 * split and the times, which that layout lacks, are added as idx_train, idx_val, idx_test and time.
 */
#include "core/file.h"
#include "dataset/format.h"
#include "dataset/npz_write.h"

static gamlp_status add_all(gamlp_npz_writer *w, const gamlp_dataset *d) {
    const gamlp_graph *graph = &d->graph;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_npz_put_csr(w, "adj_", graph->arcs.rows ? &graph->arcs : &graph->adjacency));
    if (d->sparse.rows)
        GAMLP_TRY(gamlp_npz_put_csr(w, "attr_", &d->sparse));
    else /* column-major features x nodes is row-major nodes x features */
        GAMLP_TRY(gamlp_npz_put(w, "attr_matrix", gamlp_npz_real(), d->nodes, d->features,
                                d->dense.data, sizeof *d->dense.data));
    GAMLP_TRY(gamlp_npz_put(w, "labels", "<i4", d->nodes, -1, d->label, sizeof *d->label));
    GAMLP_TRY(gamlp_npz_put_classes(w, d));
    if (d->time) GAMLP_TRY(gamlp_npz_put(w, "time", "<i4", d->nodes, -1, d->time, sizeof *d->time));
    GAMLP_TRY(gamlp_npz_put_split(w, &d->split));
done:
    return status;
}

gamlp_status gamlp_gnnbench_write(const char *path, const gamlp_dataset *dataset) {
    gamlp_npz_writer w = {0};
    gamlp_bytes bytes = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_dataset_check_whole(dataset));
    GAMLP_TRY(add_all(&w, dataset));
    GAMLP_TRY(gamlp_npz_finish(&bytes, &w, path));
    GAMLP_TRY(gamlp_file_write(path, bytes.data, bytes.size));
done:
    gamlp_bytes_clear(&bytes);
    gamlp_npz_writer_clear(&w);
    return status;
}
