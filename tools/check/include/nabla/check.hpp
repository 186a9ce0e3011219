// SPDX-License-Identifier: MIT
#pragma once

// The gradient checker: target nabla::check.

#include <nabla/check/check_op.hpp>
#include <nabla/check/difference.hpp>
#include <nabla/check/gradcheck.hpp>
#include <nabla/check/graph_differences.hpp>
#include <nabla/check/mutation.hpp>
#include <nabla/check/options.hpp>
#include <nabla/check/problem.hpp>
#include <nabla/check/recorded.hpp>
#include <nabla/check/report.hpp>
#include <nabla/check/verdict.hpp>
