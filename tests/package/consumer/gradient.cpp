// SPDX-License-Identifier: MIT
#include <nabla/nabla.hpp>

int main() {
  using namespace nabla;
  Value a = variable(3.0, "a");
  Value y = a * a;
  backward(y);
  Tensor w = variable(tensor({1.0, 2.0}), "w");
  backward((w * w).sum());
  return a.grad() == 6.0 && w.grad().at({1}) == 4.0 ? 0 : 1;
}
