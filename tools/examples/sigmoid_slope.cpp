// SPDX-License-Identifier: MIT
// The slope of the sigmoid is made of its value.
//
//   s(x) = 1 / (1 + e^-x)      s'(x) = s(x) (1 - s(x))      s(-x) = 1 - s(x)
//
// The slope is largest at 0, where it is 1/4, and dies away on both sides: layers of sigmoids let
// at most a quarter of a gradient through. The theory is computed from e^-x alone,
// s' = e^-x / (1 + e^-x)^2.
#include <cmath>
#include <vector>

#include <fmt/core.h>

#include <nabla/nabla.hpp>

#include "lesson.hpp"

using namespace nabla;

int main() {
  examples::Lesson lesson("sigmoid' = s (1 - s)");
  std::vector<double> ours, from_value, from_exponential;
  bool at_most_a_quarter = true;
  for (int x10 = -200; x10 <= 200; ++x10) {
    Tape tape;
    Value x = variable(x10 / 10.0);
    Value s = sigmoid(x);
    backward(s);
    const double e = std::exp(-x.value());
    ours.push_back(x.grad());
    from_value.push_back(s.value() * (1 - s.value()));
    from_exponential.push_back(e / ((1 + e) * (1 + e)));
    at_most_a_quarter = at_most_a_quarter && x.grad() <= 0.25;
    if (x10 % 40 == 0) {
      fmt::print("  x = {:5.1f}   s = {:.9f}   s' = {:.6e}\n", x.value(), s.value(), x.grad());
    }
  }
  lesson.claim("s' = s (1 - s) at 401 points", ours, from_value, 0.0);
  // Where s is near 1, the rounding of s (1.1e-16) is that of 1 - s too.
  lesson.claim("s' = e^-x / (1 + e^-x)^2", ours, from_exponential, 3e-16);
  lesson.claim("s' is 1/4 at 0", ours[200], 0.25, 0.0);
  lesson.claim("and nowhere more", at_most_a_quarter);
  return lesson.status();
}
