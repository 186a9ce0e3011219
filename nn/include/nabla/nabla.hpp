// SPDX-License-Identifier: MIT
#pragma once

// All that computes and trains: Values and Tensors, every op, networks. The gradient checker
// (<nabla/check.hpp>) and the pictures (<nabla/viz.hpp>) are separate.
//
//   nabla::Value a = nabla::variable(2.0, "a");
//   nabla::backward(a * a);
//   a.grad();   // 4

#include <nabla/engine/backward.hpp>
#include <nabla/engine/bridge.hpp>
#include <nabla/engine/capture.hpp>
#include <nabla/engine/checkpoint.hpp>
#include <nabla/engine/compare.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/custom.hpp>
#include <nabla/engine/dual.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/fixed_point.hpp>
#include <nabla/engine/functional.hpp>
#include <nabla/engine/graph.hpp>
#include <nabla/engine/hook.hpp>
#include <nabla/engine/nan_guard.hpp>
#include <nabla/engine/random.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/engine/sparse.hpp>
#include <nabla/engine/tape.hpp>
#include <nabla/engine/tensor.hpp>
#include <nabla/engine/value.hpp>
#include <nabla/nn/nn.hpp>
#include <nabla/ops/argmax.hpp>
#include <nabla/ops/compare.hpp>
#include <nabla/ops/einsum.hpp>
#include <nabla/ops/inplace.hpp>
#include <nabla/ops/map.hpp>
#include <nabla/ops/nonzero.hpp>
#include <nabla/ops/one_hot.hpp>
#include <nabla/ops/ops.hpp>
#include <nabla/ops/program.hpp>
#include <nabla/ops/registry.hpp>
#include <nabla/ops/searchsorted.hpp>
#include <nabla/ops/truth.hpp>
