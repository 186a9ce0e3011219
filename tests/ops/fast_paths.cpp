// SPDX-License-Identifier: MIT
// The ways by which elementwise loops save a pass, against plain loops: contributions added where a gradient
// is gathered, sums that keep no terms, comparisons, conversions. Random sizes, strides and places, numbers
// that are not finite, both dtypes, each instruction set.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/ops/map.hpp>
#include <nabla/ops/ops.hpp>

#include "support/instruction_sets.hpp"
#include "support/units_in_the_last_place.hpp"

using namespace nabla;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

// The elements of a tensor, and the same in a plain array.
template <class T>
struct Numbers {
  Tensor tensor;
  std::vector<T> plain;
};

// n numbers: contiguous, behind others, each second one, or the last one first; some not finite.
template <class T>
Numbers<T> numbers(std::int64_t n, bool are_finite, std::mt19937& random) {
  std::normal_distribution<T> normal;
  std::vector<T> memory(static_cast<std::size_t>(2 * n + 9));
  for (T& number : memory) {
    number = normal(random);
    if (!are_finite && random() % 13 == 0) number = static_cast<T>(random() % 2 == 0 ? NAN : kInf);
    if (random() % 17 == 0) number = 0;
  }
  const auto size = static_cast<std::int64_t>(memory.size());
  const Tensor all = from_span(std::span<const T>(memory), {size});
  const auto first = static_cast<std::int64_t>(random() % 9);
  const int step = random() % 2 == 0 ? 1 : 2;
  Numbers<T> result{all.slice(0, first, first + step * n, step), {}};
  if (random() % 4 == 0) result.tensor = flip(result.tensor, 0);
  for (const double number : result.tensor.to_vector())
    result.plain.push_back(static_cast<T>(number));
  return result;
}

std::int64_t any_size(std::mt19937& random) {
  constexpr std::int64_t kLarge = 270'000;  // shared out
  if (random() % 40 == 0) return kLarge + static_cast<std::int64_t>(random() % 100);
  return static_cast<std::int64_t>(random() % (random() % 4 == 0 ? 5000 : 150));
}

template <class T>
bool is_same(double got, T expected) {
  return got == static_cast<double>(expected) || (std::isnan(got) && std::isnan(expected));
}

// f(type of the elements, random numbers) again and again.
template <class F>
void for_each_way(const F& f) {
  test::for_each_instruction_set([&](kernels::Isa) {
    std::mt19937 random(20);
    for (int trial = 0; trial < 120; ++trial) {
      f(float(), random);
      f(double(), random);
    }
  });
}

