# SPDX-License-Identifier: MIT
include("${CMAKE_CURRENT_LIST_DIR}/consume.cmake")
set(components "nabla check")
if(VIZ)
  string(APPEND components " viz")
endif()
consume(installed -D "CMAKE_PREFIX_PATH=${WORK}/prefix" -D "NABLA_COMPONENTS=${components}"
        -D "NABLA_EXPECT_VIZ=${VIZ}")
