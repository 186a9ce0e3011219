// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>
#include <numeric>

#include <boost/test/unit_test.hpp>

#include <nabla/check/problem.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/random.hpp>

#include "battery.hpp"

namespace check = nabla::check;
using check::Problem;
using check::Report;
using check::Verdict;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// f of several numbers with a claimed gradient; results are summed with the upstream weights.
Problem scalar_problem(std::vector<double> at, std::function<double(std::span<const double>)> f,
                       std::vector<double> claim) {
  Problem problem;
  problem.inputs = {{"x", {static_cast<std::int64_t>(at.size())}}};
  problem.at = std::move(at);
  problem.evaluate = [f](std::span<const double> x) { return std::vector<double>{f(x)}; };
  problem.gradient = [claim](std::span<const double> upstream) {
    check::Gradient gradient{claim, {}};
    for (double& number : gradient.values) {
      number = upstream[0] == 0 ? 0 : number * upstream[0];
    }
    return gradient;
  };
  return problem;
}

Verdict verdict_of(double (*f)(double), double x, double claim) {
  return check_problem(
             scalar_problem({x}, [f](std::span<const double> at) { return f(at[0]); }, {claim}))
      .verdict;
}

struct Score {
  int pairs = 0, alarms = 0, undecided = 0, quick = 0, detected = 0, faulty = 0;
};

Score score_of(double fault, const check::Options& options) {
  Score score;
  for (const battery::Case& item : battery::cases()) {
    for (const double x : item.points) {
      ++score.pairs;
      const Report right = check_problem(battery::problem(item, x), options);
      BOOST_TEST(right.ok(), item.name << " at " << x << "\n" << to_string(right));
      score.alarms += is_failure(right.verdict);
      score.undecided += right.inconclusive();
      score.quick += right.counts.quick > 0;
      if (item.slope(x) == 0) continue;
      ++score.faulty;
      score.detected +=
          is_failure(check_problem(battery::problem(item, x, fault), options).verdict);
    }
  }
  return score;
}

using Function = std::function<double(double)>;

