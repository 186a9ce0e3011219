// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include <nabla/engine/recording.hpp>
#include <nabla/engine/tape.hpp>
#include <nabla/engine/unfold.hpp>

// A tape as snapshots and checks see it, whatever its numbers are: statements to unfold, with names and
// scopes. Of nested numbers the plain ones inside are shown.

namespace nabla {

class RecordedTape {
 public:
  virtual ~RecordedTape() = default;
  [[nodiscard]] virtual bool is_parameter(std::uint32_t index) const = 0;
  [[nodiscard]] virtual detail::KeptName name_of(std::uint32_t index) const = 0;
  [[nodiscard]] virtual std::uint32_t scope_of(std::uint32_t index) const = 0;
  virtual void unfold(std::span<const std::uint32_t> roots, Unfolder& unfolder) const = 0;
  /// Of the plain numbers: "float64".
  [[nodiscard]] virtual std::string_view dtype() const = 0;
};

namespace detail {

template <class T>
struct PlainNumber {
  using type = T;
};
template <class T>
requires(ScalarTraits<T>::depth > 0) struct PlainNumber<T> : PlainNumber<typename T::value_type> {
};

/// The thread's active tape of numbers T.
template <class T>
class ActiveTape final : public RecordedTape {
 public:
  [[nodiscard]] bool is_parameter(std::uint32_t index) const override {
    return tape_.is_parameter(index);
  }
  [[nodiscard]] KeptName name_of(std::uint32_t index) const override {
    return tape_.name_of(index);
  }
  [[nodiscard]] std::uint32_t scope_of(std::uint32_t index) const override {
    return tape_.scope_of(index);
  }
  void unfold(std::span<const std::uint32_t> roots, Unfolder& unfolder) const override {
    const NoGrad no_grad;  // numbers that have tapes themselves leave nothing there
    tape_.unfold(roots, unfolder);
  }
  [[nodiscard]] std::string_view dtype() const override {
    return std::is_same_v<typename PlainNumber<T>::type, float> ? "float32" : "float64";
  }
  /// Where `root` stands on it.
  /// Requires  root.has_history()
  /// Errors    GraphError that names `op` if it was rewound
  [[nodiscard]] std::uint32_t place_of(const basic_value<T>& root, const char* op) const {
    if (!tape_.is_live(root.place())) throw_stale(op);
    return root.index();
  }

 private:
  const basic_tape<T>& tape_ = basic_tape<T>::active();
};

}  // namespace detail
}  // namespace nabla
