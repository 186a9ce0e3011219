// SPDX-License-Identifier: MIT
// First and second derivatives of a templated function `f(const std::vector<T>&)` in two ways that
// share no sweep: by the tape, and by dual numbers in one direction after the other.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include <nabla/engine/functional.hpp>
#include <nabla/ops/ops.hpp>

namespace nabla {

namespace test {

template <class F>
std::vector<double> gradient_by_duals(const F& f, const std::vector<double>& at) {
  std::vector<Dual<double>> x(at.begin(), at.end());
  std::vector<double> gradient;
  for (std::size_t i = 0; i < at.size(); ++i) {
    x[i].set_tangent(0, 1.0);
    gradient.push_back(f(x).tangent());
    x[i].set_tangent(0, 0.0);
  }
  return gradient;
}

/// The Hessian times v: e_i^T H v is what a dual in direction e_i over a dual in direction v gives.
template <class F>
std::vector<double> hvp_by_duals(const F& f, const std::vector<double>& at,
                                 const std::vector<double>& v) {
  using Inner = Dual<double>;
  std::vector<Dual<Inner>> x;
  for (std::size_t i = 0; i < at.size(); ++i) x.emplace_back(Inner(at[i], v[i]));
  std::vector<double> product;
  for (std::size_t i = 0; i < at.size(); ++i) {
    x[i].set_tangent(0, Inner(1.0));
    product.push_back(f(x).tangent().tangent());
    x[i].set_tangent(0, Inner(0.0));
  }
  return product;
}

/// The greatest difference, relative to the greatest number or to `size` if that is more; NaN if
/// there is one.
inline double difference(const std::vector<double>& a, const std::vector<double>& b,
                         double size = std::numeric_limits<double>::min()) {
  double miss = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!std::isfinite(a[i]) || !std::isfinite(b[i])) return NAN;
    miss = std::max(miss, std::abs(a[i] - b[i]));
    size = std::max(size, std::abs(b[i]));
  }
  return miss / size;
}

}  // namespace test
}  // namespace nabla