/// A function and its slope: waves, exponentials, polynomials, fractions, on an offset or not.
std::pair<Function, Function> random_function(int kind, double a, double b, double offset) {
  using std::cos, std::cosh, std::exp, std::log, std::pow, std::sin, std::tanh;
  const double c = offset;
  switch (kind) {
    case 0:
      return {[=](double t) { return c + sin(a * t + b); },
              [=](double t) { return a * cos(a * t + b); }};
    case 1:
      return {[=](double t) { return c + exp(b * t / 8); },
              [=](double t) { return b / 8 * exp(b * t / 8); }};
    case 2:
      return {[=](double t) { return c + b * log(a + t * t); },
              [=](double t) { return 2 * b * t / (a + t * t); }};
    case 3:
      return {[=](double t) { return c + pow(t, 5) - a * t * t + b; },
              [=](double t) { return 5 * pow(t, 4) - 2 * a * t; }};
    case 4:
      return {[=](double t) { return c + (t - b) / (a + t * t); },
              [=](double t) {
                const double d = a + t * t;
                return 1 / d - 2 * t * (t - b) / (d * d);
              }};
    case 5:
      return {[=](double t) { return c + tanh(a * t + b); },
              [=](double t) { return a / (cosh(a * t + b) * cosh(a * t + b)); }};
    case 6:
      return {[=](double t) { return c + exp(-a * t * t); },
              [=](double t) { return -2 * a * t * exp(-a * t * t); }};
    default:
      return {[=](double t) { return 1e3 + b * sin(a * t); },
              [=](double t) { return a * b * cos(a * t); }};
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(problem)

BOOST_AUTO_TEST_CASE(default_mode_raises_no_false_alarm_and_detects_faults) {
  for (const double fault : {1e-2, 1e-4, 1e-5, -1e-4}) {
    const Score score = score_of(fault, {});
    BOOST_TEST(score.pairs >= 90);
    BOOST_TEST(score.alarms == 0);
    BOOST_TEST(score.undecided == 0);
    BOOST_TEST(score.detected >= 0.95 * score.faulty, score.detected << " of " << score.faulty);
    BOOST_TEST(score.quick >= 0.9 * score.pairs, score.quick << " of " << score.pairs);
  }
}

BOOST_AUTO_TEST_CASE(thorough_mode_detects_a_fault_of_one_millionth) {
  const Score score = score_of(1e-6, {.thorough = true});
  BOOST_TEST(score.alarms == 0);
  BOOST_TEST(score.detected >= 0.95 * score.faulty, score.detected << " of " << score.faulty);
}

BOOST_AUTO_TEST_CASE(slopes_of_random_functions_are_accepted) {
  int alarms = 0, undecided = 0, functions = 0;
  for (const std::uint64_t seed : {7U, 8U, 9U}) {
    nabla::Random random(seed);
    for (int k = 0; k < 20'000; ++k) {
      const double a = std::exp(random.uniform(-9, 7)), b = random.uniform(-3, 3);
      const double x = std::exp(random.uniform(-9, 7)) * (random.bits() & 1 ? 1 : -1);
      const double offset = random.below(3) == 0 ? 1e3 : 0.0;
      const auto [f, slope] = random_function(static_cast<int>(random.below(8)), a, b, offset);
      if (!(std::abs(slope(x)) >= 1e-290) || !std::isfinite(slope(x))) continue;
      ++functions;
      const Report report = check_problem(battery::problem(f, slope, x));
      alarms += is_failure(report.verdict);
      undecided += report.inconclusive();
      BOOST_TEST(!is_failure(report.verdict), "seed " << seed << ", function " << k << " at " << x
                                                      << "\n"
                                                      << to_string(report));
    }
  }
  BOOST_TEST_MESSAGE(functions << " functions, " << alarms << " false alarms, " << undecided
                               << " undecided");
  BOOST_TEST(functions > 45'000);
  BOOST_TEST(alarms == 0);
  BOOST_TEST(undecided < functions / 20);
}

BOOST_AUTO_TEST_CASE(a_kink_accepts_what_lies_between_its_slopes) {
  const auto relu = [](double x) { return std::fmax(x, 0.0); };
  for (const double claim : {0.0, 0.25, 0.5, 1.0}) {
    BOOST_TEST(is_ok(verdict_of(relu, 0, claim)), claim);
  }
  BOOST_TEST((verdict_of(relu, 0, 0.0) == Verdict::kink_accepted));
  for (const double claim : {-1e-3, 1.001, 2.0, -1.0, kInfinity}) {
    BOOST_TEST(is_failure(verdict_of(relu, 0, claim)), claim);
  }
  BOOST_TEST((verdict_of(relu, 0, 2.0) == Verdict::kink_violates));
  BOOST_TEST(is_failure(verdict_of(relu, 1e-6, 0.0)));
}

BOOST_AUTO_TEST_CASE(a_symmetric_kink_is_seen_although_its_central_slope_is_right) {
  const auto cusp = [](double x) { return std::abs(x); };
  BOOST_TEST((verdict_of(cusp, 0, 0.0) == Verdict::kink_accepted));
  BOOST_TEST((verdict_of(cusp, 0, 1.5) == Verdict::kink_violates));
  const auto leaning = [](double x) { return std::abs(x) + 3 * x; };
  BOOST_TEST((verdict_of(leaning, 0, 3.0) == Verdict::kink_accepted));
  const auto relu = [](double x) { return std::fmax(x, 0.0); };
  BOOST_TEST((verdict_of(relu, 0, 0.5) == Verdict::kink_accepted));
  const auto bent = [](double x) { return x * std::abs(x); };
  BOOST_TEST((verdict_of(bent, 0, 0.0) == Verdict::pass));
  const auto square = [](double x) { return x * x + x; };
  BOOST_TEST((verdict_of(square, 0, 1.0) == Verdict::pass));
}

BOOST_AUTO_TEST_CASE(a_function_that_steps_cannot_resolve_is_inconclusive) {
  // Neighbouring numbers around x are apart by two periods and more.
  const auto wave = [](std::span<const double> x) { return std::sin(x[0]) * x[1]; };
  for (const double x : {1e17, 1e18, 1e20}) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const Report report = check_problem(
          scalar_problem({x, 0.5}, wave, {0.5 * std::cos(x), std::sin(x)}), {.seed = seed});
      BOOST_TEST(report.inconclusive(), x << ", seed " << seed << "\n" << to_string(report));
    }
  }
  // What can be resolved is still decided.
  const auto slow = [](std::span<const double> x) { return std::sin(1e-18 * x[0]) * x[1]; };
  BOOST_TEST(is_failure(check_problem(scalar_problem({1e17, 0.5}, slow, {0.5, 0.1})).verdict));
  BOOST_TEST(is_failure(verdict_of([](double) { return 0.0; }, 1, 1.0)));
}

BOOST_AUTO_TEST_CASE(a_gradient_of_one_to_both_at_a_tie_is_rejected) {
  const auto maximum = [](std::span<const double> x) { return std::max(x[0], x[1]); };
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const check::Options options{.seed = seed};
    BOOST_TEST(check_problem(scalar_problem({1, 1}, maximum, {0.5, 0.5}), options).ok());
    BOOST_TEST(check_problem(scalar_problem({1, 1}, maximum, {1, 0}), options).ok());
    const Report both = check_problem(scalar_problem({1, 1}, maximum, {1, 1}), options);
    BOOST_TEST(is_failure(both.verdict), to_string(both));
    const Report none = check_problem(scalar_problem({1, 1}, maximum, {0, 0}), options);
    BOOST_TEST(is_failure(none.verdict), to_string(none));
  }
}

