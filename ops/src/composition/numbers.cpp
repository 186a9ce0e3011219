// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>
#include <string>

#include <nabla/ops/reduction/max.hpp>
#include <nabla/ops/reduction/mean.hpp>
#include <nabla/ops/reduction/min.hpp>
#include <nabla/ops/unary/abs.hpp>
#include <nabla/ops/unary/clamp.hpp>
#include <nabla/ops/unary/ldexp.hpp>
#include <nabla/ops/unary/rint.hpp>

#include "parts.hpp"

namespace nabla::detail {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// An elementwise function, also at the point where it has a kink.
Samples elementwise(Tensor (*f)(const Tensor&), Interval interval, double kink = kNan) {
  const auto apply = [f](Tensors x) { return f(x[0]); };
  const auto drawn = [&](const Shape& shape) {
    return sample_tensor(shape, interval.lower, interval.upper);
  };
  Samples samples{{"a matrix", {drawn({2, 3})}, apply},
                  {"a number", {drawn({})}, apply},
                  {"transposed", {drawn({3, 2}).transpose()}, apply},
                  {"without elements", {drawn({0})}, apply}};
  if (!std::isnan(kink)) samples.push_back({"the kink", {tensor(kink, float64)}, apply, false});
  return samples;
}

auto over(Tensor (*f)(const Tensor&, const Axes&, bool)) {
  return [f](Tensors x, const Axes& axes, bool keepdim) { return f(x[0], axes, keepdim); };
}

/// A reduction of numbers of which the second one is NaN.
template <class F>
Samples with_nans(F f) {
  const auto apply = [f](const Axes& axes, bool keepdim) {
    return [f, axes, keepdim](Tensors x) {
      // Made here, since a sample itself has to be finite.
      const Tensor holes = where(arange(x[0].numel()).reshape(x[0].shape()) == 1, kNan, 0.0);
      return f(x[0] + holes.to(x[0].dtype()), axes, keepdim);
    };
  };
  return {{"one of all", {sample_tensor({2, 3})}, apply({}, false)},
          {"axis 0", {sample_tensor({2, 3})}, apply(0, false)},
          {"the last axis of three, keepdim", {sample_tensor({2, 1, 3})}, apply(-1, true)},
          {"nothing to sum", {sample_tensor({0, 2})}, apply(0, false)},
          {"a number", {sample_tensor({})}, apply({}, false)}};
}

/// An extreme with its index.
Samples with_index(ValuesAndIndices (*f)(const Tensor&, int, bool)) {
  const auto apply = [f](int axis, bool keepdim) {
    return [f, axis, keepdim](Tensors x) { return f(x[0], axis, keepdim).values; };
  };
  const Tensor ties = tensor({{1.0, 1.0, 0.5}, {-2.0, -2.0, -2.0}}, float64);
  return {{"rows", {sample_tensor({2, 3})}, apply(-1, false)},
          {"columns, keepdim", {sample_tensor({3, 2})}, apply(0, true)},
          {"middle axis", {sample_tensor({2, 3, 2})}, apply(1, false)},
          {"ties", {ties}, apply(1, false), false},
          {"no lines", {sample_tensor({0, 3})}, apply(1, false)},
          {"a number along its axis", {sample_tensor({})}, apply(-1, true)}};
}
Errors with_index_errors(const std::string& name, ValuesAndIndices (*f)(const Tensor&, int, bool)) {
  const auto refused = [f](const Shape& shape, int axis) {
    return [=] { static_cast<void>(f(zeros(shape), axis, false)); };
  };
  return {{"no such axis", refused({2, 3}, 2), "[" + name + "] no such axis: got 2"},
          {"no elements", refused({2, 0}, 1),
           "[" + name + "] no elements: got (2, 0), need at least one along axis 1"}};
}

}  // namespace

