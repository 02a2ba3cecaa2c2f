/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gzip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "check.h"

void *gzip_member(size_t *length, const void *data, size_t size) {
    z_stream z = {0};
    if (deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) fail_msg("zlib");
    size_t room = deflateBound(&z, size) + 32;
    unsigned char *out = malloc(room);
    if (!out) fail_msg("no memory");
    z.next_in = (Bytef *)(uintptr_t)data;
    z.avail_in = (uInt)size;
    z.next_out = out;
    z.avail_out = (uInt)room;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END) fail_msg("zlib");
    *length = z.total_out;
    deflateEnd(&z);
    return out;
}

const char *put_file(const char *folder, const char *name, const void *data, size_t size) {
    static char paths[4][512];
    static int next;
    char *path = paths[next++ % 4];
    size_t length = size, n = strlen(name);
    void *packed =
        n > 3 && strcmp(name + n - 3, ".gz") == 0 ? gzip_member(&length, data, size) : NULL;
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    if (!file) fail_msg("%s: cannot be written", path);
    assert_int_equal(fwrite(packed ? packed : data, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    free(packed);
    return path;
}

const char *put_text_file(const char *folder, const char *name, const char *text) {
    return put_file(folder, name, text, strlen(text));
}
