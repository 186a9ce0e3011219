// SPDX-License-Identifier: MIT
// Ops that move elements: each against a plain loop over indices, or against another op.
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/operation.hpp>
#include <nabla/ops/ops.hpp>

using namespace nabla;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
const double kNan = std::numeric_limits<double>::quiet_NaN();

using Numbers = std::vector<double>;
Numbers numbers(const Tensor& x) { return x.to(float64).to_vector<double>(); }

// 0, 1, 2, ... of this shape.
Tensor counted(const Shape& shape, DType dtype = float64) {
  return arange(shape.numel()).to(dtype).reshape(shape);
}

void check_same(const Tensor& a, const Tensor& b) {
  BOOST_TEST(to_string(a.shape()) == to_string(b.shape()));
  BOOST_TEST(numbers(a) == numbers(b), boost::test_tools::per_element());
}
void check_numbers(const Tensor& a, const Shape& shape, const Numbers& expected) {
  BOOST_TEST(to_string(a.shape()) == to_string(shape));
  BOOST_TEST(numbers(a) == expected, boost::test_tools::per_element());
}

// The gradient of the sum of y(x), weighted by 1, 2, 3, ...
template <class F>
Tensor weighted_gradient(const Tensor& x, const F& y) {
  const Tensor v = variable(x);
  const Tensor result = y(v);
  backward((result * (counted(result.shape(), x.dtype()) + 1)).sum());
  return v.grad();
}

template <class E, class F>
void check_refused(const F& call, const std::string& text) {
  BOOST_CHECK_EXCEPTION(call(), E, [&](const E& error) {
    BOOST_TEST(std::string(error.what()).find(text) != std::string::npos, error.what());
    return true;
  });
}

bool shares(const Tensor& a, const Tensor& b) { return a.node()->storage == b.node()->storage; }

}  // namespace

BOOST_AUTO_TEST_SUITE(shapes)

BOOST_AUTO_TEST_CASE(permute_puts_the_element_of_each_index_where_the_order_says) {
  const Tensor x = counted({2, 3, 4}), y = permute(x, {2, 0, 1});
  BOOST_TEST(to_string(y.shape()) == "(4, 2, 3)");
  for (std::int64_t i = 0; i < 2; ++i)
    for (std::int64_t j = 0; j < 3; ++j)
      for (std::int64_t k = 0; k < 4; ++k) BOOST_TEST(y.at({k, i, j}) == x.at({i, j, k}));
  BOOST_TEST(shares(x, y));
}

BOOST_AUTO_TEST_CASE(moveaxis_moves_one_axis_and_keeps_the_order_of_the_others) {
  const Tensor x = zeros({2, 3, 4, 5});
  BOOST_TEST(to_string(moveaxis(x, 0, -1).shape()) == "(3, 4, 5, 2)");
  BOOST_TEST(to_string(moveaxis(x, 3, 1).shape()) == "(2, 5, 3, 4)");
  BOOST_TEST(to_string(moveaxis(x, 2, 2).shape()) == "(2, 3, 4, 5)");
  BOOST_TEST(to_string(swapaxes(x, 0, -1).shape()) == "(5, 3, 4, 2)");
  check_same(moveaxis(counted({2, 3, 4}), 2, 0), permute(counted({2, 3, 4}), {2, 0, 1}));
}

BOOST_AUTO_TEST_CASE(moveaxis_moves_several_axes_at_once) {
  const Tensor x = counted({2, 3, 4, 5});
  check_same(moveaxis(x, {0, 1}, {-1, -2}), permute(x, {2, 3, 1, 0}));
  check_same(moveaxis(x, {3, 0}, {1, 3}), permute(x, {1, 3, 2, 0}));
  check_same(moveaxis(x, {2}, {0}), moveaxis(x, 2, 0));
  check_same(moveaxis(x, {3, 2, 1, 0}, {0, 1, 2, 3}), permute(x, {3, 2, 1, 0}));
  check_same(moveaxis(x, {}, {}), x);
  BOOST_TEST(shares(x, moveaxis(x, {0, 1}, {2, 3})));
  check_refused<ShapeError>(
      [&] {
        static_cast<void>(moveaxis(x, {0, 1}, {2}));
      },
      "[moveaxis] got 2 axes and 1 places for (2, 3, 4, 5), need as many");
  check_refused<ShapeError>(
      [&] {
        static_cast<void>(moveaxis(x, {0, -4}, {2, 3}));
      },
      "[moveaxis] axis -4 is named twice for (2, 3, 4, 5), need each once");
  check_refused<ShapeError>(
      [&] {
        static_cast<void>(moveaxis(x, {0, 1}, {2, 2}));
      },
      "[moveaxis] place 2 is named twice for (2, 3, 4, 5), need each once");
  check_refused<ShapeError>([&] { static_cast<void>(moveaxis(x, 0, 4)); },
                            "[moveaxis] no such axis: got 4");
  const auto turned = [](const Tensor& v) { return moveaxis(v, {0, 1}, {1, 0}); };
  check_numbers(weighted_gradient(counted({2, 3}), turned), {2, 3}, {1, 3, 5, 2, 4, 6});
}

