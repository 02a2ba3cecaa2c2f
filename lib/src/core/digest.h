/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256 of a file of any size. */
#ifndef GAMLP_CORE_DIGEST_H
#define GAMLP_CORE_DIGEST_H

#include "core/hash.h"
#include "gamlp/status.h"

/* Read a regular file in blocks.  GAMLP_E_NOINPUT / _IO name the path. */
gamlp_status gamlp_file_digest(char hex[GAMLP_HASH_HEX], int64_t *bytes, const char *path);

#endif
