// SPDX-License-Identifier: MIT
// Reductions, cumulative ops and order statistics beside those of libtorch.
#include <cmath>
#include <limits>

#include <boost/test/unit_test.hpp>

#include <nabla/ops/argmax.hpp>
#include <nabla/ops/nonzero.hpp>
#include <nabla/ops/one_hot.hpp>
#include <nabla/ops/ops.hpp>
#include <nabla/ops/truth.hpp>

#include "compare.hpp"

#include <torch/torch.h>

using namespace nabla::test;

namespace {

using Ours = std::span<const nabla::Tensor>;
using Theirs = const TorchList&;

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// On (2, 3, 4), the axis in the middle.
Case on_block(const std::string& name, nabla::Tensor (*ours)(Ours), Torch (*theirs)(Theirs)) {
  return {name, {{{2, 3, 4}}}, ours, theirs};
}

const std::vector<Case> kReductions = {
    on_block(
        "sum", [](Ours x) { return nabla::sum(x[0], 1); },
        [](Theirs x) { return torch::sum(x[0], {1}); }),
    on_block(
        "mean of two axes",
        [](Ours x) {
          return nabla::mean(x[0], {0, 2}, true);
        },
        [](Theirs x) {
          return torch::mean(x[0], at::IntArrayRef{0, 2}, true);
        }),
    on_block(
        "nansum", [](Ours x) { return nabla::nansum(nabla::where(x[0] > 1.0, kNan, x[0]), 1); },
        [](Theirs x) { return torch::nansum(torch::where(x[0] > 1.0, kNan, x[0]), {1}); }),
    on_block(
        "nanmean", [](Ours x) { return nabla::nanmean(nabla::where(x[0] > 1.0, kNan, x[0])); },
        [](Theirs x) { return torch::nanmean(torch::where(x[0] > 1.0, kNan, x[0])); }),
    on_block(
        "prod", [](Ours x) { return nabla::prod(x[0], 1); },
        [](Theirs x) { return torch::prod(x[0], 1); }),
    on_block(
        "prod of all", [](Ours x) { return nabla::prod(x[0]); },
        [](Theirs x) { return torch::prod(x[0]); }),
    on_block(
        "max", [](Ours x) { return nabla::max(x[0], 1); },
        [](Theirs x) { return torch::amax(x[0], {1}); }),
    on_block(
        "min of two axes",
        [](Ours x) {
          return nabla::min(x[0], {0, 1});
        },
        [](Theirs x) {
          return torch::amin(x[0], {0, 1});
        }),
    on_block(
        "amax of two axes",
        [](Ours x) {
          return nabla::amax(x[0], {0, 2}, true);
        },
        [](Theirs x) {
          return torch::amax(x[0], {0, 2}, true);
        }),
    on_block(
        "amin", [](Ours x) { return nabla::amin(x[0], 1); },
        [](Theirs x) { return torch::amin(x[0], {1}); }),
    on_block(
        "var", [](Ours x) { return nabla::var(x[0], 1); },
        [](Theirs x) { return torch::var(x[0], {1}); }),
    on_block(
        "std, correction 0",
        [](Ours x) {
          return nabla::std(x[0], {0, 2}, 0);
        },
        [](Theirs x) {
          return torch::std(x[0], at::IntArrayRef{0, 2}, /*unbiased=*/false);
        }),
    on_block(
        "norm 1", [](Ours x) { return nabla::norm(x[0], 1, 1); },
        [](Theirs x) { return torch::norm(x[0], 1, {1}); }),
    on_block(
        "norm 2", [](Ours x) { return nabla::norm(x[0], 2, 1); },
        [](Theirs x) { return torch::norm(x[0], 2, {1}); }),
    on_block(
        "norm 3", [](Ours x) { return nabla::norm(x[0], 3, 1); },
        [](Theirs x) { return torch::norm(x[0], 3, {1}); }),
    on_block(
        "norm 1/2", [](Ours x) { return nabla::norm(x[0], 0.5, 1); },
        [](Theirs x) { return torch::norm(x[0], 0.5, {1}); }),
    on_block(
        "norm inf", [](Ours x) { return nabla::norm(x[0], kInf, 1); },
        [](Theirs x) { return torch::norm(x[0], kInf, {1}); }),
    on_block(
        "norm -inf", [](Ours x) { return nabla::norm(x[0], -kInf, 1); },
        [](Theirs x) { return torch::norm(x[0], -kInf, {1}); }),
    on_block(
        "norm 0", [](Ours x) { return nabla::norm(x[0], 0, 1); },
        [](Theirs x) { return torch::norm(x[0], 0, {1}); }),
    on_block(
        "logsumexp", [](Ours x) { return nabla::logsumexp(x[0], 1); },
        [](Theirs x) { return torch::logsumexp(x[0], {1}); }),
    on_block(
        "softmax", [](Ours x) { return nabla::softmax(x[0], 1); },
        [](Theirs x) { return torch::softmax(x[0], 1); }),
    on_block(
        "log_softmax", [](Ours x) { return nabla::log_softmax(x[0], 1); },
        [](Theirs x) { return torch::log_softmax(x[0], 1); }),
    on_block(
        "layer_norm", [](Ours x) { return nabla::layer_norm(x[0]); },
        [](Theirs x) { return torch::layer_norm(x[0], {4}); }),
};

const std::vector<Case> kAlongLines = {
    on_block(
        "cumsum", [](Ours x) { return nabla::cumsum(x[0], 1); },
        [](Theirs x) { return torch::cumsum(x[0], 1); }),
    on_block(
        "cumprod", [](Ours x) { return nabla::cumprod(x[0], 1); },
        [](Theirs x) { return torch::cumprod(x[0], 1); }),
    on_block(
        "logcumsumexp", [](Ours x) { return nabla::logcumsumexp(x[0], 1); },
        [](Theirs x) { return torch::logcumsumexp(x[0], 1); }),
    on_block(
        "cummax", [](Ours x) { return nabla::cummax(x[0], 1).values; },
        [](Theirs x) { return std::get<0>(torch::cummax(x[0], 1)); }),
    on_block(
        "cummin", [](Ours x) { return nabla::cummin(x[0], 2).values; },
        [](Theirs x) { return std::get<0>(torch::cummin(x[0], 2)); }),
    on_block(
        "sort", [](Ours x) { return nabla::sort(x[0], 1).values; },
        [](Theirs x) { return std::get<0>(torch::sort(x[0], 1)); }),
    on_block(
        "sort, descending", [](Ours x) { return nabla::sort(x[0], 2, true).values; },
        [](Theirs x) { return std::get<0>(torch::sort(x[0], 2, true)); }),
    on_block(
        "topk", [](Ours x) { return nabla::topk(x[0], 2, 1).values; },
        [](Theirs x) { return std::get<0>(torch::topk(x[0], 2, 1)); }),
    on_block(
        "kthvalue", [](Ours x) { return nabla::kthvalue(x[0], 2, 1).values; },
        [](Theirs x) { return std::get<0>(torch::kthvalue(x[0], 2, 1)); }),
    on_block(
        "median", [](Ours x) { return nabla::median(x[0], 2).values; },
        [](Theirs x) { return std::get<0>(torch::median(x[0], 2)); }),
    on_block(
        "max_with_index", [](Ours x) { return nabla::max_with_index(x[0], 1).values; },
        [](Theirs x) { return std::get<0>(torch::max(x[0], 1)); }),
    on_block(
        "min_with_index, keepdim",
        [](Ours x) { return nabla::min_with_index(x[0], 2, true).values; },
        [](Theirs x) { return std::get<0>(torch::min(x[0], 2, true)); }),
    on_block(
        "median of all", [](Ours x) { return nabla::median(x[0]); },
        [](Theirs x) { return torch::median(x[0]); }),
};

}  // namespace

