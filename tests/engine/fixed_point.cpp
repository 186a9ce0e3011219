// SPDX-License-Identifier: MIT
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/bridge.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/fixed_point.hpp>
#include <nabla/ops/ops.hpp>

using namespace nabla;

namespace {

/// Kepler's equation.
struct Kepler {
  template <class T>
  std::vector<T> operator()(const std::vector<T>& x, const std::vector<T>& p) const {
    return {p[0] + p[1] * sin(x[0])};
  }
};

/// Jacobi's iteration for (4 a; 1 3) x = (b; 1), p = (a, b), and a third number that follows.
struct Jacobi {
  template <class T>
  std::vector<T> operator()(const std::vector<T>& x, const std::vector<T>& p) const {
    return {(p[1] - p[0] * x[1]) / 4.0, (1.0 - x[0]) / 3.0, 0.5 * x[2] + x[0] * x[1]};
  }
};

template <class E, class F>
void check_refused(const F& f, const std::string& text) {
  BOOST_CHECK_EXCEPTION(f(), E, [&](const E& error) {
    return std::string(error.what()).find(text) != std::string::npos;
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fixed_points)

BOOST_AUTO_TEST_CASE(one_number_has_the_slopes_of_the_implicit_function) {
  Tape tape;
  const Value mean = variable(1.2), eccentricity = variable(0.6);
  const std::size_t before = tape.statistics().statements;
  const Value x = fixed_point(Kepler(), {0.0}, std::vector{mean, eccentricity})[0];
  BOOST_TEST(tape.statistics().statements == before);
  BOOST_TEST(x.value() - 0.6 * std::sin(x.value()) == 1.2, boost::test_tools::tolerance(1e-13));
  backward(x * 2.0);
  const double slope = 1 / (1 - 0.6 * std::cos(x.value()));
  BOOST_TEST(mean.grad() == 2 * slope, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(eccentricity.grad() == 2 * slope * std::sin(x.value()),
             boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(several_numbers_have_those_of_the_solution_in_closed_form) {
  const auto closed = [](const auto& p) {
    const auto det = 12.0 - p[0];
    const auto x = (3.0 * p[1] - p[0]) / det;
    const auto y = (4.0 - p[1]) / det;
    return x * exp(y) + 2.0 * x * y;  // the third one is 2 x y
  };
  const auto iterated = [](const std::vector<Value>& p) {
    const std::vector<Value> x = fixed_point(Jacobi(), {0.0, 0.0, 0.0}, p);
    return x[0] * exp(x[1]) + x[2];
  };
  for (const std::vector<double>& at : {std::vector{1.0, 2.0}, {-3.0, 0.5}, {5.0, -7.0}}) {
    const auto got = value_and_gradient(iterated, at), want = value_and_gradient(closed, at);
    BOOST_TEST(got.value == want.value, boost::test_tools::tolerance(1e-12));
    for (std::size_t i = 0; i < 2; ++i)
      BOOST_TEST(got.gradient[i] == want.gradient[i], boost::test_tools::tolerance(1e-12));
  }
}

BOOST_AUTO_TEST_CASE(slopes_do_not_depend_on_the_unit_of_the_loss) {
  const auto gradient = [](double unit) {
    Tape tape;
    const Value mean = variable(1.2), eccentricity = variable(0.9);
    const Value x = fixed_point(Kepler(), {0.0}, std::vector{mean, eccentricity})[0];
    backward(x * unit);
    return std::vector{mean.grad() / unit, eccentricity.grad() / unit};
  };
  const std::vector<double> usual = gradient(1.0);
  for (const double unit : {1e-15, 1e-300, 1e15, 1e300, -1e-15}) {
    const std::vector<double> got = gradient(unit);
    for (std::size_t i = 0; i < 2; ++i)
      BOOST_TEST(got[i] == usual[i], boost::test_tools::tolerance(1e-13));
  }
}

// x = A^-1 b through the rule of `solve`: dL/db = A^-T g, dL/dA = -(dL/db) x^T.
BOOST_AUTO_TEST_CASE(a_linear_system_of_values_is_solved_without_taping_the_solver) {
  constexpr std::size_t n = 12;
  Tape tape;
  std::vector<Value> a, b;
  for (std::size_t i = 0; i < n; ++i) {
    b.push_back(variable(1.0 + static_cast<double>(i % 5)));
    for (std::size_t j = 0; j < n; ++j)
      a.push_back(variable(i == j ? 4.0 : 1.0 / static_cast<double>(1 + i + 2 * j)));
  }
  const auto side = static_cast<std::int64_t>(n);
  const std::size_t before = tape.statistics().statements;
  const std::vector<Value> x = elements(solve(stack(a, {side, side}), stack(b)));
  BOOST_TEST(tape.statistics().statements <= before + n);  // not the n^3 / 3 of the elimination
  for (std::size_t i = 0; i < n; ++i) {
    double sum = 0;
    for (std::size_t j = 0; j < n; ++j) sum += a[i * n + j].value() * x[j].value();
    BOOST_TEST(sum == b[i].value(), boost::test_tools::tolerance(1e-13));
  }
  Value loss = 0.0;
  for (std::size_t i = 0; i < n; ++i) loss += x[i] * static_cast<double>(1 + i);
  backward(loss);
  for (std::size_t j = 0; j < n; ++j) {
    double sum = 0;  // row j of A^T, times dL/db
    for (std::size_t i = 0; i < n; ++i) sum += a[i * n + j].value() * b[i].grad();
    BOOST_TEST(sum == static_cast<double>(1 + j), boost::test_tools::tolerance(1e-12));
    for (std::size_t i = 0; i < n; ++i) {
      BOOST_TEST(a[i * n + j].grad() == -b[i].grad() * x[j].value(),
                 boost::test_tools::tolerance(1e-12));
    }
  }
}

BOOST_AUTO_TEST_CASE(what_does_not_converge_is_an_error) {
  const std::vector<Value> p{variable(1.0)};
  const auto away = [](const auto& x, const auto& q) { return std::vector{x[0] * 2.0 + q[0]}; };
  const auto nan = [](const auto& x, const auto& q) {
    return std::vector{x[0] * std::nan("") + q[0]};
  };
  const auto longer = [](const auto& x, const auto& q) { return std::vector{x[0], q[0]}; };
  const auto solve = [&](const auto& f, const FixedPointOptions& options) {
    return [&f, &p, options] {
      return fixed_point(
          [&f](const auto& x, const auto& q) {
            const auto y = f(x, q);
            return std::decay_t<decltype(x)>(y.begin(), y.end());
          },
          {1.0}, p, options);
    };
  };
  check_refused<DomainError>(solve(away, {.iterations = 50}),
                             "x still changes by more than 1e-14 after 50");
  check_refused<DomainError>(solve(nan, {}), "number 0 of x is nan after 1000 iterations");
  check_refused<DomainError>(solve(away, {.iterations = 2000}),
                             "after 2000");  // inf is no solution
  check_refused<ShapeError>(solve(longer, {}), "f gave 2 numbers for 1");
}

BOOST_AUTO_TEST_SUITE_END()
