# SPDX-License-Identifier: MIT
execute_process(COMMAND awk -f "${ROOT}/tools/cmake/count_tests.awk" "${CMAKE_CURRENT_LIST_DIR}/results.xml"
                OUTPUT_VARIABLE told RESULT_VARIABLE status)
# 10 + 3 cases and the plain program passed; 2 cases, a plain program, one that leaked after its
# cases and one that crashed before its line failed; a case and a program were skipped, and
# two programs said why.
set(expected "skipped: precondition failed: chromium was not found\n14 passed, 5 failed, 2 skipped\n")
if(NOT status EQUAL 0 OR NOT told STREQUAL expected)
  message(FATAL_ERROR "got ${told}need ${expected}")
endif()
