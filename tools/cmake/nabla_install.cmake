# SPDX-License-Identifier: MIT
# What find_package(nabla) and pkg-config need. Components: nabla, check, viz.
include(CMakePackageConfigHelpers)
set(package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/nabla")

get_property(components GLOBAL PROPERTY NABLA_COMPONENTS)
list(REMOVE_DUPLICATES components)
foreach(component IN LISTS components)
  install(EXPORT nabla-${component} NAMESPACE nabla:: DESTINATION "${package_folder}")
endforeach()

configure_package_config_file("${PROJECT_SOURCE_DIR}/tools/cmake/nablaConfig.cmake.in"
                              "${PROJECT_BINARY_DIR}/nablaConfig.cmake"
                              INSTALL_DESTINATION "${package_folder}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/nablaConfigVersion.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/nablaConfig.cmake"
              "${PROJECT_BINARY_DIR}/nablaConfigVersion.cmake" DESTINATION "${package_folder}")

# An archive carries its dependencies to the final link, a shared library has them inside.
set(pkgconfig_requires "fmt")
if(TARGET ZLIB::ZLIB)
  string(APPEND pkgconfig_requires ", zlib")
endif()
get_property(pkgconfig_libraries GLOBAL PROPERTY NABLA_LINK_FLAGS)
list(JOIN pkgconfig_libraries " " pkgconfig_libraries)
set(pkgconfig_requires_key "Requires")
if(BUILD_SHARED_LIBS)
  set(pkgconfig_requires_key "Requires.private")
  set(pkgconfig_libraries "")
endif()
file(RELATIVE_PATH pkgconfig_to_prefix "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
configure_file("${PROJECT_SOURCE_DIR}/tools/cmake/nabla.pc.in" "${PROJECT_BINARY_DIR}/nabla.pc"
               @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/nabla.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
