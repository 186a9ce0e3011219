// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <nabla/engine/graph.hpp>

// Names of the JSON schema that writer and reader share.

namespace nabla::viz::detail {

inline constexpr std::string_view kSchema = "nabla.graph/1";

inline constexpr std::array<std::string_view, 5> kRoleNames{"input", "parameter", "constant",
                                                            "operation", "output"};

inline constexpr std::array<std::pair<std::string_view, std::string GraphOp::*>, 4> kOpTexts{{
    {"op", &GraphOp::name},
    {"symbol", &GraphOp::symbol},
    {"formula", &GraphOp::formula},
    {"gradient_rule", &GraphOp::gradient_rule},
}};

inline constexpr std::array<std::pair<std::string_view, std::int64_t GraphTensor::*>, 2>
    kTensorBytes{{
        {"bytes", &GraphTensor::bytes},
        {"saved_bytes", &GraphTensor::saved_bytes},
    }};

inline constexpr std::array<std::pair<std::string_view, double Stats::*>, 5> kStatNumbers{{
    {"min", &Stats::min},
    {"max", &Stats::max},
    {"mean", &Stats::mean},
    {"deviation", &Stats::deviation},
    {"norm", &Stats::norm},
}};

inline constexpr std::array<std::pair<std::string_view, double FiniteDifference::*>, 4>
    kDifferenceNumbers{{
        {"slope", &FiniteDifference::slope},
        {"bound", &FiniteDifference::bound},
        {"left", &FiniteDifference::left},
        {"right", &FiniteDifference::right},
    }};

}  // namespace nabla::viz::detail
