// SPDX-License-Identifier: MIT
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/shared.hpp>

namespace nabla {

using Text = Shared<std::string>;
using Numbers = Shared<std::vector<double>>;

BOOST_AUTO_TEST_SUITE(shared)

BOOST_AUTO_TEST_CASE(a_copy_shares_what_it_was_copied_from) {
  const Text a = "a text too long to stand in the string itself";
  const Text b = a;
  BOOST_TEST(&*a == &*b);
  BOOST_TEST(sizeof(a) == sizeof(void*));
}

BOOST_AUTO_TEST_CASE(it_outlives_what_it_was_copied_from) {
  Text copy;
  {
    const Text first = std::string_view("first");
    copy = first;
  }
  BOOST_TEST(copy == "first");
  Text moved = std::move(copy);
  BOOST_TEST(moved == "first");
  moved = *&moved;
  BOOST_TEST(moved == "first");
}

BOOST_AUTO_TEST_CASE(a_supply_hands_out_copies_that_outlive_it) {
  struct Counted {
    int* alive = nullptr;
    Counted() = default;
    explicit Counted(int& count) : alive(&count) { ++count; }
    Counted(const Counted&) = delete;
    Counted(Counted&& other) noexcept : alive(std::exchange(other.alive, nullptr)) {}
    ~Counted() { *(alive != nullptr ? alive : &ignored) -= 1; }
    bool operator==(const Counted& other) const { return alive == other.alive; }
    int ignored = 0;
  };
  using Kept = Shared<Counted>;
  for (const std::size_t uses : {0u, 1u, 1024u, 1025u, 5000u}) {
    int alive = 0;
    std::vector<Kept> copies;
    {
      Kept::Supply supply{Kept(Counted(alive))};
      for (std::size_t i = 0; i < uses; ++i) copies.push_back(supply());
      BOOST_TEST(alive == 1);
    }
    BOOST_TEST(alive == (uses > 0 ? 1 : 0));
    for (const Kept& copy : copies) BOOST_TEST(&*copy == &*copies[0]);
    while (copies.size() > 1) copies.pop_back();
    BOOST_TEST(alive == (uses > 0 ? 1 : 0));
    copies.clear();
    BOOST_TEST(alive == 0);
  }
  Text::Supply nothing, empty{Text()};
  BOOST_TEST(nothing().empty());
  BOOST_TEST(empty().empty());
}

BOOST_AUTO_TEST_CASE(nothing_reads_as_the_value_made_by_default) {
  BOOST_TEST(Text().empty());
  BOOST_TEST(Text("").empty());
  BOOST_TEST(Text("") == Text());
  BOOST_TEST((*Text() == std::string()));
  BOOST_TEST(Numbers(std::vector<double>{}).empty());
  BOOST_TEST(Numbers()->size() == 0u);
  BOOST_TEST(!Numbers(std::vector<double>(2)).empty());
}

BOOST_AUTO_TEST_CASE(to_assign_leaves_other_copies_as_they_were) {
  Text a = "one";
  const Text b = a;
  a = "two";
  BOOST_TEST(a == "two");
  BOOST_TEST(b == "one");
  BOOST_TEST(a != b);
  BOOST_TEST(b == Text("one"));
}

BOOST_AUTO_TEST_CASE(it_converts_to_what_it_holds) {
  const Text a = "abc";
  const std::string& text = a;
  const std::string_view view = a;
  BOOST_TEST(text == "abc");
  BOOST_TEST(view == "abc");
  BOOST_TEST(a->size() == 3u);
}

// Under the thread sanitizer a count that is not atomic, or freed too early, shows up here.
BOOST_AUTO_TEST_CASE(copies_are_dropped_on_several_threads) {
  const Numbers numbers = std::vector<double>{1, 2, 3};
  std::vector<std::thread> threads;
  std::vector<double> sums(4);
  for (double& sum : sums)
    threads.emplace_back([&sum, mine = numbers] {
      for (int i = 0; i < 10000; ++i) {
        const Numbers copy = mine;
        sum += (*copy)[2];
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (const double sum : sums) BOOST_TEST(sum == 30000);
  BOOST_TEST(numbers->size() == 3u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace nabla
