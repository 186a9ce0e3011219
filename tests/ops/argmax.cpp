// SPDX-License-Identifier: MIT
#include <cstdint>
#include <string>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/ops/argmax.hpp>
#include <nabla/ops/ops.hpp>

using namespace nabla;

BOOST_AUTO_TEST_SUITE(places)

BOOST_AUTO_TEST_CASE(argmax_takes_all_elements_unless_an_axis_is_given) {
  const Tensor x = tensor({{1, 9, 3}, {4, 5, 0}});
  BOOST_TEST(argmax(x).item<std::int64_t>() == 1);
  BOOST_TEST(argmin(x).item<std::int64_t>() == 5);
  BOOST_TEST(to_string(argmax(x, 1)) == to_string(tensor({1, 1}, int64)));
  const auto refused = [](const auto& call, const std::string& text) {
    BOOST_CHECK_EXCEPTION(static_cast<void>(call()), ShapeError, [&](const ShapeError& error) {
      return std::string(error.what()) == text;
    });
  };
  refused(
      [] {
        return argmax(zeros({0, 3}));
      },
      "[argmax] no elements: got (0, 3), need at least one");
  refused([] { return argmin(zeros({0}), 0); },
          "[argmin] no elements: got (0,), need at least one along axis 0");
}

BOOST_AUTO_TEST_CASE(a_kept_axis_has_size_1) {
  const Tensor x = tensor({{1, 9, 3}, {4, 5, 0}});
  BOOST_TEST(to_string(argmax(x, 1, true)) == to_string(tensor({{1}, {1}}, int64)));
  BOOST_TEST(to_string(x.argmax(0, true)) == to_string(tensor({{1, 0, 0}}, int64)));
  BOOST_TEST(to_string(argmin(x, -1, true)) == to_string(tensor({{0}, {2}}, int64)));
  BOOST_TEST(to_string(argmin(full({}, 7.0), 0, true)) == to_string(full({}, 0, int64)));
  BOOST_TEST(to_string(argmax(zeros({0, 3}), 1, true).shape()) == "(0, 1)");
}

BOOST_AUTO_TEST_SUITE_END()