BOOST_AUTO_TEST_SUITE(reductions_beside_libtorch)

BOOST_AUTO_TEST_CASE(reductions_agree) {
  for (const Case& test : kReductions) compare(test);
}
BOOST_AUTO_TEST_CASE(cumulative_ops_and_order_statistics_agree) {
  for (const Case& test : kAlongLines) compare(test);
}

// Where elements are equal, or 0, the rule decides and not the limit.
BOOST_AUTO_TEST_CASE(ties_and_zeros_are_treated_alike) {
  const nabla::Tensor ties =
      nabla::tensor({{1, 1, 0.5, 0}, {2, -1, -1, 0}, {3, 3, 3, 3}}, nabla::float64);
  const auto at_ties = [&](const std::string& name, nabla::Tensor (*ours)(const nabla::Tensor&),
                           Torch (*theirs)(const Torch&)) {
    compare({name,
             {{{3, 4}, 0, 0}},
             [&](Ours x) { return ours(x[0] + ties); },
             [&](Theirs x) { return theirs(x[0] + torch_of(ties)); }});
  };
  at_ties(
      "amax", [](const nabla::Tensor& x) { return nabla::max(x, 1); },
      [](const Torch& x) { return torch::amax(x, {1}); });
  at_ties(
      "sort", [](const nabla::Tensor& x) { return nabla::sort(x, 1).values; },
      [](const Torch& x) {
        return std::get<0>(torch::sort(x, /*stable=*/c10::optional<bool>(true), 1));
      });
  at_ties(
      "cummax", [](const nabla::Tensor& x) { return nabla::cummax(x, 1).values; },
      [](const Torch& x) { return std::get<0>(torch::cummax(x, 1)); });
  at_ties(
      "max_with_index", [](const nabla::Tensor& x) { return nabla::max_with_index(x, 1).values; },
      [](const Torch& x) { return std::get<0>(torch::max(x, 1)); });
  at_ties(
      "min_with_index", [](const nabla::Tensor& x) { return nabla::min_with_index(x, 1).values; },
      [](const Torch& x) { return std::get<0>(torch::min(x, 1)); });
  at_ties(
      "mode", [](const nabla::Tensor& x) { return nabla::mode(x, 1).values; },
      [](const Torch& x) { return std::get<0>(torch::mode(x, 1)); });
  at_ties(
      "prod", [](const nabla::Tensor& x) { return nabla::prod(x, 1); },
      [](const Torch& x) { return torch::prod(x, 1); });
  at_ties(
      "cumprod", [](const nabla::Tensor& x) { return nabla::cumprod(x, 1); },
      [](const Torch& x) { return torch::cumprod(x, 1); });
  at_ties(
      "std", [](const nabla::Tensor& x) { return nabla::std(x, 1); },
      [](const Torch& x) { return torch::std(x, {1}); });
}

