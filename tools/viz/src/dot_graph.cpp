// SPDX-License-Identifier: MIT
#include "dot_graph.hpp"

#include <algorithm>
#include <exception>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>

namespace nabla::viz::detail {
namespace {

std::mutex& cgraph_mutex() {
  static std::mutex mutex;
  return mutex;
}

// Guarded by the mutex, as is all of libcgraph.
std::string& messages() {
  static std::string text;
  return text;
}

// libcgraph is C: an exception must not pass through it.
int keep_message(char* text) noexcept {
  try {
    messages() += text;
  } catch (...) {
    std::terminate();
  }
  return 0;
}

int append(void* text, const char* piece) noexcept {
  try {
    *static_cast<std::string*>(text) += piece;
    return 0;
  } catch (const std::bad_alloc&) {
    return EOF;
  }
}

int no_flush(void* /*text*/) noexcept { return 0; }
int no_read(void* /*text*/, char* /*buffer*/, int /*size*/) noexcept { return 0; }

// Names of objects, numbered as they come. libcgraph writes frames in the order of these numbers;
// its own numbers are addresses, which differ from run to run.
struct Names {
  Agraph_t* graph;
  std::unordered_map<std::string, IDTYPE> number;
  std::vector<char*> name;  // copies made by libcgraph, which expects its own header before them
};

constexpr IDTYPE kStep = 2;  // even numbers have names, odd ones do not

void* open_names(Agraph_t* graph, Agdisc_t* /*discipline*/) noexcept {
  return new Names{graph, {}, {}};
}

long map_name(void* state, int /*kind*/, char* name, IDTYPE* number, int create) noexcept {
  Names& names = *static_cast<Names*>(state);
  const bool named = name != nullptr;
  const auto found = named ? names.number.find(name) : names.number.end();
  if (found != names.number.end()) {
    *number = found->second;
    return 1;
  }
  if (named && create == 0) return 0;
  names.name.push_back(named ? agstrdup(names.graph, name) : nullptr);
  *number = kStep * names.name.size() + (named ? 0 : 1);
  if (named) names.number.emplace(name, *number);
  return 1;
}

long allocate_number(void* /*state*/, int /*kind*/, IDTYPE /*number*/) noexcept { return 0; }
void free_number(void* /*state*/, int /*kind*/, IDTYPE /*number*/) noexcept {}

char* name_of(void* state, int /*kind*/, IDTYPE number) noexcept {
  return static_cast<Names*>(state)->name[number / kStep - 1];
}

void close_names(void* state) noexcept { delete static_cast<Names*>(state); }
void register_object(void* /*state*/, int /*kind*/, void* /*object*/) noexcept {}

Agiodisc_t io_to_string{no_read, append, no_flush};
Agiddisc_t numbered_names{open_names, map_name,    allocate_number, free_number,
                          name_of,    close_names, register_object};
Agdisc_t discipline{&AgMemDisc, &numbered_names, &io_to_string};

// libcgraph 2 looks strings up in a splay tree, and does so for each attribute of each object, also
// where it is the default. In a hash table a look-up costs a fraction. Newer versions have a hash
// table themselves, and hide it.
template <class Root>
void hash_strings(Root* graph) {
  if constexpr (requires { dtmethod(graph->clos->strdict, Dtset); }) {
    Dict_t* strings = graph->clos->strdict;
    static Dtdisc_t resizable = *dtdisc(strings, nullptr, 0);
    resizable.memoryf = nullptr;  // libcdt's own; that of libcgraph cannot make a table greater
    dtdisc(strings, &resizable, DT_SAMECMP | DT_SAMEHASH);
    dtmethod(strings, Dtset);
  }
}

// libcgraph takes `char*` and copies.
char* text(const std::string& s) { return const_cast<char*>(s.c_str()); }

}  // namespace

DotGraph::DotGraph() : lock_(cgraph_mutex()), former_handler_(agseterrf(keep_message)) {
  messages().clear();
  graph_ = agopen(text("computation"), Agdirected, &discipline);
  hash_strings(graph_);
}

DotGraph::~DotGraph() {
  agclose(graph_);
  agseterrf(former_handler_);
}

void DotGraph::declare(int kind, const std::string& key, const std::string& value) {
  keys_.at(static_cast<std::size_t>(kind))[key] = agattr(graph_, kind, text(key), text(value));
}

void DotGraph::offer(int kind, const std::string& key, const std::string& value) {
  offers_.at(static_cast<std::size_t>(kind))[key] = value;
}

Agraph_t* DotGraph::frame(Agraph_t* parent, const std::string& id) {
  return agsubg(parent, text(id), 1);
}

Agnode_t* DotGraph::node(Agraph_t* frame, const std::string& id) {
  return agnode(frame, text(id), 1);
}

Agedge_t* DotGraph::edge(Agnode_t* from, Agnode_t* to) {
  return agedge(graph_, from, to, nullptr, 1);
}

void DotGraph::set(void* object, const std::string& key, const std::string& value) {
  const int kind = std::min<int>(AGTYPE(object), AGEDGE);  // of an edge, its end
  const auto& keys = keys_.at(static_cast<std::size_t>(kind));
  auto found = keys.find(key);
  if (found == keys.end()) {
    declare(kind, key, offers_.at(static_cast<std::size_t>(kind)).at(key));
    found = keys.find(key);
  }
  agxset(object, found->second, text(value));
}

std::string DotGraph::write() {
  std::string result;
  const int failed = agwrite(graph_, &result);
  if (failed != 0 || !messages().empty()) {
    throw Error(fmt::format("[to_dot] libcgraph could not write: {}", messages()));
  }
  return result;
}

}  // namespace nabla::viz::detail
