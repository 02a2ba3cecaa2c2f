/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The input is a container: as it is, and once more with its size and all checksums put right, so
 * that the fuzzer need not find them. */
#include <stdlib.h>
#include <string.h>

#include "container.h"
#include "dataset/container.h"
#include "dataset/format.h"
#include "fuzz.h"
#include "gamlp/alloc.h"

enum { MOST = 1 << 20 };

static void read_rows(gamlp_container *container, gamlp_rows_of what) {
    gamlp_rows *rows;
    gamlp_row_block block;
    if (gamlp_rows_new(&rows, container, what) != GAMLP_OK) return;
    while (gamlp_rows_next(&block, rows, 3) == GAMLP_OK && block.count > 0) continue;
    gamlp_rows_free(rows);
}

static void use(gamlp_dataset *dataset) {
    const gamlp_csr *arcs = &dataset->graph.arcs;
    gamlp_graph_structure structure;
    if (arcs->rows && gamlp_csr_check(arcs) != GAMLP_OK) abort(); /* they were checked */
    gamlp_graph_structure_of(&structure, &dataset->graph);
    gamlp_dataset_check_stored(dataset);
    if (gamlp_dataset_split_random(dataset, 1, 1, 1, 0) == GAMLP_OK) gamlp_dataset_check(dataset);
    gamlp_dataset_fingerprint(dataset);
}

static void parse(const void *data, size_t size) {
    gamlp_container *container;
    gamlp_dataset dataset;
    char *text;
    if (gamlp_container_parse(&container, data, size, "input") != GAMLP_OK) return;
    read_rows(container, GAMLP_ROWS_GRAPH);
    read_rows(container, GAMLP_ROWS_FEATURES);
    if (gamlp_container_passport(&text, container) == GAMLP_OK) gamlp_free(text);
    if (gamlp_container_dataset(&dataset, container) == GAMLP_OK) use(&dataset);
    gamlp_dataset_clear(&dataset);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static _Alignas(64) unsigned char copy[MOST];
    if (size > sizeof copy) return 0;
    memcpy(copy, data, size);
    parse(copy, size);
    container_repair(copy, size);
    parse(copy, size);
    return 0;
}
