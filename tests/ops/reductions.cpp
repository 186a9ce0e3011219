// SPDX-License-Identifier: MIT
// Reductions and cumulative ops at zeros, ties, NaN, infinities and extreme magnitudes, and against
// plain loops.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/functional.hpp>
#include <nabla/engine/nan_guard.hpp>
#include <nabla/engine/tape.hpp>
#include <nabla/ops/argmax.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/cumulative/cummax.hpp>
#include <nabla/ops/cumulative/cummin.hpp>
#include <nabla/ops/cumulative/cumprod.hpp>
#include <nabla/ops/cumulative/cumsum.hpp>
#include <nabla/ops/cumulative/linear_recurrence.hpp>
#include <nabla/ops/cumulative/logcumsumexp.hpp>
#include <nabla/ops/index/gather.hpp>
#include <nabla/ops/index/kthvalue.hpp>
#include <nabla/ops/index/median.hpp>
#include <nabla/ops/index/mode.hpp>
#include <nabla/ops/index/scatter.hpp>
#include <nabla/ops/index/scatter_add.hpp>
#include <nabla/ops/index/sort.hpp>
#include <nabla/ops/index/stack.hpp>
#include <nabla/ops/index/topk.hpp>
#include <nabla/ops/nn/layer_norm.hpp>
#include <nabla/ops/nn/log_softmax.hpp>
#include <nabla/ops/nn/softmax.hpp>
#include <nabla/ops/reduction/logsumexp.hpp>
#include <nabla/ops/reduction/max.hpp>
#include <nabla/ops/reduction/mean.hpp>
#include <nabla/ops/reduction/min.hpp>
#include <nabla/ops/reduction/norm.hpp>
#include <nabla/ops/reduction/prod.hpp>
#include <nabla/ops/reduction/std.hpp>
#include <nabla/ops/reduction/sum.hpp>
#include <nabla/ops/reduction/var.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/truth.hpp>
#include <nabla/ops/unary/abs.hpp>
#include <nabla/ops/unary/exp.hpp>
#include <nabla/ops/unary/log.hpp>
#include <nabla/ops/unary/sin.hpp>
#include <nabla/ops/view/broadcast_to.hpp>
#include <nabla/ops/view/clone.hpp>
#include <nabla/ops/view/flip.hpp>
#include <nabla/ops/view/permute.hpp>
#include <nabla/ops/view/select.hpp>
#include <nabla/ops/view/slice.hpp>
#include <nabla/ops/view/to.hpp>
#include <nabla/ops/view/transpose.hpp>

using namespace nabla;
using boost::test_tools::tolerance;

namespace {

using Numbers = std::vector<double>;
constexpr double kInf = std::numeric_limits<double>::infinity();
const double kNaN = std::nan("");
// A dozen roundings of numbers of order 1.
constexpr double kTol = 1e-14;

Tensor row(const Numbers& numbers) { return from_span(std::span<const double>(numbers)); }

void check_same(const std::string& what, const Numbers& got, const Numbers& expected,
                double tol = kTol) {
  BOOST_TEST_REQUIRE(got.size() == expected.size(), what);
  for (std::size_t i = 0; i < got.size(); ++i) {
    const bool same = got[i] == expected[i] || (std::isnan(got[i]) && std::isnan(expected[i])) ||
                      std::abs(got[i] - expected[i]) <= tol * (1 + std::abs(expected[i]));
    BOOST_CHECK_MESSAGE(same, what << " [" << i << "]: got " << got[i] << ", need " << expected[i]);
  }
}

// The gradient of f at x for an upstream of ones, and for one of zeros, which must be zero.
Numbers slopes_of(const std::function<Tensor(const Tensor&)>& f, const Numbers& at) {
  const Tensor x = variable(row(at));
  const Tensor y = f(x);
  const Tensor dx[] = {x};
  for (const double element :
       grad(y, dx, zeros_like(y), {.retain_graph = true})[0].to_vector<double>())
    BOOST_TEST(element == 0.0);
  return grad(y, dx, ones_like(y))[0].to_vector<double>();
}

Numbers second_slopes_of(const std::function<Tensor(const Tensor&)>& f, const Numbers& at,
                         std::int64_t k) {
  const Tensor x = variable(row(at));
  const Tensor dx[] = {x};
  const Tensor first = grad(f(x), dx, ones({}, float64), {.create_graph = true})[0];
  return grad(first[k], dx, ones({}, float64), {.allow_unused = true})[0].to_vector<double>();
}

struct Expected {
  Numbers at;
  double value;
  Numbers slopes;
};

// Relative to what is expected: numbers of any size.
void check_close(const std::string& what, double got, double expected, double tol) {
  const bool same = got == expected || (std::isnan(got) && std::isnan(expected)) ||
                    std::abs(got - expected) <= tol * std::abs(expected);
  BOOST_CHECK_MESSAGE(same, what << ": got " << got << ", need " << expected);
}
void check_all_close(const std::string& what, const Numbers& got, const Numbers& expected,
                     double tol) {
  BOOST_TEST_REQUIRE(got.size() == expected.size(), what);
  for (std::size_t i = 0; i < got.size(); ++i)
    check_close(what + " [" + std::to_string(i) + "]", got[i], expected[i], tol);
}

// A reduction of a tensor of this type, by kernels and recorded; beside its line another one, of ones
// and twos, which must not notice.
template <class F>
void check_tensor(const std::string& what, const F& f, const Expected& e, DType dtype) {
  const double tol = dtype == float32 ? 1e-6 : kTol;
  Numbers two_lines = e.at;
  for (std::size_t i = 0; i < e.at.size(); ++i) two_lines.push_back(i % 2 == 0 ? 1 : 2);
  const auto n = static_cast<std::int64_t>(e.at.size());
  for (const bool create_graph : {false, true}) {
    const Tensor x = variable(row(two_lines).reshape({2, n}).to(dtype));
    const Tensor y = f(x);
    const Tensor dx[] = {x};
    const Tensor slopes = grad(y[0], dx, ones({}, dtype), {.create_graph = create_graph})[0];
    check_close(what, y[0].item(), e.value, tol);
    check_all_close(what + " slope", slopes[0].to(float64).to_vector<double>(), e.slopes, tol);
    check_all_close(what + " beside", slopes[1].to(float64).to_vector<double>(),
                    Numbers(e.at.size(), 0.0), 0);
  }
}

template <class F>
void check_list(const std::string& what, const F& f, const Expected& e) {
  const Tape tape;
  std::vector<Value> x;
  for (const double number : e.at) x.push_back(variable(number));
  const Value y = f(x);
  check_close(what + " of Values", y.value(), e.value, kTol);
  if (y.has_history()) backward(y);
  Numbers slopes;
  for (const Value& element : x) slopes.push_back(element.grad());
  check_all_close(what + " slope of Values", slopes, e.slopes, kTol);
}

Numbers scaled(Numbers numbers, double factor) {
  for (double& number : numbers) number *= factor;
  return numbers;
}

// f takes a tensor with its lines along axis 1, or a list.
template <class F>
void check_both(const std::string& what, const F& f, const Expected& e) {
  check_list(what, f, e);
  check_tensor(what, f, e, float64);
}

const auto kDeviation = [](const auto& x) {
  if constexpr (std::is_same_v<std::decay_t<decltype(x)>, Tensor>) {
    return nabla::std(x, 1);
  } else {
    return nabla::std(x);
  }
};
const auto kVariance = [](const auto& x) {
  if constexpr (std::is_same_v<std::decay_t<decltype(x)>, Tensor>) {
    return var(x, 1);
  } else {
    return var(x);
  }
};
const auto norm_of = [](double order) {
  return [order](const auto& x) {
    if constexpr (std::is_same_v<std::decay_t<decltype(x)>, Tensor>) {
      return norm(x, order, 1);
    } else {
      return norm(x, order);
    }
  };
};

}  // namespace

