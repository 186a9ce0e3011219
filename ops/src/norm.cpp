// SPDX-License-Identifier: MIT
#include <utility>

#include <fmt/format.h>

#include <nabla/ops/reduction/norm.hpp>

namespace nabla::op {

void Norm::check_order(double order) {
  if (order >= 0 || order == -kInfinity) return;
  throw DomainError(fmt::format("[norm] got order {:g}, need 0 or more, or -inf", order));
}

std::vector<Sample> Norm::samples() {
  std::vector<Sample> all;
  for (const double order : {2.0, 1.0, 0.0, 3.0, 1.5, 0.5, kInfinity, -kInfinity}) {
    const auto over = [order](std::span<const Tensor> x, const Axes& axes, bool keepdim) {
      return norm(x[0], order, axes, keepdim);
    };
    for (Sample sample : reduction_samples(over)) {
      sample.description = fmt::format("order {:g}, {}", order, sample.description);
      all.push_back(std::move(sample));
    }
    const Tensor ties = tensor({{1.0, -1.0, 0.0}, {0.0, 0.0, 0.0}}, float64);
    all.push_back({fmt::format("order {:g}, ties and zeros", order),
                   {ties},
                   [order](std::span<const Tensor> x) { return norm(x[0], order, 1); },
                   false});
  }
  return all;
}

}  // namespace nabla::op
