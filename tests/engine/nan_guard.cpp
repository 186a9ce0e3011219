// SPDX-License-Identifier: MIT
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/checkpoint.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/custom.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/nan_guard.hpp>
#include <nabla/ops/map.hpp>
#include <nabla/ops/ops.hpp>

using namespace nabla;

namespace {

// What f says under a guard; empty if it says nothing.
std::string complaint(const std::function<void()>& f) {
  const NanGuard guard;
  try {
    f();
  } catch (const DomainError& error) {
    return error.what();
  }
  return {};
}
bool begins(const std::string& text, const std::string& with) { return text.starts_with(with); }
Tensor point() { return variable(tensor({{1.0, 2.0}, {0.0, 4.0}}, float64), "x"); }

}  // namespace

BOOST_AUTO_TEST_SUITE(nan_guard)

BOOST_AUTO_TEST_CASE(the_first_result_that_is_not_finite_names_its_operation) {
  const Tensor x = point();
  const std::string text = complaint([&] {
    const Scope outer("net"), inner("head");
    const Tensor y = sum(exp(log(x)) * 0.0);
  });
  BOOST_TEST(begins(text,
                    "[log] non-finite result: got -inf at [1, 0] of float64 (2, 2); operand 0 "
                    "is 0 there; in scope net/head ("),
             text);
  BOOST_TEST(text.find("nan_guard.cpp:") != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(operands_of_other_shapes_and_every_family_are_told) {
  const Tensor x = point(), row = tensor({0.0, 1.0}, float64);
  BOOST_TEST(begins(complaint([&] { static_cast<void>(x / row); }),
                    "[div] non-finite result: got inf at [0, 0] of float64 (2, 2); operand 0 is 1 "
                    "there; operand 1, float64 (2,), is finite"));
  BOOST_TEST(begins(complaint([&] { static_cast<void>(sum(x * 4e307)); }),
                    "[sum] non-finite result: got inf at [] of float64 ()"));
  const auto lambda = [](auto v) { return 1 / v; };
  BOOST_TEST(begins(complaint([&] { static_cast<void>(map(lambda, x)); }), "[map] non-finite"));
  const CustomFunction f{.name = "bad",
                         .forward =
                             [](std::span<const Tensor>) {
                               const std::vector<double> y{1.0, std::nan("")};
                               return from_span(std::span<const double>(y));
                             },
                         .backward = [](const CustomCall& c) { return std::vector{c.gradient}; }};
  const char* by_name = "[bad] non-finite result: got nan at [1]";
  BOOST_TEST(begins(complaint([&] { static_cast<void>(custom(f, {x})); }), by_name));
  BOOST_TEST(begins(complaint([&] { static_cast<void>(custom(f, {x.detach()})); }), by_name));
  const NoGrad no_grad;
  BOOST_TEST(begins(complaint([&] { static_cast<void>(log(x)); }), "[log]"));
}

BOOST_AUTO_TEST_CASE(the_first_gradient_that_is_not_finite_names_its_operation) {
  const Tensor x = point();
  Tensor loss;
  {
    const Scope scope("loss");
    loss = sum(sqrt(x));
  }
  const std::string text = complaint([&] { backward(loss, {.retain_graph = true}); });
  BOOST_TEST(begins(text,
                    "[sqrt] non-finite gradient: got inf at [1, 0] of that of operand 0, "
                    "float64 (2, 2); the gradient of its result, float64 (2, 2), is finite; "
                    "operation "),
             text);
  BOOST_TEST(text.find("; in scope loss (") != std::string::npos, text);
  BOOST_TEST(!x.has_grad());
  backward(loss);
  BOOST_TEST(std::isinf(x.grad().at({1, 0})));
}

// A rule may meet infinity on its way; what it gives to its operand counts, and its name is told.
BOOST_AUTO_TEST_CASE(a_gradient_that_does_not_exist_names_its_operation) {
  const Tensor x = variable(eye(3, float64)), n = variable(tensor({2}, float64));
  const Tensor turned = tensor({{1, 2, 3}, {4, 5, 6}, {7, 8, 9}}, float64);
  BOOST_TEST(begins(complaint([&] { backward(sum(eigh(x).vectors * turned)); }),
                    "[eigh] non-finite gradient: got "));
  BOOST_TEST(begins(complaint([&] { backward(sum(svd(x).u * turned)); }),
                    "[svd] non-finite gradient: got "));
  BOOST_TEST(
      begins(complaint([&] { static_cast<void>(var(n)); }), "[var] non-finite result: got nan"));
  BOOST_TEST(complaint([&] { backward(sum(eigh(x).values)); }).empty());
}

BOOST_AUTO_TEST_CASE(what_is_computed_again_has_its_scope) {
  const Tensor x = point();
  Tensor y;
  {
    const Scope scope("block");
    y = checkpoint([](std::span<const Tensor> p) { return sqrt(p[0]); }, {x});
  }
  const std::string text = complaint([&] { backward(sum(y)); });
  BOOST_TEST(begins(text, "[sqrt] non-finite gradient: got inf at [1, 0]"), text);
  BOOST_TEST(text.find("; in scope block (") != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(what_a_function_of_the_users_does_has_its_name_as_scope) {
  const CustomFunction mine{
      .name = "mine",
      .forward = [](std::span<const Tensor> x) { return x[0] / 0.0; },
      .backward = [](const CustomCall& call) { return std::vector{call.gradient * 0.0}; }};
  const std::string text = complaint([&] {
    const Scope scope("net");
    static_cast<void>(custom(mine, {point()}));
  });
  BOOST_TEST(text.find("in scope net/mine") != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(what_is_finite_passes) {
  const Tensor x = point();
  BOOST_TEST(complaint([&] { backward(sum(exp(x) * softmax(x, 1))); }) == "");
  BOOST_TEST(x.has_grad());
}

BOOST_AUTO_TEST_CASE(values_are_looked_at_when_a_sweep_begins) {
  const Value a = variable(0.0, "a"), b = variable(2.0, "b");
  BOOST_TEST(complaint([&] { backward(b * log(a)); }) ==
             "[log] non-finite result: got -inf of a = 0");
  BOOST_TEST(begins(complaint([&] { backward(b + sqrt(a)); }),
                    "[sqrt] non-finite gradient: got inf for operand 0, a = 0; the gradient of its "
                    "result 0 is 1"));
  BOOST_TEST(a.grad() == 0.0);
  const Value bad = variable(std::numeric_limits<double>::quiet_NaN(), "bad");
  BOOST_TEST(
      begins(complaint([&] { backward(bad * b); }), "[variable] non-finite result: got bad = nan"));
  BOOST_TEST(complaint([&] { backward(a * b); }) == "");
  BOOST_TEST(a.grad() == 2.0);
}

BOOST_AUTO_TEST_CASE(it_ends_with_its_scope) {
  const Tensor x = point();
  {
    const NanGuard outer;
    { const NanGuard inner; }
    BOOST_CHECK_THROW(static_cast<void>(log(x)), DomainError);
  }
  BOOST_TEST(std::isinf(log(x).at({1, 0})));
}

BOOST_AUTO_TEST_SUITE_END()
