// SPDX-License-Identifier: MIT
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/error.hpp>
#include <nabla/nabla.hpp>
#include <nabla/viz/diagnose.hpp>
#include <nabla/viz/explain.hpp>

#include "viz/graphs.hpp"

// What is found, on real computations where one leads there, at the thresholds on both sides.

namespace nabla::viz::test {
namespace {

std::vector<std::string> texts(const Graph& graph, Trouble trouble,
                               const DiagnoseOptions& options = {}) {
  std::vector<std::string> found;
  for (const Finding& finding : diagnose(graph, options))
    if (finding.trouble == trouble) found.push_back(finding.text);
  return found;
}

// L = a w1 + b w2, so that the gradients of the weights are a and b.
Graph weighted(double a, double b) {
  Builder build;
  const std::uint32_t w1 = build.leaf("w1", 1.0, Role::parameter);
  const std::uint32_t w2 = build.leaf("w2", 1.0, Role::parameter);
  const std::uint32_t w3 = build.leaf("w3", 1.0, Role::parameter);
  build.op("sum", 1.0, {{w1, a}, {w2, b}, {w3, 1.0}});
  return build.finish();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(diagnosis)

BOOST_AUTO_TEST_CASE(a_healthy_computation_has_no_findings) {
  BOOST_TEST(diagnose(weighted(1.0, 1.0)).empty());
}

BOOST_AUTO_TEST_CASE(the_first_value_that_is_not_finite_comes_first) {
  const Tape tape;
  const Value x = variable(-1.0, "x");
  const std::vector<Finding> found = diagnose(capture(Value(log(x) * 2.0 + exp(x))));
  BOOST_TEST_REQUIRE(!found.empty());
  BOOST_TEST(found.front().text == "NaN or inf: t1, made by log, its value");
}

BOOST_AUTO_TEST_CASE(a_spread_of_too_few_numbers_says_so) {
  const Tensor x = variable(tensor({{1.0}, {2.0}}), "x");
  const auto first = [](const Tensor& y) {
    const std::vector<std::string> found = texts(capture(y.sum()), Trouble::non_finite);
    return found.empty() ? std::string() : found.front();
  };
  BOOST_TEST(first(var(x, 1)) ==
             "NaN or inf: t1, made by var, its value, of 1 number each, which its correction takes "
             "away");
  BOOST_TEST(
      first(nabla::std(x, 0, 3)) ==
      "NaN or inf: t1, made by std, its value, of 2 numbers each, which its correction takes "
      "away");
  BOOST_TEST(first(var(x, 0)) == "");
  BOOST_TEST(first(var(x * 1e30, 0)) == "NaN or inf: t2, made by var, its value");
  const Tensor infinite = variable(tensor({{1.0, std::numeric_limits<double>::infinity()}}), "x");
  BOOST_TEST(texts(capture(var(infinite, 1).sum()), Trouble::non_finite)[1] ==
             "NaN or inf: t1, made by var, its value");
}

BOOST_AUTO_TEST_CASE(the_operation_that_brought_a_bad_gradient_is_named) {
  const Tape tape;
  const Value x = variable(0.0, "x"), y = variable(2.0, "y");
  const std::vector<std::string> found =
      texts(capture(Value(sqrt(x * y) + 1.0)), Trouble::non_finite);
  BOOST_TEST_REQUIRE(!found.empty());
  BOOST_TEST(found[0] == "NaN or inf: t1, made by mul, its gradient, brought by sqrt, operand 0");
}

BOOST_AUTO_TEST_CASE(vectors_of_equal_values_say_why_they_have_no_gradient) {
  const auto first = [](const Tensor& y) {
    const std::vector<std::string> found = texts(capture(y), Trouble::non_finite);
    return found.empty() ? std::string() : found.back();
  };
  const auto vectors = [](const Tensor& x) {
    return sum(eigh(x).vectors * tensor({{1, 2}, {3, 4}}));
  };
  const auto left = [](const Tensor& x) { return sum(svd(x).u * tensor({{1, 2}, {3, 4}})); };
  const Tensor equal = variable(eye(2) * 3.0, "x"),
               other = variable(tensor({{3.0, 0.5}, {0.5, 1.0}}), "x");
  BOOST_TEST(
      first(vectors(equal)) ==
      "NaN or inf: x, its gradient, brought by eigh, operand 0, two of whose values are equal but "
      "for rounding");
  BOOST_TEST(
      first(left(equal)) ==
      "NaN or inf: x, its gradient, brought by svd, operand 0, two of whose values are equal but "
      "for rounding");
  const Tensor tall = variable(tensor({{3.0, 0.0}, {0.0, 0.0}, {0.0, 0.0}}), "x");
  BOOST_TEST(
      first(sum(svd(tall).u * tensor({{1, 2}, {3, 4}, {5, 6}}))) ==
      "NaN or inf: x, its gradient, brought by svd, operand 0, one of whose values is 0 but for "
      "rounding");
  BOOST_TEST(first(vectors(other)) == "");
  BOOST_TEST(first(left(other)) == "");
  BOOST_TEST(first(sum(eigh(equal).values)) == "");
  // Where the gradient from above is what is not finite, nothing is made up.
  BOOST_TEST(first(sqrt(vectors(other) - vectors(other).detach())) ==
             "NaN or inf: x, its gradient, brought by eigh, operand 0");
}

BOOST_AUTO_TEST_CASE(gradients_explode_and_vanish_beside_the_median) {
  BOOST_TEST(texts(weighted(999.0, 1.0), Trouble::exploding).empty());
  const std::vector<std::string> exploding = texts(weighted(1001.0, 1.0), Trouble::exploding);
  BOOST_TEST_REQUIRE(exploding.size() == 1u);
  BOOST_TEST(exploding[0] == "exploding: w1, |grad| 1e+03; the median is 1");
  BOOST_TEST(texts(weighted(1.1e-7, 1.0), Trouble::vanished).empty());
  const std::vector<std::string> vanished = texts(weighted(0.9e-7, 1.0), Trouble::vanished);
  BOOST_TEST_REQUIRE(vanished.size() == 1u);
  BOOST_TEST(vanished[0] == "vanished: w1, |grad| 9e-08; the median is 1");
  // The thresholds are the caller's.
  BOOST_TEST(texts(weighted(11.0, 1.0), Trouble::exploding, {.exploding = 10.0}).size() == 1u);
  BOOST_TEST(texts(weighted(0.05, 1.0), Trouble::vanished, {.vanished = 0.1}).size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_the_sweep_starts_with_has_not_exploded) {
  // The root has the gradient 1, a million times that of the parameters.
  Builder small;
  small.op("mul", 1.0, {{small.leaf("w", 1.0, Role::parameter), 1e-6}});
  BOOST_TEST(texts(small.finish(), Trouble::exploding).empty());
  Builder build;
  const std::uint32_t w = build.leaf("w", 1.0, Role::parameter);
  const std::uint32_t v = build.leaf("v", 1.0, Role::parameter);
  const std::uint32_t h = build.op("mul", 1.0, {{w, 1e-4}});
  build.op("exp", 1.0, {{h, 2e4}, {v, 1.0}});
  const std::vector<std::string> grown = texts(build.finish(), Trouble::exploding);
  BOOST_TEST_REQUIRE(grown.size() == 1u);
  BOOST_TEST(grown[0] == "exploding: t1, made by mul, |grad| 2e+04; the median is 2");
}

BOOST_AUTO_TEST_CASE(gradients_of_tensors_count_by_the_element) {
  const Tensor w = variable(ones({400}, float64), "w"), b = variable(ones({1}, float64), "b");
  const Graph graph = capture(w.sum() + (b * 0.01).sum());  // |grad| of w is 20, 1 an element
  BOOST_TEST(texts(graph, Trouble::exploding, {.exploding = 10.0}).empty());
  const std::vector<std::string> found = texts(graph, Trouble::vanished, {.vanished = 0.1});
  BOOST_TEST_REQUIRE(!found.empty());
  BOOST_TEST(found[0] == "vanished: b, |grad| 0.01; the median is 1");
}

BOOST_AUTO_TEST_CASE(thresholds_are_numbers_from_0) {
  for (const double bad : {-1.0, std::nan("")}) {
    for (double DiagnoseOptions::*threshold :
         {&DiagnoseOptions::exploding, &DiagnoseOptions::vanished, &DiagnoseOptions::zeros,
          &DiagnoseOptions::saturated}) {
      DiagnoseOptions options;
      options.*threshold = bad;
      BOOST_CHECK_EXCEPTION(static_cast<void>(diagnose(weighted(1.0, 1.0), options)), DomainError,
                            [](const Error& error) {
                              return std::string(error.what()).starts_with("[diagnose] threshold");
                            });
    }
  }
}

BOOST_AUTO_TEST_CASE(gradients_that_are_mostly_0_have_vanished) {
  const auto with_zeros = [](std::int64_t zeros) {
    std::vector<double> numbers(1000, 1.0);
    for (std::int64_t i = 0; i < zeros; ++i) numbers[static_cast<std::size_t>(i)] = 0.0;
    const Tensor w = variable(ones({1000}, float64), "w");
    return capture((w * from_span<double>(numbers, {1000})).sum());
  };
  BOOST_TEST(texts(with_zeros(990), Trouble::vanished).empty());
  const std::vector<std::string> found = texts(with_zeros(991), Trouble::vanished);
  BOOST_TEST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found[0] == "vanished: w, 991 of 1000 elements of its gradient are 0");
}

BOOST_AUTO_TEST_CASE(a_relu_that_gives_0_only_is_dead) {
  const auto of = [](const std::vector<double>& numbers) {
    const Tensor x =
        variable(from_span<double>(numbers, {static_cast<std::int64_t>(numbers.size())}), "x");
    return texts(capture(relu(x).sum()), Trouble::dead);
  };
  BOOST_TEST(of({-1.0, 0.5}).empty());
  BOOST_TEST_REQUIRE(of({-1.0, -0.5}).size() == 1u);
  BOOST_TEST(of({-1.0, -0.5})[0].find("dead: ") == 0u);
  // One example that a neuron does not answer to says nothing, but for where no other answers either.
  const Tape tape;
  const Value x = variable(-1.0, "x"), w = variable(2.0, "w");
  BOOST_TEST(texts(capture(Value(relu(x) + w)), Trouble::dead).empty());
  const std::vector<std::string> found = texts(capture(Value(relu(x) * w)), Trouble::dead);
  BOOST_TEST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found[0] == "dead: t1, made by relu, gives 0, and no gradient gets through");
}

BOOST_AUTO_TEST_CASE(a_training_run_tells_what_is_dead_in_every_frame_and_when_numbers_went_wrong) {
  const std::filesystem::path file = "diagnose-run.jsonl";
  const auto run = [&](const std::vector<double>& inputs) {
    Recorder recorder(file, {.every = 1});
    for (std::size_t step = 0; step < inputs.size(); ++step) {
      const Tape tape;
      const Value x = variable(inputs[step], "x");
      recorder.frame(static_cast<std::int64_t>(step), Value(relu(x) + log(x + 2.0)));
    }
    Recording recording = read_recording(file);
    std::filesystem::remove(file);
    return recording;
  };
  const auto kinds = [](const Recording& recording) {
    std::vector<std::string> texts;
    for (const Finding& finding : diagnose(recording)) texts.push_back(finding.text);
    return texts;
  };
  using Texts = std::vector<std::string>;
  BOOST_TEST((kinds(run({-1.0, 1.0})).empty()));
  BOOST_TEST(
      (kinds(run({-1.0, -0.5})) == Texts{"dead: t1, made by relu, gives 0 only in all 2 frames"}));
  const Recording bad = run({1.0, -2.0, -3.0});
  BOOST_TEST((kinds(bad) == Texts{"NaN or inf: t3, made by log, its value, from step 1 on"}));
  const std::string told = summary(bad);
  BOOST_TEST(told.find("3, from step 0, where the loss is 2.09861, to step 2: nan") != told.npos,
             told);
  BOOST_TEST(told.find("from step 1 on") != told.npos, told);
}

BOOST_AUTO_TEST_CASE(a_flat_activation_is_saturated) {
  const Tape tape;
  const auto of = [](const Value& y) { return texts(capture(y), Trouble::saturated); };
  const Value x = variable(1.0, "x"), far = variable(5.0, "far");
  BOOST_TEST(of(Value(tanh(x) * 2.0)).empty());
  BOOST_TEST(of(Value(sigmoid(x) * 2.0)).empty());
  BOOST_TEST(of(Value(tanh(far) * 2.0)).size() == 1u);           // slope 1.8e-4
  BOOST_TEST(of(Value(sigmoid(far) * 2.0)).empty());             // slope 6.6e-3
  BOOST_TEST(of(Value(sigmoid(far * 2.0) * 2.0)).size() == 1u);  // slope 4.5e-5
}

BOOST_AUTO_TEST_CASE(leaves_without_a_use_and_without_a_gradient_are_told) {
  Builder build;
  build.leaf("spare", 1.0);
  const std::uint32_t x = build.leaf("x", 1.0), w = build.leaf("w", 1.0, Role::parameter);
  build.op("mul", 1.0, {{x, 1.0}, {w, 1.0}});
  Graph graph = build.finish();
  BOOST_TEST(texts(graph, Trouble::detached).empty());
  BOOST_TEST(texts(graph, Trouble::unused) == std::vector<std::string>{"unused: spare"},
             boost::test_tools::per_element());
  graph.nodes[w].has_gradient = false;
  graph.nodes[w].gradient = 0.0;
  BOOST_TEST_REQUIRE(texts(graph, Trouble::detached).size() == 1u);
  BOOST_TEST(texts(graph, Trouble::detached)[0] == "detached: w, no gradient reaches it");
}

BOOST_AUTO_TEST_CASE(parameters_that_a_loss_does_not_depend_on_are_told) {
  nn::Sequential model{nn::Dense(2, 3), nn::Dense(3, 1)};
  const std::vector<Tensor> parameters = model.parameters();
  const Tensor x = ones({1, 2});
  BOOST_TEST(texts(capture(model(x).sum(), parameters), Trouble::detached).empty());
  const Tensor loss = named((parameters[0] * 2.0).sum(), "loss");
  BOOST_TEST(texts(capture(loss), Trouble::detached).empty());
  const std::vector<std::string> found = texts(capture(loss, parameters), Trouble::detached);
  BOOST_TEST_REQUIRE(found.size() == 3u);
  for (const std::string& text : found) BOOST_TEST(text.ends_with(", loss does not depend on it"));
  const Tape tape;
  const Value a = variable(1.0, "a"), b = variable(2.0, "b");
  const std::vector<Value> inputs{a, b};
  BOOST_TEST(texts(capture(Value(a * 2.0), inputs), Trouble::unused) ==
                 std::vector<std::string>{"unused: b"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_gravest_kind_comes_first) {
  const Tape tape;
  const Value x = variable(20.0, "x"), zero = variable(0.0, "zero");
  const std::vector<Finding> found = diagnose(capture(Value(tanh(x) + sqrt(zero * 3.0))));
  BOOST_TEST_REQUIRE(found.size() >= 2u);
  for (std::size_t i = 1; i < found.size(); ++i)
    BOOST_TEST((found[i - 1].trouble <= found[i].trouble));
  BOOST_TEST((found.front().trouble == Trouble::non_finite));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace nabla::viz::test