BOOST_AUTO_TEST_CASE(an_infinite_slope_wants_that_infinity) {
  const auto root = [](double x) { return std::sqrt(x); };
  BOOST_TEST((verdict_of(root, 0, kInfinity) == Verdict::infinite_slope));
  BOOST_TEST(is_failure(verdict_of(root, 0, -kInfinity)));
  BOOST_TEST(is_failure(verdict_of(root, 0, 3.0)));
}

BOOST_AUTO_TEST_CASE(gradients_that_are_not_finite_never_pass_where_the_slope_is) {
  const auto square = [](double x) { return x * x; };
  for (const double claim : {kNan, kInfinity, -kInfinity}) {
    for (const double x : {-3.0, 0.0, 1e-9, 2.0}) {
      BOOST_TEST((verdict_of(square, x, claim) == Verdict::non_finite_analytic), claim << x);
    }
  }
}

BOOST_AUTO_TEST_CASE(tiny_values_of_the_wrong_sign_are_failures) {
  const auto tiny = [](double x) { return 1e-12 * std::sin(x); };
  const double slope = 1e-12 * std::cos(1.0);
  BOOST_TEST((verdict_of(tiny, 1, slope) == Verdict::pass));
  BOOST_TEST(is_failure(verdict_of(tiny, 1, -slope)));
  BOOST_TEST(is_failure(verdict_of(tiny, 1, 0.0)));
  const auto zero = [](double) { return 3.0; };
  BOOST_TEST((verdict_of(zero, 1, -0.0) == Verdict::pass));
  BOOST_TEST(is_failure(verdict_of(zero, 1, 1e-6)));
}

BOOST_AUTO_TEST_CASE(nothing_finite_is_not_a_pass) {
  const auto nothing = [](double) { return std::nan(""); };
  BOOST_TEST((verdict_of(nothing, 1, kNan) == Verdict::non_finite_both));
  BOOST_TEST((verdict_of(nothing, 1, 1.0) == Verdict::inconclusive));
  const auto jump = [](double x) { return std::floor(x); };
  BOOST_TEST((verdict_of(jump, 2, 0.0) == Verdict::inconclusive));
  BOOST_TEST((verdict_of(jump, 2.5, 0.0) == Verdict::pass));
}

