// SPDX-License-Identifier: MIT
// Gradient descent on a parabola.
//
//   f(x) = 2x^2 - 12x + 20 = 2 (x - 3)^2 + 2       f'(x) = 4x - 12
//   x <- x - rate f'(x)
//
// The minimum is 2 and lies at x = 3. One step takes the distance to it from d to (1 - 4 rate) d,
// so with rate = 0.1 every step leaves 0.6 of the distance.
#include <cmath>

#include <fmt/core.h>

#include <nabla/nabla.hpp>

#include "lesson.hpp"

using namespace nabla;

int main() {
  examples::Lesson lesson("gradient descent on f(x) = 2x^2 - 12x + 20");
  const double rate = 0.1, start = -2.0;
  const int steps = 80;

  Tape tape;
  Value x = variable(start, "x");
  const Mark before_f = tape.mark();
  double f_of_x = 0.0, slope_at_start = 0.0, distance_after_10 = 0.0;
  for (int step = 0; step <= steps; ++step) {
    Value f = 2 * square(x) - 12 * x + 20;
    x.zero_grad();
    backward(f);
    f_of_x = f.value();
    if (step < 5 || step % 20 == 0) {
      fmt::print("  step {:2}   x = {:18.15f}   f(x) = {:18.15f}   f'(x) = {:.3e}\n", step,
                 x.value(), f_of_x, x.grad());
    }
    if (step == 0) slope_at_start = x.grad();
    if (step == 10) distance_after_10 = x.value() - 3;

    const double next = x.value() - rate * x.grad();
    tape.rewind(before_f);
    tape.set_value(x, next);
  }

  lesson.claim("f'(-2) = 4x - 12", slope_at_start, 4 * start - 12, 0.0);
  lesson.claim("ten steps leave 0.6^10 of the distance", distance_after_10,
               std::pow(0.6, 10) * (start - 3), 1e-14);
  lesson.claim("the descent ends at x = 3", x.value(), 3.0, 1e-14);
  // f is a difference of numbers near 36, which are rounded by up to 3.6e-15 each.
  lesson.claim("and the least value is 2", f_of_x, 2.0, 2e-14);
  return lesson.status();
}
