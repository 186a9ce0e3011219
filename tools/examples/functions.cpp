// SPDX-License-Identifier: MIT
// Derivatives of functions of tensors, and a say in how they come about.
//
//   f(w) = |tanh(X w) - y|^2,   gradient J^T (2 r (1 - t^2)),   J v forward, v^T J backward
//
// The same numbers come out of forward mode, of a sweep, of a recomputed part, and of a gradient that
// the program gives itself.
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include <nabla/nabla.hpp>

#include "lesson.hpp"

using namespace nabla;

int main() {
  examples::Lesson lesson("four ways to one derivative");
  const Tensor X = tensor({{1.0, 2.0}, {-0.5, 0.25}, {3.0, -1.0}}, float64);
  const Tensor y = tensor({0.5, 0.0, 1.0}, float64);
  const Tensor w = tensor({0.3, -0.2}, float64), v = tensor({1.0, 0.5}, float64);

  auto f = [&](const Tensor& x) { return sum(square(tanh(matmul(X, x)) - y)); };
  Tensor g = gradient(f, w);                    // like w
  Tensor H = hessian(f, w), Hv = hvp(f, w, v);  // (2, 2), and its product with v
  auto [value, slope] = jvp(f, w, v);           // forward mode: f and its change along v

  const CustomFunction my_tanh{.name = "my_tanh",
                               .forward = [](std::span<const Tensor> x) { return tanh(x[0]); },
                               .backward =
                                   [](const CustomCall& call) {
                                     return std::vector{call.gradient * (1 - square(call.result))};
                                   }};
  auto part = [=](std::span<const Tensor> p) { return custom(my_tanh, {matmul(X, p[0])}); };

  const Tensor u = variable(w, "u");
  const Tensor h = checkpoint(part, {u});  // keeps u and h; a sweep computes the rest again
  std::vector<double> seen;
  const GradientHook hook(h, [&](const Tensor& gradient) {
    seen = gradient.to_vector();
    return Tensor();  // as it is
  });
  backward(sum(square(h - y)));

  // By hand.
  std::vector<double> by_hand(2, 0.0), at_h;
  for (std::int64_t i = 0; i < 3; ++i) {
    const double t = std::tanh(X.at({i, 0}) * w.at({0}) + X.at({i, 1}) * w.at({1}));
    at_h.push_back(2 * (t - y.at({i})));
    for (std::int64_t k = 0; k < 2; ++k)
      by_hand[static_cast<std::size_t>(k)] += at_h.back() * (1 - t * t) * X.at({i, k});
  }
  lesson.claim("the gradient", g.to_vector(), by_hand, 1e-13);
  lesson.claim("forward mode gives <gradient, v>", slope.item(), by_hand[0] + by_hand[1] * 0.5,
               1e-13);
  lesson.claim("a recomputed part has the same gradient", u.grad().to_vector(), by_hand, 1e-13);
  lesson.claim("the hook saw 2 (t - y)", seen, at_h, 1e-13);
  lesson.claim("H v is the product with the Hessian", Hv.to_vector(), matmul(H, v).to_vector(),
               1e-13);
  lesson.claim("f is the sum of squares", value.item(), f(w).item(), 0.0);
  return lesson.status();
}
