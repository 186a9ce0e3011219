// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nabla/engine/tensor.hpp>

// Module: a piece of a network, with parameters of its own and modules inside it. Calling it opens
// a scope, so that a picture shows it as a frame. A module owns the modules inside it; its
// parameters are handles, which parameters() and optimizers share. Modules move and do not copy: a
// copy would silently share its weights. Threads: as its tensors, one at a time.
//
//   class Residual : public nn::Module {
//    public:
//     explicit Residual(std::int64_t n) : inner_(add_module("inner", nn::Dense(n, n))) {}
//     [[nodiscard]] std::string_view kind() const override { return "Residual"; }
//
//    protected:
//     Tensor forward(const Tensor& x) override { return x + tanh(inner_(x)); }
//
//    private:
//     nn::Dense& inner_;
//   };

namespace nabla::nn {

/// A tensor and its place in a network: "0.weight".
struct NamedTensor {
  std::string name;
  Tensor tensor;
};

class Module {
 public:
  virtual ~Module() = default;
  Module(Module&&) noexcept = default;
  Module& operator=(Module&&) noexcept = default;

  /// What the module makes of x, recorded in the scope label(), which `file` and `line` open.
  Tensor operator()(const Tensor& x, const char* file = __builtin_FILE(),
                    int line = __builtin_LINE());
  /// What it is: "Dense".
  [[nodiscard]] virtual std::string_view kind() const = 0;
  /// Its scope in pictures: "0:Dense" inside another module, else its kind.
  [[nodiscard]] std::string label() const;

  /// All parameters, its own first, then those of the modules inside, in the order of adding.
  [[nodiscard]] std::vector<Tensor> parameters() const;
  /// The same with names: "weight", "0.weight", "encoder.0.weight".
  [[nodiscard]] std::vector<NamedTensor> named_parameters() const;
  /// How many numbers there are to learn.
  [[nodiscard]] std::int64_t parameter_count() const;
  void zero_grad();

  /// Tells this module and those inside whether they are being trained.
  void train(bool training = true);
  void eval() { train(false); }
  [[nodiscard]] bool is_training() const { return training_; }

 protected:
  Module() = default;

  virtual Tensor forward(const Tensor& x) = 0;

  /// Makes `initial` a variable of this module.
  Tensor add_parameter(std::string_view name, const Tensor& initial);
  /// Takes over a module; the reference stays good when this module moves.
  template <std::derived_from<Module> M>
  M& add_module(std::string_view name, M module) {
    return static_cast<M&>(adopt(name, std::make_unique<M>(std::move(module))));
  }
  Module& adopt(std::string_view name, std::unique_ptr<Module> module);
  /// A module inside this one, in the order of adding.
  [[nodiscard]] Module& child(std::size_t index) const { return *children_[index].module; }
  [[nodiscard]] std::size_t child_count() const { return children_.size(); }

 private:
  struct Child {
    std::string name;
    std::unique_ptr<Module> module;
  };

  void collect(const std::string& prefix, std::vector<NamedTensor>& out) const;
  void require_new(std::string_view name) const;

  std::vector<NamedTensor> own_;
  std::vector<Child> children_;
  std::string label_;
  bool training_ = true;
};

}  // namespace nabla::nn
