// SPDX-License-Identifier: MIT
#include <cmath>
#include <string>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/error.hpp>
#include <nabla/nn/data/idx.hpp>

#include "support.hpp"

using namespace nabla;
using test::says;

namespace {

std::string bytes(std::initializer_list<int> numbers) {
  std::string text;
  for (const int number : numbers) text += static_cast<char>(number);
  return text;
}

/// Two images of 2 x 3 pixels.
std::string small_images() {
  return bytes({0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3}) +
         bytes({0, 51, 102, 153, 204, 255, 1, 2, 3, 4, 5, 6});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(idx)

BOOST_AUTO_TEST_CASE(bytes_become_int64_by_default) {
  const test::TemporaryFolder folder;
  const Tensor images = data::load_idx(folder.write("a", small_images()));
  BOOST_TEST((images.shape() == Shape{2, 2, 3}));
  BOOST_TEST((images.dtype() == int64));
  BOOST_TEST(images.at({0, 1, 2}) == 255);
  BOOST_TEST(images.at({1, 1, 0}) == 4);
}

BOOST_AUTO_TEST_CASE(pixels_are_divided_in_the_type_that_is_asked_for) {
  const test::TemporaryFolder folder;
  const Tensor images =
      data::load_idx(folder.write("a", small_images()), {.dtype = float32, .divisor = 255.0});
  BOOST_TEST((images.dtype() == float32));
  BOOST_TEST(images.data<float>()[1] == 51.0f / 255.0f);
  BOOST_TEST(images.data<float>()[5] == 1.0f);
}

BOOST_AUTO_TEST_CASE(gzip_is_recognised_whatever_the_name) {
  const test::TemporaryFolder folder;
  const Tensor images = data::load_idx(folder.write("no-suffix", test::gzip(small_images())));
  BOOST_TEST(images.at({1, 1, 2}) == 6);
}

BOOST_AUTO_TEST_CASE(every_element_type_is_read_big_endian) {
  const test::TemporaryFolder folder;
  const auto one = [&](std::string contents) {
    return data::load_idx(folder.write("a", contents)).at({0});
  };
  const std::string size = bytes({0, 0, 0, 1});
  BOOST_TEST(one(bytes({0, 0, 0x08, 1}) + size + bytes({0xFE})) == 254);
  BOOST_TEST(one(bytes({0, 0, 0x09, 1}) + size + bytes({0xFE})) == -2);
  BOOST_TEST(one(bytes({0, 0, 0x0B, 1}) + size + bytes({0xFF, 0x02})) == -254);
  BOOST_TEST(one(bytes({0, 0, 0x0C, 1}) + size + bytes({0x80, 0, 0, 1})) == -2147483647.0);
  BOOST_TEST(one(bytes({0, 0, 0x0D, 1}) + size + bytes({0xC0, 0x20, 0, 0})) == -2.5);
  BOOST_TEST(one(bytes({0, 0, 0x0E, 1}) + size + bytes({0x3F, 0xF8, 0, 0, 0, 0, 0, 0})) == 1.5);
}

BOOST_AUTO_TEST_CASE(no_axes_is_one_number_and_a_zero_size_is_none) {
  const test::TemporaryFolder folder;
  BOOST_TEST(data::load_idx(folder.write("a", bytes({0, 0, 8, 0, 7}))).item() == 7);
  const Tensor none =
      data::load_idx(folder.write("b", bytes({0, 0, 8, 2, 0, 0, 0, 0, 0, 0, 0, 5})));
  BOOST_TEST((none.shape() == Shape{0, 5}));
}

BOOST_AUTO_TEST_CASE(every_prefix_is_refused) {
  const test::TemporaryFolder folder;
  for (const std::string& whole : {small_images(), test::gzip(small_images())})
    for (std::size_t length = 0; length < whole.size(); ++length)
      BOOST_CHECK_THROW(
          static_cast<void>(data::load_idx(folder.write("a", whole.substr(0, length)))),
          FormatError);
}

BOOST_AUTO_TEST_CASE(every_flipped_bit_of_a_gzip_file_is_seen_or_harmless) {
  const test::TemporaryFolder folder;
  const std::string whole = test::gzip(small_images());
  const Tensor expected = data::load_idx(folder.write("a", whole));
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
    try {
      const Tensor loaded = data::load_idx(folder.write("a", damaged));
      // The header's time stamp and the unused bits behind the last block change nothing.
      BOOST_TEST((loaded.to_vector() == expected.to_vector()));
    } catch (const FormatError&) {
    }
  }
}

BOOST_AUTO_TEST_CASE(more_bytes_than_the_header_says_are_refused) {
  const test::TemporaryFolder folder;
  for (const std::string& contents :
       {small_images() + "x", test::gzip(small_images() + "x"), test::gzip(small_images()) + "x"})
    BOOST_CHECK_EXCEPTION(static_cast<void>(data::load_idx(folder.write("a", contents))),
                          FormatError, says({"[load_idx]", "goes on after the elements"}));
}

BOOST_AUTO_TEST_CASE(a_web_page_is_called_one) {
  const test::TemporaryFolder folder;
  for (const char* page : {"<!DOCTYPE html>\n<html>", "<?xml version=\"1.0\"?>", "\n <html>"})
    BOOST_CHECK_EXCEPTION(static_cast<void>(data::load_idx(folder.write("a", page))), FormatError,
                          says({"web page", "download it again"}));
  BOOST_CHECK_EXCEPTION(
      static_cast<void>(data::load_idx(folder.write("a", test::gzip("<html></html>")))),
      FormatError, says({"web page"}));
}

BOOST_AUTO_TEST_CASE(another_format_is_named_by_its_magic_number) {
  const test::TemporaryFolder folder;
  BOOST_CHECK_EXCEPTION(static_cast<void>(data::load_idx(folder.write("a", "\x89PNG\r\n"))),
                        FormatError, says({"not an IDX file", "89504e47"}));
  BOOST_CHECK_EXCEPTION(static_cast<void>(data::load_idx(folder.write("a", bytes({0, 0, 8, 9})))),
                        FormatError, says({"9 axes", "at most 8"}));
}

BOOST_AUTO_TEST_CASE(sizes_that_overflow_are_refused_before_anything_is_allocated) {
  const test::TemporaryFolder folder;
  const std::string huge = bytes({255, 255, 255, 255});
  std::string product = bytes({0, 0, 0x0E, 8});
  for (int axis = 0; axis < 8; ++axis) product += huge;
  // A product that wraps around to 0: 2^32 sizes of 2^31 each, 2^64 bytes in all.
  const std::string half = bytes({128, 0, 0, 0});
  const std::string wrapped = bytes({0, 0, 8, 3}) + half + half + bytes({0, 0, 0, 4});
  const std::string beside_zero = bytes({0, 0, 8, 4}) + bytes({0, 0, 0, 0}) + huge + huge + huge;
  for (const std::string& contents : {product, wrapped, beside_zero})
    BOOST_CHECK_EXCEPTION(static_cast<void>(data::load_idx(folder.write("a", contents))),
                          FormatError, says({"claims", "cannot hold"}));
}

BOOST_AUTO_TEST_CASE(what_is_no_file_is_an_io_error) {
  const test::TemporaryFolder folder;
  BOOST_CHECK_EXCEPTION(static_cast<void>(data::load_idx(folder.path("none"))), IoError,
                        says({"no such file"}));
  BOOST_CHECK_EXCEPTION(static_cast<void>(data::load_idx(folder.path())), IoError,
                        says({"folder", "regular file"}));
}

BOOST_AUTO_TEST_CASE(a_divisor_needs_floating_elements) {
  const test::TemporaryFolder folder;
  BOOST_CHECK_EXCEPTION(
      static_cast<void>(data::load_idx(folder.write("a", small_images()), {.divisor = 2.0})),
      DTypeError, says({".divisor", "int64"}));
  for (const double divisor : {0.0, -0.0, std::nan("")})
    BOOST_CHECK_EXCEPTION(static_cast<void>(data::load_idx(folder.write("a", small_images()),
                                                           {.dtype = float32, .divisor = divisor})),
                          DomainError, says({"[load_idx] .divisor"}));
}

BOOST_AUTO_TEST_SUITE_END()
