// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <tuple>
#include <utility>
#include <vector>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/dual.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/rule.hpp>
#include <nabla/kernels/elementwise.hpp>
#include <nabla/kernels/lane_math.hpp>
#include <nabla/ops/binary/chain.hpp>
#include <nabla/ops/family/chain_rule.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/elementwise_run.hpp>
#include <nabla/ops/family/lane_kernels.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/registry.hpp>
#include <nabla/ops/view/broadcast_to.hpp>
#include <nabla/ops/view/to.hpp>

// The rule of an elementwise op: one loop forward, one loop backward for each operand, both with
// the op's own formula as their body; or, when the sweep itself is recorded, the same formula on
// Tensors.

namespace nabla::detail {

template <class Op>
struct ElementwiseRule {
  using Function = Op;
  static constexpr const OpInfo& info = Op::info;
  static constexpr std::size_t N = static_cast<std::size_t>(Op::arity);
  static constexpr DType kLeast = [] {
    if constexpr (requires { Op::least_dtype; }) return Op::least_dtype;
    return float32;
  }();
  static constexpr bool kMasks = requires { Op::masks; };
  static constexpr bool kWraps = requires { Op::wraps; };
  static constexpr bool kHasCondition = requires { Op::has_condition; };
  static constexpr bool kTakesNumber = requires(void (&f)(double)) { Op::for_number(0.0, f); };
  static constexpr std::size_t kAttributeBytes = std::is_empty_v<Op> ? 0 : sizeof(Op);
  static_assert(std::is_trivially_copyable_v<Op>, "attributes are copied as bytes");
  using Indices = std::make_index_sequence<N>;
  template <class T>
  using Lane = kernels::Lane<T>;

  template <std::size_t I>
  static constexpr Probe slope_of = probe_slope<static_cast<int>(I), Op>();

  // What must be as it was when the sweep comes by, for each operand that needs a gradient.
  static constexpr std::uint32_t saves_for(const Probe& slope) {
    return (slope.reads & 7u) | ((slope.reads & kReadsResult) != 0 ? kSavesOutput : 0u);
  }
  static constexpr auto saves = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<std::uint32_t, 3>{saves_for(slope_of<I>)...};
  };

  static constexpr bool kReadsTerms = []<std::size_t... I>(std::index_sequence<I...>) {
    return (((slope_of<I>.reads & kReadsResult) != 0) || ...);
  }
  (Indices{});

  static const Op& attributes_of(const std::byte* bytes) {
    static constexpr Op none{};
    return kAttributeBytes == 0 ? none : *reinterpret_cast<const Op*>(bytes);
  }

  // ---- forward

  struct Formula {
    static constexpr bool cheap = is_cheap<Op>;
    Op op;
    template <class... Xs>
    requires requires(Xs... xs) { Op::is_usual(xs...); }
    static constexpr bool is_usual(Xs... xs) { return Op::is_usual(xs...); }
    template <class... Xs>
    auto operator()(const Xs&... xs) const {
      return op.value(xs...);
    }
  };

  static Formula formula(const Op& op) { return {op}; }
  template <class T>
  static constexpr auto kernel = kernels::ElementwiseKernel::of<FormulaKernel<Formula, T, N>>();

  static ElementwiseResult result_of(std::span<const Tensor* const> xs,
                                     const char* name = Op::info.name.data()) {
    return elementwise_result(xs, kLeast, kHasCondition, name);
  }

  // With a C++ number as operand 1, in a loop that is made for it: the results, or g times the slopes by
  // operand 0. The inputs are operand 0 and, for slopes, g.
  template <class T, bool kOfSlope>
  struct NumberKernel {
    static constexpr std::size_t kInputs = kOfSlope ? 2 : 1;

