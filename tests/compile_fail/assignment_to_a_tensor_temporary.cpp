// SPDX-License-Identifier: MIT
// x[0] is a new handle: assigning to it would change nothing in x.
#include <nabla/nabla.hpp>

void write(nabla::Tensor& x, const nabla::Tensor& y) {
#ifdef NABLA_CONTROL
  nabla::Tensor row = x[0];
  row = y;
#else
  x[0] = y;
#endif
}
