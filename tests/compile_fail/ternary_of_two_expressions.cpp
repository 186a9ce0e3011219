// SPDX-License-Identifier: MIT
// The two branches of ?: are expressions of different types; their common type is Value, by name.
#include <nabla/nabla.hpp>

nabla::Value choose(bool first, const nabla::Value& a, const nabla::Value& b) {
#ifdef NABLA_CONTROL
  return first ? nabla::Value(a + b) : nabla::Value(a * b);
#else
  return first ? a + b : a * b;
#endif
}