std::span<const Composition> made_of_numbers() {
  static constexpr Composition table[] = {
      {.info = {.name = "amax",
                .formula = "y = greatest of x over axes",
                .gradient = "as max",
                .kinks = "as max: shared evenly at ties",
                .accuracy = "exact"},
       .made_of = "max",
       .samples = [] { return extreme_samples(over(amax)); },
       .errors =
           [] {
             return reduction_errors("amax", over(amax),
                                     {{"no elements", [] { static_cast<void>(amax(zeros({0}))); },
                                       "[amax] no elements: got (0,), need at least one"}});
           }},
      {.info = {.name = "amin",
                .formula = "y = least of x over axes",
                .gradient = "as min",
                .kinks = "as min: shared evenly at ties",
                .accuracy = "exact"},
       .made_of = "min",
       .samples = [] { return extreme_samples(over(amin)); },
       .errors =
           [] {
             return reduction_errors("amin", over(amin),
                                     {{"no elements",
                                       [] {
                                         static_cast<void>(amin(zeros({2, 0}), 1));
                                       },
                                       "[amin] no elements: got (2, 0), need at least one"}});
           }},
      {.info = {.name = "clamp_max",
                .formula = "y = min(x, hi)",
                .gradient = "dL/dx = g where x <= hi, else 0",
                .kinks = "x = hi: slope 1",
                .accuracy = "exact"},
       .made_of = "clamp",
       .samples =
           [] { return elementwise([](const Tensor& x) { return clamp_max(x, 0.5); }, {}, 0.5); },
       .errors =
           [] {
             return Errors{{"a bound that is no number",
                            [] { static_cast<void>(clamp_max(ones({2}), kNan)); },
                            "[clamp_max] hi is not a number, need one"}};
           }},
      {.info = {.name = "clamp_min",
                .formula = "y = max(x, lo)",
                .gradient = "dL/dx = g where x >= lo, else 0",
                .kinks = "x = lo: slope 1",
                .accuracy = "exact"},
       .made_of = "clamp",
       .samples =
           [] { return elementwise([](const Tensor& x) { return clamp_min(x, -0.5); }, {}, -0.5); },
       .errors =
           [] {
             return Errors{{"a bound that is no number",
                            [] { static_cast<void>(clamp_min(ones({2}), kNan)); },
                            "[clamp_min] lo is not a number, need one"}};
           }},
      {.info = {.name = "fabs",
                .formula = "y = |x|",
                .gradient = "as abs",
                .kinks = "as abs",
                .accuracy = "exact"},
       .made_of = "abs",
       .samples =
           [] { return elementwise([](const Tensor& x) { return Tensor(fabs(x)); }, {}, 0.0); },
       .errors =
           [] {
             return Errors{{"an empty handle", [] { static_cast<void>(Tensor(fabs(Tensor()))); },
                            "[fabs] operand 0 is an empty Tensor"}};
           }},
      {.info = {.name = "max_with_index",
                .formula = "y = greatest along an axis, and where it stands",
                .gradient = "dL/dx = g at the index",
                .kinks = "tie: the first one has the gradient",
                .accuracy = "exact"},
       .made_of = "gather",
       .samples = [] { return with_index(max_with_index); },
       .errors = [] { return with_index_errors("max_with_index", max_with_index); }},
      {.info = {.name = "min_with_index",
                .formula = "y = least along an axis, and where it stands",
                .gradient = "dL/dx = g at the index",
                .kinks = "tie: the first one has the gradient",
                .accuracy = "exact"},
       .made_of = "gather",
       .samples = [] { return with_index(min_with_index); },
       .errors = [] { return with_index_errors("min_with_index", min_with_index); }},
      {.info = {.name = "nanmean",
                .formula = "y = mean of the x that are not NaN",
                .gradient = "dL/dx = g / their number, 0 at NaN",
                .domain = "all real numbers, and NaN",
                .kinks = "none left: NaN",
                .accuracy = "as sum, and <= 0.5 ulp"},
       .made_of = "where, sum, div",
       .samples = [] { return with_nans(nanmean); },
       .errors =
           [] {
             return reduction_errors("nanmean", over(nanmean),
                                     {{"integers", [] { static_cast<void>(nanmean(arange(3))); },
                                       "[nanmean] got int64, need float32 or float64"}});
           }},
      {.info = {.name = "nansum",
                .formula = "y = sum of the x that are not NaN",
                .gradient = "dL/dx = g, 0 at NaN",
                .domain = "all real numbers, and NaN",
                .accuracy = "as sum"},
       .made_of = "where, sum",
       .samples = [] { return with_nans(nansum); },
       .errors = [] { return reduction_errors("nansum", over(nansum)); }},
      {.info = {.name = "nearbyint",
                .formula = "y = x rounded to even",
                .gradient = "as rint",
                .kinks = "as rint",
                .accuracy = "exact"},
       .made_of = "rint",
       .samples =
           [] {
             return elementwise([](const Tensor& x) { return Tensor(nearbyint(x)); }, {0.6, 1.4});
           },
       .errors =
           [] {
             return Errors{{"an empty handle",
                            [] { static_cast<void>(Tensor(nearbyint(Tensor()))); },
                            "[nearbyint] operand 0 is an empty Tensor"}};
           }},
      {.info = {.name = "scalbln",
                .formula = "y = 2^n x",
                .gradient = "as ldexp",
                .accuracy = "as ldexp"},
       .made_of = "ldexp",
       .samples =
           [] { return elementwise([](const Tensor& x) { return Tensor(scalbln(x, -3L)); }, {}); },
       .errors =
           [] {
             return Errors{{"an empty handle",
                            [] { static_cast<void>(Tensor(scalbln(Tensor(), 1L))); },
                            "[scalbln] operand 0 is an empty Tensor"}};
           }},
      {.info = {.name = "scalbn",
                .formula = "y = 2^n x",
                .gradient = "as ldexp",
                .accuracy = "as ldexp"},
       .made_of = "ldexp",
       .samples =
           [] { return elementwise([](const Tensor& x) { return Tensor(scalbn(x, 3)); }, {}); },
       .errors =
           [] {
             return Errors{{"an empty handle",
                            [] { static_cast<void>(Tensor(scalbn(Tensor(), 1))); },
                            "[scalbn] operand 0 is an empty Tensor"}};
           }}};
  return table;
}

}  // namespace nabla::detail
