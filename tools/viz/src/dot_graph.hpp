// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <mutex>
#include <string>
#include <unordered_map>

#include <cgraph.h>

// DotGraph owns one cgraph graph. libcgraph keeps global state (string table, error handler), so an
// object holds a process-wide lock while it lives: make it, fill it, write it, drop it. Nothing is
// printed; what libcgraph has to say becomes an exception of `write`.

namespace nabla::viz::detail {

class DotGraph {
 public:
  DotGraph();
  ~DotGraph();
  DotGraph(const DotGraph&) = delete;
  DotGraph& operator=(const DotGraph&) = delete;

  /// Declares an attribute of all graphs (AGRAPH), nodes (AGNODE) or edges (AGEDGE).
  void declare(int kind, const std::string& key, const std::string& value);
  /// One that is declared when it is first set, as each costs time and memory in every object.
  /// Requires  `value` is what Graphviz takes by itself
  void offer(int kind, const std::string& key, const std::string& value);
  Agraph_t* frame(Agraph_t* parent, const std::string& id);
  Agnode_t* node(Agraph_t* frame, const std::string& id);
  Agedge_t* edge(Agnode_t* from, Agnode_t* to);
  /// Requires  a key that was declared or offered
  void set(void* object, const std::string& key, const std::string& value);
  /// Text with tags, as Graphviz reads it in labels.
  void set_table(void* object, const std::string& key, const std::string& tagged);
  [[nodiscard]] Agraph_t* root() const { return graph_; }
  [[nodiscard]] std::string write();

 private:
  Agsym_t* symbol(void* object, const std::string& key);

  std::unique_lock<std::mutex> lock_;
  agusererrf former_handler_;
  Agraph_t* graph_ = nullptr;
  std::array<std::unordered_map<std::string, Agsym_t*>, 3> keys_;       ///< by kind
  std::array<std::unordered_map<std::string, std::string>, 3> offers_;  ///< values of those to come
};

}  // namespace nabla::viz::detail
