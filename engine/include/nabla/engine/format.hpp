// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include <fmt/format.h>

#include <nabla/engine/tensor.hpp>
#include <nabla/engine/value.hpp>

// Values and tensors in fmt::format and fmt::print. Optional: nothing else includes this header,
// and who includes it links fmt.
//
//   fmt::print("{:.3f} {}\n", y, w);   // a Value takes the format of its number, a Tensor none

template <class T>
struct fmt::formatter<nabla::basic_value<T>> : fmt::formatter<T> {
  template <class Context>
  auto format(const nabla::basic_value<T>& x, Context& context) const {
    return fmt::formatter<T>::format(x.value(), context);
  }
};

template <>
struct fmt::formatter<nabla::Tensor> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const nabla::Tensor& x, Context& context) const {
    return fmt::formatter<std::string_view>::format(nabla::to_string(x), context);
  }
};
