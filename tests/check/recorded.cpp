// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <nabla/check.hpp>
#include <nabla/engine/bridge.hpp>
#include <nabla/engine/capture.hpp>
#include <nabla/engine/checkpoint.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/custom.hpp>
#include <nabla/engine/distortion.hpp>
#include <nabla/engine/random.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/nabla.hpp>

#include "wrong_sine.hpp"

using namespace nabla;
using check::check_recorded;
using check::Culprit;
using check::Report;
using check::Verdict;
using test::wrong_sine;

namespace {

/// The rule of `name` gives what `f` makes of its contributions.
template <class F>
Distortion wrong_rule(const char* name, F f) {
  return Distortion([name, f](const BackwardCall& call, int, Tensor contribution) {
    return call.info().name == name ? f(contribution) : contribution;
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(recorded)

BOOST_AUTO_TEST_CASE(right_operations_pass_on_the_tape_and_in_tensors) {
  const Value a = variable(0.7), b = variable(-1.3);
  const Value y = tanh(a * b + pow(b, 3)) / (1.5 + exp(a)) - std::max(a, b);
  const Report on_tape = check_recorded(y);
  BOOST_TEST(on_tape.ok(), check::to_string(on_tape));
  BOOST_TEST(on_tape.counts.checked >= 10);

  Random random(1);
  const Tensor x = variable(randn({3, 4}, random, float64)),
               w = variable(randn({4, 2}, random, float64));
  const Report in_tensors = check_recorded(softmax(matmul(x, w), 1).square().mean());
  BOOST_TEST(in_tensors.ok(), check::to_string(in_tensors));
  BOOST_TEST(in_tensors.counts.checked == 5);
}

BOOST_AUTO_TEST_CASE(a_constant_operand_is_no_operand_to_check) {
  // The slope of x^p by p has a logarithm of x in it, and x is negative.
  const Value x = variable(-2.0);
  const Report report = check_recorded(pow(x, 2.0) * 3.0);
  BOOST_TEST(report.ok(), check::to_string(report));
  BOOST_TEST(report.counts.checked == 2);
}

BOOST_AUTO_TEST_CASE(a_wrong_op_inside_a_fused_statement_is_named) {
  const Value a = variable(0.4), b = variable(2.0);
  const Scope scope("outer");
  const Value y = a * wrong_sine(a * b) + b;
  const Report report = check_recorded(y);
  BOOST_TEST((report.verdict == Verdict::fail));
  BOOST_REQUIRE(report.culprits.size() == 1u);
  BOOST_TEST(report.culprits[0].op == "wrong_sine");
  BOOST_TEST(report.culprits[0].operand == "operand 0");
  BOOST_TEST(report.culprits[0].scope.find("outer") == 0u);
  BOOST_TEST(report.worst[0].analytic / report.worst[0].numeric == 1.001,
             boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(tapes_of_other_numbers_are_checked_too) {
  basic_tape<float> floats;
  const auto x = basic_value<float>::variable(0.5F);
  const Report right = check_recorded(basic_value<float>(tanh(x * 3.0F) / (x + 1.0F)));
  BOOST_TEST(right.ok(), check::to_string(right));
  BOOST_TEST(right.counts.checked == 5);
  for (const float at : {5.0F, 0.01F, 12.0F}) {
    const auto z = basic_value<float>::variable(at);
    const Report report = check_recorded(basic_value<float>(tanh(z) + sigmoid(z) + log1p(z)));
    BOOST_TEST(!check::is_failure(report.verdict), check::to_string(report));
  }
  BOOST_TEST((check_recorded(basic_value<float>(wrong_sine(x))).verdict == Verdict::fail));
  using T = Dual<double>;
  basic_tape<T> duals;
  const auto z = basic_value<T>::variable(T(0.5, 1.0));
  BOOST_TEST(check_recorded(basic_value<T>(exp(z) * z)).ok());
  BOOST_TEST((check_recorded(basic_value<T>(exp(wrong_sine(z)))).culprits.size() == 1u));
}

BOOST_AUTO_TEST_CASE(a_wrong_op_inside_a_checkpoint_is_named) {
  const Tensor w = variable(tensor({{0.5, -1.0}, {2.0, 0.25}}, float64)),
               x = variable(tensor({{1.0, 0.3}}, float64));
  const TensorFunction inner = [w](std::span<const Tensor> p) {
    const Scope scope("inner");
    return exp(matmul(p[0], w) * 0.5);
  };
  const TensorFunction outer = [inner](std::span<const Tensor> p) {
    return checkpoint(inner, {checkpoint(inner, {tanh(p[0])})});
  };
  const auto loss = [&] { return sum(checkpoint(outer, {square(x)})); };
  const Report right = check_recorded(loss());
  BOOST_TEST(right.ok(), check::to_string(right));
  // square, sum, 3 checkpoints, tanh, and twice matmul by both, mul and exp.
  BOOST_TEST(right.counts.checked == 14);
  const Distortion wrong = wrong_rule("exp", [](const Tensor& g) { return g * 1.001; });
  const Report report = check_recorded(loss());
  BOOST_REQUIRE(report.culprits.size() == 2u);
  for (const Culprit& culprit : report.culprits) {
    BOOST_TEST(culprit.op == "exp");
    BOOST_TEST(culprit.checkpoint == 0);
    BOOST_TEST(culprit.scope.find("inner") != std::string::npos);
  }
  BOOST_TEST(check::to_string(report).find(", in a checkpoint, in scope ") != std::string::npos);
  Graph graph = capture(loss());
  check::annotate(graph, report);
  const auto marked = std::ranges::find_if(
      graph.nodes, [](const GraphNode& node) { return !node.notes->remark.empty(); });
  BOOST_REQUIRE((marked != graph.nodes.end()));
  BOOST_TEST(marked->op->name == "checkpoint");
  BOOST_TEST(
      marked->notes->remark ==
      "inside: exp: derivative by operand 0: fail; inside: exp: derivative by operand 0: fail");
}

BOOST_AUTO_TEST_CASE(culprits_are_marked_in_the_picture) {
  const auto f = [](const std::vector<Value>& p) {
    return exp(wrong_sine(p[0]) * wrong_sine(p[1]));
  };
  const Report report = check::gradcheck(f, {0.3, 1.5});
  BOOST_REQUIRE(report.culprits.size() == 2u);
  Graph graph = capture(Value(f(variables(std::vector<double>{0.3, 1.5}))));
  check::annotate(graph, report);
  std::vector<double> marked;
  for (const GraphNode& node : graph.nodes) {
    BOOST_TEST(node.notes->remark.empty() == (node.op->name != "wrong_sine"));
    if (!node.notes->remark.empty()) marked.push_back(node.value);
  }
  const std::vector<double> want{std::sin(0.3), std::sin(1.5)};
  BOOST_TEST(marked == want, boost::test_tools::per_element());
  Graph other = capture(exp(variable(1.0)));
  BOOST_CHECK_THROW(check::annotate(other, report), GraphError);

  const Tensor a = variable(tensor({0.4, 0.9}, float64));
  const Tensor first = exp(a);
  const Tensor y = sum(tanh(first) * exp(a * 2.0));
  const Distortion wrong([](const BackwardCall& call, int, Tensor contribution) {
    const bool is_second = call.info().name == "exp" && call.output().at({0}) > 2.0;
    return is_second ? contribution * 1.001 : contribution;
  });
  const Report in_tensors = check_recorded(y);
  BOOST_REQUIRE(in_tensors.culprits.size() == 1u);
  BOOST_TEST(in_tensors.culprits[0].occurrence == 1);
  Graph tensors = capture(y);
  check::annotate(tensors, in_tensors);
  for (const GraphNode& node : tensors.nodes) {
    const bool is_second = node.op->name == "exp" && node.tensor->value.samples[0] > 2.0;
    BOOST_TEST(node.notes->remark == (is_second ? "derivative by operand 0: fail" : ""));
  }
}

// x^2, with a reverse of its own that is wrong.
struct WrongSquare final : External {
  explicit WrongSquare(double at) : x(at) {}
  static constexpr OpInfo kInfo{.name = "wrong_square", .formula = "y = x^2"};
  const OpInfo& info() const override { return kInfo; }
  void reverse(std::span<const double> outputs, std::span<double> inputs) override {
    inputs[0] += 2.2 * x * outputs[0];
  }
  double x;
};

BOOST_AUTO_TEST_CASE(what_has_its_own_reverse_on_the_tape_is_pointed_at) {
  const auto f = [](const std::vector<Value>& p) {
    const Value inputs[] = {p[0] * 2.0};
    const double x = inputs[0].value(), outputs[] = {x * x};
    const Value y =
        Tape::active().record_external(inputs, outputs, std::make_unique<WrongSquare>(x))[0];
    return Value(sin(y) * p[1]);
  };
  const Report report = check::gradcheck(f, {0.5, 0.7});
  BOOST_TEST((report.verdict == Verdict::fail));
  BOOST_TEST(report.culprits.empty());
  BOOST_TEST(report.hint.find("not checked by itself: wrong_square") != std::string::npos,
             report.hint);
}

BOOST_AUTO_TEST_CASE(failing_second_derivatives_of_values_name_the_op) {
  const auto f = [](const auto& p) { return exp(wrong_sine(p[0])) * p[1]; };
  const Report report = check::gradcheck(f, {0.3, 1.5}, {.order = 2});
  BOOST_TEST((report.verdict == Verdict::fail));
  BOOST_REQUIRE(report.culprits.size() == 1u);
  BOOST_TEST(report.culprits[0].op == "wrong_sine");
}

BOOST_AUTO_TEST_CASE(a_failing_check_of_values_names_the_op) {
  const auto f = [](const std::vector<Value>& p) { return exp(wrong_sine(p[0])) * p[1]; };
  const Report report = check::gradcheck(f, {0.3, 1.5});
  BOOST_TEST(!report.ok());
  BOOST_REQUIRE(report.culprits.size() == 1u);
  BOOST_TEST(report.culprits[0].op == "wrong_sine");
  BOOST_TEST(check::to_string(report).find("wrong: wrong_sine, operand 0 (operation ") !=
             std::string::npos);
  BOOST_TEST(check::to_json(report).find(R"("culprits":[{"op":"wrong_sine")") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(through_the_bridge_both_halves_are_checked) {
  const Value a = variable(0.3), b = variable(1.2);
  const Tensor t = stack({a * b, sin(a)}).square();
  const Value y = element(t, {0}) * a + element(t, {1});
  const Report right = check_recorded(y);
  BOOST_TEST(right.ok(), check::to_string(right));
  const Distortion wrong = wrong_rule("square", [](const Tensor& c) { return c * 2.0; });
  const Report report = check_recorded(y);
  BOOST_REQUIRE(report.culprits.size() == 1u);
  BOOST_TEST(report.culprits[0].op == "square");
  const Report of_a_tensor = check_recorded(t.sum());
  BOOST_TEST(right.counts.checked == 8);
  BOOST_TEST(of_a_tensor.counts.checked == 5);
  BOOST_TEST(of_a_tensor.culprits.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_hidden_part_is_no_fault_of_an_operation) {
  const auto f = [](std::span<const Tensor> p) { return (p[0] * p[0].detach()).sum(); };
  const Report report = check::gradcheck(f, {tensor({1.0, 2.0}, float64)});
  BOOST_TEST(!report.ok());
  BOOST_TEST(report.culprits.empty());
  BOOST_TEST(report.hint.find("counted") == std::string::npos);
  BOOST_TEST(!report.hint.empty());
}

BOOST_AUTO_TEST_CASE(what_was_overtaken_or_never_recorded_is_not_called_right) {
  const Report nothing = check_recorded(tensor({1.0, 2.0}, float64));
  BOOST_TEST(nothing.inconclusive());
  BOOST_TEST(check_recorded(Value(3.0)).inconclusive());
  const Tensor x = variable(tensor({1.0, 2.0}, float64));
  Tensor constant = tensor({3.0, 4.0}, float64);
  const Tensor y = x * constant;
  constant *= 2.0;
  const Report report = check_recorded(y);
  BOOST_TEST(report.inconclusive());
  BOOST_TEST(report.worst[0].reason.find("in place") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_second_order_fault_is_named_too) {
  const auto f = [](std::span<const Tensor> p) { return p[0].square().sum() * p[0].sum(); };
  const Distortion wrong = wrong_rule("square", [](const Tensor& c) { return c * 1.01; });
  const Report report = check::gradcheck(f, {tensor({1.0, 2.0}, float64)}, {.order = 2});
  BOOST_TEST(!report.ok());
  BOOST_REQUIRE(!report.culprits.empty());
  BOOST_TEST(report.culprits[0].op == "square");
}

BOOST_AUTO_TEST_CASE(a_wrong_rule_in_a_model_of_a_million_parameters_is_named) {
  Random random(3);
  const nn::DenseOptions twice{.dtype = float64};
  nn::Sequential net{nn::Dense(784, 1024, random, twice), nn::Relu(),
                     nn::Dense(1024, 256, random, twice), nn::Relu(),
                     nn::Dense(256, 10, random, twice)};
  BOOST_REQUIRE(net.parameter_count() > 1'000'000);
  const Tensor x = randn({8, 784}, random, float64);
  const Tensor labels = tensor({0, 1, 2, 3, 4, 5, 6, 7}, int64);
  const int line = __LINE__ + 1;
  const auto loss = [&] { return nn::cross_entropy(net(x), labels); };
  const check::Options options{.directions = 3, .sweep = 0};
  const Report right = check::check_gradient(loss, net, options);
  BOOST_TEST(right.ok(), check::to_string(right));
  BOOST_TEST(right.counts.checked == 3 + 6);  // directions through all, and through each parameter
  BOOST_TEST(right.evaluations <= 12 * right.counts.checked);

  const Distortion wrong = wrong_rule("relu", [](const Tensor& c) { return c * 1.001; });
  const Report report = check::check_gradient(loss, net, options);
  BOOST_TEST((report.verdict == Verdict::fail));
  BOOST_REQUIRE(!report.culprits.empty());
  for (const Culprit& culprit : report.culprits) BOOST_TEST(culprit.op == "relu");
  BOOST_TEST(report.culprits[0].scope == fmt::format("Sequential/1:Relu ({}:{})", __FILE__, line));
}

BOOST_AUTO_TEST_CASE(parameters_of_a_module_have_their_names_and_order_2) {
  Random random(4);
  nn::Sequential net{nn::Dense(2, 3), nn::Tanh(), nn::Dense(3, 1)};
  const Tensor x = randn({4, 2}, random), t = randn({4, 1}, random);
  const auto loss = [&] { return nn::mse(net(x), t); };
  for (const int order : {1, 2}) {
    const Report report = check::check_gradient(loss, net, {.order = order, .worst = 100});
    BOOST_TEST(report.ok(), check::to_string(report));
    bool is_named = false;
    for (const check::Entry& entry : report.worst) is_named |= entry.input == "0.weight";
    BOOST_TEST(is_named);
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(reproducers_and_hints)

BOOST_AUTO_TEST_CASE(a_failure_is_shrunk_to_few_short_numbers) {
  Random random(5);
  const Tensor x = randn({6, 5}, random, float64), w = randn({5, 4}, random, float64);
  const auto f = [](std::span<const Tensor> p) {
    const Tensor h = matmul(p[0], p[1]);
    return tanh(h) * h.detach();
  };
  const Report report = check::gradcheck(f, {x, w});
  BOOST_TEST(!report.ok());
  BOOST_TEST_INFO(report.reproducer);
  BOOST_TEST(report.reproducer.find("const Tensor x0 = tensor({{") == 0u);
  BOOST_TEST(
      report.reproducer.find("std::puts(to_string(check::gradcheck(f, {x0, x1})).c_str());") !=
      std::string::npos);
  BOOST_TEST(report.reproducer.size() < 170u);
}

BOOST_AUTO_TEST_CASE(a_single_wrong_op_is_reproduced_alone) {
  Random random(6);
  const Tensor x = randn({40, 3}, random);
  const auto f = [](std::span<const Tensor> p) { return exp(sin(p[0])).sum(); };
  const Distortion wrong = wrong_rule("sin", [](const Tensor& c) { return c * 1.1; });
  const Report report = check::gradcheck(f, {x}, {.seed = 3});
  BOOST_TEST(report.reproducer.find("[](std::span<const Tensor> x) { return sin(x[0]); }, {x0}, "
                                    "{.seed = 3})).c_str());") != std::string::npos,
             report.reproducer);
  BOOST_TEST(report.reproducer.find("float32);") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(functions_of_values_are_reproduced_too) {
  const auto f = [](const std::vector<Value>& p) { return Value(p[0] * p[1].value()); };
  const Report report = check::gradcheck(f, {0.33333333, 1.77777777});
  BOOST_TEST(report.reproducer ==
             "std::puts(to_string(check::gradcheck(f, std::vector<double>{0.3, 2})).c_str());\n");
  BOOST_TEST(check::to_string(report).find(
                 "  reproduce:\n    std::puts(to_string(check::gradcheck(") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(right_numbers_in_the_wrong_places_are_recognised) {
  const auto hint_of = [](auto reorder) {
    Random random(7);
    const Tensor x = randn({3, 3}, random, float64), w = randn({3, 3}, random, float64);
    const Distortion wrong = wrong_rule("exp", reorder);
    return check::gradcheck([&](std::span<const Tensor> p) { return (exp(p[0]) * w).sum(); }, {x})
        .hint;
  };
  BOOST_TEST(hint_of([](const Tensor& c) { return c.transpose(); }).find("transposed") !=
             std::string::npos);
  BOOST_TEST(hint_of([](const Tensor& c) {
               return concat({c.slice(1, 1, 3), c.slice(1, 0, 1)}, 1);
             }).find("shifted by one") != std::string::npos);
  BOOST_TEST(hint_of([](const Tensor& c) {
               return concat({c.slice(0, 2, 3), c.slice(0, 0, 2)}, 0);
             }).find("another order") != std::string::npos);
  BOOST_TEST(hint_of([](const Tensor& c) { return c * 3.0; }).find("3 numeric") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(exchanged_gradients_and_ignored_upstream_are_recognised) {
  const auto product = [](bool is_exchanged, bool ignores) {
    return [=](std::span<const Tensor> p) {
      return custom(
          {.name = "product",
           .forward = [](std::span<const Tensor> x) { return x[0] * x[1]; },
           .backward =
               [=](const CustomCall& call) {
                 const Tensor g = ignores ? ones_like(call.gradient) : call.gradient;
                 const Tensor a = g * call.inputs[0], b = g * call.inputs[1];
                 return is_exchanged ? std::vector<Tensor>{a, b} : std::vector<Tensor>{b, a};
               }},
          p);
    };
  };
  const Tensor a = tensor({1.0, 2.0}, float64), b = tensor({3.0, 5.0}, float64);
  BOOST_TEST(check::gradcheck(product(false, false), {a, b}).ok());
  const Report exchanged = check::gradcheck(product(true, false), {a, b});
  BOOST_TEST(exchanged.hint.find("exchanged") != std::string::npos, check::to_string(exchanged));
  BOOST_REQUIRE(!exchanged.culprits.empty());
  BOOST_TEST(exchanged.culprits[0].op == "product");
  const Report ignored = check::gradcheck(product(false, true), {a, b});
  BOOST_TEST((ignored.verdict == Verdict::not_linear_in_upstream));
  BOOST_TEST(ignored.reason.find("ignore") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
