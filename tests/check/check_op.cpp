// SPDX-License-Identifier: MIT
// Ops with a seeded fault must be found out. A fault is a part of the value that the gradient does
// not see (detach), or a property that is broken on purpose.
#include <cstddef>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/check/check_op.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/custom.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/rule.hpp>
#include <nabla/kernels/parallel.hpp>
#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/unary/cos.hpp>
#include <nabla/ops/unary/relu.hpp>
#include <nabla/ops/unary/sin.hpp>
#include <nabla/ops/unary/square.hpp>

using namespace nabla;
using check::OpReport;
using check::Verdict;

namespace {

constexpr OpInfo kInfo{.name = "made_up", .formula = "y = ?", .gradient = "?"};

OpEntry entry_with(std::vector<Sample> (*samples)(), std::vector<ErrorCase> (*errors)() = nullptr) {
  return {&kInfo, "structured", 1, false, samples, errors, nullptr, nullptr};
}

Tensor point() { return tensor({0.3, 1.2, -0.7}, float64); }

Verdict verdict_of(const OpReport& report, const std::string& property) {
  for (const check::OpCheck& check : report.checks) {
    if (check.property == property) return check.verdict;
  }
  BOOST_FAIL("no check is called " << property);
  return Verdict::pass;
}

std::vector<Sample> right() {
  return {{"plain", {point()}, [](std::span<const Tensor> x) { return sin(x[0]); }}};
}
/// Wrong by 1e-5.
std::vector<Sample> slightly_wrong() {
  return {{"plain", {point()}, [](std::span<const Tensor> x) {
             const Tensor y = sin(x[0]);
             return y + y.detach() * 1e-5;
           }}};
}
/// In other bits with other threads.
std::vector<Sample> of_threads() {
  return {{"plain", {point()}, [](std::span<const Tensor> x) {
             return sin(x[0]) + 1e-12 * kernels::threads();
           }}};
}
std::vector<Sample> of_threads_in_the_gradient() {
  static const CustomFunction sine{
      .name = "sine",
      .forward = [](std::span<const Tensor> x) { return sin(x[0]); },
      .backward =
          [](const CustomCall& call) {
            const double factor = 1.0 + 1e-12 * (kernels::threads() == 3 ? 1 : 0);
            return std::vector{call.gradient * cos(call.inputs[0]) * factor};
          }};
  return {{"plain", {point()}, [](std::span<const Tensor> x) { return custom(sine, {x[0]}); }}};
}
std::vector<Sample> throwing() {
  return {{"plain", {point()}, [](std::span<const Tensor>) -> Tensor {
             throw std::runtime_error("kaputt");
           }}};
}
/// Right to order 1; to order 2 the slope of the inner x is missing.
std::vector<Sample> wrong_at_order_2() {
  return {{"plain", {point()}, [](std::span<const Tensor> x) {
             const Tensor c = x[0].detach();
             return square(x[0]) - square(x[0] - c);
           }}};
}
/// y = 2 x, whose sweep is right and whose forward mode says 3.
constexpr Rule kWrongForward{&kInfo,
                             {0, 0, 0},
                             [](BackwardCall& call) { call.add(0, call.gradient() * 2.0); },
                             [](std::span<const Tensor> x, const std::byte*) { return x[0] * 2.0; },
                             [](const TangentCall& call) { return call.tangents[0] * 3.0; }};
std::vector<Sample> wrong_forward() {
  return {{"plain", {point()}, [](std::span<const Tensor> x) {
             const Tensor* operands[] = {&x[0]};
             Tensor y = detail::make_result_like(kWrongForward, x[0], operands, nullptr, 0);
             detail::copy_elements(*(x[0].detach() * 2.0).node(), *y.node());
             return y;
           }}};
}
/// Another value each time.
std::vector<Sample> by_chance() {
  return {{"plain", {point()}, [](std::span<const Tensor> x) {
             return x[0] + rand(x[0].shape(), float64);
           }}};
}
/// The value depends on the layout of the input.
std::vector<Sample> of_layout() {
  return {{"plain", {point()}, [](std::span<const Tensor> x) {
             return x[0] * (x[0].is_contiguous() ? 1.0 : 2.0);
           }}};
}
/// Or on the sign of its strides.
std::vector<Sample> of_direction() {
  return {{"plain", {point()}, [](std::span<const Tensor> x) {
             return x[0] * (x[0].node()->strides()[0] >= 0 ? 1.0 : 2.0);
           }}};
}
std::vector<Sample> at_a_kink() {
  return {{"kink",
           {tensor({0.0, 1.0}, float64)},
           [](std::span<const Tensor> x) { return relu(x[0]); },
           false}};
}

std::vector<ErrorCase> good_errors() {
  return {{"sizes", [] { throw ShapeError("[made_up] sizes differ"); }, "sizes differ"}};
}
std::vector<ErrorCase> bad_errors() {
  return {{"nothing thrown", [] {}, "sizes differ"},
          {"other text", [] { throw ShapeError("[made_up] no"); }, "sizes differ"},
          {"other type", [] { throw std::runtime_error("sizes differ"); }, "sizes differ"}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(check_op)

BOOST_AUTO_TEST_CASE(a_right_op_passes_everything) {
  const OpReport report = check::check_op(entry_with(right, good_errors));
  BOOST_TEST(report.ok(), to_string(report));
  BOOST_TEST(report.checks.size() >= 10u);
  BOOST_TEST(report.evaluations() > 50);
  BOOST_TEST(to_string(report).find("made_up: pass") == 0u);
}

BOOST_AUTO_TEST_CASE(a_slightly_wrong_gradient_is_found) {
  const OpReport report = check::check_op(entry_with(slightly_wrong));
  BOOST_TEST(!report.ok());
  BOOST_TEST((verdict_of(report, "order 1") == Verdict::fail));
  BOOST_TEST((verdict_of(report, "order 1 inside another function") == Verdict::fail));
  BOOST_TEST((verdict_of(report, "value repeats") == Verdict::pass));
}

BOOST_AUTO_TEST_CASE(a_gradient_that_is_right_once_is_not_right_twice) {
  const OpReport report = check::check_op(entry_with(wrong_at_order_2));
  BOOST_TEST((verdict_of(report, "order 1") == Verdict::pass));
  BOOST_TEST(is_failure(verdict_of(report, "order 2")), to_string(report));
}

BOOST_AUTO_TEST_CASE(chance_and_layout_have_their_own_checks) {
  const OpReport chance = check::check_op(entry_with(by_chance));
  BOOST_TEST(is_failure(verdict_of(chance, "value repeats")));
  BOOST_TEST((verdict_of(chance, "order 1") == Verdict::nondeterministic));
  const OpReport layout = check::check_op(entry_with(of_layout));
  BOOST_TEST(is_failure(verdict_of(layout, "memory layout")));
  const OpReport direction = check::check_op(entry_with(of_direction));
  BOOST_TEST(is_failure(verdict_of(direction, "memory layout")));
}

BOOST_AUTO_TEST_CASE(kinks_pass_with_the_convention_of_the_op) {
  const OpReport report = check::check_op(entry_with(at_a_kink));
  BOOST_TEST(report.ok(), to_string(report));
  BOOST_TEST((verdict_of(report, "order 1") == Verdict::kink_accepted));
}

BOOST_AUTO_TEST_CASE(error_cases_must_throw_an_error_with_the_text) {
  const OpReport report = check::check_op(entry_with(nullptr, bad_errors));
  BOOST_TEST(report.checks.size() == 3u);
  for (const check::OpCheck& check : report.checks) BOOST_TEST(is_failure(check.verdict));
}

BOOST_AUTO_TEST_CASE(a_scalar_rule_that_differs_from_the_tensor_rule_is_found) {
  OpEntry entry = entry_with(nullptr);
  entry.has_scalar = true;
  entry.tensor = [](std::span<const Tensor> x, std::span<const double>) -> Tensor {
    return sin(x[0]);
  };
  entry.scalar = [](std::span<const Value> x, std::span<const double>) -> Value {
    return sin(x[0]);
  };
  BOOST_TEST(check::check_op(entry).ok());
  entry.scalar = [](std::span<const Value> x, std::span<const double>) -> Value {
    return sin(x[0]) * (1 + 1e-9);
  };
  BOOST_TEST(!check::check_op(entry).ok());
  entry.scalar = [](std::span<const Value> x, std::span<const double>) -> Value {
    return sin(x[0]) + 0 * square(x[0]) + 1e-9 * (x[0] - x[0].value());
  };
  BOOST_TEST(!check::check_op(entry).ok());
}

BOOST_AUTO_TEST_CASE(reports_are_json) {
  const std::string text = to_json(check::check_op(entry_with(right)));
  BOOST_TEST(text.front() == '{');
  BOOST_TEST(text.back() == '}');
  BOOST_TEST(text.find("\"op\":\"made_up\"") != std::string::npos);
  BOOST_TEST(text.find("\"ok\":true") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_value_that_depends_on_the_number_of_threads_is_found) {
  const OpReport report = check::check_op(entry_with(of_threads));
  BOOST_TEST((verdict_of(report, "threads") == Verdict::fail), to_string(report));
  BOOST_TEST((verdict_of(check::check_op(entry_with(right)), "threads") == Verdict::pass));
  const OpReport gradient = check::check_op(entry_with(of_threads_in_the_gradient));
  BOOST_TEST((verdict_of(gradient, "threads") == Verdict::fail), to_string(gradient));
  // A sample that throws is a verdict, no exception.
  BOOST_TEST((check::check_op(entry_with(throwing)).verdict() == Verdict::throws_mismatch));
}

BOOST_AUTO_TEST_CASE(an_op_without_samples_is_not_right) {
  const OpReport report = check::check_op(entry_with([] { return std::vector<Sample>(); }));
  BOOST_TEST(report.inconclusive());
  BOOST_TEST(to_string(report).find("no samples") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(one_element_type_can_be_asked_for) {
  const auto properties = [](const check::Options& options) {
    std::set<std::string> found;
    for (const check::OpCheck& check : check::check_op(entry_with(right), options).checks)
      for (const check::Input& input : check.inputs) found.insert(input.dtype);
    return found;
  };
  using Set = std::set<std::string>;
  BOOST_TEST((properties({.dtype = float32}) == Set{"float32"}));
  BOOST_TEST((properties({.dtype = float64}) == Set{"float64"}));
  BOOST_TEST((properties({}) == Set{"float32", "float64"}));
}

BOOST_AUTO_TEST_CASE(forward_mode_that_disagrees_with_the_sweep_is_found) {
  const OpReport report = check::check_op(entry_with(wrong_forward));
  BOOST_TEST((verdict_of(report, "order 1") == Verdict::pass));
  BOOST_TEST((verdict_of(report, "forward mode") == Verdict::fail));
  BOOST_TEST((verdict_of(check::check_op(entry_with(right)), "forward mode") == Verdict::pass));
}

BOOST_AUTO_TEST_SUITE_END()
