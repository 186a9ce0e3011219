// SPDX-License-Identifier: MIT
// A map against the same formula in a plain loop and composed of ops: values, gradients, second
// derivatives.
#include <array>
#include <cmath>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/check/gradcheck.hpp>
#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/graph.hpp>
#include <nabla/engine/random.hpp>
#include <nabla/ops/map.hpp>
#include <nabla/ops/ops.hpp>

#include "support/instruction_sets.hpp"

using namespace nabla;

namespace {

void check_close(const Tensor& a, const Tensor& b, double tolerance) {
  BOOST_TEST(to_string(a.shape()) == to_string(b.shape()));
  const std::vector<double> x = a.to_vector(), y = b.to_vector();
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i] == y[i] || (std::isnan(x[i]) && std::isnan(y[i]))) continue;
    const double error = std::fabs(x[i] - y[i]) / (1 + std::fabs(y[i]));
    worst = std::isnan(error) ? INFINITY : std::max(worst, error);
  }
  BOOST_TEST(worst <= tolerance);
}

constexpr auto kGate = [](auto x, auto w) { return tanh(x) * w + choose(x > 0, x, 0 * x); };
Tensor gate_of_ops(const Tensor& x, const Tensor& w) {
  return tanh(x) * w + where(x > 0, x, 0 * x);
}
double plain_gate(double x, double w) { return std::tanh(x) * w + (x > 0 ? x : 0 * x); }

constexpr auto kProductAndSum = [](auto a, auto b, auto c) { return a * b + c; };
Tensor product_and_sum_of_ops(const Tensor& a, const Tensor& b, const Tensor& c) {
  return a * b + c;
}
double plain_product_and_sum(double a, double b, double c) { return a * b + c; }

// Numbers around 0, one in twenty of them not finite or a zero if `is_odd`.
Tensor numbers(const Shape& shape, DType dtype, bool is_odd, std::mt19937& random) {
  static const std::array<double, 5> kOdd{NAN, INFINITY, -INFINITY, 0.0, -0.0};
  std::normal_distribution<double> normal(0, 1);
  std::vector<double> x(static_cast<std::size_t>(shape.numel()));
  for (double& number : x)
    number = is_odd && random() % 20 == 0 ? kOdd[random() % kOdd.size()] : normal(random);
  return from_span(std::span<const double>(x), shape).to(dtype);
}

// An operand of r rows and c columns, or one that is stretched to them, however it lies in memory.
Tensor any_operand(std::int64_t r, std::int64_t c, DType dtype, bool is_odd, std::mt19937& random) {
  const auto made = [&](const Shape& shape) { return numbers(shape, dtype, is_odd, random); };
  switch (random() % 9) {
    case 0:
      return made({r, c});
    case 1:  // not aligned
      return made({r * c + 1}).slice(0, 1, r * c + 1).reshape({r, c});
    case 2:
      return made({r, 2 * c + 1}).slice(1, 1, 2 * c, 2);
    case 3:
      return made({c, r}).transpose();
    case 4:
      return flip(made({r, c}), 1);
    case 5:
      return broadcast_to(made({r, 1}), {r, c});
    case 6:
      return broadcast_to(made({c}), {r, c});
    case 7:
      return made({c});
    default:
      return made({1, 1});
  }
}