BOOST_AUTO_TEST_SUITE(reductions)

BOOST_AUTO_TEST_CASE(a_product_is_exact_at_zeros_to_the_second_order) {
  const auto product = [](const Tensor& x) { return prod(x); };
  check_same("none", slopes_of(product, {2, 3, 5}), {15, 10, 6});
  check_same("one", slopes_of(product, {2, 0, 5}), {0, 10, 0});
  check_same("two", slopes_of(product, {0, 0, 5}), {0, 0, 0});
  check_same("second, none", second_slopes_of(product, {2, 3, 5}, 0), {0, 5, 3});
  check_same("second, one", second_slopes_of(product, {2, 0, 5}, 0), {0, 5, 0});
  check_same("second, two", second_slopes_of(product, {0, 0, 5}, 0), {0, 5, 0});
  check_same("second, three", second_slopes_of(product, {0, 0, 0}, 0), {0, 0, 0});
}

BOOST_AUTO_TEST_CASE(a_product_takes_integers_and_nothing) {
  const Tensor whole = prod(tensor({3037000500, 3037000499}, int64));
  BOOST_TEST(whole.item<std::int64_t>() == std::int64_t{3037000500} * 3037000499);
  BOOST_TEST(to_string(prod(tensor({{1, 0}, {1, 1}}, boolean), 1)) ==
             to_string(tensor({0, 1}, int64)));
  BOOST_TEST(prod(zeros({0}, float64)).item() == 1.0);
  BOOST_TEST(prod(zeros({2, 0}, float64), 1).sum().item() == 2.0);
  BOOST_TEST(std::isinf(prod(row({kInf, 2})).item()));
  BOOST_TEST(std::isnan(prod(row({kInf, 0})).item()));
}