BOOST_AUTO_TEST_CASE(absurd_widths_and_sizes_are_refused) {
  const Tensor x = zeros({2, 3});
  constexpr std::int64_t kFar = std::int64_t{1} << 62;
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t kGreatest = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t far : {kFar, kGreatest, -kFar, kLeast}) {
    const std::string text = "too far: got " + std::to_string(far);
    for (const PadMode mode : {PadMode::constant, PadMode::reflect, PadMode::replicate}) {
      check_refused<ShapeError>([&] { static_cast<void>(pad(x, far, mode)); }, "[pad] " + text);
      const Padding behind = {1, far};
      check_refused<ShapeError>(
          [&] {
            static_cast<void>(pad(x, {behind, behind}, mode));
          },
          "[pad] " + text);
    }
    for (const auto& [before, after] : {Padding{far, 0}, Padding{0, far}, Padding{far, far}}) {
      check_refused<ShapeError>(
          [&, front = before, back = after] {
            static_cast<void>(fold_padding(x, 0, front, back, PadMode::replicate));
          },
          "[fold_padding] " + text);
    }
    BOOST_TEST(to_string(diagonal(x, far).shape()) == "(0,)");
    check_refused<ShapeError>([&] { static_cast<void>(diag(zeros({2}), far)); }, "[diag] " + text);
  }
  check_refused<ShapeError>([&] { static_cast<void>(pad(x, std::int64_t{1} << 59)); },
                            "[pad] too many elements: got (1152921504606846978, ");
  for (const auto& sizes : {std::initializer_list<std::int64_t>{kFar, -1},
                            {kFar, 4, -1},
                            {-1, kFar, kFar, kFar},
                            {kGreatest, -1, kGreatest},
                            {kFar, 0, kFar, -1}}) {
    check_refused<ShapeError>([&] { static_cast<void>(x.reshape(sizes)); },
                              "[reshape] too many elements: got (");
  }
  check_refused<ShapeError>(
      [&] {
        static_cast<void>(x.reshape({kLeast, -1}));
      },
      "[reshape] negative size: got (");
  // A diagonal far off has a gradient of zeros.
  const auto far_off = [](const Tensor& v) { return diagonal(v, kLeast); };
  check_numbers(weighted_gradient(counted({2, 2}), far_off), {2, 2}, {0, 0, 0, 0});
}

BOOST_AUTO_TEST_CASE(flatten_joins_the_axes_that_it_is_given) {
  const Tensor x = counted({2, 3, 4, 5});
  check_numbers(flatten(x), {120}, numbers(x));
  check_numbers(flatten(x, 1, 2), {2, 12, 5}, numbers(x));
  check_numbers(flatten(x, -2), {2, 3, 20}, numbers(x));
  check_numbers(flatten(x, 1, 1), {2, 3, 4, 5}, numbers(x));
  check_numbers(flatten(tensor(7.0)), {1}, {7});
  check_refused<ShapeError>([&] { static_cast<void>(flatten(x, 2, 1)); },
                            "[flatten] got axes 2 to 1 of (2, 3, 4, 5)");
}

BOOST_AUTO_TEST_CASE(squeeze_takes_axes_of_size_1_away_and_unsqueeze_brings_them_back) {
  const Tensor x = zeros({1, 3, 1, 2});
  BOOST_TEST(to_string(squeeze(x).shape()) == "(3, 2)");
  BOOST_TEST(to_string(squeeze(x, 2).shape()) == "(1, 3, 2)");
  BOOST_TEST(to_string(squeeze(x, {0, -2}).shape()) == "(3, 2)");
  BOOST_TEST(to_string(squeeze(zeros({1, 1})).shape()) == "()");
  BOOST_TEST(to_string(unsqueeze(zeros({3, 2}), -1).shape()) == "(3, 2, 1)");
  BOOST_TEST(to_string(unsqueeze(zeros({3, 2}), 0).shape()) == "(1, 3, 2)");
  BOOST_TEST(to_string(unsqueeze(tensor(1), 0).shape()) == "(1,)");
  check_refused<ShapeError>([&] { static_cast<void>(squeeze(x, 1)); },
                            "[squeeze] got axis 1 of (1, 3, 1, 2), need size 1 there");
  check_refused<ShapeError>([&] { static_cast<void>(unsqueeze(zeros({2}), 2)); },
                            "[unsqueeze] no such axis: got 2");
}