    static void run(const void* number, const void* const* inputs, void* const* results,
                    std::int64_t n) {
      std::array<const T*, kInputs> from;
      for (std::size_t k = 0; k < kInputs; ++k) from[k] = static_cast<const T*>(inputs[k]);
      const std::array<T*, 1> result{static_cast<T*>(results[0])};
      const auto as_read = static_cast<T>(*static_cast<const double*>(number));
      Op::for_number(static_cast<double>(as_read), [&]<class B>(B number_or_its_type) {
        using Exponent = std::conditional_t<std::is_arithmetic_v<B>, Lane<T>, B>;
        const Exponent b(number_or_its_type);
        const auto one = [&](const auto& x, const auto& to, std::int64_t i) {
          const Lane<T> a = x[0][i];
          if constexpr (kOfSlope) {
            to[0][i] = times_slope(Lane<T>(x[1][i]), Op::slope_a(a, b, Lane<T>())).number();
          } else {
            to[0][i] = Op::value(a, b).number();
          }
        };
        const auto many = [&](const auto& x, const auto& to, std::int64_t size) {
          kernels::for_whole_lanes(size, [&](std::int64_t i) { one(x, to, i); });
        };
        kernels::in_lanes(n, from, result, many, one);
      });
    }
  };
  static bool is_number(const Node& b) { return b.has(kNumber) && b.rank == 0; }
  template <class T, bool kOfSlope, std::size_t Inputs>
  static void run_with_number(const Node& number, const std::array<Node*, Inputs>& inputs,
                              Node& y) {
    static constexpr auto kernel = kernels::ElementwiseKernel::of<NumberKernel<T, kOfSlope>>();
    double b = 0;
    convert_element(number, float64, reinterpret_cast<std::byte*>(&b));
    run_elementwise(kernel, &b, inputs, dtype_of<T>(), y);
  }

  template <class T>
  static void fill(const Op& op, std::span<const Tensor* const> xs, Node& y) {
    if constexpr (std::is_floating_point_v<T>) {
      if constexpr (kTakesNumber) {
        if (is_number(*xs[1]->node()))
          return run_with_number<T, false, 1>(*xs[1]->node(), {xs[0]->node()}, y);
      }
      const Formula of_op = formula(op);
      run_elementwise(kernel<T>, &of_op, nodes_of<N>(xs), dtype_of<T>(), y);
    } else {
      // Booleans as 0 and 1.
      using Integer = std::conditional_t<kWraps, std::uint64_t, std::int64_t>;
      using Number = std::conditional_t<std::is_same_v<T, bool>, std::uint32_t, Integer>;
      const auto value = [op](auto... x) { return op.value(static_cast<Number>(x)...); };
      run_plain<T, T, N>(value, xs, y);
    }
  }

  static void check(const Op& op, DType result) {
    if constexpr (requires { op.check(result); }) op.check(result);
  }

  // The operand whose shape and dtype the result has, in the usual case.
  static const Tensor* common_of(std::span<const Tensor* const> xs) {
    if constexpr (!kHasCondition) return common_operand(xs);
    if (!xs[0]->defined()) return nullptr;
    const Tensor* common = common_operand(xs.subspan(1));
    return common != nullptr && have_same_layout(*xs[0]->node(), *common->node()) ? common
                                                                                  : nullptr;
  }

  static Tensor apply(const Op& op, std::span<const Tensor* const> xs,
                      std::span<Tensor* const> temporaries = {}) {
    if (!temporaries.empty()) {
      if (Tensor* target =
              replaceable(temporaries, xs, kLeast, kHasCondition, Op::info.name.data())) {
        Node& node = *target->node();
        node.dtype == float32 ? fill<float>(op, xs, node) : fill<double>(op, xs, node);
        return std::move(*target);
      }
    }
    if (const Tensor* common = common_of(xs)) {
      Tensor y = make_result_like(rule, *common, xs, &op, kAttributeBytes);
      y.dtype() == float32 ? fill<float>(op, xs, *y.node()) : fill<double>(op, xs, *y.node());
      return computed(rule, std::move(y), xs);
    }
    const ElementwiseResult result = result_of(xs);
    check(op, result.dtype);
    Tensor y = make_result(rule, result.shape, result.dtype, xs, &op, kAttributeBytes);
    Node& node = *y.node();
    if (result.is_number) node.flags |= kNumber;
    visit_dtype(result.dtype, [&](auto zero) {
      using T = decltype(zero);
      if constexpr (kLeast <= dtype_of<T>()) fill<T>(op, xs, node);
    });
    return computed(rule, std::move(y), xs);
  }

  // A NanGuard looks at results before they are anybody's.
  static bool overwrite(const Op& op, std::span<const Tensor* const> xs, const char* name) {
    check_defined(Op::info.name, xs);
    if (wants_history(xs) || recording.guarded) return false;
    const ElementwiseResult result = result_of(xs);
    if (!can_take_result(xs, result)) return false;
    check(op, result.dtype);
    Tensor target = *xs[0];
    note_write(target, name);
    visit_dtype(result.dtype, [&](auto zero) {
      using T = decltype(zero);
      if constexpr (kLeast <= dtype_of<T>()) fill<T>(op, xs, *target.node());
    });
    return true;
  }

