// SPDX-License-Identifier: MIT
// A Value does not turn into a number by itself: its history would be lost in silence.
#include <nabla/nabla.hpp>

double number(const nabla::Value& x) {
#ifdef NABLA_CONTROL
  return x.value();
#else
  return x;
#endif
}