BOOST_AUTO_TEST_CASE(reshape_is_a_view_wherever_strides_can_say_it) {
  const Tensor x = counted({4, 6}), turned = x.transpose();
  BOOST_TEST(shares(x, unsqueeze(turned, 1)));
  BOOST_TEST(shares(x, turned.reshape({2, 3, 4})));
  BOOST_TEST(shares(x, turned.reshape({6, 2, 2})));
  BOOST_TEST(shares(x, x.slice(1, 0, 4).reshape({4, 2, 1, 2})));
  BOOST_TEST(!shares(x, turned.reshape({24})));
  BOOST_TEST(!shares(x, turned.reshape({4, 6})));
  for (const Shape& shape : {Shape{2, 3, 4}, Shape{6, 2, 2}, Shape{24}, Shape{4, 6}, Shape{3, 8}})
    check_numbers(turned.reshape(shape), shape, numbers(turned));
  check_numbers(flip(x).reshape({2, 12}), {2, 12}, numbers(flip(x)));
  const Tensor wide = broadcast_to(tensor({{1}, {2}}), {2, 6});
  BOOST_TEST(shares(wide, wide.reshape({2, 3, 2})));
  check_numbers(wide.reshape({12}), {12}, numbers(wide));
}

BOOST_AUTO_TEST_CASE(expand_keeps_a_size_that_is_minus_1) {
  const Tensor x = counted({3, 1});
  check_same(expand(x, {-1, 4}), broadcast_to(x, {3, 4}));
  check_same(expand(x, {2, -1, -1}), broadcast_to(x, {2, 3, 1}));
  check_refused<ShapeError>(
      [&] {
        static_cast<void>(expand(x, {-1, 3, 4}));
      },
      "[expand] size -1 for a new axis: got (-1, 3, 4) for (3, 1)");
  check_refused<ShapeError>(
      [&] {
        static_cast<void>(expand(x, {2, 4}));
      },
      "[expand] shapes do not broadcast: a is (3, 1), b is (2, 4)");
  check_refused<ShapeError>([&] { static_cast<void>(expand(x, {4})); },
                            "[expand] does not stretch: got (3, 1), need sizes 1");
  check_refused<ShapeError>(
      [&] {
        static_cast<void>(expand(x, {-1, -2}));
      },
      "[expand] negative size: got (3, -2)");
}

BOOST_AUTO_TEST_CASE(broadcast_tensors_gives_all_the_common_shape) {
  const std::vector<Tensor> y = broadcast_tensors({counted({3, 1}), counted({2}), tensor(5.0)});
  check_numbers(y[0], {3, 2}, {0, 0, 1, 1, 2, 2});
  check_numbers(y[1], {3, 2}, {0, 1, 0, 1, 0, 1});
  check_numbers(y[2], {3, 2}, {5, 5, 5, 5, 5, 5});
  check_refused<ShapeError>(
      [] {
        static_cast<void>(broadcast_tensors({zeros({2}), zeros({3})}));
      },
      "[broadcast_tensors] shapes do not broadcast");
}

BOOST_AUTO_TEST_CASE(gradients_of_what_was_stretched_without_elements_have_its_shape) {
  const Tensor column = variable(zeros({0, 1})), matrix = variable(zeros({0, 3}));
  for (const Tensor& y :
       {Tensor(column + matrix), Tensor(column * matrix), Tensor(column / matrix)}) {
    const auto [by_column, by_matrix] = grad(y.sum(), wrt(column, matrix), {.retain_graph = true});
    BOOST_TEST(by_column.shape() == column.shape());
    BOOST_TEST(by_matrix.shape() == matrix.shape());
  }
}

BOOST_AUTO_TEST_CASE(meshgrid_gives_the_coordinates_of_a_grid) {
  const std::vector<Tensor> grid = meshgrid({counted({2}), counted({3}), tensor(9.0)});
  check_numbers(grid[0], {2, 3, 1}, {0, 0, 0, 1, 1, 1});
  check_numbers(grid[1], {2, 3, 1}, {0, 1, 2, 0, 1, 2});
  check_numbers(grid[2], {2, 3, 1}, {9, 9, 9, 9, 9, 9});
  check_refused<ShapeError>(
      [] {
        static_cast<void>(meshgrid({zeros({2, 3})}));
      },
      "[meshgrid] got (2, 3), need vectors or numbers");
  const auto rows = [](const Tensor& x) { return meshgrid({x, x})[0]; };
  check_numbers(weighted_gradient(counted({2}), rows), {2}, {3, 7});
  const std::vector<Tensor> picture =
      meshgrid({counted({2}), counted({3}), counted({2})}, GridIndexing::xy);
  check_numbers(picture[0], {3, 2, 2}, {0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1});
  check_numbers(picture[1], {3, 2, 2}, {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2});
  check_numbers(picture[2], {3, 2, 2}, {0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1});
  check_numbers(meshgrid({counted({2})}, GridIndexing::xy)[0], {2}, {0, 1});
  const auto columns = [](const Tensor& x) { return meshgrid({x, x}, GridIndexing::xy)[0]; };
  check_numbers(weighted_gradient(counted({2}), columns), {2}, {4, 6});
}

BOOST_AUTO_TEST_CASE(narrow_takes_a_part_and_refuses_what_is_not_there) {
  const Tensor x = counted({2, 5});
  check_same(narrow(x, 1, 1, 3), x.slice(1, 1, 4));
  check_same(narrow(x, -1, -2, 2), x.slice(1, 3, 5));
  BOOST_TEST(narrow(x, 1, 5, 0).numel() == 0);
  for (const auto& part : {std::pair{4, 2}, {-6, 1}, {0, -1}, {6, 0}}) {
    check_refused<ShapeError>([&] { static_cast<void>(narrow(x, 1, part.first, part.second)); },
                              "[narrow] got ");
  }
}