  // ---- backward

  // What arrives is operand I's contribution as it is.
  template <std::size_t I>
  static constexpr bool kPassesOn = slope_of<I>.reads == 0 && slope_of<I>.number == 1.0;

  // g times the slope, and exactly 0 where g is 0 (an infinite slope would make it NaN) or a mask did
  // not select.
  template <class T>
  [[gnu::always_inline]] static constexpr Lane<T> times_slope(Lane<T> g, Lane<T> slope) {
    const Lane<T> product = kernels::chain(g.number(), slope.number());
    return kMasks ? choose(slope == 0, Lane<T>(0), product) : product;
  }

  // Operand I's contribution: g times the slope. The inputs are what the slope reads (operands, then y),
  // g and, if it is added to a number, that.
  template <class T, std::size_t I, bool kIsAdded = false>
  struct ContributionKernel {
    static constexpr std::uint32_t kReads = slope_of<I>.reads;
    static constexpr std::size_t kCount = static_cast<std::size_t>(std::popcount(kReads)) + 1;

    static constexpr std::size_t kInputs = kCount + kIsAdded;

    // The K-th of the operands and y: an element where the slope reads it, else nothing.
    template <class L, std::size_t K>
    static L read(const std::array<const T*, kInputs>& x, std::int64_t i) {
      constexpr std::uint32_t bit = K == N ? kReadsResult : 1u << K;
      if constexpr ((kReads & bit) == 0) return L();
      constexpr auto place = static_cast<std::size_t>(std::popcount(kReads & (bit - 1)));
      return x[place][i];
    }
    static void run(const void* attributes, const void* const* inputs, void* const* results,
                    std::int64_t n) {
      const Op op = attributes_of(static_cast<const std::byte*>(attributes));
      std::array<const T*, kInputs> all_inputs{};
      for (std::size_t k = 0; k < kInputs; ++k) all_inputs[k] = static_cast<const T*>(inputs[k]);
      const std::array<T*, 1> result{static_cast<T*>(results[0])};
      [&]<std::size_t... K>(std::index_sequence<K...>) {
        const auto element = [&]<class L>(const auto& x, const auto& to, std::int64_t i, L) {
          const Lane<T> g = x[kCount - 1][i];
          const Lane<T> slope = partial<static_cast<int>(I)>(op, read<L, K>(x, i)...);
          const Lane<T> part = times_slope(g, slope);
          if constexpr (kIsAdded) {
            to[0][i] = (Lane<T>(x[kCount][i]) + part).number();
          } else {
            to[0][i] = part.number();
          }
        };
        const auto one = [&](const auto& x, const auto& to, std::int64_t i) {
          element(x, to, i, Lane<T>());
        };
        const auto many = [&](const auto& x, const auto& to, std::int64_t size) {
          if constexpr (requires { Op::is_usual(Lane<T>()); } && (kReads & 1) != 0) {
            for_usual_lanes<T>(
                size, [&](std::int64_t i) { return Op::is_usual(Lane<T>(x[0][i])); },
                [&](std::int64_t i, auto lane) { element(x, to, i, lane); });
          } else {
            kernels::for_whole_lanes(size, [&](std::int64_t i) { one(x, to, i); });
          }
        };
        if constexpr (is_cheap<Op>) {
          kernels::for_lanes(n, [&](std::int64_t i) { one(all_inputs, result, i); });
        } else {
          kernels::in_lanes(n, all_inputs, result, many, one);
        }
      }
      (std::make_index_sequence<N + 1>{});
    }
  };

  // Into `to`, which holds what it is added to or is to be filled.
  template <class T, std::size_t I, bool kIsAdded>
  static void contribute(const BackwardCall& call, Node* to) {
    if constexpr (kTakesNumber && I == 0) {
      NumberNode room;
      const Node& b = *call.input_node(1, room);
      if (is_number(b))
        return run_with_number<T, true, 2>(b, {call.input_node(0), call.gradient().node()}, *to);
    }
    using Kernel = ContributionKernel<T, I, kIsAdded>;
    static constexpr auto kernel = kernels::ElementwiseKernel::of<Kernel>();
    std::array<Node*, Kernel::kCount + kIsAdded> read;
    std::array<NumberNode, N> numbers;
    std::size_t count = 0;
    for (std::size_t k = 0; k < N; ++k)
      if ((Kernel::kReads >> k & 1) != 0)
        read[count++] = call.input_node(static_cast<int>(k), numbers[k]);
    if ((Kernel::kReads & kReadsResult) != 0) read[count++] = call.output_node();
    read[count++] = call.gradient().node();
    if constexpr (kIsAdded) read[count] = to;
    run_elementwise(kernel, call.attribute_bytes(), read, dtype_of<T>(), *to);
  }

