// SPDX-License-Identifier: MIT
// Operations of one's own, in three ways.
//
//   elementwise: y = x s(x), s the logistic function       y' = s + y (1 - s)
//   structured:  Y_ij = x_i - x_j                          dL/dx_i = sum_j G_ij - sum_j G_ji
//   opaque:      y solves y = a cos y                      dy/da = cos y / (1 + a sin y)
//
// The first states value and slope, the second its own kernel and rule, the third is a loop that no tape
// could follow, with the derivative that the implicit function theorem gives. The same checker proves
// all of them, and the same exporter draws them.
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <nabla/check.hpp>
#include <nabla/nabla.hpp>
#include <nabla/ops/own_op.hpp>
#include <nabla/viz.hpp>

#include "lesson.hpp"

using namespace nabla;

struct Swish : Unary<Swish> {
  static constexpr OpInfo info{.name = "swish", .formula = "y = x s(x)"};
  template <class T>
  static constexpr T value(const T& x) {
    using std::exp;
    return x / (1 + exp(-x));
  }
  template <class T>
  static constexpr T slope(const T& x, const T& y) {
    const T s = sigmoid(x);
    return s + y * (1 - s);
  }
};

struct Differences : Structured {
  static constexpr OpInfo info{.name = "differences", .formula = "Y_ij = x_i - x_j"};
  static constexpr std::uint32_t saves = 0;
  Result shape(Inputs x) const {
    if (x[0].rank() != 1)
      throw ShapeError("[differences] got " + to_string(x[0].shape()) + ", need a vector");
    return {Shape{x[0].numel(), x[0].numel()}, x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const {
    visit_floating(y.dtype(), [&](auto zero) {
      using T = decltype(zero);
      const std::vector<T> numbers = x[0].to_vector<T>();
      T* to = elements<T>(y);
      for (const T a : numbers)
        for (const T b : numbers) *to++ = a - b;
    });
  }
  void backward(BackwardCall& call) const {
    if (call.wants(0)) call.add(0, call.gradient().sum(1) - call.gradient().sum(0));
  }
  static std::vector<Sample> samples() {
    return {{"a vector", {sample_tensor({4})}, [](std::span<const Tensor> x) {
               return record_structured(Differences{}, x[0]);
             }}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"a matrix",
             [] {
               static_cast<void>(record_structured(Differences{}, zeros({2, 2})));
             },
             "need a vector"}};
  }
};

// Newton's method, on plain numbers.
static Tensor solved(std::span<const Tensor> a) {
  std::vector<double> ys;
  for (const double number : a[0].to_vector()) {
    double y = 0.5;
    for (int i = 0; i < 20; ++i) y -= (y - number * std::cos(y)) / (1 + number * std::sin(y));
    ys.push_back(y);
  }
  return from_span(std::span<const double>(ys), a[0].shape());
}

int main() {
  examples::Lesson lesson("an elementwise, a structured and an opaque operation");
  lesson.claim("swish is right in all that can be checked",
               check::check_op(entry_of<Swish>()).ok());
  lesson.claim("and so are the differences", check::check_op(entry_of<Differences>()).ok());

  const CustomFunction solve{.name = "solve",
                             .forward = solved,
                             .backward =
                                 [](const CustomCall& call) {
                                   const Tensor &a = call.inputs[0], &y = call.result;
                                   return std::vector{call.gradient * cos(y) / (1 + a * sin(y))};
                                 },
                             .formula = "y = a cos y",
                             .gradient = "dy/da = cos y / (1 + a sin y)"};
  auto f = [&](std::span<const Tensor> x) {
    return square(record_structured(Differences{}, record(Swish{}, custom(solve, x)))).sum();
  };
  const Tensor a = tensor({0.4, 1.0, 1.7}, float64);
  lesson.claim("the gradient through all three agrees with finite differences, twice",
               check::gradcheck(f, {a}).ok() && check::gradcheck(f, {a}, {.order = 2}).ok());

  // A rule with a slip in it: the sign of sin y.
  CustomFunction wrong = solve;
  wrong.name = "solve_wrongly";
  wrong.backward = [](const CustomCall& call) {
    const Tensor &x = call.inputs[0], &y = call.result;
    return std::vector{call.gradient * cos(y) / (1 - x * sin(y))};
  };
  auto g = [&](std::span<const Tensor> x) { return record(Swish{}, custom(wrong, x)).sum(); };
  const check::Report report = check::gradcheck(g, {a});
  lesson.claim("a slip is found, and the operation that has it named",
               report.culprits.size() == 1 && report.culprits[0].op == "solve_wrongly");

  const Tensor v = variable(a, "a");
  const Tensor inputs[] = {v};
  const std::string dot = viz::to_dot(capture(f(inputs)));
  lesson.claim("the picture shows them", dot.find("swish") != std::string::npos &&
                                             dot.find("differences") != std::string::npos &&
                                             dot.find("solve") != std::string::npos);
  // On Values the elementwise one is fused into the statement around it.
  const Value x = variable(1.5);
  backward(3.0 * record(Swish{}, x * 2.0));
  const double s = 1 / (1 + std::exp(-3.0));
  lesson.claim("and on Values: 3 * 2 * swish'(3)", x.grad(), 6 * (s + 3 * s * (1 - s)), 1e-14);
  return lesson.status();
}
