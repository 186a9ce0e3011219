// SPDX-License-Identifier: MIT
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/nn/optim/optimizer.hpp>

namespace nabla::optim {

Optimizer::Optimizer(std::vector<Tensor> parameters, const char* name)
    : parameters_(std::move(parameters)) {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Tensor& parameter = parameters_[i];
    if (!parameter.requires_grad() || !parameter.is_leaf() || !parameter.is_contiguous())
      throw GraphError(
          fmt::format("[{}] parameter {} {}: need a variable without gaps between its "
                      "elements; make it with variable(x)",
                      name, i,
                      !parameter.requires_grad() ? "needs no gradient"
                      : !parameter.is_leaf()     ? "is the result of an operation"
                                                 : "is a view with gaps"));
    const auto same = [&](const Tensor& other) { return other.node() == parameter.node(); };
    if (std::any_of(parameters_.begin(), parameters_.begin() + static_cast<std::ptrdiff_t>(i),
                    same))
      throw GraphError(
          fmt::format("[{}] parameter {} is given twice: it would step twice", name, i));
  }
}

void Optimizer::zero_grad() {
  for (Tensor& parameter : parameters_) parameter.zero_grad();
}

void detail::require_option(const char* optimizer, const char* option, double value, double lower,
                            double upper) {
  if (value >= lower && value < upper) return;
  throw DomainError(fmt::format("[{}] .{} out of range: got {}, need {} <= {} < {}", optimizer,
                                option, value, lower, option, upper));
}

}  // namespace nabla::optim
