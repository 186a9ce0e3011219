// SPDX-License-Identifier: MIT
// grad() leaves .grad alone, so its result is all it does; dropping that is a mistake.
#include <nabla/nabla.hpp>

#pragma GCC diagnostic error "-Wunused-result"

void sweep(const nabla::Tensor& y, const nabla::Tensor& x) {
#ifdef NABLA_CONTROL
  const auto gradients = nabla::grad(y, nabla::wrt(x));
  (void)gradients;
#else
  nabla::grad(y, nabla::wrt(x));
#endif
}
