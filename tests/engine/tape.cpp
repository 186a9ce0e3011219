// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <barrier>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/graph.hpp>
#include <nabla/ops/ops.hpp>

#include "support/small_stack.hpp"

using namespace nabla;

BOOST_AUTO_TEST_SUITE(tape)

BOOST_AUTO_TEST_CASE(rewind_forgets_everything_after_the_mark) {
  Tape tape;
  const Value x = variable(3.0, "x");
  const Mark start = tape.mark();
  for (int step = 0; step < 3; ++step) {
    const Value late = variable(2.0, "late");
    const Value y = x * late * static_cast<double>(step);
    backward(y);
    BOOST_TEST(late.grad() == 3.0 * step);
    tape.rewind(start);
    BOOST_TEST(!y.is_active());
    BOOST_CHECK_THROW((void)late.grad(), GraphError);
    BOOST_TEST(tape.statistics().statements == 0u);
    BOOST_TEST(tape.statistics().inputs == 1u);
  }
  BOOST_TEST(x.grad() == 2.0 * (0 + 1 + 2));
  BOOST_TEST(x.name() == "x");
}

BOOST_AUTO_TEST_CASE(variables_made_after_a_rewind_start_with_gradient_zero) {
  Tape tape;
  const Value first = variable(1.0);
  const Mark start = tape.mark();
  const Value old = variable(5.0);
  backward(first * old);
  tape.rewind(start);
  const Value fresh = variable(7.0);
  BOOST_TEST(fresh.grad() == 0.0);
  backward(first * fresh);
  BOOST_TEST(fresh.grad() == 1.0);
}

BOOST_AUTO_TEST_CASE(a_stale_handle_is_a_number_in_new_statements) {
  Tape tape;
  const Value x = variable(3.0);
  const Mark start = tape.mark();
  const Value old = x * 2.0;
  tape.rewind(start);
  const Value other = x * 5.0;  // stands where `old` stood
  const Value y = old * other;
  BOOST_TEST(y.value() == 90.0);
  backward(y);
  BOOST_TEST(x.grad() == 6.0 * 5.0);
  BOOST_CHECK_THROW(backward(old), GraphError);
}

BOOST_AUTO_TEST_CASE(segments_nest_deeper_than_the_table_of_the_youngest) {
  Tape tape;
  std::vector<Value> xs;
  std::vector<Mark> marks;
  for (int depth = 0; depth < 20; ++depth) {
    xs.push_back(variable(depth + 1.0));
    marks.push_back(tape.mark());
  }
  Value y = 0.0;
  for (const Value& x : xs) y = y + x * x;
  backward(y);
  for (int depth = 0; depth < 20; ++depth) {
    BOOST_TEST(xs[static_cast<std::size_t>(depth)].grad() == 2.0 * (depth + 1));
  }
  tape.rewind(marks[9]);
  BOOST_TEST(xs[9].is_active());
  BOOST_TEST(!xs[10].is_active());
  BOOST_CHECK_THROW(tape.rewind(marks[15]), GraphError);
  tape.rewind(marks[3]);
  const Value z = xs[3] * xs[9];
  backward(z);
  BOOST_TEST(xs[3].grad() == 2.0 * 4.0 + 10.0);
}

BOOST_AUTO_TEST_CASE(a_mark_of_another_life_is_refused) {
  Tape tape;
  const Value x = variable(1.0);
  const Mark start = tape.mark();
  tape.reset();
  BOOST_CHECK_THROW(tape.rewind(start), GraphError);
  BOOST_TEST(!x.is_active());
}

BOOST_AUTO_TEST_CASE(sweeps_accumulate_until_the_gradients_are_zeroed) {
  Tape tape;
  const Value x = variable(3.0), w = variable(2.0);
  const Value y = x * x * w;
  backward(y);
  y.backward();
  BOOST_TEST(x.grad() == 24.0);
  x.zero_grad();
  BOOST_TEST(x.grad() == 0.0);
  BOOST_TEST(w.grad() == 18.0);
  tape.zero_grad();
  BOOST_TEST(w.grad() == 0.0);
  tape.sweep(y, 0.5);
  BOOST_TEST(x.grad() == 6.0);
}

BOOST_AUTO_TEST_CASE(a_sweep_starts_at_its_root_wherever_that_stands) {
  Tape tape;
  const Value x = variable(3.0);
  const Value early = x * x;
  const Value late = early * x;
  backward(early);
  BOOST_TEST(x.grad() == 6.0);
  backward(x);
  BOOST_TEST(x.grad() == 7.0);
  backward(late);
  BOOST_TEST(x.grad() == 34.0);
}

