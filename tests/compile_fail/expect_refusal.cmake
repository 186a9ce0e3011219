# SPDX-License-Identifier: MIT
list(TRANSFORM INCLUDES PREPEND "-I")
set(compile "${COMPILER}" -std=c++20 -fsyntax-only ${INCLUDES} "${SOURCE}")

execute_process(COMMAND ${compile} -DNABLA_CONTROL RESULT_VARIABLE status ERROR_VARIABLE errors)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "the correct variant of ${SOURCE} does not compile:\n${errors}")
endif()

execute_process(COMMAND ${compile} RESULT_VARIABLE status ERROR_QUIET)
if(status EQUAL 0)
  message(FATAL_ERROR "${SOURCE} compiles")
endif()
