/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The input is a text of edges, plain or in gzip's form. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dataset/format.h"
#include "fuzz.h"

static void read_edges(const char *path) {
    gamlp_source stream;
    gamlp_graph graph;
    if (gamlp_format_edges.stream(&stream, path, 0) != GAMLP_OK) return;
    /* a number of nodes that is no use to a fuzzer */
    if (stream.edges.nodes < 1 << 16 && gamlp_edges_graph(&graph, &stream.edges) == GAMLP_OK) {
        const gamlp_csr *arcs = &graph.arcs;
        if (gamlp_csr_check(&graph.adjacency) != GAMLP_OK) abort();
        if (arcs->rows && gamlp_csr_check(arcs) != GAMLP_OK) abort();
        gamlp_graph_clear(&graph);
    }
    gamlp_source_close(&stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[64];
    int fd = memfd_create("input", 0);
    if (fd < 0) return 0;
    if (write(fd, data, size) == (ssize_t)size) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        read_edges(path);
    }
    close(fd);
    return 0;
}
