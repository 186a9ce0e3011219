// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/bridge.hpp>
#include <nabla/engine/checkpoint.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/graph.hpp>
#include <nabla/engine/random.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/ops/ops.hpp>

using namespace nabla;

namespace {

Tensor weight() { return variable(tensor({{0.5, -1.0}, {2.0, 0.25}}, float64), "w"); }
Tensor point() { return variable(tensor({{1.0, 0.3}}, float64), "x"); }

// A layer that uses w beside its input.
Tensor layer(const Tensor& x, const Tensor& w) { return tanh(matmul(x, w) * 0.5); }
TensorFunction layer_of(const Tensor& w) {
  return [w](std::span<const Tensor> x) { return layer(x[0], w); };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(checkpoints)

BOOST_AUTO_TEST_CASE(gradients_are_those_without_it) {
  const Tensor w = weight(), x = point();
  const auto [want_w, want_x] = grad(sum(square(layer(layer(x, w), w) + x)), wrt(w, x));
  const Tensor h = checkpoint(layer_of(w), {checkpoint(layer_of(w), {x})});
  const Tensor loss = sum(square(h + x));
  const auto [by_w, by_x] = grad(loss, wrt(w, x), {.retain_graph = true});
  BOOST_TEST(by_w.to_vector() == want_w.to_vector(), boost::test_tools::per_element());
  BOOST_TEST(by_x.to_vector() == want_x.to_vector(), boost::test_tools::per_element());
  backward(loss);
  BOOST_TEST(w.grad().to_vector() == want_w.to_vector(), boost::test_tools::per_element());
  BOOST_CHECK_THROW(backward(loss), GraphError);  // freed, as without it
}

BOOST_AUTO_TEST_CASE(checkpoints_may_lie_in_checkpoints) {
  const Tensor w = weight(), x = point();
  const auto [want] = grad(sum(layer(layer(x, w), w)), wrt(w));
  const auto both = [&](std::span<const Tensor> p) {
    return checkpoint(layer_of(w), {checkpoint(layer_of(w), {p[0]})});
  };
  const auto [found] = grad(sum(checkpoint(both, {x})), wrt(w));
  BOOST_TEST(found.to_vector() == want.to_vector(), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(second_derivatives_and_forward_mode_go_through) {
  const Tensor w = weight().detach(), at = point().detach();
  const auto plain = [&](const Tensor& x) { return sum(square(layer(x, w))); };
  const auto kept = [&](const Tensor& x) { return sum(square(checkpoint(layer_of(w), {x}))); };
  const Tensor found = hessian(kept, at), want = hessian(plain, at);
  for (const std::int64_t i : {0, 1}) {
    for (const std::int64_t k : {0, 1}) {
      BOOST_TEST(found.at({0, i, 0, k}) == want.at({0, i, 0, k}),
                 boost::test_tools::tolerance(1e-14));
    }
  }
  const Tensor v = tensor({{1.0, -2.0}}, float64);
  BOOST_TEST(jvp(kept, at, v).tangent.item() == jvp(plain, at, v).tangent.item(),
             boost::test_tools::tolerance(1e-14));
}

BOOST_AUTO_TEST_CASE(what_the_function_uses_beside_its_inputs_counts) {
  const Tensor w = weight().detach(), at = point().detach(), v = tensor({{1.0, -2.0}}, float64);
  const auto times = [](const Tensor& other) {
    return [other](std::span<const Tensor> p) { return p[0] * other; };
  };
  // x itself, and something computed from it.
  const auto captured = [&](const Tensor& x) { return sum(checkpoint(times(x), {layer(x, w)})); };
  const auto computed = [&](const Tensor& x) { return sum(checkpoint(times(layer(x, w)), {x})); };
  const auto plain = [&](const Tensor& x) { return sum(layer(x, w) * x); };
  const std::vector<double> want = gradient(plain, at).to_vector();
  BOOST_TEST(gradient(captured, at).to_vector() == want, boost::test_tools::per_element());
  BOOST_TEST(gradient(computed, at).to_vector() == want, boost::test_tools::per_element());
  BOOST_TEST(jvp(captured, at, v).tangent.item() == jvp(plain, at, v).tangent.item(),
             boost::test_tools::tolerance(1e-14));
  BOOST_TEST(jvp(computed, at, v).tangent.item() == jvp(plain, at, v).tangent.item(),
             boost::test_tools::tolerance(1e-14));
}

BOOST_AUTO_TEST_CASE(forward_mode_refuses_what_was_computed_after_the_checkpoint) {
  const Tensor at = point().detach(), v = tensor({{1.0, -2.0}}, float64);
  Tensor h;  // which outlives the sweep
  const auto f = [&h](const Tensor& x) {
    h = x * 2.0;
    const TensorFunction by_reference = [&h](std::span<const Tensor> p) { return p[0] * h; };
    h = checkpoint(by_reference, {x});
    return sum(h * 3.0);
  };
  BOOST_CHECK_THROW(static_cast<void>(gradient(f, at)), GraphError);
  BOOST_CHECK_THROW(static_cast<void>(jvp(f, at, v)), GraphError);
}

BOOST_AUTO_TEST_CASE(values_on_the_way_have_a_tape_of_their_own) {
  const TensorFunction products = [](std::span<const Tensor> p) {
    const std::vector<Value> v = elements(p[0]);
    return stack({v[0] * v[1], sin(v[0])});
  };
  Tape tape;
  const Value a = variable(0.5), b = variable(3.0);
  const Tensor y = checkpoint(products, {stack({a * a, b})});
  const std::size_t statements = tape.statistics().statements;
  backward(element(sum(y), {}));
  BOOST_TEST(a.grad() == 2 * 0.5 * (3.0 + std::cos(0.25)), boost::test_tools::tolerance(1e-14));
  BOOST_TEST(b.grad() == 0.25);
  BOOST_TEST(tape.statistics().statements == statements);
  const Tensor x = variable(tensor({0.25, 3.0}, float64));
  for (int step = 1; step <= 2; ++step) {
    backward(sum(checkpoint(products, {x})));
    BOOST_TEST(x.grad().at({1}) == step * 0.25);
  }
  BOOST_TEST(tape.statistics().statements == statements);
}

BOOST_AUTO_TEST_CASE(sweeps_inside_do_not_meet_the_one_outside) {
  const Tensor x = point(), w = variable(tensor({{2.0, 3.0}}, float64));
  const TensorFunction f = [w](std::span<const Tensor> p) {
    const EnableGrad enable_grad;
    const Tensor slope = grad(sum(p[0].detach() * w * w), std::array{w})[0];  // 2 x w
    return p[0] * slope.detach();
  };
  backward(sum(checkpoint(f, {x})) + sum(w * 7.0));
  BOOST_TEST(w.grad().to_vector() == (std::vector<double>{7, 7}), boost::test_tools::per_element());
  BOOST_TEST(x.grad().at({0, 0}) == 2 * 1.0 * 2.0);
}

BOOST_AUTO_TEST_CASE(a_chain_of_functions_that_hold_each_other_needs_no_stack) {
  const Tensor x = point();
  Tensor h = x;
  for (int i = 0; i < 200000; ++i) h = checkpoint([h](std::span<const Tensor>) { return h; }, {x});
  h = Tensor();
  BOOST_TEST(!h.defined());
}

BOOST_AUTO_TEST_CASE(what_is_kept_goes_with_the_history) {
  auto kept = std::make_shared<int>(1);
  const Tensor x = point();
  const Tensor y = checkpoint(
      [kept](std::span<const Tensor> p) { return p[0] * static_cast<double>(*kept); }, {x});
  BOOST_TEST(kept.use_count() > 1);
  backward(sum(y));
  BOOST_TEST(kept.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(only_what_the_function_uses_may_need_a_gradient) {
  const Tensor w = weight(), data = point().detach();
  backward(sum(checkpoint(layer_of(w), {data})));
  BOOST_TEST(w.has_grad());
  const Tensor constant = checkpoint(layer_of(w.detach()), {data});
  const Tensor x = point();
  backward(sum(constant + x));
  BOOST_TEST(x.grad().at({0, 1}) == 1.0);
}

BOOST_AUTO_TEST_CASE(chance_is_the_same_the_second_time) {
  manual_seed(7);
  const Tensor x = point();
  Tensor noise;
  const auto noisy = [&](std::span<const Tensor> p) {
    noise = rand({1, 2}, float64);
    return p[0] * noise;
  };
  const Tensor y = checkpoint(noisy, {x});
  const std::vector<double> first = noise.to_vector();
  const double next = default_random().uniform();
  manual_seed(7);
  static_cast<void>(rand({1, 2}, float64));
  BOOST_TEST(default_random().uniform() == next);
  const std::uint64_t position = default_random().position();
  backward(sum(y));
  BOOST_TEST(x.grad().to_vector() == first, boost::test_tools::per_element());
  BOOST_TEST(default_random().position() == position);
}

BOOST_AUTO_TEST_CASE(the_memory_of_a_deep_stack_is_that_of_its_checkpoints) {
  constexpr int kLayers = 64;
  constexpr std::int64_t kBytes = 4096 * 8;
  const auto peak_of = [&](bool with_checkpoints) {
    const Tensor x = variable(full({4096}, 0.5, float64));
    const TensorFunction block = [](std::span<const Tensor> p) {
      Tensor h = p[0];
      for (int i = 0; i < 8; ++i) h = tanh(h) * 1.01;
      return h;
    };
    const std::int64_t before = tensor_statistics().storage_bytes;
    reset_peak();
    Tensor h = x;
    for (int i = 0; i < kLayers; ++i)
      h = with_checkpoints ? checkpoint(block, {h}) : block({&h, 1});
    backward(sum(h));
    return tensor_statistics().peak_storage_bytes - before;
  };
  const std::int64_t plain = peak_of(false), kept = peak_of(true);
  // Of each block of 16 operations one result, and those of the block that is being swept.
  BOOST_TEST(plain > kLayers * 8 * kBytes);
  BOOST_TEST(kept < (kLayers + 24) * kBytes);
}

BOOST_AUTO_TEST_CASE(pictures_show_one_operation_and_what_it_contributes) {
  const Tensor w = weight(), x = point();
  const Graph graph = capture(sum(checkpoint(layer_of(w), {x})));
  const auto [by_x] = grad(sum(layer(x, w)), wrt(x));
  std::vector<std::string> ops;
  for (const GraphNode& node : graph.nodes) ops.push_back(node.op->name);
  BOOST_TEST(ops == (std::vector<std::string>{"", "checkpoint", "sum"}),
             boost::test_tools::per_element());
  BOOST_REQUIRE(graph.edges.at(0).has_contribution);
  BOOST_TEST(graph.samples.at(graph.edges.at(0).samples) == by_x.to_vector(),
             boost::test_tools::per_element());
  BOOST_TEST(graph.nodes.at(0).has_gradient);
}

BOOST_AUTO_TEST_CASE(an_exception_in_the_sweep_leaves_nothing_behind) {
  const Tensor w = weight(), x = point();
  bool fails = false;
  const auto f = [&](std::span<const Tensor> p) {
    if (fails) throw std::runtime_error("no");
    return layer(p[0], w);
  };
  const auto inner_fails = [&](std::span<const Tensor> p) {
    return checkpoint(f, {layer(p[0], w)}) * 2.0;
  };
  const Tensor y = sum(checkpoint(inner_fails, {x}) + x);
  fails = true;
  BOOST_CHECK_THROW(backward(y, {.retain_graph = true}), std::runtime_error);
  BOOST_TEST(!x.has_grad());
  BOOST_TEST(!w.has_grad());
  fails = false;
  backward(y);
  BOOST_TEST(x.has_grad());
}

BOOST_AUTO_TEST_CASE(a_function_that_changes_its_mind_is_refused) {
  int calls = 0;
  const auto f = [&](std::span<const Tensor> p) { return ++calls == 1 ? p[0] * 2.0 : sum(p[0]); };
  const Tensor x = point();
  BOOST_CHECK_EXCEPTION(backward(sum(checkpoint(f, {x}))), GraphError, [](const GraphError& e) {
    return std::string(e.what()).starts_with(
        "[checkpoint] the function gave float64 of shape (1, 2)");
  });
  // Inputs that were changed, with and without a gradient; the result may be.
  for (const Tensor& input : {x * 1.0, point().detach()}) {
    Tensor h = input;
    Tensor y = checkpoint(layer_of(weight()), {h});
    y += 1.0;
    backward(sum(y), {.retain_graph = true});
    {
      const NoGrad no_grad;
      h += 1.0;
    }
    BOOST_CHECK_THROW(backward(sum(y)), GraphError);
  }
  // A handle that has moved on.
  Tensor h = x * 1.0;
  for (int i = 0; i < 3; ++i)
    h = checkpoint([&h](std::span<const Tensor> p) { return tanh(p[0]) * h; }, {x});
  BOOST_CHECK_THROW(backward(sum(h)), GraphError);
  BOOST_CHECK_THROW(static_cast<void>(checkpoint(f, {Tensor()})), GraphError);
}

BOOST_AUTO_TEST_CASE(without_recording_it_is_the_function) {
  const NoGrad no_grad;
  const Tensor w = weight(), x = point();
  const Tensor y = checkpoint(layer_of(w), {x});
  BOOST_TEST(!y.requires_grad());
  BOOST_TEST(y.to_vector() == layer(x, w).to_vector(), boost::test_tools::per_element());
}

// --- loops of scalars --------------------------------------------------------------------------

namespace {

// A swinging rod with friction; its numbers depend on which step it is.
struct Swing {
  template <class T>
  std::vector<T> operator()(std::size_t i, const std::vector<T>& x, const std::vector<T>& p) const {
    const double push = 0.01 * static_cast<double>(i % 7);
    return {x[0] + 0.01 * x[1], x[1] - 0.01 * (p[0] * sin(x[0]) + p[1] * x[1] - push)};
  }
};

struct Height {
  template <class T>
  T operator()(const std::vector<T>& x, const std::vector<T>& p) const {
    return p[0] * (1.0 - cos(x[0])) + 0.5 * x[1] * x[1];
  }
};

const std::vector<double> kStart{1.0, 0.2}, kPendulum{9.81, 0.3};

/// The same on one tape.
std::vector<double> gradient_of_swing(std::size_t steps) {
  std::vector<double> at(kStart);
  at.insert(at.end(), kPendulum.begin(), kPendulum.end());
  return gradient(
      [steps](const auto& v) {
        std::vector x{v[0], v[1]};
        const std::vector p{v[2], v[3]};
        for (std::size_t i = 0; i < steps; ++i) x = Swing()(i, x, p);
        return Height()(x, p);
      },
      at);
}

/// The fewest steps that must be computed, by trying every place of the next snapshot.
std::vector<std::vector<std::size_t>> fewest_steps(std::size_t steps, std::size_t snapshots) {
  std::vector fewest(snapshots + 1, std::vector<std::size_t>(steps + 1, 0));
  for (std::size_t l = 2; l <= steps; ++l) fewest[1][l] = l * (l - 1) / 2;
  for (std::size_t s = 2; s <= snapshots; ++s) {
    for (std::size_t l = 2; l <= steps; ++l) {
      fewest[s][l] = fewest[1][l];
      for (std::size_t m = 1; m < l; ++m)
        fewest[s][l] = std::min(fewest[s][l], m + fewest[s - 1][l - m] + fewest[s][m]);
    }
  }
  return fewest;
}

/// What is allocated; 0 where the C library does not say.
std::size_t heap_bytes() {
#if defined(__GLIBC__)
  return mallinfo2().uordblks;
#else
  return 0;
#endif
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_gradient_of_a_loop_is_that_of_one_tape) {
  for (const std::size_t steps : {0u, 1u, 2u, 7u, 100u, 333u}) {
    const std::vector<double> want = gradient_of_swing(steps);
    for (const std::size_t snapshots : {1u, 2u, 3u, 10u, 1'000'000u}) {
      const LoopGradient got = gradient_of_loop(Swing(), Height(), kStart, kPendulum,
                                                {.steps = steps, .snapshots = snapshots});
      std::vector<double> all(got.state);
      all.insert(all.end(), got.parameters.begin(), got.parameters.end());
      for (std::size_t i = 0; i < 4; ++i)
        BOOST_TEST(all[i] == want[i], boost::test_tools::tolerance(1e-12));
      std::vector<double> x(kStart);
      for (std::size_t i = 0; i < steps; ++i) x = Swing()(i, x, kPendulum);
      BOOST_TEST(got.value == Height()(x, kPendulum));
    }
  }
}

BOOST_AUTO_TEST_CASE(no_schedule_computes_fewer_steps) {
  const auto fewest = fewest_steps(61, 6);
  for (std::size_t snapshots = 1; snapshots <= 6; ++snapshots) {
    for (std::size_t steps = 0; steps <= 60; ++steps) {  // and the loss, as if it were a step
      const LoopGradient got = gradient_of_loop(Swing(), Height(), kStart, kPendulum,
                                                {.steps = steps, .snapshots = snapshots});
      BOOST_TEST(got.steps_computed == fewest[snapshots][steps + 1]);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_million_steps_are_computed_four_times_with_a_hundred_snapshots) {
  std::size_t calls = 0;
  const auto step = [&calls](std::size_t, const auto& x, const auto& p) {
    ++calls;
    auto y = x;
    y[0] = x[0] + 1e-6 * p[0] * x[0];
    return y;
  };
  const auto loss = [](const auto& x, const auto&) { return x[0]; };
  const LoopGradient got = gradient_of_loop(step, loss, {2.0}, {0.5}, {.steps = 1'000'000});
  BOOST_TEST(got.steps_computed < 4'000'000u);
  BOOST_TEST(calls == got.steps_computed + 1'000'000);
  const double growth = std::pow(1 + 0.5e-6, 1e6);
  BOOST_TEST(got.value == 2 * growth, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(got.state[0] == growth, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(got.parameters[0] == 2 * growth / (1 + 0.5e-6), boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(a_million_steps_take_the_memory_of_a_thousand) {
  struct Memory {
    std::size_t of_tape = 0, of_heap = 0;
  };
  const auto most_of = [](std::size_t steps, std::size_t snapshots) {
    Memory most;
    std::size_t calls = 0;
    const std::size_t before = heap_bytes();
    const auto step = [&]<class T>(std::size_t, const std::vector<T>& x, const std::vector<T>& p) {
      std::vector<T> y = x;
      y[0] = x[0] + 1e-6 * p[0] * sin(x[0]);
      if constexpr (std::is_same_v<T, Value>)
        most.of_tape = std::max(most.of_tape, Tape::active().statistics().reserved_bytes);
      if (++calls % 128 == 0) most.of_heap = std::max(most.of_heap, heap_bytes() - before);
      return y;
    };
    const auto loss = [](const auto& x, const auto&) { return x[0]; };
    static_cast<void>(
        gradient_of_loop(step, loss, {2.0}, {0.5}, {.steps = steps, .snapshots = snapshots}));
    return most;
  };
  for (const std::size_t snapshots : {5u, 100u}) {
    const Memory few = most_of(1'000, snapshots), many = most_of(1'000'000, snapshots);
    BOOST_TEST(many.of_tape == few.of_tape);
    BOOST_TEST(many.of_tape <= 1u << 20);
    BOOST_TEST(many.of_heap <= few.of_heap + 4'096);
    BOOST_TEST(many.of_heap <= 64 * snapshots + 16'384);
  }
}

BOOST_AUTO_TEST_CASE(loops_that_cannot_be_are_refused) {
  const auto says = [](const std::string& text) {
    return [text](const Error& error) { return std::string(error.what()).find(text) != text.npos; };
  };
  const auto run = [](const std::vector<double>& state, const LoopOptions& options) {
    return gradient_of_loop(Swing(), Height(), state, kPendulum, options);
  };
  BOOST_CHECK_EXCEPTION(run({}, {.steps = 3}), DomainError, says("empty state"));
  BOOST_CHECK_EXCEPTION(run(kStart, {.steps = 3, .snapshots = 0}), DomainError,
                        says("0 snapshots"));
  const auto growing = [](std::size_t i, const auto& x, const auto&) {
    auto y = x;
    if (i == 2) y.push_back(x[0]);
    return y;
  };
  for (const std::size_t steps : {3u, 5u}) {
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(gradient_of_loop(growing, Height(), kStart, kPendulum, {.steps = steps})),
        ShapeError, says("step 2 made a state of 3 numbers out of one of 2"));
  }
}

BOOST_AUTO_TEST_SUITE_END()
