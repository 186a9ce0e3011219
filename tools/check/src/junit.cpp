// SPDX-License-Identifier: MIT
#include <span>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include <nabla/check/check_op.hpp>

#include "json.hpp"

namespace nabla::check {

namespace {

/// For attributes and text. XML has no way to write most control characters.
std::string xml_text(std::string_view text) {
  std::string escaped;
  for (const char letter : detail::valid_utf8(text)) {
    switch (letter) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\n':
      case '\t':
      case '\r':
        escaped += fmt::format("&#{};", static_cast<int>(letter));
        break;
      default:
        escaped += static_cast<unsigned char>(letter) < 0x20 ? '?' : letter;
    }
  }
  return escaped;
}

std::string case_text(const OpReport& report, const OpCheck& check) {
  std::string text =
      fmt::format(R"(    <testcase classname="nabla.{}" name="{} [{}]")", xml_text(report.op),
                  xml_text(check.property), xml_text(check.sample));
  if (is_ok(check.verdict)) return text + "/>\n";
  if (is_inconclusive(check.verdict)) {
    return text + fmt::format(">\n      <skipped message=\"{}: {}\"/>\n    </testcase>\n",
                              name_of(check.verdict), xml_text(check.detail));
  }
  return text + fmt::format(">\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n",
                            name_of(check.verdict), xml_text(check.detail));
}

}  // namespace

std::string to_junit(std::span<const OpReport> reports) {
  std::size_t cases = 0, failures = 0, skipped = 0;
  std::string suites;
  for (const OpReport& report : reports) {
    std::size_t failed = 0, unknown = 0;
    std::string lines;
    for (const OpCheck& check : report.checks) {
      failed += is_failure(check.verdict) ? 1 : 0;
      unknown += is_inconclusive(check.verdict) ? 1 : 0;
      lines += case_text(report, check);
    }
    suites += fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\">\n{}"
        "  </testsuite>\n",
        xml_text(report.op), report.checks.size(), failed, unknown, lines);
    cases += report.checks.size();
    failures += failed;
    skipped += unknown;
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"nabla check\" tests=\"{}\" "
      "failures=\"{}\" errors=\"0\" skipped=\"{}\">\n{}</testsuites>\n",
      cases, failures, skipped, suites);
}

std::string to_junit(std::string_view name, const Report& report) {
  const OpReport one{.op = std::string(name),
                     .checks = {{"function", "gradient", report.verdict, true,
                                 report.ok() ? "" : to_string(report), report.evaluations}}};
  return to_junit({&one, 1});
}

}  // namespace nabla::check
