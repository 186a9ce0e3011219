// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <sstream>
#include <type_traits>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/dual.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/ops/ops.hpp>

using namespace nabla;

namespace {

static_assert(std::is_trivially_copyable_v<Value> && sizeof(Value) == 16);
static_assert(!std::is_convertible_v<Value, double>);
static_assert(std::is_convertible_v<int, Value> && std::is_convertible_v<float, Value>);
static_assert(std::is_constructible_v<Value, std::size_t>);

template <class T>
T templated_sign(const T& x) {
  return T((T(0) < x) - (x < T(0)));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(value)

BOOST_AUTO_TEST_CASE(a_value_made_from_a_number_is_that_number_without_history) {
  const Value zero, integer = 0, real = 1.5, infinite = INFINITY, from_size(std::size_t{7});
  BOOST_TEST(zero.value() == 0.0);
  BOOST_TEST(integer.value() == 0.0);
  BOOST_TEST(real.value() == 1.5);
  BOOST_TEST(std::isinf(infinite.value()));
  BOOST_TEST(from_size.value() == 7.0);
  BOOST_TEST(!real.has_history());
  BOOST_TEST(!real.is_active());
}

BOOST_AUTO_TEST_CASE(a_statement_without_variables_leaves_no_trace) {
  Tape tape;
  const Value a = 2.0, b = 3.0;
  const Value y = a * b + 1.0;
  BOOST_TEST(y.value() == 7.0);
  BOOST_TEST(!y.has_history());
  BOOST_TEST(tape.statistics().statements == 0u);
}

BOOST_AUTO_TEST_CASE(values_live_in_containers_like_numbers) {
  Tape tape;
  std::vector<Value> values(4);
  std::fill(values.begin(), values.end(), Value(2.0));
  values[1] = variable(3.0);
  std::swap(values[0], values[1]);
  std::vector<Value> copy(4);
  std::copy(values.begin(), values.end(), copy.begin());
  Value y = 1;
  for (const Value& v : copy) y = y * v;
  backward(y);
  BOOST_TEST(y.value() == 24.0);
  BOOST_TEST(values[0].grad() == 8.0);
}

BOOST_AUTO_TEST_CASE(comparisons_look_at_the_numbers_and_record_nothing) {
  Tape tape;
  const Value a = variable(2.0), b = variable(3.0);
  const std::size_t before = tape.statistics().statements;
  BOOST_TEST((a < b));
  BOOST_TEST((a <= 2));
  BOOST_TEST((2.0 >= a));
  BOOST_TEST((a * b == 6));
  BOOST_TEST((a != a * b));
  BOOST_TEST((a * b > b + 1.0f));
  BOOST_TEST((templated_sign(a) == 1 && templated_sign(Value(-3.0)) == -1));
  BOOST_TEST(tape.statistics().statements == before);
}

// With all warnings, of which an integer that becomes a float would be one.
BOOST_AUTO_TEST_CASE(a_log_is_told_of_comparisons_while_its_tape_is_active) {
  struct Log final : detail::ComparisonLog {
    struct Told {
      double a, b;
      detail::Relation relation;
      bool outcome;
      bool operator==(const Told&) const = default;
    };
    std::vector<Told> told;
    std::size_t recorded = 0;
    void compared(const Value& a, const Value& b, detail::Relation relation,
                  bool outcome) override {
      told.push_back({a.value(), b.value(), relation, outcome});
      recorded += a.is_active() ? 1 : 0;
    }
    [[nodiscard]] bool watches(const Value& x) const override { return x.is_active(); }
    [[nodiscard]] Value held(const Value& x) override { return x; }
  };
  using detail::Relation;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  Log log;
  Tape tape;
  const Value x = variable(2.0), y = variable(3.0);
  BOOST_TEST((x < y));  // in brackets, or Boost compares Values of its own
  tape.tell_comparisons(&log);
  BOOST_TEST((x < y));
  BOOST_TEST((!(x * y > 7)));
  BOOST_TEST((x != 1.0));
  BOOST_TEST((x >= y - 1.0));
  BOOST_TEST(!isnan(x));
  BOOST_TEST(!isinf(x));
  BOOST_TEST(isfinite(x));
  BOOST_TEST(!signbit(x));
  BOOST_TEST((basic_value<float>(1.0F) > 0.5F && Dual<double>(1.0) > 0.5));
  {
    const Tape inner;
    BOOST_TEST((x <= 2));
  }
  tape.tell_comparisons(nullptr);
  BOOST_TEST((y > x));
  const std::vector<Log::Told> expected{{2, 3, Relation::less, true},
                                        {7, 6, Relation::less, false},
                                        {2, 1, Relation::equal, false},
                                        {2, 2, Relation::less_equal, true},
                                        {2, 2, Relation::equal, true},
                                        {2, kInfinity, Relation::equal, false},
                                        {2, -kInfinity, Relation::equal, false},
                                        {-kInfinity, 2, Relation::less, true},
                                        {2, kInfinity, Relation::less, true},
                                        {2, 2, Relation::sign, false},
                                        {2, 2, Relation::less_equal, true}};
  BOOST_TEST((log.told == expected));
  BOOST_TEST(log.recorded == 8);  // not 7, -inf, and x on the inner tape
}

BOOST_AUTO_TEST_CASE(every_kind_of_number_compares_with_integers) {
  const std::size_t three = 3;
  BOOST_TEST((Value(2.0) < three && three >= Value(2.0) && Value(3.0) == three));
  BOOST_TEST((basic_value<float>(2.0f) < 3 && 2 == basic_value<float>(2.0f) * 1.0f));
  BOOST_TEST((Dual<float>(2.0f) != 3 && basic_value<basic_value<float>>(2.0f) > 1));
}

BOOST_AUTO_TEST_CASE(the_maximum_is_the_handle_that_was_chosen) {
  Tape tape;
  const Value a = variable(2.0), b = variable(3.0);
  const Value y = std::max(a, b) * std::min(a, b);
  backward(y);
  BOOST_TEST(a.grad() == 3.0);
  BOOST_TEST(b.grad() == 2.0);
}

BOOST_AUTO_TEST_CASE(classification_and_limits_are_those_of_the_number) {
  const Value nan = std::numeric_limits<Value>::quiet_NaN();
  BOOST_TEST(isnan(nan));
  BOOST_TEST(!isfinite(nan * 2.0));
  BOOST_TEST(isinf(std::numeric_limits<Value>::infinity()));
  BOOST_TEST(signbit(Value(-0.0)));
  BOOST_TEST(std::numeric_limits<Value>::max().value() == std::numeric_limits<double>::max());
  BOOST_TEST(std::numeric_limits<Dual<float>>::epsilon().value() ==
             std::numeric_limits<float>::epsilon());
  BOOST_TEST((nan != nan));
  BOOST_TEST(!(nan == nan));
}

BOOST_AUTO_TEST_CASE(an_expression_held_by_auto_outlives_its_operands) {
  Tape tape;
  const Value x = variable(3.0);
  const auto make = [&x] {
    const Value local = x * 2.0;
    return local * local + 1.0;
  };
  const auto expression = make();
  const Value y = expression;
  backward(y);
  BOOST_TEST(y.value() == 37.0);
  BOOST_TEST(x.grad() == 24.0);
}

BOOST_AUTO_TEST_CASE(the_gradient_of_a_variable_is_zero_before_any_sweep) {
  Tape tape;
  const Value x = variable(3.0);
  BOOST_TEST(x.grad() == 0.0);
  x.zero_grad();
  BOOST_TEST(x.grad() == 0.0);
}

BOOST_AUTO_TEST_CASE(gradients_that_do_not_exist_are_errors_that_say_why) {
  Tape tape;
  const auto says = [](const char* text) {
    return [text](const GraphError& e) {
      return std::string_view(e.what()).find(text) != std::string_view::npos;
    };
  };
  const Value number = 2.0, x = variable(3.0);
  const Value y = x * x;
  backward(y);
  BOOST_CHECK_EXCEPTION((void)number.grad(), GraphError, says("variable(x)"));
  BOOST_CHECK_EXCEPTION(backward(number), GraphError, says("[backward] no history"));
  BOOST_CHECK_EXCEPTION((void)y.grad(), GraphError, says("retain_grad"));
  tape.reset();
  BOOST_CHECK_EXCEPTION((void)x.grad(), GraphError,
                        says("[grad] no history: its tape was rewound"));
  BOOST_CHECK_EXCEPTION(backward(y), GraphError, says("rewound"));
}

BOOST_AUTO_TEST_CASE(names_stay_with_what_was_named) {
  Tape tape;
  const Value a = variable(2.0, "a"), b = variable(3.0);
  name(b, "b");
  const Value h = named(a * b, "h");
  BOOST_TEST(a.name() == "a");
  BOOST_TEST(b.name() == "b");
  BOOST_TEST(h.name() == "h");
  BOOST_TEST(Value(h * 2.0).name().empty());
  BOOST_TEST(named(Value(1.0), "number").name().empty());
}

BOOST_AUTO_TEST_CASE(numbers_of_every_kind_mix_with_values) {
  Tape tape;
  const Value x = variable(2.0);
  const Value y = 1 + x * 2.5f - 3u * x / 4.0;
  backward(y);
  BOOST_TEST(y.value() == 4.5);
  BOOST_TEST(x.grad() == 1.75);
}

BOOST_AUTO_TEST_CASE(a_plus_in_front_changes_nothing) {
  Tape tape;
  const Value x = variable(2.0);
  const Value y = +x * +(x + 1.0);
  backward(+y);
  BOOST_TEST(x.grad() == 5.0);
  BOOST_TEST(tape.statistics().statements == 1u);
  BOOST_TEST((+Dual<double>(2.0, 3.0)).tangent() == 3.0);
}

BOOST_AUTO_TEST_CASE(an_expression_can_be_swept_at_once) {
  const Tape tape;
  const Value a = variable(2.0), b = variable(5.0);
  (a * b).backward();
  BOOST_TEST(a.grad() == 5);
}

BOOST_AUTO_TEST_CASE(grad_takes_an_expression) {
  const Tape tape;
  const Value a = variable(2.0), b = variable(3.0);
  const auto [by_a, by_b] = grad(a * b, wrt(a, b));
  BOOST_TEST(by_a == 3.0);
  BOOST_TEST(by_b == 2.0);
  BOOST_TEST(a.grad() == 0.0);
}

BOOST_AUTO_TEST_CASE(a_detached_value_is_the_number_alone) {
  const Tape tape;
  const Value a = variable(2.0);
  const Value y = a * (a * a).value() + a * Value(a * 3.0).detach();
  backward(y);
  BOOST_TEST(!a.detach().has_history());
  BOOST_TEST(a.grad() == 10.0);
}

BOOST_AUTO_TEST_CASE(values_and_expressions_are_printed_as_their_numbers) {
  Tape tape;
  const Value x = variable(1.5);
  std::ostringstream text;
  text << x << ' ' << x * 2.0;
  BOOST_TEST(text.str() == "1.5 3");
  BOOST_TEST(to_string(Value(x / 3.0)) == "0.5");
  BOOST_TEST(to_string(basic_value<float>(0.1f)) == "0.1");
}

BOOST_AUTO_TEST_SUITE_END()
