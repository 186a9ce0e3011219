// SPDX-License-Identifier: MIT
#include <nabla/nn/loss/regularizer.hpp>
#include <nabla/nn/loss/scalar.hpp>
#include <nabla/nn/loss/terms.hpp>
#include <nabla/ops/family/total.hpp>
#include <nabla/ops/ops.hpp>

namespace nabla::nn {
namespace {

/// The sum of f over the parameters.
template <class F>
Tensor sum_over(const char* name, std::span<const Tensor> parameters, F f) {
  detail::check_parameters(name, parameters.size());
  const auto of = [&](const Tensor& parameter) {
    return f(nabla::detail::defined(parameter, name));
  };
  Tensor total = of(parameters.front());
  for (const Tensor& parameter : parameters.subspan(1)) total = total + of(parameter);
  return total;
}

Tensor sum_of_magnitudes(const Tensor& w) { return record_total(Total::sum, op::Abs{}, w); }
Tensor sum_of_squares(const Tensor& w) { return record_total(Total::sum, op::Square{}, w); }

}  // namespace

Tensor l1(std::span<const Tensor> parameters, double strength) {
  return sum_over("l1", parameters, sum_of_magnitudes) * strength;
}

Tensor l2(std::span<const Tensor> parameters, double strength) {
  return sum_over("l2", parameters, sum_of_squares) * strength;
}

Tensor elastic_net(std::span<const Tensor> parameters, double l1_strength, double l2_strength) {
  return sum_over("elastic_net", parameters, sum_of_magnitudes) * l1_strength +
         sum_over("elastic_net", parameters, sum_of_squares) * l2_strength;
}

}  // namespace nabla::nn
