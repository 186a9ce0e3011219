# SPDX-License-Identifier: MIT
# The whole library inside another build, unoptimized to save time, on a machine without Graphviz.
include("${CMAKE_CURRENT_LIST_DIR}/consume.cmake")
consume(folder -D "NABLA_FOLDER=${SOURCE}" -D NABLA_WITH_GRAPHVIZ=OFF)
if(has_picture)
  message(FATAL_ERROR "nabla::viz was built without Graphviz")
endif()
