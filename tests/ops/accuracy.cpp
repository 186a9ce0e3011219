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
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
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

// What an op's row of the table allows, in units in the last place: 0 for "exact", 2 for "<= 2 ulp with
// glibc"; negative if it says something else. More where e^x is denormal, if the row says so.
struct Allowed {
  double units = -1;
  bool grows = false;

  explicit Allowed(std::string_view accuracy) {
    const std::string text(accuracy);
    char rest[8] = {};
    const auto says = [&](const char* words) { return text.find(words) != text.npos; };
    if (text == "exact") {
      units = 0;
    } else if (std::sscanf(text.c_str(), "<= %lf %7[a-z]", &units, rest) != 2 ||
               std::string_view(rest) != "ulp" || says("the larger") || says("for") ||
               says("leaves")) {
      units = -1;
    }
    grows = says(", where e^x is denormal <= |x| ulp");
  }
  [[nodiscard]] double at(float x) const {
    // Down to where the product of both is 0.
    const bool is_denormal = std::exp(x) < std::numeric_limits<float>::min() && x > -110;
    return grows && is_denormal ? std::max(units, std::abs(static_cast<double>(x))) : units;
  }
};

// Half of them from the interval of the op's samples, half of all sizes and both signs.
std::vector<float> draw_operand(const Interval& from, std::int64_t count, std::mt19937_64& random) {
  using Limits = std::numeric_limits<float>;
  std::uniform_real_distribution<double> usual(from.lower, from.upper);
  std::uniform_real_distribution<double> exponent(Limits::min_exponent - Limits::digits,
                                                  Limits::max_exponent);
  std::vector<float> numbers;
  for (std::int64_t i = 0; i < count; ++i) {
    const double any = std::exp2(exponent(random)) * (random() % 2 == 0 ? 1 : -1);
    numbers.push_back(static_cast<float>(i % 2 == 0 ? usual(random) : any));
  }
  return numbers;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(accuracy)

// What an elementwise op loses to rounding is seen in float32, beside the same formula in float64.
BOOST_AUTO_TEST_CASE(elementwise_ops_are_as_accurate_as_their_table_says) {
  constexpr std::int64_t kCount = 20'000;
  std::mt19937_64 random(1);
  int checked = 0;
  for (const OpEntry* op : all_ops()) {
    const Allowed allowed(op->info->accuracy);
    if (op->arity < 0 || allowed.units < 0) continue;
    ++checked;
    std::vector<std::vector<float>> operands;
    std::vector<Tensor> narrow, wide;
    for (int k = 0; k < op->arity; ++k) {
      operands.push_back(draw_operand(op->info->samples[k], kCount, random));
      narrow.push_back(from_span(std::span<const float>(operands.back())));
      wide.push_back(narrow.back().to(float64));
    }
    const std::vector<float> found = op->tensor(narrow, {}).to_vector<float>();
    const std::vector<double> exact = op->tensor(wide, {}).to_vector<double>();
    double worst = 0;
    std::size_t where = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
      const double units = test::ulps(found[i], static_cast<long double>(exact[i]));
      const double excess = units - allowed.at(operands[0][i]);
      if (i == 0 || !(excess <= worst)) worst = excess, where = i;
    }
    BOOST_TEST(worst <= 0, op->info->name << " at " << operands[0][where] << ": " << worst
                                          << " ulp more than allowed");
  }
  BOOST_TEST(checked > 70);
}

BOOST_AUTO_TEST_CASE(the_angle_of_a_denormal_point_has_all_of_its_digits) {
  const auto check_type = [](auto zero) {
    using T = decltype(zero);
    for (const auto& [a, b] : {std::pair{2, 3}, {3, 2}, {2, -3}, {-1, 1}, {5, 7}, {1, 2}}) {
      const auto least = std::numeric_limits<T>::denorm_min();
      const std::vector<T> as{static_cast<T>(a) * least}, bs{static_cast<T>(b) * least};
      const Tensor angle =
          atan2(from_span(std::span<const T>(as)), from_span(std::span<const T>(bs)));
      const long double exact =
          std::atan2(static_cast<long double>(a), static_cast<long double>(b));
      BOOST_TEST(test::ulps(angle.data<T>()[0], exact) <= 1.8, a << ", " << b);
    }
  };
  check_type(float{});
  check_type(double{});
}

BOOST_AUTO_TEST_CASE(sigmoid_is_within_two_units) {
  check(
      "sigmoid", [](const Tensor& x) { return sigmoid(x); }, exact_sigmoid, two);
}

// In float32 e^100 is infinite, which log1p cannot tell: softplus is that function.
BOOST_AUTO_TEST_CASE(the_logarithm_of_one_and_a_large_exponential_is_its_exponent) {
  const auto value_and_slope = [](Tensor (*f)(const Tensor&), DType dtype) {
    const Tensor x = variable(tensor(100, dtype)), y = f(x);
    backward(y);
    return std::vector{y.item(), x.grad().item()};
  };
  const std::vector<double> expected{100, 1};
  const auto composed = [](const Tensor& x) { return log1p(exp(x)); };
  const auto direct = [](const Tensor& x) { return softplus(x); };
  BOOST_TEST(value_and_slope(composed, float64) == expected, boost::test_tools::per_element());
  BOOST_TEST(value_and_slope(direct, float64) == expected, boost::test_tools::per_element());
  BOOST_TEST(value_and_slope(direct, float32) == expected, boost::test_tools::per_element());
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
BOOST_AUTO_TEST_CASE(results_do_not_depend_on_their_neighbours) {
  const auto check_type = [](auto zero) {
    using T = decltype(zero);
    constexpr std::size_t kCount = 6400;
    std::mt19937_64 random(2);
    // What is usual of gelu comes first.
    std::uniform_real_distribution<T> near(T(-4.9), T(4.9)), far(-80, 80);
    std::vector<T> numbers(kCount);
    for (std::size_t i = 0; i < kCount; ++i)
      numbers[i] = i < kCount / 2 ? near(random) : far(random);
    const Tensor usual = from_span<T>(numbers, {kCount});
    for (std::size_t i = 0; i < kCount; i += 50) numbers[i] = T(1e30);
    const Tensor mixed = from_span<T>(numbers, {kCount});
    test::for_each_instruction_set([&](kernels::Isa isa) {
      for (const auto f :
           {+[](const Tensor& x) { return sin(x); }, +[](const Tensor& x) { return cos(x); },
            +[](const Tensor& x) { return tan(x); }, +[](const Tensor& x) { return exp(x); },
            +[](const Tensor& x) { return log(abs(x)); },
            +[](const Tensor& x) { return sigmoid(x); }, +[](const Tensor& x) { return silu(x); },
            +[](const Tensor& x) { return softplus(x); }, +[](const Tensor& x) { return gelu(x); },
            +[](const Tensor& x) { return logsigmoid(x); },
            +[](const Tensor& x) { return bce_with_logits(x, 0.25); }}) {
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