BOOST_AUTO_TEST_CASE(intermediate_gradients_are_kept_on_request_until_the_next_sweep) {
  Tape tape;
  const Value x = variable(3.0);
  const Value h = x * x;
  const Value y = h * h * 0.5;
  backward(y, {.retain_grad = true});
  BOOST_TEST(y.grad() == 1.0);
  BOOST_TEST(h.grad() == 9.0);
  BOOST_TEST(x.grad() == 54.0);
  backward(y, {.retain_grad = true});
  BOOST_TEST(h.grad() == 9.0);
  BOOST_TEST(x.grad() == 108.0);
  backward(y);
  BOOST_CHECK_THROW((void)h.grad(), GraphError);
  BOOST_TEST(x.grad() == 162.0);
}

BOOST_AUTO_TEST_CASE(numbers_among_variables_have_no_gradient_and_do_no_harm) {
  Tape tape;
  const Value c = 4.0, x = variable(3.0);
  Value y = 0.0;
  for (int i = 0; i < 3; ++i) y = y + c * x;
  for (int sweep = 1; sweep <= 2; ++sweep) {
    backward(y);
    BOOST_TEST(x.grad() == 12.0 * sweep);
  }
  BOOST_CHECK_THROW((void)c.grad(), GraphError);
}

BOOST_AUTO_TEST_CASE(nothing_is_recorded_inside_no_grad) {
  Tape tape;
  const Value x = variable(3.0);
  {
    NoGrad no_grad;
    const Value y = x * x;
    BOOST_TEST(y.value() == 9.0);
    BOOST_TEST(!y.has_history());
    EnableGrad enable;
    BOOST_TEST(Value(x * x).has_history());
  }
  BOOST_TEST(tape.statistics().statements == 1u);
}

BOOST_AUTO_TEST_CASE(no_grad_holds_for_tapes_that_come_and_go_inside_it) {
  const Tape outer;
  const Value x = variable(2.0);
  BOOST_TEST(Value(x * x).has_history());
  {
    const NoGrad no_grad;
    {
      const Tape inner;
      const Value z = variable(3.0);
      BOOST_TEST(!Value(z * z).has_history());
      const EnableGrad enable;
      BOOST_TEST(Value(z * z).has_history());
    }
    BOOST_TEST(!Value(x * x).has_history());
    {
      const EnableGrad enable;
      BOOST_TEST(Value(x * x).has_history());
    }
    BOOST_TEST(!Value(x * x).has_history());
  }
  BOOST_TEST(Value(x * x).has_history());
}

BOOST_AUTO_TEST_CASE(room_is_asked_for_again_after_every_kind_of_recording) {
  Tape tape;
  const Mark start = tape.mark();
  const Value passive = 1.5;
  for (int round = 0; round < 6; ++round) {
    std::vector<Value> x;
    for (int i = 0; i < 100 + 150 * round; ++i) x.push_back(variable(1.0));
    const Mark mark = tape.mark();
    Value y = x[0];
    for (int i = 0; i < 400; ++i) y = y * x[1] + x[2] * x[3] + passive;  // many words a value
    tape.rewind(mark);
    y = x[0];
    for (int i = 0; i < 3000; ++i) y = -y;  // the fewest words a value
    backward(y);
    BOOST_TEST(y.value() == 1.0);
    BOOST_TEST(x[0].grad() == 1.0);
    tape.rewind(start);
  }
}

// Variables after a rewind to a mark behind variables take values, and no words.
BOOST_AUTO_TEST_CASE(there_is_room_for_statements_after_variables_after_a_rewind) {
  for (const int more : {0, 1, 100, 505, 506, 507, 900}) {
    Tape tape;
    const Value x = variable(1.0);
    const Mark mark = tape.mark();
    static_cast<void>(Value(-x));
    tape.rewind(mark);
    for (int i = 0; i < more; ++i) static_cast<void>(variable(1.0));
    Value y = x;
    for (int i = 0; i < 2000; ++i) y = -y;
    backward(y);
    BOOST_TEST(x.grad() == 1.0);
    const TapeStatistics now = tape.statistics();
    BOOST_TEST(now.stream_bytes + now.value_bytes + now.adjoint_bytes <= now.reserved_bytes);
  }
}

BOOST_AUTO_TEST_CASE(a_mark_of_another_tape_is_refused) {
  Tape tape;
  const Value x = variable(1.0);
  Mark other;
  BOOST_CHECK_THROW(tape.rewind(other), GraphError);
  {
    Tape inner;
    other = inner.mark();
  }
  BOOST_CHECK_THROW(tape.rewind(other), GraphError);
  BOOST_TEST(x.is_active());
}

