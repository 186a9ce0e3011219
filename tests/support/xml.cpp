// SPDX-License-Identifier: MIT
#include "support/xml.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

namespace nabla::test {
namespace {

std::string at(std::size_t position, const std::string& what) {
  return what + " at byte " + std::to_string(position);
}

std::string utf8_defect(const std::string& text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const bool control = lead < 0x20 && lead != '\n' && lead != '\t' && lead != '\r';
    if (control) return at(i, "control character");
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (lead >= 0x80 && lead < 0xC2) return at(i, "stray byte");
    for (std::size_t j = 1; j < length; ++j) {
      if (i + j >= text.size() || (static_cast<unsigned char>(text[i + j]) & 0xC0) != 0x80) {
        return at(i, "broken character");
      }
    }
    i += length;
  }
  return {};
}

bool is_entity(const std::string& name) {
  for (const char* known : {"amp", "lt", "gt", "quot", "apos"}) {
    if (name == known) return true;
  }
  if (name.size() < 2 || name[0] != '#') return false;
  const bool hex = name[1] == 'x';
  const std::string digits = name.substr(hex ? 2 : 1);
  return !digits.empty() && std::all_of(digits.begin(), digits.end(), [hex](unsigned char c) {
    return hex ? std::isxdigit(c) != 0 : std::isdigit(c) != 0;
  });
}

std::string entity_defect(const std::string& text) {
  for (std::size_t i = text.find('&'); i != std::string::npos; i = text.find('&', i + 1)) {
    const std::size_t end = text.find(';', i);
    const std::string name = text.substr(i + 1, end == std::string::npos ? 0 : end - i - 1);
    if (!is_entity(name)) return at(i, "unknown entity " + name.substr(0, 12));
  }
  return {};
}

// The end of the tag that starts at `start`; quotes may contain '>' but not '<'.
std::size_t tag_end(const std::string& text, std::size_t start) {
  char quote = 0;
  for (std::size_t i = start + 1; i < text.size(); ++i) {
    if (text[i] == '<') return std::string::npos;
    if (quote != 0) {
      if (text[i] == quote) quote = 0;
    } else if (text[i] == '"' || text[i] == '\'') {
      quote = text[i];
    } else if (text[i] == '>') {
      return i;
    }
  }
  return std::string::npos;
}

}  // namespace

std::string xml_defect(const std::string& text) {
  for (const auto check : {utf8_defect, entity_defect}) {
    if (std::string found = check(text); !found.empty()) return found;
  }
  std::vector<std::string> open;
  bool had_root = false;
  for (std::size_t i = text.find('<'); i != std::string::npos; i = text.find('<', i + 1)) {
    if (text.compare(i, 4, "<!--") == 0) {
      i = text.find("-->", i);
      if (i == std::string::npos) return "comment without end";
      continue;
    }
    const std::size_t end = tag_end(text, i);
    if (end == std::string::npos) return at(i, "tag without end");
    const char kind = text[i + 1];
    if (kind == '?' || kind == '!') continue;
    const std::size_t first = i + (kind == '/' ? 2 : 1);
    std::size_t last = first;
    while (std::isalnum(static_cast<unsigned char>(text[last])) != 0) ++last;
    const std::string name = text.substr(first, last - first);
    if (name.empty()) return at(i, "tag without name");
    if (open.empty() && had_root) return at(i, "second root");
    had_root = true;
    if (kind == '/') {
      if (open.empty() || open.back() != name) return at(i, "closing " + name);
      open.pop_back();
    } else if (text[end - 1] != '/') {
      open.push_back(name);
    }
    i = end;
  }
  if (!open.empty()) return "open " + open.back();
  return had_root ? "" : "no element";
}

}  // namespace nabla::test
