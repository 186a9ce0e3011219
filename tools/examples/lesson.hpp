// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <span>

// Lesson: what the programs of this folder have in common. A lesson claims statements, prints each
// with both numbers, ours and the theory's, and ends with a status that says whether all of them
// hold. A number that is not finite fulfils no claim. Prints to standard output; one thread.
//
//   Lesson lesson("the slope of a parabola");
//   lesson.claim("slope of x^2 at x = 3", x.grad(), 6.0, 0.0);
//   return lesson.status();

namespace nabla::examples {

/// How long f takes.
template <class F>
double milliseconds(const F& f) {
  const auto start = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

class Lesson {
 public:
  explicit Lesson(const char* title) { std::printf("%s\n", title); }

  /// Claims that `got` is `expected`, up to an absolute error of `tolerance`.
  void claim(const char* text, double got, double expected, double tolerance) {
    judge(text, std::abs(got - expected) <= tolerance);
    std::printf("        ours %.15g, theory %.15g, allowed difference %.2g\n", got, expected,
                tolerance);
  }

  /// The same of each number in a list, which must not be empty; shows the largest difference.
  void claim(const char* text, std::span<const double> got, std::span<const double> expected,
             double tolerance) {
    const std::size_t n = std::min(got.size(), expected.size());
    double worst = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
      const double difference = std::abs(got[i] - expected[i]);
      // The first NaN stays the worst, as no comparison with it is true.
      if (difference > worst || std::isnan(difference)) worst = difference;
    }
    judge(text, n > 0 && got.size() == expected.size() && worst <= tolerance);
    std::printf("        %zu numbers, theory has %zu, largest difference %.2g, allowed %.2g\n",
                got.size(), expected.size(), worst, tolerance);
  }

  /// Claims something that is true or not.
  void claim(const char* text, bool holds) { judge(text, holds); }

  /// Exit status of the program: 0 if there were claims and all of them held, else 1.
  [[nodiscard]] int status() const {
    if (claims_ > 0 && failed_ == 0) {
      std::printf("all %d claims hold\n", claims_);
      return 0;
    }
    std::printf("%d of %d claims DO NOT HOLD\n", failed_, claims_);
    return 1;
  }

 private:
  void judge(const char* text, bool holds) {
    ++claims_;
    if (!holds) ++failed_;
    std::printf("%s  %s\n", holds ? "  holds" : "  FAILS", text);
  }

  int claims_ = 0;
  int failed_ = 0;
};

}  // namespace nabla::examples
