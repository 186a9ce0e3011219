// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/engine/recording.hpp>
#include <nabla/kernels/softmax.hpp>
#include <nabla/ops/binary/chain.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/indexing.hpp>
#include <nabla/ops/family/list.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/nn/log_softmax.hpp>
#include <nabla/ops/nn/softmax.hpp>
#include <nabla/ops/one_hot.hpp>
#include <nabla/ops/reduction/sum.hpp>
#include <nabla/ops/unary/neg.hpp>
#include <nabla/ops/view/clone.hpp>
#include <nabla/ops/view/reshape.hpp>

namespace nabla {
[[nodiscard]] Tensor softmax_cross_entropy(const Tensor& logits, const Tensor& targets);

namespace op {
struct SoftmaxCrossEntropy : Structured {
  static constexpr bool for_lists = true;
  static constexpr OpInfo info{
      .name = "softmax_cross_entropy",
      .formula = "y = -sum over classes of t ln softmax(x)",
      .gradient = "dL/dx = g (softmax(x) sum of t - t), dL/dt = -g ln softmax(x)",
      .kinks = "all x of an example = -inf: y = NaN for it alone; dL/dx stays finite",
      .accuracy = "that of log_softmax, summed in double",
      .source = "Blanchard, Higham & Higham 2021, IMA J. Numer. Anal. 41(4)",
      .instead = "logsumexp(a, b) - a"};
  static constexpr std::uint32_t saves = 3;  // logits and targets
  Result shape(Inputs x) const {
    const Tensor& logits = x[0];
    const Tensor& targets = x[1];
    if (logits.rank() != 2 || targets.rank() == 0 || targets.size(0) != logits.size(0) ||
        !(targets.rank() == 1 || targets.shape() == logits.shape())) {
      throw ShapeError("[softmax_cross_entropy] logits are " + to_string(logits.shape()) +
                       ", targets are " + to_string(targets.shape()) +
                       ", need (n, c) with labels (n,) or probabilities (n, c)");
    }
    if (!is_floating(logits.dtype())) detail::throw_not_floating(logits, info.name);
    if (targets.rank() == 1) {
      detail::check_indices(targets, logits.size(1), info.name);
    } else {
      detail::check_same_floating(logits, targets, info.name);
    }
    return {Shape{logits.size(0)}, logits.dtype()};
  }
  void forward(Inputs x, Tensor& y) const {
    const NoGrad no_grad;
    const Tensor logits = x[0].contiguous();
    const Tensor targets = x[1].contiguous();
    const std::int64_t count = y.numel(), classes = logits.size(1);
    if (count == 0) return;
    Tensor greatest = detail::make_tensor(y.shape(), y.dtype(), info.name);
    visit_floating(y.dtype(), [&](auto zero) {
      using T = decltype(zero);
      const T* row = elements<T>(logits);
      T* shift = elements<T>(greatest);
      T* out = elements<T>(y);
      kernels::log_sum_exp({count, classes, 1}, row, shift, out);
      for (std::int64_t i = 0; i < count; ++i, row += classes) {
        out[i] = targets.rank() == 1 ? (shift[i] - row[elements<std::int64_t>(targets)[i]]) + out[i]
                                     : cross_entropy(row, elements<T>(targets) + i * classes,
                                                     classes, shift[i], out[i]);
      }
    });
  }
  void backward(BackwardCall& call) const {
    const Tensor logits = call.input(0);
    const Tensor targets = call.input(1);
    const Tensor g = call.gradient().reshape({-1, 1});
    const bool labels = targets.rank() == 1;
    if (labels && !call.create_graph()) return add_label_gradient(call, logits, targets);
    if (call.wants(0)) {
      const Tensor p = softmax(logits, 1);
      const Tensor slope = labels ? p - one_hot(targets, logits.size(1), logits.dtype())
                                  : p * targets.sum(1, true) - targets;
      call.add(0, record(Chain{}, g, slope));
    }
    if (!labels && call.wants(1)) call.add(1, record(Chain{}, -g, log_softmax(logits, 1)));
  }
  static std::vector<Sample> samples() {
    return {{"labels",
             {sample_tensor({3, 4})},
             [](std::span<const Tensor> x) {
               return softmax_cross_entropy(x[0], tensor({2, 0, 2}, int64));
             }},
            {"probabilities",
             {sample_tensor({2, 3}), sample_tensor({2, 3}, 0.1, 0.6)},
             [](std::span<const Tensor> x) { return softmax_cross_entropy(x[0], x[1]); }},
            {"no rows",
             {sample_tensor({0, 3}), sample_tensor({0, 3}, 0.1, 0.6)},
             [](std::span<const Tensor> x) { return softmax_cross_entropy(x[0], x[1]); }}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"a label too large",
             [] {
               static_cast<void>(softmax_cross_entropy(zeros({2, 3}), tensor({0, 3}, int64)));
             },
             "[softmax_cross_entropy] index out of range: got 3, need 0 <= index < 3"},
            {"sizes that do not fit",
             [] {
               static_cast<void>(softmax_cross_entropy(zeros({2, 3}), tensor({0}, int64)));
             },
             "[softmax_cross_entropy] logits are (2, 3), targets are (1,)"}};
  }

