// SPDX-License-Identifier: MIT
// Ops on tensors whose formula is made of several functions: their accuracy against long double, in
// units in the last place, in each instruction set.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numbers>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/creation.hpp>
#include <nabla/ops/ops.hpp>
#include <nabla/ops/registry.hpp>
#include <nabla/ops/special.hpp>

#include "support/instruction_sets.hpp"
#include "support/units_in_the_last_place.hpp"

using namespace nabla;

namespace {

// f on a tensor of each floating type against `exact`; `bound` is that for one operand.
template <class F, class Exact, class Bound>
void check(const std::string& name, const F& f, const Exact& exact, const Bound& bound) {
  const auto check_type = [&](auto zero) {
    using T = decltype(zero);
    const std::vector<T> x = test::all_sizes<T>();
    const Tensor operand = from_span<T>(x, {static_cast<std::int64_t>(x.size())});
    test::for_each_instruction_set([&](kernels::Isa isa) {
      const Tensor y = f(operand);
      double worst = 0;
      T where = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        const auto number = static_cast<long double>(x[i]);
        const double error = test::ulps(y.data<T>()[i], exact(number)) / bound(number);
        if (!(error <= worst)) worst = error, where = x[i];
      }
      BOOST_TEST(worst <= 1, name << " in " << kernels::name_of(isa) << ": " << worst
                                  << " times the bound at " << where);
    });
  };
  check_type(float{});
  check_type(double{});
}

long double exact_sigmoid(long double x) {
  const long double e = std::exp(-std::fabs(x));
  return (x < 0 ? e : 1) / (1 + e);
}
long double exact_softplus(long double x) {
  return std::isnan(x) ? x : std::max(x, 0.0L) + std::log1p(std::exp(-std::fabs(x)));
}
long double exact_gelu(long double x) {
  const long double p = std::erfc(-x * std::numbers::sqrt2_v<long double> / 2) / 2;
  return p == 0 ? p : x * p;
}
double two(long double) { return 2; }

// The units in the last place that an op's row of the table allows everywhere: 0 for "exact", 2 for
// "<= 2 ulp with glibc"; negative if it says something else.
double units_allowed(std::string_view accuracy) {
  if (accuracy == "exact") return 0;
  double units = -1;
  char rest[8] = {};
  const std::string text(accuracy);
  const bool is_plain = std::sscanf(text.c_str(), "<= %lf %7[a-z]", &units, rest) == 2 &&
                        std::string_view(rest) == "ulp" && text.find("the larger") == text.npos &&
                        text.find("for") == text.npos;
  return is_plain ? units : -1;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(accuracy)

// What an elementwise op loses to rounding is seen in float32, beside the same formula in float64.
BOOST_AUTO_TEST_CASE(elementwise_ops_are_as_accurate_as_their_table_says) {
  constexpr std::int64_t kCount = 20'000;
  std::mt19937_64 random(1);
  int checked = 0;
  for (const OpEntry* op : all_ops()) {
    const double allowed = units_allowed(op->info->accuracy);
    if (op->arity < 0 || allowed < 0) continue;
    ++checked;
    std::vector<Tensor> narrow, wide;
    for (int k = 0; k < op->arity; ++k) {
      const Interval& from = op->info->samples[k];
      std::uniform_real_distribution<double> draw(from.lower, from.upper);
      std::vector<float> numbers;
      for (std::int64_t i = 0; i < kCount; ++i) numbers.push_back(static_cast<float>(draw(random)));
      narrow.push_back(from_span(std::span<const float>(numbers)));
      wide.push_back(narrow.back().to(float64));
    }
    const std::vector<float> found = op->tensor(narrow, {}).to_vector<float>();
    const std::vector<double> exact = op->tensor(wide, {}).to_vector<double>();
    double worst = 0;
    for (std::size_t i = 0; i < found.size(); ++i)
      worst = std::max(worst, test::ulps(found[i], static_cast<long double>(exact[i])));
    BOOST_TEST(worst <= allowed, op->info->name << ": " << worst << " ulp");
  }
  BOOST_TEST(checked > 70);
}

BOOST_AUTO_TEST_CASE(sigmoid_is_within_two_units) {
  check(
      "sigmoid", [](const Tensor& x) { return sigmoid(x); }, exact_sigmoid, two);
}

BOOST_AUTO_TEST_CASE(softplus_is_within_two_units) {
  check(
      "softplus", [](const Tensor& x) { return softplus(x); }, exact_softplus, two);
}

BOOST_AUTO_TEST_CASE(logsigmoid_is_within_two_units) {
  check(
      "logsigmoid", [](const Tensor& x) { return logsigmoid(x); },
      [](long double x) { return -exact_softplus(-x); }, two);
}

// A great argument takes its whole block another way.
BOOST_AUTO_TEST_CASE(sines_do_not_depend_on_their_neighbours) {
  const auto check_type = [](auto zero) {
    using T = decltype(zero);
    constexpr std::size_t kCount = 6400;
    std::mt19937_64 random(2);
    std::uniform_real_distribution<T> draw(-100, 100);
    std::vector<T> numbers(kCount);
    for (T& x : numbers) x = draw(random);
    const Tensor usual = from_span<T>(numbers, {kCount});
    for (std::size_t i = 0; i < kCount; i += 50) numbers[i] = T(1e30);
    const Tensor mixed = from_span<T>(numbers, {kCount});
    test::for_each_instruction_set([&](kernels::Isa isa) {
      for (const auto f :
           {+[](const Tensor& x) { return sin(x); }, +[](const Tensor& x) { return cos(x); },
            +[](const Tensor& x) { return tan(x); }}) {
        const Tensor alone = f(usual), among = f(mixed);
        std::size_t different = 0;
        for (std::size_t i = 0; i < kCount; ++i)
          different += i % 50 != 0 && alone.data<T>()[i] != among.data<T>()[i] ? 1 : 0;
        BOOST_TEST(different == 0u, kernels::name_of(isa));
      }
    });
  };
  check_type(float{});
  check_type(double{});
}

BOOST_AUTO_TEST_CASE(erfinv_undoes_erf) {
  constexpr double kEps = std::numeric_limits<double>::epsilon();
  std::vector<double> sizes;
  for (double x = 1; x > 1e-300; x *= 0.37) sizes.insert(sizes.end(), {x, 1 - x});
  for (const double x : sizes) {
    if (x == 0 || x == 1) continue;
    const double y = inverse_erf(x);
    // The miss, as a part of y: divided by the slope of erf. 1 - x is exact where it is small.
    const long double exact = y;
    const long double miss =
        x < 0.5 ? std::erf(exact) - x : (1 - static_cast<long double>(x)) - std::erfc(exact);
    const long double slope =
        2 * std::numbers::inv_sqrtpi_v<long double> * std::exp(-exact * exact);
    BOOST_TEST(std::fabs(static_cast<double>(miss / slope / exact)) <= 4 * kEps, x);
    BOOST_TEST(inverse_erf(-x) == -y);
  }
}

// What the division by sqrt(2) rounds away is magnified by x^2, twice.
BOOST_AUTO_TEST_CASE(gelu_is_as_accurate_as_its_table_says) {
  check(
      "gelu", [](const Tensor& x) { return gelu(x); }, exact_gelu,
      [](long double x) {
        return 4 + static_cast<double>(std::min(std::isnan(x) ? 0 : 2 * x * x, 3200.0L));
      });
}

BOOST_AUTO_TEST_SUITE_END()
