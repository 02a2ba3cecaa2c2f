# SPDX-License-Identifier: GPL-2.0-or-later
# Text files as a C table of {name, text}.
#
# Included, it gives gamlp_embed(OUTPUT FILE...), which makes OUTPUT at build
# time; run as a script (-DOUTPUT= -DINPUTS=), it writes the table.

if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(GAMLP_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
  function(gamlp_embed output)
    string(REPLACE ";" "|" inputs "${ARGN}")
    add_custom_command(OUTPUT ${output}
      COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} "-DINPUTS=${inputs}" -P ${GAMLP_EMBED_SCRIPT}
      DEPENDS ${ARGN} ${GAMLP_EMBED_SCRIPT} VERBATIM)
  endfunction()
  return()
endif()

set(texts "")
set(table "")
set(number 0)
string(REPLACE "|" ";" inputs "${INPUTS}")
foreach(input ${inputs})
  get_filename_component(name ${input} NAME_WE)
  file(READ ${input} bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  string(REGEX REPLACE "(................................................................................)"
    "\\1\n" bytes "${bytes}")
  string(APPEND texts "static const char text_${number}[] = {\n${bytes}0};\n")
  string(APPEND table "    {\"${name}\", text_${number}},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE ${OUTPUT} "/* Made by cmake/Embed.cmake. */
#include \"dataset/embed.h\"

${texts}
const gamlp_embed gamlp_embed_table[] = {
${table}    {0, 0}};
")
