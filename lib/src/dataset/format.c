/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/format.h"

#include <string.h>

const gamlp_format *const gamlp_formats[] = {
    &gamlp_format_container,
    &gamlp_format_planetoid,
    &gamlp_format_ogb,
    &gamlp_format_graphsaint,
    &gamlp_format_geomgcn,
    &gamlp_format_linqs,
    &gamlp_format_musae,
    &gamlp_format_idx,
    &gamlp_format_heterophilous,
    &gamlp_format_gnnbench,
    &gamlp_format_edges,
    &gamlp_format_csv,
    &gamlp_format_mtx,
    &gamlp_format_graphml,
    &gamlp_format_gml,
    &gamlp_format_pajek,
    NULL,
};

void gamlp_source_close(gamlp_source *stream) {
    if (stream->close) stream->close(stream->edges.context);
    gamlp_dataset_clear(&stream->rest);
    *stream = (gamlp_source){0};
}

const gamlp_format *gamlp_format_find(const char *name, size_t size) {
    for (int64_t i = 0; gamlp_formats[i]; i++)
        if (strlen(gamlp_formats[i]->name) == size &&
            memcmp(gamlp_formats[i]->name, name, size) == 0)
            return gamlp_formats[i];
    return NULL;
}
