// SPDX-License-Identifier: MIT
// The value of many European calls: spot, strike, rate, volatility and time of each are inputs.
#pragma once

#include <cmath>
#include <cstddef>
#include <string_view>
#include <vector>

#include "numbers.hpp"

namespace nabla::bench {

/// The normal distribution by a polynomial with a case distinction, as it stands in older code.
/// Source    Abramowitz & Stegun 1964, 26.2.17
struct NormalByPolynomial {
  static constexpr std::string_view name = "black_scholes";
  static constexpr double operations = 18;
  template <class T>
  static T at(const T& x) {
    using std::exp;
    const bool is_negative = x < 0.0;
    const T z = is_negative ? T(-x) : T(x);
    const T k = 1.0 / (1.0 + 0.2316419 * z);
    const T tail = 0.3989422804014327 * exp(-0.5 * z * z) * k *
                   (0.319381530 +
                    k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429))));
    return is_negative ? T(tail) : T(1.0 - tail);
  }
};

/// The normal distribution by the error function.
struct NormalByErfc {
  static constexpr std::string_view name = "black_scholes_erfc";
  static constexpr double operations = 3;
  template <class T>
  static T at(const T& x) {
    using std::erfc;
    return 0.5 * erfc(-0.7071067811865476 * x);
  }
};

template <class Normal>
struct BlackScholes {
  static constexpr std::string_view name = Normal::name;
  explicit BlackScholes(std::size_t options)
      : operations((18 + 2 * Normal::operations) * static_cast<double>(options)),
        options_(options) {}
  double operations;

  std::vector<double> inputs() const {
    Numbers numbers(13);
    std::vector<double> x;
    for (std::size_t i = 0; i < options_; ++i) {
      x.push_back(numbers.uniform(80, 120));
      x.push_back(numbers.uniform(80, 120));
      x.push_back(numbers.uniform(0.01, 0.05));
      x.push_back(numbers.uniform(0.1, 0.4));
      x.push_back(numbers.uniform(0.25, 2));
    }
    return x;
  }

  template <class T>
  T operator()(const std::vector<T>& x) const {
    T sum = 0.0;
    for (std::size_t i = 0; i < options_; ++i)
      sum += call(x[5 * i], x[5 * i + 1], x[5 * i + 2], x[5 * i + 3], x[5 * i + 4]);
    return sum;
  }

 private:
  template <class T>
  static T call(const T& spot, const T& strike, const T& rate, const T& volatility, const T& time) {
    using std::exp;
    using std::log;
    using std::sqrt;
    const T deviation = volatility * sqrt(time);
    const T d1 = (log(spot / strike) + (rate + 0.5 * volatility * volatility) * time) / deviation;
    const T d2 = d1 - deviation;
    return spot * Normal::at(d1) - strike * exp(-rate * time) * Normal::at(d2);
  }

  std::size_t options_;
};

}  // namespace nabla::bench
