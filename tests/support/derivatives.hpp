// SPDX-License-Identifier: MIT
// First and second derivatives of a templated function `f(const std::vector<T>&)` in ways that share
// no sweep: by a tape, by a tape on a tape, and by dual numbers in one direction after the other.
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

template <class F, class T>
std::vector<T> gradient_by_duals(const F& f, const std::vector<T>& at) {
  std::vector<Dual<T>> x(at.begin(), at.end());
  std::vector<T> gradient;
  for (std::size_t i = 0; i < at.size(); ++i) {
    x[i].set_tangent(0, T(1));
    gradient.push_back(f(x).tangent());
    x[i].set_tangent(0, T(0));
  }
  return gradient;
}

/// The Hessian times v: e_i^T H v is what a dual in direction e_i over a dual in direction v gives.
template <class F, class T>
std::vector<T> hvp_by_duals(const F& f, const std::vector<T>& at, const std::vector<T>& v) {
  using Inner = Dual<T>;
  std::vector<Dual<Inner>> x;
  for (std::size_t i = 0; i < at.size(); ++i) x.emplace_back(Inner(at[i], v[i]));
  std::vector<T> product;
  for (std::size_t i = 0; i < at.size(); ++i) {
    x[i].set_tangent(0, Inner(1));
    product.push_back(f(x).tangent().tangent());
    x[i].set_tangent(0, Inner(0));
  }
  return product;
}

template <class F, class T>
std::vector<T> gradient_by_tape(const F& f, const std::vector<T>& at) {
  basic_tape<T> tape;
  std::vector<basic_value<T>> x;
  for (const T& number : at) x.push_back(basic_value<T>::variable(number));
  const basic_value<T> y = f(x);
  if (y.is_active()) tape.sweep(y, T(1));
  std::vector<T> gradient;
  for (const basic_value<T>& variable : x) gradient.push_back(variable.grad());
  return gradient;
}

/// The Hessian times v, reverse over forward: the change of the gradient along v.
template <class F, class T>
std::vector<T> hvp_by_tape_over_duals(const F& f, const std::vector<T>& at,
                                      const std::vector<T>& v) {
  std::vector<Dual<T>> x;
  for (std::size_t i = 0; i < at.size(); ++i) x.emplace_back(at[i], v[i]);
  std::vector<T> product;
  for (const Dual<T>& slope : gradient_by_tape(f, x)) product.push_back(slope.tangent());
  return product;
}

/// The Hessian times v, reverse over reverse: the gradient of <gradient, v>.
template <class F, class T>
std::vector<T> hvp_by_two_tapes(const F& f, const std::vector<T>& at, const std::vector<T>& v) {
  const auto slope_along_v = [&](const auto& x) {
    basic_value<T> slope = T(0);
    const auto gradient = gradient_by_tape(f, x);
    for (std::size_t i = 0; i < v.size(); ++i) slope += gradient[i] * v[i];
    return slope;
  };
  return gradient_by_tape(slope_along_v, at);
}

/// The greatest difference, relative to the greatest number or to `size` if that is more; NaN if
/// there is one.
template <class T>
double difference(const std::vector<T>& a, const std::vector<T>& b,
                  double size = std::numeric_limits<double>::min()) {
  double miss = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!std::isfinite(a[i]) || !std::isfinite(b[i])) return NAN;
    miss = std::max<double>(miss, std::abs(a[i] - b[i]));
    size = std::max<double>(size, std::abs(b[i]));
  }
  return miss / size;
}

}  // namespace test
}  // namespace nabla
