// SPDX-License-Identifier: MIT
// Ops that put elements elsewhere, against plain loops over what each element of the result is the sum of:
// picking by indices, joining, padding, repeating, views, sums. Random shapes, layouts and places, numbers that
// are not finite, both dtypes, each instruction set; and the gradient, which goes the same ways back.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>
#include <random>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/ops/ops.hpp>

#include "support/instruction_sets.hpp"

using namespace nabla;

namespace {

using Sizes = std::vector<std::int64_t>;

std::int64_t drawn(std::mt19937& random, std::int64_t least, std::int64_t most) {
  return std::uniform_int_distribution(least, most)(random);
}
Shape shape_of(const Sizes& sizes) { return Shape(std::span<const std::int64_t>(sizes)); }
std::int64_t count_of(const Sizes& sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::int64_t{1}, std::multiplies<>{});
}
std::int64_t& at(Sizes& sizes, int axis) { return sizes[static_cast<std::size_t>(axis)]; }
std::int64_t at(const Sizes& sizes, int axis) { return sizes[static_cast<std::size_t>(axis)]; }

// The place of an element in row-major order.
std::int64_t place_of(const Sizes& sizes, const Sizes& index) {
  std::int64_t place = 0;
  for (std::size_t axis = 0; axis < sizes.size(); ++axis) place = place * sizes[axis] + index[axis];
  return place;
}
// f(index, place) in row-major order.
template <class F>
void for_each_index(const Sizes& sizes, const F& f) {
  Sizes index(sizes.size());
  for (std::int64_t place = 0; place < count_of(sizes); ++place) {
    f(index, place);
    for (std::size_t axis = sizes.size(); axis-- > 0;) {
      if (++index[axis] < sizes[axis]) break;
      index[axis] = 0;
    }
  }
}

// As many axes as that, and sizes of which seldom one is 0, and seldom so many elements are shared out.
Sizes any_sizes(std::mt19937& random, std::int64_t least_rank, std::int64_t most_rank) {
  const std::int64_t rank = drawn(random, least_rank, most_rank);
  Sizes sizes;
  for (std::int64_t axis = 0; axis < rank; ++axis)
    sizes.push_back(random() % 60 == 0 ? 0
                                       : drawn(random, 1, rank == 1 ? 300 : 60 / (rank * rank)));
  if (random() % 40 == 0) {
    const auto large = static_cast<std::size_t>(drawn(random, 0, rank - 1));
    sizes[large] = 1;
    if (const std::int64_t others = count_of(sizes); others > 0)
      sizes[large] = (std::int64_t{1} << 18) / others + drawn(random, 1, 9);
  }
  return sizes;
}

bool is_large(const Sizes& sizes) { return count_of(sizes) > 10'000; }

// A view of these sizes: its axes in any order in memory, parts of longer ones, each second element of some,
// others backwards. `fill` gives the numbers.
template <class T, class Fill>
Tensor laid_out(const Sizes& sizes, std::mt19937& random, const Fill& fill) {
  const int rank = static_cast<int>(sizes.size());
  std::vector<int> order(sizes.size()), back(sizes.size());
  std::iota(order.begin(), order.end(), 0);
  if (random() % 2 == 0) std::ranges::shuffle(order, random);
  for (int axis = 0; axis < rank; ++axis)
    back[static_cast<std::size_t>(order[static_cast<std::size_t>(axis)])] = axis;
  Sizes memory, firsts, steps;
  for (const int axis : order) {
    firsts.push_back(random() % 3 == 0 ? drawn(random, 1, 3) : 0);
    steps.push_back(random() % 4 == 0 ? 2 : 1);
    memory.push_back(firsts.back() + at(sizes, axis) * steps.back());
  }
  std::vector<T> numbers(static_cast<std::size_t>(count_of(memory)));
  for (T& number : numbers) number = fill();
  Tensor x = from_span(std::span<const T>(numbers), shape_of(memory));
  for (int axis = 0; axis < rank; ++axis) {
    x = x.slice(axis, at(firsts, axis), at(memory, axis), at(steps, axis));
    if (random() % 6 == 0) x = flip(x, axis);
  }
  return permute(x, back);
}

// Small integers, whose sums are exact in any order; few NaN and infinities.
template <class T>
Tensor any_numbers(const Sizes& sizes, std::mt19937& random) {
  return laid_out<T>(sizes, random, [&] {
    constexpr T kInfinity = std::numeric_limits<T>::infinity();
    switch (random() % 40) {
      case 0:
        return std::numeric_limits<T>::quiet_NaN();
      case 1:
        return kInfinity;
      case 2:
        return -kInfinity;
      default:
        return static_cast<T>(drawn(random, -9, 9));
    }
  });
}
Tensor any_index(const Sizes& sizes, std::int64_t below, std::mt19937& random) {
  return laid_out<std::int64_t>(sizes, random, [&] { return drawn(random, 0, below - 1); });
}
std::vector<std::int64_t> places_in(const Tensor& index) { return index.to_vector<std::int64_t>(); }

// An op, and what its result has to be: at each place the sum of what links bring there, or `filling` where
// there is none.
struct Link {
  std::int64_t to;
  std::size_t operand;
  std::int64_t from;
};
struct Case {
  std::function<Tensor(std::span<const Tensor>)> f;
  std::vector<Sizes> operands;
  Sizes result;
  std::vector<Link> links;
  double filling = 0;

  // from(index, number of the operand) changes an index of the result to one of an operand, or gives false.
  template <class From>
  void link_each(const From& from) {
    for_each_index(result, [&](const Sizes& index, std::int64_t to) {
      Sizes source = index;
      std::size_t operand = 0;
      if (from(source, operand))
        links.push_back({to, operand, place_of(operands[operand], source)});
    });
  }
};
using Draw = std::function<Case(std::mt19937&)>;

bool is_same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

std::int64_t wrong_in(const Tensor& got, const Sizes& sizes, const std::vector<double>& expected) {
  if (got.shape() != shape_of(sizes)) return -1;
  const std::vector<double> numbers = got.to_vector();
  std::int64_t wrong = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i) wrong += !is_same(numbers[i], expected[i]);
  return wrong;
}

