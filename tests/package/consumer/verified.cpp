// SPDX-License-Identifier: MIT
#include <vector>

#include <nabla/check.hpp>
#include <nabla/nabla.hpp>

int main() {
  const auto f = [](const auto& p) { return p[0] * p[0] * p[1]; };
  const std::vector<double> at{1.0, 2.0};
  return nabla::check::gradcheck(f, at).ok() ? 0 : 1;
}
