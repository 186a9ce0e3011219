// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/check/gradcheck.hpp>
#include <nabla/engine/bridge.hpp>
#include <nabla/engine/checkpoint.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/custom.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/random.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/maximum.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/compare.hpp>
#include <nabla/ops/index/concat.hpp>
#include <nabla/ops/linalg/matmul.hpp>
#include <nabla/ops/loss/softmax_cross_entropy.hpp>
#include <nabla/ops/nn/softmax.hpp>
#include <nabla/ops/one_hot.hpp>
#include <nabla/ops/reduction/mean.hpp>
#include <nabla/ops/reduction/sum.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/abs.hpp>
#include <nabla/ops/unary/cos.hpp>
#include <nabla/ops/unary/exp.hpp>
#include <nabla/ops/unary/log.hpp>
#include <nabla/ops/unary/relu.hpp>
#include <nabla/ops/unary/sin.hpp>
#include <nabla/ops/unary/sqrt.hpp>
#include <nabla/ops/unary/square.hpp>
#include <nabla/ops/unary/tanh.hpp>
#include <nabla/ops/view/clone.hpp>
#include <nabla/ops/view/slice.hpp>
#include <nabla/ops/view/to.hpp>
#include <nabla/ops/view/transpose.hpp>

using namespace nabla;
using check::check_gradient;
using check::gradcheck;
using check::Report;
using check::Verdict;

namespace {

constexpr auto kSmooth = [](const auto& p) { return p[0] * p[0] * p[1] + sin(p[1]); };

Tensor random_tensor(const Shape& shape, std::uint64_t seed, DType dtype = float64) {
  Random random(seed);
  return randn(shape, random, dtype);
}

Tensor layer(std::span<const Tensor> p) { return tanh(matmul(p[0], p[1])); }

/// x times a number that depends on x behind the engine's back.
Tensor with_hidden_part(const Tensor& x) { return x * x.detach(); }

}  // namespace

BOOST_AUTO_TEST_SUITE(gradcheck_of_values)

