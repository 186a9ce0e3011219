// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include <nabla/check/problem.hpp>
#include <nabla/nabla.hpp>

// Functions of one number with their derivatives in closed form, at points that are easy and hard:
// tiny, huge, near the edge of the domain, on steep slopes, on large offsets.

namespace battery {

struct Case {
  /// `generic` takes a number or a tensor.
  template <class F>
  Case(std::string its_name, F generic, std::function<double(double)> its_slope,
       std::vector<double> its_points)
      : name(std::move(its_name)),
        f(generic),
        tensor(generic),
        slope(std::move(its_slope)),
        points(std::move(its_points)) {}

  std::string name;
  std::function<double(double)> f;
  std::function<nabla::Tensor(const nabla::Tensor&)> tensor;
  std::function<double(double)> slope;
  std::vector<double> points;
};

inline std::vector<Case> cases() {
  using std::abs, std::acos, std::atan, std::cos, std::cosh, std::exp, std::fmax, std::lgamma,
      std::log, std::log1p, std::pow, std::sin, std::sqrt, std::tan, std::tanh;
  const auto sigmoid = [](const auto& x) { return 1 / (1 + exp(-x)); };
  return {
      {"sin",
       [](const auto& x) { return sin(x); },
       [](double x) { return cos(x); },
       {0.0, 1e-30, 1e-8, 1e-3, 1.0, 1.57, -3.0, 100.0, 1e4, 1e8}},
      {"exp",
       [](const auto& x) { return exp(x); },
       [](double x) { return exp(x); },
       {0.0, 1e-30, -1e-5, 1.0, -30.0, 50.0, 700.0, -700.0}},
      {"log",
       [](const auto& x) { return log(x); },
       [](double x) { return 1 / x; },
       {1e-300, 1e-30, 1e-12, 1e-8, 1e-3, 0.9999999, 1.0, 3.0, 1e10, 1e300}},
      {"sqrt",
       [](const auto& x) { return sqrt(x); },
       [](double x) { return 0.5 / sqrt(x); },
       {1e-300, 1e-20, 1e-12, 1e-6, 0.3, 2.0, 1e10, 1e300}},
      {"reciprocal",
       [](const auto& x) { return 1 / x; },
       [](double x) { return -1 / (x * x); },
       {1e-100, -1e-20, 1e-6, 0.1, -3.0, 1e6, 1e100}},
      {"tanh",
       [](const auto& x) { return tanh(x); },
       [](double x) { return 1 / (cosh(x) * cosh(x)); },
       {0.0, 1e-8, 0.5, -2.0, 8.0}},
      {"sigmoid",
       sigmoid,
       [=](double x) { return sigmoid(x) * (1 - sigmoid(x)); },
       {0.0, 1e-6, 1.0, -5.0, -30.0, -300.0}},
      {"softplus",
       [](const auto& x) { return fmax(x, 0.0) + log1p(exp(-abs(x))); },
       sigmoid,
       {0.0, 1e-7, 1.0, -20.0, 30.0, 300.0}},
      {"cube",
       [](const auto& x) { return x * x * x; },
       [](double x) { return 3 * x * x; },
       {0.0, 1e-20, 1e-5, 0.7, -12.0, 1e6, 1e80}},
      {"quintic",
       [](const auto& x) { return pow(x, 5) - 3 * x * x + 1; },
       [](double x) { return 5 * pow(x, 4) - 6 * x; },
       {0.1, 1.0, -2.0, 100.0}},
      {"tan",
       [](const auto& x) { return tan(x); },
       [](double x) { return 1 / (cos(x) * cos(x)); },
       {0.3, 1.5, 1.57, 1.5707}},
      {"acos",
       [](const auto& x) { return acos(x); },
       [](double x) { return -1 / sqrt((1 - x) * (1 + x)); },
       {0.0, 0.5, 0.999, 1 - 1e-8, -1 + 1e-10}},
      {"log1p",
       [](const auto& x) { return log1p(x); },
       [](double x) { return 1 / (1 + x); },
       {0.0, 1e-10, 2.0, -0.9999999}},
      {"gaussian",
       [](const auto& x) { return exp(-x * x); },
       [](double x) { return -2 * x * exp(-x * x); },
       {0.0, 0.5, 3.0, 10.0, 20.0, 26.0}},
      {"rational",
       [](const auto& x) { return (x * x - 1) / (x * x + 1); },
       [](double x) { return 4 * x / ((x * x + 1) * (x * x + 1)); },
       {0.0, 1e-4, 0.5, 40.0, 1e5}},
      {"offset wave",
       [](const auto& x) { return 1000 + sin(20 * x); },
       [](double x) { return 20 * cos(20 * x); },
       {0.0, 0.3, 2.0, 50.0}},
      {"pow 1.5",
       [](const auto& x) { return pow(x, 1.5); },
       [](double x) { return 1.5 * sqrt(x); },
       {1e-10, 1e-4, 0.5, 1e5}},
      {"lgamma",
       [](const auto& x) { return lgamma(x); },
       [](double) { return 1 - 0.57721566490153286061; },
       {2.0}},
      {"fast wave",
       [](const auto& x) { return sin(471.6 * x); },
       [](double x) { return 471.6 * cos(471.6 * x); },
       {0.0, 0.7, 29.7}},
      {"constant",
       [](const auto& x) { return 0.0 * x + 7.0; },
       [](double) { return 0.0; },
       {0.0, 1.0, 1e9}},
      {"near a kink",
       [](const auto& x) { return fmax(x, 0.0); },
       [](double x) { return x > 0 ? 1.0 : 0.0; },
       {1e-3, 1e-6, 1e-12, -1e-6}},
      {"atan of steep",
       [](const auto& x) { return atan(1e4 * x); },
       [](double x) { return 1e4 / (1 + 1e8 * x * x); },
       {0.0, 1e-4, 0.1}},
  };
}

/// A claim about f at x, off by a relative `fault`.
inline nabla::check::Problem problem(const std::function<double(double)>& f,
                                     const std::function<double(double)>& slope, double x,
                                     double fault = 0.0) {
  nabla::check::Problem result;
  result.inputs = {{"x", {}}};
  result.at = {x};
  result.evaluate = [f](std::span<const double> at) { return std::vector<double>{f(at[0])}; };
  const double claim = slope(x) * (1 + fault);
  result.gradient = [claim](std::span<const double> upstream) {
    return nabla::check::Gradient{{upstream[0] * claim}, {}};
  };
  return result;
}
inline nabla::check::Problem problem(const Case& item, double x, double fault = 0.0) {
  return problem(item.f, item.slope, x, fault);
}

}  // namespace battery
