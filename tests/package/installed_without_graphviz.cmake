# SPDX-License-Identifier: MIT
# The prefix holds nabla::viz, the machine has no cgraph: the package loads without it.
include("${CMAKE_CURRENT_LIST_DIR}/consume.cmake")
consume(installed_without_graphviz -D "CMAKE_PREFIX_PATH=${WORK}/prefix"
        -D CMAKE_DISABLE_FIND_PACKAGE_PkgConfig=TRUE)
