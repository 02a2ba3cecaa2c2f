# SPDX-License-Identifier: GPL-2.0-or-later
# Installed: headers, both libraries, the program, gamlp.pc and the CMake package.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/gamlp)

set_target_properties(gamlp_shared PROPERTIES EXPORT_NAME gamlp)
set_target_properties(gamlp_static PROPERTIES EXPORT_NAME gamlp_static)
set_target_properties(gamlp PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
install(TARGETS gamlp)
install(TARGETS gamlp_shared EXPORT gamlpTargets)
install(TARGETS gamlp_static EXPORT gamlpStaticTargets)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/lib/include/gamlp TYPE INCLUDE
  FILES_MATCHING PATTERN "*.h")
foreach(set gamlpTargets gamlpStaticTargets)
  install(EXPORT ${set} NAMESPACE gamlp:: DESTINATION ${package_dir})
endforeach()

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/gamlpConfig.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/gamlpConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/gamlpConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/gamlpConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/gamlpConfigVersion.cmake
  ${CMAKE_CURRENT_LIST_DIR}/GamlpLibraries.cmake DESTINATION ${package_dir})

set(GAMLP_PC_CFLAGS)
if(GAMLP_REAL STREQUAL "double")
  set(GAMLP_PC_CFLAGS " -DGAMLP_REAL_IS_DOUBLE")
endif()
set(private)
foreach(prefix ${GAMLP_PKGCONFIG})
  list(APPEND private ${${prefix}_LDFLAGS})
endforeach()
list(APPEND private ${GAMLP_SUITESPARSE} ${OpenMP_C_FLAGS} -lm)
list(JOIN private " " GAMLP_PC_PRIVATE)
file(RELATIVE_PATH GAMLP_PC_PREFIX ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(${CMAKE_CURRENT_LIST_DIR}/gamlp.pc.in gamlp.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/gamlp.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