BOOST_AUTO_TEST_CASE(noise_that_hides_the_slope_is_inconclusive) {
  const auto hidden = [](double x) { return 1e6 + 1e-9 * std::sin(x) + 0.0 * x; };
  BOOST_TEST((verdict_of(hidden, 1, 1e-9 * std::cos(1.0)) == Verdict::inconclusive ||
              verdict_of(hidden, 1, 1e-9 * std::cos(1.0)) == Verdict::pass));
  BOOST_TEST(is_failure(verdict_of(hidden, 1, 1e-2)));
}

BOOST_AUTO_TEST_CASE(without_inputs_nothing_is_checked_and_without_outputs_all_slopes_are_0) {
  const Report report =
      check_problem(scalar_problem({}, [](std::span<const double>) { return 1.0; }, {}));
  BOOST_TEST(report.inconclusive());
  BOOST_TEST(report.counts.checked == 0);
  Problem silent = scalar_problem({1, 2}, nullptr, {0, 0});
  silent.evaluate = [](std::span<const double>) { return std::vector<double>{}; };
  silent.gradient = [](std::span<const double>) { return check::Gradient{{0, 0}, {}}; };
  BOOST_TEST(check_problem(silent).ok());
}

BOOST_AUTO_TEST_CASE(a_gradient_of_the_wrong_length_is_a_mismatch) {
  const auto sum = [](std::span<const double> x) { return x[0] + x[1]; };
  BOOST_TEST((check_problem(scalar_problem({1, 2}, sum, {1})).verdict == Verdict::shape_mismatch));
}

BOOST_AUTO_TEST_CASE(one_wrong_element_among_many_is_named) {
  constexpr std::size_t kCount = 20000, kWrong = 12345;
  std::vector<double> at(kCount), claim(kCount);
  for (std::size_t i = 0; i < kCount; ++i) {
    at[i] = 1 + static_cast<double>(i % 7);
    claim[i] = 2 * at[i];
  }
  claim[kWrong] *= -1;
  const auto squares = [](std::span<const double> x) {
    return std::inner_product(x.begin(), x.end(), x.begin(), 0.0);
  };
  Problem problem = scalar_problem(at, squares, claim);
  problem.inputs = {{"first", {10000}}, {"second", {100, 100}}};
  const Report report = check_problem(problem);
  BOOST_TEST((report.verdict == Verdict::fail));
  BOOST_REQUIRE(!report.worst.empty());
  BOOST_TEST(report.worst[0].input == "second");
  const std::vector<std::int64_t> index{23, 45};
  BOOST_TEST(report.worst[0].index == index, boost::test_tools::per_element());
  BOOST_TEST(report.hint.find("sign") != std::string::npos, report.hint);
  for (const check::Entry& entry : report.worst) BOOST_TEST(entry.bound >= 0);
}

BOOST_AUTO_TEST_CASE(a_million_inputs_cost_few_evaluations) {
  constexpr std::size_t kCount = 1000000;
  std::vector<double> at(kCount), claim(kCount);
  for (std::size_t i = 0; i < kCount; ++i) {
    at[i] = std::sin(static_cast<double>(i));
    claim[i] = 2 * at[i] / kCount;
  }
  const auto mean = [](std::span<const double> x) {
    double sum = 0;
    for (const double number : x) sum += number * number;
    return sum / static_cast<double>(x.size());
  };
  const Report report = check_problem(scalar_problem(at, mean, claim));
  BOOST_TEST(report.ok(), to_string(report));
  BOOST_TEST(report.evaluations <= 2 + 12 * report.counts.checked);
}