BOOST_AUTO_TEST_CASE(split_and_chunk_concatenate_to_the_whole) {
  const Tensor x = counted({2, 7});
  const std::vector<Tensor> threes = split(x, 3, 1), given = split(x, {2, 0, 5}, -1);
  BOOST_TEST(threes.size() == 3u);
  BOOST_TEST(threes[2].size(1) == 1);
  BOOST_TEST(given[1].size(1) == 0);
  check_same(concat(threes, 1), x);
  check_same(concat(given, 1), x);
  // As in PyTorch: parts of ceil(7 / 5) = 2, so 4 of them.
  const std::vector<Tensor> parts = chunk(x, 5, 1);
  BOOST_TEST(parts.size() == 4u);
  check_same(concat(parts, 1), x);
  BOOST_TEST(split(zeros({0}), 2).size() == 1u);
  BOOST_TEST(chunk(zeros({0}), 3).size() == 1u);
  check_numbers(weighted_gradient(x, [](const Tensor& v) { return split(v, 3, 1)[1]; }), {2, 7},
                {0, 0, 0, 1, 2, 3, 0, 0, 0, 0, 4, 5, 6, 0});
  check_refused<ShapeError>(
      [&] {
        static_cast<void>(split(x, {3, 3}, 1));
      },
      "[split] the sizes do not add up: got {3, 3} along axis 1 of (2, 7), need 7");
  check_refused<ShapeError>([&] { static_cast<void>(split(x, {8, -1}, 1)); }, "got {8, -1}");
  check_refused<DomainError>([&] { static_cast<void>(split(x, 0, 1)); }, "[split] got size 0");
  check_refused<DomainError>([&] { static_cast<void>(chunk(x, 0, 1)); }, "[chunk] got 0 parts");
}

