// SPDX-License-Identifier: MIT
// Picking by indices and masks, and putting elsewhere.
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/functional.hpp>
#include <nabla/ops/nonzero.hpp>
#include <nabla/ops/ops.hpp>
#include <nabla/ops/searchsorted.hpp>

using namespace nabla;

namespace {

using Numbers = std::vector<double>;
using Places = std::vector<std::int64_t>;

Numbers numbers(const Tensor& x) { return x.to_vector<double>(); }
Places places(const Tensor& x) { return x.to_vector<std::int64_t>(); }

// The gradient of sum(y w), w = 1, 2, 3, ...
Numbers weighted_gradient(const Tensor& y, const Tensor& x) {
  const Tensor weights = reshape(arange(y.numel()) + 1, y.shape()).to(y.dtype());
  const auto [g] = grad((y * weights).sum(), wrt(x));
  return numbers(g);
}

template <class E>
void refused(const std::function<void()>& call, const std::string& text) {
  BOOST_CHECK_EXCEPTION(call(), E, [&](const E& error) {
    BOOST_TEST(error.what() == text);
    return true;
  });
}

Tensor counted(const Shape& shape) { return reshape(arange(shape.numel()), shape).to(float64); }

const auto kEach = boost::test_tools::per_element();

void check_near(const Tensor& got, const Numbers& want, DType dtype = float64) {
  const double tolerance = dtype == float64 ? 1e-14 : 1e-6;  // a handful of roundings
  const Numbers is = numbers(got);
  BOOST_TEST_REQUIRE(is.size() == want.size());
  for (std::size_t i = 0; i < is.size(); ++i)
    BOOST_TEST(std::abs(is[i] - want[i]) <= tolerance * std::abs(want[i]),
               "[" << i << "]: got " << is[i] << ", need " << want[i]);
}

// x (3, 4), and an index with repetitions that is shorter off the axis; `to` are the places in x, in
// row-major order, that the index names.
struct Drawn {
  Tensor x, index, source;
  std::vector<std::size_t> to;

