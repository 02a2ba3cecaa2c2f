/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that the tests write, compressed by zlib. */
#ifndef GAMLP_TEST_GZIP_H
#define GAMLP_TEST_GZIP_H

#include <stddef.h>

/* FOLDER/NAME with these bytes, compressed when NAME ends in ".gz".  The path, which lives until
 * the fourth call from now. */
const char *put_file(const char *folder, const char *name, const void *data, size_t size);
const char *put_text_file(const char *folder, const char *name, const char *text);

/* One gzip member of `size` bytes, malloc'ed; *length is its size. */
void *gzip_member(size_t *length, const void *data, size_t size);

#endif
