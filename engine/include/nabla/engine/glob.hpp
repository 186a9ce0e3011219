// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace nabla {

/// True if `pattern` describes the whole of `text`: * stands for any characters, ? for one.
[[nodiscard]] bool matches_glob(std::string_view text, std::string_view pattern);

}  // namespace nabla
