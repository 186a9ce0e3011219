// SPDX-License-Identifier: MIT
#include <stdexcept>
#include <string>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/capture.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/engine/tape.hpp>
#include <nabla/ops/unary/exp.hpp>

using namespace nabla;

namespace {

/// The scope that is open now, from the outermost name to the innermost.
std::string open_scope() {
  std::string path;
  for (std::uint32_t i = detail::recording.scope; i != 0; i = detail::scope_entry(i).parent) {
    path = "/" + detail::scope_entry(i).name + path;
  }
  return path;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(recording)

BOOST_AUTO_TEST_CASE(what_was_before_comes_back_also_after_an_exception) {
  BOOST_TEST(is_recording());
  try {
    NoGrad no_grad;
    Scope scope("lost");
    BOOST_TEST(!is_recording());
    EnableGrad enable;
    BOOST_TEST(is_recording());
    throw std::runtime_error("");
  } catch (const std::runtime_error&) {
  }
  BOOST_TEST(is_recording());
  BOOST_TEST(open_scope().empty());
}

BOOST_AUTO_TEST_CASE(a_scope_opened_twice_at_one_place_is_one_entry) {
  std::uint32_t first = 0, inner = 0;
  for (int i = 0; i < 2; ++i) {
    Scope a("a");
    if (i == 0) first = detail::recording.scope;
    BOOST_TEST(detail::recording.scope == first);
    Scope b("b");
    if (i == 0) inner = detail::recording.scope;
    BOOST_TEST(detail::recording.scope == inner);
    BOOST_TEST(open_scope() == "/a/b");
  }
}

BOOST_AUTO_TEST_CASE(a_scope_opened_at_two_places_is_one_scope) {
  const auto scope_of = [](std::uint32_t entry) { return detail::scope_entry(entry).scope; };
  std::uint32_t first = 0, inner = 0;
  {
    Scope a("a");
    first = detail::recording.scope;
    Scope b("b");
    inner = detail::recording.scope;
  }
  {
    Scope b("b");
    BOOST_TEST(scope_of(detail::recording.scope) != scope_of(inner));
  }
  Scope a("a");
  BOOST_TEST(detail::recording.scope != first);
  BOOST_TEST(scope_of(detail::recording.scope) == scope_of(first));
  Scope b("b");
  BOOST_TEST(scope_of(detail::recording.scope) == scope_of(inner));
}

BOOST_AUTO_TEST_CASE(a_snapshot_has_a_scope_once_with_the_place_of_its_first_node) {
  const Tape tape;
  const Value x = variable(1.0);
  const auto in_scope = [](const Value& y, int line) {
    const Scope a("somewhere", "a.cpp", line);
    const Scope b("inside", "b.cpp", line);
    return Value(exp(y));
  };
  const Value other = in_scope(x, 1);
  const Value y = in_scope(in_scope(x, 2), 3);
  for (const auto& [root, line] : {std::pair{other, "1"}, {y, "2"}}) {
    const Graph graph = capture(root);
    BOOST_REQUIRE(graph.scopes.size() == 3U);
    BOOST_TEST(graph.scopes[1].place == std::string("a.cpp:") + line);
    BOOST_TEST(graph.scopes[2].place == std::string("b.cpp:") + line);
  }
}

BOOST_AUTO_TEST_CASE(without_debug_information_no_line_is_told_that_is_not_true) {
  const Tape tape;
  const Value x = variable(1.0);
  const SourceLines lines;
  const int line = __LINE__ + 1;
  const Value y = exp(x);
  const Graph graph = capture(y);
  const std::string place = graph.nodes[graph.root].notes->place;
  // Builds to debug or sanitize have that of all files.
  BOOST_TEST((place.empty() || place == "recording.cpp:" + std::to_string(line)), place);
}

BOOST_AUTO_TEST_CASE(the_tape_knows_the_scope_of_each_value) {
  Tape tape;
  const Value outside = variable(1.0);
  Value inside, after_rewind;
  std::uint32_t scope = 0;
  {
    Scope layer("layer");
    scope = detail::recording.scope;
    inside = variable(2.0);
    const Mark mark = tape.mark();
    Scope deeper("deeper");
    (void)variable(3.0);
    tape.rewind(mark);
    after_rewind = variable(4.0);
  }
  const Value outside_again = variable(5.0);
  BOOST_TEST(tape.scope_of(outside.index()) == 0u);
  BOOST_TEST(tape.scope_of(inside.index()) == scope);
  BOOST_TEST(detail::scope_entry(tape.scope_of(after_rewind.index())).name == "deeper");
  BOOST_TEST(tape.scope_of(outside_again.index()) == 0u);
}

BOOST_AUTO_TEST_CASE(a_failed_assertion_names_its_place) {
  BOOST_CHECK_EXCEPTION(detail::assertion_failed("a < b", "file.cpp", 7), std::logic_error,
                        [](const std::logic_error& e) {
                          return std::string(e.what()).find("a < b at file.cpp:7") !=
                                 std::string::npos;
                        });
}

BOOST_AUTO_TEST_SUITE_END()
