# SPDX-License-Identifier: MIT
# Reads the JUnit file of ctest and prints "P passed, F failed, S skipped", and above it each reason that
# programs give for skipping cases, in lines "skipped: ...". A program that ends with
# a line "test cases: ..." counts as its cases, any other as one; a program that failed without a
# failed case (it crashed, or leaked, or ran out of time) counts as one failure more.
function finish() {
  if (state == "") return
  if (counted == 0 && state == "run") passed++
  if (state == "fail" && case_failed == 0) failed++
  if (state == "notrun" || state == "disabled") skipped++
  state = ""
}
/^[ \t]*<testcase name=/ {
  finish()
  match($0, /status="[a-z]*"/)
  state = substr($0, RSTART + 8, RLENGTH - 9)
  counted = case_failed = 0
}
/^[ \t]*(<system-out>)?test cases: [0-9]+ passed, [0-9]+ failed, [0-9]+ skipped/ {
  counted = 1
  case_failed = $5
  passed += $3
  failed += $5
  skipped += $7
}
/^[ \t]*(<system-out>)?skipped: / {
  sub(/^[ \t]*(<system-out>)?/, "")
  if (!told[$0]++) print
}
END {
  finish()
  printf "%d passed, %d failed", passed, failed
  if (skipped) printf ", %d skipped", skipped
  printf "\n"
}
