/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GraphML, GML and Pajek files, gzip-compressed or not. */
#include <stdio.h>
#include <string.h>

#include "core/file.h"
#include "core/stream.h"
#include "core/text.h"
#include "dataset/beside.h"
#include "dataset/format.h"
#include "dataset/network_data.h"
#include "gamlp/alloc.h"

enum { FILE_LIMIT = 1 << 30, FIRST_ROOM = 1 << 16 };

/* All of a file, with a NUL behind it. */
static gamlp_status read_all(gamlp_bytes *bytes, gamlp_stream *stream) {
    size_t room = FIRST_ROOM;
    gamlp_status status = gamlp_new_raw(&bytes->data, FIRST_ROOM + 1, 1, "a graph file");
    while (status == GAMLP_OK) {
        bytes->size += gamlp_stream_read(stream, bytes->data + bytes->size, room - bytes->size);
        status = gamlp_stream_check(stream);
        if (status != GAMLP_OK || bytes->size < room) break;
        if (room >= FILE_LIMIT)
            return gamlp_fail(GAMLP_E_DATA, "%s: more than %d bytes", gamlp_stream_path(stream),
                              FILE_LIMIT);
        status =
            gamlp_grow(&bytes->data, (int64_t)room, (int64_t)(2 * room + 1), 1, "a graph file");
        room *= 2;
    }
    if (status == GAMLP_OK) bytes->data[bytes->size] = 0;
    return status;
}

static gamlp_status read_file(gamlp_dataset *d, gamlp_network_format format, const char *path,
                              const char *const *endings) {
    gamlp_stream *stream = NULL;
    gamlp_bytes bytes = {0};
    char *stem = NULL;
    gamlp_status status = GAMLP_OK;
    *d = (gamlp_dataset){0};
    GAMLP_TRY(gamlp_stream_open(&stream, path));
    GAMLP_TRY(read_all(&bytes, stream));
    GAMLP_TRY(gamlp_beside_stem(&stem, path, endings, '.'));
    GAMLP_TRY(gamlp_network_data_parse(d, format, bytes.data, bytes.size, path, stem));
    gamlp_beside_name(d, stem);
    GAMLP_TRY(gamlp_dataset_add_file(d, path));
done:
    gamlp_stream_close(stream);
    gamlp_bytes_clear(&bytes);
    gamlp_free(stem);
    if (status != GAMLP_OK) gamlp_dataset_clear(d);
    return status;
}

static gamlp_status find_ending(char **path, const char *name, const char *const *endings) {
    *path = NULL;
    for (int i = 0; endings[i]; i++)
        if (gamlp_text_ends_with(name, endings[i]) && gamlp_file_exists(name))
            return gamlp_strdup(path, name);
    return GAMLP_OK;
}

static const char *const graphml_endings[] = {".graphml", ".graphml.gz", NULL};
static const char *const gml_endings[] = {".gml", ".gml.gz", NULL};
static const char *const pajek_endings[] = {".net", ".net.gz", ".paj", NULL};

gamlp_status gamlp_graphml_read(gamlp_dataset *dataset, const char *path) {
    return read_file(dataset, GAMLP_NETWORK_GRAPHML, path, graphml_endings);
}

gamlp_status gamlp_gml_read(gamlp_dataset *dataset, const char *path) {
    return read_file(dataset, GAMLP_NETWORK_GML, path, gml_endings);
}

gamlp_status gamlp_pajek_read(gamlp_dataset *dataset, const char *path) {
    return read_file(dataset, GAMLP_NETWORK_PAJEK, path, pajek_endings);
}

static gamlp_status find_graphml(char **path, const char *name) {
    return find_ending(path, name, graphml_endings);
}

static gamlp_status find_gml(char **path, const char *name) {
    return find_ending(path, name, gml_endings);
}

static gamlp_status find_pajek(char **path, const char *name) {
    return find_ending(path, name, pajek_endings);
}

const gamlp_format gamlp_format_graphml = {
    "graphml", "NAME.graphml with labels and features as attributes or in files beside it", "",
    find_graphml, gamlp_graphml_read};
const gamlp_format gamlp_format_gml = {
    "gml", "NAME.gml with labels and features as attributes or in files beside it", "", find_gml,
    gamlp_gml_read};
const gamlp_format gamlp_format_pajek = {
    "pajek", "Pajek's NAME.net with labels and features in files beside it", "", find_pajek,
    gamlp_pajek_read};
