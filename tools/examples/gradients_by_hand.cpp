// SPDX-License-Identifier: MIT
// Two gradients, by hand and by the engine.
//
//   f(x, y) = 2x^2 + 2y + 4xy      df/dx = 4x + 4y     df/dy = 2 + 4x
//   g(x, y) = x sin y              dg/dx = sin y       dg/dy = x cos y
//
// f has whole numbers all the way, so both ways give the very same numbers.
#include <cmath>
#include <vector>

#include <fmt/core.h>

#include <nabla/nabla.hpp>

#include "lesson.hpp"

using namespace nabla;

int main() {
  examples::Lesson lesson("gradients of 2x^2 + 2y + 4xy and of x sin y");
  std::vector<double> f_ours, f_by_hand, g_ours, g_by_hand;
  for (const double a : {-3.0, 0.0, 1.0, 2.0}) {
    for (const double b : {-1.0, 0.0, 2.0}) {
      Tape tape;
      Value x = variable(a, "x"), y = variable(b, "y");

      Value f = 2 * square(x) + 2 * y + 4 * x * y;
      backward(f);
      f_ours.insert(f_ours.end(), {x.grad(), y.grad()});
      f_by_hand.insert(f_by_hand.end(), {4 * a + 4 * b, 2 + 4 * a});

      tape.zero_grad();
      Value g = x * sin(y);
      backward(g);
      g_ours.insert(g_ours.end(), {x.grad(), y.grad()});
      g_by_hand.insert(g_by_hand.end(), {std::sin(b), a * std::cos(b)});

      fmt::print("  at ({:2}, {:2})   grad f = ({:3}, {:3})   grad g = ({:8.5f}, {:8.5f})\n", a, b,
                 f_ours.end()[-2], f_ours.back(), x.grad(), y.grad());
    }
  }
  lesson.claim("grad f = (4x + 4y, 2 + 4x)", f_ours, f_by_hand, 0.0);
  lesson.claim("grad g = (sin y, x cos y)", g_ours, g_by_hand, 1e-15);
  return lesson.status();
}
