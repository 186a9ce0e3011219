// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <cgraph.h>

// DotGraph owns one cgraph graph. libcgraph keeps global state (string table, error handler), so an
// object holds a process-wide lock while it lives: make it, fill it, write it, drop it. Nothing is
// printed; what libcgraph has to say becomes an exception of `write`. Each id makes something new: no
// two frames or nodes may have the same.

namespace nabla::viz::detail {

class DotGraph {
 public:
  /// For about so many nodes and edges.
  explicit DotGraph(std::size_t objects);
  ~DotGraph();
  DotGraph(const DotGraph&) = delete;
  DotGraph& operator=(const DotGraph&) = delete;

  /// Declares an attribute of all graphs (AGRAPH), nodes (AGNODE) or edges (AGEDGE). Keys live forever.
  void declare(int kind, std::string_view key, const std::string& value);
  /// One that is declared when it is first set, as each costs time and memory in every object.
  /// Requires  `value` is what Graphviz takes by itself, and lives forever
  void offer(int kind, std::string_view key, std::string_view value);
  Agraph_t* frame(Agraph_t* parent, const std::string& id);
  Agnode_t* node(Agraph_t* frame, const std::string& id);
  Agedge_t* edge(Agnode_t* from, Agnode_t* to);
  /// Requires  a key that was declared or offered
  void set(void* object, std::string_view key, const std::string& value);
  /// Text with tags, as Graphviz reads it in labels.
  void set_table(void* object, std::string_view key, const std::string& tagged);
  [[nodiscard]] Agraph_t* root() const { return graph_; }
  [[nodiscard]] std::string write();

 private:
  struct Key {
    std::string_view name, offered;
    Agsym_t* symbol;  ///< null while it is only offered
  };
  Key& key_of(int kind, std::string_view name);
  Agsym_t* symbol(void* object, std::string_view key);

  std::unique_lock<std::mutex> lock_;
  agusererrf former_handler_;
  std::size_t objects_;
  Agraph_t* graph_ = nullptr;
  std::array<std::vector<Key>, 3> keys_;  ///< by kind; so few that looking through them is fast
};

}  // namespace nabla::viz::detail
