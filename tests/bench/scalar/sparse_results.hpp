// SPDX-License-Identifier: MIT
// As many results as arguments, each of a few of them: neighbors (a band), itself and the first one
// (an arrow), or some at random; and the sum of such results.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "numbers.hpp"

namespace nabla::bench {

/// Result i is sin of the product of the arguments of row i, plus its square.
class SparseResults {
 public:
  std::vector<double> inputs() const {
    Numbers numbers(11);
    std::vector<double> x;
    for (std::size_t i = 0; i < rows_.size(); ++i) x.push_back(numbers.uniform(0.5, 1.5));
    return x;
  }

  template <class T>
  std::vector<T> operator()(const std::vector<T>& x) const {
    using std::sin;
    std::vector<T> ys;
    ys.reserve(rows_.size());
    for (const std::vector<std::size_t>& row : rows_) {
      T product = x[row[0]];
      for (std::size_t k = 1; k < row.size(); ++k) product *= x[row[k]];
      ys.push_back(sin(product) + product * product);
    }
    return ys;
  }

 protected:
  explicit SparseResults(std::size_t n) : rows_(n) {
    for (std::size_t i = 0; i < n; ++i) rows_[i].push_back(i);
  }
  std::vector<std::vector<std::size_t>> rows_;
};

struct BandResults : SparseResults {
  explicit BandResults(std::size_t n) : SparseResults(n) {
    for (std::size_t i = 0; i + 2 < n; ++i) rows_[i].insert(rows_[i].end(), {i + 1, i + 2});
  }
};

struct ArrowResults : SparseResults {
  explicit ArrowResults(std::size_t n) : SparseResults(n) {
    for (std::size_t i = 1; i < n; ++i) rows_[i].push_back(0);
  }
};

/// And one result of all arguments.
struct FullArrowResults : ArrowResults {
  explicit FullArrowResults(std::size_t n) : ArrowResults(n) {
    for (std::size_t j = 1; j < n; ++j) rows_[0].push_back(j);
  }
};

struct RandomResults : SparseResults {
  explicit RandomResults(std::size_t n) : SparseResults(n) {
    Numbers numbers(12);
    for (auto& row : rows_)
      for (int k = 0; k < 2; ++k)
        row.push_back(static_cast<std::size_t>(numbers.uniform(0, static_cast<double>(n))));
  }
};

template <class Results>
struct SumOf {
  explicit SumOf(std::size_t n) : results(n) {}
  std::vector<double> inputs() const { return results.inputs(); }
  template <class T>
  T operator()(const std::vector<T>& x) const {
    T sum = 0;
    for (const T& y : results(x)) sum += y;
    return sum;
  }
  Results results;
};

}  // namespace nabla::bench
