// SPDX-License-Identifier: MIT
// float32 through its shadow in float64: no false alarm where float32 is hard, and faults far below
// what differences in float32 could see.
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/check.hpp>
#include <nabla/engine/bridge.hpp>
#include <nabla/engine/checkpoint.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/custom.hpp>
#include <nabla/engine/distortion.hpp>
#include <nabla/engine/random.hpp>
#include <nabla/nabla.hpp>

#include "check/battery.hpp"

using namespace nabla;
using check::gradcheck;
using check::Report;
using check::Verdict;

namespace {

bool is_single(double x) {
  return x == 0 || (std::abs(x) <= std::numeric_limits<float>::max() &&
                    std::abs(x) >= std::numeric_limits<float>::min());
}

Tensor single(double x) { return tensor({static_cast<float>(x)}); }

Distortion times(double factor) {
  return Distortion(
      [factor](const BackwardCall&, int, Tensor contribution) { return contribution * factor; });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(float32_through_its_shadow)

BOOST_AUTO_TEST_CASE(no_false_alarm_on_the_battery_and_faults_of_a_thousandth_are_found) {
  int points = 0, decided = 0, found = 0;
  for (const battery::Case& item : battery::cases()) {
    for (const double x : item.points) {
      if (!is_single(x)) continue;
      ++points;
      const auto f = [&](std::span<const Tensor> p) { return item.tensor(p[0]); };
      const Report report = gradcheck(f, {single(x)});
      BOOST_TEST(!check::is_failure(report.verdict),
                 item.name << " at " << x << ": " << check::to_string(report));
      if (!report.ok() || report.worst.empty()) continue;
      ++decided;
      if (item.slope(static_cast<float>(x)) == 0) continue;
      const Distortion wrong = times(1.001);
      if (check::is_failure(gradcheck(f, {single(x)}).verdict)) ++found;
    }
  }
  BOOST_TEST_MESSAGE(points << " points, " << decided << " decided, " << found << " faults found");
  BOOST_TEST(points >= 80);
  BOOST_TEST(decided >= points * 9 / 10);
  BOOST_TEST(found >= decided * 85 / 100);
}

BOOST_AUTO_TEST_CASE(a_rule_that_is_wrong_in_float32_alone_is_found) {
  Random random(1);
  const Tensor x = randn({5, 4}, random), w = randn({4, 3}, random);
  const auto f = [](std::span<const Tensor> p) { return tanh(matmul(p[0], p[1])); };
  BOOST_TEST(gradcheck(f, {x, w}).ok());
  const Distortion wrong([](const BackwardCall& call, int, Tensor contribution) {
    const bool is_hit = call.info().name == "tanh" && contribution.dtype() == float32;
    return is_hit ? contribution * (1 + 1e-4) : contribution;
  });
  const Report report = gradcheck(f, {x, w});
  BOOST_TEST((report.verdict == Verdict::fail));
  BOOST_TEST(report.worst[0].reason.find("float32 beside float64") == 0u);
  BOOST_REQUIRE(!report.culprits.empty());
  BOOST_TEST(report.culprits[0].op == "tanh");
}

BOOST_AUTO_TEST_CASE(cancellation_is_allowed_what_it_costs) {
  const auto f = [](std::span<const Tensor> p) {
    return square((p[0] + 1000.0f) - 1000.0f) / (p[0] - 0.999f);
  };
  const Report report = gradcheck(f, {single(1.0)});
  BOOST_TEST(report.ok(), check::to_string(report));
}

BOOST_AUTO_TEST_CASE(numbers_out_of_range_on_the_way_are_not_called_wrong_and_not_right) {
  const auto f = [](std::span<const Tensor> p) { return log(exp(p[0])); };
  BOOST_TEST(gradcheck(f, {single(50.0)}).ok());
  const Report report = gradcheck(f, {single(100.0)});
  BOOST_TEST(report.inconclusive(), check::to_string(report));
  const auto root = [](std::span<const Tensor> p) { return sqrt(square(p[0])); };
  const Report tiny = gradcheck(root, {single(1e-30)});
  BOOST_TEST(!check::is_failure(tiny.verdict), check::to_string(tiny));
}

BOOST_AUTO_TEST_CASE(the_choice_of_a_maximum_is_no_rounding) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    Random random(seed);
    const Tensor x = randn({2, 3}, random, float32), w = randn({2, 3}, random, float32);
    const auto f = [](std::span<const Tensor> p) { return sum(p[0].max(0) * layer_norm(p[1])); };
    const Report report = gradcheck(f, {x, w});
    BOOST_TEST(!is_failure(report.verdict), to_string(report));
    const Report alone = gradcheck([](std::span<const Tensor> p) { return p[0].max(1); }, {x});
    BOOST_TEST(alone.ok(), to_string(alone));
    for (const check::Entry& entry : alone.worst) BOOST_TEST(entry.bound < 1e-3);
  }
}