BOOST_AUTO_TEST_CASE(a_product_of_floats_keeps_the_range_of_double) {
  const Tensor x = variable(tensor({1e-30, 1e-30, 2.0, 1e30, 1e30}, float32));
  const Tensor y = prod(x);
  backward(y);
  // Five numbers rounded to float32, eps 6e-8 each.
  BOOST_TEST(y.item() == 2.0, tolerance(1e-6));
  BOOST_TEST(x.grad().at({2}) == 1.0, tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(products_are_right_wherever_they_can_be_represented) {
  const auto product = [](const auto& x) {
    if constexpr (std::is_same_v<std::decay_t<decltype(x)>, Tensor>) {
      return prod(x, 1);
    } else {
      return prod(x);
    }
  };
  check_both("to 0 and back", product,
             {{1e-200, 1e-200, 1e200, 1e200}, 1, {1e200, 1e200, 1e-200, 1e-200}});
  check_both("to infinity and back", product,
             {{-1e200, 1e200, 1e-200, 1e-200}, -1, {1e-200, -1e-200, -1e200, -1e200}});
  // Through numbers that keep a few digits only.
  check_both(
      "denormal", product,
      {{0x1.23456789p-530, 0x1.3p-530, 0x1p1000, 0x1p60},
       0x1.23456789p0 * 0x1.3p0,
       {0x1.3p530, 0x1.23456789p530, 0x1.23456789p-1000 * 0x1.3p0, 0x1.23456789p-60 * 0x1.3p0}});
  check_both("a zero at the end", product, {{1e200, 1e308, 0}, 0, {0, 0, kInf}});
  check_both("a zero first", product, {{0, 1e200, -1e200, 1e200}, 0, {-kInf, 0, 0, 0}});
  check_both("two zeros", product, {{0, 1e200, 1e308, 0}, 0, {0, 0, 0, 0}});
  check_both("beyond", product, {{1e200, 1e200, 1e-10}, kInf, {1e190, 1e190, kInf}});
  check_both("below", product, {{1e-200, 1e-200, 2}, 0, {2e-200, 2e-200, 0}});
  check_both("infinite", product, {{kInf, 1e-200, 1e-200}, kInf, {0, kInf, kInf}});
  check_both("infinite and 0", product, {{kInf, 0, 1e-200}, kNaN, {0, kInf, kNaN}});
  Numbers many, inverse;
  for (int i = 0; i < 300; ++i) many.push_back(i < 150 ? 0x1p-100 : 0x1p100);
  for (const double number : many) inverse.push_back(1 / number);
  check_tensor("many floats", product, {many, 1, inverse}, float32);
}

// Of powers of two every product is exact, in any order. The first half of a line lies far below 1, the
// second far above.
BOOST_AUTO_TEST_CASE(products_of_lines_of_any_length_are_exact) {
  for (const std::int64_t n : {1, 3, 4, 7, 10, 63, 64, 65, 255, 256, 257, 1024, 4099, 70'001}) {
    for (const double size : {1.0, 2.0, 0x1p100, 0x1p126}) {
      Numbers line(static_cast<std::size_t>(2 * n), 1 / size);
      std::fill(line.begin() + n, line.end(), size);
      line[0] = -line[0];
      line.back() *= 0.5;
      const auto product_of = [&](DType dtype) {
        const Tensor x = row(line).to(dtype);
        const double whole = prod(x).item(), first = prod(stack({x, x * 1.0}), 1).at({1});
        const double side_by_side = prod(stack({x, x}, 1), 0).at({0});
        BOOST_TEST((first == whole || std::isnan(whole)), n);
        BOOST_TEST((side_by_side == whole || std::isnan(whole)), n);
        return whole;
      };
      for (const DType dtype : {float32, float64}) {
        BOOST_TEST(product_of(dtype) == -0.5, n << " times " << size);
        for (const std::size_t place : {std::size_t{0}, line.size() / 3, line.size() - 1}) {
          const double before = line[place];
          line[place] = 0;
          BOOST_TEST(product_of(dtype) == 0, n << " times " << size << ", 0 at " << place);
          line[place] = kNaN;
          BOOST_TEST(std::isnan(product_of(dtype)));
          line[place] = kInf;
          BOOST_TEST(std::isinf(product_of(dtype)));
          line[place] = before;
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(second_derivatives_of_products_leave_the_range_only_if_they_must) {
  const auto product = [](const Tensor& x) { return prod(x); };
  const Numbers at{1e-200, 1e-200, 1, 1, 1e200, 1e200};
  check_all_close("prod", second_slopes_of(product, at, 2), {1e200, 1e200, 0, 1, 1e-200, 1e-200},
                  kTol);
  check_all_close("prod, first", second_slopes_of(product, at, 0), {0, kInf, 1e200, 1e200, 1, 1},
                  kTol);
}

BOOST_AUTO_TEST_CASE(the_variance_of_numbers_far_from_zero_is_exact) {
  BOOST_TEST(var(row({1e8, 1e8 + 1, 1e8 + 2})).item() == 1.0);
  BOOST_TEST(nabla::std(row({1e8, 1e8 + 1, 1e8 + 2})).item() == 1.0);
  BOOST_TEST(var(row({1e8, 1e8 + 1, 1e8 + 2}), {}, 0).item() == 2.0 / 3);
  const auto variance = [](const Tensor& x) { return var(x); };
  check_same("gradient", slopes_of(variance, {1e8, 1e8 + 1, 1e8 + 2}), {-1, 0, 1});
}

BOOST_AUTO_TEST_CASE(the_variance_of_too_few_numbers_is_not_a_number) {
  for (const Numbers& at : {Numbers{3}, Numbers{}}) {
    BOOST_TEST(std::isnan(var(row(at)).item()));
    BOOST_TEST(std::isnan(nabla::std(row(at)).item()));
  }
  check_same("var", slopes_of([](const Tensor& x) { return var(x); }, {3}), {kNaN});
  check_same("std", slopes_of([](const Tensor& x) { return nabla::std(x); }, {3}), {kNaN});
  check_same("correction 2", slopes_of([](const Tensor& x) { return var(x, {}, 2); }, {3, 4}),
             {kNaN, kNaN});
  BOOST_TEST(var(row({3}), {}, 0).item() == 0.0);
}

BOOST_AUTO_TEST_CASE(the_deviation_of_equal_numbers_has_no_direction) {
  const auto deviation = [](const Tensor& x) { return nabla::std(x); };
  for (const std::size_t n : {2u, 3u, 7u, 10u, 1001u}) {
    check_same("std", slopes_of(deviation, Numbers(n, 0.1)), Numbers(n, 0.0));
    BOOST_TEST(nabla::std(Numbers(n, 0.1)) == 0.0);
    const Tensor columns = full({static_cast<std::int64_t>(n), 5}, 0.1, float64);
    BOOST_TEST(nabla::std(columns, 0).to_vector<double>() == Numbers(5, 0.0),
               boost::test_tools::per_element());
  }
  check_same("a number, correction 0",
             slopes_of([](const Tensor& x) { return nabla::std(x, {}, 0); }, {7}), {0});
  check_same("NaN", slopes_of(deviation, {1, kNaN}), {kNaN, kNaN});
}

// By a kernel and by ops: zeros in lines, a constant line, NaN where nothing arrives.
BOOST_AUTO_TEST_CASE(sweeps_of_products_and_deviations_are_the_same_whether_recorded_or_not) {
  const std::vector<std::function<Tensor(const Tensor&, const Axes&)>> reductions{
      [](const Tensor& x, const Axes& axes) { return prod(x, axes); },
      [](const Tensor& x, const Axes& axes) { return var(x, axes, 0); },
      [](const Tensor& x, const Axes& axes) { return nabla::std(x, axes, 1, true); }};
  for (const auto& f : reductions) {
    for (const Axes& axes : {Axes(), Axes(0), Axes(1), Axes(-1), Axes({0, 2}), Axes({1, 2})}) {
      for (const DType dtype : {float32, float64}) {
        // Numbers that float32 holds, so that float64 gives what is right for both.
        Tensor numbers = (rand({3, 70, 2}, float32) + 0.5).to(float64);
        numbers.slice(0, 1, 2) *= 0.0;
        numbers.slice(1, 69, 70).slice(2, 1, 2) *= 0.0;
        const Tensor x = variable(numbers.to(dtype).transpose(0, 2));
        const Tensor exact = variable(numbers.transpose(0, 2));
        const Tensor y = f(x, axes), z = f(exact, axes);
        const Tensor g = rand(y.shape(), float32);
        const auto [plain] = grad(y, wrt(x), g.to(dtype));
        const auto [recorded] = grad(z, wrt(exact), g.to(float64), {.create_graph = true});
        BOOST_TEST(plain.shape() == recorded.shape());
        check_same("gradient", plain.to_vector<double>(), recorded.to_vector<double>(),
                   dtype == float64 ? 100 * kTol : 1e-6);
      }
    }
    const Tensor x = variable(tensor({{1, 2}, {kNaN, kInf}, {kNaN, 3}}, float64));
    const auto [dx] = grad(f(x, 1).reshape({3}), wrt(x), row({1, 0, 0}));
    const Numbers got = dx.to_vector<double>();
    check_same("masked", {got.begin() + 2, got.end()}, {0, 0, 0, 0});
  }
}

BOOST_AUTO_TEST_CASE(lists_and_tensors_agree_on_products_and_deviations) {
  const auto check = [](const auto& f, const Numbers& at) {
    const Tape tape;
    std::vector<Value> x;
    for (const double number : at) x.push_back(variable(number));
    const Value y = f(x);
    if (y.has_history()) backward(y);
    Numbers slopes;
    for (const Value& element : x) slopes.push_back(element.grad());
    check_same("value", {y.value()}, {f(row(at)).item()});
    check_same("gradient", slopes, slopes_of(f, at));
  };
  const Numbers points[] = {
      {0.3, 1, -2, 0.5}, {0, 2, 0, 1}, {0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1}, {0, 2, 3}, {5, -7}};
  for (const Numbers& at : points) {
    check([](const auto& x) { return prod(x); }, at);
    check([](const auto& x) { return var(x); }, at);
    check([](const auto& x) { return nabla::std(x); }, at);
    for (const double order : {3.0, 0.5, kInf, -kInf})
      check([order](const auto& x) { return norm(x, order); }, at);
  }
  // Out of the range, or their slopes are.
  for (const Numbers& at : {Numbers{2, 1e308},
                            {-1e308, 1e308},
                            {1e-308, 1e-300},
                            {-3, 1e308},
                            {1e200, 2, 1e200},
                            {1e-200, 1e-150},
                            {1e300, -1e-150, 1e250},
                            {1e-300, 1e150, 1e-250},
                            {0, 1e200, 1e200},
                            {6e105, 3e259, 1e156, -4e-75},
                            {1e-160, 1e-180, -4e202, 4e-160},
                            {1e200, 1e-20, 1e-30, 1e250},
                            {1e103, 1e103, 1e103, 1e103}})
    check([](const auto& x) { return prod(x); }, at);
  for (const Numbers& at : {Numbers{1e308, -1e308}, {-1e308, 1e308}, {1e200, -1e200, 3e200}})
    check([](const auto& x) { return var(x); }, at);
  const std::vector<Value> none;
  BOOST_TEST(prod(none).value() == 1.0);
  BOOST_TEST(std::isnan(var(none).value()));
  BOOST_TEST(var(Numbers{1, 2, 3, 4}, 0) == 1.25);
  BOOST_CHECK_THROW(static_cast<void>(norm(none, kInf)), ShapeError);
}

// Of 1, 2, 4: mean 7/3, squared deviations (16 + 1 + 25) / 9.
BOOST_AUTO_TEST_CASE(deviations_are_right_wherever_they_can_be_represented) {
  const double deviation = std::sqrt(7.0 / 3);
  const Numbers at{1, 2, 4};
  const Numbers slopes{-2 / 3.0 / deviation, -1 / 6.0 / deviation, 5 / 6.0 / deviation};
  for (const double scale : {0x1p-1074, 0x1p-1070, 0x1p-700, 1.0, 0x1p700, 0x1p1020}) {
    const std::string what = "std at " + std::to_string(std::ilogb(scale));
    const Expected expected{scaled(at, scale), deviation * scale, slopes};
    check_both(what, kDeviation, expected);
  }
  for (const double scale : {0x1p-149, 0x1p-120, 0x1p-80, 0x1p80, 0x1p125}) {
    const auto value = static_cast<double>(static_cast<float>(deviation * scale));
    check_tensor("std of floats", kDeviation, {scaled(at, scale), value, slopes}, float32);
  }
  // 0, 1 and 2 of the least number there is.
  check_both("std of denormals", kDeviation,
             {{0, 0x1p-1074, 0x1p-1073}, 0x1p-1074, {-0.5, 0, 0.5}});
  // The greatest numbers: differences and sums overflow, the deviation does not.
  const double most = std::numeric_limits<double>::max();
  const double great = 0.7 * most;
  const double root = std::sqrt(8.0 / 9 * 3 / 2);
  check_both("std of the greatest", kDeviation,
             {{great, -great, great}, great * root, {1 / root / 3, -2 / root / 3, 1 / root / 3}});
  const double half = std::sqrt(0.5);
  check_both("std beyond", kDeviation, {{most, -most}, kInf, {half, -half}});
  check_tensor("std of floats beyond", kDeviation, {{3e38, -3e38}, kInf, {half, -half}}, float32);
  check_both("std of equal ones", kDeviation, {{most, most, most}, 0, {0, 0, 0}});
  check_both("var of equal ones", kVariance, {{most, most, most}, 0, {0, 0, 0}});
}

BOOST_AUTO_TEST_CASE(variances_are_right_wherever_they_can_be_represented) {
  // The sum of squares overflows, their mean does not; and the slope does not even where that does.
  const double size = 0x1p511;
  check_both("var", kVariance,
             {{3 * size, -size, -size, -size},
              4 * size * size,
              {2 * size, -size * 2 / 3, -size * 2 / 3, -size * 2 / 3}});
  const double large = 0x1p1000;
  const double most = std::numeric_limits<double>::max();
  check_tensor("var of the greatest", kVariance, {{most, -most}, kInf, {kInf, -kInf}}, float64);
  BOOST_TEST(var(Numbers{most, most, -most}) == kInf);
  check_both("var of the greatest, halved", kVariance,
             {{most / 2, -most / 2, most / 2}, kInf, {most / 3, -most * 2 / 3, most / 3}});
  check_both("var beyond", kVariance, {{large, -large}, kInf, {2 * large, -2 * large}});
  check_both("var below", kVariance, {{0x1p-520, -0x1p-520}, 0x1p-1039, {0x1p-519, -0x1p-519}});
}

BOOST_AUTO_TEST_CASE(the_mean_of_the_greatest_numbers_is_one_of_them) {
  const auto mean_of = [](const auto& x) {
    if constexpr (std::is_same_v<std::decay_t<decltype(x)>, Tensor>) {
      return mean(x, 1);
    } else {
      return mean(x);
    }
  };
  const double most = std::numeric_limits<double>::max();
  check_both("equal", mean_of, {{most, most}, most, {0.5, 0.5}});
  check_both("of both signs", mean_of, {{most, most, -most, -most}, 0, {0.25, 0.25, 0.25, 0.25}});
  check_both("infinite", mean_of, {{kInf, 1}, kInf, {0.5, 0.5}});
  check_both("two infinite", mean_of, {{kInf, -kInf}, kNaN, {0.5, 0.5}});
}

BOOST_AUTO_TEST_CASE(the_spread_of_infinite_numbers_is_not_a_number) {
  for (const Numbers& at : {Numbers{0, kInf}, Numbers{kInf, 0}, Numbers{kInf, kInf}}) {
    check_both("var", kVariance, {at, kNaN, {kNaN, kNaN}});
    check_both("std", kDeviation, {at, kNaN, {kNaN, kNaN}});
  }
}

BOOST_AUTO_TEST_CASE(layer_norm_does_not_depend_on_the_scale) {
  const auto results = [](DType dtype, std::int64_t n, double scale, bool create_graph) {
    Numbers numbers, weights;
    for (std::int64_t i = 0; i < 2 * n; ++i) {
      numbers.push_back(std::sin(static_cast<double>(i)) * (i < n ? scale : 1));
      weights.push_back(std::cos(static_cast<double>(3 * i)));
    }
    const Tensor x = variable(row(numbers).reshape({2, n}).to(dtype));
    const Tensor y = layer_norm(x, 1, 0);
    const Tensor g = row(weights).reshape({2, n}).to(dtype);
    const Tensor dx[] = {x};
    const Tensor slopes = grad(y, dx, g, {.create_graph = create_graph})[0];
    return std::pair(y.to(float64).to_vector<double>(), slopes.to(float64));
  };
  for (const DType dtype : {float32, float64}) {
    const int most = dtype == float32 ? 120 : 1020;
    for (const std::int64_t n : {5, 200}) {
      for (const int exponent : {-most, -most / 2 - 30, most / 2 + 30, most}) {
        for (const bool create_graph : {false, true}) {
          const std::string what = "at " + std::to_string(exponent);
          const double scale = std::ldexp(1.0, exponent);
          const auto [y, slopes] = results(dtype, n, scale, create_graph);
          const auto [y_at_1, slopes_at_1] = results(dtype, n, 1, create_graph);
          const double tol = dtype == float32 ? 1e-5 : 1e-13;
          check_same(what, y, y_at_1, tol);
          check_same(what + " slope", (slopes[0] * scale).to_vector<double>(),
                     slopes_at_1[0].to_vector<double>(), tol);
          check_same(what + " beside", slopes[1].to_vector<double>(),
                     slopes_at_1[1].to_vector<double>(), tol);
        }
      }
    }
  }
  // Equal numbers without epsilon have no direction.
  const Tensor equal = variable(full({2, 3}, 0.1, float64));
  const Tensor y = layer_norm(equal, 1, 0);
  const auto [slopes] = grad(y, wrt(equal), row({1, 2, 3, 4, 5, 6}).reshape({2, 3}));
  check_same("equal", y.to_vector<double>(), Numbers(6, 0.0), 0);
  check_same("equal, slope", slopes.to_vector<double>(), Numbers(6, 0.0), 0);
  // Beside those an epsilon counts, though it is nothing beside their squares: (g - 2) / sqrt(epsilon).
  for (const bool create_graph : {false, true}) {
    const Tensor huge = variable(full({1, 3}, 1.7e308, float64));
    const Tensor h = layer_norm(huge, 1, 0.25);
    const Tensor g = row({1, 2, 3}).reshape({1, 3});
    const auto [dx] = grad(h, wrt(huge), g, {.create_graph = create_graph});
    check_same("huge", h.to_vector<double>(), Numbers(3, 0.0), 0);
    check_same("huge, slope", dx.to_vector<double>(), {-2, 0, 2});
  }
  // Small numbers beside an epsilon that is not: h = (x - mean) / sqrt(epsilon).
  const Tensor mixed = row({1e-200, -1e-200, 1e200, -1e200}).reshape({2, 2});
  check_all_close("mixed", layer_norm(mixed, 1, 0.25).to_vector<double>(), {2e-200, -2e-200, 1, -1},
                  kTol);
}

BOOST_AUTO_TEST_CASE(norms_of_infinite_numbers_have_the_slopes_of_their_limit) {
  for (const double order : {1.5, 2.0, 3.0}) {
    const double share = std::pow(2, 1 / order - 1);
    check_both("one", norm_of(order), {{kInf, 1}, kInf, {1, 0}});
    check_both("one, last", norm_of(order), {{0, -kInf}, kInf, {0, -1}});
    check_both("two", norm_of(order), {{-kInf, 3, kInf, 0}, kInf, {-share, 0, share, 0}});
    check_both("and NaN", norm_of(order), {{kInf, kNaN}, kNaN, {kNaN, kNaN}});
  }
  check_both("p = 1", norm_of(1), {{-kInf, 3, 0}, kInf, {-1, 1, 0}});
  check_both("p = 1/2", norm_of(0.5), {{kInf, -1, 0}, kInf, {1, -kInf, 0}});
  check_both("p = inf", norm_of(kInf), {{kInf, -kInf, 1}, kInf, {0.5, -0.5, 0}});
}

BOOST_AUTO_TEST_CASE(norms_have_slopes_though_they_are_not_normal_numbers) {
  const double least = std::numeric_limits<double>::denorm_min();
  const double large = 0x1.8p1023;
  check_both("small", norm_of(2), {{3 * least, -4 * least}, 5 * least, {0.6, -0.8}});
  check_both("large", norm_of(2), {{large, -large}, kInf, {std::sqrt(0.5), -std::sqrt(0.5)}});
  for (const double order : {0.5, 1.5, 3.0}) {
    const double share = std::pow(2, 1 / order - 1);
    const double small = std::ldexp(least, 20);  // digits for the result
    const Expected expected{{small, -small}, 0, {share, -share}};
    const Tape tape;
    std::vector<Value> x{variable(small), variable(-small)};
    backward(norm(x, order));
    check_all_close("small", {x[0].grad(), x[1].grad()}, expected.slopes, kTol);
    check_all_close("small",
                    slopes_of([order](const Tensor& t) { return norm(t, order); }, expected.at),
                    expected.slopes, kTol);
    check_both("large", norm_of(order), {{large, -large}, kInf, {share, -share}});
  }
}

BOOST_AUTO_TEST_CASE(logsumexp_gives_infinite_numbers_the_gradient_as_max_does) {
  const auto f = [](const auto& x) {
    if constexpr (std::is_same_v<std::decay_t<decltype(x)>, Tensor>) {
      return logsumexp(x, 1);
    } else {
      return logsumexp(x);
    }
  };
  check_both("one", f, {{0, kInf}, kInf, {0, 1}});
  check_both("beside -inf", f, {{kInf, -kInf, 1e300}, kInf, {1, 0, 0}});
  check_both("a tie", f, {{kInf, 1, kInf}, kInf, {0.5, 0, 0.5}});
  check_both("NaN", f, {{kInf, kNaN}, kNaN, {kNaN, kNaN}});
}

BOOST_AUTO_TEST_CASE(norms_of_any_order_follow_their_definition) {
  const Numbers at{0.3, -1.0, 2.0, -0.7};
  for (const double order : {0.5, 1.0, 1.5, 2.0, 3.0, 7.25}) {
    double total = 0;
    for (const double x : at) total += std::pow(std::abs(x), order);
    BOOST_TEST(norm(row(at), order).item() == std::pow(total, 1 / order), tolerance(kTol));
  }
  BOOST_TEST(norm(row(at), 0).item() == 4);
  BOOST_TEST(norm(row(at), kInf).item() == 2);
  BOOST_TEST(norm(row(at), -kInf).item() == 0.3);
}

// Along any axes, of both dtypes, in any place, against the definition of each line.
BOOST_AUTO_TEST_CASE(norms_of_lines_are_those_of_their_elements) {
  manual_seed(8);
  for (const DType dtype : {float32, float64}) {
    for (const auto& [rows, columns] : {std::pair{1, 300}, {37, 10}, {10, 37}, {3, 17}, {70, 1}}) {
      Tensor x = randn({rows, columns}, float64).to(dtype);
      x = where(x > 1.5, 0, x);
      for (const bool is_turned : {false, true}) {
        const Tensor view = is_turned ? x.transpose() : x;
        for (const int axis : {0, 1}) {
          const Tensor lines = (axis == 1 ? view : view.transpose()).contiguous().to(float64);
          for (const double order : {0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 7.25, kInf, -kInf}) {
            const auto y = norm(view, order, axis).to_vector();
            for (std::int64_t i = 0; i < lines.size(0); ++i) {
              const auto elements = select(lines, 0, i).to_vector();
              std::vector<double> sizes;
              for (const double element : elements) sizes.push_back(std::abs(element));
              double expected = 0;
              for (const double size : sizes)
                expected += order == 0 ? (size != 0 ? 1 : 0) : std::pow(size, order);
              if (order != 0) expected = std::pow(expected, 1 / order);
              if (order == kInf) expected = *std::ranges::max_element(sizes);
              if (order == -kInf) expected = *std::ranges::min_element(sizes);
              const double most = dtype == float32 ? 1e-6 : 1e-13;
              BOOST_REQUIRE_SMALL(y[static_cast<std::size_t>(i)] - expected,
                                  most * expected + 1e-300);
            }
          }
        }
      }
    }
  }
}

// Powers are added up 2^16 elements at a time: parts of one line, of lines side by side, and many lines.
BOOST_AUTO_TEST_CASE(norms_of_many_elements) {
  manual_seed(9);
  for (const auto& [rows, columns] :
       {std::pair{1, 200'003}, {3, 70'001}, {70'001, 3}, {20'001, 10}, {2, 70'001}}) {
    const Tensor x = randn({rows, columns}, float64);
    const auto elements = x.to_vector<double>();
    for (const int axis : {0, 1}) {
      const auto y = norm(x, 3, axis).to_vector<double>();
      Numbers sums(y.size());
      for (std::size_t i = 0; i < elements.size(); ++i) {
        const auto n = static_cast<std::size_t>(columns);
        sums[axis == 0 ? i % n : i / n] += std::pow(std::abs(elements[i]), 3);
      }
      double farthest = 0;
      for (std::size_t i = 0; i < y.size(); ++i)
        farthest = std::max(farthest, std::abs(y[i] / std::cbrt(sums[i]) - 1));
      BOOST_TEST(farthest < 1e-13, rows << " x " << columns << " along " << axis);
    }
  }
}

BOOST_AUTO_TEST_CASE(norms_neither_overflow_nor_underflow) {
  BOOST_TEST(norm(row({1e200, -1e200}), 3).item() == 1e200 * std::cbrt(2.0), tolerance(kTol));
  BOOST_TEST(norm(row({1e-200, -1e-200}), 3).item() == 1e-200 * std::cbrt(2.0), tolerance(kTol));
  BOOST_TEST(norm(row({1, kInf}), 3).item() == kInf);
  for (const double order : {0.5, 2.0, 3.0, kInf, -kInf})
    BOOST_TEST(std::isnan(norm(row({1, kNaN, 0.5}), order).item()));
}

BOOST_AUTO_TEST_CASE(norms_have_the_smallest_gradient_at_kinks) {
  const auto of_order = [](double order) {
    return [order](const Tensor& x) { return norm(x, order); };
  };
  for (const double order : {0.0, 0.5, 1.0, 1.5, 2.0, 3.0, kInf, -kInf}) {
    check_same("zero vector", slopes_of(of_order(order), {0, 0}), {0, 0});
    BOOST_TEST(norm(row({0, 0}), order).item() == 0.0);
  }
  check_same("p < 1 at 0", slopes_of(of_order(0.5), {0, 4}), {0, 1});
  check_same("inf, a tie", slopes_of(of_order(kInf), {2, -2, 1}), {0.5, -0.5, 0});
  check_same("-inf, a tie", slopes_of(of_order(-kInf), {2, -1, 1}), {0, -0.5, 0.5});
  check_same("order 1", slopes_of(of_order(1), {2, 0, -1}), {1, 0, -1});
}

// Recorded or not, and where an element is NaN: there is nothing at 0 (of order 2, x / y, which is NaN then).
BOOST_AUTO_TEST_CASE(norms_have_the_same_gradient_in_a_recorded_sweep) {
  for (const double order : {0.5, 1.0, 1.5, 2.0, 3.0, kInf}) {
    for (const Numbers& at : {Numbers{0.5, 0, -2}, {kNaN, 0, 1}, {kInf, 0, -1}, {kInf, kNaN, 0}}) {
      const Tensor x = variable(row(at));
      const Tensor y = norm(x, order);
      const Tensor dx[] = {x};
      const Numbers plain =
          grad(y, dx, ones({}, float64), {.retain_graph = true})[0].to_vector<double>();
      const Numbers recorded =
          grad(y, dx, ones({}, float64), {.create_graph = true})[0].to_vector<double>();
      check_same("both", plain, recorded);
      for (std::size_t i = 0; i < at.size(); ++i)
        if (at[i] == 0 && order != 2) BOOST_TEST(plain[i] == 0.0, "order " << order);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_guard_names_the_norm_that_is_not_finite) {
  const NanGuard guard;
  BOOST_TEST(norm(row({kInf, 1}), -kInf).item() == 1);
  for (const double order : {0.5, 2.0, 3.0, kInf}) {
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(norm(row({kInf, 1}), order)), Error,
        [](const Error& error) { return std::string(error.what()).find("[norm]") == 0; });
  }
}

BOOST_AUTO_TEST_CASE(a_norm_refuses_orders_that_are_none) {
  const auto refused = [](double order, const std::string& text) {
    BOOST_CHECK_EXCEPTION(static_cast<void>(norm(zeros({2}), order)), DomainError,
                          [&](const DomainError& error) { return error.what() == text; });
  };
  refused(-0.5, "[norm] got order -0.5, need 0 or more, or -inf");
  refused(kNaN, "[norm] got order nan, need 0 or more, or -inf");
}

BOOST_AUTO_TEST_CASE(extremes_with_their_index_give_the_gradient_to_the_first_of_a_tie) {
  const auto greatest = [](const Tensor& x) { return max_with_index(x, 0).values; };
  const auto least = [](const Tensor& x) { return min_with_index(x, 0).values; };
  check_same("max", slopes_of(greatest, {1, 3, 3, 0}), {0, 1, 0, 0});
  check_same("min", slopes_of(least, {1, 0, 3, 0}), {0, 1, 0, 0});
  check_same("NaN", slopes_of(greatest, {1, kNaN, kNaN}), {0, 1, 0});
  check_same("amax shares", slopes_of([](const Tensor& x) { return amax(x); }, {1, 3, 3}),
             {0, 0.5, 0.5});
  check_same("amin shares", slopes_of([](const Tensor& x) { return amin(x); }, {1, 1, 3}),
             {0.5, 0.5, 0});
  const auto [values, indices] = max_with_index(tensor({{1, 5}, {7, 2}}, int64), 0, true);
  BOOST_TEST(to_string(values) == to_string(tensor({{7, 5}}, int64)));
  BOOST_TEST(to_string(indices) == to_string(tensor({{1, 0}}, int64)));
  BOOST_CHECK_EXCEPTION(static_cast<void>(min_with_index(zeros({2, 0}), 1)), ShapeError,
                        [](const ShapeError& error) {
                          return std::string(error.what()) ==
                                 "[min_with_index] no elements: got (2, 0), need at least one "
                                 "along axis 1";
                        });
}

BOOST_AUTO_TEST_CASE(sums_and_means_can_leave_out_what_is_not_a_number) {
  BOOST_TEST(nansum(row({1, kNaN, 2})).item() == 3.0);
  BOOST_TEST(nanmean(row({1, kNaN, 2})).item() == 1.5);
  check_same("nansum", slopes_of([](const Tensor& x) { return nansum(x); }, {1, kNaN, 2}),
             {1, 0, 1});
  check_same("nanmean", slopes_of([](const Tensor& x) { return nanmean(x); }, {1, kNaN, 2}),
             {0.5, 0, 0.5});
  BOOST_TEST(nansum(row({kNaN})).item() == 0.0);
  BOOST_TEST(std::isnan(nanmean(row({kNaN})).item()));
  check_same("nothing left", slopes_of([](const Tensor& x) { return nanmean(x); }, {kNaN}), {0});
  BOOST_TEST(nansum(tensor({1, 2}, int64)).item<std::int64_t>() == 3);
  BOOST_TEST((nansum(tensor({1, 2}, int64)).dtype() == int64));
  BOOST_TEST((nanmean(ones({2, 3}), 1).dtype() == float32));
  BOOST_CHECK_THROW(static_cast<void>(nanmean(arange(3))), DTypeError);
}

BOOST_AUTO_TEST_CASE(conditions_are_reduced_over_axes) {
  const Tensor x = tensor({{0, 1, 2}, {0, 0, 3}, {0, kNaN, 1}}, float64);
  BOOST_TEST(to_string(count_nonzero(x, 1)) == to_string(tensor({2, 1, 2}, int64)));
  BOOST_TEST(count_nonzero(x).item<std::int64_t>() == 5);
  BOOST_TEST(to_string(nabla::any(x, 0)) == to_string(tensor({0, 1, 1}, boolean)));
  BOOST_TEST(to_string(nabla::all(x, 0)) == to_string(tensor({0, 0, 1}, boolean)));
  BOOST_TEST((nabla::all(x, {0, 1}, true).shape() == Shape{1, 1}));
  BOOST_TEST(nabla::all(zeros({2, 0}), 1).at<bool>({1}));
  BOOST_TEST(!nabla::any(zeros({2, 0}), 1).at<bool>({1}));
  BOOST_CHECK_EXCEPTION(static_cast<void>(nabla::any(x, 2)), ShapeError,
                        [](const ShapeError& error) {
                          return std::string(error.what()).find("[any] no such axis: got 2") == 0;
                        });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(cumulative)

BOOST_AUTO_TEST_CASE(running_sums_and_products_are_those_of_a_loop_along_any_axis) {
  // More columns than are walked together, and more elements than one thread takes.
  for (const Shape& shape :
       {Shape{3, 700, 300}, Shape{5, 1, 2}, Shape{4, 3, 1}, Shape{3, 3, 7}, Shape{1, 2, 9}}) {
    const Tensor x = rand(shape, float64) + 0.5;
    const Numbers at = x.to_vector<double>();
    for (int axis = 0; axis < 3; ++axis) {
      const std::int64_t step = contiguous_strides(shape)[static_cast<std::size_t>(axis)];
      for (const bool reverse : {false, true}) {
        const Numbers sums = cumsum(x, axis, reverse).to_vector<double>();
        const Numbers products = cumprod(x, axis, reverse).to_vector<double>();
        const Numbers exclusive = cumprod(x, axis, reverse, true).to_vector<double>();
        const std::int64_t last = reverse ? shape[axis] - 1 : 0;
        int wrong = 0;
        for (std::int64_t i = 0; i < x.numel(); ++i) {
          const bool is_first = i / step % shape[axis] == last;
          const auto k = static_cast<std::size_t>(i);
          const auto before = static_cast<std::size_t>(is_first  ? i
                                                       : reverse ? i + step
                                                                 : i - step);
          wrong += sums[k] != (is_first ? 0 : sums[before]) + at[k];
          wrong += products[k] != (is_first ? 1 : products[before]) * at[k];
          wrong += exclusive[k] != (is_first ? 1 : products[before]);
        }
        BOOST_TEST(wrong == 0, to_string(shape) << ", axis " << axis);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(running_products_are_exact_at_zeros_to_the_second_order) {
  const auto products = [](const Tensor& x) { return cumprod(x, 0); };
  check_same("none", slopes_of(products, {2, 3, 5}), {1 + 3 + 15, 2 + 10, 6});
  check_same("one", slopes_of(products, {2, 0, 5}), {1, 2 + 10, 0});
  check_same("two", slopes_of(products, {0, 0, 5}), {1, 0, 0});
  const auto total = [&](const Tensor& x) { return products(x).sum(); };
  check_same("second, none", second_slopes_of(total, {2, 3, 5}, 0), {0, 1 + 5, 3});
  check_same("second, one", second_slopes_of(total, {2, 0, 5}, 0), {0, 1 + 5, 0});
  check_same("second, two", second_slopes_of(total, {0, 0, 5}, 0), {0, 1 + 5, 0});
}

BOOST_AUTO_TEST_CASE(running_products_are_right_wherever_they_can_be_represented) {
  const auto of = [](bool reverse, bool exclusive) {
    return [=](const Tensor& x) { return cumprod(x, 1, reverse, exclusive).sum(1); };
  };
  const Numbers at{1e-200, 1e-200, 1e200, 1e200};
  check_all_close("cumprod", cumprod(row(at), 0).to_vector<double>(), {1e-200, 0, 1e-200, 1}, kTol);
  check_all_close("exclusive, reverse", cumprod(row(at), 0, true, true).to_vector<double>(),
                  {1e200, kInf, 1e200, 1}, kTol);
  check_all_close(
      "denormal", cumprod(row({0x1.23456789p-530, 0x1.3p-530, 0x1p1000}), 0).to_vector<double>(),
      {0x1.23456789p-530, std::ldexp(0x1.23456789p0 * 0x1.3p0, -1060), 0x1.23456789p-60 * 0x1.3p0},
      kTol);
  check_all_close("a zero", cumprod(row({1e200, 1e308, 0, 1}), 0).to_vector<double>(),
                  {1e200, kInf, 0, 0}, 0);
  check_all_close("infinity beside a denormal", cumprod(row({kInf, 1e-310}), 0).to_vector<double>(),
                  {kInf, kInf}, 0);
  Numbers floats(8, 0x1p-120);  // through what double holds only in part
  floats.insert(floats.end(), {1.25 * 0x1p-113, 0x1p113});
  floats.insert(floats.end(), 8, 0x1p120);
  BOOST_TEST(cumprod(row(floats).to(float32), 0).to_vector<double>().back() == 1.25);
  const auto products = [](const Tensor& x) { return cumprod(x, 0); };
  check_all_close("small", slopes_of(products, {1e-200, 1e-200}), {1, 1e-200}, kTol);
  check_all_close("large", slopes_of(products, {1e200, 1e200}), {1e200, 1e200}, kTol);
  const auto last = [](const Tensor& x) { return cumprod(x, 0).slice(0, 3, 4); };
  check_all_close("behind", slopes_of(last, {1e300, 1, 1e-300, 1e-300}), {0, 1e-300, 1, 1}, kTol);
  // Products that are farther from each other than numbers can be.
  Numbers far(6, 1e-200), inverse(6, 1e200);
  far.insert(far.end(), 6, 1e200);
  inverse.insert(inverse.end(), 6, 1e-200);
  check_all_close("far", slopes_of(products, far), inverse, kTol);
  check_tensor("sum", of(false, false), {at, 1, {1e200, 1e200, 1e-200, 1e-200}}, float64);
  check_tensor("of the others", of(false, true), {at, 1, {2, 1, 0, 0}}, float64);
  check_tensor("from the end", of(true, false),
               {{1e200, 1e200, 1e-200, 1e-200}, 1, {1e-200, 1e-200, 1e200, 1e200}}, float64);
  check_tensor(
      "those behind", [](const Tensor& x) { return cumprod(x, 1).slice(1, 4, 5).sum(1); },
      {{1e-100, 1e-100, 1e-5, 1e200, 1e200}, 1e195, {1e295, 1e295, 1e200, 1e-5, 1e-5}}, float64);
  // Of a result all of whose derivatives are in range, though products on the way are not.
  const Numbers wide{1e150, 1e150, 1e150, 1e-150, 1e-150, 1e-150};
  for (const bool reverse : {false, true}) {
    const std::int64_t end = reverse ? 0 : 5;
    const auto whole = [&](const Tensor& x) { return select(cumprod(x, 0, reverse), 0, end); };
    const auto masked = [&](const Tensor& x) {
      return where(arange(6) == end, cumprod(x, 0, reverse), 0.0).sum();
    };
    Numbers seconds;
    for (std::size_t i = 0; i < 36; ++i)
      seconds.push_back(i % 7 == 0 ? 0 : 1 / wide[i / 6] / wide[i % 6]);
    check_all_close("second", hessian(whole, row(wide)).to_vector<double>(), seconds, kTol);
    check_all_close("second, masked", hessian(masked, row(wide)).to_vector<double>(), seconds,
                    kTol);
  }
  check_tensor("floats", of(false, false),
               {{1e-30, 1e-30, 1e30, 1e30}, 1, {1e30, 1e30, 1e-30, 1e-30}}, float32);
}

BOOST_AUTO_TEST_CASE(running_sums_count_booleans_and_integers) {
  const Tensor counted = cumsum(tensor({1, 0, 1}, boolean), 0);
  BOOST_TEST(to_string(counted) == to_string(tensor({1, 1, 2}, int64)));
  BOOST_TEST(to_string(cumprod(tensor({2, 3, 4}, int64), 0)) ==
             to_string(tensor({2, 6, 24}, int64)));
  BOOST_CHECK_THROW(static_cast<void>(cumsum(zeros({}), 1)), ShapeError);
}

// As in NumPy and PyTorch: the axis 0 or -1 of a number has one element.
BOOST_AUTO_TEST_CASE(a_number_is_a_line_of_one_element) {
  const std::vector<std::pair<const char*, std::function<Tensor(const Tensor&, int)>>> ops{
      {"sum", [](const Tensor& x, int axis) { return sum(x, axis); }},
      {"max", [](const Tensor& x, int axis) { return max(x, axis, true); }},
      {"logsumexp", [](const Tensor& x, int axis) { return logsumexp(x, axis); }},
      {"cumsum", [](const Tensor& x, int axis) { return cumsum(x, axis); }},
      {"cumprod", [](const Tensor& x, int axis) { return cumprod(x, axis); }},
      {"logcumsumexp", [](const Tensor& x, int axis) { return logcumsumexp(x, axis); }},
      {"linear_recurrence",
       [](const Tensor& x, int axis) { return linear_recurrence(x, x, axis); }},
      {"cummax", [](const Tensor& x, int axis) { return cummax(x, axis).values; }},
      {"cummin", [](const Tensor& x, int axis) { return cummin(x, axis).values; }},
      {"sort", [](const Tensor& x, int axis) { return sort(x, axis).values; }},
      {"topk", [](const Tensor& x, int axis) { return topk(x, 1, axis).values; }},
      {"kthvalue", [](const Tensor& x, int axis) { return kthvalue(x, 1, axis).values; }},
      {"median", [](const Tensor& x, int axis) { return median(x, axis).values; }},
      {"mode", [](const Tensor& x, int axis) { return mode(x, axis).values; }},
      {"max_with_index", [](const Tensor& x, int axis) { return max_with_index(x, axis).values; }},
      {"min_with_index",
       [](const Tensor& x, int axis) { return min_with_index(x, axis, true).values; }},
      {"gather", [](const Tensor& x, int axis) { return gather(x, axis, zeros({}, int64)); }},
      {"scatter", [](const Tensor& x, int axis) { return scatter(x, axis, zeros({}, int64), x); }}};
  for (const auto& [name, f] : ops) {
    BOOST_TEST_CONTEXT(name) {
      for (const int axis : {0, -1}) {
        const Tensor x = variable(tensor(2.5, float64));
        const Tensor y = f(x, axis);
        BOOST_TEST(y.rank() == 0);
        BOOST_TEST(y.item() == 2.5);
        backward(y);
        BOOST_TEST(x.grad().rank() == 0);
      }
      for (const int axis : {1, -2})
        BOOST_CHECK_THROW(static_cast<void>(f(tensor(2.5, float64), axis)), ShapeError);
    }
  }
  const Tensor x = tensor(2.5, float64);
  BOOST_TEST(softmax(x, 0).item() == 1);
  BOOST_TEST(log_softmax(x).item() == 0);
  BOOST_TEST(argsort(x).rank() == 0);
  BOOST_TEST(argmax(x, -1).item<std::int64_t>() == 0);
  BOOST_TEST(scatter_add(x, 0, zeros({}, int64), x).item() == 5);
  BOOST_TEST(topk(x, 0, 0).values.shape() == Shape{0});
  BOOST_TEST(flip(x, 0).item() == 2.5);
}

BOOST_AUTO_TEST_CASE(float_sums_accumulate_in_double) {
  const Tensor x = full({1 << 20}, 0.1);
  const double last = cumsum(x, 0).slice(0, -1, 1 << 20).item();
  BOOST_TEST(last == static_cast<float>(0.1f * static_cast<double>(1 << 20)));
}

BOOST_AUTO_TEST_CASE(running_logsumexp_neither_overflows_nor_divides_by_nothing) {
  const auto f = [](const Tensor& x) { return logcumsumexp(x, 0); };
  const double ln2 = std::log(2.0);
  check_same("large", f(row({1000, 1000, -1000})).to_vector<double>(),
             {1000, 1000 + ln2, 1000 + ln2});
  // The logarithms are rounded at 1000, and their differences are exponents.
  check_same("large", slopes_of(f, {1000, 1000, -1000}), {2, 1, 0}, 1000 * kTol);
  check_same("-inf so far", f(row({-kInf, -kInf, 3, -kInf})).to_vector<double>(),
             {-kInf, -kInf, 3, 3});
  check_same("-inf so far", slopes_of(f, {-kInf, -kInf, 3, -kInf}), {0, 0, 2, 0});
  check_same("all -inf", slopes_of(f, {-kInf, -kInf}), {0, 0});
  check_same("+inf", f(row({1, kInf, kInf, 2})).to_vector<double>(), {1, kInf, kInf, kInf});
  check_same("NaN", f(row({-kInf, kNaN, 5})).to_vector<double>(), {-kInf, kNaN, kNaN});
  const auto total = [&](const Tensor& x) { return f(x).sum(); };
  check_same("second order, -inf so far", second_slopes_of(total, {-kInf, 3, 3}, 1),
             {0, 0.25, -0.25});
}

BOOST_AUTO_TEST_CASE(a_linear_recurrence_is_that_of_a_loop) {
  const Tensor a = rand({2, 50}, float64) * 2 - 1, x = rand({2, 50}, float64);
  const Numbers as = a.to_vector<double>(), xs = x.to_vector<double>();
  const Numbers y = linear_recurrence(a, x, 1).to_vector<double>();
  const Numbers z = linear_recurrence(a, x, 1, true).to_vector<double>();
  for (std::size_t i = 0; i < y.size(); ++i) {
    BOOST_TEST(y[i] == xs[i] + (i % 50 == 0 ? 0 : as[i] * y[i - 1]), tolerance(kTol));
    BOOST_TEST(z[i] == xs[i] + (i % 50 == 49 ? 0 : as[i] * z[i + 1]), tolerance(kTol));
  }
  // The first coefficient has nothing to multiply.
  check_same("NaN first", linear_recurrence(row({kNaN, 2}), row({1, 1}), 0).to_vector<double>(),
             {1, 3});
}

// Views whose elements lie in another order, reduced as they lie or from a copy, over any axes.
BOOST_AUTO_TEST_CASE(reductions_of_views_are_those_of_copies) {
  using Reduce = Tensor (*)(const Tensor&, const Axes&, bool);
  const std::pair<const char*, Reduce> all[] = {
      {"sum", [](const Tensor& x, const Axes& axes, bool keep) { return sum(x, axes, keep); }},
      {"max", [](const Tensor& x, const Axes& axes, bool keep) { return max(x, axes, keep); }},
      {"prod", [](const Tensor& x, const Axes& axes, bool keep) { return prod(x, axes, keep); }},
      {"var", [](const Tensor& x, const Axes& axes, bool keep) { return var(x, axes, 0, keep); }}};
  const std::vector<Axes> some_axes{0, 1, 2, {0, 1}, {0, 2}, {1, 2}, {}};
  const Tensor x = sin(arange(2 * 3 * 4).to(float64)).reshape({2, 3, 4});
  const Tensor whole = (x * 100).to(int64);
  std::vector<int> order{0, 1, 2};
  do {
    const auto views = [&](const Tensor& of) {
      const Tensor turned = permute(of, order);
      return std::vector{turned, flip(turned, 1), turned.slice(2, 0, turned.size(2), 2),
                         broadcast_to(turned.slice(0, 0, 1), turned.shape())};
    };
    for (const Tensor& given : {x, whole}) {
      for (const Tensor& view : views(given)) {
        for (const Axes& axes : some_axes) {
          for (const auto& [name, reduce] : all) {
            if (given.dtype() == int64 && std::string(name) == "var") continue;
            for (const bool keep : {false, true}) {
              const Tensor got = reduce(view, axes, keep),
                           expected = reduce(clone(view), axes, keep);
              BOOST_TEST((got.shape() == expected.shape()), name);
              const Tensor off = abs(got - expected).to(float64);
              BOOST_TEST(max(off).item<double>() <= 1e-14, name);
            }
          }
        }
      }
    }
  } while (std::ranges::next_permutation(order).found);
}

// Slope and gradient are near each other's ends of the range, their product is not.
BOOST_AUTO_TEST_CASE(the_gradient_of_var_at_the_end_of_the_range) {
  const Tensor x = variable(tensor({1e308, -1e308, 1e308}, float64));
  for (const bool create_graph : {false, true}) {
    const Tensor dx[] = {x};
    const Tensor slope =
        grad(var(x, 0, 2), dx, tensor(1e-308, float64), {.create_graph = create_graph})[0];
    check_same("var", slope.to_vector<double>(), {4. / 3, -8. / 3, 4. / 3}, 1e-14);
  }
}

BOOST_AUTO_TEST_SUITE_END()
