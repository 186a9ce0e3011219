// SPDX-License-Identifier: MIT
// A sweep runs the lambda again, when what it refers to may be gone or have another value.
#include <nabla/nabla.hpp>

nabla::Tensor scaled(const nabla::Tensor& x, double factor) {
#ifdef NABLA_CONTROL
  return nabla::map([factor](auto a) { return a * factor; }, x);
#else
  return nabla::map([&](auto a) { return a * factor; }, x);
#endif
}
