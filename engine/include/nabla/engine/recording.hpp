// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// What is being recorded right now, in this thread: whether operations leave history (NoGrad,
// EnableGrad), under which name (Scope), and with which line of the program (SourceLines). All are RAII
// objects that restore what was before. Threads do not share this state.
//
//   { Scope scope("layer1"); h = tanh(matmul(x, w) + b); }   // drawn inside the frame "layer1"
//   { NoGrad no_grad; w -= rate * w.grad(); }                // leaves no history

namespace nabla {

class Distortion;

namespace detail {
struct Recording {
  bool enabled = true;
  bool guarded = false;     ///< by a NanGuard
  bool has_lines = false;   ///< while a SourceLines lives
  std::uint32_t scope = 0;  ///< index into the thread's scope table; 0 is the root
  const Distortion* distortion = nullptr;
};
#if defined(__GNUC__)
extern thread_local constinit Recording recording __attribute__((tls_model("initial-exec")));
#else
extern thread_local constinit Recording recording;
#endif
/// Switches recording on or off in this thread.
void set_recording(bool enabled);
}  // namespace detail

/// True if operations on variables leave history in this thread.
[[nodiscard]] inline bool is_recording() { return detail::recording.enabled; }

namespace detail {
/// Switches recording on or off while it lives.
class [[nodiscard]] SetRecording {
 public:
  explicit SetRecording(bool enabled) : before_(recording.enabled) { set_recording(enabled); }
  ~SetRecording() { set_recording(before_); }
  SetRecording(const SetRecording&) = delete;
  SetRecording& operator=(const SetRecording&) = delete;

 private:
  bool before_;
};
}  // namespace detail

/// While it lives, operations in this thread leave no history.
class [[nodiscard]] NoGrad : detail::SetRecording {
 public:
  NoGrad() : SetRecording(false) {}
};

/// While it lives, operations leave history even inside a NoGrad.
class [[nodiscard]] EnableGrad : detail::SetRecording {
 public:
  EnableGrad() : SetRecording(true) {}
};

/// While it lives, what is recorded belongs to the scope `name` inside the current scope.
class [[nodiscard]] Scope {
 public:
  /// `file` and `line` are where this stands. Without a file it has the place of the scope around it.
  explicit Scope(std::string_view name, const char* file = __builtin_FILE(),
                 int line = __builtin_LINE());
  ~Scope();
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

 private:
  std::uint32_t before_;
};

/// While it lives, each operation that is recorded in this thread has its line of the program: that
/// of the innermost function on the stack which is neither nabla's nor the standard library's.
/// Snapshots have it, and so do errors that tell where an operation was recorded.
///
///   { SourceLines lines; viz::save(loss_of(net, batch), "loss.html"); }
///
/// Requires  a program with debug information (-g), and nabla built by GCC, which brings what reads
///           it; else operations have the places of their scopes only
/// Cost      about 1 us an operation; the first reads the debug information
class [[nodiscard]] SourceLines {
 public:
  SourceLines();
  ~SourceLines() { detail::recording.has_lines = before_; }
  SourceLines(const SourceLines&) = delete;
  SourceLines& operator=(const SourceLines&) = delete;

 private:
  bool before_;
};

namespace detail {
/// A scope that was opened at some place in this thread. Entry 0 is the root: its own parent, no name.
struct ScopeEntry {
  std::uint32_t parent;
  std::string name;
  const char* file = "";
  int line = 0;
  bool is_line = false;     ///< no scope, but a line in that of its parent
  std::uint32_t scope = 0;  ///< the first entry of the same scope, opened at this place or another
};
/// "net/layer0", with " (file:line)" of the innermost scope if asked for; that alone of a line outside
/// of all scopes.
[[nodiscard]] std::string scope_path(std::uint32_t index, bool with_place = false);
/// The entry with this index. What is opened twice at one place has one entry.
const ScopeEntry& scope_entry(std::uint32_t index);
/// The entry of the line that is recorded now, in the current scope; that of the scope if there is none.
[[nodiscard]] std::uint32_t current_line();
/// The entry to which an operation that is recorded now belongs.
[[nodiscard]] inline std::uint32_t current_entry() {
  return recording.has_lines ? current_line() : recording.scope;
}
}  // namespace detail

}  // namespace nabla
