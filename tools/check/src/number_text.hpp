// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <string>

#include <fmt/core.h>

namespace nabla::check::detail {

/// A number for people by fmt's rules; "nan" also for the NaN that would be printed with a sign.
inline std::string number_text(fmt::format_string<double&> format, double number) {
  return std::isnan(number) ? "nan" : fmt::format(format, number);
}

}  // namespace nabla::check::detail
