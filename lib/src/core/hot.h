/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GAMLP_HOT marks a kernel that is compiled for several vector widths and
 * chosen when the program starts.  Such a kernel works on a range; it is
 * called from gamlp_parallel(), since the compiler does not clone the bodies
 * of OpenMP regions.  Widths never change the bits: sums use fixed lanes and
 * products are not contracted. */
#ifndef GAMLP_CORE_HOT_H
#define GAMLP_CORE_HOT_H

#if defined(GAMLP_CLONES)
#define GAMLP_HOT __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define GAMLP_HOT
#endif

/* A part of a hot kernel, which is to be compiled for its width too: never a call. */
#if defined(__GNUC__)
#define GAMLP_HOT_PART static inline __attribute__((always_inline))
#else
#define GAMLP_HOT_PART static inline
#endif

/* Before a loop of a header whose steps do not depend on each other, but for a maximum. */
#if defined(_OPENMP)
#define GAMLP_PRAGMA(text)   _Pragma(#text)
#define GAMLP_SIMD           GAMLP_PRAGMA(omp simd)
#define GAMLP_SIMD_MAX(most) GAMLP_PRAGMA(omp simd reduction(max : most))
#else
#define GAMLP_SIMD
#define GAMLP_SIMD_MAX(most)
#endif

#endif
