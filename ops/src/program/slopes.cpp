// SPDX-License-Identifier: MIT
#include "program/slopes.hpp"

namespace nabla::detail {

const KnownOps& known_ops() {
  static const KnownOps ops{.add = find_op("add"),
                            .sub = find_op("sub"),
                            .mul = find_op("mul"),
                            .fma = find_op("fma"),
                            .exp = find_op("exp"),
                            .sin = find_op("sin"),
                            .cos = find_op("cos")};
  return ops;
}

KnownSlope known_slope(const OpEntry& op, std::size_t operand) {
  const KnownOps& known = known_ops();
  if (&op == known.mul || (&op == known.fma && operand < 2)) return KnownSlope::factor;
  if (&op == known.exp) return KnownSlope::result;
  if (&op == known.sin) return KnownSlope::cosine;
  if (&op == known.cos) return KnownSlope::negative_sine;
  return KnownSlope::none;
}

}  // namespace nabla::detail
