// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

#include <nabla/engine/adjoint.hpp>
#include <nabla/engine/expression.hpp>
#include <nabla/engine/unfold.hpp>
#include <nabla/engine/words.hpp>

// Part<X> is what the tape does with a part of an expression: a Value (a leaf), a plain number, an
// operation. Its sizes are known from the type; its `Local` holds the numbers that recording and
// the sweep work with. On the tape an expression is
//
//   [index of each leaf][constants]
//
// The constants are, in the order of the expression: the parameters of ops that have some, plain
// numbers, and the value of each inner op that costs more to recompute than to store.
//
//   evaluate       numbers from the expression, when it is recorded; filled in place, as by load,
//                  because a Local of many numbers is slow to copy
//   put_constants  writes what `load` needs
//   has_constants  true if put_constants would write what stands there
//   load           numbers from the tape, when it is swept
//   propagate      the chain rule: g is the gradient of this part; what reaches a leaf goes into
//                  the sink, sink.add(leaf, gradient), once for each leaf from left to right
//   unfold         elementary ops, for pictures; gives the node of this part

namespace nabla::detail {

template <class X>
struct Part;

/// A number as T, which it is, or a plain constant that stands for one.
template <class T, class X>
[[gnu::always_inline]] constexpr decltype(auto) as_number(const X& x) {
  if constexpr (std::is_same_v<X, T>) {
    return (x);
  } else {
    return T(x);
  }
}

/// The index of a leaf without history whose number is 0: what the stream's first value is.
inline constexpr std::uint32_t kZeroLeaf = 0;

template <class Number>
struct Part<basic_value<Number>> {
  using T = Number;
  static constexpr std::uint32_t leaves = 1, constants = 0, stored = 0, computed = 0,
                                 operations = 0;
  struct Local {
    T y;
  };

  [[gnu::always_inline]] static constexpr void evaluate(const basic_value<T>& x, Local& local) {
    local.y = x.value();
  }
  template <std::uint32_t K>
  [[gnu::always_inline]] static constexpr const basic_value<T>& leaf(const basic_value<T>& x) {
    return x;
  }
  template <bool kRoot>
  [[gnu::always_inline]] static void put_constants(std::uint32_t*, const Local&) {}
  [[gnu::always_inline]] static bool has_constants(const std::uint32_t*, const Local&) {
    return true;
  }
  template <bool kRoot>
  [[gnu::always_inline]] static void load(const std::uint32_t* leaf, const std::uint32_t*,
                                          const T* values, const T&, Local& local) {
    local.y = values[*leaf];
  }
  template <bool kRoot, class Sink>
  [[gnu::always_inline]] static void propagate(const std::uint32_t* leaf, const Local&, const T& g,
                                               const Sink& sink) {
    sink.add(leaf, g);
  }
  static std::uint32_t unfold(const std::uint32_t* leaf, const Local&, Unfolder& unfolder) {
    return *leaf == kZeroLeaf ? unfolder.constant(0.0) : unfolder.leaf(*leaf);
  }
};

template <class Number, class Kept>
struct Part<Constant<Number, Kept>> {
  using T = Number;
  static constexpr std::uint32_t leaves = 0, constants = words_of<Kept>(), stored = 0, computed = 0,
                                 operations = 0;
  struct Local {
    Kept y;
  };

  [[gnu::always_inline]] static constexpr void evaluate(const Constant<T, Kept>& x, Local& local) {
    local.y = x.value();
  }
  template <bool kRoot>
  [[gnu::always_inline]] static void put_constants(std::uint32_t* words, const Local& local) {
    put(words, local.y);
  }
  [[gnu::always_inline]] static bool has_constants(const std::uint32_t* words, const Local& local) {
    return holds(words, local.y);
  }
  template <bool kRoot>
  [[gnu::always_inline]] static void load(const std::uint32_t*, const std::uint32_t* words,
                                          const T*, const T&, Local& local) {
    local.y = take<Kept>(words);
  }
  template <bool kRoot, class Sink>
  [[gnu::always_inline]] static void propagate(const std::uint32_t*, const Local&, const T&,
                                               const Sink&) {}
  static std::uint32_t unfold(const std::uint32_t*, const Local& local, Unfolder& unfolder) {
    return unfolder.constant(plain_number(local.y));
  }
};

template <class Op, class... Xs>
struct Part<Expression<Op, Xs...>> {
  using E = Expression<Op, Xs...>;
  using T = typename E::T;
  static_assert(std::is_trivially_copyable_v<Op> && std::is_trivially_copyable_v<T>,
                "ops and numbers on the tape are copied bytewise");

  /// Words of the op's parameters, and of its value where it is not the root of the statement.
  static constexpr std::uint32_t own = std::is_empty_v<Op> ? 0 : words_of<Op>();
  static constexpr std::uint32_t stored = is_cheap<Op> ? 0 : words_of<T>();
  static constexpr std::uint32_t leaves = (0 + ... + Part<Xs>::leaves);
  static constexpr std::uint32_t constants = own + (0 + ... + Part<Xs>::constants) + stored;
  /// How many of the constants are values of inner ops.
  static constexpr std::uint32_t computed = (0 + ... + (Part<Xs>::stored + Part<Xs>::computed));
  static constexpr std::uint32_t operations = 1 + (0 + ... + Part<Xs>::operations);

  struct Local {
    T y;
    [[no_unique_address]] Op op;
    Operands<typename Part<Xs>::Local...> xs;
  };

