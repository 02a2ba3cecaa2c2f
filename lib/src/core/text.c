/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gamlp/alloc.h"

enum { COMPARED = 63 };

gamlp_status gamlp_text_format(char **text, const char *format, ...) {
    *text = NULL;
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, arguments);
    gamlp_status status = gamlp_new_raw(text, (int64_t)size + 1, 1, "a text");
    if (status == GAMLP_OK) vsnprintf(*text, (size_t)size + 1, format, again);
    va_end(again);
    va_end(arguments);
    return status;
}

bool gamlp_text_ends_with(const char *text, const char *ending) {
    size_t size = strlen(text), tail = strlen(ending);
    return size >= tail && strcmp(text + size - tail, ending) == 0;
}

uint32_t gamlp_text_code_point(int *bytes, const char *text) {
    static const uint32_t smallest[] = {0, 1, 0x80, 0x800, 0x10000};
    const unsigned char *c = (const unsigned char *)text;
    int size = c[0] == 0 ? 0 : c[0] < 0x80 ? 1 : c[0] < 0xc0 ? 0 : c[0] < 0xe0 ? 2 : 3;
    if (c[0] >= 0xf0) size = c[0] < 0xf8 ? 4 : 0;
    uint32_t code = size == 1 ? c[0] : c[0] & (0x7fu >> size);
    *bytes = 0;
    for (int i = 1; i < size; i++) {
        if ((c[i] & 0xc0) != 0x80) return 0;
        code = code << 6 | (c[i] & 0x3fu);
    }
    if (size == 0 || code < smallest[size] || code > 0x10ffff || (code >> 11) == 0x1b) return 0;
    *bytes = size;
    return code;
}

int64_t gamlp_text_bad_byte(const char *text) {
    const char *p = text;
    for (int bytes = 1; bytes > 0; p += bytes) gamlp_text_code_point(&bytes, p);
    return *p ? p - text : -1;
}

static int least(int a, int b) {
    return a < b ? a : b;
}

/* d(i, j) = distance of the first i characters of a and the first j of b
 * (optimal string alignment); three rows of the table are alive. */
int64_t gamlp_text_distance(const char *a, const char *b) {
    int row[3][COMPARED + 1];
    int m = (int)strnlen(a, COMPARED), n = (int)strnlen(b, COMPARED);
    for (int j = 0; j <= n; j++) row[0][j] = j;
    for (int i = 1; i <= m; i++) {
        int *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];
        now[0] = i;
        for (int j = 1; j <= n; j++) {
            int edit = last[j - 1] + (a[i - 1] != b[j - 1]);
            now[j] = least(edit, 1 + least(last[j], now[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], before[j - 2] + 1);
        }
    }
    return row[m % 3][n];
}

/* The first name of which three letters or more are given, e.g. iterations for iter. */
static const char *completed(gamlp_text_list list, const void *context, const char *name) {
    enum { LEAST = 3 };
    size_t length = strlen(name);
    const char *candidate;
    for (int64_t i = 0; length >= LEAST && (candidate = list(context, i)) != NULL; i++)
        if (strncmp(candidate, name, length) == 0) return candidate;
    return NULL;
}

const char *gamlp_text_nearest(gamlp_text_list list, const void *context, const char *name) {
    int64_t limit = (int64_t)strnlen(name, COMPARED) / 3;
    if (limit < 2) limit = 2;
    const char *nearest = completed(list, context, name), *candidate;
    if (nearest) return nearest;
    for (int64_t i = 0; (candidate = list(context, i)) != NULL; i++) {
        int64_t distance = gamlp_text_distance(name, candidate);
        if (distance > limit) continue;
        limit = distance - 1;
        nearest = candidate;
    }
    return nearest;
}
