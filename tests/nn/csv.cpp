// SPDX-License-Identifier: MIT
#include <clocale>
#include <cstdint>
#include <limits>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/error.hpp>
#include <nabla/nn/data/csv.hpp>

#include "support.hpp"

using namespace nabla;
using test::says;

namespace {

data::Table table_of(const std::string& text, const data::CsvOptions& options = {}) {
  const test::TemporaryFolder folder;
  return data::load_csv(folder.write("a.csv", text), options);
}

data::Dataset dataset_of(const std::string& text, const data::CsvOptions& options = {}) {
  const test::TemporaryFolder folder;
  return data::load_labelled_csv(folder.write("a.csv", text), options);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(csv)

BOOST_AUTO_TEST_CASE(numbers_become_rows_and_columns) {
  const data::Table table = table_of("1,2.5,-3e2\n4,+5,.5\n");
  BOOST_TEST(table.columns.empty());
  BOOST_TEST((table.values.shape() == Shape{2, 3}));
  BOOST_TEST((table.values.to_vector() == std::vector<double>{1, 2.5, -300, 4, 5, 0.5}));
}

BOOST_AUTO_TEST_CASE(a_header_is_found_or_stated) {
  BOOST_TEST((table_of("x,y\n1,2\n").columns == std::vector<std::string>{"x", "y"}));
  BOOST_TEST(table_of("1,2\n3,4\n").values.size(0) == 2);
  BOOST_TEST(table_of("1,2\n3,4\n", {.header = true}).values.size(0) == 1);
}

BOOST_AUTO_TEST_CASE(delimiter_line_ends_blanks_and_byte_order_mark_do_not_matter) {
  for (const char* text : {"1;2\r\n3;4\r\n", "1\t2\n\n3\t4", "\xEF\xBB\xBF 1 , 2 \n3,4\n\n"})
    BOOST_TEST((table_of(text).values.to_vector() == std::vector<double>{1, 2, 3, 4}));
  BOOST_TEST((table_of("1|2\n", {.delimiter = '|'}).values.shape() == Shape{1, 2}));
}

BOOST_AUTO_TEST_CASE(quoted_fields_keep_delimiters_quotes_and_line_breaks) {
  const data::Table table = table_of("\"a,\"\"b\"\"\",\"c\nd\"\n\"1\",2\n");
  BOOST_TEST((table.columns == std::vector<std::string>{"a,\"b\"", "c\nd"}));
  BOOST_TEST((table.values.to_vector() == std::vector<double>{1, 2}));
}

BOOST_AUTO_TEST_CASE(the_locale_does_not_matter) {
  const char* before = std::setlocale(LC_NUMERIC, nullptr);
  const std::string saved = before == nullptr ? "C" : before;
  static_cast<void>(std::setlocale(LC_NUMERIC, "de_DE.UTF-8"));
  BOOST_TEST(table_of("1.5\n").values.item() == 1.5);
  std::setlocale(LC_NUMERIC, saved.c_str());
}

BOOST_AUTO_TEST_CASE(a_field_that_is_no_number_is_named_by_row_and_column) {
  BOOST_CHECK_EXCEPTION(static_cast<void>(table_of("age,size\n1,2\n\n3,tall\n")), FormatError,
                        says({"[load_csv]", "row 2 (line 4), column 2 (size)", "\"tall\""}));
  for (const char* field : {"", "1x", "1 2", "0x10", "1e999", "--1", "+-1", "1,5"})
    BOOST_CHECK_THROW(
        static_cast<void>(table_of(std::string("1;1\n2;") + field + "\n", {.delimiter = ';'})),
        FormatError);
}

BOOST_AUTO_TEST_CASE(integers_are_exact_or_refused) {
  const auto integers = [](const std::string& fields) {
    return table_of(fields + '\n', {.dtype = int64}).values.to_vector<std::int64_t>();
  };
  // 2^53 + 1 is no double.
  BOOST_TEST((integers("9007199254740993,-9223372036854775808,+2.0,1e3") ==
              std::vector<std::int64_t>{9007199254740993, INT64_MIN, 2, 1000}));
  for (const char* field : {"1.7", "1e30", "-1e30", "nan", "inf", "9223372036854775808"})
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(table_of(std::string("1,2\n3,") + field + '\n', {.dtype = int64})),
        FormatError, says({"a.csv: row 2 (line 2), column 2", field, "need a whole number"}));
  BOOST_CHECK_EXCEPTION(static_cast<void>(dataset_of("1,2\n3,0.5\n", {.dtype = int64})),
                        FormatError, says({"row 2 (line 2), column 2", "\"0.5\""}));
}

BOOST_AUTO_TEST_CASE(what_float32_cannot_hold_is_refused) {
  for (const char* text : {"1,1e300\n", "1,-3.5e38\n"})
    BOOST_CHECK_EXCEPTION(static_cast<void>(table_of(text)), FormatError,
                          says({"row 1 (line 1), column 2", "too large for float32"}));
  BOOST_CHECK_EXCEPTION(static_cast<void>(dataset_of("1,1e300\n")), FormatError,
                        says({"row 1 (line 1), column 2", "too large for float32"}));
  BOOST_TEST(table_of("3.4028235e38\n").values.item() == std::numeric_limits<float>::max());
  BOOST_TEST(table_of("inf\n").values.item() == std::numeric_limits<double>::infinity());
  BOOST_TEST(table_of("1e300\n", {.dtype = float64}).values.item() == 1e300);
}

BOOST_AUTO_TEST_CASE(a_row_of_another_length_is_refused) {
  BOOST_CHECK_EXCEPTION(static_cast<void>(table_of("1,2\n3\n")), FormatError,
                        says({"row 2 (line 2) has 1 fields, need 2"}));
  BOOST_CHECK_THROW(static_cast<void>(table_of("1,2\n3,4,\n")), FormatError);
}

BOOST_AUTO_TEST_CASE(nothing_an_open_quote_or_a_web_page_is_refused) {
  BOOST_CHECK_EXCEPTION(static_cast<void>(table_of("")), FormatError, says({"no rows"}));
  BOOST_CHECK_EXCEPTION(static_cast<void>(table_of("x,y\n")), FormatError, says({"no rows"}));
  BOOST_CHECK_EXCEPTION(static_cast<void>(table_of("1,2\n\"3,4\n")), FormatError,
                        says({"quote opened in line 2"}));
  BOOST_CHECK_EXCEPTION(static_cast<void>(table_of("<html>\n1,2\n")), FormatError,
                        says({"web page"}));
}

BOOST_AUTO_TEST_CASE(binary_files_are_called_what_they_are) {
  const std::string idx("\0\0\x08\x01\0\0\0\x01\x05", 9);
  for (const std::string& contents : {idx, test::gzip(idx)})
    BOOST_CHECK_EXCEPTION(static_cast<void>(table_of(contents)), FormatError,
                          says({"[load_csv]", "a.csv: got an IDX file; give its folder"}));
  BOOST_CHECK_EXCEPTION(static_cast<void>(table_of("\x89PNG\r\n\x1A\n1,2\n")), FormatError,
                        says({"a.csv: got a PNG picture"}));
  for (const std::string_view text : {std::string_view("\xFF\xFE"
                                                       "1\0,\0",
                                                       6),
                                      std::string_view("\xFE\xFF\0001\0,", 6)})
    BOOST_CHECK_EXCEPTION(static_cast<void>(table_of(std::string(text))), FormatError,
                          says({"a.csv: got UTF-16 text, need UTF-8"}));
}

BOOST_AUTO_TEST_CASE(control_characters_do_not_cut_a_message_off) {
  BOOST_CHECK_EXCEPTION(static_cast<void>(table_of(std::string("a\x1B,b\n3\0x,4\n", 11))),
                        FormatError, says({"column 1 (a\\x1B): got \"3\\x00x\", need a number"}));
}

BOOST_AUTO_TEST_CASE(gzip_is_unpacked) {
  BOOST_TEST((table_of(test::gzip("1,2\n")).values.to_vector() == std::vector<double>{1, 2}));
}

BOOST_AUTO_TEST_CASE(all_members_of_a_gzip_file_are_read_and_nothing_else) {
  const std::string members = test::gzip("1,2\n") + test::gzip("") + test::gzip("3,4\n");
  for (const std::string& packed : {members, members + std::string(512, '\0')})
    BOOST_TEST((table_of(packed).values.to_vector() == std::vector<double>{1, 2, 3, 4}));
  for (const char* garbage : {"x", "\x1f", "3,4\n"})
    BOOST_CHECK_EXCEPTION(static_cast<void>(table_of(members + garbage)), FormatError,
                          says({"a.csv: it goes on after the gzip data"}));
  BOOST_CHECK_EXCEPTION(static_cast<void>(table_of(members.substr(0, members.size() - 1))),
                        FormatError, says({"a.csv", "cut short"}));
}

BOOST_AUTO_TEST_CASE(whole_labels_are_classes) {
  const data::Dataset dataset = dataset_of("x,y,label\n1,2,0\n3,4,1\n5,6,1\n");
  BOOST_TEST((dataset.inputs.shape() == Shape{3, 2}));
  BOOST_TEST((dataset.labels.dtype() == int64));
  BOOST_TEST((dataset.labels.to_vector() == std::vector<double>{0, 1, 1}));
  BOOST_TEST(dataset.class_count() == 2);
}

BOOST_AUTO_TEST_CASE(broken_labels_are_targets) {
  const data::Dataset dataset = dataset_of("1,0.5\n2,1.5\n", {.dtype = float64});
  BOOST_TEST((dataset.labels.dtype() == float64));
  BOOST_TEST((dataset.labels.to_vector() == std::vector<double>{0.5, 1.5}));
}

BOOST_AUTO_TEST_CASE(words_are_classes_in_alphabetical_order) {
  const data::Dataset dataset = dataset_of("5.1,setosa\n4.9,virginica\n4.7,setosa\n");
  BOOST_TEST((dataset.classes == std::vector<std::string>{"setosa", "virginica"}));
  BOOST_TEST((dataset.labels.to_vector() == std::vector<double>{0, 1, 0}));
  BOOST_TEST(dataset.inputs.size(0) == 3);
}

BOOST_AUTO_TEST_CASE(the_label_column_can_be_any) {
  const data::Dataset dataset = dataset_of("cat,1,2\ndog,3,4\n", {.label_column = 0});
  BOOST_TEST((dataset.classes == std::vector<std::string>{"cat", "dog"}));
  BOOST_TEST((dataset.inputs.to_vector() == std::vector<double>{1, 2, 3, 4}));
  BOOST_CHECK_EXCEPTION(static_cast<void>(dataset_of("1,2\n", {.label_column = 2})), ShapeError,
                        says({".label_column = 2", "-2 to 1"}));
}

BOOST_AUTO_TEST_SUITE_END()