// f(type of the elements) in each instruction set.
template <class F>
void for_each_type(const F& f) {
  test::for_each_instruction_set([&](kernels::Isa) {
    f(float());
    f(double());
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fast_paths)

BOOST_AUTO_TEST_CASE(contributions_are_added_where_the_gradient_is_gathered) {
  for_each_way([]<class T>(T, std::mt19937& random) {
    const std::int64_t n = any_size(random);
    const auto x = numbers<T>(n, false, random), a = numbers<T>(n, false, random),
               b = numbers<T>(n, false, random), g = numbers<T>(n, false, random);
    const Tensor leaf = variable(x.tensor);
    const Tensor u = leaf * a.tensor, v = b.tensor * leaf, w = square(leaf);
    const auto [dx] = grad(u + v + w, wrt(leaf), g.tensor.contiguous());
    const std::vector<double> got = dx.to_vector();
    std::int64_t wrong = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
      const auto part = [&](T slope) { return g.plain[i] == 0 ? T(0) : g.plain[i] * slope; };
      const T parts[] = {part(2 * x.plain[i]), part(b.plain[i]), part(a.plain[i])};
      // What is computed last contributes first.
      wrong += !is_same<T>(got[i], parts[0] + parts[1] + parts[2]);
    }
    BOOST_TEST(wrong == 0, "of " << n);
  });
}

BOOST_AUTO_TEST_CASE(sums_that_keep_no_terms) {
  for_each_way([]<class T>(T, std::mt19937& random) {
    const std::int64_t n = any_size(random);
    const bool are_finite = random() % 3 != 0;
    const auto a = numbers<T>(n, are_finite, random), b = numbers<T>(n, are_finite, random);
    const auto f = [](auto u, auto v) { return u * v + u; };
    long double sum = 0, size = 0;
    for (std::size_t i = 0; i < a.plain.size(); ++i) {
      const long double term = static_cast<long double>(a.plain[i]) * b.plain[i] + a.plain[i];
      sum += term;
      size += std::fabs(static_cast<long double>(a.plain[i]) * b.plain[i]) + std::fabs(a.plain[i]);
    }
    const auto agrees = [&](const Tensor& got, long double expected, long double bound) {
      const long double number = got.to(float64).item();
      if (!std::isfinite(expected)) return is_same(static_cast<double>(number), expected);
      return std::fabs(number - expected) <=
             bound * 3 * static_cast<long double>(std::numeric_limits<T>::epsilon());
    };
    const auto count = static_cast<long double>(n);
    BOOST_TEST(agrees(map_sum(f, a.tensor, b.tensor), sum, size), "sum of " << n);
    BOOST_TEST(agrees(map_mean(f, a.tensor, b.tensor), sum / count, size / count), "mean of " << n);
  });
}

BOOST_AUTO_TEST_CASE(comparisons_and_conversions) {
  for_each_way([]<class T>(T, std::mt19937& random) {
    const std::int64_t n = any_size(random);
    const auto a = numbers<T>(n, false, random), b = numbers<T>(n, false, random);
    const std::vector<double> less = (a.tensor < b.tensor).to_vector(),
                              equal = (a.tensor == b.tensor).to_vector(),
                              at_least = (a.tensor >= b.tensor).to_vector();
    constexpr DType kOther = std::is_same_v<T, float> ? float64 : float32;
    const std::vector<double> other = a.tensor.to(kOther).to_vector(),
                              whole = where(isfinite(a.tensor), a.tensor, 7).to(int64).to_vector();
    const Tensor is_less = a.tensor < b.tensor, is_finite = isfinite(a.tensor);
    const std::vector<double> finite = is_finite.to_vector(),
                              infinite = isinf(a.tensor).to_vector(),
                              nan = isnan(a.tensor).to_vector(),
                              both = logical_and(is_less, is_finite).to_vector(),
                              either = logical_or(is_less, is_finite).to_vector(),
                              neither = logical_not(logical_or(is_less, is_finite)).to_vector();
    BOOST_TEST(nabla::any(is_less) == std::ranges::any_of(less, [](double y) { return y != 0; }));
    BOOST_TEST(nabla::all(is_finite) ==
               std::ranges::all_of(finite, [](double y) { return y != 0; }));
    std::int64_t wrong = 0;
    for (std::size_t i = 0; i < less.size(); ++i) {
      const T x = a.plain[i], y = b.plain[i];
      wrong += (finite[i] != 0) != std::isfinite(x) || (infinite[i] != 0) != std::isinf(x) ||
               (nan[i] != 0) != std::isnan(x) || (both[i] != 0) != (x < y && std::isfinite(x)) ||
               (either[i] != 0) != (x < y || std::isfinite(x)) ||
               (neither[i] != 0) == (either[i] != 0);
      const double as_other =
          kOther == float32 ? static_cast<double>(static_cast<float>(x)) : static_cast<double>(x);
      wrong += (less[i] != 0) != (x < y) || (equal[i] != 0) != (x == y) ||
               (at_least[i] != 0) != (x >= y) || !is_same(other[i], as_other) ||
               whole[i] != std::trunc(std::isfinite(x) ? static_cast<double>(x) : 7.0);
    }
    BOOST_TEST(wrong == 0, "of " << n);
  });
}

// Masks and integers are converted in the loop that reads them, numbers repeated.
BOOST_AUTO_TEST_CASE(masks_and_integers_are_read_on_the_way) {
  for_each_way([]<class T>(T, std::mt19937& random) {
    const std::int64_t n = any_size(random);
    const auto a = numbers<T>(n, false, random), b = numbers<T>(n, false, random),
               g = numbers<T>(n, false, random);
    const std::int64_t step = random() % 3 == 0 ? 2 : 1;  // each second one of more
    std::vector<std::int64_t> memory(static_cast<std::size_t>(step * n)), any;
    for (auto& each : memory) each = static_cast<std::int64_t>(random() % 2001) - 1000;
    for (std::size_t i = 0; i < memory.size(); i += static_cast<std::size_t>(step))
      any.push_back(memory[i]);
    const Tensor all = from_span(std::span<const std::int64_t>(memory), {step * n});
    const Tensor whole = all.slice(0, 0, step * n, step);
    const Tensor mask = (all > 100).slice(0, 0, step * n, step);
    const auto selects = [&](std::size_t i) { return any[i] > 100; };
    const Tensor u = variable(a.tensor), v = variable(b.tensor);
    const Tensor chosen = where(mask, u, v), filled = masked_fill(u, mask, 0.5), product = u * mask,
                 multiple = whole * u;
    const Tensor seed = g.tensor.contiguous();
    const auto gradient = [&](const Tensor& y, const Tensor& x) {
      return std::get<0>(grad(y, wrt(x), seed)).to_vector();
    };
    const auto as_floats = mask.to(a.tensor.dtype()).to_vector(),
               whole_as_floats = whole.to(a.tensor.dtype()).to_vector(),
               back = mask.to(int64).to_vector(), y = chosen.to_vector(),
               y_filled = filled.to_vector(), y_product = product.to_vector(),
               y_multiple = multiple.to_vector();
    const auto [du, dv] = grad(chosen, wrt(u, v), seed);
    const auto du_chosen = du.to_vector(), dv_chosen = dv.to_vector(),
               du_filled = gradient(filled, u), du_product = gradient(product, u),
               du_multiple = gradient(multiple, u);
    std::int64_t wrong = 0;
    for (std::size_t i = 0; i < any.size(); ++i) {
      const T factor = selects(i) ? 1 : 0, number = static_cast<T>(any[i]), arriving = g.plain[i];
      const auto contribution = [&](T slope) { return arriving == 0 ? T(0) : arriving * slope; };
      wrong += as_floats[i] != factor || back[i] != factor || whole_as_floats[i] != number ||
               !is_same(y[i], selects(i) ? a.plain[i] : b.plain[i]) ||
               !is_same(y_filled[i], selects(i) ? T(0.5) : a.plain[i]) ||
               !is_same(y_product[i], a.plain[i] * factor) ||
               !is_same(y_multiple[i], number * a.plain[i]) ||
               !is_same(du_chosen[i], selects(i) ? arriving : T(0)) ||
               !is_same(dv_chosen[i], selects(i) ? T(0) : arriving) ||
               !is_same(du_filled[i], selects(i) ? T(0) : arriving) ||
               !is_same(du_product[i], contribution(factor)) ||
               !is_same(du_multiple[i], contribution(number));
    }
    // As rows and as columns of more.
    const Tensor two = stack({a.tensor, b.tensor}), five = arange(1, 6).to(a.tensor.dtype());
    const auto by_rows = (two * mask).to_vector(), plus_rows = (whole + two).to_vector(),
               by_columns = (mask.reshape({n, 1}) * five).to_vector();
    for (std::size_t i = 0; i < any.size(); ++i) {
      const T factor = selects(i) ? 1 : 0, number = static_cast<T>(any[i]);
      for (std::size_t row = 0; row < 2; ++row) {
        const T element = (row == 0 ? a : b).plain[i];
        const std::size_t at = row * any.size() + i;
        wrong +=
            !is_same(by_rows[at], element * factor) || !is_same(plus_rows[at], number + element);
      }
      for (std::size_t j = 0; j < 5; ++j)
        wrong += by_columns[5 * i + j] != factor * static_cast<T>(j + 1);
    }
    BOOST_TEST(wrong == 0, "of " << n);
    std::int64_t selected = 0;
    for (std::size_t i = 0; i < any.size(); ++i) selected += selects(i) ? 1 : 0;
    BOOST_TEST(mask.sum().item() == static_cast<double>(selected));
  });
}

// Modulo 2^64, to the ends of the range; of booleans as of 0 and 1.
BOOST_AUTO_TEST_CASE(operations_on_integers) {
  using Int = std::int64_t;
  using Bits = std::uint64_t;
  const auto as_int = [](Bits bits) { return std::bit_cast<Int>(bits); };
  const auto as_bits = [](Int number) { return std::bit_cast<Bits>(number); };
  std::mt19937_64 bits(5);
  std::mt19937 random(6);
  const auto any_numbers = [&](std::int64_t n) {
    std::vector<Int> all(static_cast<std::size_t>(n));
    for (Int& each : all) {
      constexpr Int kEnds[] = {std::numeric_limits<Int>::min(), std::numeric_limits<Int>::max(), 0};
      each = random() % 9 == 0 ? kEnds[random() % 3] : as_int(bits()) >> (random() % 64);
    }
    return all;
  };
  test::for_each_instruction_set([&](kernels::Isa isa) {
    for (std::int64_t n = 0; n < 300; n += n < 70 ? 1 : 61) {
      const std::vector<Int> a = any_numbers(n), b = any_numbers(n);
      const Tensor x = from_span(std::span<const Int>(a), {n}),
                   y = from_span(std::span<const Int>(b), {n});
      const auto check = [&](const char* name, const Tensor& got, const auto& expected) {
        std::int64_t wrong = got.dtype() == int64 ? 0 : 1;
        const auto all = got.to(int64).to_vector<Int>();
        for (std::size_t i = 0; i < a.size(); ++i) wrong += all[i] != expected(a[i], b[i]);
        BOOST_TEST(wrong == 0, name << " of " << n << " in " << name_of(isa) << ": " << wrong);
      };
      check("+", x + y, [&](Int p, Int q) { return as_int(as_bits(p) + as_bits(q)); });
      check("-", x - y, [&](Int p, Int q) { return as_int(as_bits(p) - as_bits(q)); });
      check("*", x * y, [&](Int p, Int q) { return as_int(as_bits(p) * as_bits(q)); });
      check("negation", -x, [&](Int p, Int) { return as_int(0 - as_bits(p)); });
      check("abs", abs(x), [&](Int p, Int) { return p < 0 ? as_int(0 - as_bits(p)) : p; });
      check("square", square(x), [&](Int p, Int) { return as_int(as_bits(p) * as_bits(p)); });
      check("sign", sign(x), [](Int p, Int) { return p > 0 ? Int{1} : p < 0 ? Int{-1} : Int{0}; });
      check("maximum", maximum(x, y), [](Int p, Int q) { return std::max(p, q); });
      check("minimum", minimum(x, y), [](Int p, Int q) { return std::min(p, q); });
      check("clamp", clamp(x, -1000, 9), [](Int p, Int) { return std::clamp<Int>(p, -1000, 9); });
      check("clamp with lo > hi", clamp(x, 9, -1000), [](Int, Int) { return Int{-1000}; });
      check("fdim", fdim(x, y),
            [&](Int p, Int q) { return p > q ? as_int(as_bits(p) - as_bits(q)) : 0; });
      check("relu", relu(x), [](Int p, Int) { return std::max(p, Int{0}); });
      check("pow", pow(x, 3),
            [&](Int p, Int) { return as_int(as_bits(p) * as_bits(p) * as_bits(p)); });
      check("floor_divide", floor_divide(x, 7), [](Int p, Int) { return p / 7 - (p % 7 < 0); });
      check("fmod", fmod(x, 7), [](Int p, Int) { return p % 7; });
      check("addcmul", addcmul(x, x, y),
            [&](Int p, Int q) { return as_int(as_bits(p) + as_bits(p) * as_bits(q)); });
      check("fma", fma(x, y, x),
            [&](Int p, Int q) { return as_int(as_bits(p) * as_bits(q) + as_bits(p)); });
      check("floor", floor(x), [](Int p, Int) { return p; });
      check("<", (x < y).to(int64), [](Int p, Int q) { return p < q ? Int{1} : Int{0}; });
      check("where", where(x < y, x, 5), [](Int p, Int q) { return p < q ? p : 5; });
      const Tensor p = x > 0, q = y > 0;
      const auto of_masks = [&](const char* name, const Tensor& got, const auto& expected) {
        BOOST_CHECK(got.dtype() == boolean);
        check(name, got.to(int64), [&](Int s, Int t) { return Int{expected(s > 0, t > 0)}; });
      };
      of_masks("bool + bool", p + q, [](bool s, bool t) { return s || t; });
      of_masks("bool * bool", p * q, [](bool s, bool t) { return s && t; });
      of_masks("maximum of bool", maximum(p, q), [](bool s, bool t) { return s || t; });
      of_masks("minimum of bool", minimum(p, q), [](bool s, bool t) { return s && t; });
      check("sum of bool and int64", p + y,
            [&](Int s, Int t) { return as_int(as_bits(t) + (s > 0)); });
    }
  });
}

// A power with a C++ number as exponent has a loop for that number, with one of a tensor it has not.
BOOST_AUTO_TEST_CASE(powers_with_a_number_as_exponent) {
  for_each_type([]<class T>(T) {
    using Limits = std::numeric_limits<T>;
    const std::vector<T> sizes = test::all_sizes<T>();
    std::vector<T> all(sizes.begin(), sizes.begin() + 20'000);
    for (const T special :
         {T(0), T(1), T(kInf), T(NAN), Limits::min(), Limits::denorm_min(), Limits::max()}) {
      all.push_back(special);
      all.push_back(-special);
    }
    const Tensor x = from_span(std::span<const T>(all), {static_cast<std::int64_t>(all.size())});
    const Tensor v = variable(x.clone());
    for (const double exponent :
         {0.0, -0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, -0.5, -1.0, -1.5, -2.0, -3.0, 5.0, 2.5, 0.3}) {
      const T b = static_cast<T>(exponent);
      const Tensor y = pow(v, exponent);
      const Tensor any = pow(v, full_like(x, exponent));
      const Tensor seed = ones_like(x);
      const auto [dy] = grad(y, wrt(v), seed);
      const auto [d_any] = grad(any, wrt(v), seed);
      const std::vector<T> got = y.detach().template to_vector<T>(),
                           slopes = dy.template to_vector<T>(),
                           slopes_of_any = d_any.template to_vector<T>();
      double worst = 0, worst_slope = 0;
      std::int64_t wrong_signs = 0, odd = 0;
      for (std::size_t i = 0; i < all.size(); ++i) {
        const auto a = static_cast<long double>(all[i]);
        const long double exact = std::pow(a, static_cast<long double>(b));
        worst = std::max(worst, test::ulps(got[i], exact));
        wrong_signs += !std::isnan(exact) && std::signbit(got[i]) != std::signbit(exact);
        const long double power = std::pow(a, static_cast<long double>(b - 1));
        const bool is_usual =
            std::fabs(power) >= Limits::min() && std::fabs(power) <= Limits::max();
        if (is_usual && b != 0) {
          worst_slope = std::max(worst_slope, test::ulps(slopes[i], b * power));
        } else {  // rules at 0 and infinity, digits lost below the normal range
          const T most = std::ceil(2 * std::fabs(b) + 1) * Limits::denorm_min();
          odd += !is_same(slopes[i], slopes_of_any[i]) &&
                 !(std::fabs(slopes[i] - slopes_of_any[i]) <= most);
        }
      }
      const auto where_to = [&] {
        return std::to_string(sizeof(T)) + " bytes, ^" + std::to_string(b);
      };
      BOOST_TEST(worst <= 1, worst << " ulp, " << where_to());
      BOOST_TEST(wrong_signs == 0, where_to());
      BOOST_TEST(odd == 0, odd << " slopes, " << where_to());
      // The power is within 1 ulp, which the product with b may double, and is rounded.
      BOOST_TEST(worst_slope <= 2.5, worst_slope << " ulp, slope, " << where_to());
    }
  });
}

// A second derivative goes through such powers too.
BOOST_AUTO_TEST_CASE(second_derivatives_of_powers_with_a_number) {
  for_each_way([]<class T>(T, std::mt19937& random) {
    const std::int64_t n = any_size(random);
    const auto a = numbers<T>(n, true, random);
    const Tensor v = variable(abs(a.tensor) + 0.5);
    const std::vector<T> x = v.template to_vector<T>();
    for (const double b : {0.5, 1.5, 2.0, 3.0, 4.0, -0.5, -1.0, -2.0, 0.3}) {
      const auto [dy] = grad(pow(v, b).sum(), wrt(v), {.create_graph = true});
      const auto [d2y] = grad(dy.sum(), wrt(v));
      const std::vector<T> got = d2y.template to_vector<T>();
      double worst = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        const long double exponent = static_cast<T>(b);
        const long double exact =
            exponent * (exponent - 1) * std::pow(static_cast<long double>(x[i]), exponent - 2);
        worst = std::max(worst, test::ulps(got[i], exact));
      }
      // A power and three products, and b - 1, b - 2 rounded, which the logarithm of x, below 2, multiplies.
      BOOST_TEST(worst <= 8, worst << " ulp, ^" << b);
    }
  });
}

// Blocks of usual numbers and others, elements left over, a few alone: the same bits.
BOOST_AUTO_TEST_CASE(an_element_does_not_depend_on_how_many_there_are) {
  const std::vector<std::pair<std::string, Tensor (*)(const Tensor&)>> functions{
      {"exp", [](const Tensor& x) -> Tensor { return exp(x); }},
      {"log", [](const Tensor& x) -> Tensor { return log(x); }},
      {"sin", [](const Tensor& x) -> Tensor { return sin(x); }},
      {"tanh", [](const Tensor& x) -> Tensor { return tanh(x); }},
      {"gelu", [](const Tensor& x) -> Tensor { return gelu(x); }},
      {"fmod", [](const Tensor& x) -> Tensor { return fmod(x, 0.75); }},
      {"map", [](const Tensor& x) {
         return map([](auto u) { return tanh(u) * log(abs(u)) + where(u > 0.5, u * u, u); }, x);
       }}};
  constexpr std::int64_t kMost = 1100;
  const auto bits_of = []<class T>(T, const Tensor& x) {
    std::vector<std::uint64_t> bits;
    for (const double number : x.to_vector())
      bits.push_back(std::isnan(number) ? 1 : std::bit_cast<std::uint64_t>(number));
    return bits;
  };
  for_each_type([&]<class T>(T zero) {
    std::mt19937 random(21);
    std::normal_distribution<T> normal;
    std::vector<T> memory(static_cast<std::size_t>(kMost));
    for (T& number : memory) number = normal(random);
    // In the second block of 512 and further on, none of them in the first.
    for (const std::size_t i : {600u, 601u, 700u})
      memory[i] = static_cast<T>(i == 700 ? -kInf : 1e30);
    const Tensor all = from_span(std::span<const T>(memory), {kMost});
    for (const auto& [name, f] : functions) {
      const auto values = [&, f = f](std::int64_t first, std::int64_t size) {
        const Tensor x = variable(all.slice(0, first, first + size).contiguous());
        const Tensor y = f(x);
        const auto [dx] = grad(y.sum(), wrt(x));
        return std::pair(bits_of(zero, y.detach()), bits_of(zero, dx));
      };
      const auto whole = values(0, kMost);
      std::int64_t wrong = 0;
      const auto check = [&](std::int64_t first, std::int64_t size) {
        const auto part = values(first, size);
        const auto begins = [first](const auto& of_whole, const auto& of_part) {
          return std::equal(of_part.begin(), of_part.end(), of_whole.begin() + first);
        };
        wrong += !begins(whole.first, part.first) || !begins(whole.second, part.second);
      };
      for (std::int64_t size = 1; size < 70; ++size) {
        check(0, size);
        check(590, size);
      }
      for (const std::int64_t size : {511, 512, 513, 527, 528, 1000, 1023}) check(0, size);
      BOOST_TEST(wrong == 0, name << " in " << sizeof(T) << " bytes");
    }
  });
}

BOOST_AUTO_TEST_SUITE_END()
