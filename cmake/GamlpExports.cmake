# SPDX-License-Identifier: GPL-2.0-or-later
# The shared library exports what the public headers declare, and nothing else: a linker version
# script is written from the declarations, which start in column 0 (clang-format sees to that).

function(gamlp_export_public target)
  file(GLOB headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/lib/include/gamlp/*.h)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${headers})
  set(names)
  foreach(header ${headers})
    file(READ ${header} text)
    # Brackets would keep CMake from splitting lists.
    string(REGEX REPLACE "[][;]" "(" text "${text}")
    string(REGEX MATCHALL "\n[a-z][A-Za-z0-9_ *]*[ *]gamlp_[a-z0-9_]+[(]" found "${text}")
    list(APPEND names ${found})
  endforeach()
  list(FILTER names EXCLUDE REGEX "typedef")
  list(TRANSFORM names REPLACE ".*[ *](gamlp_[a-z0-9_]+).*" "\\1")
  list(REMOVE_DUPLICATES names)
  list(SORT names)
  list(JOIN names ";\n    " lines)
  set(script ${CMAKE_CURRENT_BINARY_DIR}/gamlp.map)
  file(CONFIGURE OUTPUT ${script}
    CONTENT "GAMLP_${PROJECT_VERSION_MAJOR} {\n  global:\n    ${lines};\n  local:\n    *;\n};\n" @ONLY)
  target_link_options(${target} PRIVATE LINKER:--version-script=${script})
  set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${script})
endfunction()
