// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace nabla::test {

/// Why `text` is no well-formed XML document with known namespaces, in the words of Expat. Else empty.
std::string xml_defect(const std::string& text);

}  // namespace nabla::test
