// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include <fmt/core.h>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/functional.hpp>
#include <nabla/engine/rule.hpp>
#include <nabla/engine/sweep.hpp>
#include <nabla/kernels/copy.hpp>

#include "tangent.hpp"

namespace nabla::detail {

void check_arguments(const char* operation, std::size_t count) {
  if (count == 0) {
    throw DomainError(fmt::format(
        "[{}] point: got no arguments, need at least one to differentiate by", operation));
  }
}

void check_length(const char* operation, const char* what, std::size_t got, std::size_t need) {
  if (got != need)
    throw ShapeError(fmt::format("[{}] {}: got {} elements, need {}", operation, what, got, need));
}

void sweep_once(Tape& tape, const Value& y) {
  if (!tape.has_externals()) return tape.sweep(y, 1.0);
  Sweep tensors(false);
  tensors.set_tape_under_way(true);
  tape.sweep(y, 1.0);
}

void sweep_once(Tape& tape, std::span<const Value> ys, std::span<const double> upstream) {
  for (std::size_t i = 0; i < ys.size(); ++i)
    if (ys[i].is_active()) tape.add_adjoint(ys[i].index(), upstream[i]);
  if (!tape.has_externals()) return tape.sweep_from(tape.last());
  Sweep tensors(false);
  tensors.set_tape_under_way(true);
  tape.sweep_from(tape.last());
}

Tensor matrix(std::span<const double> elements, std::size_t rows, std::size_t columns) {
  return from_span(elements,
                   Shape{static_cast<std::int64_t>(rows), static_cast<std::int64_t>(columns)});
}

// --- functions of tensors ---------------------------------------------------------------------

namespace {
thread_local const Differentiating* innermost = nullptr;
}

Differentiating::Differentiating(std::span<const Tensor> xs)
    : xs_(xs), since_(last_recorded()), outer_(std::exchange(innermost, this)) {}
Differentiating::~Differentiating() { innermost = outer_; }

bool Differentiating::reaches(const Node& node) {
  if (!node.has(kRequiresGrad)) return false;
  for (const Differentiating* each = innermost; each != nullptr; each = each->outer_) {
    if (node.rule != nullptr && node.sequence > each->since_) return true;
    for (const Tensor& x : each->xs_)
      if (x.node() == &node) return true;
  }
  return false;
}

namespace {

/// An argument of a derivative inside another one: the same numbers, and where they come from.
void pass_on(BackwardCall& call) { call.add(0, call.gradient()); }
Tensor same(std::span<const Tensor> operands, const std::byte*) { return operands[0]; }
constexpr OpInfo kArgument{
    .name = "argument", .formula = "y = x, the argument of a derivative", .gradient = "dy/dx = 1"};
constexpr Rule kArgumentRule{&kArgument, {0, 0, 0}, pass_on, same};

/// f at fresh variables, recorded. The tape is for scalars on the way. Inside another derivative of tensors,
/// arguments that depend on those of the other remember it.
class Recorded {
 public:
  Recorded(const char* operation, const TensorFunction& f, std::span<const Tensor> at)
      : operation_(operation) {
    check_arguments(operation, at.size());
    for (std::size_t i = 0; i < at.size(); ++i) {
      if (!is_floating(defined(at[i], operation).dtype())) {
        throw DTypeError(
            fmt::format("[{}] argument {}: got {}, need float32 or float64; let the function hold "
                        "what it is not differentiated by",
                        operation, i, name_of(at[i].dtype())));
      }
      xs_.push_back(argument(at[i]));
    }
    since_ = last_recorded();
    {
      const Differentiating inside(xs_);
      y_ = f(xs_);
    }
    static_cast<void>(defined(y_, operation));
    is_inner_ = is_recorded_ && depends_on_more();
  }

  [[nodiscard]] const TensorList& xs() const { return xs_; }
  [[nodiscard]] const Tensor& y() const { return y_; }
  [[nodiscard]] Tensor value() const { return is_inner_ ? y_ : y_.detach(); }
  [[nodiscard]] std::uint64_t since() const { return since_; }

  void need_one_element() const {
    if (y_.numel() == 1) return;
    throw ShapeError(
        fmt::format("[{}] the result has shape {}, need one element; reduce it (sum, mean), or use "
                    "vjp or jacobian",
                    operation_, to_string(y_.shape())));
  }

  /// The gradients by each argument of results that were recorded, each with its own given.
  [[nodiscard]] TensorList sweep(std::span<const Tensor> results, std::span<const Tensor> upstream,
                                 bool create_graph) const {
    Sweep sweep(create_graph || is_inner_);
    for (const Tensor& x : xs_) sweep.want(x);
    for (std::size_t i = 0; i < results.size(); ++i)
      if (results[i].requires_grad()) sweep.add(results[i].node(), upstream[i]);
    sweep.run_down_to(since_);
    sweep.finish();
    TensorList gradients;
    for (std::size_t i = 0; i < xs_.size(); ++i) {
      const Tensor gradient = sweep.result(i);
      gradients.push_back(gradient.defined() ? gradient : zeros_like(xs_[i]));
    }
    return gradients;
  }
  /// The gradient of a result with one element, which can be differentiated again.
  [[nodiscard]] TensorList recorded_gradient() const {
    need_one_element();
    return sweep({&y_, 1}, std::array{ones_like(y_)}, true);
  }
  /// What is computed depends on these too.
  void use(std::span<const Tensor> more) {
    for (const Tensor& x : more)
      is_inner_ = is_inner_ || (is_recorded_ && Differentiating::reaches(*x.node()));
  }
  /// Errors    GraphError inside another derivative, which could not go through the result
  void need_outermost() const {
    if (!is_inner_) return;
    throw GraphError(fmt::format(
        "[{}] function: it is inside another derivative, which cannot go through this one; "
        "nest gradient, vjp or hvp, or detach the arguments",
        operation_));
  }
  /// Errors    ShapeError unless each is as its argument
  void check_directions(std::span<const Tensor> directions) const {
    check_length(operation_, "directions", directions.size(), xs_.size());
    for (std::size_t i = 0; i < xs_.size(); ++i)
      check_like(directions[i], xs_[i], fmt::format("direction {}", i));
  }
  void check_like(const Tensor& got, const Tensor& need, const std::string& what) const {
    if (defined(got, operation_).shape() == need.shape() && got.dtype() == need.dtype()) return;
    throw ShapeError(fmt::format("[{}] {}: got {} of shape {}, need {} of shape {}", operation_,
                                 what, name_of(got.dtype()), to_string(got.shape()),
                                 name_of(need.dtype()), to_string(need.shape())));
  }

