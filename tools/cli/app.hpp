// SPDX-License-Identifier: MIT
#pragma once

namespace nabla::cli {

/// The program: understands the command line, runs the command and turns failures into one line on
/// standard error. Never throws.
/// Returns   0 done, 1 the answer is no, 2 usage or bad input, 3 inconclusive
int run_app(int argc, const char* const* argv);

}  // namespace nabla::cli
