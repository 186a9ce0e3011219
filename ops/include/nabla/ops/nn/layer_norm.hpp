// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include <nabla/engine/recording.hpp>
#include <nabla/kernels/layer_norm.hpp>
#include <nabla/kernels/unit.hpp>
#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/chain.hpp>
#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/reduction/max.hpp>
#include <nabla/ops/reduction/mean.hpp>
#include <nabla/ops/reduction/min.hpp>
#include <nabla/ops/reduction/norm.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/reciprocal.hpp>
#include <nabla/ops/unary/sqrt.hpp>
#include <nabla/ops/unary/square.hpp>
#include <nabla/ops/view/clone.hpp>
#include <nabla/ops/view/reshape.hpp>

namespace nabla {
[[nodiscard]] Tensor layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias,
                                double epsilon = 1e-5);
[[nodiscard]] Tensor layer_norm(const Tensor& x, int axes = 1, double epsilon = 1e-5);

namespace op {
// Operands: x, and weight and bias if there are any.
struct LayerNorm : Structured {
  int axes;  ///< how many, the last ones, make an example
  double epsilon;

  static constexpr OpInfo info{
      .name = "layer_norm",
      .formula = "y = h w + b, h = (x - mean x) / sqrt(var x + epsilon)",
      .gradient =
          "dL/dx = (u - mean u - h mean of u h) / sqrt(var x + epsilon) with u = g w, "
          "dL/dw = sum of g h, dL/db = sum of g",
      .kinks = "all x equal: h = 0; an x infinite: NaN",
      .accuracy =
          "sums of 16 terms at most, these in double; no overflow on the way: error <= 8 eps "
          "max(8, |y|)",
      .source = "Ba, Kiros & Hinton 2016"};
  static constexpr std::uint32_t saves = 3;  // x and weight
  Result shape(Inputs x) const {
    const Shape& all = x[0].shape();
    if (!is_floating(x[0].dtype())) detail::throw_not_floating(x[0], info.name);
    detail::check_not_negative(epsilon, "epsilon", info.name);
    if (axes < 1 || axes > all.rank()) {
      throw ShapeError("[layer_norm] no such axes: got the last " + std::to_string(axes) + " of " +
                       to_string(all) + ", need at least one, and no more than there are");
    }
    for (int i = 1; i < x.count(); ++i) {
      detail::check_same_floating(x[0], x[i], info.name);
      if (x[i].shape() != part(all)) {
        throw ShapeError("[layer_norm] x is " + to_string(all) + ", " +
                         (i == 1 ? "weight" : "bias") + " is " + to_string(x[i].shape()) +
                         ", need the shape of x's last axes");
      }
    }
    return {all, x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const {
    if (y.numel() == 0) return;
    const NoGrad no_grad;
    const Tensor dense = x[0].contiguous();
    const bool is_affine = x.count() > 1;
    const Tensor weight = is_affine ? x[1].contiguous() : Tensor();
    const Tensor bias = is_affine ? x[2].contiguous() : Tensor();
    const std::int64_t n = part(y.shape()).numel();
    visit_floating(y.dtype(), [&](auto zero) {
      using T = decltype(zero);
      kernels::layer_norm(y.numel() / n, n, elements<T>(dense), elements_or_null<T>(weight),
                          elements_or_null<T>(bias), epsilon, elements<T>(y));
    });
  }
  void backward(BackwardCall& call) const {
    const bool is_affine = call.input_count() > 1;
    const Tensor x = call.input(0);
    const Tensor weight = is_affine ? call.input(1) : Tensor();
    const Tensor& g = call.gradient();
    const bool wants_x = call.wants(0), wants_weight = is_affine && call.wants(1),
               wants_bias = is_affine && call.wants(2);
    if (!wants_x && !wants_weight) return call.add(2, sum_to(g, weight.shape()));
    const Gradients gradients =
        call.create_graph() || x.numel() == 0 ? recorded(x, weight, g) : computed(x, weight, g);
    if (wants_bias) call.add(2, gradients.dbias);
    if (wants_weight) call.add(1, gradients.dweight);
    if (wants_x) call.add(0, gradients.dx);
  }
  static std::vector<Sample> samples() {
    return {{"rows",
             {sample_tensor({3, 5})},
             [](std::span<const Tensor> x) { return layer_norm(x[0]); }},
            {"planes",
             {sample_tensor({2, 3, 2})},
             [](std::span<const Tensor> x) { return layer_norm(x[0], 2); }},
            {"weight and bias, far from 0",
             {sample_tensor({2, 2, 4}, 700, 704), sample_tensor({4}), sample_tensor({4})},
             [](std::span<const Tensor> x) { return layer_norm(x[0], x[1], x[2]); }},
            {"no rows",
             {sample_tensor({0, 3}), sample_tensor({3}), sample_tensor({3})},
             [](std::span<const Tensor> x) { return layer_norm(x[0], x[1], x[2]); }}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"a weight that does not fit",
             [] {
               static_cast<void>(layer_norm(zeros({2, 3}), zeros({2}), zeros({2})));
             },
             "[layer_norm] x is (2, 3), weight is (2,), need the shape of x's last axes"},
            {"more axes than there are", [] { static_cast<void>(layer_norm(zeros({2}), 2)); },
             "[layer_norm] no such axes: got the last 2 of (2,)"},
            {"a negative epsilon", [] { static_cast<void>(layer_norm(zeros({2}), 1, -1)); },
             "[layer_norm] got epsilon -1, need 0 or more"},
            {"integers", [] { static_cast<void>(layer_norm(arange(3))); },
             "[layer_norm] got int64, need float32 or float64"}};
  }

 private:
  static constexpr double kInfinity = std::numeric_limits<double>::infinity();

  template <class T>
  static const T* elements_or_null(const Tensor& x) {
    return x.defined() ? elements<T>(x) : nullptr;
  }
  template <class T>
  static T* elements_or_null(Tensor& x) {
    return x.defined() ? elements<T>(x) : nullptr;
  }

  struct Gradients {
    Tensor dx, dweight, dbias;
  };

  [[nodiscard]] Shape part(const Shape& x) const {
    return Shape(std::span<const std::int64_t>(x.end() - axes, x.end()));
  }
  [[nodiscard]] Gradients computed(const Tensor& x, const Tensor& weight, const Tensor& g) const {
    const auto like = [](const Tensor& operand) {
      return operand.defined() ? detail::make_tensor_like(operand, info.name) : operand;
    };
    Gradients result{like(x), like(weight), like(weight)};
    const Tensor dense_x = x.contiguous(), dense_g = g.contiguous();
    const Tensor dense_w = weight.defined() ? weight.contiguous() : weight;
    const std::int64_t n = part(x.shape()).numel();
    visit_floating(x.dtype(), [&](auto zero) {
      using T = decltype(zero);
      kernels::layer_norm_gradient(x.numel() / n, n, elements<T>(dense_x),
                                   elements_or_null<T>(dense_w), elements<T>(dense_g), epsilon,
                                   elements<T>(result.dx), elements_or_null<T>(result.dweight),
                                   elements_or_null<T>(result.dbias));
    });
    return result;
  }
  // The same in ops, on rows.
  [[nodiscard]] Gradients recorded(const Tensor& x, const Tensor& weight, const Tensor& g) const {
    const std::int64_t n = part(x.shape()).numel();
    const Shape rows_shape{n == 0 ? 0 : x.numel() / n, n};
    const Tensor rows = x.reshape(rows_shape), g_rows = g.reshape(rows_shape);
    Tensor centred = rows - rows.mean(1, true);
    Tensor variance = centred.square().mean(1, true) + epsilon;
    Tensor unit;
    if (detail::any_element(variance, [](auto v) { return !kernels::fits(v); })) {
      const Tensor moved = rows - constants_of(rows);
      unit = units_of(moved);
      const Tensor parts = moved / unit;
      centred = parts - parts.mean(1, true);
      const Tensor square = centred.square().mean(1, true) + epsilon / unit / unit;
      variance = where(square == 0, kInfinity, square);  // all are equal: h = 0
    }
    const Tensor scale = reciprocal(variance.sqrt());
    const Tensor h = centred * scale;
    const auto chain = [](const Tensor& a, const Tensor& b) { return record(Chain{}, a, b); };
    const Tensor u = weight.defined() ? chain(g_rows, weight.reshape({n})) : g_rows;
    const Tensor off = u - u.mean(1, true) - chain(chain(u, h).mean(1, true), h);
    const Tensor dx = chain(off, unit.defined() ? scale / unit : scale);
    if (!weight.defined()) return {dx.reshape(x.shape()), {}, {}};
    return {dx.reshape(x.shape()), chain(g_rows, h).sum(0).reshape(weight.shape()),
            g_rows.sum(0).reshape(weight.shape())};
  }
  // What all numbers of a row are, or 0: equal numbers are as zeros.
  [[nodiscard]] static Tensor constants_of(const Tensor& rows) {
    const NoGrad no_grad;
    const Tensor greatest = rows.max(1, true);
    return where(greatest == rows.min(1, true), greatest, 0.0);
  }
  // Of each row, for squares that leave their range.
  [[nodiscard]] Tensor units_of(const Tensor& rows) const {
    const NoGrad no_grad;
    Tensor units = norm(rows, kInfinity, 1, true);
    visit_floating(units.dtype(), [&](auto zero) {
      using T = decltype(zero);
      const auto least = static_cast<T>(std::sqrt(epsilon));
      for (T& size : std::span(elements<T>(units), static_cast<std::size_t>(units.numel())))
        size = kernels::unit_of(std::max(size, least));
    });
    return units;
  }
};
}  // namespace op

/// Each example, brought to mean 0 and variance 1, then stretched and moved: h * weight + bias.
/// Shapes    x (..., *e), weight and bias of shape e -> the shape of x
/// Errors    ShapeError if they do not fit; DTypeError unless all have one floating dtype; DomainError
///           unless epsilon >= 0
[[nodiscard]] inline Tensor layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias,
                                       double epsilon) {
  op::LayerNorm op{};
  op.axes = detail::defined(weight, "layer_norm").rank();
  op.epsilon = epsilon;
  return record_structured(op, x, weight, bias);
}
/// The same without weight and bias, over the last `axes` axes.
/// Shapes    unchanged
/// Errors    ShapeError if there are fewer axes; DTypeError on integers; DomainError unless epsilon >= 0
[[nodiscard]] inline Tensor layer_norm(const Tensor& x, int axes, double epsilon) {
  op::LayerNorm op{};
  op.axes = axes;
  op.epsilon = epsilon;
  return record_structured(op, x);
}
}  // namespace nabla
