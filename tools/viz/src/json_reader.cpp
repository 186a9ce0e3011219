// SPDX-License-Identifier: MIT
#include "json_reader.hpp"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>

#include "text.hpp"

namespace nabla::viz::detail {
namespace {

// Watches the parser: it would accept any depth and keep the last of repeated members.
class Guard {
 public:
  explicit Guard(int max_depth) : max_depth_(max_depth) {}

  bool operator()(int depth, json::parse_event_t event, json& value) {
    if (depth >= max_depth_) fail("nested too deep");
    if (event == json::parse_event_t::object_start) keys_.emplace_back();
    if (event == json::parse_event_t::object_end) keys_.pop_back();
    if (event == json::parse_event_t::key) {
      const auto& key = value.get_ref<const std::string&>();
      if (!keys_.back().insert(key).second) fail("member \"" + clean_line(key) + "\" repeated");
    }
    return true;
  }

 private:
  int max_depth_;
  std::vector<std::set<std::string>> keys_;
};

// What a document has in some place, in a few words.
std::string shown(const json& value) {
  constexpr std::size_t kMostCells = 40;
  switch (value.type()) {
    case json::value_t::object:
      return "an object";
    case json::value_t::array:
      return fmt::format("a list of {}", value.size());
    case json::value_t::string:
      return fmt::format("\"{}\"", clean_line(value.get_ref<const std::string&>(), kMostCells));
    default:
      return value.dump();
  }
}

}  // namespace

void fail(const std::string& what) { throw FormatError(what); }

json parse_json(std::string_view text, std::size_t max_bytes, int max_depth) {
  if (text.size() > max_bytes) fail(fmt::format("{} bytes are too many", text.size()));
  Guard guard(max_depth);
  const auto watch = [&guard](int depth, json::parse_event_t event, json& value) {
    return guard(depth, event, value);
  };
  try {
    return json::parse(text, watch);
  } catch (const json::exception& error) {
    fail(clean_line(error.what()));
  }
}

Reader::Reader(const json& object, std::string where) : object_(object), where_(std::move(where)) {
  if (!object.is_object()) fail(fmt::format("{}: got {}, need an object", where_, shown(object)));
}

const json* Reader::find(std::string_view key) {
  const auto found = object_.find(key);
  if (found == object_.end()) return nullptr;
  used_.push_back(key);
  return &*found;
}

const json& Reader::need(std::string_view key) {
  const json* found = find(key);
  if (found == nullptr) fail(fmt::format("{} lacks \"{}\"", where_, key));
  return *found;
}

const json& Reader::list(std::string_view key) {
  const json& found = need(key);
  if (!found.is_array()) wrong(key, "a list");
  return found;
}

void Reader::text(std::string_view key, std::string& out) {
  if (const json* found = find(key)) {
    if (!found->is_string()) wrong(key, "a text");
    out = found->get<std::string>();
  }
}

bool Reader::flag(std::string_view key) {
  const json* found = find(key);
  if (found != nullptr && !found->is_boolean()) wrong(key, "true or false");
  return found != nullptr && found->get<bool>();
}

void Reader::number(std::string_view key, double& out) {
  if (const json* found = find(key)) out = as_number(*found, key);
}

double Reader::as_number(const json& value, std::string_view key) const {
  if (value.is_number()) return value.get<double>();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (value == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (value == "inf") return infinity;
  if (value == "-inf") return -infinity;
  wrong(key, value, "a number, \"nan\", \"inf\" or \"-inf\"");
}

void Reader::end() const {
  if (used_.size() == object_.size()) return;
  for (const auto& [key, value] : object_.items())
    if (std::ranges::find(used_, std::string_view(key)) == used_.end())
      fail(fmt::format("{}: the schema knows no member \"{}\"", where_, clean_line(key)));
}

void Reader::wrong(std::string_view key, std::string_view needed) const {
  wrong(key, object_.at(std::string(key)), needed);
}

void Reader::wrong(std::string_view key, const json& got, std::string_view needed) const {
  fail(fmt::format("\"{}\" of {}: got {}, need {}", key, where_, shown(got), needed));
}

}  // namespace nabla::viz::detail
