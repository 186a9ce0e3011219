// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace nabla {

namespace detail {
template <class T, class U>
concept can_be = std::convertible_to<U, T> ||
    (std::same_as<T, std::string>&& std::convertible_to<U, std::string_view>);
}  // namespace detail

/// A T that many places hold: copies share it, and where it is T{} nothing is kept. One pointer in size.
/// It reads as a `const T&`; what is written to one copy the others do not see.
/// Threads   copies may be used, and dropped, on different threads
template <class T>
class Shared {
  struct Kept;

 public:
  Shared() = default;
  template <class U>
  requires(!std::same_as<std::remove_cvref_t<U>, Shared> && detail::can_be<T, U>)
      Shared(U&& value) {  // NOLINT
    T made(std::forward<U>(value));
    if (!(made == none())) kept_ = new Kept{{1}, std::move(made)};
  }
  Shared(const Shared& other) noexcept : kept_(other.kept_) {
    if (kept_ != nullptr) kept_->uses.fetch_add(1, std::memory_order_relaxed);
  }
  Shared(Shared&& other) noexcept : kept_(std::exchange(other.kept_, nullptr)) {}
  Shared& operator=(Shared other) noexcept {
    std::swap(kept_, other.kept_);
    return *this;
  }
  ~Shared() {
    if (kept_ != nullptr && kept_->uses.fetch_sub(1, std::memory_order_acq_rel) == 1) delete kept_;
  }

  /// Whether it is T{}.
  [[nodiscard]] bool empty() const noexcept { return kept_ == nullptr || kept_->value == none(); }
  /// The T, to be written: its own, if others held it too. Not to be kept beyond that.
  [[nodiscard]] T& edit() {
    if (kept_ == nullptr || kept_->uses.load(std::memory_order_acquire) > 1)
      *this = Shared(std::in_place, **this);
    return kept_->value;
  }
  [[nodiscard]] const T& operator*() const noexcept {
    return kept_ != nullptr ? kept_->value : none();
  }
  [[nodiscard]] const T* operator->() const noexcept { return &**this; }
  operator const T&() const noexcept { return **this; }  // NOLINT: it reads as one
  operator std::string_view() const noexcept requires std::same_as<T, std::string> {
    return **this;
  }

  friend bool operator==(const Shared& a, const Shared& b) {
    return a.kept_ == b.kept_ || *a == *b;
  }
  template <class U>
  requires(!std::same_as<U, Shared> && detail::can_be<T, U>) friend bool operator==(const Shared& a,
                                                                                    const U& b) {
    return *a == b;
  }
  template <class Stream>
  friend auto operator<<(Stream& stream, const Shared& shared) -> decltype(stream << *shared) {
    return stream << *shared;
  }

  /// Hands out copies one after the other for a fraction of what copying costs, because it counts many
  /// of them in advance.
  /// Threads   one; its copies may go to any
  class Supply {
   public:
    Supply() = default;
    explicit Supply(Shared value) noexcept : kept_(std::exchange(value.kept_, nullptr)) {}
    Supply(const Supply&) = delete;
    Supply& operator=(const Supply&) = delete;
    ~Supply() {
      if (kept_ == nullptr) return;
      kept_->uses.fetch_sub(left_, std::memory_order_relaxed);
      Shared last;
      last.kept_ = kept_;
    }

    Shared operator()() noexcept {
      Shared copy;
      if (kept_ == nullptr) return copy;
      if (left_ == 0) kept_->uses.fetch_add(left_ = kMany, std::memory_order_relaxed);
      --left_;
      copy.kept_ = kept_;
      return copy;
    }

   private:
    static constexpr std::int64_t kMany = 1024;
    Kept* kept_ = nullptr;   // one use is its own
    std::int64_t left_ = 0;  // that were counted and not handed out
  };

 private:
  Shared(std::in_place_t, const T& value) : kept_(new Kept{{1}, value}) {}
  struct Kept {
    std::atomic<std::int64_t> uses;
    T value;
  };
  static const T& none() noexcept {
    static const T value{};
    return value;
  }

  Kept* kept_ = nullptr;
};

}  // namespace nabla
