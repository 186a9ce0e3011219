// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include <nabla/check/check_op.hpp>

namespace nabla::check::detail {

/// What of check_op is wanted.
enum class Part : std::uint8_t {
  all,
  differences,   ///< gradients against finite differences alone, up to the first failure
  until_failure  ///< all, up to the first failure
};

[[nodiscard]] OpReport run_checks(const OpEntry& op, const Options& options, Part part);

}  // namespace nabla::check::detail
