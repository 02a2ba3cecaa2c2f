/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Header, table and sections of a container; docs/formats.md has the layout.
 *
 *   0  8  89 67 61 6d 6c 70 0d 0a ("\x89gamlp\r\n")
 *   8  4  version, 1                    12  4  number of sections S
 *  16  8  offset of the table           24  8  bytes of the file
 *  32  8  XXH3-64 of the table          40 16  zeros
 *  56  8  XXH3-64 of the bytes 0 to 55
 *
 * and S entries in the table:
 *
 *   0 32  name, with NULs behind        32  4  type     36  4  extents, 1 or 2
 *  40 16  extents (1 for one not there) 56  8  offset   64  8  bytes
 *  72  8  XXH3-64 of the bytes          80 16  zeros */
#ifndef GAMLP_DATASET_CONTAINER_H
#define GAMLP_DATASET_CONTAINER_H

#include <stdbool.h>

#include "core/checksum.h"
#include "core/file.h"
#include "core/map.h"
#include "gamlp/container.h"

enum {
    GAMLP_CONTAINER_VERSION = 1,
    GAMLP_CONTAINER_HEADER = 64,
    GAMLP_CONTAINER_ENTRY = 96,
    GAMLP_CONTAINER_ALIGN = 64,
    GAMLP_CONTAINER_NAME = 32,
    GAMLP_CONTAINER_MOST = 1 << 12, /* sections */
    GAMLP_CONTAINER_COUNTS = 8      /* numbers in the section counts */
};

#define GAMLP_CONTAINER_MAGIC "\x89gamlp\r\n"

typedef enum gamlp_element {
    GAMLP_ELEMENT_INT32 = 1,
    GAMLP_ELEMENT_INT64,
    GAMLP_ELEMENT_FLOAT32,
    GAMLP_ELEMENT_FLOAT64,
    GAMLP_ELEMENT_BYTE
} gamlp_element;

typedef struct gamlp_section {
    char name[GAMLP_CONTAINER_NAME];
    gamlp_element type;
    int64_t dims, shape[2], count; /* count: elements, the product of the shape */
    int64_t offset, bytes;
    uint64_t checksum;
    bool verified; /* the checksum was found right since the file was opened */
} gamlp_section;

struct gamlp_container {
    gamlp_map map;
    bool borrowed; /* the bytes belong to another */
    char *path;
    int64_t sections;
    gamlp_section *section;
    gamlp_container_counts counts;
    gamlp_real *converted; /* values that are not in the file as they are needed, or NULL; owned */
};

/* Bytes of an element; 0 for a type that is not known. */
int64_t gamlp_element_size(gamlp_element type);

/* This machine stores numbers as containers do; else GAMLP_E_INTERNAL. */
gamlp_status gamlp_container_order(const char *path);

/* As gamlp_container_open() from `size` bytes aligned to 8, which must outlive the container. */
gamlp_status gamlp_container_parse(gamlp_container **container, const void *data, size_t size,
                                   const char *what);

/* The section of that name, or NULL. */
gamlp_section *gamlp_container_find(const gamlp_container *container, const char *name);

/* Its elements, after their checksum was compared; NULL when there is no such section.  Another
 * type (0: any) or another number of elements (-1: any) than expected is GAMLP_E_DATA. */
gamlp_status gamlp_container_array(const void **data, gamlp_container *container, const char *name,
                                   gamlp_element type, int64_t count);

/* As gamlp_container_array() without looking at the elements. */
gamlp_status gamlp_container_expect(gamlp_section **section, const gamlp_container *container,
                                    const char *name, gamlp_element type, int64_t count);

/* GAMLP_E_DATA unless the bytes of the section have its checksum. */
gamlp_status gamlp_container_verify(const gamlp_container *container, gamlp_section *section);

/* Name and fingerprint, from the passport. */
gamlp_status gamlp_container_identity(char name[GAMLP_NAME_MAX], char fingerprint[GAMLP_HASH_TEXT],
                                      gamlp_container *container);

/* Fill a zeroed data set with views of the container, which it then owns, also on failure. */
gamlp_status gamlp_container_dataset(gamlp_dataset *dataset, gamlp_container *container);

/* A container that is being written, section after section. */
typedef struct gamlp_container_writer {
    gamlp_output output;
    int64_t at; /* bytes written */
    int64_t sections;
    gamlp_section *section;
    gamlp_checksum checksum;
} gamlp_container_writer;

/* Every call but create() may follow a failed write, which commit() reports. */
gamlp_status gamlp_container_create(gamlp_container_writer *writer, const char *path);
/* A section of elements of `type`, whose number is what will be appended; cols >= 0: they are rows
 * of so many. */
gamlp_status gamlp_container_begin(gamlp_container_writer *writer, const char *name,
                                   gamlp_element type, int64_t cols);
void gamlp_container_append(gamlp_container_writer *writer, const void *data, int64_t count);
void gamlp_container_end(gamlp_container_writer *writer);
/* Section counts, table and header; sync and rename.  Always clears. */
gamlp_status gamlp_container_commit(gamlp_container_writer *writer);
void gamlp_container_abandon(gamlp_container_writer *writer);

/* The parts of gamlp_container_write(). */
gamlp_status gamlp_container_put(gamlp_container_writer *writer, const char *name,
                                 gamlp_element type, const void *data, int64_t count);
/* Sections counts, features, label, time, class.names and split, of a data set. */
gamlp_status gamlp_container_put_rest(gamlp_container_writer *writer, const gamlp_dataset *dataset);
/* Section passport. */
gamlp_status gamlp_container_put_passport(gamlp_container_writer *writer,
                                          const gamlp_dataset *dataset);

#endif
