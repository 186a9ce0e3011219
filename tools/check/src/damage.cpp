// SPDX-License-Identifier: MIT
#include "damage.hpp"

#include <cstdint>
#include <utility>
#include <vector>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/operation.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/compare.hpp>
#include <nabla/ops/index/concat.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/view/broadcast_to.hpp>
#include <nabla/ops/view/clone.hpp>
#include <nabla/ops/view/reshape.hpp>
#include <nabla/ops/view/slice.hpp>
#include <nabla/ops/view/transpose.hpp>

#include "tensors.hpp"

namespace nabla::check::detail {

namespace {

Tensor contribution_for(const BackwardCall& call, int operand, const Tensor& gradient) {
  const std::vector<Tensor> all = Operation(call.output()).contributions(gradient);
  return all[static_cast<std::size_t>(operand)];
}

/// A tensor of these numbers, of the shape and element type of x.
Tensor like(const Tensor& x, const std::vector<double>& numbers) {
  return tensor_from(numbers, x.shape(), x.dtype());
}

template <int kNumerator, int kDenominator>
Tensor times(const BackwardCall&, int, const Tensor& c) {
  return c * (static_cast<double>(kNumerator) / kDenominator);
}

Tensor dropped(const BackwardCall&, int, const Tensor& c) { return zeros_like(c.detach()); }

Tensor of_another(const BackwardCall& call, int operand, const Tensor& c) {
  const std::vector<Tensor> all = Operation(call.output()).contributions(call.gradient());
  for (std::size_t step = 1; step < all.size(); ++step) {
    const Tensor& other = all[(static_cast<std::size_t>(operand) + step) % all.size()];
    if (other.defined() && other.shape() == c.shape() && other.dtype() == c.dtype()) return other;
  }
  return {};
}

/// A slip that shows in one place of the Jacobian alone.
Tensor last_element_twice(const BackwardCall&, int, const Tensor& c) {
  if (c.numel() < 2) return {};
  std::vector<double> factors(static_cast<std::size_t>(c.numel()), 1.0);
  factors.back() = 2.0;
  return c * like(c, factors);
}

/// Of all that an operand was stretched to, only the first place counts.
Tensor not_reduced(const BackwardCall& call, int operand, const Tensor& c) {
  const Shape from = c.shape(), to = call.gradient().shape();
  if (from.numel() >= to.numel() || from.numel() == 0) return {};
  const int lead = to.rank() - from.rank();
  if (lead < 0) return {};
  std::vector<double> mask(static_cast<std::size_t>(to.numel()), 1.0);
  std::int64_t inner = 1;
  for (int axis = to.rank() - 1; axis >= 0; --axis) {
    const std::int64_t size = to[axis], own = axis < lead ? 1 : from[axis - lead];
    if (own != size && own != 1) return {};
    for (std::size_t i = 0; i < mask.size(); ++i) {
      const bool is_first = static_cast<std::int64_t>(i) / inner % size == 0;
      if (own != size && !is_first) mask[i] = 0.0;
    }
    inner *= size;
  }
  return contribution_for(call, operand, call.gradient() * like(call.gradient(), mask));
}

Tensor upstream_forgotten(const BackwardCall& call, int operand, const Tensor&) {
  return contribution_for(call, operand, ones_like(call.gradient().detach()));
}

Tensor result_for_operand(const BackwardCall& call, int operand, const Tensor& c) {
  const Tensor y = call.output();
  if (y.shape() != c.shape() || y.dtype() != c.dtype()) return {};
  const Operation operation(y);
  std::vector<Tensor> operands;
  for (int i = 0; i < call.input_count(); ++i) {
    const Tensor x = i == operand ? y.detach() : call.input(i).detach();
    operands.push_back(is_floating(x.dtype()) ? variable(x.clone()) : x);
  }
  try {
    const Tensor again = [&] {
      const EnableGrad enable_grad;
      return operation.again(operands);
    }();
    const std::vector<Tensor> all = Operation(again).contributions(call.gradient());
    return all[static_cast<std::size_t>(operand)];
  } catch (const Error&) {
    return {};  // the result is outside the op's domain
  }
}

Tensor shifted(const BackwardCall&, int, const Tensor& c) {
  if (c.rank() == 0 || c.size(-1) < 2) return {};
  const std::int64_t size = c.size(-1);
  return concat({c.slice(-1, 1, size), c.slice(-1, 0, 1)}, -1);
}

Tensor not_transposed(const BackwardCall&, int, const Tensor& c) {
  if (c.rank() < 2 || c.size(-1) < 2 || c.size(-2) < 2) return {};
  return reshape(transpose(c, -2, -1), c.shape());
}

/// Each of several that tie gets the whole gradient.
Tensor all_to_each_tie(const BackwardCall& call, int, const Tensor& c) {
  if (call.info().kinks.empty()) return {};
  const Shape shape = c.shape();
  Tensor g = call.gradient();
  if (g.rank() == shape.rank() - 1) {
    // The axis that was reduced comes back with size 1.
    std::vector<std::int64_t> sizes(shape.begin(), shape.end());
    int axis = shape.rank() - 1;
    while (axis >= 0 && g.numel() * sizes[static_cast<std::size_t>(axis)] != shape.numel()) --axis;
    if (axis < 0) return {};
    sizes[static_cast<std::size_t>(axis)] = 1;
    g = reshape(g, Shape(std::span<const std::int64_t>(sizes)));
  }
  try {
    g = broadcast_to(g, shape);
  } catch (const ShapeError&) {
    return {};
  }
  return where(c != 0.0, g, 0.0 * g);
}

constexpr Damage kDamages[] = {
    {"wrong sign", times<-1, 1>},
    {"twice", times<2, 1>},
    {"times 1.0001", times<10001, 10000>},
    {"dropped", dropped},
    {"another operand's", of_another},
    {"last element twice", last_element_twice},
    {"broadcast not reduced", not_reduced},
    {"upstream forgotten", upstream_forgotten},
    {"result for operand", result_for_operand},
    {"shifted by one", shifted},
    {"not transposed", not_transposed},
    {"all to each tie", all_to_each_tie},
};

// ---- Values

/// y with its derivative times `factor`: f + (factor - 1) (f - its number).
template <int kNumerator, int kDenominator>
ScalarOp scalar_times(ScalarOp f, std::size_t operand) {
  return [f = std::move(f), operand](std::span<const Value> xs) {
    constexpr double kMore = static_cast<double>(kNumerator) / kDenominator - 1;
    const Value x = xs[operand];
    std::vector<Value> all(xs.begin(), xs.end());
    all[operand] = x + kMore * (x - x.value());
    return f(all);
  };
}

ScalarOp scalar_dropped(ScalarOp f, std::size_t operand) {
  return [f = std::move(f), operand](std::span<const Value> xs) {
    std::vector<Value> all(xs.begin(), xs.end());
    all[operand] = all[operand].value();
    return f(all);
  };
}

ScalarOp scalar_exchanged(ScalarOp f, std::size_t operand) {
  return [f = std::move(f), operand](std::span<const Value> xs) {
    const std::size_t other = (operand + 1) % xs.size();
    const Value x = xs[operand], z = xs[other];
    std::vector<Value> all(xs.begin(), xs.end());
    all[operand] = x.value() + (z - z.value());
    all[other] = z.value() + (x - x.value());
    return f(all);
  };
}

constexpr ScalarDamage kScalarDamages[] = {
    {"wrong sign", scalar_times<-1, 1>},           {"twice", scalar_times<2, 1>},
    {"times 1.0001", scalar_times<10001, 10000>},  {"dropped", scalar_dropped},
    {"another operand's", scalar_exchanged, true},
};

}  // namespace

std::span<const Damage> damages() { return kDamages; }
std::span<const ScalarDamage> scalar_damages() { return kScalarDamages; }

}  // namespace nabla::check::detail