BOOST_AUTO_TEST_CASE(a_tape_object_is_active_while_it_lives) {
  Tape outer;
  const Value x = variable(3.0);
  {
    Tape inner;
    BOOST_TEST(&Tape::active() == &inner);
    const Value z = variable(2.0);
    const Value y = x * z;  // x stands on another tape: a number here
    backward(y);
    BOOST_TEST(z.grad() == 3.0);
    BOOST_CHECK_THROW((void)x.grad(), GraphError);
  }
  BOOST_TEST(&Tape::active() == &outer);
  const Value y = x * x;
  backward(y);
  BOOST_TEST(x.grad() == 6.0);
}

BOOST_AUTO_TEST_CASE(tapes_may_end_in_any_order) {
  auto first = std::make_unique<Tape>();
  auto second = std::make_unique<Tape>();
  first.reset();
  BOOST_TEST(&Tape::active() == second.get());
  second.reset();
  const Value x = variable(2.0);
  BOOST_TEST(x.is_active());
  Tape::active().reset();
}

BOOST_AUTO_TEST_CASE(a_statement_takes_the_bytes_that_the_format_promises) {
  Tape tape;
  std::array<Value, 5> x{variable(1.0), variable(0.5), variable(2.0), variable(3.0), variable(1.5)};
  const Mark start = tape.mark();
  const auto bytes = [&tape] {
    const TapeStatistics s = tape.statistics();
    return static_cast<double>(s.stream_bytes + s.value_bytes);
  };
  const double before = bytes();
  Value y = x[0];
  for (int i = 0; i < 100; ++i) y = y * x[1];
  BOOST_TEST(bytes() - before == 100 * 20.0);
  BOOST_TEST(tape.statistics().operations == 100u);
  tape.rewind(start);
  y = x[0];
  for (int i = 0; i < 100; ++i) y = y * x[1] + x[2] * x[3] - x[4];
  BOOST_TEST(bytes() - before == 100 * 32.0);  // 8 bytes an operation
  BOOST_TEST(tape.statistics().statements == 100u);
  BOOST_TEST(tape.statistics().operations == 400u);
}

// A statement of two leaves and three constants: 8 + 24 + 4 bytes, or 8 + 4 + 4 where the constants
// are those of the statement before.
Value of_three_constants(const Value& x, const Value& y, double a, double b, double c) {
  return a * x + b * y + c;
}

BOOST_AUTO_TEST_CASE(constants_that_repeat_stand_on_the_tape_once) {
  Tape tape;
  const Value x = variable(2.0), y = variable(3.0);
  const auto bytes_of = [&](double a, double b, double c) {
    const std::size_t before = tape.statistics().stream_bytes;
    (void)of_three_constants(x, y, a, b, c);
    return tape.statistics().stream_bytes - before;
  };
  BOOST_TEST(bytes_of(1, 2, 3) == 36u);
  BOOST_TEST(bytes_of(1, 2, 3) == 16u);
  BOOST_TEST(bytes_of(1, 2, 3) == 16u);
  BOOST_TEST(bytes_of(1, 2, 4) == 36u);  // not the same
  BOOST_TEST(bytes_of(1, 2, 3) == 36u);  // not right before
  (void)Value(x * y);
  BOOST_TEST(bytes_of(1, 2, 3) == 36u);  // something between
  const double nan = std::numeric_limits<double>::quiet_NaN();
  BOOST_TEST(bytes_of(0, nan, 3) == 36u);
  BOOST_TEST(bytes_of(0, nan, 3) == 16u);    // bit for bit
  BOOST_TEST(bytes_of(-0., nan, 3) == 36u);  // bit for bit
}

