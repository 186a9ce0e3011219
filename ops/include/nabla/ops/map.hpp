// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include <nabla/engine/dual.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/rule.hpp>
#include <nabla/kernels/elementwise.hpp>
#include <nabla/kernels/lane_math.hpp>
#include <nabla/ops/family/elementwise_run.hpp>
#include <nabla/ops/family/total_rule.hpp>

// map(f, a, b, ...): an elementwise operation of your own, from a lambda. It reads and writes the
// memory once, however long the formula is, in vector code, with broadcasting; and nobody has to
// write its derivative, because the same lambda runs on dual numbers.
//
//   Tensor y = map([](auto x, auto w) { return tanh(x) * w; }, x, w);
//
// The lambda is generic: its arguments are numbers that take operators, the functions of <cmath> and
// the elementwise ops of the library. It must not branch on values: choose(x > 0, a, b) selects. What
// it captures is copied, and must be plain numbers; tensors are arguments. Square roots are vector code
// where the compiler is told that nobody asks for their errors: -fno-math-errno.
// A map can be differentiated twice. map_sum and map_mean give the sum and the mean of its elements, of
// which none is written: a loss of your own in one pass.
//
//   Tensor loss = map_mean([](auto p, auto t) { return square(p - t) / (1.0 + abs(t)); }, p, t);

namespace nabla {
namespace detail {

template <class F, std::size_t I>
struct MapGradient;
template <class F>
inline constexpr bool is_map_gradient = false;
template <class F, std::size_t I>
inline constexpr bool is_map_gradient<MapGradient<F, I>> = true;

/// (x..., g) -> g df/dx_I: the gradient of operand I as a function of operands and gradient. 0 where g
/// is 0, and so is its own gradient there, whatever arrives, as that of op::Chain.
template <class F, std::size_t I>
struct MapGradient {
  F f;

  template <class... Ts>
  [[nodiscard]] auto operator()(const Ts&... xs_and_g) const {
    using T = std::common_type_t<Ts...>;
    const std::array<T, sizeof...(Ts)> all{xs_and_g...};
    return [&]<std::size_t... K>(std::index_sequence<K...>) {
      const Dual<T> y = f(Dual<T>(all[K], T(K == I ? 1 : 0))...);
      return times_slope(all.back(), y.tangent());
    }
    (std::make_index_sequence<sizeof...(Ts) - 1>{});
  }

 private:
  template <class T>
  static T times_slope(const T& g, const T& slope) {
    if constexpr (is_dual<T>) {  // to the gradient by g, too, a slope off the path is nothing
      const bool is_off = kernels::both(g == T(0), !(slope - slope == T(0)));
      return product_or_zero(g, choose(is_off, T(0), slope));
    } else if constexpr (is_map_gradient<F>) {
      return choose(slope == T(0), T(0), product_or_zero(g, slope));
    } else {
      return product_or_zero(g, slope);
    }
  }
};

/// (x..., g) -> g df/dx of the operands whose bits are set, in one loop: what their formulas share is
/// computed once.
template <class F, class T, std::size_t N, unsigned Wanted>
struct MapGradientsKernel {
  static void run(const void* parameters, const void* const* inputs, void* const* results,
                  std::int64_t n) {
    using Lane = kernels::Lane<T>;
    const F f = *static_cast<const F*>(parameters);
    [&]<std::size_t... I, std::size_t... K>(std::index_sequence<I...>, std::index_sequence<K...>) {
      const std::array<const T*, N + 1> xs_and_g{static_cast<const T*>(inputs[K])...};
      std::array<T*, kCount> gradients_of_wanted;
      for (std::size_t i = 0; i < kCount; ++i) gradients_of_wanted[i] = static_cast<T*>(results[i]);
      const auto one = [&](const auto& x, const auto& to, std::int64_t i) {
        const std::array<Lane, N> gradients{gradient<I>(f, Lane(x[K][i])...)...};
        ((wants<I>() ? void(to[place<I>()][i] = gradients[I].number()) : void()), ...);
      };
      const auto many = [&](const auto& x, const auto& to, std::int64_t size) {
        kernels::for_whole_lanes(size, [&](std::int64_t i) { one(x, to, i); });
      };
      kernels::in_lanes(n, xs_and_g, gradients_of_wanted, many, one);
    }
    (std::make_index_sequence<N>{}, std::make_index_sequence<N + 1>{});
  }

 private:
  static constexpr auto kCount = static_cast<std::size_t>(std::popcount(Wanted));