template <class T>
void check(const std::string& name, const Case& c, std::mt19937& random) {
  std::vector<Tensor> xs;
  std::vector<std::vector<double>> numbers;
  std::vector<double> expected(static_cast<std::size_t>(count_of(c.result)), c.filling);
  for (const Sizes& sizes : c.operands) {
    xs.push_back(variable(any_numbers<T>(sizes, random)));
    numbers.push_back(xs.back().to_vector());
  }
  for (const Link& link : c.links) expected[static_cast<std::size_t>(link.to)] = 0;
  for (const Link& link : c.links)
    expected[static_cast<std::size_t>(link.to)] +=
        numbers[link.operand][static_cast<std::size_t>(link.from)];
  const Tensor y = c.f(xs);
  const std::string where = name + " to " + to_string(shape_of(c.result)) + " in " +
                            kernels::name_of(kernels::isa()) + ", " + name_of(y.dtype());
  BOOST_TEST(wrong_in(y, c.result, expected) == 0, where);

  const Tensor g = any_numbers<T>(c.result, random);
  const std::vector<double> arriving = g.to_vector();
  const std::vector<Tensor> gradients = grad(y, xs, g);
  for (std::size_t k = 0; k < xs.size(); ++k) {
    std::vector<double> gradient(numbers[k].size());
    for (const Link& link : c.links)
      if (link.operand == k)
        gradient[static_cast<std::size_t>(link.from)] +=
            arriving[static_cast<std::size_t>(link.to)];
    BOOST_TEST(wrong_in(gradients[k], c.operands[k], gradient) == 0,
               "gradient " << k << " of " << where);
  }
}

void check(const std::string& name, int trials, const Draw& draw) {
  test::for_each_instruction_set([&](kernels::Isa) {
    std::mt19937 random(31);
    for (int trial = 0; trial < trials; ++trial) {
      check<float>(name, draw(random), random);
      check<double>(name, draw(random), random);
    }
  });
}

int any_axis(const Sizes& sizes, std::mt19937& random) {
  return static_cast<int>(drawn(random, 0, std::ssize(sizes) - 1));
}
// Of an axis with elements, for indices.
std::pair<Sizes, int> sizes_and_axis(std::mt19937& random) {
  Sizes sizes = any_sizes(random, 1, 4);
  const int axis = any_axis(sizes, random);
  at(sizes, axis) = std::max<std::int64_t>(at(sizes, axis), 1);
  return {sizes, axis};
}

// Whole slices of an axis by a vector.
struct Slices {
  Sizes sizes, picked;
  int axis;
  Tensor index;