  template <class T, std::size_t I>
  static Tensor contribution(const BackwardCall& call, bool is_last) {
    Tensor result =
        is_last ? call.overwritable_gradient() : make_tensor_like(call.gradient(), Op::info.name);
    contribute<T, I, false>(call, result.node());
    return result;
  }

  // Adds it where the gradient is gathered, in the loop that computes it, if the op is so cheap that the
  // sum would be most of the work.
  template <std::size_t I>
  static bool is_added_in_place(const BackwardCall& call) {
    if constexpr (is_cheap<Op> && !kPassesOn<I>) {
      if (Node* gathered = call.gathered(static_cast<int>(I))) {
        gathered->dtype == float32 ? contribute<float, I, true>(call, gathered)
                                   : contribute<double, I, true>(call, gathered);
        return true;
      }
    }
    return false;
  }

  // As ContributionKernel, in ops: what was not selected contributes 0 whatever arrives. (A slope that
  // is 0 by chance is no mask: its product has a derivative.)
  static Tensor chained(const Tensor& g, const Tensor& slope) {
    if constexpr (kMasks) {
      return masked_product(g, slope);
    } else {
      return nabla::record(op::Chain{}, g, slope);
    }
  }

  // Operand K in a formula on Tensors: of the dtype in which the loops read it.
  template <std::size_t K>
  static Tensor as_read(const Tensor& x, const Tensor& y) {
    const bool is_condition = kHasCondition && K == 0;
    return is_condition || x.dtype() == y.dtype() || x.node()->has(kNumber) ? x : to(x, y.dtype());
  }

  template <std::size_t I>
  static Tensor recorded_contribution(const BackwardCall& call) {
    const Op& op = attributes_of(call.attribute_bytes());
    return [&]<std::size_t... K>(std::index_sequence<K...>) {
      const Tensor slope = partial<static_cast<int>(I)>(
          op, as_read<K>(call.input(static_cast<int>(K)), call.output())..., call.output());
      return chained(call.gradient(), slope);
    }
    (Indices{});
  }

  // `is_last`: no other one needs the gradient that arrived.
  template <std::size_t I>
  static void add_contribution(BackwardCall& call, bool is_last) {
    constexpr int operand = static_cast<int>(I);
    Tensor result;
    if constexpr (kPassesOn<I>) {
      result = call.gradient();
    } else {
      result = call.create_graph()                  ? recorded_contribution<I>(call)
               : call.gradient().dtype() == float32 ? contribution<float, I>(call, is_last)
                                                    : contribution<double, I>(call, is_last);
    }
    call.add(operand, match_operand(std::move(result), *call.input_node(operand)));
  }

