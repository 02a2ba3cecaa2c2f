# SPDX-License-Identifier: GPL-2.0-or-later
# What can be chosen at configure time, and the flags every target gets.

option(GAMLP_TESTS "Build the tests" ON)
option(GAMLP_WERROR "Treat warnings as errors" ON)
option(GAMLP_FUZZ "Build the coverage-guided fuzzers (clang)" OFF)
option(GAMLP_COVERAGE "Measure line coverage (gcc)" OFF)
set(GAMLP_SANITIZE "" CACHE STRING "Sanitizers: a -fsanitize= list, or empty")
set(GAMLP_REAL "float" CACHE STRING "Storage type: float or double")
set_property(CACHE GAMLP_REAL PROPERTY STRINGS float double)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET default)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# Bit-identical arithmetic: no contraction into fused multiply-add, no reassociation.
add_compile_options(-ffp-contract=off -fno-math-errno -fno-trapping-math)
add_compile_options(
  -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith
  -Wcast-qual -Wwrite-strings -Wformat=2 -Wundef -Wvla -Wno-missing-field-initializers)
if(CMAKE_C_COMPILER_ID MATCHES "Clang")
  # "omp simd" permits vectorisation; a build where clang makes no use of it is no mistake.
  add_compile_options(-Wno-pass-failed)
endif()
if(GAMLP_WERROR)
  add_compile_options(-Werror)
endif()
add_compile_definitions(_POSIX_C_SOURCE=200809L)
if(CMAKE_BUILD_TYPE STREQUAL "Release" OR CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  add_compile_options(-O3 -fstack-protector-strong)
  # Sanitizers watch the unchecked functions; the checked ones would hide from them.
  if(NOT GAMLP_SANITIZE)
    add_compile_definitions(_FORTIFY_SOURCE=2)
  endif()
endif()

# Run-time choice of the vector instructions of a kernel (a portable path remains).
set(GAMLP_CLONES ON)
if(GAMLP_SANITIZE OR GAMLP_FUZZ OR GAMLP_COVERAGE OR NOT CMAKE_C_COMPILER_ID STREQUAL "GNU"
   OR NOT CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  set(GAMLP_CLONES OFF)
endif()

if(GAMLP_SANITIZE)
  add_compile_options(-fsanitize=${GAMLP_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    # The null checks of UndefinedBehaviorSanitizer make gcc 12 imagine null destinations.
    add_compile_options(-Wno-format-truncation)
  endif()
  add_link_options(-fsanitize=${GAMLP_SANITIZE})
endif()
if(GAMLP_FUZZ)
  if(NOT GAMLP_SANITIZE)
    add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all)
    add_link_options(-fsanitize=address,undefined)
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(GAMLP_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()
