// SPDX-License-Identifier: MIT
#include "files.hpp"

#include <filesystem>
#include <string>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/error.hpp>

#include "folder.hpp"

using namespace nabla::cli;
using nabla::IoError;

BOOST_AUTO_TEST_SUITE(files)

BOOST_AUTO_TEST_CASE(a_file_is_written_whole_and_replaces_the_old_one) {
  const TestFolder folder;
  write_file(folder.path() / "a.txt", "first");
  write_file(folder.path() / "a.txt", "second\n");
  BOOST_TEST(read_text(folder.path() / "a.txt") == "second\n");
  BOOST_TEST(folder.count() == 1u);
}

BOOST_AUTO_TEST_CASE(a_failure_leaves_nothing_behind) {
  const TestFolder folder;
  std::filesystem::create_directory(folder.path() / "taken");
  BOOST_CHECK_THROW(write_file(folder.path() / "taken", "x"), IoError);
  BOOST_CHECK_THROW(write_file(folder.path() / "missing" / "a.txt", "x"), IoError);
  BOOST_CHECK_THROW(write_file("/proc/nabla.txt", "x"), IoError);
  BOOST_TEST(folder.count() == 1u);
}

BOOST_AUTO_TEST_CASE(asking_whether_a_file_can_be_written_does_not_touch_it) {
  const TestFolder folder;
  write_file(folder.path() / "a.txt", "kept");
  check_writable(folder.path() / "a.txt");
  check_writable(folder.path() / "new.txt");
  BOOST_TEST(read_text(folder.path() / "a.txt") == "kept");
  BOOST_TEST(folder.count() == 1u);
  BOOST_CHECK_THROW(check_writable(folder.path()), IoError);
  BOOST_CHECK_THROW(check_writable(folder.path() / "missing" / "a"), IoError);
}

BOOST_AUTO_TEST_CASE(a_folder_is_made_with_those_above_it) {
  const TestFolder folder;
  make_folder(folder.path() / "a" / "b");
  make_folder(folder.path() / "a" / "b");
  BOOST_TEST(std::filesystem::is_directory(folder.path() / "a" / "b"));
  write_file(folder.path() / "file", "x");
  BOOST_CHECK_THROW(make_folder(folder.path() / "file"), IoError);
  BOOST_CHECK_THROW(make_folder(folder.path() / "file" / "below"), IoError);
}

BOOST_AUTO_TEST_SUITE_END()
