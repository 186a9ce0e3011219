// SPDX-License-Identifier: MIT
// Programs that nobody would write: random operations on random places of a small store, with
// variables used again, overwritten and copied, passive numbers and compound assignments. Every
// op on numbers occurs.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/ops/ops.hpp>

#include "bench/scalar/numbers.hpp"
#include "support/derivatives.hpp"

namespace nabla::test {

class RandomProgram {
 public:
  explicit RandomProgram(std::uint64_t seed) {
    bench::Numbers numbers(seed);
    start_ = numbers.uniforms(kInputs, -1.5, 1.5);
    direction_ = numbers.uniforms(kInputs, -1, 1);
    steps_.resize(10 + numbers.below(40));
    for (Step& step : steps_) {
      step = {numbers.below(2) == 0,     0,
              numbers.below(kStore),     numbers.below(kStore),
              numbers.below(kStore),     numbers.below(kStore),
              numbers.uniform(0.25, 1.5)};
      step.kind = numbers.below(step.is_arithmetic ? kArithmetic : kFunctions);
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
      if (step.is_arithmetic) {
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
  static constexpr std::size_t kInputs = 5;
  static constexpr std::size_t kStore = 12;
  static constexpr std::size_t kArithmetic = 24;
  static constexpr std::size_t kFunctions = 121;
  struct Step {
    bool is_arithmetic;
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
    switch (step.kind) {
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
        y = softplus(a - b) - gelu(b);
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
      case 31:
        y = asin(0.5 * sin(a));
        break;
      case 32:
        y = acos(0.5 * cos(a) * k);
        break;
      case 33:
        y = atan(a * b);
        break;
      case 34:
        y = sinh(0.5 * a) - c;
        break;
      case 35:
        y = cosh(tanh(b));
        break;
      case 36:
        y = asinh(a);
        break;
      case 37:
        y = acosh(1.5 + square(a));
        break;
      case 38:
        y = atanh(0.5 * sin(a));
        break;
      case 39:
        y = exp2(a - k);
        break;
      case 40:
        y = log2(square(a) + k);
        break;
      case 41:
        y = log10(1 + square(b)) * a;
        break;
      case 42:
        y = cbrt(square(a) + k);
        break;
      case 43:
        y = clamp(a * b, -k, k);
        break;
      case 44:
        y = clamp_min(a, -k) * clamp_max(b, 0.5);
        break;
      case 45:
        y = floor(a) * b;
        break;
      case 46:
        y = ceil(a) - c;
        break;
      case 47:
        y = round(a) * 0.5 + b;
        break;
      case 48:
        y = rint(a * k) * c;
        break;
      case 49:
        y = trunc(b) + a;
        break;
      case 50:
        y = ldexp(a, -1);
        break;
      case 51:
        y = lgamma(1.5 + tanh(a));
        break;
      case 52:
        y = tgamma(1.5 + tanh(b));
        break;
      case 53:
        y = digamma(2 + tanh(a)) * k;
        break;
      case 54:
        y = polygamma(1, 2 + sin(a));
        break;
      case 55:
        y = copysign(a, b);
        break;
      case 56:
        y = fdim(a, b);
        break;
      case 57:
        y = fma(a, b, c);
        break;
      case 58:
        y = fmax(a, c);
        break;
      case 59:
        y = fmin(a * k, b);
        break;
      case 60:
        y = fmod(a, 1.5 + square(b));
        break;
      case 61:
        y = remainder(a, 1.5 + square(c));
        break;
      case 62:
        y = hypot(a, square(b) + k);
        break;
      case 63:
        y = atan2(a, square(b) + k);
        break;
      case 64:
        y = lerp(a, b, c);
        break;
      case 65:
        y = bce_with_logits(a, b);
        break;
      case 66:
        y = record(op::Chain{}, a, b);
        break;
      case 67:
        y = sum(std::array{a, b, c});
        break;
      case 68:
        y = mean(std::array{a, b, c});
        break;
      case 69:
        y = nabla::max(std::array{a, b, c});
        break;
      case 70:
        y = nabla::min(std::array{a, b, c});
        break;
      case 71:
        y = norm(std::array{a, b, T(1.5)});
        break;
      case 72:
        y = logsumexp(std::array{a, b, c});
        break;
      case 73:
        y = dot(std::array{a, b}, std::array{b, c});
        break;
      case 74:
        y = softmax(std::array{a, b, c})[1];
        break;
      case 75:
        y = log_softmax(std::array{a, b, c})[0];
        break;
      case 76:
        y = nabla::step(a) * b + tanh(c);
        break;
      case 77:
        y = sign(a) * b + frac(c);
        break;
      case 78:
        y = rsqrt(square(a) + k);
        break;
      case 79:
        y = logit(0.5 + 0.25 * sin(a));
        break;
      case 80:
        y = logsigmoid(a * b);
        break;
      case 81:
        y = erfinv(0.5 * sin(a));
        break;
      case 82:
        y = sinc(a) - c;
        break;
      case 83:
        y = entr(square(b) + k);
        break;
      case 84:
        y = relu6(3 + a * 2);
        break;
      case 85:
        y = elu(a) * selu(b);
        break;
      case 86:
        y = celu(a, 0.5) + silu(b);
        break;
      case 87:
        y = mish(a) - gelu_tanh(c);
        break;
      case 88:
        y = hardtanh(a) + hardsigmoid(b * 2);
        break;
      case 89:
        y = hardswish(a * 2) - softsign(b);
        break;
      case 90:
        y = softshrink(a) + hardshrink(b);
        break;
      case 91:
        y = tanhshrink(a) * threshold(b, 0.25, k);
        break;
      case 92:
        y = nan_to_num(a * c);
        break;
      case 93:
        y = prelu(a, b);
        break;
      case 94:
        y = logaddexp(a, b) - logaddexp2(b, c);
        break;
      case 95:
        y = xlogy(a, square(b) + k);
        break;
      case 96:
        y = floor_mod(a, 1.5 + square(b));
        break;
      case 97:
        y = floor_divide(a, 1.5 + square(b)) + trunc_divide(b, 0.5 + square(c));
        break;
      case 98:
        y = addcmul(a, b, c, 0.5);
        break;
      case 99:
        y = addcdiv(a, b, 1.5 + square(c));
        break;
      case 100:
        y = expint(square(a) + k);
        break;
      case 101:
        y = beta(1 + square(a), 1.5 + square(b));
        break;
      case 102:
        y = hermite(2, a) - legendre(3, tanh(b));
        break;
      case 103:
        y = laguerre(2, a) + assoc_laguerre(2, 1, b);
        break;
      case 104:
        y = assoc_legendre(2, 1, 0.5 * sin(a)) * b;
        break;
      case 105:
        y = sph_legendre(2, 1, 1.5 + tanh(a));
        break;
      case 106:
        y = gegenbauer(2, 1.5, tanh(a));
        break;
      case 107:
        y = cyl_bessel_j(1, 1 + square(a)) + cyl_bessel_i(0.5, 1 + tanh(b));
        break;
      case 108:
        y = cyl_bessel_k(1, 1 + square(a)) - cyl_neumann(0.5, 1 + square(b));
        break;
      case 109:
        y = sph_bessel(1, 1 + square(a)) - sph_neumann(0, 1 + square(b));
        break;
      case 110:
        y = comp_ellint_1(0.5 * sin(a)) - comp_ellint_2(0.5 * tanh(b));
        break;
      case 111:
        y = ellint_1(0.5 * sin(a), tanh(b)) + ellint_2(0.5 * tanh(a), b);
        break;
      case 112:
        y = elliptic_integral(2, 1, 0.5 * sin(a), tanh(b));
        y = y + comp_ellint_3(0.5 * sin(a), 0.5 * tanh(b));
        y = y + ellint_3(0.5 * sin(a), 0.5 * tanh(b), tanh(a));
        y = y + elliptic_integral_3(1, 1, 1, 0.5 * sin(b), 0.5 * tanh(a), tanh(b));
        break;
      case 113:
        y = riemann_zeta(2 + square(a));
        break;
      case 114:
        y = squared_error(a, b) - absolute_error(b, c);
        break;
      case 115:
        y = huber_error(a, 2 * b, 0.75) + log_cosh_error(b, c);
        break;
      case 116:
        y = hinge_error(a, b) * soft_margin_error(b, c);
        break;
      case 117:
        y = binary_error(0.5 + 0.25 * sin(a), square(b), tanh(c));
        break;
      case 118:
        y = rel_entr(0.5 + square(a), 0.5 + square(b));
        break;
      case 119:
        y = poisson_error(tanh(a), b) - gaussian_error(b, c, 0.5 + square(a));
        break;
      default:
        y = softmax_cross_entropy(std::array{a, b, c}, std::array{0.25, 0.75 * k, 0.0});
        break;
    }
  }

  std::vector<double> start_, direction_;
  std::vector<Step> steps_;
};

// Some dozens of steps with slopes of size 1 to 10, each rounded once or twice: 1e-12 for double.
// Terms of that size may cancel, so that a derivative far below 1 is no measure.
template <class T>
bool agree(const std::vector<T>& ours, const std::vector<T>& theirs) {
  constexpr double kTolerance = 4'500.0 * std::numeric_limits<T>::epsilon();
  constexpr double kSize = 1;
  return difference(ours, theirs, kSize) <= kTolerance;
}

// The first seed from `first` whose program `agrees` denies; `end` if there is none.
template <class Agrees>
std::uint64_t first_failure(std::uint64_t first, std::uint64_t end, const Agrees& agrees) {
  for (std::uint64_t seed = first; seed < end; ++seed) {
    if (!agrees(RandomProgram(seed))) return seed;
  }
  return end;
}

template <class Agrees>
void check_programs(std::uint64_t first, std::uint64_t end, const Agrees& agrees) {
  const std::uint64_t seed = first_failure(first, end, agrees);
  BOOST_TEST(seed == end, "the program of seed " << seed << " has another derivative");
}

}  // namespace nabla::test
