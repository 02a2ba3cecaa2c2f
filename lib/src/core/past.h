/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stores past the caches: what is there keeps its place, and lines that are written need not be
 * read first. */
#ifndef GAMLP_CORE_PAST_H
#define GAMLP_CORE_PAST_H

#include <stddef.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "core/hot.h"

/* `bytes`, a multiple of 64, to an address that is one; from any. */
GAMLP_HOT_PART void gamlp_past_store(void *to, const void *from, size_t bytes) {
#ifdef __SSE2__
    for (size_t k = 0; k < bytes / sizeof(__m128i); k++)
        _mm_stream_si128((__m128i *)to + k, _mm_loadu_si128((const __m128i *)from + k));
#else
    memcpy(to, from, bytes);
#endif
}

/* After the last of a thread's stores, before others read what it stored. */
GAMLP_HOT_PART void gamlp_past_end(void) {
#ifdef __SSE2__
    _mm_sfence();
#endif
}

#endif
