// SPDX-License-Identifier: MIT
#include <nabla/ops/family/scan.hpp>
#include <nabla/ops/index/embed_slice.hpp>
#include <nabla/ops/view/slice.hpp>

namespace nabla {

std::vector<Sample> scan_samples(const std::function<Tensor(std::span<const Tensor>, int)>& call) {
  const auto along = [&call](int axis) {
    return [call, axis](std::span<const Tensor> x) { return call(x, axis); };
  };
  const Tensor zeros_in_lines =
      tensor({{0.5, -1.5, 2.0}, {0.5, 0.0, 2.0}, {0.0, 1.5, 0.0}, {0.0, 0.0, 0.0}}, float64);
  return {{"rows", {sample_tensor({2, 4})}, along(-1)},
          {"columns", {sample_tensor({3, 2})}, along(0)},
          {"middle axis", {sample_tensor({2, 3, 2})}, along(1)},
          {"transposed view", {sample_tensor({3, 2}).transpose()}, along(1)},
          {"zeros in lines", {zeros_in_lines}, along(1)},
          {"lines of one element", {sample_tensor({2, 1})}, along(1)},
          {"a number", {sample_tensor({})}, along(-1)},
          {"no lines", {sample_tensor({0, 3})}, along(1)},
          {"lines without elements", {sample_tensor({2, 0})}, along(1)}};
}

namespace detail {

Tensor shifted(const Tensor& x, int axis, int by) {
  const std::int64_t n = x.size(axis);
  return by > 0 ? embed_slice(x.slice(axis, 1, n), axis, 0, 1, n)
                : embed_slice(x.slice(axis, 0, std::max<std::int64_t>(n - 1, 0)), axis,
                              n > 0 ? 1 : 0, 1, n);
}

}  // namespace detail
}  // namespace nabla
