// SPDX-License-Identifier: MIT
// Scalars and tensors in one graph.
//
//   R = (cos a  -sin a; sin a  cos a)      E(a, s) = 1/m sum |s R p_i - q_i|^2
//
// The angle a and the scale s are two Values; the 2 x 2 matrix is stacked from four expressions of
// them; the points p_i, q_i are tensors. One backward pass goes from the tensor E through the matrix
// to the two numbers. Fitting them recovers the turn and the scale that made q out of p. At the
// start, dE/ds and dE/da are compared with the formulas
//
//   dE/ds = 2/m sum (s |p_i|^2 - q_i . R p_i)      dE/da = -2s/m sum q_i . (dR/da) p_i
#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

#include <fmt/core.h>

#include <nabla/nabla.hpp>

#include "lesson.hpp"

using namespace nabla;

namespace {

Tensor rotation(const Value& a, const Value& s) {
  return stack(std::vector<Value>{s * cos(a), -s * sin(a), s * sin(a), s * cos(a)}, Shape{2, 2});
}

// sum of q . M p over the points, which stand in rows.
double sum_of_products(const Tensor& q, const Tensor& p, const Tensor& matrix) {
  return (q * matmul(p, matrix.transpose())).sum().item();
}

}  // namespace

int main() {
  examples::Lesson lesson("a rotation fitted: two scalars inside a tensor computation");
  const double true_a = std::numbers::pi / 6, true_s = 1.5;
  const double m = 50;
  Random random(18);
  Tensor p = randn({50, 2}, random, float64);
  Tensor q = matmul(p, rotation(true_a, true_s).transpose());

  Tape tape;
  Value a = variable(0.0, "a"), s = variable(1.0, "s");
  const Mark start = tape.mark();
  const double rate = 0.1;
  double dE_da = 0.0, dE_ds = 0.0;  // at the start
  for (int step = 0; step <= 200; ++step) {
    Tensor E = (matmul(p, rotation(a, s).transpose()) - q).square().sum() / m;
    tape.zero_grad();
    backward(E);
    if (step % 50 == 0) {
      fmt::print("  step {:3}   E = {:.3e}   a = {:.12f}   s = {:.12f}\n", step, E.item(),
                 a.value(), s.value());
    }
    if (step == 0) {
      dE_da = a.grad();
      dE_ds = s.grad();
    }
    const double next_a = a.value() - rate * a.grad(), next_s = s.value() - rate * s.grad();
    tape.rewind(start);
    tape.set_value(a, next_a);
    tape.set_value(s, next_s);
  }
  const Tensor R = eye(2, float64), dR = tensor({{0.0, -1.0}, {1.0, 0.0}}, float64);
  const double squares = p.square().sum().item();
  lesson.claim("dE/ds at the start", dE_ds, 2 / m * (squares - sum_of_products(q, p, R)), 1e-13);
  lesson.claim("dE/da at the start", dE_da, -2 / m * sum_of_products(q, p, dR), 1e-13);
  lesson.claim("the angle that was used", a.value(), true_a, 1e-12);
  lesson.claim("the scale that was used", s.value(), true_s, 1e-12);

  // And the other way: elements of a tensor as Values.
  Tensor t = variable(tensor({3.0, 4.0}, float64), "t");
  const std::vector<Value> e = elements(t.square());
  Value length = sqrt(e[0] + e[1]);
  backward(length);
  lesson.claim("d|t|/dt = t / |t|", t.grad().to_vector(), std::vector{0.6, 0.8}, 1e-15);
  return lesson.status();
}