  Drawn(int axis, bool strided) {
    const Shape shape = axis == 0 ? Shape{5, 3} : Shape{2, 6};
    const Shape turned{shape[1], shape[0]};
    Places drawn;
    for (std::int64_t i = 0; i < shape.numel(); ++i) drawn.push_back((i * i + i / 3) % (axis + 3));
    const std::span<const std::int64_t> list(drawn);
    index = strided ? from_span(list, turned).transpose() : from_span(list, shape);
    x = strided ? rand({4, 3}, float64).transpose() : rand({3, 4}, float64);
    source = strided ? rand(turned, float64).transpose() : rand(shape, float64);
    for (std::int64_t i = 0; i < shape[0]; ++i) {
      for (std::int64_t j = 0; j < shape[1]; ++j) {
        const std::int64_t named = index.at<std::int64_t>({i, j});
        to.push_back(static_cast<std::size_t>(axis == 0 ? named * 4 + j : i * 4 + named));
      }
    }
  }
  // Whose element is left at each place of x, or -1.
  [[nodiscard]] Places winners() const {
    Places last(12, -1);
    for (std::size_t i = 0; i < to.size(); ++i) last[to[i]] = static_cast<std::int64_t>(i);
    return last;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(indexing)

BOOST_AUTO_TEST_CASE(index_select_copies_slices_and_adds_their_gradients_up) {
  const Tensor x = variable(counted({3, 2}));
  const Tensor y = index_select(x, 0, tensor({2, 0, 2}, int64));
  BOOST_TEST(numbers(y) == (Numbers{4, 5, 0, 1, 4, 5}), kEach);
  BOOST_TEST(weighted_gradient(y, x) == (Numbers{3, 4, 0, 0, 6, 8}), kEach);
  BOOST_TEST(
      places(index_select(tensor({{1, 2, 3}}, int64), 1, tensor({2, 1}, int64))) == (Places{3, 2}),
      kEach);
}

BOOST_AUTO_TEST_CASE(index_select_and_index_sum_are_adjoint) {
  const Tensor index = tensor({3, 0, 3, 1}, int64);
  const Tensor x = randn({2, 5, 3}, float64), z = randn({2, 4, 3}, float64);
  const double there = (index_select(x, 1, index) * z).sum().item();
  const double back = (x * index_sum(z, 1, index, 5)).sum().item();
  BOOST_TEST(std::abs(there - back) <= 1e-13 * std::abs(there));
}

BOOST_AUTO_TEST_CASE(an_index_or_its_operand_may_be_strided_or_stretched) {
  const Tensor x = counted({3, 4}).transpose();
  const Tensor index = broadcast_to(tensor({1}, int64), {3});
  BOOST_TEST(numbers(index_select(x, 1, index)) ==
                 numbers(x.slice(1, 1, 2).reshape({4, 1}) + zeros({4, 3}, float64)),
             kEach);
  const Tensor wide = broadcast_to(tensor({{1}, {0}, {2}, {1}}, int64), {4, 3});
  const Tensor picked = gather(x, 1, wide);
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 3; ++j)
      BOOST_TEST(picked.at({i, j}) == x.at({i, wide.at<std::int64_t>({i, j})}));
}

BOOST_AUTO_TEST_CASE(take_counts_in_row_major_order) {
  const Tensor x = variable(counted({2, 3}).transpose());  // 0 3; 1 4; 2 5
  const Tensor y = take(x, tensor({{1, 4}, {1, 0}}, int64));
  BOOST_TEST(numbers(y) == (Numbers{3, 2, 3, 0}), kEach);
  BOOST_TEST(weighted_gradient(y, x) == (Numbers{4, 4, 0, 0, 2, 0}), kEach);
}

BOOST_AUTO_TEST_CASE(embedding_gives_the_padding_row_no_gradient) {
  const Tensor table = variable(counted({3, 2}));
  const Tensor words = tensor({{1, 2}, {0, 1}}, int64);
  const Tensor y = embedding(table, words, 1);
  BOOST_TEST(y.shape() == (Shape{2, 2, 2}));
  BOOST_TEST(numbers(y) == (Numbers{2, 3, 4, 5, 0, 1, 2, 3}), kEach);
  BOOST_TEST(weighted_gradient(y, table) == (Numbers{5, 6, 0, 0, 3, 4}), kEach);
  BOOST_TEST(weighted_gradient(embedding(table, words), table) == (Numbers{5, 6, 8, 10, 3, 4}),
             kEach);
  refused<ShapeError>([] { static_cast<void>(embedding(zeros({3}), zeros({1}, int64))); },
                      "[embedding] the table is (3,), need two axes");
}

BOOST_AUTO_TEST_CASE(scatter_gives_the_gradient_to_the_last_of_equal_indices) {
  const Tensor x = variable(counted({4})), s = variable(tensor({10, 20, 30}, float64));
  const Tensor y = scatter(x, 0, tensor({2, 0, 2}, int64), s);
  BOOST_TEST(numbers(y) == (Numbers{20, 1, 30, 3}), kEach);
  BOOST_TEST(weighted_gradient(y, x) == (Numbers{0, 2, 0, 4}), kEach);
  BOOST_TEST(weighted_gradient(scatter(x, 0, tensor({2, 0, 2}, int64), s), s) == (Numbers{0, 1, 3}),
             kEach);
}

BOOST_AUTO_TEST_CASE(scatter_leaks_nothing_of_what_it_writes_over) {
  const Tensor x = variable(tensor({0, 4}, float64));
  const Tensor y = scatter(sqrt(x), 0, tensor({0}, int64), tensor({1}, float64));
  backward(y.sum());
  BOOST_TEST(numbers(x.grad()) == (Numbers{0, 0.25}), kEach);
}

BOOST_AUTO_TEST_CASE(scatter_add_goes_onto_a_tensor_also_with_a_shorter_index) {
  const Tensor x = variable(counted({3, 2})), s = variable(tensor({{10.0}, {20.0}}, float64));
  const Tensor index = tensor({{1}, {1}}, int64);
  const Tensor y = scatter_add(x, 1, index, s);
  BOOST_TEST(numbers(y) == (Numbers{0, 11, 2, 23, 4, 5}), kEach);
  BOOST_TEST(weighted_gradient(y, x) == (Numbers{1, 2, 3, 4, 5, 6}), kEach);
  BOOST_TEST(weighted_gradient(scatter_add(x, 1, index, s), s) == (Numbers{2, 4}), kEach);
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused_and_not_stretched) {
  const Tensor index = tensor({0, 1, 0}, int64);
  refused<ShapeError>(
      [&] {
        static_cast<void>(index_add(zeros({1, 2}), 1, index, zeros({3, 3})));
      },
      "[index_add] the source does not fit: x is (1, 2), source is (3, 3), need the "
      "same sizes off axis 1");
  refused<DTypeError>(
      [&] { static_cast<void>(index_add(zeros({2}), 0, index, zeros({3}, float64))); },
      "[index_add] a is float32, b is float64, need the same floating type; convert with to()");
  refused<DTypeError>(
      [&] { static_cast<void>(scatter_add(zeros({2}), 0, index, zeros({3}, float64))); },
      "[scatter_add] a is float32, b is float64, need the same floating type; convert with to()");
  refused<DomainError>(
      [&] {
        static_cast<void>(embedding(zeros({2, 3}), index, 2));
      },
      "[embedding] padding index out of range: got 2, need 0 <= index < 2");
  BOOST_CHECK_THROW(static_cast<void>(tile(zeros({4}), {std::int64_t{1} << 62})), ShapeError);
  BOOST_CHECK_THROW(static_cast<void>(repeat_interleave(zeros({4}), std::int64_t{1} << 62, 0)),
                    ShapeError);
}

BOOST_AUTO_TEST_CASE(index_picks_by_several_tensors_that_broadcast) {
  const Tensor x = variable(counted({3, 2, 2}));
  const Tensor rows = tensor({{0}, {2}}, int64), columns = tensor({1, 0}, int64);
  const Tensor y = index(x, {rows, columns});
  BOOST_TEST(y.shape() == (Shape{2, 2, 2}));
  BOOST_TEST(numbers(y) == (Numbers{2, 3, 0, 1, 10, 11, 8, 9}), kEach);
  BOOST_TEST(weighted_gradient(y, x) == (Numbers{3, 4, 1, 2, 0, 0, 0, 0, 7, 8, 5, 6}), kEach);
  refused<DomainError>([&] { static_cast<void>(index(x, {tensor({3}, int64)})); },
                       "[index] index out of range: got 3, need 0 <= index < 3");
  refused<ShapeError>(
      [&] {
        static_cast<void>(index(counted({2}), {rows, columns}));
      },
      "[index] got 2 indices for x (2,), need at least one and not more than it has "
      "axes");
}

BOOST_AUTO_TEST_CASE(index_put_writes_over_or_adds_up) {
  const Tensor x = variable(counted({2, 2}));
  const Tensor v = variable(tensor({10, 20, 30}, float64));
  const std::vector<Tensor> at{tensor({0, 1, 0}, int64), tensor({1, 0, 1}, int64)};
  const Tensor put = index_put(x, at, v);
  BOOST_TEST(numbers(put) == (Numbers{0, 30, 20, 3}), kEach);
  BOOST_TEST(weighted_gradient(index_put(x, at, v), v) == (Numbers{0, 3, 2}), kEach);
  BOOST_TEST(weighted_gradient(put, x) == (Numbers{1, 0, 0, 4}), kEach);
  const Tensor added = index_put(x, at, v, true);
  BOOST_TEST(numbers(added) == (Numbers{0, 41, 22, 3}), kEach);
  BOOST_TEST(weighted_gradient(index_put(x, at, v, true), v) == (Numbers{2, 3, 2}), kEach);
  BOOST_TEST(weighted_gradient(added, x) == (Numbers{1, 2, 3, 4}), kEach);
  const Tensor rows = index_put(counted({3, 2}), {tensor({2, 0}, int64)}, tensor(7.0, float64));
  BOOST_TEST(numbers(rows) == (Numbers{7, 7, 2, 3, 7, 7}), kEach);
}

BOOST_AUTO_TEST_CASE(what_is_masked_gets_no_gradient_even_if_it_is_infinite) {
  const Tensor x = variable(tensor({0, -1, 4}, float64));
  const Tensor root = sqrt(x);
  const Tensor filled = masked_fill(root, x <= 0, -1.0);
  BOOST_TEST(numbers(filled) == (Numbers{-1, -1, 2}), kEach);
  BOOST_TEST(weighted_gradient(filled, x) == (Numbers{0, 0, 0.75}), kEach);
  const Tensor selected = masked_select(sqrt(x), x > 0);
  BOOST_TEST(numbers(selected) == (Numbers{2}), kEach);
  BOOST_TEST(weighted_gradient(selected, x) == (Numbers{0, 0, 0.25}), kEach);
  refused<DTypeError>([&] { static_cast<void>(masked_select(x, x)); },
                      "[masked_select] the mask is float64, need bool; compare with 0");
}

BOOST_AUTO_TEST_CASE(masked_select_broadcasts_both_ways) {
  const Tensor y = masked_select(counted({2, 1}), tensor({0, 1, 1}, int64) != 0);
  BOOST_TEST(numbers(y) == (Numbers{0, 0, 1, 1}), kEach);
  BOOST_TEST(masked_select(zeros({0}), zeros({0}) > 0).numel() == 0);
}

BOOST_AUTO_TEST_CASE(masked_scatter_puts_one_element_after_another_where_the_mask_holds) {
  const Tensor x = variable(counted({2, 3})), source = variable(tensor({7, 8, 9, 10}, float64));
  const Tensor mask = tensor({{0, 1, 0}, {1, 0, 1}}, boolean);
  const auto put = [&] { return masked_scatter(x, mask, source); };
  BOOST_TEST(numbers(put()) == (Numbers{0, 7, 2, 8, 4, 9}), kEach);
  BOOST_TEST(weighted_gradient(put(), x) == (Numbers{1, 0, 3, 0, 5, 0}), kEach);
  BOOST_TEST(weighted_gradient(put(), source) == (Numbers{2, 4, 6, 0}), kEach);
  // Both broadcast; the source has a shape of its own.
  const Tensor wide = masked_scatter(counted({2, 1}), tensor({1, 0, 1}, boolean),
                                     tensor({{5, 6}, {7, 8}}, float64).transpose());
  BOOST_TEST(numbers(wide) == (Numbers{5, 0, 7, 6, 1, 8}), kEach);
  // What is masked is not looked at.
  const Tensor at = variable(tensor({-1.0, 4.0}, float64));
  const Tensor z = masked_scatter(sqrt(at), at < 0, ones({1}, float64));
  BOOST_TEST(weighted_gradient(z, at) == (Numbers{0, 0.5}), kEach);
  BOOST_TEST(numbers(masked_scatter(x, mask != mask, zeros({0}, float64))) == numbers(x), kEach);
  BOOST_TEST(masked_scatter(zeros({0}), zeros({0}) > 0, zeros({3})).numel() == 0);
  BOOST_TEST(
      places(masked_scatter(tensor({1, 2}, int64), tensor({0, 1}, boolean),
                            tensor({9007199254740993}, int64))) == (Places{1, 9007199254740993}),
      kEach);
  refused<DTypeError>([&] { static_cast<void>(masked_scatter(x, x, source)); },
                      "[masked_scatter] the mask is float64, need bool; compare with 0");
  refused<DTypeError>([&] { static_cast<void>(masked_scatter(x, mask, zeros({4}))); },
                      "[masked_scatter] the source is float32, x is float64, need the same type; "
                      "convert with to()");
  refused<ShapeError>(
      [&] {
        static_cast<void>(masked_scatter(x, mask, zeros({2, 1}, float64)));
      },
      "[masked_scatter] the source is (2, 1), need at least 3 elements, as many as the mask holds");
  refused<ShapeError>(
      [&] { static_cast<void>(masked_scatter(x, zeros({2}) > 0, source)); },
      "[masked_scatter] shapes do not broadcast: a is (2, 3), b is (2,), need equal sizes or 1 at "
      "axis 1");
}

BOOST_AUTO_TEST_CASE(searchsorted_finds_the_place_before_or_behind_equal_numbers) {
  const Tensor sorted = tensor({1, 3, 3, 5}, float64);
  const Tensor values = tensor({{0, 1, 3}, {4, 5, 6}}, float64);
  const Tensor left = searchsorted(sorted, values);
  BOOST_TEST(left.shape() == (Shape{2, 3}));
  BOOST_TEST(places(left) == (Places{0, 0, 1, 3, 3, 4}), kEach);
  BOOST_TEST(places(searchsorted(sorted, values, SearchSide::right)) == (Places{0, 1, 3, 3, 4, 4}),
             kEach);
  BOOST_TEST(!searchsorted(variable(sorted), variable(values)).requires_grad());
  BOOST_TEST(places(searchsorted(sorted, tensor(3.0, float64))) == (Places{1}), kEach);
  // A row for each row.
  const Tensor rows = tensor({{1, 2}, {3, 4}, {5, 6}}, int64).transpose();  // (2, 3)
  const Tensor each = searchsorted(rows, tensor({{3, 6}, {3, 6}}, int64));
  BOOST_TEST(places(each) == (Places{1, 3, 1, 2}), kEach);
  // NaN is the greatest, as sort puts it.
  const double nan = std::nan("");
  const Tensor with_nan = tensor({1.0, nan, nan}, float64), at = tensor({nan, 2.0}, float64);
  BOOST_TEST(places(searchsorted(with_nan, at)) == (Places{1, 1}), kEach);
  BOOST_TEST(places(searchsorted(with_nan, at, SearchSide::right)) == (Places{3, 1}), kEach);
  BOOST_TEST(places(searchsorted(zeros({0}), zeros({2}))) == (Places{0, 0}), kEach);
  BOOST_TEST(searchsorted(zeros({3}), zeros({0, 2})).shape() == (Shape{0, 2}));
  refused<ShapeError>(
      [&] {
        static_cast<void>(searchsorted(zeros({2, 3}), zeros({3, 3})));
      },
      "[searchsorted] sorted is (2, 3), values are (3, 3), need a vector, or the same "
      "sizes before the last axis");
  refused<ShapeError>(
      [&] { static_cast<void>(searchsorted(zeros({}), zeros({3}))); },
      "[searchsorted] sorted is (), values are (3,), need a vector, or the same sizes "
      "before the last axis");
  refused<DTypeError>([&] { static_cast<void>(searchsorted(zeros({3}), values)); },
                      "[searchsorted] sorted is float32, values are float64, need the same type; "
                      "convert with to()");
}

BOOST_AUTO_TEST_CASE(nonzero_tells_each_place_by_its_axes) {
  const Tensor x = tensor({{0.0, 2.0, std::nan("")}, {-1.0, 0.0, 0.0}});
  const Tensor y = nonzero(x);
  BOOST_TEST(y.shape() == (Shape{3, 2}));
  BOOST_TEST(places(y) == (Places{0, 1, 0, 2, 1, 0}), kEach);
  BOOST_TEST(nonzero(tensor(3.0)).shape() == (Shape{1, 0}));
  BOOST_TEST(nonzero(zeros({0, 2})).shape() == (Shape{0, 2}));
}

BOOST_AUTO_TEST_CASE(unique_numbers_come_in_order_with_their_counts) {
  const Tensor x = tensor({{3, 1, 3}, {2, 1, 3}}, int64);
  const UniqueResult all = unique(x);
  BOOST_TEST(places(all.values) == (Places{1, 2, 3}), kEach);
  BOOST_TEST(places(all.counts) == (Places{2, 1, 3}), kEach);
  BOOST_TEST(places(all.inverse) == (Places{2, 0, 2, 1, 0, 2}), kEach);
  BOOST_TEST(places(take(all.values, all.inverse)) == places(x), kEach);
  BOOST_TEST(unique(tensor({std::nan(""), 1.0, std::nan("")})).values.numel() == 3);
  BOOST_TEST(unique(zeros({0})).values.numel() == 0);
}

// Rows longer than a vector register, by an index that names whole rows: stretched along them.
BOOST_AUTO_TEST_CASE(an_index_that_is_stretched_moves_whole_slices) {
  constexpr std::int64_t kWidth = 83;
  const Places names{2, 0, 2, 4, 0};
  const Tensor index = broadcast_to(reshape(tensor({2, 0, 2, 4, 0}, int64), {5, 1}), {5, kWidth});
  for (const DType dtype : {float32, float64}) {
    for (const bool strided : {false, true}) {
      const auto drawn = [&](std::int64_t rows) {
        return variable(strided ? flip(rand({kWidth, rows}, dtype).transpose(), 1)
                                : rand({rows, kWidth}, dtype));
      };
      const Tensor x = drawn(6), s = drawn(5), w = drawn(6).detach(), v = drawn(5).detach();
      Numbers picked(numbers(s)), put(numbers(x)), summed(6 * kWidth);
      Numbers of_gather(6 * kWidth), of_x(numbers(w)), of_s(5 * kWidth);
      for (std::size_t i = 0; i < names.size(); ++i) {
        for (std::size_t j = 0; j < kWidth; ++j) {
          const std::size_t from = i * kWidth + j;
          const std::size_t to = static_cast<std::size_t>(names[i]) * kWidth + j;
          picked[from] = numbers(x)[to];
          put[to] = numbers(s)[from];
          summed[to] += numbers(s)[from];
          of_gather[to] += numbers(v)[from];
          of_x[to] = 0;
          const bool wins = i == 4 || i == 3 || i == 2;
          if (wins) of_s[from] = numbers(w)[to];
        }
      }
      const Tensor y = gather(x, 0, index);
      BOOST_TEST(numbers(y) == picked, kEach);
      const auto [by_gather] = grad(y, wrt(x), v);
      check_near(by_gather, of_gather, dtype);
      const Tensor z = scatter(x, 0, index, s);
      BOOST_TEST(numbers(z) == put, kEach);
      const auto [by_x, by_s] = grad(z, wrt(x, s), w);
      BOOST_TEST(numbers(by_x) == of_x, kEach);
      BOOST_TEST(numbers(by_s) == of_s, kEach);
      check_near(scatter_add(s, 0, index, 6), summed, dtype);
    }
  }
  refused<DomainError>(
      [&] {
        static_cast<void>(gather(zeros({4, kWidth}), 0, index));
      },
      "[gather] index out of range: got 4, need 0 <= index < 4");
  BOOST_TEST(gather(zeros({0, 3}), 0, broadcast_to(zeros({0, 1}, int64), {0, 3})).numel() == 0);
}

// Planes of an index that is cut into blocks, with axes before them and rows that are not dense.
BOOST_AUTO_TEST_CASE(short_rows_are_picked_and_put_as_in_a_plain_loop) {
  const Shape shape{3, 700, 5};
  const std::array<std::int64_t, 3> steps{3500, 5, 1};
  for (const int axis : {0, 1, 2}) {
    for (const bool strided : {false, true}) {
      Places drawn;
      for (std::int64_t i = 0; i < shape.numel(); ++i)
        drawn.push_back((i * i + i / 7) % shape[axis]);
      Tensor index = from_span(std::span<const std::int64_t>(drawn), shape);
      if (strided) index = index.transpose(1, 2).clone().transpose(1, 2).slice(1, 0, 650);
      const Tensor x = variable(rand(shape, float64)), s = variable(rand(index.shape(), float64));
      const Numbers from = numbers(x), source = numbers(s);
      const Places named = places(index);
      Numbers picked, put(from), added(from);
      Places last(from.size(), -1);
      for (std::size_t i = 0; i < named.size(); ++i) {
        const auto own = static_cast<std::int64_t>(i), columns = index.size(1) * 5;
        const std::int64_t at[] = {own / columns, own % columns / 5, own % 5};
        std::int64_t place = named[i] * steps[static_cast<std::size_t>(axis)];
        for (std::size_t a = 0; a < 3; ++a)
          place += static_cast<int>(a) == axis ? 0 : at[a] * steps[a];
        const auto to = static_cast<std::size_t>(place);
        picked.push_back(from[to]);
        put[to] = source[i];
        added[to] += source[i];
        last[to] = own;
      }
      BOOST_TEST(numbers(gather(x, axis, index)) == picked, kEach);
      BOOST_TEST(numbers(scatter_add(x, axis, index, s)) == added, kEach);
      const Tensor y = scatter(x, axis, index, s), w = rand(shape, float64);
      BOOST_TEST(numbers(y) == put, kEach);
      Numbers of_x = numbers(w), of_s(named.size());
      for (std::size_t to = 0; to < last.size(); ++to)
        if (last[to] >= 0) of_s[static_cast<std::size_t>(last[to])] = std::exchange(of_x[to], 0);
      const auto [by_x, by_s] = grad(y, wrt(x, s), w);
      BOOST_TEST(numbers(by_x) == of_x, kEach);
      BOOST_TEST(numbers(by_s) == of_s, kEach);
      std::vector<std::int64_t> wrong(named);
      wrong[wrong.size() * 2 / 3] = 800;
      const Tensor bad = from_span(std::span<const std::int64_t>(wrong), index.shape());
      refused<DomainError>(
          [&] { static_cast<void>(gather(x, axis, bad)); },
          "[gather] index out of range: got 800, need 0 <= index < " + std::to_string(shape[axis]));
    }
  }
}

// Indices are checked in blocks.
BOOST_AUTO_TEST_CASE(an_index_out_of_range_is_named_wherever_it_stands) {
  for (const std::int64_t at : {0, 1023, 1024, 2500, 2999}) {
    std::vector<std::int64_t> named(3000);
    named[static_cast<std::size_t>(at)] = -7;
    const Tensor index = from_span(std::span<const std::int64_t>(named));
    const std::string text = "index out of range: got -7, need 0 <= index < 5";
    const Tensor x = zeros({5});
    refused<DomainError>([&] { static_cast<void>(gather(x, 0, index)); }, "[gather] " + text);
    refused<DomainError>([&] { static_cast<void>(scatter(x, 0, index, zeros({3000}))); },
                         "[scatter] " + text);
    refused<DomainError>([&] { static_cast<void>(take(x, flip(index, 0))); }, "[take] " + text);
    refused<DomainError>([&] { static_cast<void>(index_put(x, {index}, zeros({3000}), true)); },
                         "[index_put] " + text);
  }
}

BOOST_AUTO_TEST_CASE(index_add_adds_slices_as_a_plain_loop_does) {
  const Places names{1, 0, 1, 3, 1};
  const Tensor index = tensor({1, 0, 1, 3, 1}, int64);
  for (const DType dtype : {float32, float64}) {
    for (const std::int64_t inner : {1, 83}) {
      const Tensor x = variable(flip(rand({4, 2, inner}, dtype), 0).transpose(0, 1));
      const Tensor s = variable(flip(rand({2, 5, inner}, dtype), {0, 2}));
      const Numbers added = numbers(s);
      Numbers want = numbers(x);
      for (std::size_t block = 0; block < 2; ++block) {
        for (std::size_t i = 0; i < names.size(); ++i) {
          for (std::size_t k = 0; k < static_cast<std::size_t>(inner); ++k) {
            const std::size_t row = block * 4 + static_cast<std::size_t>(names[i]);
            want[row * static_cast<std::size_t>(inner) + k] +=
                added[(block * 5 + i) * static_cast<std::size_t>(inner) + k];
          }
        }
      }
      const Tensor y = index_add(x, 1, index, s), w = rand(y.shape(), dtype);
      check_near(y, want, dtype);
      const auto [of_x, of_s] = grad(y, wrt(x, s), w);
      BOOST_TEST(numbers(of_x) == numbers(w), kEach);
      BOOST_TEST(numbers(of_s) == numbers(index_select(w, 1, index)), kEach);
    }
  }
  const Tensor x = variable(counted({3}));
  const Tensor twice = index_add(x, 0, tensor({2, 2, 0}, int64), x);
  BOOST_TEST(numbers(twice) == (Numbers{2, 1, 3}), kEach);
  BOOST_TEST(weighted_gradient(twice, x) == (Numbers{4, 5, 4}), kEach);
  BOOST_TEST(numbers(index_add(x, 0, zeros({0}, int64), zeros({0}, float64))) == numbers(x), kEach);
}

BOOST_AUTO_TEST_CASE(a_mask_is_read_as_a_plain_loop_does) {
  const Tensor x = rand({37, 41}, float64);
  for (const double share : {0.0, 0.5, 0.97, 1.0}) {
    const Tensor mask = (rand({41, 37}, float64) < share).transpose();
    Numbers want;
    Places at;
    for (std::int64_t i = 0; i < 37; ++i) {
      for (std::int64_t j = 0; j < 41; ++j) {
        if (!mask.at<bool>({i, j})) continue;
        want.push_back(x.at({i, j}));
        at.insert(at.end(), {i, j});
      }
    }
    BOOST_TEST(numbers(masked_select(x, mask)) == want, kEach);
    BOOST_TEST(places(nonzero(mask)) == at, kEach);
  }
}

BOOST_AUTO_TEST_CASE(second_derivatives_go_through_picking_and_putting) {
  const auto f = [](const Tensor& x) {
    const Tensor i = tensor({2, 0, 2}, int64);
    return pow(index_select(x, 0, i), 3).sum() + pow(scatter(x, 0, i, x), 3).sum();
  };
  const Tensor h = hessian(f, tensor({1, 2, 3}, float64));
  // The first term has 2 x_2^3 + x_0^3; in the second x_1 wins at 0, and x_2 at 2.
  BOOST_TEST(numbers(h) == (Numbers{6, 0, 0, 0, 24, 0, 0, 0, 54}), kEach);
}

BOOST_AUTO_TEST_CASE(the_last_of_equal_indices_wins_as_in_a_plain_loop) {
  for (const int axis : {0, 1}) {
    for (const bool strided : {false, true}) {
      const Drawn drawn(axis, strided);
      const Tensor x = variable(drawn.x), s = variable(drawn.source);
      const Tensor y = scatter(x, axis, drawn.index, s);
      Numbers want = numbers(x);
      for (std::size_t i = 0; i < drawn.to.size(); ++i) want[drawn.to[i]] = numbers(s)[i];
      BOOST_TEST(numbers(y) == want, kEach);
      const auto winners = drawn.winners();
      // Of sum(w y^3): 3 w y^2 at order 1; of its product with v, 6 w v y at order 2.
      const Tensor w = counted({3, 4}) + 1;
      const auto [by_x, by_s] = grad((w * pow(y, 3)).sum(), wrt(x, s), {.create_graph = true});
      const auto [of_x, of_s] = grad((by_x * 2).sum() + (by_s * 5).sum(), wrt(x, s));
      Numbers slopes(12), curvatures(12), of_source(drawn.to.size()), of_source_2(drawn.to.size());
      for (std::size_t place = 0; place < 12; ++place) {
        const double weight = static_cast<double>(place) + 1, value = want[place];
        const bool is_kept = winners[place] < 0;
        const auto winner = static_cast<std::size_t>(winners[place]);
        (is_kept ? slopes[place] : of_source[winner]) = weight * 3 * value * value;
        (is_kept ? curvatures[place] : of_source_2[winner]) =
            weight * 6 * value * (is_kept ? 2 : 5);
      }
      check_near(by_x, slopes);
      check_near(by_s, of_source);
      check_near(of_x, curvatures);
      check_near(of_s, of_source_2);
      const auto [plain_x, plain_s] =
          grad((w * pow(scatter(x, axis, drawn.index, s), 3)).sum(), wrt(x, s));
      check_near(plain_x, slopes);
      check_near(plain_s, of_source);
    }
  }
}

BOOST_AUTO_TEST_CASE(gather_and_scatter_add_do_what_a_plain_loop_does) {
  for (const int axis : {0, 1}) {
    for (const bool strided : {false, true}) {
      const Drawn drawn(axis, strided);
      const Tensor x = variable(drawn.x), s = variable(drawn.source);
      Numbers picked, sums = numbers(x), slopes(12);
      for (std::size_t i = 0; i < drawn.to.size(); ++i) {
        picked.push_back(numbers(x)[drawn.to[i]]);
        sums[drawn.to[i]] += numbers(s)[i];
        slopes[drawn.to[i]] += static_cast<double>(i) + 1;
      }
      const Tensor y = gather(x, axis, drawn.index);
      BOOST_TEST(numbers(y) == picked, kEach);
      BOOST_TEST(weighted_gradient(y, x) == slopes, kEach);
      check_near(scatter_add(x, axis, drawn.index, s), sums);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_was_written_over_gets_0_whatever_arrives) {
  const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  const Tensor x = variable(zeros({3}, float64)), s = variable(tensor({1, 2, 3}, float64));
  const Tensor index = tensor({1, 0, 1}, int64);
  for (const bool recorded : {false, true}) {
    const Tensor y = scatter(x, 0, index, s);
    const auto [of_x, of_s] =
        grad(y, wrt(x, s), tensor({nan, infinity, 5.0}, float64), {.create_graph = recorded});
    BOOST_TEST(numbers(of_x) == (Numbers{0, 0, 5}), kEach);
    BOOST_TEST(of_s.at({0}) == 0);
    BOOST_TEST(std::isnan(of_s.at({1})));
    BOOST_TEST(of_s.at({2}) == infinity);
  }
  const Tensor table = variable(zeros({2, 1}, float64));
  const auto [g] =
      grad(embedding(table, index, 1), wrt(table), tensor({{nan}, {2.0}, {infinity}}, float64));
  BOOST_TEST(numbers(g) == (Numbers{2, 0}), kEach);
  const auto [filled] =
      grad(masked_fill(x, index == 1, 0.0), wrt(x), tensor({nan, 4.0, infinity}, float64));
  BOOST_TEST(numbers(filled) == (Numbers{0, 4, 0}), kEach);
}

BOOST_AUTO_TEST_CASE(picking_nothing_and_putting_nothing_have_gradients_too) {
  const Tensor none = zeros({0}, int64);
  const Tensor x = variable(counted({2, 3})), flat = variable(zeros({2, 0}, float64));
  const auto check = [](const Tensor& y, const Shape& shape, const Tensor& of, double slope) {
    BOOST_TEST(y.shape() == shape);
    const auto [g] = grad(y.sum(), wrt(of));
    BOOST_TEST(numbers(g) == Numbers(static_cast<std::size_t>(of.numel()), slope), kEach);
  };
  check(index_select(x, 1, none), {2, 0}, x, 0);
  check(gather(x, 0, zeros({0, 3}, int64)), {0, 3}, x, 0);
  check(take(x, none), {0}, x, 0);
  check(index(x, {none}), {0, 3}, x, 0);
  check(embedding(x, zeros({2, 0}, int64)), {2, 0, 3}, x, 0);
  check(masked_select(x, x < 0), {0}, x, 0);
  check(masked_scatter(x, x < 0, zeros({0}, float64)), {2, 3}, x, 1);
  check(scatter(x, 0, zeros({0, 3}, int64), zeros({0, 3}, float64)), {2, 3}, x, 1);
  check(scatter_add(x, 0, zeros({0, 3}, int64), zeros({0, 3}, float64)), {2, 3}, x, 1);
  check(index_add(x, 1, none, zeros({2, 0}, float64)), {2, 3}, x, 1);
  check(index_put(x, {none}, zeros({0, 3}, float64)), {2, 3}, x, 1);
  check(index_put(x, {none}, zeros({0, 3}, float64), true), {2, 3}, x, 1);
  check(index_select(flat, 0, tensor({1, 1, 0}, int64)), {3, 0}, flat, 0);
  check(index(flat, {tensor({1}, int64)}), {1, 0}, flat, 0);
  check(index_sum(flat, 0, tensor({1, 1}, int64), 4), {4, 0}, flat, 0);
  check(index_put(flat, {tensor({1}, int64)}, zeros({1, 0}, float64)), {2, 0}, flat, 0);
}

BOOST_AUTO_TEST_CASE(a_stretched_source_gets_the_sum_of_what_it_was_put_to) {
  const Tensor x = counted({3, 2});
  const Tensor v = variable(tensor(7.0, float64)), row = variable(tensor({10, 20}, float64));
  const Tensor at = tensor({2, 0, 2}, int64);
  BOOST_TEST(weighted_gradient(index_put(x, {at}, v), v) == (Numbers{1 + 2 + 5 + 6}), kEach);
  BOOST_TEST(weighted_gradient(index_put(x, {at}, v, true), v) == (Numbers{1 + 2 + 5 + 6 + 5 + 6}),
             kEach);
  BOOST_TEST(
      numbers(index_add(x, 0, at, broadcast_to(row, {3, 2}))) == (Numbers{10, 21, 2, 3, 24, 45}),
      kEach);
  BOOST_TEST(weighted_gradient(index_add(x, 0, at, broadcast_to(row, {3, 2})), row) ==
                 (Numbers{1 + 5 + 5, 2 + 6 + 6}),
             kEach);
}

BOOST_AUTO_TEST_CASE(curvature_counts_how_often_an_element_was_picked) {
  const Tensor x = tensor({1, 2, 3}, float64);
  const Tensor i = tensor({2, 0, 2, 2}, int64);
  const auto check = [&x](const std::function<Tensor(const Tensor&)>& pick, const Numbers& times) {
    const Tensor h = hessian([&pick](const Tensor& at) { return pow(pick(at), 3).sum(); }, x);
    for (int a = 0; a < 3; ++a) {
      for (int b = 0; b < 3; ++b)
        BOOST_TEST(h.at({a, b}) ==
                   (a == b ? 6 * x.at({a}) * times[static_cast<std::size_t>(a)] : 0));
    }
  };
  check([&](const Tensor& at) { return gather(at, 0, i); }, {1, 0, 3});
  check([&](const Tensor& at) { return take(at, i); }, {1, 0, 3});
  check([&](const Tensor& at) { return index(at, {i}); }, {1, 0, 3});
  check([&](const Tensor& at) { return embedding(at.reshape({3, 1}), i, 0); }, {0, 0, 3});
  check([&](const Tensor& at) { return masked_select(at, x > 1); }, {0, 1, 1});
  check([&](const Tensor& at) { return masked_fill(at, x > 1, 4); }, {1, 0, 0});
  check([&](const Tensor& at) { return masked_scatter(at, x > 1, ones({2}, float64)); }, {1, 0, 0});
}

BOOST_AUTO_TEST_CASE(integers_and_booleans_are_picked_and_put_too) {
  const Tensor big = tensor({9007199254740993, 2, 3}, int64), i = tensor({0, 2, 0}, int64);
  BOOST_TEST(places(gather(big, 0, i)) == (Places{9007199254740993, 3, 9007199254740993}), kEach);
  BOOST_TEST(places(index_select(big, 0, i)) == (Places{9007199254740993, 3, 9007199254740993}),
             kEach);
  BOOST_TEST(places(scatter(big, 0, i, tensor({5, 6, 7}, int64))) == (Places{7, 2, 6}), kEach);
  BOOST_TEST(places(index_select(big > 2, 0, i)) == (Places{1, 1, 1}), kEach);
  BOOST_TEST(places(scatter(big > 2, 0, i, tensor({1, 0, 0}, boolean))) == (Places{0, 0, 0}),
             kEach);
  refused<DTypeError>(
      [&] { static_cast<void>(scatter_add(big, 0, i, 3)); },
      "[scatter_add] got int64, need float32 or float64; convert with .to(float32)");
  refused<DTypeError>([&] { static_cast<void>(index_sum(big, 0, i, 3)); },
                      "[index_sum] got int64, need float32 or float64; convert with .to(float32)");
}

BOOST_AUTO_TEST_CASE(indices_that_do_not_fit_are_refused) {
  const Tensor x = zeros({2, 3}), i = tensor({0, 1}, int64);
  refused<ShapeError>(
      [&] { static_cast<void>(index_sum(x, 1, i, 4)); },
      "[index_sum] x is (2, 3), index is (2,), need an index for each slice of axis 1");
  refused<ShapeError>(
      [&] {
        static_cast<void>(gather_rows(x, zeros({1, 1}, int64)));
      },
      "[gather_rows] the index is (1, 1), need a vector");
  refused<ShapeError>([&] { static_cast<void>(gather_rows(zeros({}), i)); },
                      "[gather_rows] a number has no axes: got axis 0, need one; x.reshape({1}) has one");
  refused<DTypeError>([&] { static_cast<void>(take(x, zeros({1}))); },
                      "[take] the index is float32, need int64");
  refused<DomainError>([&] { static_cast<void>(take(x, tensor({6}, int64))); },
                       "[take] index out of range: got 6, need 0 <= index < 6");
  refused<DTypeError>([&] { static_cast<void>(embedding(x, zeros({1}))); },
                      "[embedding] the index is float32, need int64");
  refused<DomainError>(
      [&] {
        static_cast<void>(embedding(x, tensor({{0, -1}}, int64)));
      },
      "[embedding] index out of range: got -1, need 0 <= index < 2");
  refused<DomainError>([&] { static_cast<void>(index_select(x, 1, tensor({3}, int64))); },
                       "[index_select] index out of range: got 3, need 0 <= index < 3");
  const Tensor least = full({1}, -9223372036854775808.0, int64);
  for (const auto& call : std::vector<std::function<void()>>{
           [&] { static_cast<void>(gather(zeros({3}), 0, least)); },
           [&] { static_cast<void>(scatter(zeros({3}), 0, least, ones({1}))); },
           [&] { static_cast<void>(scatter_add(ones({1}), 0, least, 3)); },
           [&] { static_cast<void>(index_select(zeros({3}), 0, least)); },
           [&] { static_cast<void>(index(zeros({3}), {least})); }})
    BOOST_CHECK_THROW(call(), DomainError);
}

BOOST_AUTO_TEST_CASE(conditions_read_strided_operands_in_row_major_order) {
  const Tensor x = tensor({{0, 5, 0}, {7, 0, 5}}, int64).transpose();  // 0 7; 5 0; 0 5
  BOOST_TEST(places(nonzero(x)) == (Places{0, 1, 1, 0, 2, 1}), kEach);
  const UniqueResult all = unique(x);
  BOOST_TEST(places(all.values) == (Places{0, 5, 7}), kEach);
  BOOST_TEST(places(all.inverse) == (Places{0, 2, 1, 0, 0, 1}), kEach);
  BOOST_TEST(places(all.counts) == (Places{3, 2, 1}), kEach);
  BOOST_TEST(places(masked_select(x, x > 4)) == (Places{7, 5, 5}), kEach);
  BOOST_TEST(unique(tensor({0.0, -0.0})).values.numel() == 1);
  BOOST_TEST(unique(broadcast_to(tensor({2}, int64), {3})).counts.item<std::int64_t>() == 3);
}

BOOST_AUTO_TEST_SUITE_END()
