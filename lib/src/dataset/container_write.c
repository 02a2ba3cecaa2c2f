/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sections are appended; the table follows them, and the header, which lies before them, is
 * written last. */
#include <errno.h>
#include <string.h>

#include "dataset/container.h"
#include "gamlp/alloc.h"

static void put(gamlp_container_writer *w, const void *data, size_t size) {
    gamlp_output_write(&w->output, data, size);
    w->at += (int64_t)size;
}

static void pad(gamlp_container_writer *w) {
    static const unsigned char zero[GAMLP_CONTAINER_ALIGN];
    size_t over = (size_t)(w->at % GAMLP_CONTAINER_ALIGN);
    if (over > 0) put(w, zero, GAMLP_CONTAINER_ALIGN - over);
}

gamlp_status gamlp_container_create(gamlp_container_writer *writer, const char *path) {
    static const unsigned char empty[GAMLP_CONTAINER_HEADER];
    *writer = (gamlp_container_writer){0};
    gamlp_status status = gamlp_container_order(path);
    if (status == GAMLP_OK) status = gamlp_output_open(&writer->output, path);
    if (status == GAMLP_OK) put(writer, empty, sizeof empty);
    return status;
}

gamlp_status gamlp_container_begin(gamlp_container_writer *writer, const char *name,
                                   gamlp_element type, int64_t cols) {
    int64_t count = writer->sections;
    if (count == GAMLP_CONTAINER_MOST)
        return gamlp_fail(GAMLP_E_DATA, "%s: more than %d sections", writer->output.path,
                          GAMLP_CONTAINER_MOST);
    gamlp_status status =
        gamlp_grow(&writer->section, count, count + 1, sizeof *writer->section, "sections");
    if (status != GAMLP_OK) return status;
    gamlp_section *s = &writer->section[writer->sections++];
    pad(writer);
    *s = (gamlp_section){
        .type = type, .dims = cols >= 0 ? 2 : 1, .shape = {0, cols >= 0 ? cols : 1}};
    memcpy(s->name, name, strnlen(name, sizeof s->name - 1));
    s->offset = writer->at;
    gamlp_checksum_init(&writer->checksum);
    return GAMLP_OK;
}

void gamlp_container_append(gamlp_container_writer *writer, const void *data, int64_t count) {
    gamlp_section *s = &writer->section[writer->sections - 1];
    size_t size = (size_t)(count * gamlp_element_size(s->type));
    s->bytes += (int64_t)size;
    gamlp_checksum_bytes(&writer->checksum, data, size);
    put(writer, data, size);
}

void gamlp_container_end(gamlp_container_writer *writer) {
    gamlp_section *s = &writer->section[writer->sections - 1];
    s->count = s->bytes / gamlp_element_size(s->type);
    s->shape[0] = s->shape[1] > 0 ? s->count / s->shape[1] : 0;
    s->checksum = gamlp_checksum_value(&writer->checksum);
}

gamlp_status gamlp_container_put(gamlp_container_writer *writer, const char *name,
                                 gamlp_element type, const void *data, int64_t count) {
    gamlp_status status = gamlp_container_begin(writer, name, type, -1);
    if (status != GAMLP_OK) return status;
    gamlp_container_append(writer, data, count);
    gamlp_container_end(writer);
    return GAMLP_OK;
}

static void write_u32(unsigned char *bytes, uint64_t value) {
    uint32_t narrow = (uint32_t)value;
    memcpy(bytes, &narrow, sizeof narrow);
}

static void write_u64(unsigned char *bytes, uint64_t value) {
    memcpy(bytes, &value, sizeof value);
}

static void make_entry(unsigned char *entry, const gamlp_section *s) {
    memcpy(entry, s->name, sizeof s->name);
    write_u32(entry + 32, (uint64_t)s->type);
    write_u32(entry + 36, (uint64_t)s->dims);
    write_u64(entry + 40, (uint64_t)s->shape[0]);
    write_u64(entry + 48, (uint64_t)s->shape[1]);
    write_u64(entry + 56, (uint64_t)s->offset);
    write_u64(entry + 64, (uint64_t)s->bytes);
    write_u64(entry + 72, s->checksum);
}

static uint64_t put_table(gamlp_container_writer *w) {
    gamlp_checksum checksum;
    gamlp_checksum_init(&checksum);
    for (int64_t i = 0; i < w->sections; i++) {
        unsigned char entry[GAMLP_CONTAINER_ENTRY] = {0};
        make_entry(entry, &w->section[i]);
        gamlp_checksum_bytes(&checksum, entry, sizeof entry);
        put(w, entry, sizeof entry);
    }
    return gamlp_checksum_value(&checksum);
}

/* Over the zeros that create() wrote. */
static void put_header(gamlp_container_writer *w, int64_t table, uint64_t checksum) {
    unsigned char header[GAMLP_CONTAINER_HEADER] = {0};
    memcpy(header, GAMLP_CONTAINER_MAGIC, 8);
    write_u32(header + 8, GAMLP_CONTAINER_VERSION);
    write_u32(header + 12, (uint64_t)w->sections);
    write_u64(header + 16, (uint64_t)table);
    write_u64(header + 24, (uint64_t)w->at);
    write_u64(header + 32, checksum);
    write_u64(header + 56, gamlp_checksum_of(header, 56));
    if (fseek(w->output.stream, 0, SEEK_SET) != 0 && w->output.reason == 0)
        w->output.reason = errno;
    gamlp_output_write(&w->output, header, sizeof header);
}

gamlp_status gamlp_container_commit(gamlp_container_writer *writer) {
    pad(writer);
    int64_t table = writer->at;
    put_header(writer, table, put_table(writer));
    gamlp_status status = gamlp_output_commit(&writer->output);
    gamlp_container_abandon(writer);
    return status;
}

void gamlp_container_abandon(gamlp_container_writer *writer) {
    if (writer->output.path) gamlp_output_abandon(&writer->output);
    gamlp_free(writer->section);
    *writer = (gamlp_container_writer){0};
}