 private:
  [[nodiscard]] Tensor argument(const Tensor& x) const {
    if (!is_recorded_ || !Differentiating::reaches(*x.node())) return variable(x);
    const Tensor* operand = &x;
    return make_computed(kArgumentRule, x.detach(), {&operand, 1}, nullptr, 0);
  }
  /// True if the result depends on an argument of a derivative around this one.
  [[nodiscard]] bool depends_on_more() const {
    std::vector<const Node*> pending{y_.node()};
    std::unordered_set<const Node*> met;
    while (!pending.empty()) {
      const Node* node = pending.back();
      pending.pop_back();
      if (!met.insert(node).second) continue;
      if (node->rule == nullptr || node->sequence <= since_) {
        if (Differentiating::reaches(*node)) return true;
        continue;
      }
      for (int i = 0; i < node->edge_count; ++i)
        if (!node->holds_number(i)) pending.push_back(node->operand(i));
    }
    return false;
  }

  const char* operation_;
  bool is_recorded_ = is_recording();  ///< by whoever calls this
  bool is_inner_ = false;  ///< and what it gives depends on arguments of a derivative around it
  Tape tape_;
  EnableGrad enable_grad_;
  std::uint64_t since_ = 0;  ///< what was recorded before is none of the function's
  TensorList xs_;
  Tensor y_;
};

/// Zero but for one element.
Tensor unit_like(const Tensor& like, std::int64_t place) {
  Tensor unit = zeros_like(like);
  visit_floating(unit.dtype(), [&]<class T>(T) {
    unit.mutable_data<T>()[static_cast<std::size_t>(place)] = T(1);
  });
  return unit;
}

Shape joined(const Shape& a, const Shape& b) {
  std::vector<std::int64_t> sizes(a.begin(), a.end());
  sizes.insert(sizes.end(), b.begin(), b.end());
  return Shape(std::span<const std::int64_t>(sizes));
}

/// All derivatives of `y` by each argument: a sweep for each element.
TensorList rows_of(const Recorded& f, const Tensor& y) {
  TensorList rows;
  for (const Tensor& x : f.xs()) rows.push_back(zeros(joined(y.shape(), x.shape()), x.dtype()));
  if (!y.requires_grad()) return rows;
  for (std::int64_t i = 0; i < y.numel(); ++i) {
    const TensorList gradients = f.sweep({&y, 1}, std::array{unit_like(y, i)}, false);
    for (std::size_t k = 0; k < rows.size(); ++k) {
      Node& to = *rows[k].node();
      const Node& from = *gradients[k].node();
      const std::int64_t bytes = from.numel() * static_cast<std::int64_t>(size_bytes(from.dtype));
      kernels::copy(from.rank, from.sizes(), to.data + i * bytes,
                    contiguous_strides(f.xs()[k].shape()).data(), from.data, from.strides(),
                    size_bytes(from.dtype));
    }
  }
  return rows;
}

}  // namespace

ValueAndGradient<Tensor, TensorList> tensor_vjp(const char* operation, const TensorFunction& f,
                                                std::span<const Tensor> at,
                                                const Tensor* upstream) {
  Recorded recorded(operation, f, at);
  const Tensor& y = recorded.y();
  if (upstream == nullptr) {
    recorded.need_one_element();
  } else {
    recorded.check_like(*upstream, y, "upstream");
    recorded.use({upstream, 1});
  }
  const Tensor seed = upstream == nullptr ? ones_like(y) : *upstream;
  return {recorded.value(), recorded.sweep({&y, 1}, {&seed, 1}, false)};
}

ValueAndTangent<Tensor> tensor_jvp(const TensorFunction& f, std::span<const Tensor> at,
                                   std::span<const Tensor> directions) {
  Recorded recorded("jvp", f, at);
  recorded.check_directions(directions);
  recorded.use(directions);
  recorded.need_outermost();
  return {recorded.value(), tangent_of(recorded.y(), recorded.xs(), directions, recorded.since())};
}

TensorList tensor_jacobian(const TensorFunction& f, std::span<const Tensor> at) {
  const Recorded recorded("jacobian", f, at);
  recorded.need_outermost();
  return rows_of(recorded, recorded.y());
}

TensorList tensor_hvp(const TensorFunction& f, std::span<const Tensor> at,
                      std::span<const Tensor> directions) {
  Recorded recorded("hvp", f, at);
  recorded.check_directions(directions);
  recorded.use(directions);
  return recorded.sweep(recorded.recorded_gradient(), directions, false);
}

std::vector<TensorList> tensor_hessian(const TensorFunction& f, std::span<const Tensor> at) {
  const Recorded recorded("hessian", f, at);
  recorded.need_outermost();
  std::vector<TensorList> rows;
  for (const Tensor& gradient : recorded.recorded_gradient())
    rows.push_back(rows_of(recorded, gradient));
  return rows;
}

}  // namespace nabla::detail
