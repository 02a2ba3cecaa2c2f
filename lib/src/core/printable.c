/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/printable.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "gamlp/alloc.h"

enum { LONGEST = 8 }; /* bytes that one byte or character may become, with a NUL */

static bool is_safe(uint32_t c) {
    if (c < 0x20 || (c >= 0x7f && c < 0xa0)) return false;
    if (c >= 0x2028 && c <= 0x202e) return false;
    return !(c >= 0x2066 && c <= 0x2069) && c != 0x200e && c != 0x200f && c != 0x061c;
}

/* Write the first character of `text`; *read bytes of it are done. */
static int write_one(char out[LONGEST], int *read, const char *text) {
    uint32_t c = gamlp_text_code_point(read, text);
    if (*read == 0) {
        *read = 1;
        return snprintf(out, LONGEST, "\\x%02x", (unsigned)(unsigned char)text[0]);
    }
    if (is_safe(c)) {
        memcpy(out, text, (size_t)*read);
        return *read;
    }
    return snprintf(out, LONGEST, c < 0x100 ? "\\x%02x" : "\\u%04x", (unsigned)c);
}

gamlp_status gamlp_printable(char **copy, const char *text) {
    size_t length = 0;
    char one[LONGEST];
    int read;
    *copy = NULL;
    for (const char *t = text; *t; t += read) length += (size_t)write_one(one, &read, t);
    gamlp_status status = gamlp_new_raw(copy, (int64_t)length + 1, 1, "a text");
    if (status != GAMLP_OK) return status;
    char *out = *copy;
    for (const char *t = text; *t; t += read) {
        int size = write_one(one, &read, t);
        memcpy(out, one, (size_t)size);
        out += size;
    }
    *out = 0;
    return GAMLP_OK;
}
