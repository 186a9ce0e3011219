// SPDX-License-Identifier: MIT
#include <stdexcept>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>

namespace nabla::detail {

void assertion_failed(const char* condition, const char* file, int line) {
  throw std::logic_error(
      fmt::format("nabla: assertion failed: {} at {}:{}", condition, file, line));
}

}  // namespace nabla::detail
