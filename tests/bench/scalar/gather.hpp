// SPDX-License-Identifier: MIT
// A weighted sum of inputs taken at random places: what tables and sparse matrices do.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "numbers.hpp"

namespace nabla::bench {

struct Gather {
  static constexpr std::string_view name = "gather";
  Gather(std::size_t taken, std::size_t of)
      : operations(2.0 * static_cast<double>(taken)), count_(of), index_(taken) {
    Numbers numbers(18);
    for (std::size_t& index : index_) index = numbers.below(of);
    weight_ = numbers.uniforms(taken, -1, 1);
  }
  double operations;

  std::vector<double> inputs() const { return Numbers(19).uniforms(count_, -1, 1); }

  template <class T>
  T operator()(const std::vector<T>& x) const {
    T sum = 0.0;
    for (std::size_t i = 0; i < index_.size(); ++i) sum += x[index_[i]] * weight_[i];
    return sum;
  }

  void gradient_by_hand(std::span<const double>, std::span<double> g) {
    std::fill(g.begin(), g.end(), 0.0);
    for (std::size_t i = 0; i < index_.size(); ++i) g[index_[i]] += weight_[i];
  }

 private:
  std::size_t count_;
  std::vector<std::size_t> index_;
  std::vector<double> weight_;
};

}  // namespace nabla::bench
