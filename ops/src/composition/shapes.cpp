// SPDX-License-Identifier: MIT
#include <nabla/ops/index/diag_embed.hpp>
#include <nabla/ops/index/tile.hpp>
#include <nabla/ops/view/broadcast_to.hpp>
#include <nabla/ops/view/permute.hpp>
#include <nabla/ops/view/reshape.hpp>
#include <nabla/ops/view/slice.hpp>

#include "parts.hpp"

namespace nabla::detail {

std::span<const Composition> made_of_shapes() {
  static constexpr Composition table[] = {
      {.info = {.name = "broadcast_tensors",
                .formula = "y_i = x_i repeated to the common shape",
                .gradient = "as broadcast_to",
                .accuracy = "exact"},
       .made_of = "broadcast_to",
       .samples =
           [] {
             const auto apply = [](Tensors x) { return together(broadcast_tensors(x)); };
             return Samples{
                 {"a row and a column", {sample_tensor({3}), sample_tensor({2, 1})}, apply},
                 {"three, one a number",
                  {sample_tensor({2, 2}), sample_tensor({}), sample_tensor({3, 1, 2})},
                  apply},
                 {"without elements", {sample_tensor({0, 2}), sample_tensor({2})}, apply}};
           },
       .errors =
           [] {
             return Errors{{"shapes that do not fit",
                            [] {
                              static_cast<void>(broadcast_tensors({zeros({2, 3}), zeros({4})}));
                            },
                            "[broadcast_tensors] shapes do not broadcast: a is (2, 3), b is (4,)"}};
           }},
      {.info = {.name = "chunk",
                .formula = "parts of equal size along an axis, but for the last",
                .gradient = "dL/dx = the parts of g",
                .accuracy = "exact"},
       .made_of = "slice",
       .samples =
           [] {
             return Samples{{"two unequal ones",
                             {sample_tensor({5, 2})},
                             [](Tensors x) { return together(chunk(x[0], 2)); }},
                            {"three, the last axis",
                             {sample_tensor({2, 6})},
                             [](Tensors x) { return together(chunk(x[0], 3, -1)); }},
                            {"the second one alone",
                             {sample_tensor({4})},
                             [](Tensors x) { return chunk(x[0], 2)[1]; }},
                            {"without elements", {sample_tensor({0, 2})}, [](Tensors x) {
                               return together(chunk(x[0], 2));
                             }}};
           },
       .errors =
           [] {
             return Errors{{"none", [] { static_cast<void>(chunk(zeros({3}), 0)); },
                            "[chunk] got 0 parts, need at least 1"}};
           }},
      {.info = {.name = "diag",
                .formula = "a vector on the diagonal of a matrix, or the diagonal of a matrix",
                .gradient = "dL/dx = the diagonal of g, or g on the diagonal",
                .accuracy = "exact"},
       .made_of = "diag_embed, diagonal",
       .samples =
           [] {
             const auto apply = [](std::int64_t offset) {
               return [offset](Tensors x) { return diag(x[0], offset); };
             };
             return Samples{{"of a vector", {sample_tensor({3})}, apply(0)},
                            {"of a vector, below", {sample_tensor({2})}, apply(-1)},
                            {"of a matrix", {sample_tensor({2, 3})}, apply(0)},
                            {"of a matrix, above", {sample_tensor({3, 3})}, apply(1)},
                            {"without elements", {sample_tensor({0})}, apply(0)}};
           },
       .errors =
           [] {
             return Errors{
                 {"three axes",
                  [] {
                    static_cast<void>(diag(zeros({2, 3, 4})));
                  },
                  "[diag] got (2, 3, 4), need a vector or a matrix"},
                 {"too far", [] { static_cast<void>(diag(zeros({3}), std::int64_t{1} << 60)); },
                  "[diag] too far: got"},
                 {"too large", [] { static_cast<void>(diag(zeros({3}), std::int64_t{1} << 40)); },
                  "[diag] too many elements: got (1099511627779, 1099511627779), need at most "
                  "2^59"}};
           }},
      {.info = {.name = "expand",
                .formula = "x repeated along axes of size 1; -1 keeps a size",
                .gradient = "as broadcast_to",
                .accuracy = "exact"},
       .made_of = "broadcast_to",
       .samples =
           [] {
             const auto apply = [](const Shape& shape) {
               return [shape](Tensors x) { return expand(x[0], shape); };
             };
             return Samples{{"an axis of size 1", {sample_tensor({2, 1})}, apply({-1, 3})},
                            {"a new axis", {sample_tensor({1, 2})}, apply({2, 3, -1})},
                            {"nothing to repeat", {sample_tensor({0, 1})}, apply({-1, 2})},
                            {"a number", {sample_tensor({})}, apply({2, 3})}};
           },
       .errors =
           [] {
             return Errors{
                 {"a new axis without a size",
                  [] {
                    static_cast<void>(expand(zeros({3}), {-1, 3}));
                  },
                  "[expand] size -1 for a new axis: got (-1, 3) for (3,), need a size at axis 0"},
                 {"a size that does not stretch",
                  [] { static_cast<void>(expand(zeros({2}), {3})); },
                  "[expand] shapes do not broadcast: a is (2,), b is (3,)"}};
           }},
      {.info = {.name = "flatten",
                .formula = "several axes as one",
                .gradient = "dL/dx = g in the shape of x",
                .accuracy = "exact"},
       .made_of = "reshape",
       .samples =
           [] {
             return Samples{
                 {"all", {sample_tensor({2, 3})}, [](Tensors x) { return flatten(x[0]); }},
                 {"the last two of three",
                  {sample_tensor({2, 3, 2})},
                  [](Tensors x) { return flatten(x[0], -2, -1); }},
                 {"a number", {sample_tensor({})}, [](Tensors x) { return flatten(x[0]); }},
                 {"without elements", {sample_tensor({2, 0})}, [](Tensors x) {
                    return flatten(x[0], 0, 1);
                  }}};
           },
       .errors =
           [] {
             return Errors{
                 {"ends exchanged",
                  [] {
                    static_cast<void>(flatten(zeros({2, 3}), 1, 0));
                  },
                  "[flatten] got axes 1 to 0 of (2, 3), need the first not behind the last"},
                 {"no such axis",
                  [] {
                    static_cast<void>(flatten(zeros({2, 3}), 2));
                  },
                  "[flatten] no such axis: got 2"}};
           }},
      {.info = {.name = "meshgrid",
                .formula = "y_i = the vector x_i along axis i of a grid, repeated along the others",
                .gradient = "as broadcast_to",
                .accuracy = "exact"},
       .made_of = "reshape, broadcast_to",
       .samples =
           [] {
             const auto apply = [](GridIndexing indexing) {
               return [indexing](Tensors x) { return together(meshgrid(x, indexing)); };
             };
             return Samples{
                 {"as indices", {sample_tensor({2}), sample_tensor({3})}, apply(GridIndexing::ij)},
                 {"as x and y, of three",
                  {sample_tensor({2}), sample_tensor({3}), sample_tensor({2})},
                  apply(GridIndexing::xy)},
                 {"without points",
                  {sample_tensor({2}), sample_tensor({0})},
                  apply(GridIndexing::ij)},
                 {"a number for one point",
                  {sample_tensor({}), sample_tensor({2})},
                  apply(GridIndexing::ij)}};
           },
       .errors =
           [] {
             return Errors{{"a matrix",
                            [] {
                              static_cast<void>(meshgrid({zeros({2, 3})}));
                            },
                            "[meshgrid] got (2, 3), need vectors or numbers"},
                           {"more vectors than axes",
                            [] { static_cast<void>(meshgrid(std::vector<Tensor>(9, zeros({3})))); },
                            "[meshgrid] too many axes: got 9, need at most 8"}};
           }},
      {.info = {.name = "moveaxis",
                .formula = "axes to other places",
                .gradient = "dL/dx = g with the axes where they were",
                .accuracy = "exact"},
       .made_of = "permute",
       .samples =
           [] {
             return Samples{{"the first to the end",
                             {sample_tensor({2, 3, 2})},
                             [](Tensors x) { return moveaxis(x[0], 0, -1); }},
                            {"two of three",
                             {sample_tensor({2, 1, 3})},
                             [](Tensors x) {
                               return moveaxis(x[0], {0, 1}, {-1, 0});
                             }},
                            {"without elements", {sample_tensor({2, 0})}, [](Tensors x) {
                               return moveaxis(x[0], 1, 0);
                             }}};
           },
       .errors =
           [] {
             return Errors{{"no such axis",
                            [] {
                              static_cast<void>(moveaxis(zeros({2, 3}), 2, 0));
                            },
                            "[moveaxis] no such axis: got 2"},
                           {"more axes than places",
                            [] {
                              static_cast<void>(moveaxis(zeros({2, 3}), {0, 1}, {0}));
                            },
                            "[moveaxis] got 2 axes and 1 places for (2, 3), need as many"}};
           }},
      {.info = {.name = "narrow",
                .formula = "a part of an axis",
                .gradient = "dL/dx = g in its place",
                .accuracy = "exact"},
       .made_of = "slice",
       .samples =
           [] {
             return Samples{
                 {"rows", {sample_tensor({4, 2})}, [](Tensors x) { return narrow(x[0], 0, 1, 2); }},
                 {"columns from the end",
                  {sample_tensor({2, 4})},
                  [](Tensors x) { return narrow(x[0], -1, -3, 2); }},
                 {"none", {sample_tensor({3})}, [](Tensors x) { return narrow(x[0], 0, 3, 0); }},
                 {"without elements", {sample_tensor({3, 0})}, [](Tensors x) {
                    return narrow(x[0], 0, 1, 2);
                  }}};
           },
       .errors =
           [] {
             return Errors{
                 {"beyond the end",
                  [] {
                    static_cast<void>(narrow(zeros({2, 3}), 1, 2, 2));
                  },
                  "[narrow] got 2 elements from 2 along axis 1 of (2, 3), need a part of it"}};
           }},
      {.info = {.name = "repeat_interleave",
                .formula = "each element repeated on the spot",
                .gradient = "dL/dx = g summed over the repeats",
                .accuracy = "exact"},
       .made_of = "reshape, tile",
       .samples =
           [] {
             const auto apply = [](std::int64_t count, int axis) {
               return [count, axis](Tensors x) { return repeat_interleave(x[0], count, axis); };
             };
             return Samples{{"rows twice", {sample_tensor({2, 3})}, apply(2, 0)},
                            {"the last axis three times", {sample_tensor({2, 2})}, apply(3, -1)},
                            {"middle axis", {sample_tensor({2, 2, 3})}, apply(2, 1)},
                            {"not at all", {sample_tensor({2})}, apply(0, 0)},
                            {"without elements", {sample_tensor({2, 0})}, apply(3, 0)}};
           },
       .errors =
           [] {
             return Errors{
                 {"a negative count",
                  [] { static_cast<void>(repeat_interleave(zeros({3}), -1, 0)); },
                  "[repeat_interleave] got count -1, need 0 or more"},
                 {"too many of an axis",
                  [] {
                    static_cast<void>(repeat_interleave(zeros({2, 3}), std::int64_t{1} << 60, 0));
                  },
                  "[repeat_interleave] too many elements"},
                 {"too many in all",
                  [] {
                    static_cast<void>(repeat_interleave(zeros({2, 3}), std::int64_t{1} << 58, 0));
                  },
                  "[repeat_interleave] too many elements"}};
           }},
      {.info = {.name = "split",
                .formula = "parts of given sizes along an axis",
                .gradient = "dL/dx = the parts of g",
                .accuracy = "exact"},
       .made_of = "slice",
       .samples =
           [] {
             return Samples{{"given sizes",
                             {sample_tensor({2, 5})},
                             [](Tensors x) {
                               return together(split(x[0], {3, 0, 2}, -1));
                             }},
                            {"equal sizes",
                             {sample_tensor({5})},
                             [](Tensors x) { return together(split(x[0], 2)); }},
                            {"the first one alone",
                             {sample_tensor({4, 2})},
                             [](Tensors x) { return split(x[0], 3)[0]; }},
                            {"without elements", {sample_tensor({0})}, [](Tensors x) {
                               return together(split(x[0], 2));
                             }}};
           },
       .errors =
           [] {
             return Errors{
                 {"sizes that do not add up",
                  [] {
                    static_cast<void>(split(zeros({2, 5}), {3, 1}, 1));
                  },
                  "[split] the sizes do not add up: got {3, 1} along axis 1 of (2, 5), need 5"},
                 {"size 0", [] { static_cast<void>(split(zeros({5}), 0)); },
                  "[split] got size 0, need at least 1"}};
           }},
      {.info = {.name = "squeeze",
                .formula = "without axes of size 1",
                .gradient = "dL/dx = g in the shape of x",
                .accuracy = "exact"},
       .made_of = "reshape",
       .samples =
           [] {
             return Samples{
                 {"all", {sample_tensor({1, 2, 1, 3})}, [](Tensors x) { return squeeze(x[0]); }},
                 {"one of two",
                  {sample_tensor({2, 1, 1})},
                  [](Tensors x) { return squeeze(x[0], -1); }},
                 {"without elements",
                  {sample_tensor({0, 1})},
                  [](Tensors x) { return squeeze(x[0]); }},
                 {"a number", {sample_tensor({})}, [](Tensors x) { return squeeze(x[0]); }}};
           },
       .errors =
           [] {
             return Errors{{"an axis of another size",
                            [] {
                              static_cast<void>(squeeze(zeros({1, 3}), 1));
                            },
                            "[squeeze] got axis 1 of (1, 3), need size 1 there"}};
           }},
      {.info = {.name = "swapaxes",
                .formula = "two axes exchanged",
                .gradient = "dL/dx = g with them exchanged",
                .accuracy = "exact"},
       .made_of = "transpose",
       .samples =
           [] {
             const auto apply = [](int first, int second) {
               return [first, second](Tensors x) { return swapaxes(x[0], first, second); };
             };
             return Samples{{"of a matrix", {sample_tensor({2, 3})}, apply(0, 1)},
                            {"the outer ones of three", {sample_tensor({2, 1, 3})}, apply(0, -1)},
                            {"without elements", {sample_tensor({2, 0})}, apply(1, 0)}};
           },
       .errors =
           [] {
             return Errors{{"no such axis",
                            [] {
                              static_cast<void>(swapaxes(zeros({2, 3}), 0, 2));
                            },
                            "[swapaxes] no such axis: got 2"}};
           }},
      {.info = {.name = "unsqueeze",
                .formula = "with a new axis of size 1",
                .gradient = "dL/dx = g in the shape of x",
                .accuracy = "exact"},
       .made_of = "reshape",
       .samples =
           [] {
             const auto apply = [](int axis) {
               return [axis](Tensors x) { return unsqueeze(x[0], axis); };
             };
             return Samples{{"in front", {sample_tensor({2, 3})}, apply(0)},
                            {"last", {sample_tensor({2, 3})}, apply(-1)},
                            {"without elements", {sample_tensor({0})}, apply(1)},
                            {"a number", {sample_tensor({})}, apply(0)}};
           },
       .errors =
           [] {
             return Errors{{"no such place", [] { static_cast<void>(unsqueeze(zeros({2}), 3)); },
                            "[unsqueeze] no such axis: got 3"},
                           {"more axes than there can be",
                            [] {
                              static_cast<void>(unsqueeze(zeros({1, 1, 1, 1, 1, 1, 1, 1}), 0));
                            },
                            "[unsqueeze] too many axes: got 9, need at most 8"}};
           }}};
  return table;
}

}  // namespace nabla::detail
