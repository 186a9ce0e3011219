// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/nn/module.hpp>

// Sequential: modules one after another, named by their number. It owns them.
//
//   nn::Sequential net{nn::Dense(784, 128), nn::Relu(), nn::Dense(128, 10)};
//   Tensor logits = net(x);       // parameters "0.weight", "0.bias", "2.weight", "2.bias"

namespace nabla::nn {

class Sequential : public Module {
 public:
  /// No modules: gives back its input.
  Sequential() = default;
  template <std::derived_from<Module>... Modules>
  requires(sizeof...(Modules) > 1 ||
           (!std::same_as<Modules, Sequential> && ...)) explicit Sequential(Modules... modules) {
    (append(std::move(modules)), ...);
  }

  /// Adds a module at the end.
  template <std::derived_from<Module> M>
  M& append(M module) {
    return add_module(std::to_string(child_count()), std::move(module));
  }
  Module& append(std::unique_ptr<Module> module) {
    return adopt(std::to_string(child_count()), std::move(module));
  }

  [[nodiscard]] std::string_view kind() const override { return "Sequential"; }
  [[nodiscard]] std::size_t size() const { return child_count(); }
  /// Requires  index < size()
  [[nodiscard]] Module& operator[](std::size_t index) const { return child(index); }

 protected:
  Tensor forward(const Tensor& x) override;
};

}  // namespace nabla::nn