 private:
  // 0 ln 0 is 0: a class that cannot be and is not costs nothing.
  template <class T>
  static T cross_entropy(const T* logits, const T* targets, std::int64_t classes, T greatest,
                         T log_total) {
    double total = 0.0;
    for (std::int64_t c = 0; c < classes; ++c) {
      if (targets[c] == 0) continue;
      const T negative_log = (greatest - logits[c]) + log_total;
      total += static_cast<double>(targets[c]) * static_cast<double>(negative_log);
    }
    return static_cast<T>(total);
  }
  static void add_label_gradient(BackwardCall& call, const Tensor& logits, const Tensor& targets) {
    Tensor dx = detail::make_tensor(logits.shape(), logits.dtype(), info.name);
    detail::along_lines(
        1, dx, [](const auto&... arguments) { kernels::softmax(arguments...); }, logits);
    const Tensor labels = targets.contiguous();
    const Tensor& g = call.gradient();
    visit_floating(dx.dtype(), [&](auto zero) {
      using T = decltype(zero);
      kernels::label_gradient(dx.size(0), dx.size(1), elements<std::int64_t>(labels),
                              static_cast<const T*>(elements<T>(g)), g.strides()[0],
                              elements<T>(dx));
    });
    call.add(0, dx);
  }
};
}  // namespace op

/// The cross entropy of softmax(logits) from the targets, one number an example, without overflow.
/// An example whose logits are all -inf costs NaN; the others are not touched.
/// Shapes    logits (n, c), targets int64 (n) or probabilities (n, c) -> (n)
/// Units     nats
/// Errors    ShapeError on sizes that do not fit; DTypeError unless logits are floating;
///           DomainError on a label that is not in 0, ..., c - 1
[[nodiscard]] inline Tensor softmax_cross_entropy(const Tensor& logits, const Tensor& targets) {
  return record_structured(op::SoftmaxCrossEntropy{}, logits, targets);
}

/// The same of one example: the logits are a list of numbers, the target is a label.
/// Units     nats
/// Errors    DomainError on a label that is not in 0, ..., c - 1
template <ScalarList X>
[[nodiscard]] NumberOf<X> softmax_cross_entropy(const X& logits, std::size_t label) {
  if (label >= std::ranges::size(logits)) {
    throw DomainError("[softmax_cross_entropy] index out of range: got " + std::to_string(label) +
                      ", need 0 <= index < " + std::to_string(std::ranges::size(logits)));
  }
  const NumberOf<X> shift = detail::shift_of(logits, "softmax_cross_entropy");
  return detail::log_of_total(logits, shift) - (std::ranges::data(logits)[label] - shift);
}
/// The same of one example with plain probabilities of the classes.
/// Errors    ShapeError unless there are as many probabilities as logits, and at least one
template <ScalarList X, ScalarList P>
requires std::floating_point<NumberOf<P>>
[[nodiscard]] NumberOf<X> softmax_cross_entropy(const X& logits, const P& probabilities) {
  detail::check_as_many("softmax_cross_entropy", logits, probabilities);
  const NumberOf<X> shift = detail::shift_of(logits, "softmax_cross_entropy");
  const NumberOf<X> log_total = detail::log_of_total(logits, shift);
  NumberOf<X> total(0.0);
  const auto* next = std::ranges::data(logits);
  for (const auto probability : probabilities) {
    const auto& logit = *next++;
    if (probability != 0) total = total + probability * (log_total - (logit - shift));
  }
  return total;
}
}  // namespace nabla
