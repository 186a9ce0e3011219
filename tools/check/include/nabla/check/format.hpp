// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include <fmt/format.h>

#include <nabla/check/check_op.hpp>
#include <nabla/check/report.hpp>

// Reports in fmt::format and fmt::print, as to_string gives them. Optional: nothing else includes
// this header, and who includes it links fmt.
//
//   fmt::print("{}", check::gradcheck(f, at));

template <>
struct fmt::formatter<nabla::check::Report> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const nabla::check::Report& report, Context& context) const {
    return fmt::formatter<std::string_view>::format(to_string(report), context);
  }
};

template <>
struct fmt::formatter<nabla::check::OpReport> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const nabla::check::OpReport& report, Context& context) const {
    return fmt::formatter<std::string_view>::format(to_string(report), context);
  }
};
