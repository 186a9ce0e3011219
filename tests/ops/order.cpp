// SPDX-License-Identifier: MIT
// Elements in order, and those that are picked by it: values, indices, ties, NaN, gradients.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/functional.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/compare.hpp>
#include <nabla/ops/cumulative/cummax.hpp>
#include <nabla/ops/cumulative/cummin.hpp>
#include <nabla/ops/index/kthvalue.hpp>
#include <nabla/ops/index/median.hpp>
#include <nabla/ops/index/mode.hpp>
#include <nabla/ops/index/sort.hpp>
#include <nabla/ops/index/topk.hpp>
#include <nabla/ops/reduction/sum.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/floor.hpp>
#include <nabla/ops/unary/square.hpp>
#include <nabla/ops/view/transpose.hpp>

using namespace nabla;

namespace {

using Numbers = std::vector<double>;
using Places = std::vector<std::int64_t>;
constexpr double kInf = std::numeric_limits<double>::infinity();
const double kNaN = std::nan("");

Tensor row(const Numbers& numbers) { return from_span(std::span<const double>(numbers)); }

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

void check_picked(const ValuesAndIndices& picked, const Numbers& values, const Places& indices) {
  const Numbers got = picked.values.to_vector<double>();
  BOOST_TEST_REQUIRE(got.size() == values.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    BOOST_TEST(same(got[i], values[i]), "[" << i << "]: got " << got[i] << ", need " << values[i]);
  BOOST_TEST(picked.indices.to_vector<std::int64_t>() == indices, boost::test_tools::per_element());
}

// The gradient where upstream gradients are 1, 2, 3, ...
template <class F>
Numbers slopes(const F& pick, const Numbers& at) {
  const Tensor x = variable(row(at));
  const Tensor y = pick(x);
  std::vector<double> upstream(static_cast<std::size_t>(y.numel()));
  std::iota(upstream.begin(), upstream.end(), 1.0);
  const Tensor by[] = {x};
  return grad(y, by, from_span(std::span<const double>(upstream), y.shape()))[0]
      .template to_vector<double>();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(order)

BOOST_AUTO_TEST_CASE(sort_keeps_equal_elements_in_their_order) {
  check_picked(sort(row({2, 1, 2, 1, 0})), {0, 1, 1, 2, 2}, {4, 1, 3, 0, 2});
  check_picked(sort(row({2, 1, 2, 1, 0}), 0, true), {2, 2, 1, 1, 0}, {0, 2, 1, 3, 4});
  check_picked(sort(row({0.0, -0.0, 0.0})), {0, 0, 0}, {0, 1, 2});
  BOOST_TEST(argsort(row({2, 1, 2, 1, 0})).to_vector<std::int64_t>() == (Places{4, 1, 3, 0, 2}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(sort_takes_nan_for_the_greatest) {
  check_picked(sort(row({kNaN, kInf, -kInf, kNaN})), {-kInf, kInf, kNaN, kNaN}, {2, 1, 0, 3});
  check_picked(sort(row({kInf, kNaN, 1}), 0, true), {kNaN, kInf, 1}, {1, 0, 2});
}

BOOST_AUTO_TEST_CASE(sort_takes_integers_booleans_and_nothing) {
  BOOST_TEST(to_string(sort(tensor({3, 1, 2}, int64)).values) ==
             to_string(tensor({1, 2, 3}, int64)));
  BOOST_TEST(to_string(sort(tensor({1, 0, 1}, boolean)).indices) ==
             to_string(tensor({1, 0, 2}, int64)));
  BOOST_TEST((sort(zeros({2, 0})).values.shape() == Shape{2, 0}));
  const auto [values, indices] = sort(full({}, 7.0, float64));  // a number is a line of one element
  BOOST_TEST((values.rank() == 0 && values.item() == 7));
  BOOST_TEST((indices.rank() == 0 && indices.item<std::int64_t>() == 0));
  BOOST_CHECK_THROW(static_cast<void>(sort(zeros({}), 1)), ShapeError);
}

BOOST_AUTO_TEST_CASE(sort_works_along_any_axis_and_on_many_threads) {
  const Tensor x = rand({40, 90, 80}, float64);
  for (int axis = 0; axis < 3; ++axis) {
    const Tensor swapped = x.transpose(axis, -1).contiguous();
    Numbers lines = swapped.to_vector<double>();
    const std::int64_t n = swapped.size(-1);
    for (auto line = lines.begin(); line != lines.end(); line += n) std::sort(line, line + n);
    const Tensor sorted = sort(x, axis).values.transpose(axis, -1);
    BOOST_TEST((sorted.to_vector<double>() == lines), "axis " << axis);
  }
}

BOOST_AUTO_TEST_CASE(gradients_follow_the_permutation) {
  check_picked(sort(row({3, 1, 2})), {1, 2, 3}, {1, 2, 0});
  BOOST_TEST(
      slopes([](const Tensor& x) { return sort(x).values; }, {3, 1, 2}) == (Numbers{3, 1, 2}),
      boost::test_tools::per_element());
  BOOST_TEST(
      slopes([](const Tensor& x) { return sort(x).values; }, {1, 0, 1}) == (Numbers{2, 1, 3}),
      boost::test_tools::per_element());
  BOOST_TEST(slopes([](const Tensor& x) { return topk(x, 2).values; }, {5, 7, 7, 7}) ==
                 (Numbers{0, 1, 2, 0}),
             boost::test_tools::per_element());
  BOOST_TEST(slopes([](const Tensor& x) { return cummax(x, 0).values; }, {1, 1, 0, 2}) ==
                 (Numbers{1, 5, 0, 4}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(topk_is_the_beginning_of_a_sort) {
  const Tensor x = rand({7, 200}, float64);
  for (const std::int64_t k : {0, 1, 3, 150, 200}) {
    for (const bool largest : {true, false}) {
      const auto [values, indices] = topk(x, k, 1, largest);
      const auto [all, places] = sort(x, 1, largest);
      BOOST_TEST((values.to_vector<double>() == all.slice(1, 0, k).to_vector<double>()));
      BOOST_TEST((indices.to_vector<double>() == places.slice(1, 0, k).to_vector<double>()));
      Numbers unsorted = topk(x, k, 1, largest, false).values.to_vector<double>();
      Numbers sorted = values.to_vector<double>();
      std::sort(unsorted.begin(), unsorted.end());
      std::sort(sorted.begin(), sorted.end());
      BOOST_TEST((unsorted == sorted));
    }
  }
  // Of few numbers, so that there are many ties, and NaN; along any axis.
  Tensor few = floor(rand({30, 40, 25}, float32) * 6);
  few = where(few == 5, kNaN, few);
  for (int axis = 0; axis < 3; ++axis) {
    for (const std::int64_t k : {1, 2, 16, 17, 25}) {
      for (const bool largest : {true, false}) {
        const auto [values, indices] = topk(few, k, axis, largest);
        const auto [all, places] = sort(few, axis, largest);
        BOOST_TEST((indices.to_vector<double>() == places.slice(axis, 0, k).to_vector<double>()),
                   "axis " << axis << ", k = " << k);
        BOOST_TEST((isnan(values).to_vector<double>() ==
                    isnan(all.slice(axis, 0, k)).to_vector<double>()));
      }
    }
  }
  check_picked(topk(row({1, kNaN, 3}), 2), {kNaN, 3}, {1, 2});
  check_picked(topk(row({1, kNaN, 3}), 2, 0, false), {1, 3}, {0, 2});
}

BOOST_AUTO_TEST_CASE(kthvalue_is_that_place_of_a_sort) {
  const Numbers at{4, 1, kNaN, 1, 3};
  const auto [values, places] = sort(row(at));
  for (std::int64_t k = 1; k <= 5; ++k) {
    check_picked(kthvalue(row(at), k), values.slice(0, k - 1, k).to_vector<double>(),
                 places.slice(0, k - 1, k).to_vector<std::int64_t>());
  }
  BOOST_TEST((kthvalue(zeros({2, 3}), 1).values.shape() == Shape{2}));
  BOOST_TEST((kthvalue(zeros({2, 3}), 1, 0, true).values.shape() == Shape{1, 3}));
}

BOOST_AUTO_TEST_CASE(the_median_of_an_even_number_is_the_lower_one) {
  check_picked(median(row({4, 1, 3, 2}), 0), {2}, {3});
  check_picked(median(row({4, 1, 3}), 0), {3}, {2});
  check_picked(median(row({2, 2, 2}), 0), {2}, {1});
  check_picked(median(row({4, kNaN, 3, kNaN}), 0), {kNaN}, {1});
  BOOST_TEST(median(tensor({{4, 1}, {3, 2}}, float64)).item() == 2.0);
  BOOST_TEST(median(tensor(7.0, float64)).item() == 7.0);
  BOOST_TEST(
      slopes([](const Tensor& x) { return median(x); }, {2, 2, 2, 5}) == (Numbers{0, 1, 0, 0}),
      boost::test_tools::per_element());
  BOOST_CHECK_EXCEPTION(static_cast<void>(median(zeros({2, 0}))), ShapeError,
                        [](const ShapeError& error) {
                          return std::string(error.what()) ==
                                 "[median] no elements: got (0,), need at least one along axis 0";
                        });
}

BOOST_AUTO_TEST_CASE(the_mode_is_the_least_of_the_most_frequent_where_it_stands_last) {
  check_picked(mode(row({3, 1, 3, 1, 2})), {1}, {3});
  check_picked(mode(row({3, 1, 3, 3, 1})), {3}, {3});
  check_picked(mode(row({3, 1, 2})), {1}, {1});
  check_picked(mode(row({kNaN, kNaN, 5})), {5}, {2});
  check_picked(mode(row({kNaN, kNaN, 5, 5})), {5}, {3});
}

BOOST_AUTO_TEST_CASE(running_extremes_take_the_latest_of_a_tie_and_keep_nan) {
  check_picked(cummax(row({1, 3, 2, 3, 0}), 0), {1, 3, 3, 3, 3}, {0, 1, 1, 3, 3});
  check_picked(cummin(row({2, 3, 1, 1, 2}), 0), {2, 2, 1, 1, 1}, {0, 0, 2, 3, 3});
  check_picked(cummax(row({1, kNaN, 2, kNaN}), 0), {1, kNaN, kNaN, kNaN}, {0, 1, 1, 3});
  check_picked(cummin(row({kNaN, 0}), 0), {kNaN, kNaN}, {0, 0});
  check_picked(cummax(tensor({{1, 5}, {4, 2}}, int64), 0), {1, 5, 4, 5}, {0, 0, 1, 0});
}

BOOST_AUTO_TEST_CASE(the_gradient_of_what_is_picked_often_adds_up_in_double) {
  std::vector<float> falling(1 << 20, 0.0f);
  falling[0] = 1.0f;
  const Tensor v = variable(from_span(std::span<const float>(falling)));
  backward(cummax(v, 0).values, full({1 << 20}, 0.1));
  BOOST_TEST(v.grad().at({0}) == static_cast<float>((1 << 20) * static_cast<double>(0.1f)));
}

BOOST_AUTO_TEST_CASE(what_was_picked_has_second_derivatives) {
  const Tensor x = variable(row({3, 1, 2}));
  const Tensor by[] = {x};
  const Tensor y = (topk(x, 2).values.square() * row({1, 10})).sum();
  const Tensor first = grad(y, by, ones({}, float64), {.create_graph = true})[0];
  const Tensor second = grad(first.sum(), by, ones({}, float64))[0];
  BOOST_TEST(second.to_vector<double>() == (Numbers{2, 0, 20}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
