/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Generated data sets as files.  Edges that are functions of their index go to a container in
 * passes, and are never held as a whole. */
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "dataset/generate.h"
#include "dataset/import.h"
#include "gamlp/container.h"

/* A rule that draws the split again stays; "generated:..." is none that --split takes. */
static void own_split(gamlp_dataset *dataset) {
    if (strncmp(dataset->split.rule, "random:", 7) == 0) return;
    snprintf(dataset->split.rule, sizeof dataset->split.rule, "stored");
}

static gamlp_status write_passes(gamlp_dataset *dataset, const char *path,
                                 const gamlp_generate_options *options) {
    gamlp_generate_state state;
    gamlp_source stream = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_generate_labels(&stream.rest, options));
    GAMLP_TRY(gamlp_generate_edges(&stream.edges, &state, options));
    GAMLP_TRY(gamlp_generate_features(&stream.rest, options));
    own_split(&stream.rest);
    GAMLP_TRY(gamlp_import_stream(path, &stream, 0));
    *dataset = stream.rest;
    stream.rest = (gamlp_dataset){0};
done:
    gamlp_source_close(&stream);
    return status;
}

gamlp_status gamlp_generate_write(gamlp_dataset *dataset, const char *path,
                                  const gamlp_generate_options *options) {
    bool container = gamlp_text_ends_with(path, ".gamlp");
    bool passes = container && gamlp_generate_streams(options);
    gamlp_status status = GAMLP_OK;
    *dataset = (gamlp_dataset){0};
    GAMLP_TRY(gamlp_generate_check(options, !passes));
    if (passes) return write_passes(dataset, path, options);
    GAMLP_TRY(gamlp_dataset_generate(dataset, options));
    if (container) own_split(dataset);
    GAMLP_TRY(container ? gamlp_container_write(path, dataset)
                        : gamlp_gnnbench_write(path, dataset));
done:
    if (status != GAMLP_OK) gamlp_dataset_clear(dataset);
    return status;
}
