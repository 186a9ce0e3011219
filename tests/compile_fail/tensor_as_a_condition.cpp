// SPDX-License-Identifier: MIT
// A comparison of tensors has many answers; a condition needs one.
#include <nabla/nabla.hpp>

bool positive(const nabla::Tensor& x) {
#ifdef NABLA_CONTROL
  return x.item() > 0;
#else
  if (x) return true;
  return false;
#endif
}
