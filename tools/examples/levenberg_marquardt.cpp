// SPDX-License-Identifier: MIT
// A curve fitted to measurements, with standard errors (Levenberg and Marquardt).
//
//   residual   r[i] = y[i] - b0 (1 - exp(-b1 x[i]))
//   step       b <- b - (J^T J + m D)^-1 J^T r,  D = diag J^T J    m smaller after a step that helps
//   errors     the square roots of the diagonal of s^2 (J^T J)^-1, s^2 = |r|^2 / (measurements - 2)
//
// The data and the certified answer are those of NIST's set Misra1a (Statistical Reference Datasets,
// dental research, monomolecular adsorption). Two arguments are two directions: all of J comes from one
// evaluation in dual numbers, exact to rounding, where differences need three evaluations and lose digits.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include <fmt/core.h>

#include <nabla/nabla.hpp>

#include "lesson.hpp"
#include "solve.hpp"

using namespace nabla;

namespace {

constexpr std::array kX{77.6,  114.9, 141.1, 190.8, 239.9, 289.0, 332.8,
                        378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0};
constexpr std::array kY{10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02,
                        44.82, 50.76, 55.05, 61.01, 66.40, 75.47, 81.78};

struct Residuals {
  template <class T>
  std::vector<T> operator()(const std::vector<T>& b) const {
    using std::exp;
    std::vector<T> r;
    for (std::size_t i = 0; i < kX.size(); ++i)
      r.push_back(kY[i] - b[0] * (1.0 - exp(-b[1] * kX[i])));
    return r;
  }
};

// J by differences, as one does without derivatives.
std::vector<double> differences(const std::vector<double>& b) {
  const std::vector<double> r = Residuals()(b);
  std::vector<double> j(2 * r.size());
  for (std::size_t k = 0; k < 2; ++k) {
    std::vector<double> moved = b;
    const double h = 1e-7 * b[k];
    moved[k] += h;
    const std::vector<double> s = Residuals()(moved);
    for (std::size_t i = 0; i < r.size(); ++i) j[2 * i + k] = (s[i] - r[i]) / h;
  }
  return j;
}

template <class F>
double microseconds(const F& f) {
  return examples::milliseconds([&] {
    for (int i = 0; i < 1'000; ++i) f();
  });
}

}  // namespace

int main() {
  examples::Lesson lesson("Misra1a: a curve, and how well its numbers are known");
  const Residuals f;
  std::vector<double> b{500.0, 0.0001};
  const SparsePlan plan = plan_jacobian(f, b);
  lesson.claim("one evaluation gives all of J", plan.by_columns && plan.coloring.count == 2);

  double damping = 1e-3;
  for (int step = 0; step < 40; ++step) {
    const std::vector<double> r = f(b);
    examples::NormalEquations n(sparse_jacobian(f, b, plan), r);
    for (const std::size_t i : {0u, 1u}) n.at(i, i) *= 1 + damping;
    const std::vector<double> change = n.step();
    const std::vector<double> next{b[0] - change[0], b[1] - change[1]};
    const bool is_better = examples::squared(f(next)) <= examples::squared(r);
    if (is_better) b = next;
    damping *= is_better ? 0.3 : 2.0;
    if (step % 8 == 0) fmt::print("  step {:2}   |r|^2 = {:.10e}\n", step, examples::squared(r));
  }

  const std::vector<double> r = f(b);
  const SparseMatrix j = sparse_jacobian(f, b, plan);
  examples::NormalEquations n(j, r);
  const double variance = examples::squared(r) / static_cast<double>(r.size() - 2);
  const double det = n.at(0, 0) * n.at(1, 1) - n.at(0, 1) * n.at(1, 0);
  const double error0 = std::sqrt(variance * n.at(1, 1) / det);
  const double error1 = std::sqrt(variance * n.at(0, 0) / det);
  lesson.claim("b0", b[0], 2.3894212918e2, 1e-7);
  lesson.claim("b1", b[1], 5.5015643181e-4, 1e-13);
  lesson.claim("standard error of b0", error0, 2.7070075241, 1e-8);
  lesson.claim("standard error of b1", error1, 7.2668688436e-6, 1e-14);
  lesson.claim("|r|^2", examples::squared(r), 1.2455138894e-1, 1e-11);

  const std::vector<double> exact = j.dense().to_vector(), near = differences(b);
  double worst = 0;
  for (std::size_t i = 0; i < exact.size(); ++i)
    worst = std::max(worst, std::abs(near[i] / exact[i] - 1));
  const double ours = microseconds([&] { static_cast<void>(sparse_jacobian(f, b, plan)); });
  const double dense = microseconds([&] { static_cast<void>(jacobian(f, b)); });
  const double naive = microseconds([&] { static_cast<void>(differences(b)); });
  fmt::print(
      "  J in {:.2f} us; by the tape {:.2f} us, by differences {:.2f} us with an error of {:.0e}\n",
      ours, dense, naive, worst);
  lesson.claim("differences lose half of the digits", worst > 1e-10);
  return lesson.status();
}
