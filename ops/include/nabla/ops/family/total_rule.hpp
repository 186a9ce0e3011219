// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <utility>

#include <nabla/engine/op_info.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/engine/rule.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/elementwise_run.hpp>
#include <nabla/ops/family/total.hpp>
#include <nabla/ops/reduction/mean.hpp>
#include <nabla/ops/reduction/sum.hpp>
#include <nabla/ops/view/broadcast_to.hpp>

// The rule of the total of an elementwise operation, of whose rule it is made: the same loop forward,
// whose results are added up as they come; the same rule backward, for the gradient of an element, which
// all elements share.

namespace nabla::detail {

/// Texts one behind another, and a zero.
template <std::size_t Size>
constexpr std::array<char, Size + 1> joined(std::initializer_list<std::string_view> parts) {
  std::array<char, Size + 1> text{};
  auto* end = text.data();
  for (const std::string_view part : parts) end = std::copy(part.begin(), part.end(), end);
  return text;
}

/// `Terms` is ElementwiseRule<Op> or MapRule<F, N>: from it come info, result_of, formula, kernel, apply,
/// backward, and maybe tangent.
template <class Terms, Total kTotal>
struct TotalRule {
  using Function = typename Terms::Function;
  using Operands = std::span<const Tensor* const>;
  static constexpr bool kIsMean = kTotal == Total::mean;

  static constexpr std::string_view kName = kIsMean ? "mean_" : "sum_",
                                    kFormula = kIsMean ? "mean of " : "sum of ",
                                    kGradient = kIsMean ? "g / n times " : "g times ";
  static constexpr auto prefixed =
      joined<kName.size() + Terms::info.name.size()>({kName, Terms::info.name});
  // As the function is called, where users call one.
  static constexpr std::string_view name = [] {
    if constexpr (requires { Terms::total_names; }) return Terms::total_names[kIsMean];
    return std::string_view(prefixed.data(), prefixed.size() - 1);
  }();
  static constexpr auto formula =
      joined<kFormula.size() + Terms::info.formula.size()>({kFormula, Terms::info.formula});
  static constexpr auto gradient =
      joined<kGradient.size() + Terms::info.gradient.size()>({kGradient, Terms::info.gradient});
  static constexpr OpInfo info{.name = name,
                               .formula = {formula.data(), formula.size() - 1},
                               .gradient = {gradient.data(), gradient.size() - 1},
                               .domain = Terms::info.domain,
                               .kinks = Terms::info.kinks,
                               .source = Terms::info.source};

  static Tensor of_terms(const Tensor& terms) {
    return kIsMean ? nabla::mean(terms) : nabla::sum(terms);
  }

  template <class T>
  static T of_elements(const Function& f, Operands xs, const Shape& shape) {
    const auto& formula_of = Terms::formula(f);
    const double sum = sum_elementwise(Terms::template kernel<T>, &formula_of,
                                       nodes_of<Terms::N>(xs), dtype_of<T>(), shape);
    if constexpr (!kIsMean) return static_cast<T>(sum);
    const auto mean = static_cast<T>(sum / static_cast<double>(shape.numel()));
    if (std::isfinite(mean) || shape.numel() == 0) return mean;
    const NoGrad no_grad;  // a sum that overflows, of terms that do not
    return *elements<T>(of_terms(Terms::apply(f, xs)));
  }

  static Tensor apply(const Function& f, Operands xs) {
    const ElementwiseResult terms = Terms::result_of(xs, info.name.data());
    if (!is_floating(terms.dtype)) return of_terms(Terms::apply(f, xs));
    Tensor y = make_result(rule, {}, terms.dtype, xs, &f, Terms::kAttributeBytes);
    visit_floating(terms.dtype,
                   [&]<class T>(T) { *elements<T>(y) = of_elements<T>(f, xs, terms.shape); });
    return computed(rule, std::move(y), xs);
  }

  static void backward(BackwardCall& call) {
    Shape shape = call.input(0).shape();
    for (int i = 1; i < call.input_count(); ++i)
      shape = broadcast_shape(shape, call.input(i).shape(), info.name.data());
    Tensor each = call.gradient();
    if constexpr (kIsMean) each = each * (1.0 / static_cast<double>(shape.numel()));
    each = broadcast_to(each, shape);
    BackwardCall of_terms = call.with_gradient(each);
    Terms::backward(of_terms);
  }

  static Tensor replay(std::span<const Tensor> operands, const std::byte* attributes) {
    std::array<const Tensor*, Terms::N> pointers{};
    for (std::size_t i = 0; i < Terms::N; ++i) pointers[i] = &operands[i];
    return apply(Terms::attributes_of(attributes), pointers);
  }

  static Tensor tangent(const TangentCall& call) {
    const Tensor terms = [&] {
      const NoGrad no_grad;
      return Terms::replay(call.operands, call.attributes);
    }();
    return of_terms(Terms::rule.tangent({call.operands, terms, call.tangents, call.attributes}));
  }

  // The terms are not kept, so no gradient may read them.
  static constexpr std::array<std::uint32_t, 3> saves = [] {
    std::array<std::uint32_t, 3> all = Terms::rule.saves;
    for (std::uint32_t& saved : all) saved &= ~kSavesOutput;
    return all;
  }();
  static constexpr Rule rule = [] {
    Rule made{&info, saves, &backward, &replay};
    if constexpr (requires { &Terms::tangent; }) made.tangent = &tangent;
    return made;
  }();
};

}  // namespace nabla::detail