BOOST_AUTO_TEST_CASE(a_sparse_fault_is_found_in_the_default_mode) {
  // One entry of a 6 x 6 Jacobian is wrong.
  constexpr std::size_t n = 6;
  Problem problem;
  problem.inputs = {{"x", {n}}};
  for (std::size_t i = 0; i < n; ++i) problem.at.push_back(0.3 + 0.2 * static_cast<double>(i));
  problem.evaluate = [](std::span<const double> x) {
    std::vector<double> y(n);
    for (std::size_t j = 0; j < n; ++j) y[j] = std::sin(x[j]) * x[(j + 1) % n];
    return y;
  };
  problem.gradient = [at = problem.at](std::span<const double> w) {
    std::vector<double> g(n);
    for (std::size_t j = 0; j < n; ++j) {
      g[j] += w[j] * std::cos(at[j]) * at[(j + 1) % n];
      g[(j + 1) % n] += w[j] * std::sin(at[j]) * (j == 3 ? 1.001 : 1.0);
    }
    return check::Gradient{g, {}};
  };
  const Report report = check_problem(problem);
  BOOST_TEST((report.verdict == Verdict::fail));
  const std::vector<std::int64_t> index{4};
  BOOST_TEST(report.worst[0].index == index, boost::test_tools::per_element());
  const Report full = check_problem(problem, {.full = true});
  BOOST_TEST((full.worst[0].output == 3 || full.worst[1].output == 3), to_string(full));
}

BOOST_AUTO_TEST_CASE(a_gradient_that_ignores_upstream_is_not_linear) {
  Problem problem = scalar_problem({2}, [](std::span<const double> x) { return x[0] * x[0]; }, {4});
  problem.gradient = [](std::span<const double>) { return check::Gradient{{4}, {}}; };
  BOOST_TEST((check_problem(problem).verdict == Verdict::not_linear_in_upstream));
}

BOOST_AUTO_TEST_CASE(a_zero_upstream_that_gives_nan_is_not_linear) {
  Problem problem = scalar_problem({2}, [](std::span<const double> x) { return x[0] * x[0]; }, {4});
  problem.gradient = [](std::span<const double> upstream) {
    return check::Gradient{{upstream[0] == 0 ? std::copysign(kNan, -1.0) : 4 * upstream[0]}, {}};
  };
  const Report report = check_problem(problem);
  BOOST_TEST((report.verdict == Verdict::not_linear_in_upstream));
  BOOST_TEST(report.reason == "a zero upstream gradient gives nan");
}

BOOST_AUTO_TEST_CASE(chance_in_the_function_has_its_own_verdict) {
  Problem problem = scalar_problem({2}, [](std::span<const double> x) { return x[0] * x[0]; }, {4});
  int calls = 0;
  problem.evaluate = [&](std::span<const double> x) {
    return std::vector<double>{x[0] + 1e-9 * ++calls};
  };
  BOOST_TEST((check_problem(problem).verdict == Verdict::nondeterministic));
}

BOOST_AUTO_TEST_CASE(a_gradient_that_throws_where_the_value_does_not_is_a_mismatch) {
  Problem problem = scalar_problem({2}, [](std::span<const double> x) { return x[0]; }, {1});
  problem.gradient = [](std::span<const double>) -> check::Gradient {
    throw nabla::GraphError("[test] no");
  };
  const Report report = check_problem(problem);
  BOOST_TEST((report.verdict == Verdict::throws_mismatch));
  BOOST_TEST(report.reason.find("[test] no") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(bad_options_are_refused) {
  const Problem problem = scalar_problem({2}, [](std::span<const double> x) { return x[0]; }, {1});
  BOOST_CHECK_THROW(static_cast<void>(check_problem(problem, {.order = 4})), nabla::DomainError);
  BOOST_CHECK_THROW(static_cast<void>(check_problem(problem, {.safety = 0.5})), nabla::DomainError);
  Problem short_of_numbers = problem;
  short_of_numbers.at.clear();
  BOOST_CHECK_THROW(static_cast<void>(check_problem(short_of_numbers)), nabla::DomainError);
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_report) {
  const auto f = [](std::span<const double> x) { return std::sin(x[0]) * x[1] + x[2]; };
  const Problem problem = scalar_problem({0.5, 2, 3}, f, {std::cos(0.5) * 2, std::sin(0.5), 1.01});
  Report once = check_problem(problem, {.seed = 3}), again = check_problem(problem, {.seed = 3});
  once.milliseconds = again.milliseconds = 0;
  BOOST_TEST(to_json(once) == to_json(again));
  BOOST_TEST(once.seed == 3u);
  BOOST_TEST(once.inputs.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