  [[gnu::always_inline]] static constexpr void evaluate(const E& e, Local& local) {
    evaluate(e, local, all);
  }
  /// Leaf number K, from left to right.
  template <std::uint32_t K>
  [[gnu::always_inline]] static constexpr const basic_value<T>& leaf(const E& e) {
    return leaf_of_operands<K, 0, Xs...>(e);
  }
  template <bool kRoot>
  [[gnu::always_inline]] static void put_constants(std::uint32_t* words, const Local& local) {
    if constexpr (own > 0) put(words, local.op);
    put_operands(words, local, all);
    if constexpr (!kRoot && stored > 0) put(words + (constants - stored), local.y);
  }
  [[gnu::always_inline]] static bool has_constants(const std::uint32_t* words, const Local& local) {
    if constexpr (own > 0) {
      if (!holds(words, local.op)) return false;
    }
    return has_operands(words, local, all);
  }
  template <bool kRoot>
  [[gnu::always_inline]] static void load(const std::uint32_t* leaf, const std::uint32_t* words,
                                          const T* values, const T& root, Local& local) {
    load<kRoot>(leaf, words, values, root, local, all);
  }
  template <bool kRoot, class Sink>
  [[gnu::always_inline]] static void propagate(const std::uint32_t* leaf, const Local& local,
                                               const T& g, const Sink& sink) {
    propagate<kRoot>(leaf, local, g, sink, all);
  }
  static std::uint32_t unfold(const std::uint32_t* leaf, const Local& local, Unfolder& unfolder) {
    return unfold(leaf, local, unfolder, all);
  }

 private:
  template <int... I>
  using Indices = std::integer_sequence<int, I...>;
  static constexpr std::make_integer_sequence<int, E::arity> all{};

  /// Sum of the sizes of the operands before operand I.
  template <int I>
  static constexpr std::uint32_t before(const std::uint32_t (&sizes)[sizeof...(Xs)]) {
    std::uint32_t offset = 0;
    for (int i = 0; i < I; ++i) offset += sizes[i];
    return offset;
  }
  template <int I>
  static constexpr std::uint32_t leaf_at = before<I>({Part<Xs>::leaves...});
  template <int I>
  static constexpr std::uint32_t constant_at = own + before<I>({Part<Xs>::constants...});

  template <int... I>
  [[gnu::always_inline]] static constexpr void evaluate(const E& e, Local& local, Indices<I...>) {
    (Part<Xs>::evaluate(get<I>(e.operands()), get<I>(local.xs)), ...);
    local.op = e.op();
    local.y = compute<T>(e.op(), get<I>(local.xs).y...);
  }

  template <std::uint32_t K, int I, class X, class... Rest>
  [[gnu::always_inline]] static constexpr const basic_value<T>& leaf_of_operands(const E& e) {
    if constexpr (K < Part<X>::leaves) {
      return Part<X>::template leaf<K>(get<I>(e.operands()));
    } else {
      return leaf_of_operands<K - Part<X>::leaves, I + 1, Rest...>(e);
    }
  }

  template <int... I>
  [[gnu::always_inline]] static void put_operands(std::uint32_t* words, const Local& local,
                                                  Indices<I...>) {
    (Part<Xs>::template put_constants<false>(words + constant_at<I>, get<I>(local.xs)), ...);
  }

  template <int... I>
  [[gnu::always_inline]] static bool has_operands(const std::uint32_t* words, const Local& local,
                                                  Indices<I...>) {
    return (... && Part<Xs>::has_constants(words + constant_at<I>, get<I>(local.xs)));
  }

  [[gnu::always_inline]] static Op load_op(const std::uint32_t* words) {
    if constexpr (own > 0) {
      return take<Op>(words);
    } else {
      return Op{};
    }
  }

  template <bool kRoot, int... I>
  [[gnu::always_inline]] static void load(const std::uint32_t* leaf, const std::uint32_t* words,
                                          const T* values, const T& root, Local& local,
                                          Indices<I...>) {
    local.op = load_op(words);
    (Part<Xs>::template load<false>(leaf + leaf_at<I>, words + constant_at<I>, values, root,
                                    get<I>(local.xs)),
     ...);
    if constexpr (kRoot) {
      local.y = root;
    } else if constexpr (stored > 0) {
      local.y = take<T>(words + (constants - stored));
    } else {
      local.y = compute<T>(local.op, get<I>(local.xs).y...);
    }
  }

  template <bool kRoot, class Sink, int... I>
  [[gnu::always_inline]] static void propagate(const std::uint32_t* leaf, const Local& local,
                                               const T& g, const Sink& sink, Indices<I...>) {
    (propagate_to<kRoot, I, Xs>(leaf, local, g, sink, all), ...);
  }

  template <bool kRoot, int J, class X, class Sink, int... I>
  [[gnu::always_inline]] static void propagate_to(const std::uint32_t* leaf, const Local& local,
                                                  const T& g, const Sink& sink, Indices<I...>) {
    if constexpr (Part<X>::leaves > 0) {
      const T part =
          contribution<J, kRoot>(local.op, g, as_number<T>(get<I>(local.xs).y)..., local.y);
      Part<X>::template propagate<false>(leaf + leaf_at<J>, get<J>(local.xs), part, sink);
    }
  }

  template <int... I>
  static std::uint32_t unfold(const std::uint32_t* leaf, const Local& local, Unfolder& unfolder,
                              Indices<I...>) {
    const std::uint32_t nodes[] = {
        Part<Xs>::unfold(leaf + leaf_at<I>, get<I>(local.xs), unfolder)...};
    const double partials[] = {
        plain_number(partial<I>(local.op, as_number<T>(get<I>(local.xs).y)..., local.y))...};
    const ScalarFunction again(&evaluate_numbers<I...>, &local.op);
    return unfolder.operation({Op::info, nodes, partials, plain_number(local.y), again});
  }

  template <int... I>
  static double evaluate_numbers(const void* op, std::span<const double> operands) {
    return compute<double>(*static_cast<const Op*>(op), operands[I]...);
  }
};

}  // namespace nabla::detail