// Results that have no gradient: where elements stand, and how many there are.
BOOST_AUTO_TEST_CASE(indices_and_counts_agree) {
  const auto count = [](const std::string& name, nabla::Tensor (*ours)(const nabla::Tensor&),
                        Torch (*theirs)(const Torch&)) {
    compare({name,
             {{{2, 3, 4}}},
             [ours](Ours x) { return ours(x[0]).to(nabla::float64); },
             [theirs](Theirs x) { return theirs(x[0]).to(at::kDouble); }});
  };
  count(
      "argmax", [](const nabla::Tensor& x) { return nabla::argmax(x, 1); },
      [](const Torch& x) { return torch::argmax(x, 1); });
  count(
      "argmax, keepdim", [](const nabla::Tensor& x) { return nabla::argmax(x, 1, true); },
      [](const Torch& x) { return torch::argmax(x, 1, true); });
  count(
      "argmin of all", [](const nabla::Tensor& x) { return nabla::argmin(x); },
      [](const Torch& x) { return torch::argmin(x); });
  count(
      "argsort, descending", [](const nabla::Tensor& x) { return nabla::argsort(x, 1, true); },
      [](const Torch& x) { return torch::argsort(x, 1, true); });
  count(
      "indices of topk", [](const nabla::Tensor& x) { return nabla::topk(x, 2, 1).indices; },
      [](const Torch& x) { return std::get<1>(torch::topk(x, 2, 1)); });
  count(
      "indices of kthvalue",
      [](const nabla::Tensor& x) { return nabla::kthvalue(x, 2, 1).indices; },
      [](const Torch& x) { return std::get<1>(torch::kthvalue(x, 2, 1)); });
  count(
      "indices of median", [](const nabla::Tensor& x) { return nabla::median(x, 2).indices; },
      [](const Torch& x) { return std::get<1>(torch::median(x, 2)); });
  count(
      "indices of cummax", [](const nabla::Tensor& x) { return nabla::cummax(x, 1).indices; },
      [](const Torch& x) { return std::get<1>(torch::cummax(x, 1)); });
  count(
      "count_nonzero",
      [](const nabla::Tensor& x) { return nabla::count_nonzero(nabla::relu(x), 1); },
      [](const Torch& x) { return torch::count_nonzero(torch::relu(x), at::IntArrayRef{1}); });
  count(
      "any", [](const nabla::Tensor& x) { return nabla::any(x > 1.0, 2); },
      [](const Torch& x) { return torch::any(x > 1.0, 2); });
  count(
      "all, keepdim", [](const nabla::Tensor& x) { return nabla::all(x > -1.0, 2, true); },
      [](const Torch& x) { return torch::all(x > -1.0, 2, true); });
  count(
      "isnan", [](const nabla::Tensor& x) { return nabla::isnan(nabla::log(x)); },
      [](const Torch& x) { return torch::isnan(torch::log(x)); });
  count(
      "isinf", [](const nabla::Tensor& x) { return nabla::isinf(1.0 / nabla::relu(x)); },
      [](const Torch& x) { return torch::isinf(1.0 / torch::relu(x)); });
  count(
      "isfinite", [](const nabla::Tensor& x) { return nabla::isfinite(nabla::log(x)); },
      [](const Torch& x) { return torch::isfinite(torch::log(x)); });
  count(
      "conditions joined",
      [](const nabla::Tensor& x) {
        return nabla::logical_or(nabla::logical_and(x > -1.0, x < 1.0),
                                 nabla::logical_not(x <= 1.5));
      },
      [](const Torch& x) {
        return torch::logical_or(torch::logical_and(x > -1.0, x < 1.0),
                                 torch::logical_not(x <= 1.5));
      });
  count(
      "one_hot",
      [](const nabla::Tensor& x) { return nabla::one_hot(nabla::argmax(x, 2), 4, nabla::int64); },
      [](const Torch& x) { return torch::one_hot(torch::argmax(x, 2), 4); });
  count(
      "unique", [](const nabla::Tensor& x) { return nabla::unique(nabla::floor(x)).values; },
      [](const Torch& x) { return std::get<0>(torch::_unique(torch::floor(x.detach()))); });
  count(
      "nonzero", [](const nabla::Tensor& x) { return nabla::nonzero(x > 0.0); },
      [](const Torch& x) { return torch::nonzero(x > 0.0); });
}

BOOST_AUTO_TEST_SUITE_END()
