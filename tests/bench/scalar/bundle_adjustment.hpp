// SPDX-License-Identifier: MIT
// Squared errors of points projected by cameras with radial distortion, each a small function of
// its own: 15 inputs (rotation vector, centre, focal length, principal point, two distortion
// coefficients, point, weight) and one result.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <vector>

#include "numbers.hpp"

namespace nabla::bench {

struct BundleAdjustment {
  static constexpr std::string_view name = "bundle_adjustment";
  explicit BundleAdjustment(std::size_t observations)
      : operations(96.0 * static_cast<double>(observations)), observations_(observations) {}
  double operations;
  std::size_t piece = 15;

  std::vector<double> inputs() const {
    Numbers numbers(10);
    std::vector<double> x;
    for (std::size_t i = 0; i < observations_; ++i) {
      for (int k = 0; k < 3; ++k) x.push_back(numbers.uniform(-0.5, 0.5));  // rotation
      for (int k = 0; k < 2; ++k) x.push_back(numbers.uniform(-0.5, 0.5));  // centre
      x.push_back(numbers.uniform(-6, -4));
      x.push_back(numbers.uniform(1, 2));                                     // focal length
      for (int k = 0; k < 2; ++k) x.push_back(numbers.uniform(-0.1, 0.1));    // principal point
      for (int k = 0; k < 2; ++k) x.push_back(numbers.uniform(-0.01, 0.01));  // distortion
      for (int k = 0; k < 3; ++k) x.push_back(numbers.uniform(-1, 1));        // point
      x.push_back(numbers.uniform(0.5, 1));                                   // weight
    }
    return x;
  }

  template <class T>
  T operator()(const std::vector<T>& x) const {
    const std::array<T, 2> r = residuals(x);
    return r[0] * r[0] + r[1] * r[1];
  }
  /// How far the first point is from where it was seen.
  template <class T>
  std::array<T, 2> residuals(const std::vector<T>& x) const {
    using Vector = std::array<T, 3>;
    const Vector p =
        rotated(Vector{x[0], x[1], x[2]}, Vector{x[11] - x[3], x[12] - x[4], x[13] - x[5]});
    const T u = p[0] / p[2];
    const T v = p[1] / p[2];
    const T r2 = u * u + v * v;
    const T bend = 1.0 + x[9] * r2 + x[10] * r2 * r2;
    return {x[14] * (x[6] * u * bend + x[7] - kFeatureX),
            x[14] * (x[6] * v * bend + x[8] - kFeatureY)};
  }

 private:
  static constexpr double kFeatureX = 0.1;
  static constexpr double kFeatureY = -0.2;

  // Rodrigues: x cos t + (w cross x) sin t + w (w . x) (1 - cos t), with t = |r| and w = r / t.
  template <class T>
  static std::array<T, 3> rotated(const std::array<T, 3>& r, const std::array<T, 3>& x) {
    using std::cos;
    using std::sin;
    using std::sqrt;
    const T angle = sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2]);
    const T c = cos(angle);
    const T s = sin(angle);
    const T inverse = 1.0 / angle;
    const std::array<T, 3> w{r[0] * inverse, r[1] * inverse, r[2] * inverse};
    const T along = (w[0] * x[0] + w[1] * x[1] + w[2] * x[2]) * (1.0 - c);
    return {x[0] * c + (w[1] * x[2] - w[2] * x[1]) * s + w[0] * along,
            x[1] * c + (w[2] * x[0] - w[0] * x[2]) * s + w[1] * along,
            x[2] * c + (w[0] * x[1] - w[1] * x[0]) * s + w[2] * along};
  }

  std::size_t observations_;
};

}  // namespace nabla::bench
