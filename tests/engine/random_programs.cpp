// SPDX-License-Identifier: MIT
// Programs that nobody would write: random operations on random places of a small store, with
// variables used again, overwritten and copied, passive numbers and compound assignments. The tape
// against dual numbers, first and second order.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "bench/scalar/numbers.hpp"
#include "support/derivatives.hpp"

using namespace nabla;
using nabla::bench::Numbers;

namespace {

// Some dozens of steps with slopes of size 1 to 10, each rounded to 1e-16. Terms of that size may
// cancel, so that a derivative far below 1 is no measure.
constexpr double kTolerance = 1e-12;
constexpr double kSize = 1;
constexpr std::size_t kInputs = 5;
constexpr std::size_t kStore = 12;

class RandomProgram {
 public:
  explicit RandomProgram(std::uint64_t seed) {
    Numbers numbers(seed);
    start_ = numbers.uniforms(kInputs, -1.5, 1.5);
    direction_ = numbers.uniforms(kInputs, -1, 1);
    steps_.resize(10 + numbers.below(40));
    for (Step& step : steps_) {
      step = {numbers.below(kKinds), numbers.below(kStore), numbers.below(kStore),
              numbers.below(kStore), numbers.below(kStore), numbers.uniform(0.25, 1.5)};
    }
  }

  const std::vector<double>& start() const { return start_; }
  const std::vector<double>& direction() const { return direction_; }

  template <class T>
  T operator()(const std::vector<T>& x) const {
    // The places behind the inputs are passive: zero, or a number.
    std::vector<T> v(kStore);
    for (std::size_t i = 0; i < kInputs; ++i) v[i] = x[i];
    v[kInputs] = 0.75;
    v[kInputs + 1] = -1;
    for (const Step& step : steps_) {
      T& y = v[step.to];
      if (step.kind < kArithmetic) {
        arithmetic(step, v[step.a], v[step.b], v[step.c], y);
      } else {
        function(step, v[step.a], v[step.b], v[step.c], y);
      }
      if (y > 2.0 || y < -2) y *= 0.125;
    }
    T sum = x[0] * 0.0;
    for (const T& each : v) sum += each;
    return sum;
  }

 private:
  static constexpr std::size_t kArithmetic = 24;
  static constexpr std::size_t kKinds = kArithmetic + 32;
  struct Step {
    std::size_t kind, to, a, b, c;
    double number;
  };

  // The operands may be the result's own place: they come by value.
  template <class T>
  static void arithmetic(const Step& step, const T a, const T b, const T c, T& y) {
    const double k = step.number;
    switch (step.kind) {
      case 0:
        y = a + b;
        break;
      case 1:
        y = a - b;
        break;
      case 2:
        y = a * b;
        break;
      case 3:
        y = a / (b * b + k);
        break;
      case 4:
        y = a + k;
        break;
      case 5:
        y = k - a;
        break;
      case 6:
        y = a * k;
        break;
      case 7:
        y = k / (2 + a * a);
        break;
      case 8:
        y = 1 - a;
        break;
      case 9:
        y = a / 3;
        break;
      case 10:
        y = -a;
        break;
      case 11:
        y += a;
        break;
      case 12:
        y -= a * b;
        break;
      case 13:
        y *= a;
        break;
      case 14:
        y /= 1.5 + square(a);
        break;
      case 15:
        y += 1;
        break;
      case 16:
        y *= k;
        break;
      case 17:
        y = a * b + c;
        break;
      case 18:
        y = a * b - c * k + a / 4.0;
        break;
      case 19:
        y = (a + b) * (a - c);
        break;
      case 20:
        y = a;
        break;
      case 21:
        y = a * a * a;
        break;
      case 22:
        y = k;
        break;
      default:
        y = -(a * (b - k)) + (c - 1.0f) * b;
        break;
    }
  }

  template <class T>
  static void function(const Step& step, const T a, const T b, const T c, T& y) {
    const double k = step.number;
    switch (step.kind - kArithmetic) {
      case 0:
        y = exp(a);
        break;
      case 1:
        y = log(a * a + k);
        break;
      case 2:
        y = sqrt(a * a + b * b + k);
        break;
      case 3:
        y = sin(a);
        break;
      case 4:
        y = cos(a * b);
        break;
      case 5:
        y = tan(a * 0.5);
        break;
      case 6:
        y = tanh(a + b);
        break;
      case 7:
        y = sigmoid(a) * b;
        break;
      case 8:
        y = softplus(a - b);
        break;
      case 9:
        y = log1p(square(a));
        break;
      case 10:
        y = expm1(a * k);
        break;
      case 11:
        y = square(a) - b;
        break;
      case 12:
        y = reciprocal(square(a) + k);
        break;
      case 13:
        y = abs(a);
        break;
      case 14:
        y = relu(a);
        break;
      case 15:
        y = leaky_relu(a, 0.1) * b;
        break;
      case 16:
        y = where(a > k, k, a);
        break;
      case 17:
        y = pow(square(a) + k, b);
        break;
      case 18:
        y = pow(a, 3);
        break;
      case 19:
        y = pow(k, a);
        break;
      case 20:
        y = maximum(a, b);
        break;
      case 21:
        y = minimum(a, b * c);
        break;
      case 22:
        y = maximum(a, 0.0);
        break;
      case 23:
        y = std::max(a, b);
        break;
      case 24:
        y = std::min(T(a * b), c);
        break;
      case 25:
        y = where(a < b, a * c, b);
        break;
      case 26:
        y = erf(a);
        break;
      case 27:
        y = erfc(a * b);
        break;
      case 28:
        y = exp(sin(a) * tanh(b)) - c;
        break;
      case 29:
        y = a / (1.0 + exp(-b));
        break;
      case 30:
        y = sqrt(exp(a)) * log(2 + cos(b));
        break;
      default:
        y = step_function(a) * b + tanh(c);
        break;
    }
  }
  template <class T>
  static auto step_function(const T& a) {
    return nabla::step(a);
  }

  std::vector<double> start_, direction_;
  std::vector<Step> steps_;
};

// The first seed from `first` whose gradient or Hessian product differs; `end` if there is none.
std::uint64_t first_failure(std::uint64_t first, std::uint64_t end) {
  for (std::uint64_t seed = first; seed < end; ++seed) {
    const RandomProgram f(seed);
    const std::vector<double>&at = f.start(), &v = f.direction();
    const std::vector<double> slopes = gradient(f, at), product = hvp(f, at, v);
    const bool agree =
        test::difference(slopes, test::gradient_by_duals(f, at), kSize) <= kTolerance &&
        test::difference(product, test::hvp_by_duals(f, at, v), kSize) <= kTolerance;
    if (!agree) return seed;
  }
  return end;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(random_programs)

BOOST_AUTO_TEST_CASE(the_tape_and_duals_agree_to_second_order) {
  constexpr std::uint64_t kEnd = 20'000;
  const std::uint64_t seed = first_failure(0, kEnd);
  BOOST_TEST(seed == kEnd, "the program of seed " << seed << " has another derivative");
}

BOOST_AUTO_TEST_CASE(two_threads_at_once_agree_too) {
  constexpr std::uint64_t kMiddle = 22'000, kEnd = 24'000;
  std::uint64_t here = 0, there = 0;
  std::thread other([&] { there = first_failure(kMiddle, kEnd); });
  here = first_failure(20'000, kMiddle);
  other.join();
  BOOST_TEST(here == kMiddle, "the program of seed " << here << " has another derivative");
  BOOST_TEST(there == kEnd, "the program of seed " << there << " has another derivative");
}

BOOST_AUTO_TEST_SUITE_END()
