// SPDX-License-Identifier: MIT
// A determinant by expansion along the first row: recursion, and many copies into the minors.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "numbers.hpp"

namespace nabla::bench {

struct Determinant {
  static constexpr std::string_view name = "determinant";
  explicit Determinant(std::size_t size) : operations(operations_of(size)), size_(size) {}
  double operations;

  std::vector<double> inputs() const { return Numbers(7).uniforms(size_ * size_, -1, 1); }

  template <class T>
  T operator()(const std::vector<T>& x) const {
    return expand(x, size_);
  }

 private:
  static double operations_of(std::size_t n) {
    return n == 1 ? 0 : static_cast<double>(n) * (operations_of(n - 1) + 2);
  }

  template <class T>
  static T expand(const std::vector<T>& a, std::size_t n) {
    if (n == 1) return a[0];
    T sum = 0.0;
    for (std::size_t column = 0; column < n; ++column) {
      const T minor = expand(minor_of(a, n, column), n - 1);
      if (column % 2 == 0) {
        sum += a[column] * minor;
      } else {
        sum -= a[column] * minor;
      }
    }
    return sum;
  }

  template <class T>
  static std::vector<T> minor_of(const std::vector<T>& a, std::size_t n, std::size_t column) {
    std::vector<T> b;
    b.reserve((n - 1) * (n - 1));
    for (std::size_t i = 1; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j)
        if (j != column) b.push_back(a[i * n + j]);
    }
    return b;
  }

  std::size_t size_;
};

}  // namespace nabla::bench
