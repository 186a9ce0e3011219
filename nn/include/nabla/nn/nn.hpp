// SPDX-License-Identifier: MIT
#pragma once

// Networks and what trains them: neurons on Values, modules on Tensors, losses, initializers,
// optimizers, data sets, weights in files.

#include <nabla/nn/data/csv.hpp>
#include <nabla/nn/data/dataset.hpp>
#include <nabla/nn/data/idx.hpp>
#include <nabla/nn/data/loader.hpp>
#include <nabla/nn/init.hpp>
#include <nabla/nn/io/weights.hpp>
#include <nabla/nn/loss/classification.hpp>
#include <nabla/nn/loss/information.hpp>
#include <nabla/nn/loss/likelihood.hpp>
#include <nabla/nn/loss/margin.hpp>
#include <nabla/nn/loss/regression.hpp>
#include <nabla/nn/loss/regularizer.hpp>
#include <nabla/nn/loss/scalar.hpp>
#include <nabla/nn/loss/similarity.hpp>
#include <nabla/nn/module.hpp>
#include <nabla/nn/modules/activation.hpp>
#include <nabla/nn/modules/dense.hpp>
#include <nabla/nn/modules/layer_norm.hpp>
#include <nabla/nn/modules/sequential.hpp>
#include <nabla/nn/neuron.hpp>
#include <nabla/nn/optim/adam.hpp>
#include <nabla/nn/optim/sgd.hpp>
