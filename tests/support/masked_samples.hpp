// SPDX-License-Identifier: MIT
// What is masked contributes exactly 0, proven on a sample of any function: inputs that no output depends
// on which a mask leaves get 0, of order 1 and 2, whatever they are and whatever arrives.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <ranges>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/random.hpp>
#include <nabla/ops/ops.hpp>
#include <nabla/ops/registry.hpp>

namespace nabla::test {

inline constexpr double kInf = std::numeric_limits<double>::infinity();
inline constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

inline std::vector<double> elements_of(const Tensor& x) { return x.to_vector<double>(); }

inline std::vector<Tensor> variables_of(const std::vector<Tensor>& xs) {
  std::vector<Tensor> all;
  for (const Tensor& x : xs) all.push_back(is_floating(x.dtype()) ? variable(x.clone()) : x);
  return all;
}
inline std::vector<Tensor> floating(const std::vector<Tensor>& xs) {
  std::vector<Tensor> some;
  for (const Tensor& x : xs)
    if (is_floating(x.dtype())) some.push_back(x);
  return some;
}
// The elements of several tensors, one after another; of what is not there, zeros.
inline std::vector<double> joined(const std::vector<Tensor>& xs, const std::vector<Tensor>& like) {
  std::vector<double> all;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    const std::vector<double> some = elements_of(xs[i].defined() ? xs[i] : zeros_like(like[i]));
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}
// The same tensors with other numbers where they are floating, one after another.
inline std::vector<Tensor> with_numbers(const std::vector<Tensor>& xs,
                                        std::span<const double> numbers) {
  std::vector<Tensor> all;
  for (const Tensor& x : xs) {
    if (!is_floating(x.dtype())) {
      all.push_back(x);
      continue;
    }
    const auto n = static_cast<std::size_t>(x.numel());
    all.push_back(from_span(numbers.first(n), x.shape()));
    numbers = numbers.subspan(n);
  }
  return all;
}

using Pattern = std::vector<std::vector<bool>>;  ///< of an output, then of an input

// Marks where the numbers of an output are others, or NaN, if one of an input is.
inline void mark_values(const Sample& sample, const std::vector<double>& numbers,
                        Pattern& pattern) {
  const std::vector<double> plain = elements_of(sample.apply(with_numbers(sample.inputs, numbers)));
  pattern.resize(plain.size(), std::vector<bool>(numbers.size()));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    for (const double instead : {kNan, 0.0, -numbers[i]}) {
      std::vector<double> other = numbers, y = plain;
      other[i] = instead;
      try {
        y = elements_of(sample.apply(with_numbers(sample.inputs, other)));
      } catch (const DomainError&) {  // says nothing of single outputs
      }
      for (std::size_t o = 0; o < y.size(); ++o)
        if (!(y[o] == plain[o])) pattern[o][i] = true;
    }
  }
}
// And where its derivative is not 0.
inline void mark_derivatives(const Sample& sample, const std::vector<double>& numbers,
                             Pattern& pattern) {
  const std::vector<Tensor> xs = variables_of(with_numbers(sample.inputs, numbers));
  const Tensor y = sample.apply(xs);
  for (std::size_t o = 0; o < pattern.size() && y.requires_grad(); ++o) {
    const Tensor one = (arange(y.numel()) == static_cast<double>(o)).to(y.dtype());
    const std::vector<double> row = joined(
        grad(y, floating(xs), one.reshape(y.shape()), {.retain_graph = true, .allow_unused = true}),
        floating(xs));
    for (std::size_t i = 0; i < row.size(); ++i)
      if (row[i] != 0) pattern[o][i] = true;  // NaN, too
  }
}
// Which outputs depend on which inputs, at the sample or at one of many points whose numbers are drawn
// from it.
inline Pattern dependences(const Sample& sample) {
  constexpr int kPoints = 24;
  Random random(1);
  const std::vector<double> own = joined(floating(sample.inputs), floating(sample.inputs));
  const auto count = static_cast<double>(own.size());
  Pattern pattern;
  for (int point = 0; point < kPoints; ++point) {
    std::vector<double> numbers = own;
    for (double& number : numbers) {
      const auto any = static_cast<std::size_t>(random.uniform(0, count));
      if (point > 0) number = own[std::min(any, own.size() - 1)] * random.uniform(0.5, 1.5);
    }
    try {
      mark_values(sample, numbers, pattern);
      mark_derivatives(sample, numbers, pattern);
    } catch (const Error&) {  // outside its domain
    }
  }
  return pattern;
}

// The derivatives of the outputs that the mask leaves, by all inputs: first ones, and those of the first
// ones along `upstream`.
struct FirstAndSecond {
  std::vector<double> first, second;