  explicit Slices(std::mt19937& random) {
    std::tie(sizes, axis) = sizes_and_axis(random);
    const std::int64_t most = is_large(sizes) ? at(sizes, axis) : 80;
    const std::int64_t count = random() % 30 == 0 ? 0 : drawn(random, 1, most);
    index = any_index({count}, at(sizes, axis), random);
    picked = sizes;
    at(picked, axis) = count;
  }
  [[nodiscard]] Case selected(std::function<Tensor(std::span<const Tensor>)> f) const {
    Case c{std::move(f), {sizes}, picked, {}};
    c.link_each([&, places = places_in(index)](Sizes& to, std::size_t&) {
      at(to, axis) = places[static_cast<std::size_t>(at(to, axis))];
      return true;
    });
    return c;
  }
  // What is added at the index, and where that goes onto something, operand 1.
  [[nodiscard]] Case added(std::function<Tensor(std::span<const Tensor>)> f, bool onto) const {
    Case c{std::move(f), {picked}, sizes, {}};
    if (onto) {
      c.operands.push_back(sizes);
      for (std::int64_t i = 0; i < count_of(sizes); ++i) c.links.push_back({i, 1, i});
    }
    for_each_index(picked, [&, places = places_in(index)](const Sizes& from, std::int64_t place) {
      Sizes to = from;
      at(to, axis) = places[static_cast<std::size_t>(at(from, axis))];
      c.links.push_back({place_of(sizes, to), 0, place});
    });
    return c;
  }
};

// Single elements along an axis, by an index that may be shorter off it.
struct Elements {
  Sizes sizes, picked;
  int axis;
  Tensor index;
  std::vector<std::int64_t> to;  ///< for each element of the index, the place that it names

