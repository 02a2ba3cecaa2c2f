/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Header and table of a container, and its sections by name. */
#include "dataset/container.h"

#include <inttypes.h>
#include <string.h>

#include "gamlp/alloc.h"

int64_t gamlp_element_size(gamlp_element type) {
    switch (type) {
    case GAMLP_ELEMENT_INT32:
    case GAMLP_ELEMENT_FLOAT32:
        return 4;
    case GAMLP_ELEMENT_INT64:
    case GAMLP_ELEMENT_FLOAT64:
        return 8;
    case GAMLP_ELEMENT_BYTE:
        return 1;
    }
    return 0;
}

gamlp_status gamlp_container_order(const char *path) {
    const uint32_t one = 1;
    unsigned char first;
    memcpy(&first, &one, 1);
    if (first == 1) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_INTERNAL, "%s: containers need a little-endian machine", path);
}

static uint32_t read_u32(const unsigned char *bytes) {
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static uint64_t read_u64(const unsigned char *bytes) {
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static gamlp_status bad_header(const gamlp_container *c, const char *problem) {
    return gamlp_fail(GAMLP_E_DATA, "%s: %s", c->path, problem);
}

/* The table's bytes, and their number of sections. */
static gamlp_status read_header(const unsigned char **table, gamlp_container *c) {
    const unsigned char *h = c->map.data;
    size_t size = c->map.size;
    if (size < GAMLP_CONTAINER_HEADER || memcmp(h, GAMLP_CONTAINER_MAGIC, 8) != 0)
        return bad_header(c, "not a gamlp container: its first bytes are others");
    if (gamlp_checksum_of(h, 56) != read_u64(h + 56))
        return bad_header(c, "the header (bytes 0 to 63) is damaged: its checksum differs");
    if (read_u32(h + 8) != GAMLP_CONTAINER_VERSION)
        return gamlp_fail(GAMLP_E_DATA, "%s: container of version %" PRIu32 ", expected %d",
                          c->path, read_u32(h + 8), GAMLP_CONTAINER_VERSION);
    uint64_t sections = read_u32(h + 12), offset = read_u64(h + 16), bytes = read_u64(h + 24);
    if (bytes != size)
        return gamlp_fail(GAMLP_E_DATA, "%s: the file has %zu bytes, expected %" PRIu64, c->path,
                          size, bytes);
    if (sections < 1 || sections > GAMLP_CONTAINER_MOST)
        return gamlp_fail(GAMLP_E_DATA, "%s: %" PRIu64 " sections, expected 1 to %d", c->path,
                          sections, GAMLP_CONTAINER_MOST);
    if (offset % GAMLP_CONTAINER_ALIGN != 0 || offset > size ||
        sections * GAMLP_CONTAINER_ENTRY > size - offset)
        return bad_header(c, "the table of sections is not within the file");
    *table = h + offset;
    c->sections = (int64_t)sections;
    if (gamlp_checksum_of(*table, sections * GAMLP_CONTAINER_ENTRY) != read_u64(h + 32))
        return bad_header(c, "the table of sections is damaged: its checksum differs");
    return GAMLP_OK;
}

/* Letters, digits, points and a NUL: a name that a sentence can hold. */
static bool good_name(const unsigned char *name) {
    size_t size = 0;
    while (size < GAMLP_CONTAINER_NAME && name[size] > ' ' && name[size] < 127) size++;
    return size > 0 && size < GAMLP_CONTAINER_NAME && name[size] == 0;
}

static gamlp_status read_entry(gamlp_section *s, const gamlp_container *c,
                               const unsigned char *entry) {
    uint64_t shape[2] = {read_u64(entry + 40), read_u64(entry + 48)};
    uint64_t offset = read_u64(entry + 56), bytes = read_u64(entry + 64), size = c->map.size;
    uint32_t type = read_u32(entry + 32), dims = read_u32(entry + 36);
    if (!good_name(entry)) return bad_header(c, "a section has no proper name");
    memcpy(s->name, entry, sizeof s->name);
    s->type = (gamlp_element)type;
    uint64_t item = type <= GAMLP_ELEMENT_BYTE ? (uint64_t)gamlp_element_size(s->type) : 0;
    if (item == 0)
        return gamlp_fail(GAMLP_E_DATA,
                          "%s: section %s: element type %" PRIu32 ", expected 1 to %d", c->path,
                          s->name, type, GAMLP_ELEMENT_BYTE);
    if (offset % GAMLP_CONTAINER_ALIGN != 0 || offset < GAMLP_CONTAINER_HEADER || offset > size ||
        bytes > size - offset)
        return gamlp_fail(GAMLP_E_DATA,
                          "%s: section %s: %" PRIu64 " bytes at %" PRIu64
                          " are not within the file of %" PRIu64 " bytes",
                          c->path, s->name, bytes, offset, size);
    bool fits = shape[1] == 0
                    ? bytes == 0
                    : shape[0] <= bytes / item / shape[1] && shape[0] * shape[1] * item == bytes;
    if (dims < 1 || dims > 2 || (dims == 1 && shape[1] != 1) || !fits)
        return gamlp_fail(GAMLP_E_DATA,
                          "%s: section %s: %" PRIu64 " x %" PRIu64 " elements of %" PRIu64
                          " bytes do not take its %" PRIu64 " bytes",
                          c->path, s->name, shape[0], shape[1], item, bytes);
    s->dims = dims;
    s->shape[0] = (int64_t)(shape[0] <= INT64_MAX ? shape[0] : 0);
    s->shape[1] = (int64_t)(shape[1] <= INT64_MAX ? shape[1] : 0);
    s->count = (int64_t)(bytes / item);
    s->offset = (int64_t)offset;
    s->bytes = (int64_t)bytes;
    s->checksum = read_u64(entry + 72);
    return GAMLP_OK;
}

static gamlp_status read_table(gamlp_container *c) {
    const unsigned char *table = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(read_header(&table, c));
    GAMLP_TRY(gamlp_new(&c->section, c->sections, sizeof *c->section, "a table of sections"));
    for (int64_t i = 0; i < c->sections; i++)
        GAMLP_TRY(read_entry(&c->section[i], c, table + i * GAMLP_CONTAINER_ENTRY));
done:
    return status;
}

gamlp_section *gamlp_container_find(const gamlp_container *container, const char *name) {
    for (int64_t i = 0; i < container->sections; i++)
        if (strcmp(container->section[i].name, name) == 0) return &container->section[i];
    return NULL;
}

gamlp_status gamlp_container_verify(const gamlp_container *container, gamlp_section *section) {
    if (section->verified) return GAMLP_OK;
    const unsigned char *data = container->map.data + section->offset;
    if (!container->borrowed)
        gamlp_map_expect(&container->map, (size_t)section->offset, (size_t)section->bytes);
    if (gamlp_checksum_of(data, (size_t)section->bytes) != section->checksum)
        return gamlp_fail(GAMLP_E_DATA,
                          "%s: section %s (%" PRId64 " bytes at %" PRId64
                          ") is damaged: its checksum differs",
                          container->path, section->name, section->bytes, section->offset);
    section->verified = true;
    return GAMLP_OK;
}

gamlp_status gamlp_container_expect(gamlp_section **section, const gamlp_container *container,
                                    const char *name, gamlp_element type, int64_t count) {
    gamlp_section *s = gamlp_container_find(container, name);
    *section = s;
    if (!s) return GAMLP_OK;
    if (type != 0 && s->type != type)
        return gamlp_fail(GAMLP_E_DATA, "%s: section %s has elements of type %d, expected %d",
                          container->path, name, (int)s->type, (int)type);
    if (count >= 0 && s->count != count)
        return gamlp_fail(GAMLP_E_DATA,
                          "%s: section %s has %" PRId64 " elements, expected %" PRId64,
                          container->path, name, s->count, count);
    return GAMLP_OK;
}

gamlp_status gamlp_container_array(const void **data, gamlp_container *container, const char *name,
                                   gamlp_element type, int64_t count) {
    gamlp_section *s;
    *data = NULL;
    gamlp_status status = gamlp_container_expect(&s, container, name, type, count);
    if (status == GAMLP_OK && s) status = gamlp_container_verify(container, s);
    if (status == GAMLP_OK && s) *data = container->map.data + s->offset;
    return status;
}

static bool has(const gamlp_container *c, const char *name) {
    return gamlp_container_find(c, name) != NULL;
}

static gamlp_status check_counts(const gamlp_container *c) {
    const gamlp_container_counts *n = &c->counts;
    gamlp_section *idx = NULL, *ptr = NULL;
    gamlp_status status = GAMLP_OK;
    if (n->nodes < 1 || n->nodes > INT32_MAX || n->edges < 0 || n->edges > INT64_MAX / 2 ||
        n->features < 0 || n->features > INT32_MAX || n->classes < 0 || n->classes > n->nodes ||
        n->stored_edges < 0 || n->self_loops < 0 || n->duplicate_edges < 0 || n->missing_rows < 0 ||
        n->missing_rows > n->nodes)
        return gamlp_fail(GAMLP_E_DATA,
                          "%s: section counts: %" PRId64 " nodes, %" PRId64 " edges, %" PRId64
                          " features, %" PRId64 " classes cannot be",
                          c->path, n->nodes, n->edges, n->features, n->classes);
    GAMLP_TRY(
        gamlp_container_expect(&ptr, c, "graph.ptr", GAMLP_ELEMENT_INT64, c->counts.nodes + 1));
    GAMLP_TRY(
        gamlp_container_expect(&idx, c, "graph.idx", GAMLP_ELEMENT_INT32, 2 * c->counts.edges));
    const gamlp_section *dense = gamlp_container_find(c, "features.dense");
    if (dense && n->feature_entries < 0 &&
        (dense->dims != 2 || dense->shape[0] != n->nodes || dense->shape[1] != n->features))
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA,
                             "%s: section features.dense: its extents are not those of section "
                             "counts",
                             c->path));
    if (!ptr || !idx)
        status =
            gamlp_fail(GAMLP_E_DATA, "%s: no section %s", c->path, ptr ? "graph.idx" : "graph.ptr");
done:
    return status;
}

