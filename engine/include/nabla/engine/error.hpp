// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>
#include <string>

// Every failure a caller can cause is an exception derived from nabla::Error, thrown at the public
// door before anything has changed. The text reads `[op] what: got ..., need ...; hint`.
// A failure that only nabla itself can cause is an NABLA_ASSERT, compiled in by NABLA_ASSERTIONS.

namespace nabla {

class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& text) : std::runtime_error(text) {}
};

/// Sizes or axes do not fit.
class ShapeError : public Error {
 public:
  using Error::Error;
};

/// The element types do not fit.
class DTypeError : public Error {
 public:
  using Error::Error;
};

/// A value lies outside what the function accepts.
class DomainError : public Error {
 public:
  using Error::Error;
};

/// The computation graph cannot answer: no history, freed, rewound, changed in place.
class GraphError : public Error {
 public:
  using Error::Error;
};

/// A file or a text is not what it claims to be.
class FormatError : public Error {
 public:
  using Error::Error;
};

/// The operating system refused.
class IoError : public Error {
 public:
  using Error::Error;
};

namespace detail {
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);
}

}  // namespace nabla

#if defined(NABLA_ASSERTIONS)
#define NABLA_ASSERT(condition)       \
  ((condition) ? static_cast<void>(0) \
               : ::nabla::detail::assertion_failed(#condition, __FILE__, __LINE__))
#else
#define NABLA_ASSERT(condition) static_cast<void>(0)
#endif
