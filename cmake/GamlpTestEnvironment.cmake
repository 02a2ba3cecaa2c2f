# SPDX-License-Identifier: GPL-2.0-or-later
# What every test of a directory runs under in a build with sanitizers.
#
# The OpenMP runtime is not instrumented, so ThreadSanitizer cannot see its barriers.  Archer, the
# tool that LLVM's runtime loads, tells it about them; gcc's runtime has no such tool.

set(environment)
if(GAMLP_SANITIZE MATCHES thread)
  if(NOT CMAKE_C_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "ThreadSanitizer understands OpenMP with clang only: use the preset tsan")
  endif()
  execute_process(COMMAND ${CMAKE_C_COMPILER} -print-resource-dir
    OUTPUT_VARIABLE resources OUTPUT_STRIP_TRAILING_WHITESPACE)
  find_library(GAMLP_ARCHER archer HINTS ${resources}/../..)
  if(NOT GAMLP_ARCHER)
    message(FATAL_ERROR "libarcher.so is missing (Debian: libomp-dev)")
  endif()
  # Without the tool every parallel region looks racy, so its absence cannot pass unseen.
  list(APPEND environment "OMP_TOOL_LIBRARIES=${GAMLP_ARCHER}"
    "TSAN_OPTIONS=ignore_noninstrumented_modules=1:halt_on_error=1:exitcode=66")
endif()
if(GAMLP_SANITIZE MATCHES address)
  list(APPEND environment "ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1")
endif()
if(GAMLP_SANITIZE MATCHES undefined)
  list(APPEND environment "UBSAN_OPTIONS=print_stacktrace=1")
endif()

function(gamlp_test_environment)
  get_property(tests DIRECTORY PROPERTY TESTS)
  foreach(test ${tests})
    set_property(TEST ${test} APPEND PROPERTY ENVIRONMENT ${environment})
  endforeach()
endfunction()
