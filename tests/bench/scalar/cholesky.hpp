// SPDX-License-Identifier: MIT
// log det A + b^T A^-1 b by Cholesky's factors, in loops: the likelihood of a Gaussian process.
// The inputs are the lower triangle of A row by row, then b.
#pragma once

#include <cmath>
#include <cstddef>
#include <string_view>
#include <vector>

#include "numbers.hpp"

namespace nabla::bench {

struct Cholesky {
  static constexpr std::string_view name = "cholesky";
  explicit Cholesky(std::size_t size) : size_(size) {
    const auto n = static_cast<double>(size);
    operations = (n - 1) * n * (n + 1) / 3 + n * (n + 1) / 2 + n * (n - 1) + n * 6;
  }
  double operations;

  std::vector<double> inputs() const {
    Numbers numbers(8);
    std::vector<double> x;
    for (std::size_t i = 0; i < size_; ++i) {
      for (std::size_t j = 0; j < i; ++j) x.push_back(numbers.uniform(-1, 1));
      // Greater than the sum of its row, so that A is positive definite.
      x.push_back(static_cast<double>(size_) + 1);
    }
    for (std::size_t i = 0; i < size_; ++i) x.push_back(numbers.uniform(-1, 1));
    return x;
  }

  template <class T>
  T operator()(const std::vector<T>& x) const {
    using std::log;
    using std::sqrt;
    std::vector<T> l(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(at(size_, 0)));
    T result = 0.0;
    for (std::size_t i = 0; i < size_; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        T sum = l[at(i, j)];
        for (std::size_t k = 0; k < j; ++k) sum -= l[at(i, k)] * l[at(j, k)];
        if (i == j) {
          l[at(i, i)] = sqrt(sum);
        } else {
          l[at(i, j)] = sum / l[at(j, j)];
        }
      }
      result += 2.0 * log(l[at(i, i)]);
    }
    std::vector<T> y(size_);
    for (std::size_t i = 0; i < size_; ++i) {
      T sum = x[at(size_, i)];
      for (std::size_t k = 0; k < i; ++k) sum -= l[at(i, k)] * y[k];
      y[i] = sum / l[at(i, i)];
      result += y[i] * y[i];
    }
    return result;
  }

 private:
  static std::size_t at(std::size_t row, std::size_t column) {
    return row * (row + 1) / 2 + column;
  }
  std::size_t size_;
};

}  // namespace nabla::bench
