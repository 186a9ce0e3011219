// SPDX-License-Identifier: MIT
// The first program: gradients of scalars, a picture of how they came about, gradients of tensors.
#include <fmt/core.h>

#include <nabla/nabla.hpp>
#include <nabla/viz.hpp>
using namespace nabla;

int main() {
  Value a = variable(2.0, "a"), b = variable(-3.0, "b"), c = variable(10.0, "c");
  Value y = named(square(a * b + c) + sin(c - 10), "y");
  backward(y);
  fmt::print("y = {}, dy/da = {}, dy/db = {}, dy/dc = {}\n", y.value(), a.grad(), b.grad(),
             c.grad());
  viz::save(y, "hello.svg");

  Tensor x = tensor({{1, 2}, {3, 4}}), w = variable(tensor({0.5, -0.5}), "w");
  Tensor loss = (matmul(x, w) - tensor({1, 0})).square().mean();
  backward(loss);
  fmt::print("loss = {}, dloss/dw = ({}, {})\n", loss.item(), w.grad().at({0}), w.grad().at({1}));

  return a.grad() == -24 && c.grad() == 9 && w.grad().at({1}) == -5 ? 0 : 1;
}