static gamlp_status read_counts(gamlp_container *c) {
    const void *data;
    int64_t n[GAMLP_CONTAINER_COUNTS];
    gamlp_status status =
        gamlp_container_array(&data, c, "counts", GAMLP_ELEMENT_INT64, GAMLP_CONTAINER_COUNTS);
    if (status != GAMLP_OK) return status;
    if (!data) return bad_header(c, "no section counts");
    memcpy(n, data, sizeof n);
    const gamlp_section *entries = gamlp_container_find(c, "features.idx");
    c->counts = (gamlp_container_counts){.nodes = n[0],
                                         .edges = n[1],
                                         .features = n[2],
                                         .classes = n[3],
                                         .stored_edges = n[4],
                                         .self_loops = n[5],
                                         .duplicate_edges = n[6],
                                         .missing_rows = n[7],
                                         .feature_entries = entries ? entries->count : -1,
                                         .bytes = (int64_t)c->map.size,
                                         .labels = has(c, "label"),
                                         .times = has(c, "time"),
                                         .class_names = has(c, "class.names"),
                                         .split = has(c, "split.train")};
    for (int64_t i = 0; i < c->sections; i++) {
        const char *name = c->section[i].name, *last = strrchr(name, '.');
        c->counts.splits += strncmp(name, "split.", 6) == 0 && name[6] >= '0' && name[6] <= '9' &&
                            strcmp(last, ".train") == 0;
    }
    return check_counts(c);
}