  explicit Elements(std::mt19937& random) {
    std::tie(sizes, axis) = sizes_and_axis(random);
    picked = sizes;
    for (std::int64_t& size : picked)
      if (size > 1 && random() % 3 == 0) size = drawn(random, 1, size);
    if (!is_large(sizes)) at(picked, axis) = drawn(random, 1, 40);
    index = any_index(picked, at(sizes, axis), random);
    for_each_index(picked, [&, places = places_in(index)](const Sizes& own, std::int64_t place) {
      Sizes named = own;
      at(named, axis) = places[static_cast<std::size_t>(place)];
      to.push_back(place_of(sizes, named));
    });
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(random_places)

BOOST_AUTO_TEST_CASE(slices_that_are_selected) {
  check("index_select", 60, [](std::mt19937& random) {
    const Slices s(random);
    return s.selected([=](auto x) { return index_select(x[0], s.axis, s.index); });
  });
}

BOOST_AUTO_TEST_CASE(slices_that_are_added_up) {
  check("index_sum", 40, [](std::mt19937& random) {
    const Slices s(random);
    return s.added([=](auto x) { return index_sum(x[0], s.axis, s.index, at(s.sizes, s.axis)); },
                   false);
  });
  check("index_add", 40, [](std::mt19937& random) {
    const Slices s(random);
    return s.added([=](auto x) { return index_add(x[1], s.axis, s.index, x[0]); }, true);
  });
}

BOOST_AUTO_TEST_CASE(elements_that_are_taken) {
  check("take", 40, [](std::mt19937& random) {
    const Sizes sizes = any_sizes(random, 1, 4), result = any_sizes(random, 1, 3);
    if (count_of(sizes) == 0)
      return Case{[](auto x) { return clone(x[0]); }, {{1}}, {1}, {{0, 0, 0}}};
    const Tensor index = any_index(result, count_of(sizes), random);
    Case c{[=](auto x) { return take(x[0], index); }, {sizes}, result, {}};
    const std::vector<std::int64_t> places = places_in(index);
    for (std::int64_t i = 0; i < count_of(result); ++i)
      c.links.push_back({i, 0, places[static_cast<std::size_t>(i)]});
    return c;
  });
}

BOOST_AUTO_TEST_CASE(rows_of_a_table) {
  check("embedding", 40, [](std::mt19937& random) {
    Sizes result = any_sizes(random, 1, 2);
    const std::int64_t words = drawn(random, 1, 50),
                       width = drawn(random, 1, is_large(result) ? 2 : 70);
    const Tensor index = any_index(result, words, random);
    const auto places = places_in(index);
    result.push_back(width);
    Case c{[=](auto x) { return embedding(x[0], index); }, {{words, width}}, result, {}};
    for (std::int64_t i = 0; i < count_of(result); ++i)
      c.links.push_back({i, 0, places[static_cast<std::size_t>(i / width)] * width + i % width});
    return c;
  });
}

BOOST_AUTO_TEST_CASE(elements_that_are_gathered) {
  check("gather", 60, [](std::mt19937& random) {
    const Elements e(random);
    Case c{[=](auto x) { return gather(x[0], e.axis, e.index); }, {e.sizes}, e.picked, {}};
    for (std::size_t i = 0; i < e.to.size(); ++i)
      c.links.push_back({static_cast<std::int64_t>(i), 0, e.to[i]});
    return c;
  });
}

BOOST_AUTO_TEST_CASE(elements_that_are_scattered) {
  check("scatter_add", 40, [](std::mt19937& random) {
    const Elements e(random);
    Case c{[=](auto x) { return scatter_add(x[1], e.axis, e.index, x[0]); },
           {e.picked, e.sizes},
           e.sizes,
           {}};
    for (std::int64_t i = 0; i < count_of(e.sizes); ++i) c.links.push_back({i, 1, i});
    for (std::size_t i = 0; i < e.to.size(); ++i)
      c.links.push_back({e.to[i], 0, static_cast<std::int64_t>(i)});
    return c;
  });
  check("scatter", 40, [](std::mt19937& random) {
    const Elements e(random);
    Case c{[=](auto x) { return scatter(x[1], e.axis, e.index, x[0]); },
           {e.picked, e.sizes},
           e.sizes,
           {}};
    std::vector<Link> last;  // of those that name a place
    for (std::int64_t i = 0; i < count_of(e.sizes); ++i) last.push_back({i, 1, i});
    for (std::size_t i = 0; i < e.to.size(); ++i)
      last[static_cast<std::size_t>(e.to[i])] = {e.to[i], 0, static_cast<std::int64_t>(i)};
    c.links = std::move(last);
    return c;
  });
}

BOOST_AUTO_TEST_CASE(tensors_that_are_joined) {
  check("concat", 40, [](std::mt19937& random) {
    const Sizes sizes = any_sizes(random, 1, 4);
    const int axis = any_axis(sizes, random);
    Case c{[=](auto x) { return concat(x, axis); }, {}, sizes, {}};
    at(c.result, axis) = 0;
    Sizes begins;
    for (std::int64_t left = drawn(random, 1, is_large(sizes) ? 2 : 4); left > 0; --left) {
      c.operands.push_back(sizes);
      begins.push_back(at(c.result, axis));
      if (!is_large(sizes)) at(c.operands.back(), axis) = drawn(random, 0, 9);
      at(c.result, axis) += at(c.operands.back(), axis);
    }
    c.link_each([&](Sizes& index, std::size_t& operand) {
      while (operand + 1 < begins.size() && at(index, axis) >= begins[operand + 1]) ++operand;
      at(index, axis) -= begins[operand];
      return true;
    });
    return c;
  });
  check("stack", 40, [](std::mt19937& random) {
    const Sizes sizes = any_sizes(random, 1, 3);
    const std::int64_t count = drawn(random, 1, is_large(sizes) ? 2 : 4),
                       axis = drawn(random, 0, std::ssize(sizes));
    Case c{[=](auto x) { return stack(x, static_cast<int>(axis)); },
           std::vector<Sizes>(static_cast<std::size_t>(count), sizes),
           sizes,
           {}};
    c.result.insert(c.result.begin() + axis, count);
    c.link_each([&](Sizes& index, std::size_t& operand) {
      operand = static_cast<std::size_t>(at(index, static_cast<int>(axis)));
      index.erase(index.begin() + axis);
      return true;
    });
    return c;
  });
}

BOOST_AUTO_TEST_CASE(parts_of_a_tensor) {
  check("split", 40, [](std::mt19937& random) {
    const auto [sizes, axis] = sizes_and_axis(random);
    const std::int64_t size = drawn(random, 1, at(sizes, axis)),
                       part = drawn(random, 0, (at(sizes, axis) - 1) / size), first = part * size;
    Case c{[=, axis = axis](auto x) {
             return clone(split(x[0], size, axis)[static_cast<std::size_t>(part)]);
           },
           {sizes},
           sizes,
           {}};
    at(c.result, axis) = std::min(size, at(sizes, axis) - first);
    c.link_each([&, axis = axis](Sizes& index, std::size_t&) {
      at(index, axis) += first;
      return true;
    });
    return c;
  });
}

BOOST_AUTO_TEST_CASE(tensors_that_are_padded) {
  check("pad", 30, [](std::mt19937& random) {
    const Sizes sizes = any_sizes(random, 1, 4);
    std::vector<Padding> widths;
    Case c{{}, {sizes}, {}, {}, 7};
    const std::int64_t most = is_large(sizes) ? 1 : 5;
    for (const std::int64_t size : sizes) {
      const std::int64_t least = -std::min<std::int64_t>(size / 2, 2);  // which cuts off
      widths.push_back({drawn(random, least, most), drawn(random, least, most)});
      c.result.push_back(size + widths.back().before + widths.back().after);
    }
    c.f = [=](auto x) { return pad(x[0], std::span<const Padding>(widths), PadMode::constant, 7); };
    c.link_each([&](Sizes& index, std::size_t&) {
      for (std::size_t axis = 0; axis < sizes.size(); ++axis) {
        index[axis] -= widths[axis].before;
        if (index[axis] < 0 || index[axis] >= sizes[axis]) return false;
      }
      return true;
    });
    return c;
  });
  check("pad with what is there", 50, [](std::mt19937& random) {
    const auto [sizes, axis] = sizes_and_axis(random);
    const PadMode mode =
        std::array{PadMode::reflect, PadMode::replicate, PadMode::circular}[random() % 3];
    const std::int64_t n = at(sizes, axis),
                       most = mode == PadMode::reflect    ? n - 1
                              : mode == PadMode::circular ? n
                                                          : 9,
                       before = drawn(random, 0, std::min<std::int64_t>(most, 9)),
                       after = drawn(random, 0, std::min<std::int64_t>(most, 9));
    Case c{[=, axis = axis](auto x) { return pad_axis(x[0], axis, before, after, mode); },
           {sizes},
           sizes,
           {}};
    at(c.result, axis) += before + after;
    c.link_each([&, axis = axis](Sizes& index, std::size_t&) {
      std::int64_t& j = at(index, axis);
      j -= before;
      if (mode == PadMode::circular) j = (j + n) % n;
      if (mode == PadMode::reflect) j = j < 0 ? -j : j >= n ? 2 * (n - 1) - j : j;
      j = std::clamp<std::int64_t>(j, 0, n - 1);
      return true;
    });
    return c;
  });
}

BOOST_AUTO_TEST_CASE(tensors_that_are_repeated) {
  check("repeat_interleave", 40, [](std::mt19937& random) {
    const Sizes sizes = any_sizes(random, 1, 4);
    const int axis = any_axis(sizes, random);
    const std::int64_t count = drawn(random, 0, is_large(sizes) ? 2 : 9);
    Case c{[=](auto x) { return repeat_interleave(x[0], count, axis); }, {sizes}, sizes, {}};
    at(c.result, axis) *= count;
    c.link_each([&](Sizes& index, std::size_t&) {
      at(index, axis) /= count;
      return true;
    });
    return c;
  });
  check("tile", 40, [](std::mt19937& random) {
    const Sizes sizes = any_sizes(random, 1, 3);
    Sizes counts;
    Case c{{}, {sizes}, {}, {}};
    for (const std::int64_t size : sizes) {
      counts.push_back(drawn(random, 1, is_large(sizes) ? 1 : 4));
      c.result.push_back(size * counts.back());
    }
    c.f = [=](auto x) { return tile(x[0], std::span<const std::int64_t>(counts)); };
    c.link_each([&](Sizes& index, std::size_t&) {
      for (std::size_t axis = 0; axis < sizes.size(); ++axis) index[axis] %= sizes[axis];
      return true;
    });
    return c;
  });
}

BOOST_AUTO_TEST_CASE(tensors_that_are_turned) {
  check("roll", 40, [](std::mt19937& random) {
    const auto [sizes, axis] = sizes_and_axis(random);
    const std::int64_t n = at(sizes, axis), shift = drawn(random, -2 * n, 2 * n);
    Case c{[=, axis = axis](auto x) { return roll(x[0], shift, axis); }, {sizes}, sizes, {}};
    c.link_each([&, axis = axis](Sizes& index, std::size_t&) {
      at(index, axis) = (at(index, axis) - shift + 2 * n) % n;
      return true;
    });
    return c;
  });
  check("flip", 40, [](std::mt19937& random) {
    const Sizes sizes = any_sizes(random, 1, 4);
    const int axis = any_axis(sizes, random);
    Case c{[=](auto x) { return clone(flip(x[0], axis)); }, {sizes}, sizes, {}};
    c.link_each([&](Sizes& index, std::size_t&) {
      at(index, axis) = at(sizes, axis) - 1 - at(index, axis);
      return true;
    });
    return c;
  });
}

BOOST_AUTO_TEST_CASE(sides_of_a_diagonal) {
  for (const bool is_lower : {true, false}) {
    check(is_lower ? "tril" : "triu", 40, [=](std::mt19937& random) {
      const Sizes sizes = any_sizes(random, 2, 4);
      const std::int64_t offset = drawn(random, -9, 9);
      Case c{[=](auto x) { return is_lower ? tril(x[0], offset) : triu(x[0], offset); },
             {sizes},
             sizes,
             {}};
      c.link_each([&](Sizes& index, std::size_t&) {
        const std::int64_t above = index.back() - index[index.size() - 2] - offset;
        return is_lower ? above <= 0 : above >= 0;
      });
      return c;
    });
  }
}

BOOST_AUTO_TEST_CASE(diagonals) {
  check("diagonal", 40, [](std::mt19937& random) {
    const Sizes sizes = any_sizes(random, 2, 4);
    const int rank = static_cast<int>(sizes.size()), axis0 = any_axis(sizes, random),
              axis1 = (axis0 + static_cast<int>(drawn(random, 1, rank - 1))) % rank;
    const std::int64_t most = std::min(at(sizes, axis0), at(sizes, axis1)) / 2,
                       offset = drawn(random, -most, most),
                       below = std::max<std::int64_t>(-offset, 0),
                       above = std::max<std::int64_t>(offset, 0);
    Case c{[=](auto x) { return clone(diagonal(x[0], offset, axis0, axis1)); }, {sizes}, {}, {}};
    for (int axis = 0; axis < rank; ++axis)
      if (axis != axis0 && axis != axis1) c.result.push_back(at(sizes, axis));
    c.result.push_back(std::min(at(sizes, axis0) - below, at(sizes, axis1) - above));
    c.link_each([&](Sizes& index, std::size_t&) {
      Sizes from;
      std::size_t next = 0;
      for (int axis = 0; axis < rank; ++axis) {
        from.push_back(axis == axis0   ? index.back() + below
                       : axis == axis1 ? index.back() + above
                                       : index[next++]);
      }
      index = from;
      return true;
    });
    return c;
  });
}

// Of an axis, all elements or those up to one.
BOOST_AUTO_TEST_CASE(sums_along_an_axis) {
  check("sum", 40, [](std::mt19937& random) {
    const auto [sizes, axis] = sizes_and_axis(random);
    Case c{[axis = axis](auto x) { return sum(x[0], axis, true); }, {sizes}, sizes, {}};
    at(c.result, axis) = 1;
    for_each_index(sizes, [&, axis = axis](const Sizes& index, std::int64_t place) {
      Sizes to = index;
      at(to, axis) = 0;
      c.links.push_back({place_of(c.result, to), 0, place});
    });
    return c;
  });
  for (const bool is_reverse : {false, true}) {
    check(is_reverse ? "cumsum from the end" : "cumsum", 40, [=](std::mt19937& random) {
      auto [sizes, axis] = sizes_and_axis(random);
      at(sizes, axis) = std::min<std::int64_t>(at(sizes, axis), is_large(sizes) ? 3 : 60);
      Case c{
          [=, axis = axis](auto x) { return cumsum(x[0], axis, is_reverse); }, {sizes}, sizes, {}};
      for_each_index(c.result, [&, axis = axis](const Sizes& index, std::int64_t place) {
        Sizes to = index;
        const std::int64_t own = at(index, axis);
        for (std::int64_t j = 0; j < at(sizes, axis); ++j) {
          at(to, axis) = j;
          if (is_reverse ? j <= own : j >= own) c.links.push_back({place_of(sizes, to), 0, place});
        }
      });
      return c;
    });
  }
}

BOOST_AUTO_TEST_CASE(tensors_that_are_stretched) {
  check("broadcast_to", 40, [](std::mt19937& random) {
    const Sizes sizes = any_sizes(random, 1, 4);
    Sizes own = sizes;
    for (std::int64_t& size : own)
      if (random() % 2 == 0) size = 1;
    if (random() % 3 == 0) own.erase(own.begin());
    Case c{[=](auto x) { return clone(broadcast_to(x[0], shape_of(sizes))); }, {own}, sizes, {}};
    c.link_each([&](Sizes& index, std::size_t&) {
      index.erase(index.begin(), index.end() - std::ssize(own));
      for (std::size_t axis = 0; axis < own.size(); ++axis)
        if (own[axis] == 1) index[axis] = 0;
      return true;
    });
    return c;
  });
}

BOOST_AUTO_TEST_SUITE_END()
