# SPDX-License-Identifier: MIT
# Where no browser is found, the program of its tests says so in a line that count_tests.awk shows.
execute_process(COMMAND ${CMAKE_COMMAND} -E env PATH=/nowhere "${PROGRAM}" --run_test=browser
                OUTPUT_VARIABLE told ERROR_VARIABLE noise RESULT_VARIABLE status)
if(NOT status EQUAL 0 OR NOT "\n${told}" MATCHES "\nskipped: [^\n]*chromium was not found")
  message(FATAL_ERROR "got ${status} and ${told}")
endif()
