// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <nabla/check/check_op.hpp>
#include <nabla/check/format.hpp>
#include <nabla/check/report.hpp>

#include "support/xml.hpp"

using nabla::check::Entry;
using nabla::check::Report;
using nabla::check::Verdict;

namespace {

Report failing_report() {
  Report report;
  report.verdict = Verdict::fail;
  report.counts = {.checked = 3, .passed = 2, .failed = 1};
  report.evaluations = 12;
  report.hint = "a \"hint\"";
  Entry entry;
  entry.input = "w";
  entry.index = {1, 2};
  entry.analytic = 2.0;
  entry.numeric = 1.0;
  entry.bound = 1e-9;
  entry.slack = std::numeric_limits<double>::infinity();
  entry.verdict = Verdict::fail;
  report.worst = {entry};
  return report;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(report)

BOOST_AUTO_TEST_CASE(every_verdict_is_ok_or_inconclusive_or_a_failure) {
  for (int k = 0; k <= static_cast<int>(Verdict::throws_mismatch); ++k) {
    const auto verdict = static_cast<Verdict>(k);
    BOOST_TEST(!name_of(verdict).empty());
    BOOST_TEST(is_ok(verdict) + is_inconclusive(verdict) + is_failure(verdict) == 1);
  }
}

BOOST_AUTO_TEST_CASE(the_table_names_element_sides_and_verdict) {
  const std::string text = to_string(failing_report());
  for (const char* part : {"fail: 3 derivatives", "1 failed", "12 evaluations", "analytic",
                           "numeric", "w[1, 2]", "hint: a \"hint\""}) {
    BOOST_TEST(has(text, part), part << " in\n" << text);
  }
}

BOOST_AUTO_TEST_CASE(no_nan_is_printed_with_a_sign) {
  Report report = failing_report();
  Entry& entry = report.worst[0];
  const double negative_nan = std::copysign(std::numeric_limits<double>::quiet_NaN(), -1.0);
  entry.analytic = entry.numeric = entry.bound = entry.slack = entry.left = negative_nan;
  BOOST_TEST(has(to_string(report), "nan"));
  BOOST_TEST(!has(to_string(report), "-nan"), to_string(report));
}

BOOST_AUTO_TEST_CASE(json_quotes_texts_and_numbers_that_json_lacks) {
  const std::string text = to_json(failing_report());
  BOOST_TEST(has(text, R"("slack":"inf")"));
  BOOST_TEST(has(text, R"("hint":"a \"hint\"")"));
  BOOST_TEST(has(text, R"("index":[1,2])"));
  BOOST_TEST(has(text, R"("ok":false)"));
}

BOOST_AUTO_TEST_CASE(a_report_is_formatted_as_its_text) {
  const Report report = failing_report();
  BOOST_TEST(fmt::format("{}", report) == to_string(report));
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_utf8_are_replaced) {
  const nabla::check::OpReport report{.op = "caf\xC3\xA9 \xFF\xE2\x82 \xED\xA0\x80", .checks = {}};
  for (const std::string& text :
       {nabla::check::to_json(report), nabla::check::to_junit({&report, 1})}) {
    BOOST_TEST(text.find("caf\xC3\xA9 \uFFFD\uFFFD\uFFFD \uFFFD\uFFFD\uFFFD") != std::string::npos,
               text);
  }
}

BOOST_AUTO_TEST_CASE(junit_counts_and_quotes) {
  const std::string hostile = "a < b & \"c\"\n]]> \x01";
  nabla::check::OpReport right{.op = "right", .checks = {{"plain", "order 1", Verdict::pass}}};
  nabla::check::OpReport wrong{.op = hostile,
                               .checks = {{"plain", "order 1", Verdict::fail, true, hostile},
                                          {hostile, "kink", Verdict::inconclusive, false, hostile},
                                          {"plain", "value repeats", Verdict::pass}}};
  const std::vector<nabla::check::OpReport> reports{right, wrong};
  const std::string xml = nabla::check::to_junit(reports);
  BOOST_TEST(nabla::test::xml_defect(xml) == "");
  BOOST_TEST(xml.find("<testsuites name=\"nabla check\" tests=\"4\" failures=\"1\" errors=\"0\" "
                      "skipped=\"1\">") != std::string::npos,
             xml);
  BOOST_TEST(xml.find("<testcase classname=\"nabla.right\" name=\"order 1 [plain]\"/>") !=
             std::string::npos);
  BOOST_TEST(xml.find("<failure message=\"fail\">a &lt; b &amp; &quot;c&quot;&#10;]]&gt; ?") !=
             std::string::npos);
  BOOST_TEST(nabla::test::xml_defect(nabla::check::to_junit({})) == "");
  Report report;
  report.verdict = Verdict::fail;
  const std::string function = nabla::check::to_junit("loss", report);
  BOOST_TEST(nabla::test::xml_defect(function) == "");
  BOOST_TEST(function.find("classname=\"nabla.loss\"") != std::string::npos, function);
  BOOST_TEST(function.find("failures=\"1\"") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