  template <std::size_t I>
  static constexpr bool wants() {
    return (Wanted >> I & 1) != 0;
  }
  // Among the results; of what nobody wants, some place that is not written.
  template <std::size_t I>
  static constexpr std::size_t place() {
    return wants<I>() ? static_cast<std::size_t>(std::popcount(Wanted & ((1u << I) - 1))) : 0;
  }
  template <std::size_t I, class... Lanes>
  static auto gradient(const F& f, const Lanes&... xs_and_g) {
    if constexpr (wants<I>()) {
      return MapGradient<F, I>{f}(xs_and_g...);
    } else {
      return std::common_type_t<Lanes...>();
    }
  }
};

inline constexpr OpInfo kMapInfo{.name = "map",
                                 .formula = "y = f(a, b, ...)",
                                 .gradient = "dy/da = df/da, dy/db = df/db, ..., by dual numbers",
                                 .source = "definition"};

/// `Order` counts how often the user's lambda has been differentiated.
template <class F, std::size_t Arity, int Order = 0>
struct MapRule {
  using Function = F;
  static constexpr std::size_t N = Arity;
  static constexpr const OpInfo& info = kMapInfo;
  static_assert(std::is_trivially_copyable_v<F> && alignof(F) <= alignof(std::int64_t),
                "map: what the lambda captures must be plain numbers");
  // What has a member that is a reference has no standard layout.
  static_assert(
      std::is_standard_layout_v<F>,
      "map: the lambda captures by reference, but gradients need what it refers to later; "
      "capture by value");
  static constexpr std::size_t kAttributeBytes = std::is_empty_v<F> ? 0 : sizeof(F);
  static constexpr int kHighestOrder = 2;
  using Indices = std::make_index_sequence<N>;

  // Second derivatives are rare, and each instruction set costs time to compile.
  template <class T>
  static constexpr kernels::ElementwiseKernel kernel =
      Order < kHighestOrder ? kernels::ElementwiseKernel::of<FormulaKernel<F, T, N>>()
                            : kernels::ElementwiseKernel::of_avx2<FormulaKernel<F, T, N>>();

  static const F& attributes_of(const std::byte* attributes) {
    return *reinterpret_cast<const F*>(attributes);
  }
  static const F& formula(const F& f) { return f; }
  static constexpr std::array<std::string_view, 2> total_names{"map_sum", "map_mean"};
  static ElementwiseResult result_of(std::span<const Tensor* const> xs, const char* name = "map") {
    return elementwise_result(xs, float32, false, name);
  }

  static void fill(const F& f, std::span<const Tensor* const> xs, Node& y) {
    visit_floating(y.dtype, [&](auto zero) {
      run_elementwise(kernel<decltype(zero)>, &f, nodes_of<N>(xs), y.dtype, y);
    });
  }
  static Tensor apply(const F& f, std::span<const Tensor* const> xs,
                      std::span<Tensor* const> temporaries = {}) {
    if (Tensor* target = replaceable(temporaries, xs, float32, false, "map")) {
      fill(f, xs, *target->node());
      return std::move(*target);
    }
    const ElementwiseResult result = result_of(xs);
    Tensor y = make_result(rule, result.shape, result.dtype, xs, &f, kAttributeBytes);
    fill(f, xs, *y.node());
    return computed(rule, std::move(y), xs);
  }

  // The gradients of several operands in one pass, where nothing is recorded.
  template <unsigned Wanted>
  static void add_gradients(BackwardCall& call) {
    constexpr auto count = static_cast<std::size_t>(std::popcount(Wanted));
    const Tensor& g = call.gradient();
    std::array<Tensor, count> gradients;
    std::array<Node*, N + 1> xs_and_g;
    std::array<Node*, count> results;
    for (std::size_t k = 0; k < N; ++k) xs_and_g[k] = call.input_node(static_cast<int>(k));
    xs_and_g[N] = g.node();
    for (std::size_t i = 0; i < count; ++i) {
      gradients[i] = i == 0 ? call.overwritable_gradient() : make_tensor_like(g, "map");
      results[i] = gradients[i].node();
    }
    visit_floating(g.dtype(), [&]<class T>(T) {
      static constexpr auto in_one_pass =
          kernels::ElementwiseKernel::of<MapGradientsKernel<F, T, N, Wanted>>();
      run_elementwise(in_one_pass, call.attribute_bytes(), xs_and_g, dtype_of<T>(), results);
    });
    std::size_t next = 0;
    for (std::size_t k = 0; k < N; ++k)
      if ((Wanted >> k & 1) != 0)
        call.add(static_cast<int>(k), match_operand(std::move(gradients[next++]), *xs_and_g[k]));
  }
  // Each set of operands is a loop of its own to compile: of more than three operands all, or none.
  static constexpr bool is_in_one_pass(unsigned wanted) {
    const int count = std::popcount(wanted);
    return count >= 2 && (N <= 3 || count == static_cast<int>(N));
  }
  template <std::size_t... Wanted>
  static bool added_together(BackwardCall& call, std::index_sequence<Wanted...>) {
    unsigned wanted = 0;
    for (std::size_t k = 0; k < N; ++k)
      if (call.wants(static_cast<int>(k))) wanted |= 1u << k;
    if (call.create_graph() || !is_in_one_pass(wanted)) return false;
    const auto add = [&]<unsigned kWanted>() {
      if constexpr (is_in_one_pass(kWanted))
        if (wanted == kWanted) add_gradients<kWanted>(call);
    };
    (add.template operator()<static_cast<unsigned>(Wanted)>(), ...);
    return true;
  }