BOOST_AUTO_TEST_CASE(statements_that_share_constants_are_swept_and_unfolded_as_others) {
  Tape tape;
  const Value x = variable(2.0), y = variable(3.0);
  std::vector<Value> all;
  Mark middle;
  for (int k = 0; k < 6; ++k) {
    if (k == 3) middle = tape.mark();
    all.push_back(of_three_constants(x, y, 5, 7, 11));
  }
  tape.rewind(middle);  // the constants stand below the mark
  for (std::size_t k = 3; k < 5; ++k) all[k] = of_three_constants(x, y, 5, 7, 11);
  all[5] = of_three_constants(x, all[4], 13, 17, 19);

  backward(all[5]);
  BOOST_TEST(x.grad() == 13.0 + 17.0 * 5.0);
  BOOST_TEST(y.grad() == 17.0 * 7.0);
  tape.zero_grad();
  backward(all[2] + all[4], {.retain_grad = true});
  BOOST_TEST(x.grad() == 10.0);
  BOOST_TEST(all[4].grad() == 1.0);

  std::vector<double> rows(2 * all.size());
  tape.jacobian(all, std::vector<Value>{x, y}, rows);
  for (std::size_t k = 0; k < 5; ++k) {
    BOOST_TEST(rows[2 * k] == 5.0);
    BOOST_TEST(rows[2 * k + 1] == 7.0);
  }
  BOOST_TEST(rows[10] == 13.0 + 17.0 * 5.0);

  const Graph graph = capture(all[4]);
  int constants = 0;
  for (const GraphNode& node : graph.nodes) constants += node.value == 5.0 || node.value == 11.0;
  BOOST_TEST(constants == 2);
}

BOOST_AUTO_TEST_CASE(beyond_the_memory_limit_recording_is_an_error_and_the_tape_still_works) {
  Tape tape;
  const Value x = variable(1.5);
  const Mark start = tape.mark();
  tape.memory_limit(1 << 20);
  Value y = x;
  const auto record_much = [&] {
    for (int i = 0; i < 1000000; ++i) y = y * x;
  };
  BOOST_CHECK_THROW(record_much(), GraphError);
  tape.rewind(start);
  backward(Value(x * x));
  BOOST_TEST(x.grad() == 3.0);
}

