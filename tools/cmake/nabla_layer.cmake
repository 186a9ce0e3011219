# SPDX-License-Identifier: MIT
# nabla_layer() is the only way to make a library here: it fixes the folder shape, the names, the
# include path and the rule that a layer uses only layers that already exist.
include_guard(GLOBAL)
include(GNUInstallDirs)

# Gives a target the language level and the warnings of the project. Two are off in GCC 12, where they
# are false: overlapping copies in every "literal" + std::string (its bug 105651), and, with
# sanitizers, uninitialized parts of its own std::regex.
function(nabla_house_rules target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wconversion -Wshadow
                                           $<$<BOOL:${NABLA_WERROR}>:-Werror>)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(${target} PRIVATE -Wno-restrict)
    if(CMAKE_CXX_FLAGS MATCHES "-fsanitize")
      target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized)
    endif()
  endif()
endfunction()

# nabla_layer(NAME <name> [USES <layer>...] [PRIVATE_LIBS <target>...] [SOURCES <file>...]
#             [HEADERS_BASE <folder>] [COMPONENT <component>])
#
# Makes nabla_<name>, alias nabla::<name>, from src/*.cpp and include/nabla/**/*.hpp of the current
# folder. SOURCES adds generated sources, HEADERS_BASE a folder of generated public headers.
# COMPONENT is the component of find_package(nabla) that the layer is installed with.
function(nabla_layer)
  cmake_parse_arguments(PARSE_ARGV 0 layer "" "NAME;HEADERS_BASE;COMPONENT"
                        "USES;PRIVATE_LIBS;SOURCES")
  if(layer_UNPARSED_ARGUMENTS OR NOT layer_NAME)
    message(FATAL_ERROR "nabla_layer: bad arguments: ${ARGN}")
  endif()
  if(NOT layer_COMPONENT)
    set(layer_COMPONENT nabla)
  endif()

  set(base "${CMAKE_CURRENT_SOURCE_DIR}/include")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/src/*.cpp")
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS "${base}/nabla/*.hpp")
  if(NOT sources AND NOT headers)
    message(FATAL_ERROR "nabla::${layer_NAME} has no files in ${CMAKE_CURRENT_SOURCE_DIR}")
  endif()
  if(layer_HEADERS_BASE)
    file(GLOB_RECURSE generated_headers "${layer_HEADERS_BASE}/nabla/*.hpp")
  endif()

  set(target nabla_${layer_NAME})
  add_library(${target} ${sources} ${layer_SOURCES})
  add_library(nabla::${layer_NAME} ALIAS ${target})
  target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS "${base}" ${layer_HEADERS_BASE}
                                  FILES ${headers} ${generated_headers})
  target_include_directories(${target} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/src")
  target_compile_definitions(${target} PUBLIC $<$<BOOL:${NABLA_ASSERTIONS}>:NABLA_ASSERTIONS>)
  nabla_house_rules(${target})
  nabla_layer_visibility(${target})

  foreach(used IN LISTS layer_USES)
    if(NOT TARGET nabla::${used})
      message(FATAL_ERROR "nabla::${layer_NAME} uses nabla::${used}, which does not exist: "
                          "a layer uses only layers that the root CMakeLists.txt adds before it")
    endif()
    target_link_libraries(${target} PUBLIC nabla::${used})
  endforeach()
  target_link_libraries(${target} PRIVATE ${layer_PRIVATE_LIBS})

  set_target_properties(${target} PROPERTIES
    EXPORT_NAME ${layer_NAME} LINKER_LANGUAGE CXX
    VERSION ${nabla_VERSION} SOVERSION ${nabla_VERSION_MAJOR}.${nabla_VERSION_MINOR}
    INSTALL_RPATH "$ORIGIN")
  install(TARGETS ${target} EXPORT nabla-${layer_COMPONENT}
          ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
          LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
          FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  set_property(GLOBAL APPEND PROPERTY NABLA_COMPONENTS ${layer_COMPONENT})
endfunction()

# An archive hides its symbols, so that two libraries that contain nabla do not meet at run time.
# A shared build exports all of them, and a symbol of a layer that is not linked is an error: that
# is how a use of a higher layer shows up, which an archive would leave to the final program.
function(nabla_layer_visibility target)
  if(BUILD_SHARED_LIBS)
    target_link_options(${target} PRIVATE LINKER:-z,defs)
  else()
    set_target_properties(${target} PROPERTIES CXX_VISIBILITY_PRESET hidden)
  endif()
endfunction()