// f as a map, composed of ops and as a plain loop, of N operands.
template <std::size_t N, class F, class Ops, class Plain>
void agrees_in_any_layout(const F& f, const Ops& of_ops, const Plain& plain, std::int64_t r,
                          std::int64_t c, DType dtype, bool is_odd, std::mt19937& random) {
  const double tolerance = dtype == float32 ? 1e-6 : 2e-15;
  std::array<Tensor, N> xs;
  std::vector<std::vector<double>> elements;
  // One operand alone: how infinity meets a slope of 0 depends on the order in which they are multiplied.
  const std::size_t odd = is_odd ? random() % N : N;
  for (std::size_t k = 0; k < N; ++k) {
    xs[k] = variable(any_operand(r, c, dtype, k == odd, random));
    elements.push_back(broadcast_to(xs[k].detach(), {r, c}).to_vector());
  }
  const Tensor g = relu(numbers({r, c}, dtype, false, random) + 1);
  // A gradient is summed over as many terms as its operand is stretched to.
  const auto terms = [&](const Tensor& x) {
    return static_cast<double>(r * c) / static_cast<double>(x.numel());
  };
  [&]<std::size_t... K>(std::index_sequence<K...>) {
    std::vector<double> expected;
    for (std::size_t i = 0; i < elements[0].size(); ++i)
      expected.push_back(plain(elements[K][i]...));
    const Tensor of_loop = from_span(std::span<const double>(expected), {r, c});
    test::for_each_instruction_set([&](kernels::Isa) {
      const Tensor y = map(f, xs[K]...);
      BOOST_TEST((y.dtype() == dtype));
      check_close(broadcast_to(y, {r, c}), of_loop, tolerance);
      const auto ours = grad((y * g).sum(), wrt(xs[K]...));
      const auto theirs = grad((of_ops(xs[K]...) * g).sum(), wrt(xs[K]...));
      (check_close(std::get<K>(ours), std::get<K>(theirs),
                   tolerance * (2 + 4 * std::sqrt(terms(xs[K])))),
       ...);
    });
  }
  (std::make_index_sequence<N>{});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(map_of_a_lambda)

BOOST_AUTO_TEST_CASE(agrees_with_ops_and_a_plain_loop_for_any_size_and_layout) {
  std::mt19937 random(6);
  const auto check = [&](std::int64_t r, std::int64_t c, DType dtype, bool is_odd) {
    agrees_in_any_layout<2>(kGate, gate_of_ops, plain_gate, r, c, dtype, is_odd, random);
    agrees_in_any_layout<3>(kProductAndSum, product_and_sum_of_ops, plain_product_and_sum, r, c,
                            dtype, is_odd, random);
  };
  for (const DType dtype : {float32, float64}) {
    for (std::int64_t n = 1; n <= 200; ++n) check(n % 4 == 0 ? 3 : 1, n, dtype, n % 2 == 0);
    for (int trial = 0; trial < 3; ++trial) {  // shared out
      agrees_in_any_layout<3>(kProductAndSum, product_and_sum_of_ops, plain_product_and_sum, 700,
                              380, dtype, false, random);
    }
  }
}

BOOST_AUTO_TEST_CASE(can_be_differentiated_twice) {
  manual_seed(4);
  const Tensor x = variable(randn({5, 3}, float64)), w = variable(randn({5, 1}, float64));
  const auto second = [&](const Tensor& y) {
    const auto first = grad(y.sum(), wrt(x, w), {.create_graph = true});
    return grad(
        (std::get<0>(first).square().sum() + (std::get<1>(first) * std::get<1>(first)).sum()),
        wrt(x, w));
  };
  const auto smooth = [](auto a, auto b) { return exp(sin(a)) * b * b / (1 + a * a); };
  const auto ours = second(map(smooth, x, w));
  const auto theirs = second(exp(sin(x)) * w * w / (1 + x * x));
  check_close(std::get<0>(ours), std::get<0>(theirs), 1e-13);
  check_close(std::get<1>(ours), std::get<1>(theirs), 1e-13);
  const auto first = grad(map(smooth, x, w).sum(), wrt(x), {.create_graph = true});
  const auto again = grad(std::get<0>(first).sum(), wrt(x), {.create_graph = true});
  BOOST_CHECK_EXCEPTION(
      static_cast<void>(grad(std::get<0>(again).sum(), wrt(x))), GraphError,
      [](const GraphError& error) {
        return std::string(error.what()).starts_with("[map] a map can be differentiated twice");
      });
}

// Formulas that choose, of any length, against ops: gradients, and gradients of these.
BOOST_AUTO_TEST_CASE(is_swept_twice_in_each_instruction_set) {
  const auto agrees = [](const auto& f, const auto& of_ops) {
    std::mt19937 random(6);
    test::for_each_instruction_set([&](kernels::Isa) {
      for (const std::int64_t n : {1, 4, 5, 16, 37, 150}) {
        for (const DType dtype : {float32, float64}) {
          const Tensor x = variable(abs(numbers({n}, dtype, false, random)) + 0.125);
          Tensor zeros_too = abs(numbers({n}, dtype, false, random));
          zeros_too.slice(0, 0, 1) *= 0.0;
          const Tensor w = variable(zeros_too);
          const auto twice = [&](const Tensor& y) {
            const auto first = grad(y.sum(), wrt(x, w), {.create_graph = true});
            const auto second =
                grad((std::get<0>(first) * 3 + std::get<1>(first) * x).sum(), wrt(x, w));
            return std::array{std::get<0>(first).detach(), std::get<1>(first).detach(),
                              std::get<0>(second), std::get<1>(second)};
          };
          const auto ours = twice(map(f, x, w)), theirs = twice(of_ops(x, w));
          for (std::size_t i = 0; i < ours.size(); ++i)
            check_close(ours[i], theirs[i], dtype == float32 ? 1e-5 : 1e-13);
        }
      }
    });
  };
  agrees([](auto a, auto b) { return xlogy(b, a) + choose(a > b, a * a * b, b * b); },
         [](const Tensor& a, const Tensor& b) -> Tensor {
           return xlogy(b, a) + where(a > b, a * a * b, b * b);
         });
  agrees([](auto a, auto b) { return pow(a, 2.5) * tanh(b) + where(b == 0.0, a, a * b); },
         [](const Tensor& a, const Tensor& b) -> Tensor {
           return pow(a, 2.5) * tanh(b) + where(b == 0.0, a, a * b);
         });
  agrees([](auto a, auto b) { return rel_entr(b, a) + sigmoid(a * b) / (1.0 + maximum(a, b)); },
         [](const Tensor& a, const Tensor& b) -> Tensor {
           return rel_entr(b, a) + sigmoid(a * b) / (1.0 + maximum(a, b));
         });
}

BOOST_AUTO_TEST_CASE(passes_the_gradient_check) {
  manual_seed(5);
  const double slope = 0.25;
  const auto f = [slope](std::span<const Tensor> x) {
    return map([slope](auto a) { return softplus(a) * sigmoid(slope * a) + erf(a); }, x[0]).sum();
  };
  BOOST_TEST(check::gradcheck(f, {randn({4, 5}, float64)}).ok());
}

// All gradients in one pass; one operand that wants none, so that each has a pass of its own; twice.
BOOST_AUTO_TEST_CASE(takes_up_to_six_tensors) {
  manual_seed(6);
  const auto formula = [](const auto& a, const auto& b, const auto& c, const auto& d, const auto& e,
                          const auto& f) { return tanh(a * b + c) * d - e / (2 + f * f); };
  for (const DType dtype : {float32, float64}) {
    const double tolerance = dtype == float32 ? 2e-6 : 1e-14;
    std::vector<Tensor> x;
    for (int i = 0; i < 5; ++i) x.push_back(variable(randn({7, 30}, dtype)));
    x.push_back(variable(randn({30, 7}, dtype).transpose()));
    const Tensor ours = map(formula, x[0], x[1], x[2], x[3], x[4], x[5]);
    const Tensor theirs = formula(x[0], x[1], x[2], x[3], x[4], x[5]);
    check_close(ours, theirs, tolerance);
    const auto first = grad(ours.sum(), x, {.create_graph = true});
    const auto wanted = grad(theirs.sum(), x, {.create_graph = true});
    const auto in_one_pass = grad(ours.sum(), x);
    const auto second = grad((first[0] * first[4] + first[5]).sum(), x, {.allow_unused = true});
    const auto wanted_second =
        grad((wanted[0] * wanted[4] + wanted[5]).sum(), x, {.allow_unused = true});
    const Tensor partly = map(formula, x[0].detach(), x[1], x[2], x[3], x[4], x[5]);
    const auto each = grad(partly.sum(), std::span(x).subspan(1));
    for (std::size_t i = 0; i < x.size(); ++i) {
      check_close(first[i], wanted[i], tolerance);
      check_close(in_one_pass[i], wanted[i], tolerance);
      check_close(second[i], wanted_second[i], 4 * tolerance);
      if (i > 0) check_close(each[i - 1], wanted[i], tolerance);
    }
  }
}

BOOST_AUTO_TEST_CASE(takes_tensors_of_any_dtype) {
  const Tensor counts = tensor({1, 2, 3});
  const Tensor half = map([](auto n) { return n / 2; }, counts);
  BOOST_TEST((half.dtype() == float32));
  BOOST_TEST(half.to_vector() == (std::vector<double>{0.5, 1, 1.5}),
             boost::test_tools::per_element());
  const Tensor y = map(kProductAndSum, counts, tensor({0.5, 0.5, 0.5}, float64), full({2, 1}, 1.0));
  BOOST_TEST((y.dtype() == float64));
  BOOST_TEST(to_string(y.shape()) == "(2, 3)");
  BOOST_TEST(y.at({1, 2}) == 2.5);
}

BOOST_AUTO_TEST_CASE(a_zero_gradient_stays_zero_whatever_the_slope) {
  const Tensor x = variable(tensor({0.0, 4.0}, float64));
  const Tensor y = map([](auto a) { return sqrt(a); }, x);
  backward((y * tensor({0.0, 1.0}, float64)).sum());
  BOOST_TEST(x.grad().to_vector() == (std::vector<double>{0, 0.25}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(is_drawn_as_one_node_and_named_in_errors) {
  const Tensor x = variable(randn({2, 3}));
  const Graph graph = capture(map(kGate, x, x));
  BOOST_TEST(graph.nodes.size() == 2);
  BOOST_TEST(graph.nodes.back().op->name == "map");
  BOOST_CHECK_EXCEPTION(static_cast<void>(map(kGate, x, ones({4}))), ShapeError,
                        [](const ShapeError& error) {
                          return std::string(error.what()).starts_with("[map] shapes do not");
                        });
}

BOOST_AUTO_TEST_CASE(plain_numbers_can_be_selected) {
  const Tensor x = variable(tensor({-1.5, 2.0}, float64));
  const Tensor y = map([](auto a) { return choose(a > 0, a * a, 0.0); }, x);
  const Tensor z = map([](auto a) { return choose(a > 0, 1.0, a * a); }, x);
  check_close(y, tensor({0.0, 4.0}, float64), 0);
  check_close(z, tensor({2.25, 1.0}, float64), 0);
  backward((y * 10 + z).sum());
  check_close(x.grad(), tensor({-3.0, 40.0}, float64), 0);
}

BOOST_AUTO_TEST_SUITE_END()