  template <std::size_t I>
  static void add_gradient(BackwardCall& call) {
    constexpr int operand = static_cast<int>(I);
    if (!call.wants(operand)) return;
    using Derivative = MapGradient<F, I>;
    const Derivative derivative{attributes_of(call.attribute_bytes())};
    std::array<Tensor, N> inputs;
    std::array<const Tensor*, N + 1> xs_and_g{};
    for (std::size_t k = 0; k < N; ++k) {
      inputs[k] = call.input(static_cast<int>(k));
      xs_and_g[k] = &inputs[k];
    }
    xs_and_g[N] = &call.gradient();
    call.add(operand,
             match_operand(MapRule<Derivative, N + 1, Order + 1>::apply(derivative, xs_and_g),
                           *call.input_node(operand)));
  }
  static void backward(BackwardCall& call) {
    if constexpr (Order < kHighestOrder) {
      if constexpr (Order == 0 && N > 1)
        if (added_together(call, std::make_index_sequence<1u << N>{})) return;
      [&]<std::size_t... I>(std::index_sequence<I...>) { (add_gradient<I>(call), ...); }
      (Indices{});
    } else {
      throw GraphError(
          "[map] a map can be differentiated twice, this is the third time; compose it of ops "
          "instead");
    }
  }
  static Tensor replay(std::span<const Tensor> operands, const std::byte* attributes) {
    std::array<const Tensor*, N> pointers{};
    for (std::size_t i = 0; i < N; ++i) pointers[i] = &operands[i];
    return apply(attributes_of(attributes), pointers);
  }

  static constexpr Rule rule{
      &kMapInfo, {kSavesEverything, kSavesEverything, kSavesEverything}, &backward, &replay};
};

}  // namespace detail

/// f of the elements of one to six tensors, whose dtypes promote and whose shapes broadcast.
/// Integers become float32. As of an op, a Tensor that ends with the expression is written over where
/// nobody else holds it and no history needs its elements.
/// Errors    ShapeError if the shapes do not broadcast; GraphError from the third derivative on
/// Cost      one pass over the memory, and one for the gradients of all operands together; of more
///           than three operands, if not all want one, a pass for each that does
template <class F, class... Xs>
requires(sizeof...(Xs) >= 1 && sizeof...(Xs) <= 6 && (detail::is_tensor<Xs> && ...))
    [[nodiscard]] Tensor map(const F& f, Xs&&... xs) {
  const Tensor* operands[] = {&xs...};
  Tensor* const temporaries[] = {detail::if_temporary<Xs>(xs)...};
  return detail::MapRule<F, sizeof...(Xs)>::apply(f, operands, temporaries);
}

/// The sum of map(f, xs...) over all elements, which are not kept: double adds them up.
/// Shapes    broadcast together -> scalar
/// Errors    as map
template <class F, std::same_as<Tensor>... Xs>
requires(sizeof...(Xs) >= 1 && sizeof...(Xs) <= 6) [[nodiscard]] Tensor
    map_sum(const F& f, const Xs&... xs) {
  const Tensor* operands[] = {&xs...};
  return detail::TotalRule<detail::MapRule<F, sizeof...(Xs)>, Total::sum>::apply(f, operands);
}

/// The mean of map(f, xs...) over all elements, likewise; NaN if there are none.
/// Shapes    broadcast together -> scalar
/// Errors    as map
template <class F, std::same_as<Tensor>... Xs>
requires(sizeof...(Xs) >= 1 && sizeof...(Xs) <= 6) [[nodiscard]] Tensor
    map_mean(const F& f, const Xs&... xs) {
  const Tensor* operands[] = {&xs...};
  return detail::TotalRule<detail::MapRule<F, sizeof...(Xs)>, Total::mean>::apply(f, operands);
}

}  // namespace nabla
