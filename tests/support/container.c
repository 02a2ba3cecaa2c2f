/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "container.h"

#include <string.h>

#include "core/checksum.h"

enum { HEADER = 64, ENTRY = 96 };

static uint64_t number(const unsigned char *bytes, size_t size) {
    uint64_t value = 0;
    memcpy(&value, bytes, size);
    return value;
}

static void set_number(unsigned char *bytes, uint64_t value) {
    memcpy(bytes, &value, sizeof value);
}

void container_repair(unsigned char *data, size_t size) {
    if (size < HEADER) return;
    uint64_t sections = number(data + 12, 4), table = number(data + 16, 8);
    set_number(data + 24, size);
    if (table <= size && sections <= (size - table) / ENTRY) {
        for (uint64_t i = 0; i < sections; i++) {
            unsigned char *entry = data + table + i * ENTRY;
            uint64_t offset = number(entry + 56, 8), bytes = number(entry + 64, 8);
            if (offset <= size && bytes <= size - offset)
                set_number(entry + 72, gamlp_checksum_of(data + offset, bytes));
        }
        set_number(data + 32, gamlp_checksum_of(data + table, sections * ENTRY));
    }
    set_number(data + 56, gamlp_checksum_of(data, 56));
}

unsigned char *container_entry(unsigned char *data, const char *name) {
    uint64_t sections = number(data + 12, 4), table = number(data + 16, 8);
    for (uint64_t i = 0; i < sections; i++)
        if (strcmp((const char *)data + table + i * ENTRY, name) == 0)
            return data + table + i * ENTRY;
    return NULL;
}

unsigned char *container_bytes(unsigned char *data, const char *name) {
    const unsigned char *entry = container_entry(data, name);
    return entry ? data + number(entry + 56, 8) : NULL;
}