BOOST_AUTO_TEST_CASE(slice_takes_the_places_that_python_takes) {
  // Python's rule: negative positions count from the end, then both are cut off to the places there
  // are, -1 standing for the one before the first if the step is negative.
  for (const std::int64_t n : {0, 1, 5}) {
    const Tensor x = counted({n});
    for (std::int64_t start = -7; start <= 7; ++start) {
      for (std::int64_t stop = -7; stop <= 7; ++stop) {
        for (const std::int64_t step : {-9, -2, -1, 1, 2, 9}) {
          const auto position = [&](std::int64_t p) {
            if (p < 0) p += n;
            const std::int64_t low = step < 0 ? -1 : 0, high = step < 0 ? n - 1 : n;
            return p < low ? low : p > high ? high : p;
          };
          Numbers expected;
          for (std::int64_t i = position(start); step < 0 ? i > position(stop) : i < position(stop);
               i += step)
            expected.push_back(static_cast<double>(i));
          BOOST_TEST(numbers(x.slice(0, start, stop, step)) == expected,
                     boost::test_tools::per_element());
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(flip_turns_the_axes_round_and_twice_is_nothing) {
  const Tensor x = counted({2, 3});
  check_numbers(flip(x), {2, 3}, {5, 4, 3, 2, 1, 0});
  check_numbers(flip(x, 0), {2, 3}, {3, 4, 5, 0, 1, 2});
  check_numbers(flip(x, 1), {2, 3}, {2, 1, 0, 5, 4, 3});
  check_same(flip(flip(x, 0), 0), x);
  BOOST_TEST(shares(flip(x), x));
  check_numbers(flip(tensor({true, false}, boolean)), {2}, {0, 1});
  check_numbers(flip(tensor(3.0)), {}, {3});
  check_numbers(weighted_gradient(x, [](const Tensor& v) { return flip(v, 1); }), {2, 3},
                {3, 2, 1, 6, 5, 4});
}

BOOST_AUTO_TEST_CASE(negative_strides_give_what_a_copy_gives) {
  // Large enough for the kernels that cut into blocks; odd sizes.
  for (const DType dtype : {float32, float64}) {
    Random random(7);
    const Tensor x = randn({67, 129}, random, dtype), w = randn({129, 71}, random, dtype);
    for (const Axes& axes : {Axes(0), Axes(1), Axes{0, 1}}) {
      const Tensor view = flip(x, axes), copy = view.contiguous();
      BOOST_TEST(!view.is_contiguous());
      const Tensor turned = flip(x.transpose(), axes);
      check_same(turned.contiguous().clone(), turned);
      check_same(view.exp(), copy.exp());
      check_same(view + view.transpose().transpose(), copy + copy);
      check_same(view.sum(0), copy.sum(0));
      check_same(view.sum(1), copy.sum(1));
      check_same(view.max(1), copy.max(1));
      check_same(softmax(view, 0), softmax(copy, 0));
      check_same(view.to(float64), copy.to(float64));
      const Tensor product = matmul(view, flip(w)), expected = matmul(copy, flip(w).contiguous());
      // Of 129 products in another order: <= 129 eps sum |x w|, about 100.
      const double tolerance = 2e4 * (dtype == float32 ? 6e-8 : 1.2e-16);
      BOOST_TEST((product - expected).abs().max().item() <= tolerance);
      check_same(concat({view, x}, 0).slice(0, 0, 67), copy);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_flipped_view_can_be_written_and_an_unfolded_one_cannot) {
  Tensor x = counted({4}), turned = flip(x);
  turned += tensor({10, 20, 30, 40}, float64);
  check_numbers(x, {4}, {40, 31, 22, 13});
  Tensor windows = unfold(x, 0, 2);
  check_refused<GraphError>([&] { windows += 1; }, "places of the target may share elements");
  Tensor strided = as_strided(x, {2, 3}, {1, 1});
  check_refused<GraphError>([&] { strided += 1; }, "places of the target may share elements");
  Tensor apart = unfold(x, 0, 2, 2);
  apart += 1;
  check_numbers(x, {4}, {41, 32, 23, 14});
  Tensor middle = diagonal(counted({2, 3, 3}), 0, 1, 2);
  BOOST_CHECK_NO_THROW(middle += 1);
}

BOOST_AUTO_TEST_CASE(roll_moves_on_what_leaves_at_the_end) {
  const Tensor x = counted({3, 5, 2});
  for (const auto& [a, b] :
       {std::pair<std::int64_t, std::int64_t>{1, -2}, {0, 3}, {-7, 12}, {3, 5}}) {
    const Tensor y = roll(x.transpose(0, 2).contiguous().transpose(0, 2), {a, b}, {0, 1});
    const auto modulo = [](std::int64_t i, std::int64_t n) { return (i % n + n) % n; };
    for (std::int64_t i = 0; i < 3; ++i)
      for (std::int64_t j = 0; j < 5; ++j)
        for (std::int64_t k = 0; k < 2; ++k)
          BOOST_TEST(y.at({modulo(i + a, 3), modulo(j + b, 5), k}) == x.at({i, j, k}));
  }
  check_numbers(roll(counted({2, 3}), 1), {2, 3}, {5, 0, 1, 2, 3, 4});
  check_numbers(roll(counted({4}, int64), {1, 2}, {0, 0}), {4}, {1, 2, 3, 0});
  check_numbers(roll(tensor(2.0), 1), {}, {2});
}

BOOST_AUTO_TEST_CASE(tile_repeats_the_whole_and_repeat_interleave_each_element) {
  const Tensor x = counted({2, 2});
  check_numbers(tile(x, {2, 3}), {4, 6},
                {0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3, 0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3});
  check_numbers(tile(x, {2}), {2, 4}, {0, 1, 0, 1, 2, 3, 2, 3});
  check_numbers(tile(x, {2, 1, 1}), {2, 2, 2}, {0, 1, 2, 3, 0, 1, 2, 3});
  check_numbers(tile(x.transpose(), {1, 2}), {2, 4}, {0, 2, 0, 2, 1, 3, 1, 3});
  BOOST_TEST(to_string(tile(x, {0, 2}).shape()) == "(0, 4)");
  check_numbers(repeat_interleave(x, 2, 0), {4, 2}, {0, 1, 0, 1, 2, 3, 2, 3});
  check_numbers(repeat_interleave(x, 2, -1), {2, 4}, {0, 0, 1, 1, 2, 2, 3, 3});
  BOOST_TEST(to_string(repeat_interleave(x, 0, 1).shape()) == "(2, 0)");
  check_numbers(weighted_gradient(x, [](const Tensor& v) { return repeat_interleave(v, 2, 0); }),
                {2, 2}, {1 + 3, 2 + 4, 5 + 7, 6 + 8});
  check_refused<DomainError>([&] { static_cast<void>(repeat_interleave(x, -1, 0)); },
                             "[repeat_interleave] got count -1, need 0 or more");
}

BOOST_AUTO_TEST_CASE(the_gradient_of_tile_adds_up_in_double) {
  // In float32, 1 + 2^-24 + 2^-24 + ... would stay 1.
  const std::int64_t count = 1 << 12;
  const Tensor x = variable(ones({1}));
  Tensor seed = full({count}, std::ldexp(1.0, -24));
  seed.mutable_data<float>()[0] = 1;
  tile(x, {count}).backward(seed);
  BOOST_TEST(x.grad().item() == 1 + (count - 1) * std::ldexp(1.0, -24),
             boost::test_tools::tolerance(1.2e-7));
}

BOOST_AUTO_TEST_CASE(tril_and_triu_keep_their_side_of_any_diagonal) {
  const std::int64_t kFar = std::numeric_limits<std::int64_t>::max();
  for (const Shape& shape : {Shape{2, 3, 4}, Shape{2, 4, 3}, Shape{1, 1, 1}}) {
    const Tensor x = counted(shape) + 1, turned = x.transpose(1, 2).contiguous().transpose(1, 2);
    for (const std::int64_t d : {-kFar - 1, -kFar, std::int64_t{-5}, std::int64_t{-1},
                                 std::int64_t{0}, std::int64_t{2}, std::int64_t{4}, kFar}) {
      const Tensor low = tril(turned, d), high = triu(x, d);
      for (std::int64_t b = 0; b < shape[0]; ++b) {
        for (std::int64_t i = 0; i < shape[1]; ++i) {
          for (std::int64_t j = 0; j < shape[2]; ++j) {
            BOOST_TEST(low.at({b, i, j}) == (j - i <= d ? x.at({b, i, j}) : 0));
            BOOST_TEST(high.at({b, i, j}) == (j - i >= d ? x.at({b, i, j}) : 0));
          }
        }
      }
    }
  }
  check_numbers(tril(ones({2, 2}, boolean)), {2, 2}, {1, 0, 1, 1});
}

BOOST_AUTO_TEST_CASE(what_tril_leaves_out_is_0_even_if_it_is_not_finite) {
  const Tensor x = tensor({{1, kNan}, {2, kInf}}, float64);
  check_numbers(tril(x, -1), {2, 2}, {0, 0, 2, 0});
  const Tensor v = variable(x);
  tril(v).backward(tensor({{kInf, kNan}, {1, 1}}, float64));
  check_numbers(v.grad(), {2, 2}, {kInf, 0, 1, 1});
}

BOOST_AUTO_TEST_CASE(diagonal_and_diag_embed_agree_with_a_plain_loop) {
  const Tensor x = counted({3, 2, 4});
  for (std::int64_t offset = -4; offset <= 5; ++offset) {
    const Tensor y = diagonal(x, offset, 0, 2);
    Numbers expected;
    for (std::int64_t b = 0; b < 2; ++b)
      for (std::int64_t i = 0; i < 3; ++i)
        if (i + offset >= 0 && i + offset < 4) expected.push_back(x.at({i, b, i + offset}));
    BOOST_TEST(y.size(0) == 2);
    BOOST_TEST(numbers(y) == expected, boost::test_tools::per_element());
    if (y.numel() > 0) check_same(diagonal(diag_embed(y, offset, 0, -1, 3, 4), offset, 0, 2), y);
  }
  check_numbers(diag_embed(counted({2, 2}) + 1), {2, 2, 2}, {1, 0, 0, 2, 3, 0, 0, 4});
  check_numbers(diag_embed(counted({1}) + 1, -1), {2, 2}, {0, 0, 1, 0});
  check_same(diag_embed(counted({2, 3}), 1, 0, 2), diag_embed(counted({2, 3}), -1, 2, 0));
}

BOOST_AUTO_TEST_CASE(diag_goes_both_ways) {
  const Tensor x = counted({3}) + 1;
  check_numbers(diag(x), {3, 3}, {1, 0, 0, 0, 2, 0, 0, 0, 3});
  check_same(diag(diag(x)), x);
  check_same(diag(diag(x, -2), -2), x);
  check_numbers(diag(counted({2, 3}), 1), {2}, {1, 5});
  check_refused<ShapeError>(
      [] {
        static_cast<void>(diag(zeros({1, 2, 3})));
      },
      "[diag] got (1, 2, 3), need a vector or a matrix");
}

BOOST_AUTO_TEST_CASE(pad_with_a_number_adds_and_takes_away) {
  const Tensor x = counted({2, 3});
  check_numbers(pad(x, {{1, 0}, {0, 2}}, PadMode::constant, 7), {3, 5},
                {7, 7, 7, 7, 7, 0, 1, 2, 7, 7, 3, 4, 5, 7, 7});
  check_numbers(pad(x, {{-1, 1}, {1, -1}}), {2, 3}, {0, 3, 4, 0, 0, 0});
  check_numbers(pad(x, {{0, 0}, {-3, 1}}, PadMode::constant, 2), {2, 1}, {2, 2});
  check_numbers(pad(zeros({0}), 1, PadMode::constant, 3), {2}, {3, 3});
  check_numbers(pad(counted({2}, int64), 1, PadMode::constant, -4), {4}, {-4, 0, 1, -4});
  check_numbers(weighted_gradient(x,
                                  [](const Tensor& v) {
                                    return pad(v, {{-1, 1}, {1, 0}});
                                  }),
                {2, 3}, {0, 0, 0, 2, 3, 4});
}

BOOST_AUTO_TEST_CASE(what_surrounds_does_not_reach_the_gradient) {
  const Tensor x = variable(counted({2}));
  pad(x, 1, PadMode::constant, kNan).backward(tensor({kInf, 1, 2, kNan}, float64));
  check_numbers(x.grad(), {2}, {1, 2});
}

BOOST_AUTO_TEST_CASE(pad_continues_the_elements_as_each_mode_says) {
  const Tensor x = counted({3}) + 1;
  check_numbers(pad(x, 2, PadMode::reflect), {7}, {3, 2, 1, 2, 3, 2, 1});
  check_numbers(pad(x, 2, PadMode::replicate), {7}, {1, 1, 1, 2, 3, 3, 3});
  check_numbers(pad(x, 2, PadMode::circular), {7}, {2, 3, 1, 2, 3, 1, 2});
  check_numbers(pad(x, 3, PadMode::circular), {9}, {1, 2, 3, 1, 2, 3, 1, 2, 3});
  check_numbers(pad(tensor({5}, int64), 3, PadMode::replicate), {7}, {5, 5, 5, 5, 5, 5, 5});
  check_same(pad(tensor(1.0), 2, PadMode::reflect), tensor(1.0));
}

// Which of n elements a place outside of them shows.
std::int64_t shown(std::int64_t place, std::int64_t n, PadMode mode) {
  if (place >= 0 && place < n) return place;
  switch (mode) {
    case PadMode::reflect:
      return std::abs(place < n ? place : 2 * (n - 1) - place);
    case PadMode::circular:
      return (place + n) % n;
    default:
      return place < 0 ? 0 : n - 1;
  }
}

BOOST_AUTO_TEST_CASE(pad_of_several_axes_agrees_with_a_plain_loop) {
  const Tensor x = counted({3, 2, 4});
  for (const PadMode mode : {PadMode::reflect, PadMode::replicate, PadMode::circular}) {
    for (const Tensor& from :
         {x, flip(x.transpose(0, 2).contiguous().transpose(0, 2), 1).contiguous()}) {
      const auto padded = [&](const Tensor& v) { return pad(v, {{2, 1}, {0, 1}, {3, 2}}, mode); };
      const Tensor y = padded(from), g = weighted_gradient(from, padded);
      Numbers sums(24, 0.0), got = numbers(g);
      double weight = 0;
      for (std::int64_t i = 0; i < 6; ++i) {
        for (std::int64_t j = 0; j < 3; ++j) {
          for (std::int64_t k = 0; k < 9; ++k) {
            const std::int64_t a = shown(i - 2, 3, mode), b = shown(j, 2, mode);
            const std::int64_t c = shown(k - 3, 4, mode);
            BOOST_TEST(y.at({i, j, k}) == from.at({a, b, c}));
            sums[static_cast<std::size_t>((a * 2 + b) * 4 + c)] += ++weight;
          }
        }
      }
      BOOST_TEST(got == sums, boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_large_pad_is_shared_out_and_gives_the_same) {
  // More elements than one thread takes: 2^18.
  const Tensor x = counted({600, 500}, float32);
  for (const PadMode mode : {PadMode::reflect, PadMode::replicate, PadMode::circular}) {
    const Tensor y = pad(x, {{2, 3}, {4, 1}}, mode);
    check_same(y.slice(0, 2, 602).slice(1, 4, 504), x);
    check_same(y[1].slice(0, 4, 504), x[shown(-1, 600, mode)]);
    check_same(select(y, 1, 504).slice(0, 2, 602), select(x, 1, shown(500, 500, mode)));
    // The transpose of adding: the sum of the gradient is the number of places.
    const Tensor v = variable(x);
    pad(v, {{2, 3}, {4, 1}}, mode).sum().backward();
    BOOST_TEST(v.grad().to(float64).sum().item() == 605 * 505);
  }
  check_same(tril(x) + triu(x, 1), x);
}

BOOST_AUTO_TEST_CASE(pad_refuses_what_a_mode_cannot_do) {
  const Tensor x = zeros({2, 3});
  check_refused<ShapeError>(
      [&] {
        static_cast<void>(pad(x, {{0, 0}, {0, 3}}, PadMode::reflect));
      },
      "[pad] does not fit: got {0, 3} for 3 elements, need 0 or more, at most 2");
  check_refused<ShapeError>(
      [&] {
        static_cast<void>(pad(x, {{-1, 0}, {0, 0}}, PadMode::circular));
      },
      "[pad] does not fit: got {-1, 0} for 2 elements, need 0 or more, at most 2");
  check_refused<ShapeError>(
      [&] {
        static_cast<void>(pad(x, {{-3, 4}, {0, 0}}));
      },
      "[pad] cuts off too much: got {-3, 4} for axis 0 of (2, 3)");
}

BOOST_AUTO_TEST_CASE(unfold_shows_the_windows_and_fold_windows_adds_them) {
  const Tensor x = counted({6});
  check_numbers(unfold(x, 0, 3, 2), {2, 3}, {0, 1, 2, 2, 3, 4});
  check_numbers(unfold(counted({2, 3}), 0, 2), {1, 3, 2}, {0, 3, 1, 4, 2, 5});
  check_numbers(unfold(x, 0, 6, std::numeric_limits<std::int64_t>::max()), {1, 6}, numbers(x));
  BOOST_TEST(to_string(unfold(x, 0, 0).shape()) == "(7, 0)");
  BOOST_TEST(shares(x, unfold(x, 0, 2)));
  // Each element as often as there are windows over it.
  check_numbers(fold_windows(ones({4, 3}, float64), 0, 1, 6), {6}, {1, 2, 3, 3, 2, 1});
  check_numbers(fold_windows(unfold(x, 0, 2, 3), 0, 3, 6), {6}, {0, 1, 0, 3, 4, 0});
  check_numbers(fold_windows(zeros({3, 0}), 0, 1, 2), {2}, {0, 0});
}

BOOST_AUTO_TEST_CASE(as_strided_counts_in_row_major_order_and_fold_strided_adds_up) {
  const Tensor x = counted({3, 4});
  check_numbers(as_strided(x, {2, 2}, {1, 4}, 5), {2, 2}, {5, 9, 6, 10});
  BOOST_TEST(shares(x, as_strided(x, {2, 2}, {1, 4}, 5)));
  // The order of the elements counts, not where they lie.
  const Tensor turned = x.transpose();
  check_numbers(as_strided(turned, {5}, {1}, 2), {5}, {8, 1, 5, 9, 2});
  BOOST_TEST(!shares(x, as_strided(turned, {5}, {1}, 2)));
  check_numbers(as_strided(x.slice(1, 1, 3), {3}, {2}), {3}, {1, 5, 9});
  check_numbers(as_strided(counted({3}, int64), {2, 2}, {0, 2}), {2, 2}, {0, 2, 0, 2});
  // A step that is not taken may be any.
  check_numbers(as_strided(x, {1, 2}, {std::numeric_limits<std::int64_t>::max(), 11}), {1, 2},
                {0, 11});
  BOOST_TEST(to_string(as_strided(x, {0, 7}, {9, 9}, 99).shape()) == "(0, 7)");
  const std::vector<std::int64_t> steps{1, 1};
  check_numbers(fold_strided(ones({4, 3}, float64), {6}, steps), {6}, {1, 2, 3, 3, 2, 1});
  check_numbers(fold_strided(ones({2, 2}), {2, 3}, steps, 2), {2, 3}, {0, 0, 1, 2, 1, 0});
  check_numbers(fold_strided(zeros({0, 3}), {2}, steps), {2}, {0, 0});
  check_same(unfold(x, 1, 2), as_strided(x, {3, 3, 2}, {4, 1, 1}));
}

BOOST_AUTO_TEST_CASE(gradients_of_as_strided_add_up_where_windows_overlap) {
  const Tensor x = variable(counted({4}) + 1);
  const Tensor y = as_strided(x, {3, 2}, {1, 1});
  const auto [first] = grad((y * y * y).sum(), wrt(x), {.create_graph = true});
  check_numbers(first, {4}, {3, 24, 54, 48});
  const auto [second] = grad(first.sum(), wrt(x));
  check_numbers(second, {4}, {6, 24, 36, 24});
}

BOOST_AUTO_TEST_CASE(views_that_need_an_order_are_made_again_for_any_layout) {
  const Tensor x = variable(counted({6}));
  const Tensor apart[] = {counted({12}).slice(0, 0, 12, 2)};
  check_numbers(Operation(as_strided(x, {2, 2}, {1, 3})).again(apart), {2, 2}, {0, 6, 2, 8});
  const Tensor matrix = variable(counted({2, 3}));
  const Tensor turned[] = {counted({3, 2}).transpose()};
  check_numbers(Operation(matrix.reshape({6})).again(turned), {6}, {0, 2, 4, 1, 3, 5});
}

BOOST_AUTO_TEST_CASE(a_product_with_overlapping_windows_is_a_convolution) {
  // Large enough for every kernel of matrix products.
  for (const DType dtype : {float32, float64}) {
    const Tensor x = sin(counted({400}, dtype) * 0.37), w = cos(counted({40, 50}, dtype) * 0.11);
    const Tensor y = matmul(unfold(x, 0, 40), w);
    check_same(y, matmul(unfold(x, 0, 40).contiguous(), w));
    double expected = 0;
    for (std::int64_t k = 0; k < 40; ++k) expected += x.at({123 + k}) * w.at({k, 7});
    BOOST_TEST(y.at({123, 7}) == expected,
               boost::test_tools::tolerance(dtype == float32 ? 1e-4 : 1e-12));
  }
}

BOOST_AUTO_TEST_CASE(views_of_views_have_second_derivatives) {
  const Tensor x = variable(counted({4, 4}) + 1);
  const Tensor y = permute(flip(diagonal(unfold(x, 0, 2), 0, 0, 1), 0), {1, 0});
  const auto [first] = grad((y * y * y).sum(), wrt(x), {.create_graph = true});
  const auto [second] = grad(first.sum(), wrt(x));
  // Windows are rows (w, w + 1), the diagonal takes columns 0, 1, 2: x[w + k, w].
  Numbers expected(16, 0.0);
  for (std::size_t w = 0; w < 3; ++w)
    for (std::size_t k = 0; k < 2; ++k) {
      const std::size_t at = (w + k) * 4 + w;
      expected[at] += 6 * (static_cast<double>(at) + 1);
    }
  BOOST_TEST(numbers(second) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
