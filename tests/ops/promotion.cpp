// SPDX-License-Identifier: MIT
// The dtype of an elementwise result, row by row what PyTorch's result_type says.
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/functional.hpp>
#include <nabla/ops/ops.hpp>

using namespace nabla;

namespace {

Tensor array(DType dtype) { return ones({2}, dtype); }
Tensor point(DType dtype) { return ones({}, dtype); }

std::vector<std::int64_t> integers(const Tensor& x) {
  BOOST_CHECK((x.dtype() == int64));
  return x.to_vector<std::int64_t>();
}

struct Pair {
  Tensor a, b;
  DType result;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(promotion)

BOOST_AUTO_TEST_CASE(the_higher_category_wins_then_rank_then_width) {
  const Pair pairs[] = {
      {array(boolean), array(boolean), boolean}, {array(boolean), array(int64), int64},
      {array(boolean), array(float32), float32}, {array(int64), array(int64), int64},
      {array(int64), array(float32), float32},   {array(int64), array(float64), float64},
      {array(float32), array(float64), float64}, {array(boolean), point(boolean), boolean},
      {array(boolean), point(int64), int64},     {array(boolean), point(float64), float64},
      {array(int64), point(boolean), int64},     {array(int64), point(float32), float32},
      {array(int64), point(float64), float64},   {array(float32), point(float64), float32},
      {array(float32), point(int64), float32},   {array(float64), point(float32), float64},
      {point(int64), point(boolean), int64},     {point(float32), point(float64), float64},
      {point(float32), array(boolean), float32}, {point(float64), array(float32), float32},
  };
  for (const auto& [a, b, result] : pairs) {
    const std::string row = to_string(a) + " with " + to_string(b);
    for (const Tensor& y : {a + b, b * a, maximum(a, b), fmin(b, a), where(a == b, a, b)})
      BOOST_CHECK_MESSAGE(y.dtype() == result, row << " is " << name_of(y.dtype()));
  }
}

BOOST_AUTO_TEST_CASE(a_plain_number_adapts_unless_its_category_is_higher) {
  for (const auto& make : {array, point}) {
    BOOST_CHECK((make(boolean) * 2).dtype() == int64);
    BOOST_CHECK((make(boolean) * 0.5).dtype() == float32);
    BOOST_CHECK((make(int64) + 2).dtype() == int64);
    BOOST_CHECK((0.5 + make(int64)).dtype() == float32);
    BOOST_CHECK((make(float32) * 0.5).dtype() == float32);
    BOOST_CHECK((make(float64) * 2).dtype() == float64);
  }
  BOOST_CHECK(where(array(boolean), 1.0, 0.0).dtype() == float32);
  BOOST_CHECK(where(array(boolean), 1, 0.5).dtype() == float32);
  BOOST_CHECK(where(array(boolean), 1, 0).dtype() == int64);
}

BOOST_AUTO_TEST_CASE(functions_of_integers_are_float32) {
  for (const DType dtype : {boolean, int64}) {
    for (const Tensor& y : {exp(array(dtype)), array(dtype) / array(dtype), sqrt(point(dtype))})
      BOOST_CHECK(y.dtype() == float32);
  }
}

BOOST_AUTO_TEST_CASE(booleans_add_as_or_and_multiply_as_and) {
  const Tensor a = tensor({true, true, false, false}, boolean);
  const Tensor b = tensor({true, false, true, false}, boolean);
  BOOST_TEST(to_string(a + b) == to_string(logical_or(a, b)));
  BOOST_TEST(to_string(a * b) == to_string(logical_and(a, b)));
  BOOST_TEST(to_string(maximum(a, b)) == to_string(logical_or(a, b)));
  BOOST_TEST(to_string(minimum(a, b)) == to_string(logical_and(a, b)));
  BOOST_TEST(integers(a - b) == (std::vector<std::int64_t>{0, 1, -1, 0}),
             boost::test_tools::per_element());
  BOOST_TEST(integers(sum(a)) == (std::vector<std::int64_t>{2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(powers_of_integers_are_integers) {
  const Tensor a = tensor({-3, 0, 2, 10}, int64);
  BOOST_TEST(integers(pow(a, 3)) == (std::vector<std::int64_t>{-27, 0, 8, 1000}),
             boost::test_tools::per_element());
  BOOST_TEST(integers(pow(a, tensor({0, 0, 62, 18}, int64))) ==
                 (std::vector<std::int64_t>{1, 1, std::int64_t{1} << 62, 1000000000000000000}),
             boost::test_tools::per_element());
  BOOST_CHECK(pow(a, 0.5).dtype() == float32);
  BOOST_CHECK_EXCEPTION(static_cast<void>(pow(a, -1)), DTypeError, [](const DTypeError& error) {
    return std::string(error.what()).starts_with("[pow] got int64 to a negative power");
  });
}

BOOST_AUTO_TEST_CASE(a_gradient_comes_back_in_the_dtype_of_its_operand) {
  const Tensor w = variable(tensor({1, 2}, float32));
  const Tensor scale = variable(point(float64));
  const Tensor y = w * scale;
  BOOST_CHECK(y.dtype() == float32);
  backward(y.sum());
  BOOST_CHECK(scale.grad().dtype() == float64);
  BOOST_TEST(scale.grad().item() == 3.0);
  BOOST_CHECK(w.grad().dtype() == float32);
}

BOOST_AUTO_TEST_CASE(a_precise_point_does_not_widen_what_it_changes_in_place) {
  Tensor w = tensor({1, 2}, float32);
  w *= point(float64) + 1;
  BOOST_CHECK(w.dtype() == float32);
  BOOST_TEST(to_string(w) == to_string(tensor({2, 4}, float32)));
}

BOOST_AUTO_TEST_CASE(integers_that_are_limited_replaced_or_multiplied_and_added_stay_integers) {
  const std::int64_t big = (std::int64_t{1} << 62) + 1;
  const Tensor x = from_span<std::int64_t>(std::vector<std::int64_t>{16777217, -5, big}, {3});
  const auto check = [](const Tensor& got, const std::vector<std::int64_t>& expected) {
    BOOST_TEST(integers(got) == expected, boost::test_tools::per_element());
  };
  check(clamp(x, 0, big - 1), {16777217, 0, big - 1});
  check(clamp(x, 3, 2), {2, 2, 2});
  check(clamp(x, x * 0 - 4, x * 0 + big), {16777217, -4, big});
  check(clamp_min(x, 16777218), {16777218, 16777218, big});
  check(clamp_max(x, 16777217), {16777217, -5, 16777217});
  check(clamp(tensor({true, false}, boolean), 1, 5), {1, 1});
  BOOST_CHECK(clamp(x, 0.5, 2.5).dtype() == float32);
  BOOST_CHECK(clamp_min(x, 0.5).dtype() == float32);
  BOOST_CHECK(clamp(array(float32), 0, 1).dtype() == float32);
  check(masked_fill(x, x < 0, 16777219), {16777217, 16777219, big});
  BOOST_CHECK(masked_fill(x, x < 0, 0.5).dtype() == float32);
  check(nan_to_num(x), {16777217, -5, big});
  // Modulo 2^64: of 2^62 + 1, the square is 2^63 + 1.
  check(fma(x, x, x), {std::int64_t{16777217} * 16777218, 20, 3 - big});
  check(fma(x, 3, 1), {50331652, -14, 5 - big});
  check(addcmul(x, tensor({1, 2, 0}, int64), x), {33554434, -15, big});
  check(addcmul(x, 1, tensor({1, 1, 0}, int64), -2), {16777215, -7, big});
  BOOST_CHECK_EXCEPTION(
      static_cast<void>(addcmul(x, x, x, 0.5)), DTypeError, [](const Error& error) {
        return std::string(error.what()).starts_with("[addcmul] got int64 and a scale of 0.5");
      });
  for (const Tensor& y : {copysign(x, x), lerp(x, x, x), addcdiv(x, x, x)})
    BOOST_CHECK(y.dtype() == float32);
}

// All digits of them, which float32 would not keep.
BOOST_AUTO_TEST_CASE(rests_of_integers_are_integers) {
  const std::int64_t big = (std::int64_t{1} << 62) + 1;
  const std::vector<std::int64_t> a{7, -7, 7, -7, 5, -5, 16777217, big},
      b{3, 3, -3, -3, 2, 2, 2, 10};
  const Tensor x = from_span<std::int64_t>(a, {8}), y = from_span<std::int64_t>(b, {8});
  const auto check = [](const Tensor& got, const std::vector<std::int64_t>& expected) {
    BOOST_TEST(integers(got) == expected, boost::test_tools::per_element());
  };
  check(fmod(x, y), {1, -1, 1, -1, 1, -1, 1, big % 10});
  check(floor_mod(x, y), {1, 2, -2, -1, 1, 1, 1, big % 10});
  check(remainder(x, y), {1, -1, 1, -1, 1, -1, 1, big % 10 - (big % 10 > 5 ? 10 : 0)});
  check(x - y * floor_divide(x, y), integers(floor_mod(x, y)));
  // Halfway: the even quotient. -2^63 / -1 is no int64, its rest is 0.
  check(remainder(tensor({5, 7, -5, -7}, int64), tensor({2, 2, 2, 2}, int64)), {1, -1, -1, 1});
  const std::int64_t least = std::numeric_limits<std::int64_t>::min();
  for (const auto f : {+[](const Tensor&u, const Tensor&v) { return fmod(u, v); },
                       +[](const Tensor&u, const Tensor&v) { return floor_mod(u, v); },
                       +[](const Tensor&u, const Tensor&v) { return remainder(u, v); }}) {
    BOOST_TEST(integers(f(full({1}, least, int64), tensor({-1}, int64)))[0] == 0);
    BOOST_CHECK_EXCEPTION(static_cast<void>(f(x, y * 0)), DomainError, [](const Error& error) {
      return std::string(error.what()).find("got int64 divided by 0") != std::string::npos;
    });
  }
}

// Also where the loop is shared out over threads.
BOOST_AUTO_TEST_CASE(errors_of_many_integers_reach_the_caller) {
  const Tensor x = full({1 << 19}, 7, int64);
  BOOST_CHECK_THROW(static_cast<void>(pow(x, x - 8)), DTypeError);
  BOOST_CHECK_THROW(static_cast<void>(fmod(x, x - 7)), DomainError);
  BOOST_TEST(pow(x, x - 5).at<std::int64_t>({(1 << 19) - 1}) == 49);
}

// A slope is computed in the dtype of the result, by the loops and in recorded sweeps.
BOOST_AUTO_TEST_CASE(recorded_gradients_are_of_the_dtype_of_the_result) {
  const auto check = [](const char* name, const auto& f, DType other) {
    const Tensor b = tensor({3.0, 7.0}, float64).to(other);
    const Tensor x = variable(tensor({0.3, 1.7}, float64));
    const auto [plain] = grad(f(x, b).sum(), wrt(x));
    const auto [recorded] = grad(f(x, b).sum(), wrt(x), {.create_graph = true});
    const Tensor moved = jvp([&](const Tensor& a) { return f(a, b); }, x, ones_like(x)).tangent;
    BOOST_TEST_CONTEXT(name << " with " << name_of(other)) {
      for (std::int64_t i = 0; i < 2; ++i) {
        BOOST_TEST(recorded.at({i}) == plain.at({i}), boost::test_tools::tolerance(1e-15));
        BOOST_TEST(moved.at({i}) == plain.at({i}), boost::test_tools::tolerance(1e-15));
      }
    }
  };
  for (const DType other : {int64, float32}) {
    check(
        "div", [](const Tensor& x, const Tensor& b) { return x / b; }, other);
    check(
        "div by x", [](const Tensor& x, const Tensor& b) { return b / x; }, other);
    check(
        "pow", [](const Tensor& x, const Tensor& b) { return pow(b, x); }, other);
    check(
        "hypot", [](const Tensor& x, const Tensor& b) { return hypot(x, b); }, other);
    check(
        "xlogy", [](const Tensor& x, const Tensor& b) { return xlogy(x, b); }, other);
    check(
        "logaddexp", [](const Tensor& x, const Tensor& b) { return logaddexp(b, x); }, other);
    check(
        "lerp", [](const Tensor& x, const Tensor& b) { return lerp(x, b, b * 0.5); }, other);
  }
}

// Beyond 2^53 a double does not hold them.
BOOST_AUTO_TEST_CASE(rounded_integers_stay_as_they_are) {
  using Limits = std::numeric_limits<std::int64_t>;
  const std::vector<std::int64_t> numbers{Limits::max(),
                                          Limits::min(),
                                          (std::int64_t{1} << 53) + 1,
                                          -(std::int64_t{1} << 53) - 1,
                                          -7,
                                          0};
  const Tensor x = from_span<std::int64_t>(numbers);
  BOOST_TEST((integers(floor(x)) == numbers));
  BOOST_TEST((integers(ceil(x)) == numbers));
  BOOST_TEST((integers(round(x)) == numbers));
  BOOST_TEST((integers(trunc(x)) == numbers));
  BOOST_TEST((integers(rint(x)) == numbers));
  BOOST_TEST((integers(floor(tensor({1, 0}, boolean))) == std::vector<std::int64_t>{1, 0}));
  BOOST_TEST((integers(sign(x)) == std::vector<std::int64_t>{1, -1, 1, -1, -1, 0}));
}

BOOST_AUTO_TEST_SUITE_END()
