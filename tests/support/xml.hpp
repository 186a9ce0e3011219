// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace nabla::test {

/// Why `text` is no well-formed XML document, as far as pictures and reports need it: tags nest and close,
/// attributes are quoted, entities are known, characters are allowed, text is UTF-8. Else empty.
std::string xml_defect(const std::string& text);

}  // namespace nabla::test
