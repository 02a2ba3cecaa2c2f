# SPDX-License-Identifier: GPL-2.0-or-later
# The libraries gamlp stands on, as imported targets.  Installed with the CMake package, whose
# static library needs them again.

find_package(PkgConfig REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS C)
pkg_check_modules(OPENBLAS REQUIRED IMPORTED_TARGET openblas)
pkg_check_modules(IGRAPH REQUIRED IMPORTED_TARGET igraph>=0.10)
pkg_check_modules(NETTLE REQUIRED IMPORTED_TARGET nettle)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(ISAL REQUIRED IMPORTED_TARGET libisal)
pkg_check_modules(ZIP REQUIRED IMPORTED_TARGET libzip)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(ZMQ REQUIRED IMPORTED_TARGET libzmq>=4.3)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(LZ4 REQUIRED IMPORTED_TARGET liblz4)
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl>=7.85)
set(GAMLP_PKGCONFIG OPENBLAS IGRAPH NETTLE SODIUM ZIP JANSSON YAML XXHASH ISAL ZMQ ZSTD LZ4 CURL)


# SuiteSparse 5 has no pkg-config files.
find_path(GAMLP_SUITESPARSE_INCLUDE cholmod.h PATH_SUFFIXES suitesparse REQUIRED)
set(GAMLP_SUITESPARSE)
foreach(library cholmod suitesparseconfig)
  find_library(GAMLP_${library}_LIBRARY ${library} REQUIRED)
  list(APPEND GAMLP_SUITESPARSE ${GAMLP_${library}_LIBRARY})
endforeach()

add_library(gamlp_dependencies INTERFACE)
target_link_libraries(gamlp_dependencies INTERFACE OpenMP::OpenMP_C m ${GAMLP_SUITESPARSE})
target_include_directories(gamlp_dependencies SYSTEM INTERFACE ${GAMLP_SUITESPARSE_INCLUDE})

# Third-party headers are not ours to warn about.
foreach(target ${GAMLP_PKGCONFIG})
  get_target_property(dirs PkgConfig::${target} INTERFACE_INCLUDE_DIRECTORIES)
  if(dirs)
    set_target_properties(PkgConfig::${target} PROPERTIES
      INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${dirs}")
  endif()
  target_link_libraries(gamlp_dependencies INTERFACE PkgConfig::${target})
endforeach()