  static void backward(BackwardCall& call) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      unsigned left = (0u | ... | (call.wants(static_cast<int>(I)) ? 1u << I : 0u));
      const auto is_left = [&](std::size_t operand) { return (left >> operand & 1) != 0; };
      ((left &= ~(is_left(I) && is_added_in_place<I>(call) ? 1u << I : 0u)), ...);
      ((is_left(I) ? add_contribution<I>(call, left >> I == 1) : void()), ...);
    }
    (Indices{});
  }

  // ---- forward mode

  // Operand I's part of the tangent: as recorded_contribution, with the tangent for the gradient.
  template <std::size_t I>
  static void add_tangent(const TangentCall& call, Tensor& sum) {
    Tensor part = call.tangents[I];
    if (!part.defined()) return;
    constexpr Probe slope = slope_of<I>;
    if constexpr (slope.reads != 0 || slope.number != 1.0) {
      const Op& op = attributes_of(call.attributes);
      part = [&]<std::size_t... K>(std::index_sequence<K...>) {
        return chained(part, Tensor(partial<static_cast<int>(I)>(
                                 op, as_read<K>(call.operands[K], call.result)..., call.result)));
      }
      (Indices{});
    }
    part = broadcast_to(to(part, call.result.dtype()), call.result.shape());
    sum = sum.defined() ? add_adjoints(sum, part) : part;
  }
  static Tensor tangent(const TangentCall& call) {
    Tensor sum;
    [&]<std::size_t... I>(std::index_sequence<I...>) { (add_tangent<I>(call, sum), ...); }
    (Indices{});
    return sum;
  }

  // ---- replay and registry

  static Tensor replay(std::span<const Tensor> operands, const std::byte* attributes) {
    std::array<const Tensor*, N> pointers{};
    for (std::size_t i = 0; i < N; ++i) pointers[i] = &operands[i];
    return apply(attributes_of(attributes), pointers);
  }
  static constexpr std::span<const OpParameter> parameters() {
    if constexpr (requires { Op::parameters; }) {
      return Op::parameters;
    } else {
      return {};
    }
  }
  static constexpr std::size_t aligned(std::size_t at, std::size_t alignment) {
    return (at + alignment - 1) / alignment * alignment;
  }
  // Who knows the parameters of an op can make it again: it holds nothing else.
  static constexpr bool kIsMadeOfParameters = [] {
    std::size_t end = 0;
    for (const OpParameter& parameter : parameters()) {
      const std::size_t size = parameter.whole ? sizeof(int) : sizeof(double);
      end = aligned(end, size) + size;
    }
    return std::is_empty_v<Op> || aligned(end, alignof(Op)) == sizeof(Op);
  }();
  static Op op_with(std::span<const double> values) {
    if (values.empty()) return Op{};
    require_parameters(Op::info, parameters(), values);
    if constexpr (requires { Op::parameters; }) {
      return [&]<std::size_t... I>(std::index_sequence<I...>) {
        return Op::with(ParameterValue{values[I]}...);
      }
      (std::make_index_sequence<std::size(Op::parameters)>{});
    } else {
      return Op{};
    }
  }
  static Tensor tensor(std::span<const Tensor> operands, std::span<const double> values) {
    const Op op = op_with(values);
    return replay(operands, reinterpret_cast<const std::byte*>(&op));
  }
  static Tensor usual_tensor(std::span<const Tensor> operands) { return tensor(operands, {}); }
  static Value scalar(std::span<const Value> operands, std::span<const double> values) {
    const Op op = op_with(values);
    return [&]<std::size_t... I>(std::index_sequence<I...>)->Value {
      return nabla::record(op, operands[I]...);
    }
    (Indices{});
  }
  static std::vector<Sample> samples() {
    if constexpr (requires { Op::samples(); }) return Op::samples();
    return elementwise_samples(Op::info, Op::arity, &usual_tensor);
  }
  static std::vector<ErrorCase> errors() {
    if constexpr (requires { Op::errors(); }) return Op::errors();
    return elementwise_errors(Op::info, Op::arity, &usual_tensor);
  }

  // ---- lanes of a Program

  // Forward over reverse: all numbers are dual. Inputs are arrays of numbers, then those of their tangents,
  // and so are the results.
  using DualLane = Dual<Lane<double>>;

  template <std::size_t Count>
  struct DualInputs {
    std::array<const double*, 2 * Count> arrays;

    explicit DualInputs(const void* const* inputs) {
      for (std::size_t k = 0; k < arrays.size(); ++k)
        arrays[k] = static_cast<const double*>(inputs[k]);
    }
    Lane<double> number(std::size_t input, std::int64_t i) const { return arrays[input][i]; }
    Lane<double> tangent(std::size_t input, std::int64_t i) const {
      return arrays[Count + input][i];
    }
    DualLane operator()(std::size_t input, std::int64_t i) const {
      return DualLane(number(input, i), tangent(input, i));
    }
  };
  struct DualResult {
    double *numbers, *tangents;

    explicit DualResult(void* const* results)
        : numbers(static_cast<double*>(results[0])), tangents(static_cast<double*>(results[1])) {}
    void put(std::int64_t i, const DualLane& y) const {
      numbers[i] = y.value().number();
      tangents[i] = y.tangent().number();
    }
  };

  struct DualValueKernel {
    // Operand I's part of the tangent.
    template <std::size_t I, class... Lanes>
    static Lane<double> part(Lane<double> tangent, const Op& op, const Lanes&... xs_and_y) {
      if constexpr (kPassesOn<I>) return tangent;
      if constexpr (slope_of<I>.reads == 0 && slope_of<I>.number == 0) return 0.0;
      return times_slope(tangent, Lane<double>(partial<static_cast<int>(I)>(op, xs_and_y...)));
    }
    template <std::size_t... I, class... Lanes>
    static DualLane value(const Op& op, std::index_sequence<I...>, const DualInputs<N>& x,
                          std::int64_t i, const Lanes&... xs) {
      const Lane<double> y(op.value(xs...));
      return DualLane(y, (... + part<I>(x.tangent(I, i), op, xs..., y)));
    }
    static void run(const void* attributes, const void* const* inputs, void* const* results,
                    std::int64_t n) {
      const Op op = attributes_of(static_cast<const std::byte*>(attributes));
      const DualInputs<N> x(inputs);
      const DualResult to(results);
      [&]<std::size_t... K>(std::index_sequence<K...>) {
        kernels::for_lanes(
            n, [&](std::int64_t i) { to.put(i, value(op, Indices{}, x, i, x.number(K, i)...)); });
      }
      (Indices{});
    }
  };

  // The inputs are what the slope by operand I reads, g, and what its contribution is added to.
  template <std::size_t I>
  struct DualContributionKernel {
    static constexpr std::uint32_t kReads = slope_of<I>.reads;
    static constexpr std::size_t kCount = static_cast<std::size_t>(std::popcount(kReads));
    using Inputs = DualInputs<kCount + 2>;

    template <std::size_t K>
    static DualLane read(const Inputs& x, std::int64_t i) {
      constexpr std::uint32_t bit = K == N ? kReadsResult : 1u << K;
      if constexpr ((kReads & bit) == 0) return DualLane();
      return x(static_cast<std::size_t>(std::popcount(kReads & (bit - 1))), i);
    }
    template <class... Numbers>
    static DualLane added(const DualLane& sum, const DualLane& g, const Op& op,
                          const Numbers&... xs_and_y) {
      const auto slope = static_cast<DualLane>(partial<static_cast<int>(I)>(op, xs_and_y...));
      Lane<double> tangent = times_slope(g.tangent(), slope.value());
      if constexpr (kReads != 0)
        tangent += Lane<double>(kernels::chain(g.value().number(), slope.tangent().number()));
      return DualLane(sum.value() + times_slope(g.value(), slope.value()), sum.tangent() + tangent);
    }
    static void run(const void* attributes, const void* const* inputs, void* const* results,
                    std::int64_t n) {
      const Op op = attributes_of(static_cast<const std::byte*>(attributes));
      const Inputs x(inputs);
      const DualResult to(results);
      [&]<std::size_t... K>(std::index_sequence<K...>) {
        kernels::for_lanes(n, [&](std::int64_t i) {
          to.put(i, added(x(kCount + 1, i), x(kCount, i), op, read<K>(x, i)...));
        });
      }
      (std::make_index_sequence<N + 1>{});
    }
  };

  template <std::size_t I>
  static constexpr SlopeKernels slope_kernels() {
    using Kernel = kernels::ElementwiseKernel;
    SlopeKernels slope{.reads = slope_of<I>.reads,
                       .number = slope_of<I>.number,
                       .contribution = Kernel::template of<ContributionKernel<double, I>>(),
                       .dual_added = Kernel::template of<DualContributionKernel<I>>()};
    if constexpr (is_cheap<Op>)
      slope.added = Kernel::template of<ContributionKernel<double, I, true>>();
    return slope;
  }
  static void make(std::span<const double> values, std::byte* attributes) {
    const Op op = op_with(values);
    std::memcpy(attributes, &op, kAttributeBytes);
  }
  static void read_parameters(const void* op, std::span<double> values) {
    const auto* bytes = static_cast<const std::byte*>(op);
    std::size_t at = 0;
    const auto take = [&]<class T>(T number) {
      at = aligned(at, alignof(T));
      std::memcpy(&number, bytes + at, sizeof(T));
      at += sizeof(T);
      return static_cast<double>(number);
    };
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = parameters()[i].whole ? take(0) : take(0.0);
  }
  static constexpr LaneKernels lanes = []<std::size_t... I>(std::index_sequence<I...>) {
    return LaneKernels{.is_cheap = is_cheap<Op>,
                       .value = kernel<double>,
                       .dual_value = kernels::ElementwiseKernel::of<DualValueKernel>(),
                       .slopes = {slope_kernels<I>()...},
                       .attribute_bytes = kAttributeBytes,
                       .make = &make,
                       .read = &read_parameters};
  }
  (Indices{});

  static constexpr Rule rule{&Op::info, saves(Indices{}), &backward, &replay, &tangent};
};

}  // namespace nabla::detail
