// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <boost/test/unit_test.hpp>

// For tests of SourceLines. tests/CMakeLists.txt gives debug information to the files that use it.

namespace nabla::test {

/// Skips, as a precondition, what needs lines where nothing reads them.
inline boost::test_tools::assertion_result has_lines(boost::unit_test::test_unit_id) {
#ifdef NABLA_HAS_BACKTRACE
  return true;
#else
  boost::test_tools::assertion_result result(false);
  result.message() << "libbacktrace was not found; GCC has it";
  return result;
#endif
}

/// A line of this file, as snapshots tell it.
inline std::string line_text(const std::string& file, int line) {
  return file + ":" + std::to_string(line);
}

}  // namespace nabla::test
