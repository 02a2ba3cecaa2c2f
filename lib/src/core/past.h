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

#if defined(__SSE2__) && defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define GAMLP_PAST_VECTORS
#endif
#endif

/* A vector of 64 bytes, which need not go by memory, to an address that is a multiple of 64. */
typedef float gamlp_past_vector __attribute__((vector_size(64)));
GAMLP_HOT_PART void gamlp_past_store_vector(void *to, const gamlp_past_vector *from) {
#ifdef GAMLP_PAST_VECTORS
    const gamlp_past_vector v = *from;
    float *at = to;
    _mm_stream_ps(at, __builtin_shufflevector(v, v, 0, 1, 2, 3));
    _mm_stream_ps(at + 4, __builtin_shufflevector(v, v, 4, 5, 6, 7));
    _mm_stream_ps(at + 8, __builtin_shufflevector(v, v, 8, 9, 10, 11));
    _mm_stream_ps(at + 12, __builtin_shufflevector(v, v, 12, 13, 14, 15));
#else
    gamlp_past_store(to, from, sizeof *from);
#endif
}

/* After the last of a thread's stores, before others read what it stored. */
GAMLP_HOT_PART void gamlp_past_end(void) {
#ifdef __SSE2__
    _mm_sfence();
#endif
}

#endif
