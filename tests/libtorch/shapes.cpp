// SPDX-License-Identifier: MIT
// Shapes, indices and masks beside those of libtorch.
#include <boost/test/unit_test.hpp>

#include <nabla/engine/creation.hpp>
#include <nabla/ops/nonzero.hpp>
#include <nabla/ops/ops.hpp>
#include <nabla/ops/searchsorted.hpp>

#include "compare.hpp"

#include <torch/torch.h>

using namespace nabla::test;
namespace F = torch::nn::functional;

namespace {

using Ours = std::span<const nabla::Tensor>;
using Theirs = const TorchList&;

Case on_block(const std::string& name, nabla::Tensor (*ours)(Ours), Torch (*theirs)(Theirs)) {
  return {name, {{{2, 3, 4}}}, ours, theirs};
}
Case on_matrix(const std::string& name, nabla::Tensor (*ours)(Ours), Torch (*theirs)(Theirs)) {
  return {name, {{{3, 4}}, {{2, 4}}}, ours, theirs};
}

nabla::Tensor some() { return nabla::tensor({2, 0, 2}, nabla::int64); }
nabla::Tensor grid() { return nabla::tensor({{0, 2, 1, 2}, {2, 2, 0, 0}}, nabla::int64); }

const std::vector<Case> kShapes = {
    on_block(
        "permute",
        [](Ours x) {
          return nabla::permute(x[0], {2, 0, 1});
        },
        [](Theirs x) {
          return x[0].permute({2, 0, 1});
        }),
    on_block(
        "transpose", [](Ours x) { return nabla::transpose(x[0], 0, 2); },
        [](Theirs x) { return torch::transpose(x[0], 0, 2); }),
    on_block(
        "swapaxes", [](Ours x) { return nabla::swapaxes(x[0], -1, 0); },
        [](Theirs x) { return torch::swapaxes(x[0], -1, 0); }),
    on_block(
        "flatten", [](Ours x) { return nabla::flatten(x[0], 1, 2); },
        [](Theirs x) { return torch::flatten(x[0], 1, 2); }),
    on_block(
        "to float32 and back",
        [](Ours x) { return nabla::to(nabla::to(x[0], nabla::float32), nabla::float64); },
        [](Theirs x) { return x[0].to(at::kFloat).to(at::kDouble); }),
    on_block(
        "clone", [](Ours x) { return nabla::clone(x[0]); },
        [](Theirs x) { return torch::clone(x[0]); }),
    on_block(
        "flip",
        [](Ours x) {
          return nabla::flip(x[0], {0, 2});
        },
        [](Theirs x) {
          return torch::flip(x[0], {0, 2});
        }),
    on_block(
        "reshape",
        [](Ours x) {
          return nabla::reshape(x[0], {4, -1});
        },
        [](Theirs x) {
          return x[0].reshape({4, -1});
        }),
    on_block(
        "slice, every second", [](Ours x) { return nabla::slice(x[0], 2, 1, 4, 2); },
        [](Theirs x) { return x[0].slice(2, 1, 4, 2); }),
    on_block(
        "narrow", [](Ours x) { return nabla::narrow(x[0], 2, 1, 2); },
        [](Theirs x) { return torch::narrow(x[0], 2, 1, 2); }),
    on_block(
        "select", [](Ours x) { return nabla::select(x[0], 1, -1); },
        [](Theirs x) { return torch::select(x[0], 1, -1); }),
    on_block(
        "a part of a split", [](Ours x) { return nabla::split(x[0], 3, 2)[1]; },
        [](Theirs x) { return torch::split(x[0], 3, 2)[1]; }),
    on_block(
        "a chunk", [](Ours x) { return nabla::chunk(x[0], 2, 1)[0]; },
        [](Theirs x) { return torch::chunk(x[0], 2, 1)[0]; }),
    on_block(
        "tile",
        [](Ours x) {
          return nabla::tile(x[0], {2, 1, 3});
        },
        [](Theirs x) {
          return x[0].repeat({2, 1, 3});
        }),
    on_block(
        "squeeze and unsqueeze",
        [](Ours x) { return nabla::squeeze(nabla::unsqueeze(nabla::unsqueeze(x[0], 1), 0), 0); },
        [](Theirs x) { return x[0].unsqueeze(1).unsqueeze(0).squeeze(0); }),
    {"expand",
     {{{2, 1, 3}}},
     [](Ours x) {
       return nabla::expand(x[0], {4, 2, 5, 3});
     },
     [](Theirs x) {
       return x[0].expand({4, 2, 5, 3});
     }},
    {"broadcast_to",
     {{{2, 1, 3}}},
     [](Ours x) {
       return nabla::broadcast_to(x[0], {4, 2, 5, 3});
     },
     [](Theirs x) {
       return torch::broadcast_to(x[0], {4, 2, 5, 3});
     }},
    {"broadcast_tensors",
     {{{2, 1}}, {{3}}},
     [](Ours x) {
       const std::vector<nabla::Tensor> views = nabla::broadcast_tensors({x[0], x[1]});
       return views[0] * views[1];
     },
     [](Theirs x) {
       const TorchList views = torch::broadcast_tensors({x[0], x[1]});
       return views[0] * views[1];
     }},
    {"stack",
     {{{2, 3}}, {{2, 3}}},
     [](Ours x) {
       return nabla::stack({x[0], x[1], x[0]}, 1);
     },
     [](Theirs x) {
       return torch::stack({x[0], x[1], x[0]}, 1);
     }},
    {"concat",
     {{{2, 3}}, {{2, 1}}},
     [](Ours x) {
       return nabla::concat({x[0], x[1], x[0]}, 1);
     },
     [](Theirs x) {
       return torch::cat({x[0], x[1], x[0]}, 1);
     }},
    {"diag of a vector",
     {{{3}}},
     [](Ours x) { return nabla::diag(x[0], -1); },
     [](Theirs x) { return torch::diag(x[0], -1); }},
    {"diag of a matrix",
     {{{3, 5}}},
     [](Ours x) { return nabla::diag(x[0], 2); },
     [](Theirs x) { return torch::diag(x[0], 2); }},
    {"diag_embed",
     {{{2, 3}}},
     [](Ours x) { return nabla::diag_embed(x[0], 1); },
     [](Theirs x) { return torch::diag_embed(x[0], 1); }},
    on_block(
        "roll", [](Ours x) { return nabla::roll(x[0], 2, 1); },
        [](Theirs x) { return torch::roll(x[0], {2}, {1}); }),
    on_block(
        "diagonal", [](Ours x) { return nabla::diagonal(x[0], 1, 0, 2); },
        [](Theirs x) { return x[0].diagonal(1, 0, 2); }),
    on_block(
        "tril", [](Ours x) { return nabla::tril(x[0], -1); },
        [](Theirs x) { return torch::tril(x[0], -1); }),
    on_block(
        "triu", [](Ours x) { return nabla::triu(x[0], 1); },
        [](Theirs x) { return torch::triu(x[0], 1); }),
    on_block(
        "unfold", [](Ours x) { return nabla::unfold(x[0], 2, 3, 1); },
        [](Theirs x) { return x[0].unfold(2, 3, 1); }),
    on_block(
        "as_strided, windows that overlap",
        [](Ours x) {
          return nabla::as_strided(x[0], {4, 3, 2}, {2, 1, 3}, 1);
        },
        [](Theirs x) {
          return torch::as_strided(x[0].contiguous(), {4, 3, 2}, {2, 1, 3}, 1);
        }),
    on_block(
        "pad, reflected",
        [](Ours x) {
          return nabla::pad(x[0], {{0, 0}, {0, 0}, {2, 1}}, nabla::PadMode::reflect);
        },
        [](Theirs x) {
          return F::pad(x[0], F::PadFuncOptions({2, 1}).mode(torch::kReflect));
        }),
    on_block(
        "pad, replicated",
        [](Ours x) {
          return nabla::pad(x[0], {{0, 0}, {0, 0}, {2, 1}}, nabla::PadMode::replicate);
        },
        [](Theirs x) {
          return F::pad(x[0], F::PadFuncOptions({2, 1}).mode(torch::kReplicate));
        }),
    on_block(
        "pad, circular",
        [](Ours x) {
          return nabla::pad(x[0], {{0, 0}, {0, 0}, {2, 1}}, nabla::PadMode::circular);
        },
        [](Theirs x) {
          return F::pad(x[0], F::PadFuncOptions({2, 1}).mode(torch::kCircular));
        }),
    on_block(
        "moveaxis of two",
        [](Ours x) {
          return nabla::moveaxis(x[0], {0, 2}, {1, 0});
        },
        [](Theirs x) {
          return torch::moveaxis(x[0], {0, 2}, {1, 0});
        }),
    {"meshgrid, xy",
     {{{3}}, {{4}}},
     [](Ours x) {
       return nabla::meshgrid({x[0], x[1]}, nabla::GridIndexing::xy)[0] *
              nabla::meshgrid({x[0], x[1]}, nabla::GridIndexing::xy)[1];
     },
     [](Theirs x) {
       return torch::meshgrid({x[0], x[1]}, "xy")[0] * torch::meshgrid({x[0], x[1]}, "xy")[1];
     }},
    on_block(
        "repeat_interleave", [](Ours x) { return nabla::repeat_interleave(x[0], 2, 1); },
        [](Theirs x) { return torch::repeat_interleave(x[0], 2, 1); }),
};

const std::vector<Case> kIndices = {
    on_matrix(
        "index_select", [](Ours x) { return nabla::index_select(x[0], 1, some()); },
        [](Theirs x) { return torch::index_select(x[0], 1, torch_of(some())); }),
    on_matrix(
        "gather_rows", [](Ours x) { return nabla::gather_rows(x[0], some()); },
        [](Theirs x) { return torch::index_select(x[0], 0, torch_of(some())); }),
    on_matrix(
        "index by rows", [](Ours x) { return nabla::index(x[0], {grid()}); },
        [](Theirs x) { return torch::index(x[0], {torch_of(grid())}); }),
    on_matrix(
        "index by two that broadcast",
        [](Ours x) {
          return nabla::index(x[0], {some().reshape({3, 1}), grid()[0]});
        },
        [](Theirs x) {
          return torch::index(x[0], {torch_of(some()).reshape({3, 1}), torch_of(grid())[0]});
        }),
    on_matrix(
        "index_add",
        [](Ours x) {
          return nabla::index_add(x[0], 0, nabla::tensor({2, 2}, nabla::int64), x[1]);
        },
        [](Theirs x) {
          return torch::index_add(x[0], 0, torch_of(nabla::tensor({2, 2}, nabla::int64)), x[1]);
        }),
    on_matrix(
        "gather", [](Ours x) { return nabla::gather(x[0], 0, grid()); },
        [](Theirs x) { return torch::gather(x[0], 0, torch_of(grid())); }),
    on_matrix(
        "scatter_add", [](Ours x) { return nabla::scatter_add(x[0], 0, grid(), x[1]); },
        [](Theirs x) { return torch::scatter_add(x[0], 0, torch_of(grid()), x[1]); }),
    on_matrix(
        "scatter",
        [](Ours x) {
          return nabla::scatter(x[0], 1, nabla::tensor({{3, 0, 1, 2}, {1, 2, 3, 0}}, nabla::int64),
                                x[1]);
        },
        [](Theirs x) {
          return torch::scatter(
              x[0], 1, torch_of(nabla::tensor({{3, 0, 1, 2}, {1, 2, 3, 0}}, nabla::int64)), x[1]);
        }),
    on_matrix(
        "index_put",
        [](Ours x) {
          return nabla::index_put(x[0], {nabla::tensor({2, 0}, nabla::int64)}, x[1]);
        },
        [](Theirs x) {
          return torch::index_put(x[0], {torch_of(nabla::tensor({2, 0}, nabla::int64))}, x[1]);
        }),
    on_matrix(
        "take", [](Ours x) { return nabla::take(x[0], grid()); },
        [](Theirs x) { return torch::take(x[0], torch_of(grid())); }),
    on_matrix(
        "masked_select", [](Ours x) { return nabla::masked_select(x[0], x[0] > 0.5); },
        [](Theirs x) { return torch::masked_select(x[0], x[0] > 0.5); }),
    on_matrix(
        "masked_fill", [](Ours x) { return nabla::masked_fill(x[0], x[0] > 0.5, 3); },
        [](Theirs x) { return torch::masked_fill(x[0], x[0] > 0.5, 3); }),
    on_matrix(
        "masked_scatter",
        [](Ours x) {
          return nabla::masked_scatter(x[0], x[0] > 0.5, nabla::tile(x[1], {2, 1}));
        },
        [](Theirs x) {
          return torch::masked_scatter(x[0], x[0] > 0.5, x[1].repeat({2, 1}));
        }),
    on_matrix(
        "searchsorted",
        [](Ours x) {
          return nabla::searchsorted(nabla::arange(9).to(nabla::float64) - 4.0,
                                     nabla::floor(x[0] * 2.0), nabla::SearchSide::right)
              .to(nabla::float64);
        },
        [](Theirs x) {
          return torch::searchsorted(torch::arange(9, at::kDouble) - 4.0, torch::floor(x[0] * 2.0),
                                     false, true)
              .to(at::kDouble);
        }),
    on_matrix(
        "embedding", [](Ours x) { return nabla::embedding(x[0], grid(), 2); },
        [](Theirs x) { return torch::embedding(x[0], torch_of(grid()), 2); }),
    on_matrix(
        "index_put, adding up",
        [](Ours x) {
          return nabla::index_put(x[0], {nabla::tensor({2, 2}, nabla::int64)}, x[1], true);
        },
        [](Theirs x) {
          return torch::index_put(x[0], {torch_of(nabla::tensor({2, 2}, nabla::int64))}, x[1],
                                  true);
        }),
};

}  // namespace

BOOST_AUTO_TEST_SUITE(shapes_beside_libtorch)

BOOST_AUTO_TEST_CASE(shapes_agree) {
  for (const Case& test : kShapes) compare(test);
}
BOOST_AUTO_TEST_CASE(indices_and_masks_agree) {
  for (const Case& test : kIndices) compare(test);
}

BOOST_AUTO_TEST_SUITE_END()
