// SPDX-License-Identifier: MIT
#include "progress.hpp"

#include <memory>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace nabla::cli;

namespace {

// A progress display that writes into a list, by a clock that the test sets.
struct Display {
  explicit Display(int columns)
      : progress(
            {.label = "epoch 1/2", .unit = "images", .total = 60000}, columns,
            [this](std::string_view text) { written.emplace_back(text); },
            [this] { return seconds; }) {}

  std::vector<std::string> written;
  double seconds = 100.0;
  Progress progress;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(progress)

BOOST_AUTO_TEST_CASE(a_terminal_shows_bar_rate_remaining_time_and_note) {
  Display display(100);
  display.seconds += 2.0;
  display.progress.update(15000, "loss 0.5");
  BOOST_REQUIRE(display.written.size() == 1u);
  BOOST_TEST(display.written[0] ==
             "\repoch 1/2  [======>                 ]  25 %  7,500 images/s  0:06 left  loss 0.5"
             "\x1b[K");
}

BOOST_AUTO_TEST_CASE(a_terminal_is_redrawn_at_most_ten_times_a_second) {
  Display display(100);
  for (int i = 0; i < 1000; ++i) {
    display.seconds += 0.001;
    display.progress.update(i);
  }
  BOOST_TEST(display.written.size() <= 11u);
  BOOST_TEST(display.written.size() >= 9u);
}

BOOST_AUTO_TEST_CASE(the_bar_never_exceeds_the_width_of_the_terminal) {
  Display display(20);
  display.progress.update(100, "a long note that does not fit in twenty columns");
  BOOST_TEST(display.written[0].size() == std::string("\r\x1b[K").size() + 19u);
}

BOOST_AUTO_TEST_CASE(the_bar_gives_way_to_the_numbers) {
  for (const int columns : {100, 80, 70, 62}) {
    Display display(columns);
    display.seconds += 1.0;
    display.progress.update(20000, "loss 0.3512");
    const std::string& line = display.written[0];
    BOOST_TEST(line.find(" 33 %  20,000 images/s  0:02 left  loss 0.3512") != std::string::npos,
               line);
    BOOST_TEST((line.find('[', 5) < line.find('%')) == (columns >= 70), line);
  }
}

BOOST_AUTO_TEST_CASE(no_rate_is_claimed_at_the_very_start) {
  Display display(100);
  display.seconds += 0.2;
  display.progress.update(10);
  BOOST_TEST(display.written[0].find("/s") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_finished_bar_is_full_and_then_wiped_once) {
  Display display(100);
  display.progress.update(60000);
  BOOST_TEST(display.written[0].find("[========================] 100 %") != std::string::npos);
  display.progress.finish();
  display.progress.finish();
  display.seconds += 5.0;
  display.progress.update(1);
  BOOST_REQUIRE(display.written.size() == 2u);
  BOOST_TEST(display.written[1] == "\r\x1b[K");
}

BOOST_AUTO_TEST_CASE(a_log_gets_a_plain_line_every_ten_seconds_and_no_control_characters) {
  Display display(0);
  display.progress.update(1);
  display.seconds += 9.0;
  display.progress.update(100);
  BOOST_TEST(display.written.empty());
  display.seconds += 1.0;
  display.progress.update(20000, "loss 0.5");
  display.seconds += 1.0;
  display.progress.update(20001);
  display.progress.finish();
  BOOST_REQUIRE(display.written.size() == 1u);
  BOOST_TEST(display.written[0] ==
             "epoch 1/2  20,000 of 60,000 images  2,000 images/s  0:20 left  loss 0.5\n");
}

BOOST_AUTO_TEST_CASE(a_total_of_zero_and_too_much_done_do_no_harm) {
  Progress none(
      {.label = "x", .unit = "y", .total = 0}, 80, [](auto) {}, [] { return 0.0; });
  none.update(5);
  Display display(100);
  display.seconds += 1.0;
  display.progress.update(70000);
  BOOST_TEST(display.written[0].find("100 %") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