BOOST_AUTO_TEST_CASE(a_function_of_the_users_that_is_wrong_in_float32_alone_is_found) {
  const auto twice_in = [](DType dtype) {
    return CustomFunction{.name = "twice_wrong",
                          .forward = [](std::span<const Tensor> x) { return sin(x[0]); },
                          .backward =
                              [dtype](const CustomCall& call) {
                                const Tensor right = call.gradient * cos(call.inputs[0]);
                                return std::vector{right.dtype() == dtype ? right * 2.0 : right};
                              }};
  };
  const CustomFunction wrong = twice_in(float32), right = twice_in(int64);
  const Tensor x = tensor({0.5F, 1.0F, -2.0F});
  BOOST_TEST(gradcheck([&](std::span<const Tensor> p) { return custom(right, {p[0]}); }, {x}).ok());
  for (const TensorFunction& f :
       {TensorFunction([&](std::span<const Tensor> p) { return sum(custom(wrong, {p[0]})); }),
        TensorFunction([&](std::span<const Tensor> p) { return custom(wrong, {p[0]}).max(); })}) {
    const Report report = gradcheck(f, {x});
    BOOST_TEST(is_failure(report.verdict), to_string(report));
  }
  // Rounding inside that its result does not tell.
  const CustomFunction cancels{
      .name = "cancels",
      .forward = [](std::span<const Tensor> p) { return exp(p[0]) - 1.0 - p[0]; },
      .backward =
          [](const CustomCall& call) {
            return std::vector{call.gradient * (exp(call.inputs[0]) - 1.0)};
          }};
  for (const float at : {1e-3F, 1e-5F, 1e-7F}) {
    const Report report = gradcheck(
        [&](std::span<const Tensor> p) { return custom(cancels, {p[0]}); }, {tensor({at})});
    BOOST_TEST(!is_failure(report.verdict), to_string(report));
  }
}

BOOST_AUTO_TEST_CASE(checkpoints_that_use_weights_have_a_shadow) {
  Random random(4);
  const Tensor x = randn({3, 4}, random, float32),
               w = variable(randn({4, 2}, random, float32), "w");
  const TensorFunction layer = [w](std::span<const Tensor> p) { return tanh(matmul(p[0], w)); };
  const auto loss = [&] { return sum(square(checkpoint(layer, {x}))); };
  const Report right = check::check_gradient(loss, std::vector{w});
  BOOST_TEST(right.ok(), to_string(right));
  BOOST_TEST(right.reason.empty());
  const Distortion wrong([](const BackwardCall& call, int, Tensor contribution) {
    const bool is_hit = call.info().name == "tanh" && contribution.dtype() == float32;
    return is_hit ? contribution * 1.0001F : contribution;
  });
  BOOST_TEST(is_failure(check::check_gradient(loss, std::vector{w}).verdict));
}

BOOST_AUTO_TEST_CASE(a_hidden_part_of_a_float32_function_is_found) {
  const auto f = [](std::span<const Tensor> p) { return p[0] * p[0].detach(); };
  const Report report = gradcheck(f, {single(1.5)});
  BOOST_TEST((report.verdict == Verdict::fail), check::to_string(report));
  BOOST_TEST(report.worst[0].reason == "the function changes otherwise than what it recorded");
}

BOOST_AUTO_TEST_CASE(conversions_of_type_have_no_rounding_in_the_shadow) {
  const auto f = [](std::span<const Tensor> p) { return exp(p[0].to(float64) * 2.0).to(float32); };
  const Report report = gradcheck(f, {tensor({0.3f, -1.2f})});
  BOOST_TEST(report.ok(), check::to_string(report));
  BOOST_TEST(report.counts.quick == report.counts.checked - 3);
}

BOOST_AUTO_TEST_CASE(second_order_and_kinks_pass) {
  const Tensor x = tensor({0.5f, -0.25f, 1.5f});
  const auto smooth = [](std::span<const Tensor> p) { return (sigmoid(p[0]) * p[0]).sum(); };
  const Report second = gradcheck(smooth, {x}, {.order = 2});
  BOOST_TEST(second.ok(), check::to_string(second));
  const Report kink = gradcheck([](std::span<const Tensor> p) { return relu(p[0]); },
                                {tensor({0.0f, 1.0f, -1.0f})});
  BOOST_TEST((kink.verdict == Verdict::kink_accepted), check::to_string(kink));
}

BOOST_AUTO_TEST_CASE(without_a_shadow_single_precision_is_used_and_said) {
  const auto f = [](std::span<const Tensor> p) {
    return stack({element(p[0].to(float64), {0}) * 2.0}).to(float32);
  };
  const Report report = gradcheck(f, {single(0.75)});
  BOOST_TEST(report.ok(), check::to_string(report));
  BOOST_TEST(report.reason.find("without a shadow: stack_values") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
