# SPDX-License-Identifier: MIT
include("${CMAKE_CURRENT_LIST_DIR}/../package/consume.cmake")
set(build "${WORK}/build")
run("${CMAKE_COMMAND}" -S "${SOURCE}" -B "${build}" -G "${GENERATOR}"
    -D NABLA_WITH_ONEDNN=OFF -D NABLA_WITH_GRAPHVIZ=OFF -D CMAKE_BUILD_TYPE=Debug
    -D "CMAKE_CXX_COMPILER=${CXX}" -D "CMAKE_CXX_FLAGS=${CXX_FLAGS}"
    -D "CMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}")
run("${CMAKE_COMMAND}" --build "${build}" --target test_without_onednn)
# Signals disturb the code of oneDNN alone, and unoptimized code for minutes.
run("${build}/test_without_onednn" "--run_test=!*/signals_do_no_harm")
