# SPDX-License-Identifier: MIT
include("${CMAKE_CURRENT_LIST_DIR}/consume.cmake")
set(ENV{PKG_CONFIG_PATH} "${WORK}/prefix/${LIBDIR}/pkgconfig")
execute_process(COMMAND "${PKG_CONFIG}" --cflags --libs nabla RESULT_VARIABLE status
                OUTPUT_VARIABLE flags OUTPUT_STRIP_TRAILING_WHITESPACE)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "pkg-config does not find nabla")
endif()
separate_arguments(flags UNIX_COMMAND "${flags} ${CXX_FLAGS}")
run("${CXX}" -std=c++20 "${CMAKE_CURRENT_LIST_DIR}/consumer/gradient.cpp" ${flags}
    -o "${WORK}/gradient_by_pkg_config")
run("${CMAKE_COMMAND}" -E env "LD_LIBRARY_PATH=${WORK}/prefix/${LIBDIR}"
    "${WORK}/gradient_by_pkg_config")
