// SPDX-License-Identifier: MIT
#include "support/xml.hpp"

#include <memory>

#include <expat.h>

namespace nabla::test {

std::string xml_defect(const std::string& text) {
  const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser(
      XML_ParserCreateNS(nullptr, ' '), XML_ParserFree);
  const auto size = static_cast<int>(text.size());
  if (XML_Parse(parser.get(), text.data(), size, XML_TRUE) == XML_STATUS_OK) return {};
  return std::string(XML_ErrorString(XML_GetErrorCode(parser.get()))) + " in line " +
         std::to_string(XML_GetCurrentLineNumber(parser.get())) + ", column " +
         std::to_string(XML_GetCurrentColumnNumber(parser.get()));
}

}  // namespace nabla::test
