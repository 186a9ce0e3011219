// SPDX-License-Identifier: MIT
// Only operations whose result IEEE 754 fixes (+ - * / sqrt) are used here, and the file is
// compiled without contraction to fused multiply-add: that is what makes the numbers the same on
// every machine. A libm logarithm would not be.
#include <bit>
#include <cmath>
#include <utility>

#include <nabla/engine/error.hpp>
#include <nabla/engine/random.hpp>

namespace nabla {
namespace {

using Words = std::array<std::uint32_t, 4>;
using Coefficients = std::array<double, 8>;

constexpr std::uint32_t low(std::uint64_t x) { return static_cast<std::uint32_t>(x); }
constexpr std::uint32_t high(std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); }

// Set in the last counter word of fork(), so that its blocks never meet those of bits().
constexpr std::uint32_t kForkDomain = 0x80000000u;

/// c[0] + c[1] x + ... + c[7] x^7
double polynomial(const Coefficients& c, double x) {
  double sum = c[7];
  for (std::size_t i = 7; i-- > 0;) sum = sum * x + c[i];
  return sum;
}

/// ln x = k ln 2 + 2 artanh((m - 1) / (m + 1)) with x = 2^k m and sqrt(1/2) <= m < sqrt(2).
/// Requires  0 < x < 1, normal
double logarithm(double x) {
  constexpr double kLn2 = 0.693147180559945309417;
  constexpr double kSqrt2 = 1.41421356237309504880;
  const auto bits = std::bit_cast<std::uint64_t>(x);
  int exponent = static_cast<int>(bits >> 52) - 1023;
  double mantissa = std::bit_cast<double>((bits & 0x000FFFFFFFFFFFFFu) | 0x3FF0000000000000u);
  if (mantissa > kSqrt2) {
    mantissa *= 0.5;
    ++exponent;
  }
  const double z = (mantissa - 1.0) / (mantissa + 1.0);
  const double z2 = z * z;
  // |z| <= 0.172, so the series to z^21 leaves out less than 2^-53 of the result.
  double series = 1.0 / 21.0;
  for (int n = 19; n >= 1; n -= 2) series = series * z2 + 1.0 / n;
  return exponent * kLn2 + 2.0 * z * series;
}

// Rational approximations P/Q of the normal quantile: M. J. Wichura 1988, Algorithm AS 241,
// routine PPND16, Applied Statistics 37(3). Relative error about 1e-16.
// clang-format off
constexpr Coefficients kCentreP{
    3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
    1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
    3.3430575583588128105e4, 2.5090809287301226727e3};
constexpr Coefficients kCentreQ{
    1.0,                     4.2313330701600911252e1, 6.8718700749205790830e2,
    5.3941960214247511077e3, 2.1213794301586595867e4, 3.9307895800092710610e4,
    2.8729085735721942674e4, 5.2264952788528545610e3};
constexpr Coefficients kTailP{
    1.42343711074968357734e0,  4.63033784615654529590e0,  5.76949722146069140550e0,
    3.64784832476320460504e0,  1.27045825245236838258e0,  2.41780725177450611770e-1,
    2.27238449892691845833e-2, 7.74545014278341407640e-4};
constexpr Coefficients kTailQ{
    1.0,                       2.05319162663775882187e0,  1.67638483018380384940e0,
    6.89767334985100004550e-1, 1.48103976427480074590e-1, 1.51986665636164571966e-2,
    5.47593808499534494600e-4, 1.05075007164441684324e-9};
constexpr Coefficients kFarP{
    6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,
    2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
    2.71155556874348757815e-5, 2.01033439929228813265e-7};
constexpr Coefficients kFarQ{
    1.0,                       5.99832206555887937690e-1, 1.36929880922735805310e-1,
    1.48753612908506148525e-2, 7.86869131145613259100e-4, 1.84631831751005468180e-5,
    1.42151175831644588870e-7, 2.04426310338993978564e-15};
// clang-format on

/// The x that a standard normal number is below with probability u.
/// Requires  0 < u < 1
double normal_quantile(double u) {
  const double q = u - 0.5;
  if (std::abs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * (polynomial(kCentreP, r) / polynomial(kCentreQ, r));
  }
  const double r = std::sqrt(-logarithm(q < 0.0 ? u : 1.0 - u));
  const double x = r <= 5.0 ? polynomial(kTailP, r - 1.6) / polynomial(kTailQ, r - 1.6)
                            : polynomial(kFarP, r - 5.0) / polynomial(kFarQ, r - 5.0);
  return q < 0.0 ? -x : x;
}

}  // namespace

std::array<std::uint32_t, 4> detail::philox(std::array<std::uint32_t, 4> counter,
                                            std::array<std::uint32_t, 2> key) {
  constexpr std::uint64_t kMultiplier0 = 0xD2511F53u, kMultiplier1 = 0xCD9E8D57u;
  constexpr std::uint32_t kWeyl0 = 0x9E3779B9u, kWeyl1 = 0xBB67AE85u;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = kMultiplier0 * counter[0];
    const std::uint64_t product1 = kMultiplier1 * counter[2];
    counter = {high(product1) ^ counter[1] ^ key[0], low(product1),
               high(product0) ^ counter[3] ^ key[1], low(product0)};
    key = {key[0] + kWeyl0, key[1] + kWeyl1};
  }
  return counter;
}

std::uint32_t Random::bits() {
  if (left_ == 0) {
    block_ = detail::philox({low(position_), high(position_), 0, 0}, {low(seed_), high(seed_)});
    ++position_;
    left_ = 4;
  }
  return block_[4 - left_--];
}

std::uint64_t Random::bits64() {
  const std::uint64_t first = bits();
  return first | std::uint64_t{bits()} << 32;
}

double Random::uniform() { return static_cast<double>(bits64() >> 11) * 0x1p-53; }

double Random::uniform(double lower, double upper) { return lower + (upper - lower) * uniform(); }

double Random::normal() {
  // An odd multiple of 2^-53: never 0 or 1, and symmetric about 1/2.
  return normal_quantile((static_cast<double>(bits64() >> 12) + 0.5) * 0x1p-52);
}

double Random::normal(double mean, double deviation) { return mean + deviation * normal(); }

std::uint64_t Random::below(std::uint64_t bound) {
  NABLA_ASSERT(bound > 0);
  // The first 2^64 mod bound numbers would make small results more likely.
  const std::uint64_t rejected = (0 - bound) % bound;
  std::uint64_t drawn = bits64();
  while (drawn < rejected) drawn = bits64();
  return drawn % bound;
}

void Random::shuffle(std::span<std::int64_t> indices) {
  for (std::size_t left = indices.size(); left > 1; --left)
    std::swap(indices[left - 1], indices[static_cast<std::size_t>(below(left))]);
}

void Random::seek(std::uint64_t position) {
  position_ = position / 4;
  left_ = 0;
  for (std::uint64_t i = 0; i < position % 4; ++i) bits();
}

Random Random::fork(std::uint64_t stream) const {
  const Words words =
      detail::philox({low(stream), high(stream), 0, kForkDomain}, {low(seed_), high(seed_)});
  return Random(words[0] | std::uint64_t{words[1]} << 32);
}

Random& default_random() {
  thread_local Random random;
  return random;
}

void manual_seed(std::uint64_t seed) { default_random() = Random(seed); }

}  // namespace nabla