static gamlp_status make(gamlp_container **container, const char *path) {
    gamlp_status status = gamlp_container_order(path);
    if (status == GAMLP_OK) status = gamlp_new(container, 1, sizeof **container, "a container");
    if (status == GAMLP_OK) status = gamlp_strdup(&(*container)->path, path);
    return status;
}

static gamlp_status read_front(gamlp_container *c) {
    gamlp_status status = read_table(c);
    return status == GAMLP_OK ? read_counts(c) : status;
}

gamlp_status gamlp_container_open(gamlp_container **container, const char *path) {
    gamlp_status status = GAMLP_OK;
    *container = NULL;
    GAMLP_TRY(make(container, path));
    GAMLP_TRY(gamlp_map_file(&(*container)->map, path));
    GAMLP_TRY(read_front(*container));
done:
    if (status != GAMLP_OK) {
        gamlp_container_free(*container);
        *container = NULL;
    }
    return status;
}

gamlp_status gamlp_container_parse(gamlp_container **container, const void *data, size_t size,
                                   const char *what) {
    gamlp_status status = GAMLP_OK;
    *container = NULL;
    GAMLP_TRY(make(container, what));
    (*container)->map = (gamlp_map){data, size};
    (*container)->borrowed = true;
    GAMLP_TRY(read_front(*container));
done:
    if (status != GAMLP_OK) {
        gamlp_container_free(*container);
        *container = NULL;
    }
    return status;
}

void gamlp_container_free(gamlp_container *container) {
    if (!container) return;
    if (!container->borrowed) gamlp_map_clear(&container->map);
    gamlp_free(container->section);
    gamlp_free(container->converted);
    gamlp_free(container->path);
    gamlp_free(container);
}

const gamlp_container_counts *gamlp_container_counts_of(const gamlp_container *container) {
    return &container->counts;
}

gamlp_status gamlp_container_passport(char **text, gamlp_container *container) {
    const void *data;
    *text = NULL;
    gamlp_status status =
        gamlp_container_array(&data, container, "passport", GAMLP_ELEMENT_BYTE, -1);
    if (status != GAMLP_OK) return status;
    if (!data) return bad_header(container, "no section passport");
    size_t size = (size_t)gamlp_container_find(container, "passport")->bytes;
    status = gamlp_new_raw(text, (int64_t)size + 1, 1, "a passport");
    if (status != GAMLP_OK) return status;
    memcpy(*text, data, size);
    (*text)[size] = 0;
    return GAMLP_OK;
}

gamlp_status gamlp_dataset_passport(char **text, const char *path) {
    gamlp_container *container;
    *text = NULL;
    gamlp_status status = gamlp_container_open(&container, path);
    if (status != GAMLP_OK) return status;
    status = gamlp_container_passport(text, container);
    gamlp_container_free(container);
    return status;
}

gamlp_status gamlp_container_check(gamlp_container *container) {
    gamlp_status status = GAMLP_OK;
    for (int64_t i = 0; i < container->sections && status == GAMLP_OK; i++)
        status = gamlp_container_verify(container, &container->section[i]);
    return status;
}
