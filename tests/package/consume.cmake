# SPDX-License-Identifier: MIT
# run(<command>...): fails with the command's output unless it succeeds.
function(run)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY "${WORK}" RESULT_VARIABLE status
                  OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    string(REPLACE ";" " " command "${ARGN}")
    message(FATAL_ERROR "${command}\n${output}")
  endif()
endfunction()

# consume(<folder> <cache entry>...): configures and builds the stranger's project, runs its
# programs, and sets `has_picture` in the caller.
function(consume folder)
  set(build "${WORK}/${folder}")
  file(REMOVE_RECURSE "${build}")
  run("${CMAKE_COMMAND}" -S "${CMAKE_CURRENT_LIST_DIR}/consumer" -B "${build}" -G "${GENERATOR}"
      -D "CMAKE_CXX_COMPILER=${CXX}" -D "CMAKE_CXX_FLAGS=${CXX_FLAGS}"
      -D "CMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}" ${ARGN})
  run("${CMAKE_COMMAND}" --build "${build}" --target gradient verified)
  run("${build}/gradient")
  run("${build}/verified")
  execute_process(COMMAND "${CMAKE_COMMAND}" --build "${build}" --target help
                  OUTPUT_VARIABLE targets)
  set(has_picture FALSE)
  if(targets MATCHES "picture")
    run("${CMAKE_COMMAND}" --build "${build}" --target picture)
    run("${build}/picture")
    set(has_picture TRUE)
  endif()
  set(has_picture ${has_picture} PARENT_SCOPE)
endfunction()
