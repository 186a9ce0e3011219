// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/functional.hpp>
#include <nabla/engine/random.hpp>
#include <nabla/ops/ops.hpp>

// What tests of linear algebra have in common.

namespace nabla::test {

/// True if shapes are equal and no element is off by more than `tolerance` times the greatest one, or
/// times 1. NaN agrees with NaN.
inline boost::test_tools::assertion_result agree(const Tensor& a, const Tensor& b,
                                                 double tolerance = 1e-12) {
  boost::test_tools::assertion_result result(a.shape() == b.shape());
  result.message() << "\n" << to_string(a) << "\n" << to_string(b);
  const std::vector<double> xs = a.to_vector(), ys = b.to_vector();
  double size = 1.0;
  for (const double y : ys)
    if (std::isfinite(y)) size = std::max(size, std::abs(y));
  for (std::size_t i = 0; result && i < xs.size(); ++i) {
    const bool is_equal = xs[i] == ys[i] || (std::isnan(xs[i]) && std::isnan(ys[i]));
    if (!is_equal && !(std::abs(xs[i] - ys[i]) <= tolerance * size)) result = false;
  }
  return result;
}

/// A tensor of float64 numbers in [-2, 2].
inline Tensor drawn(const Shape& shape, std::uint64_t seed = 1) {
  Random random(seed);
  return rand(shape, random, float64) * 4.0 - 2.0;
}
/// Symmetric and positive definite.
inline Tensor definite(std::int64_t n, std::uint64_t seed = 1) {
  const Tensor x = drawn({n, n}, seed);
  return matmul(x, x.transpose()) + eye(n, float64);
}

template <class E, class F>
void check_refused(const F& call, const std::string& text) {
  BOOST_CHECK_EXCEPTION(static_cast<void>(call()), E, [&](const E& error) {
    BOOST_TEST(error.what() == text);
    return true;
  });
}

}  // namespace nabla::test
