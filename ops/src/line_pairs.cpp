// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <nabla/engine/recording.hpp>
#include <nabla/kernels/line_pairs.hpp>
#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/minimum.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/lines.hpp>
#include <nabla/ops/loss/triplet_margin.hpp>
#include <nabla/ops/nn/cosine_similarity.hpp>
#include <nabla/ops/reduction/norm.hpp>
#include <nabla/ops/reduction/sum.hpp>
#include <nabla/ops/unary/clamp.hpp>
#include <nabla/ops/unary/relu.hpp>
#include <nabla/ops/view/to.hpp>

// Each op has two ways. Kernels go over the vectors once; the same in ops is what is recorded, and takes
// over where squares leave their range.

namespace nabla {
namespace {

void check_vectors(std::string_view op, const Tensor& a, const Tensor& b) {
  if (detail::defined(a, op).shape() != detail::defined(b, op).shape())
    throw ShapeError(fmt::format("[{}] got shapes {} and {}, need the same; reshape one of them?",
                                 op, to_string(a.shape()), to_string(b.shape())));
  for (const Tensor* x : {&a, &b})
    if (!is_floating(x->dtype())) detail::throw_not_floating(*x, op);
  if (a.rank() == 0) throw ShapeError(fmt::format("[{}] got single numbers, need vectors", op));
}

// What samples are drawn for: vectors of one shape.
std::vector<Tensor> sample_vectors(const Shape& shape, int count) {
  std::vector<Tensor> all;
  for (int i = 0; i < count; ++i)
    all.push_back(sample_tensor(shape, -2.0, 2.0, static_cast<std::uint64_t>(i + 1)));
  return all;
}

// A tensor to be filled for the gradient of each of these operands, which are alike.
template <std::size_t N>
std::array<Tensor, N> gradients_of(const std::array<Tensor, N>& xs, const OpInfo& info) {
  std::array<Tensor, N> gradients;
  for (Tensor& each : gradients)
    each = detail::make_tensor(xs[0].shape(), xs[0].dtype(), info.name);
  return gradients;
}
template <std::size_t N>
void add_all(BackwardCall& call, const std::array<Tensor, N>& gradients) {
  for (std::size_t i = 0; i < N; ++i) {
    const int operand = static_cast<int>(i);
    if (call.wants(operand)) call.add(operand, gradients[i]);
  }
}

/// x over its norm.
Tensor direction(const Tensor& x, int axis, double epsilon) {
  return x / clamp_min(norm(x, 2, axis, true), epsilon);
}
// Directions first: the product of two long vectors would overflow.
Tensor in_ops(const op::CosineSimilarity& op, std::span<const Tensor> x) {
  return (direction(x[0], op.axis, op.epsilon) * direction(x[1], op.axis, op.epsilon)).sum(op.axis);
}

Tensor in_ops(const op::TripletMargin& op, std::span<const Tensor> x) {
  const auto distance = [&](int a, int b) {
    return norm(x[static_cast<std::size_t>(a)] - x[static_cast<std::size_t>(b)], op.order, -1);
  };
  Tensor to_negative = distance(0, 2);
  if (op.swap) to_negative = minimum(to_negative, distance(1, 2));
  return relu(distance(0, 1) - to_negative + op.margin);
}
kernels::TripletMargin options_of(const op::TripletMargin& op) {
  return {op.margin, op.order, op.swap};
}

}  // namespace

Result op::CosineSimilarity::shape(Inputs x) const {
  return {x[0].shape().without(axis), x[0].dtype()};
}

void op::CosineSimilarity::forward(Inputs x, Tensor& y) const {
  if (y.numel() == 0) return;
  const NoGrad no_grad;
  const std::array<Tensor, 2> dense{x[0].contiguous(), x[1].contiguous()};
  visit_floating(y.dtype(), [&]<class T>(T) {
    const bool done =
        kernels::cosines(detail::lines_along(dense[0].shape(), axis), elements<T>(dense[0]),
                         elements<T>(dense[1]), epsilon, elements<T>(y));
    if (!done) std::ranges::copy(in_ops(*this, dense).to_vector<T>(), elements<T>(y));
  });
}

void op::CosineSimilarity::backward(BackwardCall& call) const {
  const auto again = [op = *this](std::span<const Tensor> x) { return in_ops(op, x); };
  if (call.create_graph()) return call.sweep_again(again);
  const Tensor g = call.gradient().contiguous();
  const std::array<Tensor, 2> dense{call.input(0).contiguous(), call.input(1).contiguous()};
  std::array<Tensor, 2> to = gradients_of(dense, info);
  bool done = true;
  if (dense[0].numel() > 0) {
    visit_floating(g.dtype(), [&]<class T>(T) {
      done = kernels::cosine_gradients(detail::lines_along(dense[0].shape(), axis),
                                       elements<T>(dense[0]), elements<T>(dense[1]), elements<T>(g),
                                       epsilon, elements<T>(to[0]), elements<T>(to[1]));
    });
  }
  done ? add_all(call, to) : call.sweep_again(again);
}

std::vector<Sample> op::CosineSimilarity::samples() {
  const auto along = [](int lines) {
    return [lines](std::span<const Tensor> x) { return cosine_similarity(x[0], x[1], lines); };
  };
  std::vector<Tensor> with_zero = sample_vectors({3, 2}, 2);
  with_zero[0] = with_zero[0] * tensor({{1.0}, {0.0}, {1.0}}, float64);
  return {{"rows", sample_vectors({3, 2}, 2), along(-1)},
          {"columns", sample_vectors({3, 2}, 2), along(0)},
          {"a middle axis", sample_vectors({2, 3, 2}, 2), along(1)},
          {"longer than a register", sample_vectors({2, 37}, 2), along(1)},
          {"shorter than epsilon", sample_vectors({2, 2}, 2),
           [](std::span<const Tensor> x) { return cosine_similarity(x[0], x[1], 1, 100.0); }},
          {"of a transposed view", sample_vectors({2, 3}, 2),
           [](std::span<const Tensor> x) {
             return cosine_similarity(x[0].transpose(), x[1].transpose());
           }},
          {"with itself", sample_vectors({2, 3}, 1),
           [](std::span<const Tensor> x) { return cosine_similarity(x[0], 2.0 * x[0] + 1.0); }},
          {"the zero vector", with_zero,
           [](std::span<const Tensor> x) { return cosine_similarity(x[0], x[1], -1, 0.5); }, false},
          {"no vectors", sample_vectors({0, 2}, 2), along(1)},
          {"vectors without elements", sample_vectors({2, 0}, 2), along(1)}};
}

std::vector<ErrorCase> op::CosineSimilarity::errors() {
  const auto refused = [](const Tensor& a, const Tensor& b, int lines, double least) {
    return [=] { static_cast<void>(cosine_similarity(a, b, lines, least)); };
  };
  const Tensor x = zeros({2, 3});
  return {
      {"two shapes", refused(x, zeros({3}), -1, 1), "[cosine_similarity] got shapes (2, 3)"},
      {"numbers", refused(zeros({}), zeros({}), -1, 1),
       "[cosine_similarity] got single numbers, need vectors"},
      {"no such axis", refused(x, x, 2, 1), "[cosine_similarity] no such axis: got 2"},
      {"integers", refused(x, zeros({2, 3}, int64), -1, 1),
       "[cosine_similarity] got int64, need float32 or float64"},
      {"no epsilon", refused(x, x, -1, 0), "[cosine_similarity] got epsilon 0, need more than 0"}};
}

Tensor cosine_similarity(const Tensor& a, const Tensor& b, int axis, double epsilon) {
  check_vectors("cosine_similarity", a, b);
  if (!(epsilon > 0.0))
    throw DomainError(fmt::format("[cosine_similarity] got epsilon {}, need more than 0", epsilon));
  op::CosineSimilarity op{};
  op.axis = normal_axis(axis, a.rank(), "cosine_similarity");
  op.epsilon = epsilon;
  const DType dtype = promote(a.dtype(), b.dtype());
  return record_structured(op, a.to(dtype), b.to(dtype));
}

Result op::TripletMargin::shape(Inputs x) const {
  return {x[0].shape().without(x[0].rank() - 1), x[0].dtype()};
}

void op::TripletMargin::forward(Inputs x, Tensor& y) const {
  if (y.numel() == 0) return;
  const NoGrad no_grad;
  const std::array<Tensor, 3> dense{x[0].contiguous(), x[1].contiguous(), x[2].contiguous()};
  visit_floating(y.dtype(), [&]<class T>(T) {
    const bool done = kernels::triplet_margins(
        detail::lines_along(dense[0].shape(), dense[0].rank() - 1), elements<T>(dense[0]),
        elements<T>(dense[1]), elements<T>(dense[2]), options_of(*this), elements<T>(y));
    if (!done) std::ranges::copy(in_ops(*this, dense).to_vector<T>(), elements<T>(y));
  });
}

void op::TripletMargin::backward(BackwardCall& call) const {
  const auto again = [op = *this](std::span<const Tensor> x) { return in_ops(op, x); };
  if (call.create_graph()) return call.sweep_again(again);
  const Tensor g = call.gradient().contiguous();
  const std::array<Tensor, 3> dense{call.input(0).contiguous(), call.input(1).contiguous(),
                                    call.input(2).contiguous()};
  std::array<Tensor, 3> to = gradients_of(dense, info);
  bool done = true;
  if (dense[0].numel() > 0) {
    visit_floating(g.dtype(), [&]<class T>(T) {
      done = kernels::triplet_margin_gradients(
          detail::lines_along(dense[0].shape(), dense[0].rank() - 1), elements<T>(dense[0]),
          elements<T>(dense[1]), elements<T>(dense[2]), elements<T>(g), options_of(*this),
          elements<T>(to[0]), elements<T>(to[1]), elements<T>(to[2]));
    });
  }
  done ? add_all(call, to) : call.sweep_again(again);
}

std::vector<Sample> op::TripletMargin::samples() {
  const auto with = [](double most, int power, bool nearer) {
    return [=](std::span<const Tensor> x) {
      return triplet_margin(x[0], x[1], x[2], most, power, nearer);
    };
  };
  std::vector<Tensor> alike = sample_vectors({2, 2}, 3);
  alike[1] = alike[0].clone();
  std::vector<Tensor> tied = sample_vectors({2, 2}, 3);
  tied[2] = 0.5 * (tied[0] + tied[1]);
  return {{"rows", sample_vectors({3, 2}, 3), with(1, 2, false)},
          {"a wide margin", sample_vectors({2, 3}, 3), with(9, 2, false)},
          {"the nearer one", sample_vectors({4, 2}, 3), with(9, 2, true)},
          {"sums of sizes", sample_vectors({2, 3}, 3), with(9, 1, false)},
          {"sums of sizes, the nearer one", sample_vectors({4, 2}, 3), with(9, 1, true)},
          {"three axes, longer than a register", sample_vectors({1, 2, 37}, 3), with(9, 2, true)},
          {"transposed views", sample_vectors({2, 3}, 3),
           [](std::span<const Tensor> x) {
             return triplet_margin(x[0].transpose(), x[1].transpose(), x[2].transpose(), 9);
           }},
          {"one vector", sample_vectors({3}, 3), with(9, 2, false)},
          {"a distance of 0", alike, with(9, 2, true), false},
          {"a tie of distances", tied, with(9, 2, true), false},
          {"no vectors", sample_vectors({0, 2}, 3), with(1, 2, true)},
          {"vectors without elements", sample_vectors({2, 0}, 3), with(1, 2, true)}};
}

std::vector<ErrorCase> op::TripletMargin::errors() {
  const auto refused = [](const Tensor& a, const Tensor& b, int power) {
    return [=] { static_cast<void>(triplet_margin(a, a, b, 1.0, power)); };
  };
  const Tensor x = zeros({2, 3});
  return {{"two shapes", refused(x, zeros({2}), 2),
           "[triplet_margin] got shapes (2, 3) and (2,), need the same"},
          {"numbers", refused(zeros({}), zeros({}), 2),
           "[triplet_margin] got single numbers, need vectors"},
          {"integers", refused(zeros({2, 3}, int64), zeros({2, 3}, int64), 2),
           "[triplet_margin] got int64, need float32 or float64"},
          {"another order", refused(x, x, 3), "[triplet_margin] got order 3, need 1 or 2"}};
}

Tensor triplet_margin(const Tensor& anchor, const Tensor& positive, const Tensor& negative,
                      double margin, int order, bool swap) {
  check_vectors("triplet_margin", anchor, positive);
  check_vectors("triplet_margin", anchor, negative);
  if (order != 1 && order != 2)
    throw DomainError(fmt::format("[triplet_margin] got order {}, need 1 or 2", order));
  op::TripletMargin op{};
  op.margin = margin;
  op.order = order;
  op.swap = swap;
  const DType dtype = promote(promote(anchor.dtype(), positive.dtype()), negative.dtype());
  return record_structured(op, anchor.to(dtype), positive.to(dtype), negative.to(dtype));
}

}  // namespace nabla
