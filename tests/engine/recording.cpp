// SPDX-License-Identifier: MIT
#include <stdexcept>
#include <string>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/error.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/engine/tape.hpp>

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

BOOST_AUTO_TEST_CASE(a_scope_opened_twice_is_one_scope) {
  std::uint32_t first = 0, inner = 0;
  {
    Scope a("a");
    first = detail::recording.scope;
    Scope b("b");
    inner = detail::recording.scope;
    BOOST_TEST(open_scope() == "/a/b");
  }
  {
    Scope b("b");
    BOOST_TEST(detail::recording.scope != inner);
  }
  Scope a("a");
  BOOST_TEST(detail::recording.scope == first);
  Scope b("b");
  BOOST_TEST(detail::recording.scope == inner);
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
