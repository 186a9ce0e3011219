// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/sparse.hpp>
#include <nabla/engine/tensor.hpp>

// The solution of a small system of linear equations, for the lessons that compare with one, and the
// normal equations of those that fit.

namespace nabla::examples {

/// x with A x = b, by Gaussian elimination with row pivoting.
/// Shapes    A (n, n) with det A != 0, b of length n -> x of length n
/// Cost      O(n^3)
[[nodiscard]] inline std::vector<double> solve(const Tensor& matrix, std::vector<double> b) {
  const std::size_t n = b.size();
  std::vector<double> a = matrix.to_vector();
  const auto at = [&](std::size_t i, std::size_t j) -> double& { return a[i * n + j]; };
  for (std::size_t k = 0; k < n; ++k) {
    std::size_t pivot = k;
    for (std::size_t i = k + 1; i < n; ++i) {
      if (std::abs(at(i, k)) > std::abs(at(pivot, k))) pivot = i;
    }
    for (std::size_t j = 0; j < n; ++j) std::swap(at(k, j), at(pivot, j));
    std::swap(b[k], b[pivot]);
    for (std::size_t i = k + 1; i < n; ++i) {
      const double factor = at(i, k) / at(k, k);
      for (std::size_t j = k; j < n; ++j) at(i, j) -= factor * at(k, j);
      b[i] -= factor * b[k];
    }
  }
  for (std::size_t k = n; k-- > 0;) {
    for (std::size_t j = k + 1; j < n; ++j) b[k] -= at(k, j) * b[j];
    b[k] /= at(k, k);
  }
  return b;
}

/// |r|^2
[[nodiscard]] inline double squared(const std::vector<double>& r) {
  double sum = 0;
  for (const double x : r) sum += x * x;
  return sum;
}

/// J^T J, row by row, and J^T r: a step of least squares is their solution.
struct NormalEquations {
  std::size_t n;
  std::vector<double> matrix, slope;

  NormalEquations(const SparseMatrix& j, const std::vector<double>& r)
      : n(j.pattern.column_count), matrix(n * n), slope(n) {
    for (std::size_t i = 0; i < r.size(); ++i) {
      for (std::size_t a = j.pattern.starts[i]; a < j.pattern.starts[i + 1]; ++a) {
        slope[j.pattern.columns[a]] += j.elements[a] * r[i];
        for (std::size_t b = j.pattern.starts[i]; b < j.pattern.starts[i + 1]; ++b)
          at(j.pattern.columns[a], j.pattern.columns[b]) += j.elements[a] * j.elements[b];
      }
    }
  }
  double& at(std::size_t i, std::size_t j) { return matrix[i * n + j]; }
  [[nodiscard]] std::vector<double> step() const {
    const auto size = static_cast<std::int64_t>(n);
    return solve(from_span(std::span<const double>(matrix), Shape{size, size}), slope);
  }
};

}  // namespace nabla::examples
