# SPDX-License-Identifier: GPL-2.0-or-later
# GAMLP_PYTHON: a python3 (style tests); GAMLP_NUMPY_PYTHON: one that can import numpy, or empty.
# The system's comes first: its numpy is the packaged one, whatever else is on PATH.

find_program(GAMLP_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(GAMLP_PYTHON python3 REQUIRED)

if(NOT DEFINED GAMLP_NUMPY_PYTHON)
  set(found "")
  find_program(other_python python3)
  foreach(python ${GAMLP_PYTHON} ${other_python})
    execute_process(COMMAND ${python} -c "import numpy" RESULT_VARIABLE failed
      OUTPUT_QUIET ERROR_QUIET)
    if(NOT failed AND NOT found)
      set(found ${python})
    endif()
  endforeach()
  set(GAMLP_NUMPY_PYTHON "${found}" CACHE FILEPATH "A python3 that has numpy; empty: skip")
endif()
