// SPDX-License-Identifier: MIT
#include <nabla/ops/index/concat.hpp>
#include <nabla/ops/index/index_select.hpp>
#include <nabla/ops/index/index_sum.hpp>
#include <nabla/ops/index/scatter.hpp>
#include <nabla/ops/nonzero.hpp>
#include <nabla/ops/ternary/where.hpp>

#include "parts.hpp"

namespace nabla::detail {
namespace {

Tensor some_rows() { return tensor({2, 0, 2}, int64); }
Tensor some_mask() { return tensor({{1, 0, 1}, {0, 1, 1}}, boolean); }

}  // namespace

std::span<const Composition> made_of_indices() {
  static constexpr Composition table[] = {
      {.info = {.name = "embedding",
                .formula = "y[..] = w[index[..]], rows of a table",
                .gradient = "dL/dw = g added up at the indices",
                .kinks = "padding_index: its row has gradient 0",
                .accuracy = "exact"},
       .made_of = "index_select",
       .samples =
           [] {
             const auto apply = [](const Tensor& index) {
               return [index](Tensors x) { return embedding(x[0], index); };
             };
             return Samples{
                 {"a sentence, one word twice", {sample_tensor({3, 2})}, apply(some_rows())},
                 {"a batch of them",
                  {sample_tensor({4, 2})},
                  apply(tensor({{0, 3}, {1, 0}}, int64))},
                 {"no words", {sample_tensor({3, 2})}, apply(zeros({0}, int64))},
                 {"words of no numbers", {sample_tensor({3, 0})}, apply(some_rows())},
                 // The row of the padding is none of x: its gradient, 0, is not the slope.
                 {"padding", {sample_tensor({2, 3})}, [](Tensors x) {
                    const Tensor rows = concat({x[0], ones({1, 3}, x[0].dtype())});
                    return embedding(rows, tensor({{2, 0}, {1, 0}}, int64), 2);
                  }}};
           },
       .errors =
           [] {
             return Errors{{"a table of one axis",
                            [] { static_cast<void>(embedding(zeros({3}), some_rows())); },
                            "[embedding] the table is (3,), need two axes"},
                           {"a word that is not in it",
                            [] {
                              static_cast<void>(embedding(zeros({2, 3}), some_rows()));
                            },
                            "[embedding] index out of range: got 2, need 0 <= index < 2"},
                           {"padding that is not in it",
                            [] {
                              static_cast<void>(embedding(zeros({3, 2}), some_rows(), 3));
                            },
                            "[embedding] padding index out of range: got 3, need 0 <= index < 3"}};
           }},
      {.info = {.name = "gather_rows",
                .formula = "y = x[index]",
                .gradient = "dL/dx = g added up at the indices",
                .accuracy = "exact"},
       .made_of = "index_select",
       .samples =
           [] {
             const auto apply = [](const Tensor& index) {
               return [index](Tensors x) { return gather_rows(x[0], index); };
             };
             return Samples{{"of a matrix, one twice", {sample_tensor({3, 2})}, apply(some_rows())},
                            {"of a vector", {sample_tensor({3})}, apply(some_rows())},
                            {"none", {sample_tensor({3, 2})}, apply(zeros({0}, int64))},
                            {"none of none", {sample_tensor({0, 2})}, apply(zeros({0}, int64))}};
           },
       .errors =
           [] {
             return Errors{{"an index out of range",
                            [] {
                              static_cast<void>(gather_rows(zeros({2, 3}), some_rows()));
                            },
                            "[gather_rows] index out of range: got 2, need 0 <= index < 2"},
                           {"an index of two axes",
                            [] {
                              static_cast<void>(gather_rows(zeros({2, 3}), zeros({1, 1}, int64)));
                            },
                            "[gather_rows] the index is (1, 1), need a vector"}};
           }},
      {.info = {.name = "index",
                .formula = "y = x[i_0, i_1, ...], index tensors that broadcast",
                .gradient = "dL/dx = g added up at the places",
                .accuracy = "exact"},
       .made_of = "reshape, index_select",
       .samples =
           [] {
             return Samples{{"places in a matrix, one twice",
                             {sample_tensor({3, 2})},
                             [](Tensors x) {
                               return index(x[0], {some_rows(), tensor({1, 0, 1}, int64)});
                             }},
                            {"rows and columns that broadcast, of three axes",
                             {sample_tensor({2, 3, 2})},
                             [](Tensors x) {
                               return index(x[0], {tensor({{1}, {0}}, int64), some_rows()});
                             }},
                            {"none",
                             {sample_tensor({3, 2})},
                             [](Tensors x) { return index(x[0], {zeros({0}, int64)}); }},
                            {"rows without elements", {sample_tensor({3, 0})}, [](Tensors x) {
                               return index(x[0], {some_rows()});
                             }}};
           },
       .errors =
           [] {
             return Errors{{"more indices than axes",
                            [] {
                              static_cast<void>(index(zeros({3}), {some_rows(), some_rows()}));
                            },
                            "[index] got 2 indices for x (3,), need at least one"},
                           {"indices that are no integers",
                            [] { static_cast<void>(index(zeros({3}), {zeros({2})})); },
                            "[index] the index is float32, need int64"},
                           {"more axes than there can be",
                            [] {
                              static_cast<void>(
                                  index(zeros({2, 3}), {zeros({1, 1, 1, 1, 1, 1, 1, 1}, int64)}));
                            },
                            "[index] too many axes: got 9, need at most 8"}};
           }},
      {.info = {.name = "index_add",
                .formula = "y = x, then y[index_i] += s_i",
                .gradient = "dL/dx = g, dL/ds = g[index]",
                .kinks = "an index that comes twice adds up",
                .accuracy = "as index_sum"},
       .made_of = "index_sum",
       .samples =
           [] {
             const auto apply = [](int axis, const Tensor& index) {
               return [axis, index](Tensors x) { return index_add(x[0], axis, index, x[1]); };
             };
             return Samples{{"rows, one twice",
                             {sample_tensor({3, 2}), sample_tensor({3, 2}, -2, 2, 2)},
                             apply(0, some_rows())},
                            {"the last axis",
                             {sample_tensor({2, 4}), sample_tensor({2, 3})},
                             apply(-1, some_rows())},
                            {"nothing",
                             {sample_tensor({3, 2}), sample_tensor({0, 2})},
                             apply(0, zeros({0}, int64))}};
           },
       .errors =
           [] {
             return Errors{
                 {"an index out of range",
                  [] {
                    static_cast<void>(index_add(zeros({2, 3}), 0, some_rows(), zeros({3, 3})));
                  },
                  "[index_add] index out of range: got 2, need 0 <= index < 2"},
                 {"an index of two axes",
                  [] {
                    static_cast<void>(
                        index_add(zeros({2, 3}), 0, tensor({{1}}, int64), zeros({2, 3})));
                  },
                  "[index_add] the index is (1, 1), need a vector"},
                 {"an index for one of two slices",
                  [] {
                    static_cast<void>(
                        index_add(zeros({2, 3}), 0, tensor({1}, int64), zeros({2, 3})));
                  },
                  "[index_add] source is (2, 3), index is (1,), need an index for each slice of "
                  "axis 0"},
                 {"an index that is no integer",
                  [] {
                    static_cast<void>(index_add(zeros({2, 3}), 0, zeros({3}), zeros({2, 3})));
                  },
                  "[index_add] the index is float32, need int64"}};
           }},
      {.info = {.name = "index_put",
                .formula = "y = x, then y[i_0, i_1, ...] = v, or += v",
                .gradient = "dL/dv = g at the places, dL/dx = g, 0 where it was written over",
                .kinks = "equal places: the last one wins and has the gradient, or all add up",
                .accuracy = "exact; added up as index_add"},
       .made_of = "reshape, scatter, index_sum",
       .samples =
           [] {
             const auto rows = [](bool accumulate) {
               return [accumulate](Tensors x) {
                 return index_put(x[0], {some_rows()}, x[1], accumulate);
               };
             };
             return Samples{
                 {"rows, the last one of two wins",
                  {sample_tensor({3, 2}), sample_tensor({3, 2}, -2, 2, 2)},
                  rows(false)},
                 {"rows that add up", {sample_tensor({3, 2}), sample_tensor({3, 2})}, rows(true)},
                 {"a row for all", {sample_tensor({3, 2}), sample_tensor({2})}, rows(true)},
                 {"places in a matrix",
                  {sample_tensor({2, 3}), sample_tensor({2})},
                  [](Tensors x) {
                    return index_put(x[0], {tensor({1, 0}, int64), tensor({2, 1}, int64)}, x[1]);
                  }},
                 {"none", {sample_tensor({3, 2}), sample_tensor({0, 2})}, [](Tensors x) {
                    return index_put(x[0], {zeros({0}, int64)}, x[1]);
                  }}};
           },
       .errors =
           [] {
             return Errors{
                 {"a place out of range",
                  [] { static_cast<void>(index_put(zeros({2}), {some_rows()}, zeros({3}))); },
                  "[index_put] index out of range: got 2, need 0 <= index < 2"},
                 {"values that do not stretch",
                  [] {
                    static_cast<void>(
                        index_put(zeros({2, 3}), {tensor({0, 1}, int64)}, zeros({3, 3})));
                  },
                  "[index_put] shapes do not broadcast: a is (3, 3), b is (2, 3), need equal sizes "
                  "or 1 at axis 0"},
                 {"integers that would add up",
                  [] {
                    static_cast<void>(
                        index_put(zeros({3}, int64), {some_rows()}, zeros({3}, int64), true));
                  },
                  "[index_put] a is int64, b is int64, need the same floating type"}};
           }},
      {.info = {.name = "masked_fill",
                .formula = "y = v where the mask holds, else x",
                .gradient = "dL/dx = g where it does not",
                .kinks = "what is masked gets 0, never NaN",
                .accuracy = "exact"},
       .made_of = "where",
       .samples =
           [] {
             return Samples{{"a mask like x",
                             {sample_tensor({2, 3})},
                             [](Tensors x) { return masked_fill(x[0], some_mask(), -7.0); }},
                            {"a row for all, stretched",
                             {sample_tensor({3})},
                             [](Tensors x) { return masked_fill(x[0], some_mask(), 0.5); }},
                            {"without elements",
                             {sample_tensor({0, 3})},
                             [](Tensors x) { return masked_fill(x[0], zeros({3}, boolean), 1.0); }},
                            {"a number", {sample_tensor({})}, [](Tensors x) {
                               return masked_fill(x[0], zeros({}, boolean), 1.0);
                             }}};
           },
       .errors =
           [] {
             return Errors{{"a mask of numbers",
                            [] {
                              static_cast<void>(masked_fill(zeros({2, 3}), zeros({2, 3}), 1));
                            },
                            "[masked_fill] the mask is float32, need bool; compare with 0"},
                           {"a mask of another shape",
                            [] {
                              static_cast<void>(masked_fill(zeros({3, 2}), some_mask(), 1));
                            },
                            "[masked_fill] shapes do not broadcast: a is (3, 2), b is (2, 3)"}};
           }},
      {.info = {.name = "masked_scatter",
                .formula = "y = the next element of the source where the mask holds, else x",
                .gradient = "dL/dx = g where it does not, dL/ds = g at the elements used",
                .kinks = "what is masked gets 0, never NaN",
                .accuracy = "exact"},
       .made_of = "reshape, slice, scatter",
       .samples =
           [] {
             const auto apply = [](Tensors x) { return masked_scatter(x[0], some_mask(), x[1]); };
             return Samples{
                 {"as many as needed", {sample_tensor({2, 3}), sample_tensor({4})}, apply},
                 {"more than needed, a matrix",
                  {sample_tensor({2, 3}), sample_tensor({2, 3}, -2, 2, 2)},
                  apply},
                 {"onto a row, stretched", {sample_tensor({3}), sample_tensor({5})}, apply},
                 {"nothing",
                  {sample_tensor({2}), sample_tensor({0})},
                  [](Tensors x) { return masked_scatter(x[0], zeros({2}, boolean), x[1]); }},
                 {"a number, by the first of two",
                  {sample_tensor({}), sample_tensor({2})},
                  [](Tensors x) { return masked_scatter(x[0], ones({}, boolean), x[1]); }}};
           },
       .errors =
           [] {
             return Errors{
                 {"too few elements",
                  [] {
                    static_cast<void>(masked_scatter(zeros({2, 3}), some_mask(), zeros({3})));
                  },
                  "[masked_scatter] the source is (3,), need at least 4 elements, as many as the "
                  "mask holds"},
                 {"another type",
                  [] {
                    static_cast<void>(masked_scatter(zeros({2, 3}), some_mask(), arange(4)));
                  },
                  "[masked_scatter] the source is int64, x is float32, need the same type"},
                 {"a mask of another shape",
                  [] {
                    static_cast<void>(masked_scatter(zeros({3, 2}), some_mask(), zeros({4})));
                  },
                  "[masked_scatter] shapes do not broadcast: a is (3, 2), b is (2, 3)"}};
           }},
      {.info = {.name = "masked_select",
                .formula = "y = the elements of x where the mask holds",
                .gradient = "dL/dx = g at these elements, 0 elsewhere",
                .accuracy = "exact"},
       .made_of = "reshape, index_select",
       .samples =
           [] {
             return Samples{{"a mask like x",
                             {sample_tensor({2, 3})},
                             [](Tensors x) { return masked_select(x[0], some_mask()); }},
                            {"a column, stretched",
                             {sample_tensor({2, 1})},
                             [](Tensors x) { return masked_select(x[0], some_mask()); }},
                            {"none",
                             {sample_tensor({2})},
                             [](Tensors x) { return masked_select(x[0], zeros({2}, boolean)); }},
                            {"without elements",
                             {sample_tensor({0, 3})},
                             [](Tensors x) { return masked_select(x[0], ones({3}, boolean)); }},
                            {"a number", {sample_tensor({})}, [](Tensors x) {
                               return masked_select(x[0], ones({}, boolean));
                             }}};
           },
       .errors =
           [] {
             return Errors{{"a mask of another shape",
                            [] {
                              static_cast<void>(masked_select(zeros({3, 2}), some_mask()));
                            },
                            "[masked_select] shapes do not broadcast: a is (3, 2), b is (2, 3)"}};
           }},
      {.info = {.name = "take",
                .formula = "y = x at places counted in row-major order",
                .gradient = "dL/dx = g added up at the places",
                .accuracy = "exact"},
       .made_of = "reshape, index_select",
       .samples =
           [] {
             const auto apply = [](const Tensor& index) {
               return [index](Tensors x) { return take(x[0], index); };
             };
             return Samples{{"of a matrix, one twice", {sample_tensor({2, 3})}, apply(some_rows())},
                            {"as a matrix, of a transposed view",
                             {sample_tensor({3, 2}).transpose()},
                             apply(tensor({{5, 1}, {0, 3}}, int64))},
                            {"none", {sample_tensor({3})}, apply(zeros({0}, int64))},
                            {"none of none", {sample_tensor({2, 0})}, apply(zeros({0}, int64))},
                            {"a number, twice", {sample_tensor({})}, apply(zeros({2}, int64))}};
           },
       .errors =
           [] {
             return Errors{{"a place out of range",
                            [] { static_cast<void>(take(zeros({2}), some_rows())); },
                            "[take] index out of range: got 2, need 0 <= index < 2"}};
           }}};
  return table;
}

}  // namespace nabla::detail
