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
                 // The row of the padding is none of x: its gradient, 0, is not the slope.
                 {"padding", {sample_tensor({2, 3})}, [](Tensors x) {
                    const Tensor rows = concat({x[0], ones({1, 3}, x[0].dtype())});
                    return embedding(rows, tensor({{2, 0}, {1, 0}}, int64), 2);
                  }}};
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
                            {"none", {sample_tensor({3, 2})}, apply(zeros({0}, int64))}};
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
                            {"none", {sample_tensor({3, 2})}, [](Tensors x) {
                               return index(x[0], {zeros({0}, int64)});
                             }}};
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
                            {"without elements", {sample_tensor({0, 3})}, [](Tensors x) {
                               return masked_fill(x[0], zeros({3}, boolean), 1.0);
                             }}};
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
                 {"nothing", {sample_tensor({2}), sample_tensor({0})}, [](Tensors x) {
                    return masked_scatter(x[0], zeros({2}, boolean), x[1]);
                  }}};
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
                            {"none", {sample_tensor({2})}, [](Tensors x) {
                               return masked_select(x[0], zeros({2}, boolean));
                             }}};
           }},
      {.info = {.name = "take",
                .formula = "y = x at places counted in row-major order",
                .gradient = "dL/dx = g added up at the places",
                .accuracy = "exact"},
       .made_of = "reshape, index_select",
       .samples = [] {
         const auto apply = [](const Tensor& index) {
           return [index](Tensors x) { return take(x[0], index); };
         };
         return Samples{{"of a matrix, one twice", {sample_tensor({2, 3})}, apply(some_rows())},
                        {"as a matrix, of a transposed view",
                         {sample_tensor({3, 2}).transpose()},
                         apply(tensor({{5, 1}, {0, 3}}, int64))},
                        {"none", {sample_tensor({3})}, apply(zeros({0}, int64))}};
       }}};
  return table;
}

}  // namespace nabla::detail