BOOST_AUTO_TEST_CASE(what_fits_into_the_memory_limit_is_recorded) {
  // A statement takes 12 bytes of the stream and 8 for its value.
  for (const std::size_t limit :
       {std::size_t{100'000}, std::size_t{3'000'000}, std::size_t{20} << 20}) {
    Tape tape;
    tape.memory_limit(limit);
    Value y = variable(1.0);
    std::size_t statements = 0;
    try {
      for (;; ++statements) y = y * y;
    } catch (const GraphError&) {
    }
    const TapeStatistics found = tape.statistics();
    BOOST_TEST(found.statements == statements);
    BOOST_TEST(found.reserved_bytes <= limit);
    // The rest is a page of a block, and words that are kept free.
    BOOST_TEST(found.stream_bytes + found.value_bytes > limit * 3 / 4);
  }
}

BOOST_AUTO_TEST_CASE(a_chain_of_a_million_statements_needs_no_stack) {
  double gradient = 0.0, value = 0.0;
  std::size_t statements = 0;
  test::run_on_small_stack([&] {
    Tape tape;
    const Value x = variable(0.0);
    Value y = x;
    for (int i = 0; i < 1000000; ++i) y = y + x;
    backward(y);
    gradient = x.grad();
    value = y.value();
    statements = tape.statistics().statements;
  });
  BOOST_TEST(gradient == 1000001.0);
  BOOST_TEST(value == 0.0);
  BOOST_TEST(statements == 1000000u);
}

BOOST_AUTO_TEST_CASE(threads_have_tapes_of_their_own) {
  const auto gradient = [](double at) {
    const Value x = variable(at);
    Value y = x;
    for (int i = 0; i < 20000; ++i) y = y * 0.5 + x;
    backward(y);
    return x.grad();
  };
  const double alone = gradient(1.0);
  std::vector<double> results(4);
  std::vector<Value> foreign(4);
  {
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < results.size(); ++i) {
      threads.emplace_back([&, i] {
        foreign[i] = variable(1.0);
        for (int k = 0; k < 5; ++k) results[i] = gradient(1.0);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    BOOST_TEST(results[i] == alone);
    BOOST_TEST(!foreign[i].is_active());
  }
  Tape::active().reset();
}

// A number that tells segments of tapes apart comes back after 2^29 of them, not after 2^17 threads.
BOOST_AUTO_TEST_CASE(threads_that_live_shortly_use_up_few_epochs) {
  std::vector<std::uint32_t> epochs;
  for (int i = 0; i < 8; ++i) std::thread([&] { epochs.push_back(detail::next_epoch(0)); }).join();
  const auto [least, greatest] = std::ranges::minmax(epochs);
  BOOST_TEST(greatest - least < 100u);
  std::ranges::sort(epochs);
  BOOST_TEST((std::ranges::adjacent_find(epochs) == epochs.end()));
}

BOOST_AUTO_TEST_CASE(recording_after_the_end_of_a_threads_tape_is_an_error) {
  struct Late {
    std::string* text = nullptr;
    ~Late() {
      try {
        static_cast<void>(variable(1.0));
      } catch (const GraphError& error) {
        *text = error.what();
      }
    }
  };
  std::string text;
  std::thread([&] {
    static thread_local Late late;  // made before the thread's tape, so gone after it
    late.text = &text;
    static_cast<void>(variable(1.0));
  }).join();
  BOOST_TEST(text.starts_with("[tape] the thread ends"), text);
}

/// (...((x - x * x) - x * x) ...) - x * x, each length a type of statement that no other test has.
template <int kLength>
auto difference(const Value& x) {
  if constexpr (kLength == 0) {
    return x * x;
  } else {
    return difference<kLength - 1>(x) - x * x;
  }
}
template <int... kLengths>
std::vector<double> gradients_of_differences(std::integer_sequence<int, kLengths...>) {
  const Tape tape;
  const Value x = variable(2.0);
  Value sum = 0.0;
  std::vector<double> gradients;
  const auto add = [&](const Value& y) {
    gradients.push_back(grad(y, std::array{x}).front());
    sum += y;
  };
  (add(difference<kLengths>(x)), ...);
  backward(sum);
  gradients.push_back(x.grad());
  return gradients;
}

BOOST_AUTO_TEST_CASE(threads_meet_types_of_statements_for_the_first_time_at_once) {
  constexpr int kTypes = 8;
  std::vector<std::vector<double>> results(4);
  std::barrier start(static_cast<std::ptrdiff_t>(results.size()));
  {
    std::vector<std::thread> threads;
    for (std::vector<double>& result : results) {
      threads.emplace_back([&] {
        start.arrive_and_wait();
        result = gradients_of_differences(std::make_integer_sequence<int, kTypes>{});
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  // x^2 (1 - n), of which the derivative at 2 is 4 (1 - n).
  std::vector<double> expected;
  double sum = 0.0;
  for (int n = 0; n < kTypes; ++n) sum += expected.emplace_back(4.0 * (1 - n));
  expected.push_back(sum);
  for (const std::vector<double>& result : results) {
    BOOST_TEST(result == expected, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_sum_that_begins_at_zero_takes_no_more_than_its_statements) {
  const Tape tape;
  const Value a = variable(3.0);
  Value sum = 0.0;
  for (int i = 0; i < 10; ++i) sum += a * a;
  BOOST_TEST(tape.statistics().statements == 10u);
  // A value for the first of the tape, which nothing names, for `a` and for each statement.
  BOOST_TEST(tape.statistics().value_bytes == 12 * sizeof(double));
  for (int sweep = 1; sweep <= 2; ++sweep) {
    backward(sum);
    BOOST_TEST(a.grad() == sweep * 60.0);
  }
}

BOOST_AUTO_TEST_CASE(statements_without_gradient_are_passed_over_whatever_lies_between) {
  const Tape tape;
  const Value a = variable(2.0), b = variable(5.0);
  Value unused = a;
  const Value y = a * b;
  for (int i = 0; i < 5; ++i) {
    unused = unused * b;
    unused = sin(unused) * 3.0 + unused - a;
  }
  const Value z = y * a;
  backward(z);
  BOOST_TEST(a.grad() == 20.0);
  BOOST_TEST(b.grad() == 4.0);
}

BOOST_AUTO_TEST_CASE(unused_statements_of_one_two_and_three_types_in_turn_are_passed_over) {
  for (const int types : {1, 2, 3}) {
    const Tape tape;
    const Value x = variable(0.5);
    Value used = x;
    for (int i = 0; i < 20; ++i) {
      Value unused = x;
      for (int k = 0; k < 1 + i % 7; ++k) {
        unused = unused * x;
        if (types > 1) unused = unused + x;
        if (types > 2) unused = sin(unused);
      }
      used = used * 2.0;
    }
    backward(used);
    BOOST_TEST(x.grad() == 1048576.0);  // 2^20
  }
}

BOOST_AUTO_TEST_CASE(a_chain_that_cancels_and_goes_on_elsewhere_is_swept_right) {
  const Tape tape;
  const Value a = variable(2.0), w = variable(3.0);
  Value y = a;
  Value early;
  for (int i = 0; i < 4; ++i) {
    y = y * w;
    if (i == 1) early = y;
  }
  // d/d early of (y - 9 early) is 9 - 9 = 0, and below it nothing arrives.
  backward(y - early * 9.0);
  BOOST_TEST(a.grad() == 0.0);
  BOOST_TEST(w.grad() == 2 * 4 * 27.0 - 9.0 * 2 * 2 * 3.0);
}

BOOST_AUTO_TEST_SUITE_END()