BOOST_AUTO_TEST_CASE(right_gradients_pass_in_every_mode) {
  for (const bool full : {false, true}) {
    for (const bool thorough : {false, true}) {
      for (const int order : {1, 2}) {
        const Report report =
            gradcheck(kSmooth, {1.0, 2.0}, {.order = order, .full = full, .thorough = thorough});
        BOOST_TEST(report.ok(), to_string(report));
        BOOST_TEST(report.counts.failed == 0);
        BOOST_TEST(report.counts.checked >= 2);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(forward_mode_is_a_second_witness_and_hessians_are_symmetric) {
  const auto has = [](const Report& report, const char* reason) {
    return std::any_of(report.worst.begin(), report.worst.end(),
                       [&](const check::Entry& entry) { return entry.reason == reason; });
  };
  const auto steep = [](const auto& p) {
    return exp(p[0] * p[1]) / (1.0 + p[0] * p[0]) + log(p[1]);
  };
  const Report first = gradcheck(steep, {0.7, 1.9}, {.worst = 100});
  BOOST_TEST(first.ok(), to_string(first));
  const Report second = gradcheck(steep, {0.7, 1.9}, {.order = 2, .worst = 100});
  BOOST_TEST(second.ok(), to_string(second));
  BOOST_TEST(has(second, "symmetry of the Hessian"));
  // Right for Values, and not for Duals: no difference of Values could see it.
  const auto two_faced = [](const auto& p) {
    using T = std::decay_t<decltype(p[0])>;
    return p[0] * p[0] * (std::is_same_v<T, Value> || std::is_same_v<T, double> ? 1.0 : 1.001);
  };
  const Report report = gradcheck(two_faced, {2.0});
  BOOST_TEST((report.verdict == Verdict::fail));
  BOOST_TEST(has(report, "forward mode"));
}

BOOST_AUTO_TEST_CASE(a_gradient_that_misses_a_part_fails) {
  // The number behind p[0] counts as a constant, so half of the slope is missing.
  const auto wrong = [](const std::vector<Value>& p) { return Value(p[0] * p[0].value()); };
  const Report report = gradcheck(wrong, {3.0});
  BOOST_TEST((report.verdict == Verdict::fail));
  BOOST_REQUIRE(!report.worst.empty());
  BOOST_TEST(report.worst[0].analytic == 3.0);
  BOOST_TEST(std::abs(report.worst[0].numeric - 6.0) <= report.worst[0].bound);
  BOOST_TEST(report.hint.find("factor 2") != std::string::npos, report.hint);
}

BOOST_AUTO_TEST_CASE(a_factor_is_a_hint_only_where_all_derivatives_have_it) {
  // By p[1] the gradient is 6 where the slope is 8; by p[0] it is right.
  const auto partly = [](const std::vector<Value>& p) {
    return Value(p[0] * Value(p[1].value()) + p[1] * p[1]);
  };
  const Report some = gradcheck(partly, {2.0, 3.0});
  BOOST_TEST((some.verdict == Verdict::fail));
  BOOST_TEST(some.hint.find("analytic") == std::string::npos, some.hint);
  // The number behind y is its fourth part: three quarters of every slope are left.
  const auto everywhere = [](const std::vector<Value>& p) {
    const Value y = p[0] * p[0] * p[1] + p[1];
    return Value(0.75 * y + 0.25 * y.value());
  };
  const Report all = gradcheck(everywhere, {2.0, 3.0});
  BOOST_TEST((all.verdict == Verdict::fail));
  BOOST_TEST(all.hint.find("analytic = 0.75 numeric everywhere; each operation behind") == 0u);
}

BOOST_AUTO_TEST_CASE(small_relative_faults_are_detected) {
  for (const double fault : {1e-2, 1e-4, 1e-5}) {
    const auto wrong = [fault](const std::vector<Value>& p) {
      const Value y = sin(p[0]) * p[1];
      return Value(y + fault * y.value());
    };
    const Report report = gradcheck(wrong, {0.7, 1.3});
    BOOST_TEST(is_failure(report.verdict), fault << "\n" << to_string(report));
  }
}

BOOST_AUTO_TEST_CASE(several_results_are_mixed_and_in_full_mode_told_apart) {
  const auto f = [](const std::vector<Value>& p) {
    return std::vector<Value>{p[0] * p[1], sin(p[0]), Value(p[1] * p[1].value())};
  };
  const Report mixed = gradcheck(f, {0.5, 2.0});
  BOOST_TEST((mixed.verdict == Verdict::fail));
  const Report full = gradcheck(f, {0.5, 2.0}, {.full = true});
  bool is_named = false;
  for (const check::Entry& entry : full.worst) {
    if (entry.output < 0) continue;
    const bool is_wrong = entry.output == 2 && entry.index == std::vector<std::int64_t>{1};
    BOOST_TEST(is_failure(entry.verdict) == is_wrong);
    is_named = is_named || is_wrong;
  }
  BOOST_TEST(is_named);
}

BOOST_AUTO_TEST_CASE(conventions_at_kinks_are_accepted) {
  const auto f = [](const auto& p) { return relu(p[0]) + p[1]; };
  const Report report = gradcheck(f, {0.0, 1.0});
  BOOST_TEST(report.ok(), to_string(report));
  BOOST_TEST((report.verdict == Verdict::kink_accepted));
  const auto tie = [](const auto& p) { return maximum(p[0], p[1]); };
  BOOST_TEST(gradcheck(tie, {1.0, 1.0}).ok());
  const auto root = [](const auto& p) { return sqrt(p[0]); };
  BOOST_TEST((gradcheck(root, {0.0}).verdict == Verdict::infinite_slope));
}

BOOST_AUTO_TEST_CASE(a_function_for_values_only_has_no_order_2) {
  const auto f = [](const std::vector<Value>& p) { return Value(p[0] * p[0]); };
  BOOST_TEST(gradcheck(f, {1.0}).ok());
  BOOST_CHECK_THROW(static_cast<void>(gradcheck(f, {1.0}, {.order = 2})), DomainError);
}

BOOST_AUTO_TEST_CASE(a_function_of_values_may_go_through_a_tensor) {
  const auto through = [](const std::vector<Value>& p) {
    return Value(element(sin(stack({p[0] * p[1], p[1]})), {0}) * p[0]);
  };
  const Report right = gradcheck(through, {0.5, 2.0});
  BOOST_TEST(right.ok(), to_string(right));
  const auto several = [](const std::vector<Value>& p) {
    return elements(square(stack({p[0] * p[1], p[1]})));
  };
  const Report full = gradcheck(several, {0.5, 2.0}, {.full = true});
  BOOST_TEST(full.ok(), to_string(full));
  const auto wrong = [](const std::vector<Value>& p) {
    return Value(element(sin(stack({p[0]}).detach() * stack({p[0]})), {0}));
  };
  BOOST_TEST((gradcheck(wrong, {0.5}).verdict == Verdict::fail));
}

BOOST_AUTO_TEST_CASE(a_model_of_values_may_go_through_a_tensor) {
  Value w = variable(0.5, "w"), b = variable(-0.25, "b");
  Value* const parameters[] = {&w, &b};
  const auto loss = [&] { return Value(element(sum(square(stack({w * 2.0, b}))), {}) * w); };
  const Report report = check_gradient(loss, parameters);
  BOOST_TEST(report.ok(), to_string(report));
}

BOOST_AUTO_TEST_CASE(the_callers_tape_is_left_alone) {
  const Value a = variable(3.0);
  const Value b = a * a;
  BOOST_TEST(gradcheck(kSmooth, {1.0, 2.0}).ok());
  const auto thrower = [](const std::vector<Value>&) -> Value { throw std::runtime_error("no"); };
  BOOST_CHECK_THROW(static_cast<void>(gradcheck(thrower, {1.0})), std::runtime_error);
  backward(b);
  BOOST_TEST(a.grad() == 6.0);
}

BOOST_AUTO_TEST_CASE(parameters_of_a_value_model_are_checked_and_come_back) {
  Value w = variable(0.5, "w"), b = variable(-0.25, "b");
  const Value before = w;
  Value* const parameters[] = {&w, &b};
  const auto loss = [&] { return Value(tanh(w * 2.0 + b)); };
  const Report report = check_gradient(loss, parameters);
  BOOST_TEST(report.ok(), to_string(report));
  BOOST_TEST(report.worst[0].input.size() == 1u);
  BOOST_TEST(w.value() == 0.5);
  BOOST_TEST(w.index() == before.index());
  BOOST_TEST(w.is_active());
  const auto wrong = [&] { return Value(w * w.value() + b); };
  BOOST_TEST((check_gradient(wrong, parameters).verdict == Verdict::fail));
  const auto thrower = [&]() -> Value { throw std::runtime_error("no"); };
  BOOST_CHECK_THROW(static_cast<void>(check_gradient(thrower, parameters)), std::runtime_error);
  BOOST_TEST(b.value() == -0.25);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(gradcheck_of_tensors)

BOOST_AUTO_TEST_CASE(right_gradients_pass_to_both_orders) {
  const std::vector<Tensor> at{random_tensor({2, 3}, 1), random_tensor({3, 4}, 2)};
  for (const int order : {1, 2}) {
    const Report report =
        gradcheck([](std::span<const Tensor> p) { return layer(p); }, at, {.order = order});
    BOOST_TEST(report.ok(), to_string(report));
    BOOST_TEST(report.counts.checked >= 18);
  }
}

BOOST_AUTO_TEST_CASE(order_2_sees_what_order_1_cannot) {
  // x^2 - (x - c)^2 with c = x: the value and the slope 2 x are right, the slope's slope is not.
  const auto f = [](std::span<const Tensor> p) {
    return square(p[0]) - square(p[0] - p[0].detach());
  };
  const Tensor x = random_tensor({3}, 3);
  BOOST_TEST(gradcheck(f, {x}).ok());
  BOOST_TEST(is_failure(gradcheck(f, {x}, {.order = 2}).verdict));
}

BOOST_AUTO_TEST_CASE(a_wrong_gradient_names_the_input_and_its_element) {
  const Tensor x = named(random_tensor({2, 2}, 4), "x"), y = named(random_tensor({2, 2}, 5), "y");
  const auto f = [](std::span<const Tensor> p) { return sin(p[0]) + with_hidden_part(p[1]); };
  const Report report = gradcheck(f, {x, y});
  BOOST_TEST((report.verdict == Verdict::fail));
  BOOST_TEST(report.worst[0].input == "y");
  BOOST_TEST(report.worst[0].index.size() == 2u);
  BOOST_TEST(to_string(report).find("y[") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_detached_input_has_no_gradient) {
  const auto f = [](std::span<const Tensor> p) { return p[0] + sin(p[1].detach()); };
  const Report report = gradcheck(f, {random_tensor({2}, 6), random_tensor({2}, 7)});
  BOOST_TEST((report.verdict == Verdict::missing_gradient), to_string(report));
  const auto unused = [](std::span<const Tensor> p) { return p[0] * 2; };
  BOOST_TEST(gradcheck(unused, {random_tensor({2}, 6), random_tensor({2}, 7)}).ok());
}

BOOST_AUTO_TEST_CASE(a_function_that_writes_into_its_input_is_named) {
  const auto f = [](std::span<const Tensor> p) {
    const Tensor y = sin(p[0]);
    const NoGrad no_grad;
    Tensor x = p[0].detach();
    x.mutable_data<double>()[0] += 1.0;
    return y * 1.0 + 0.0;
  };
  const Report report = gradcheck(f, {random_tensor({2}, 8)});
  BOOST_TEST(is_failure(report.verdict), to_string(report));
}

BOOST_AUTO_TEST_CASE(a_function_that_writes_into_its_input_and_takes_it_back_is_named_too) {
  const auto f = [](std::span<const Tensor> p) {
    {
      const NoGrad no_grad;
      Tensor x = p[0].detach();
      x.mutable_data<double>()[0] += 0.0;
    }
    return sin(p[0]);
  };
  BOOST_TEST((gradcheck(f, {random_tensor({2}, 8)}).verdict == Verdict::input_mutated));
  Tensor w = variable(random_tensor({2}, 8));
  const auto loss = [&] {
    {
      const NoGrad no_grad;
      w.mutable_data<double>()[0] += 0.0;
    }
    return sum(sin(w));
  };
  BOOST_TEST((check::check_gradient(loss, std::vector{w}).verdict == Verdict::input_mutated));
  // Through a span from before, which nobody counts.
  const std::span<double> elements = [&] {
    const NoGrad no_grad;
    return w.mutable_data<double>();
  }();
  const auto hidden = [&] {
    const Tensor y = sum(w * 2.0);
    elements[0] += 1e-3;
    return y;
  };
  BOOST_TEST(is_failure(check::check_gradient(hidden, std::vector{w}).verdict));
}

namespace {
// x^2 whose own slope is right, but not the slope of that.
CustomFunction flat_square() {
  return {.name = "flat_square",
          .forward = [](std::span<const Tensor> x) { return square(x[0]); },
          .backward =
              [](const CustomCall& call) {
                return std::vector{call.gradient * 2.0 * call.inputs[0].detach()};
              }};
}
// x^3, right to order 2.
CustomFunction flat_cube() {
  return {.name = "flat_cube",
          .forward = [](std::span<const Tensor> x) { return x[0] * x[0] * x[0]; },
          .backward =
              [](const CustomCall& call) {
                return std::vector{call.gradient * 3.0 * custom(flat_square(), {call.inputs[0]})};
              }};
}
}  // namespace

BOOST_AUTO_TEST_CASE(third_derivatives_are_checked) {
  const auto right = [](const auto& p) { return sin(p[0] * p[1]) * p[1] + exp(p[0]) / p[1]; };
  for (const int order : {1, 2, 3}) {
    const Report report = gradcheck(right, {0.7, 1.4}, {.order = order});
    BOOST_TEST(report.ok(), to_string(report));
    BOOST_TEST(report.order == order);
  }
  const Tensor at = tensor({0.3, 1.2, -0.7}, float64);
  const auto cube = [](std::span<const Tensor> x) { return custom(flat_cube(), {sin(x[0])}); };
  BOOST_TEST(gradcheck(cube, {at}, {.order = 1}).ok());
  BOOST_TEST(gradcheck(cube, {at}, {.order = 2}).ok());
  BOOST_TEST((gradcheck(cube, {at}, {.order = 3}).verdict == Verdict::fail));
  const auto smooth = [](std::span<const Tensor> x) { return softmax(x[0], 0) * x[0]; };
  BOOST_TEST(gradcheck(smooth, {at}, {.order = 3}).ok());
  const Tensor w = variable(at);
  const auto loss = [&] { return sum(tanh(w) * exp(w)); };
  const auto flat = [&] { return sum(custom(flat_cube(), {w * 2.0})); };
  BOOST_TEST(check::check_gradient(loss, std::vector{w}, {.order = 3}).ok());
  BOOST_TEST(!w.has_grad());
  BOOST_TEST(check::check_gradient(flat, std::vector{w}, {.order = 2}).ok());
  BOOST_TEST((check::check_gradient(flat, std::vector{w}, {.order = 3}).verdict == Verdict::fail));
}

// Where numbers cancel inside, a derivative of a derivative is a staircase.
BOOST_AUTO_TEST_CASE(saturated_functions_are_no_false_alarm_at_any_order) {
  int right = 0, all = 0;
  const auto judge = [&](const Report& report) {
    BOOST_TEST(!is_failure(report.verdict), to_string(report));
    right += report.ok() ? 1 : 0;
    ++all;
  };
  for (const int order : {1, 2, 3}) {
    const check::Options options{.order = order};
    for (const double x : {3.0, 9.0, 11.0, 13.0, 18.0}) {
      judge(gradcheck([](std::span<const Tensor> p) { return tanh(p[0]); },
                      {tensor({x, -x}, float64)}, options));
      judge(gradcheck([](std::span<const Tensor> p) { return tanh(p[0]); }, {tensor({float(x)})},
                      options));
      judge(gradcheck([](const auto& p) { return tanh(p[0]) * p[1]; }, {x, 0.5}, options));
      judge(gradcheck([](const auto& p) { return log(1.0 + exp(p[0] - p[1])); }, {x, -x}, options));
    }
    judge(gradcheck([](const auto& p) { return sqrt(p[0] * p[0] + 1.0) - p[0]; }, {1e4}, options));
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      const Tensor logits = random_tensor({2, 3}, seed) * 20.0;
      judge(
          gradcheck([](std::span<const Tensor> p) { return softmax(p[0], 1); }, {logits}, options));
      const Tensor w = variable(logits);
      judge(check_gradient([&] { return sum(square(tanh(w))); }, std::vector{w}, options));
    }
  }
  BOOST_TEST(right >= all / 2, right << " of " << all << " decided");
}

BOOST_AUTO_TEST_CASE(a_rule_that_gives_nan_at_a_finite_point_is_told_as_that) {
  const CustomFunction half_nan{
      .name = "half_nan",
      .forward = [](std::span<const Tensor> x) { return sin(x[0]); },
      .backward =
          [](const CustomCall& call) {
            const Tensor right = call.gradient * cos(call.inputs[0]);
            return std::vector{where(call.inputs[0] < 0.0, call.gradient * NAN, right)};
          }};
  const auto f = [&](std::span<const Tensor> x) { return custom(half_nan, {x[0]}); };
  const Report report = gradcheck(f, {tensor({0.5, 1.0, -2.0}, float64)});
  BOOST_TEST((report.verdict == Verdict::non_finite_analytic), to_string(report));
  BOOST_REQUIRE(!report.culprits.empty());
  BOOST_TEST(report.culprits[0].op == "half_nan");
}

BOOST_AUTO_TEST_CASE(derivatives_inside_a_function_are_checked_like_anything_else) {
  const auto cubes = [](const Tensor& q) { return sum(q * q * q); };
  const auto slopes = [&](std::span<const Tensor> p) { return gradient(cubes, p[0]) * p[0]; };
  const Report report = gradcheck(slopes, {tensor({0.5, 1.0, -2.0}, float64)});
  BOOST_TEST(report.ok(), to_string(report));
}

BOOST_AUTO_TEST_CASE(a_loss_of_values_has_no_second_order_here) {
  Value w = variable(0.5);
  Value* const parameters[] = {&w};
  const std::function<Value()> loss = [&] { return Value(w * w); };
  BOOST_TEST(check_gradient(loss, parameters).ok());
  BOOST_CHECK_THROW(static_cast<void>(check_gradient(loss, parameters, {.order = 2})), DomainError);
}

BOOST_AUTO_TEST_CASE(a_rule_that_is_wrong_from_order_2_on_is_named) {
  const auto f = [](std::span<const Tensor> x) {
    return exp(custom(flat_square(), {sin(x[0])}) * 0.5);
  };
  const Tensor at = tensor({0.3, 1.2, -0.7}, float64);
  BOOST_TEST(gradcheck(f, {at}).ok());
  const Tensor w = variable(at);
  for (const Report& report :
       {gradcheck(f, {at}, {.order = 2}), check::check_gradient(
                                              [&] {
                                                return f({&w, 1});
                                              },
                                              std::vector{w}, {.order = 2})}) {
    BOOST_REQUIRE(report.culprits.size() == 1u);
    BOOST_TEST(report.culprits[0].op == "flat_square");
    BOOST_TEST(report.culprits[0].operand == "operand 0, order 2");
  }
}

BOOST_AUTO_TEST_CASE(functions_of_the_users_and_checkpoints_are_checked_like_ops) {
  CustomFunction cube{.name = "cube",
                      .forward = [](std::span<const Tensor> x) { return x[0] * x[0] * x[0]; },
                      .backward =
                          [](const CustomCall& call) {
                            return std::vector{call.gradient * 3.0 * square(call.inputs[0])};
                          }};
  const auto f = [&cube](std::span<const Tensor> x) { return custom(cube, {sin(x[0])}); };
  const auto again = [&f](std::span<const Tensor> x) { return checkpoint(f, {x[0] * 2.0}); };
  const Tensor at = tensor({0.3, 1.2, -0.7}, float64);
  for (const int order : {1, 2}) {
    for (const TensorFunction& right : {TensorFunction(f), TensorFunction(again)}) {
      const Report report = gradcheck(right, {at}, {.order = order});
      BOOST_TEST(report.ok(), to_string(report));
    }
  }
  cube.backward = [](const CustomCall& call) {
    return std::vector{call.gradient * 2.0 * square(call.inputs[0])};
  };
  BOOST_TEST((gradcheck(f, {at}).verdict == Verdict::fail));
  BOOST_TEST((gradcheck(again, {at}).verdict == Verdict::fail));
}

BOOST_AUTO_TEST_CASE(ties_of_maximum_are_shared) {
  const Tensor same = tensor({1.0, 2.0, 3.0}, float64);
  const auto f = [](std::span<const Tensor> p) { return maximum(p[0], p[1]); };
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    BOOST_TEST(gradcheck(f, {same, same.clone()}, {.seed = seed}).ok());
  }
}

BOOST_AUTO_TEST_CASE(integer_inputs_are_passed_as_they_are) {
  const Tensor x = random_tensor({3}, 9), k = tensor({1, 2, 3}, int64);
  const auto f = [](std::span<const Tensor> p) { return p[0] * p[1].to(float64); };
  const Report report = gradcheck(f, {x, k});
  BOOST_TEST(report.ok(), to_string(report));
  BOOST_CHECK_THROW(static_cast<void>(gradcheck(f, {k, k})), DTypeError);
}

BOOST_AUTO_TEST_CASE(empty_tensors_leave_nothing_to_check_and_that_is_said) {
  const auto f = [](std::span<const Tensor> p) { return sin(p[0]); };
  const Report report = gradcheck(f, {zeros({0, 3}, float64)});
  BOOST_TEST(report.inconclusive(), to_string(report));
  BOOST_TEST(report.reason == "nothing was checked: the inputs have no elements");
  BOOST_TEST(report.counts.checked == 0);
}

BOOST_AUTO_TEST_CASE(an_empty_tensor_beside_others_does_no_harm) {
  const auto f = [](std::span<const Tensor> p) { return concat({sin(p[0]), exp(p[1])}); };
  const Report report = gradcheck(f, {zeros({0}, float64), random_tensor({3}, 4)});
  BOOST_TEST(report.ok(), to_string(report));
  BOOST_TEST(report.counts.checked > 0);
}

BOOST_AUTO_TEST_CASE(float32_inputs_get_a_wider_bound) {
  const auto f = [](std::span<const Tensor> p) { return layer(p); };
  const std::vector<Tensor> at{random_tensor({2, 3}, 1, float32),
                               random_tensor({3, 4}, 2, float32)};
  const Report report = gradcheck(f, at);
  BOOST_TEST(report.ok(), to_string(report));
  const auto wrong = [](std::span<const Tensor> p) {
    const Tensor y = layer(p);
    return y + y.detach() * 0.05;
  };
  BOOST_TEST(is_failure(gradcheck(wrong, at).verdict));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(check_gradient_of_models)

BOOST_AUTO_TEST_CASE(parameters_are_checked_in_place_and_come_back_bit_for_bit) {
  for (const DType dtype : {float64, float32}) {
    Tensor w = variable(random_tensor({3, 4}, 1, dtype), "w");
    Tensor b = variable(random_tensor({4}, 2, dtype), "b");
    const Tensor x = random_tensor({5, 3}, 3, dtype), y = random_tensor({5, 4}, 4, dtype);
    const auto loss = [&] { return mean(square(tanh(matmul(x, w) + b) - y)); };
    const std::vector<double> before = w.to_vector();
    const std::vector<Tensor> parameters{w, b};
    const Report report = check_gradient(loss, parameters);
    BOOST_TEST(report.ok(), to_string(report));
    BOOST_TEST(report.counts.checked >= 16);
    BOOST_TEST(w.to_vector() == before, boost::test_tools::per_element());
    BOOST_TEST(!w.has_grad());
    const auto wrong = [&] { return loss() + 0.1 * loss().detach(); };
    const Report bad = check_gradient(wrong, parameters);
    BOOST_TEST(is_failure(bad.verdict), to_string(bad));
    BOOST_TEST(w.to_vector() == before, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(zero_biases_in_single_precision_are_decided) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    Tensor w = variable(random_tensor({8, 4}, seed, float32) * 0.3, "w");
    Tensor b = variable(zeros({4}), "b");
    const Tensor x = random_tensor({16, 8}, seed + 10, float32);
    const std::vector<Tensor> parameters{w, b};
    const auto loss = [&] { return mean(square(tanh(matmul(x, w) + b) - 0.25)); };
    const Report report = check_gradient(loss, parameters, {.seed = seed});
    BOOST_TEST(!is_failure(report.verdict), to_string(report));
    for (const check::Entry& entry : report.worst) {
      BOOST_TEST(entry.bound >= 0);
      if (entry.input == "b") BOOST_TEST(is_ok(entry.verdict), to_string(report));
    }
  }
}

BOOST_AUTO_TEST_CASE(parameters_come_back_after_an_exception) {
  Tensor w = variable(tensor({-0.0, 1.0, 2.0}, float64), "w");
  int calls = 0;
  const auto loss = [&]() -> Tensor {
    if (++calls == 3) throw std::runtime_error("no");
    return sum(w * w);
  };
  const std::vector<Tensor> parameters{w};
  try {
    static_cast<void>(check_gradient(loss, parameters));
  } catch (const std::runtime_error&) {
  }
  BOOST_TEST(std::signbit(w.at({0})));
  BOOST_TEST(w.at({2}) == 2.0);
}

BOOST_AUTO_TEST_CASE(an_unused_parameter_is_fine_and_a_detached_one_is_not) {
  Tensor w = variable(tensor({1.0, 2.0}, float64), "w");
  Tensor unused = variable(tensor({5.0}, float64), "unused");
  const std::vector<Tensor> parameters{w, unused};
  BOOST_TEST(check_gradient([&] { return sum(w * w); }, parameters).ok());
  const auto detached = [&] { return sum(w * w) + sum(square(unused.detach())); };
  const Report report = check_gradient(detached, parameters);
  BOOST_TEST((report.verdict == Verdict::missing_gradient), to_string(report));
  BOOST_TEST(report.worst[0].input == "unused");
}

BOOST_AUTO_TEST_CASE(chance_in_the_model_has_its_own_verdict) {
  Tensor w = variable(tensor({1.0, 2.0}, float64), "w");
  Random random(1);
  const std::vector<Tensor> parameters{w};
  const auto loss = [&] { return sum(w * rand({2}, random, float64)); };
  BOOST_TEST((check_gradient(loss, parameters).verdict == Verdict::nondeterministic));
}

BOOST_AUTO_TEST_CASE(what_is_no_parameter_is_refused) {
  const std::vector<Tensor> parameters{tensor({1.0}, float64)};
  const auto loss = [&] { return sum(parameters[0]); };
  BOOST_CHECK_THROW(static_cast<void>(check_gradient(loss, parameters)), GraphError);
}

BOOST_AUTO_TEST_CASE(tied_weights_and_equal_names_do_no_harm) {
  const Tensor w = variable(tensor({0.3, 0.2}, float64), "w");
  const std::vector<Tensor> tied{w, w};
  const Report report = check_gradient([&] { return sum(square(w)); }, tied);
  BOOST_TEST(report.ok(), to_string(report));
  const Tensor a = variable(tensor({1.0, 2.0}, float64), "w");
  const Tensor b = variable(tensor({1.0, 2.0, 3.0, 4.0, 5.0, 6.0}, float64), "w");
  const std::vector<Tensor> parameters{a, b};
  const auto loss = [&] { return sum(square(a)) * sum(square(b)); };
  BOOST_TEST(check_gradient(loss, parameters).ok());
  BOOST_TEST(!check_gradient([&] { return loss() + loss().detach(); }, parameters).ok());
}

BOOST_AUTO_TEST_CASE(a_loss_that_changes_its_parameters_is_named) {
  Tensor w = variable(tensor({0.3, 0.2}, float64), "w");
  const std::vector<Tensor> parameters{w};
  const Report report = check_gradient(
      [&] {
        Tensor alias = w.detach();
        const NoGrad no_grad;
        alias.mutable_data<double>()[0] += 1;
        return sum(w);
      },
      parameters);
  BOOST_TEST((report.verdict == Verdict::input_mutated), to_string(report));
  BOOST_TEST(report.reason.find("w: ") == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(rounding_inside)

// What cancels inside a function leaves a staircase of tiny steps that its size does not tell.
BOOST_AUTO_TEST_CASE(is_not_called_a_wrong_gradient) {
  Random random(11);
  for (int k = 0; k < 200; ++k) {
    const std::vector<double> at{random.uniform(-30, 30), random.uniform(-30, 30)};
    const auto alarm = [&](const auto& f) {
      const Report report = gradcheck(f, at);
      BOOST_TEST(!is_failure(report.verdict), at[0] << ", " << at[1] << "\n" << to_string(report));
    };
    alarm([](const auto& p) { return log(1.0 + exp(p[0])) * log(1.0 + exp(p[1])); });
    alarm([](const auto& p) { return (1.0 - tanh(p[0])) + (1.0 - square(tanh(p[1]))); });
    alarm([](const auto& p) { return sqrt(1.0 + p[0] * p[0] * 1e-9) - 1.0 + p[1] * 1e-14; });
  }
}

BOOST_AUTO_TEST_CASE(of_a_confident_classifier_neither) {
  for (const DType dtype : {float64, float32}) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const Tensor noise = random_tensor({3, 4}, seed, dtype);
      const Tensor logits = noise + one_hot(tensor({0, 2, 1}, int64), 4).to(dtype) * 18.0;
      const auto f = [](std::span<const Tensor> p) {
        return softmax_cross_entropy(p[0], tensor({0, 2, 1}, int64));
      };
      const Report report = gradcheck(f, {logits});
      BOOST_TEST(!is_failure(report.verdict), to_string(report));
    }
  }
}

BOOST_AUTO_TEST_CASE(faults_are_still_found_beside_it) {
  const auto f = [](const std::vector<Value>& p) {
    const Value y = 1.0 - tanh(p[0]);
    return Value(y + 0.01 * y.value());
  };
  BOOST_TEST(is_failure(gradcheck(f, {3.0}).verdict));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(gradcheck_edges)

BOOST_AUTO_TEST_CASE(strided_inputs_reach_the_function_as_they_are) {
  const Tensor x = random_tensor({3, 4}, 5).transpose();
  const Tensor every_other = slice(random_tensor({8}, 6), 0, 0, 8, 2);
  int seen = 0;
  const auto f = [&](std::span<const Tensor> p) {
    seen += !p[0].is_contiguous();
    return exp(p[0]);
  };
  BOOST_TEST(gradcheck(f, {x}).ok());
  BOOST_TEST(gradcheck(f, {every_other}).ok());
  BOOST_TEST(seen > 20);
}

BOOST_AUTO_TEST_CASE(nothing_asked_is_nothing_checked) {
  const auto f = [](std::span<const Tensor> p) { return sum(square(p[0])); };
  const Report report = gradcheck(f, {random_tensor({100}, 7)}, {.directions = 0});
  BOOST_TEST(report.inconclusive());
  BOOST_CHECK_THROW(static_cast<void>(gradcheck(kSmooth, std::vector<double>{})), DomainError);
}

BOOST_AUTO_TEST_CASE(a_rule_that_loses_the_sign_from_above_is_not_linear) {
  const CustomFunction f{
      .name = "absolute",
      .forward = [](std::span<const Tensor> x) { return 2.0 * x[0]; },
      .backward = [](const CustomCall& call) { return std::vector{2.0 * abs(call.gradient)}; }};
  const auto g = [&](std::span<const Tensor> p) { return sum(custom(f, p)); };
  BOOST_TEST((gradcheck(g, {random_tensor({3}, 8)}).verdict == Verdict::not_linear_in_upstream));
}

BOOST_AUTO_TEST_CASE(float32_inside_float64_is_single_precision) {
  const auto f = [](std::span<const Tensor> p) { return exp(p[0].to(float32)); };
  const Report report = gradcheck(f, {tensor({0.3, 1.1}, float64)});
  BOOST_TEST(report.ok(), to_string(report));
}

BOOST_AUTO_TEST_CASE(slopes_beyond_the_range_of_a_step_and_below_all_numbers_are_not_wrong) {
  BOOST_TEST(!is_failure(gradcheck([](const auto& p) { return exp(p[0]); }, {709.0}).verdict));
  const auto quotient = [](const auto& p) { return p[0] / p[1]; };
  BOOST_TEST(!is_failure(gradcheck(quotient, {1.0, 1e200}).verdict));
}

BOOST_AUTO_TEST_CASE(a_function_that_throws_when_recorded_has_a_verdict) {
  const auto tensors = [](std::span<const Tensor> p) {
    if (is_recording()) throw std::runtime_error("recorded");
    return square(p[0]);
  };
  for (const DType dtype : {float64, float32}) {
    const Report report = gradcheck(tensors, {random_tensor({3}, 9, dtype)});
    BOOST_TEST((report.verdict == Verdict::throws_mismatch), to_string(report));
  }
  const auto values = [](const std::vector<Value>& p) {
    if (is_recording()) throw std::runtime_error("recorded");
    return Value(p[0] * 2.0);
  };
  BOOST_TEST((gradcheck(values, {1.0}).verdict == Verdict::throws_mismatch));
}

BOOST_AUTO_TEST_CASE(a_function_with_a_narrow_domain_keeps_its_report) {
  const auto f = [](const std::vector<Value>& p) {
    if (p[0].value() >= 1) throw std::runtime_error("p >= 1");
    return Value(p[0] * p[1].value());
  };
  const Report report = gradcheck(f, {0.97, 2.5});
  BOOST_TEST((report.verdict == Verdict::fail), to_string(report));
}

BOOST_AUTO_TEST_CASE(masks_copied_into_a_float32_record_are_no_fault) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const Tensor x = random_tensor({500}, seed, float32) * 0.02;
    const auto f = [](std::span<const Tensor> p) { return p[0] * (p[0] > 0.0).to(float32); };
    const Report report = gradcheck(f, {x}, {.sweep = 0});
    BOOST_TEST(!is_failure(report.verdict), seed << to_string(report));
  }
}

BOOST_AUTO_TEST_CASE(a_parameter_with_gaps_is_refused_by_its_number) {
  const std::vector<Tensor> parameters{variable(random_tensor({2, 3}, 1).transpose())};
  BOOST_CHECK_EXCEPTION(
      static_cast<void>(check_gradient([&] { return sum(parameters[0]); }, parameters)), GraphError,
      [](const GraphError& error) {
        return std::string(error.what()).find("parameter 0: got a view with gaps") !=
               std::string::npos;
      });
}

BOOST_AUTO_TEST_SUITE_END()