  FirstAndSecond(const Sample& sample, const std::vector<double>& numbers,
                 const std::vector<double>& mask, const std::vector<double>& upstream) {
    const std::vector<Tensor> xs = variables_of(with_numbers(sample.inputs, numbers));
    const std::vector<Tensor> by = floating(xs);
    const Tensor y = sample.apply(xs);
    const Tensor left = from_span(std::span<const double>(mask), y.shape()) != 0;
    const auto dx =
        grad(sum(sin(where(left, y, 0.0))), by, {.create_graph = true, .allow_unused = true});
    first = joined(dx, by);
    second.assign(first.size(), 0.0);
    std::size_t next = 0;
    for (std::size_t j = 0; j < by.size(); ++j) {
      const auto n = static_cast<std::size_t>(by[j].numel());
      const auto along = std::span(upstream).subspan(std::exchange(next, next + n), n);
      if (!dx[j].defined() || !dx[j].requires_grad()) continue;
      const auto part = joined(grad(dx[j], by, from_span(along, by[j].shape()),
                                    {.retain_graph = true, .allow_unused = true}),
                               by);
      for (std::size_t i = 0; i < part.size(); ++i) second[i] += part[i];
    }
  }
};

// A factorization takes a matrix as a whole: where one element of a result depends on one of an operand,
// all do.
inline void by_whole_matrices(const Sample& sample, Pattern& pattern) {
  const auto size_of = [](const Tensor& x) {
    return static_cast<std::size_t>(x.rank() < 2 ? x.numel() : x.size(-2) * x.size(-1));
  };
  const std::size_t rows = size_of(sample.apply(sample.inputs));
  std::size_t first = 0;
  for (const Tensor& x : floating(sample.inputs)) {
    const std::size_t columns = size_of(x), last = first + static_cast<std::size_t>(x.numel());
    for (; first < last; first += columns) {
      for (std::size_t top = 0; top < pattern.size(); top += rows) {
        const std::span block = std::span(pattern).subspan(top, rows);
        const auto begin = [first](std::vector<bool>& row) {
          return row.begin() + static_cast<std::ptrdiff_t>(first);
        };
        const auto end = [&](std::vector<bool>& row) {
          return begin(row) + static_cast<std::ptrdiff_t>(columns);
        };
        const bool any = std::ranges::any_of(block, [&](std::vector<bool>& row) {
          return std::find(begin(row), end(row), true) != end(row);
        });
        for (std::vector<bool>& row : block)
          if (any) std::fill(begin(row), end(row), true);
      }
    }
  }
}

// A function at a sample, some of its outputs masked: inputs that no other output depends on contribute
// 0, whatever they are and whatever arrives at their derivatives, and all else is as with the sample's
// own. Gives how many masks left outputs, but not all inputs.
inline int check_masking(const std::string& name, const Sample& sample,
                         bool is_factorization = false) {
  const std::vector<double> own = joined(floating(sample.inputs), floating(sample.inputs));
  Pattern pattern = dependences(sample);
  if (is_factorization) by_whole_matrices(sample, pattern);
  const std::size_t n = own.size(), m = pattern.size();
  if (n == 0 || m == 0) return 0;
  int count = 0;
  const std::vector<std::function<bool(std::size_t)>> masks = {
      [](std::size_t) { return false; }, [](std::size_t o) { return o == 0; },
      [m](std::size_t o) { return o < m / 2; }, [](std::size_t o) { return o % 2 == 0; }};
  for (std::size_t k = 0; k < masks.size(); ++k) {
    std::vector<double> mask(m);
    std::vector<bool> is_free(n, true);
    for (std::size_t o = 0; o < m; ++o) {
      mask[o] = masks[k](o) ? 1.0 : 0.0;
      for (std::size_t i = 0; i < n; ++i)
        if (masks[k](o) && pattern[o][i]) is_free[i] = false;
    }
    if (std::ranges::find(is_free, true) == is_free.end()) continue;
    if (std::ranges::find(mask, 1.0) != mask.end()) ++count;
    std::vector<double> upstream(n);
    for (std::size_t i = 0; i < n; ++i) upstream[i] = 1 + 0.125 * static_cast<double>(i);
    const FirstAndSecond expected(sample, own, mask, upstream);
    for (const double bad : {0.0, kInf, -kInf, kNan, 1e200, -1.5e308, 5e-324}) {
      for (const double arriving : {1.0, kInf, kNan}) {
        std::vector<double> numbers = own, along = upstream;
        for (std::size_t i = 0; i < n; ++i) {
          if (!is_free[i]) continue;
          numbers[i] = bad;
          along[i] = arriving;
        }
        const auto wrong = [&](const char* order, std::size_t i, double got, double need) {
          BOOST_ERROR(name << ", " << sample.description << ", mask " << k << ", " << bad
                           << " masked, " << arriving << " arriving: got " << got << " for input "
                           << i << " of order " << order << ", need " << need);
        };
        try {
          const FirstAndSecond found(sample, numbers, mask, along);
          for (std::size_t i = 0; i < n; ++i) {
            const auto agree = [&](double got, double need) {
              if (is_free[i]) return got == 0;
              return (std::isnan(got) && std::isnan(need)) || got == need ||
                     std::abs(got - need) <= 1e-9 * std::max(1.0, std::abs(need));
            };
            if (!agree(found.first[i], expected.first[i]))
              wrong("1", i, found.first[i], is_free[i] ? 0.0 : expected.first[i]);
            if (!agree(found.second[i], expected.second[i]))
              wrong("2", i, found.second[i], is_free[i] ? 0.0 : expected.second[i]);
          }
        } catch (const DomainError&) {  // an error at a point is what the op says there
        }
      }
    }
  }
  return count;
}

}  // namespace nabla::test
