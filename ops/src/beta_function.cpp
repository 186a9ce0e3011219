// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <nabla/ops/beta_function.hpp>

namespace nabla::special {
namespace {

// Below, the gamma function is 1/x.
constexpr double kTiny = 1e-100;
// Up to here the gamma function is in the range of double.
constexpr double kLargest = 170.0;
// From here on Stirling's series of four terms has an error below eps.
constexpr double kStirling = 20.0;

// ln Gamma(x) - ((x - 1/2) ln x - x + ln(2 pi) / 2)
double stirling_rest(double x) {
  const double s = 1 / (x * x);
  return (1.0 / 12 - s * (1.0 / 360 - s * (1.0 / 1260 - s / 1680))) / x;
}

}  // namespace

double beta(double a, double b) {
  if (std::isnan(a) || std::isnan(b) || a < 0 || b < 0)
    return std::numeric_limits<double>::quiet_NaN();
  const double low = std::min(a, b), high = std::max(a, b), sum = low + high;
  if (sum < kTiny) return 1 / low + 1 / high;
  if (sum <= kLargest) {
    // What the rounded sum lost would count psi(sum), which is near ln(sum), times as much.
    const double lost = low - (sum - high);
    return std::tgamma(low) * (std::tgamma(high) / std::tgamma(sum)) * (1 - lost * std::log(sum));
  }
  if (std::isinf(high)) return low == 0 ? std::numeric_limits<double>::infinity() : 0.0;
  const double rest = stirling_rest(high) - stirling_rest(sum);
  // (high / sum)^(high - 1/2)
  const double power = (high - 0.5) * -std::log1p(low / high);
  if (low < kStirling) return std::tgamma(low) * std::exp(power + low + rest) / std::pow(sum, low);
  return std::sqrt(2 * std::numbers::pi / low) * std::pow(low / sum, low) *
         std::exp(power + rest + stirling_rest(low));
}

}  // namespace nabla::special
