// SPDX-License-Identifier: MIT
#include "dot_graph.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <deque>
#include <exception>
#include <memory_resource>
#include <new>
#include <vector>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/engine/memory_block.hpp>

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

// Large blocks on huge pages: a tenth of the time went into faults of small ones.
class Blocks : public std::pmr::memory_resource {
  void* do_allocate(std::size_t size, std::size_t /*alignment*/) override {
    nabla::detail::MemoryBlock& block = blocks_.emplace_back();
    block.grow(size, 0, false);
    return block.data<std::byte>();
  }
  void do_deallocate(void* /*block*/, std::size_t /*size*/, std::size_t /*alignment*/) override {}
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }

  std::deque<nabla::detail::MemoryBlock> blocks_;
};

// All that a graph takes is dropped with it, at once: visiting each object to free it would cost a
// third of what making it did.
class Memory {
 public:
  [[nodiscard]] void* allocate(std::size_t size) { return resource_.allocate(size); }

 private:
  Blocks blocks_;
  std::pmr::monotonic_buffer_resource resource_{&blocks_};
};

void* open_memory(Agdisc_t* /*discipline*/) noexcept { return new Memory; }
void close_memory(void* state) noexcept { delete static_cast<Memory*>(state); }
void free_memory(void* /*state*/, void* /*block*/) noexcept {}

void* allocate(void* state, std::size_t size) noexcept {
  try {
    return std::memset(static_cast<Memory*>(state)->allocate(size), 0, size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void* resize(void* state, void* block, std::size_t former, std::size_t size) noexcept {
  void* larger = allocate(state, size);
  if (larger != nullptr && block != nullptr) std::memcpy(larger, block, std::min(former, size));
  return larger;
}

// Names of objects, numbered as they come: no two are alike. libcgraph writes frames in the order of
// these numbers; its own numbers are addresses, which differ from run to run.
struct Names {
  Agraph_t* graph;
  std::vector<char*> name;  // copies made by libcgraph, which expects its own header before them
};

constexpr IDTYPE kStep = 2;  // even numbers have names, odd ones do not

void* open_names(Agraph_t* graph, Agdisc_t* /*discipline*/) noexcept {
  return new Names{graph, {}};
}

long map_name(void* state, int /*kind*/, char* name, IDTYPE* number, int create) noexcept {
  if (create == 0) return 0;
  Names& names = *static_cast<Names*>(state);
  names.name.push_back(name != nullptr ? agstrdup(names.graph, name) : nullptr);
  *number = kStep * names.name.size() + (name != nullptr ? 0 : 1);
  return 1;
}

long allocate_number(void* /*state*/, int /*kind*/, IDTYPE /*number*/) noexcept { return 0; }
void free_number(void* /*state*/, int /*kind*/, IDTYPE /*number*/) noexcept {}

char* name_of(void* state, int /*kind*/, IDTYPE number) noexcept {
  return static_cast<Names*>(state)->name[number / kStep - 1];
}

void close_names(void* /*state*/) noexcept {}  // not called where all memory goes at once
void register_object(void* /*state*/, int /*kind*/, void* /*object*/) noexcept {}

Agiodisc_t io_to_string{no_read, append, no_flush};
Agmemdisc_t memory{open_memory, allocate, resize, free_memory, close_memory};
Agiddisc_t numbered_names{open_names, map_name,    allocate_number, free_number,
                          name_of,    close_names, register_object};
Agdisc_t discipline{&memory, &numbered_names, &io_to_string};

// Memory of a hash table, which grows; how much a block has stands in front of it. libcgraph's own
// cannot make a table greater.
struct HashTable : Dtdisc_t {
  Memory* memory;
  std::size_t slots;

  static int event(Dict_t* /*dict*/, int type, void* size, Dtdisc_t* disc) noexcept {
    if (type != DT_HASHSIZE || *static_cast<int*>(size) != 0) return 0;
    *static_cast<int*>(size) = static_cast<int>(static_cast<HashTable*>(disc)->slots);
    return 1;
  }

  static void* allocate(Dict_t* /*dict*/, void* block, std::size_t size, Dtdisc_t* disc) noexcept {
    constexpr std::size_t kFront = alignof(std::max_align_t);
    if (size == 0) return nullptr;
    auto* start =
        static_cast<char*>(detail::allocate(static_cast<HashTable*>(disc)->memory, kFront + size));
    if (start == nullptr) return nullptr;
    std::memcpy(start, &size, sizeof(size));
    if (block != nullptr) {
      std::size_t former;
      std::memcpy(&former, static_cast<char*>(block) - kFront, sizeof(former));
      std::memcpy(start + kFront, block, std::min(former, size));
    }
    return start + kFront;
  }
};

// libcgraph 2 looks strings up in a splay tree, and does so for each attribute of each object, also
// where it is the default. In a hash table a look-up costs a fraction, and least in one that is large
// from the start: of many strings each step along a chain waits for memory. Newer versions have a hash
// table themselves, and hide it.
template <class Root>
void hash_strings(Root* graph, std::size_t slots) {
  if constexpr (requires { dtmethod(graph->clos->strdict, Dtset); }) {
    Dict_t* strings = graph->clos->strdict;
    static HashTable table{*dtdisc(strings, nullptr, 0), nullptr, 0};
    table.memory = static_cast<Memory*>(graph->clos->state.mem);
    table.slots = slots;
    table.memoryf = &HashTable::allocate;
    table.eventf = &HashTable::event;
    dtdisc(strings, &table, DT_SAMECMP | DT_SAMEHASH);
    dtmethod(strings, Dtset);
  }
}

// libcgraph takes `char*` and copies.
char* text(const std::string& s) { return const_cast<char*>(s.c_str()); }

// The heads of dictionaries, which libcdt allocates by itself; what they hold is in the graph's memory.
void close_dictionary(Dict_t* dictionary) {
  if (dictionary == nullptr) return;
  Dtdisc_t keep = *dtdisc(dictionary, nullptr, 0);
  keep.freef = nullptr;
  keep.memoryf = [](Dict_t*, void*, std::size_t, Dtdisc_t*) noexcept -> void* { return nullptr; };
  dtdisc(dictionary, &keep, DT_SAMECMP | DT_SAMEHASH);
  dtclose(dictionary);
}

// Those of a graph and of all graphs inside it, which must not be used then.
void close_dictionaries(Agraph_t* graph) {
  for (Agraph_t* inner = agfstsubg(graph); inner != nullptr; inner = agnxtsubg(inner))
    close_dictionaries(inner);
  if (auto* declared = reinterpret_cast<Agdatadict_t*>(aggetrec(graph, text("_AG_datadict"), 0)))
    for (Dict_t* each : {declared->dict.n, declared->dict.e, declared->dict.g})
      close_dictionary(each);
  for (Dict_t* each : {graph->n_seq, graph->n_id, graph->e_seq, graph->e_id, graph->g_dict})
    close_dictionary(each);
}

}  // namespace

DotGraph::DotGraph(std::size_t objects)
    : lock_(cgraph_mutex()), former_handler_(agseterrf(keep_message)), objects_(objects) {
  messages().clear();
  graph_ = agopen(text("computation"), Agdirected, &discipline);
  constexpr std::size_t kFewest = 256, kMost = std::size_t{1} << 24, kStringsOfOne = 4;
  hash_strings(graph_, std::clamp(kStringsOfOne * objects, kFewest, kMost));
}

DotGraph::~DotGraph() {
  auto* names = static_cast<Names*>(graph_->clos->state.id);
  close_dictionaries(graph_);
  for (Dict_t* each : graph_->clos->lookup_by_name) close_dictionary(each);
  for (Dict_t* each : graph_->clos->lookup_by_id) close_dictionary(each);
  close_dictionary(graph_->clos->strdict);
  agclose(graph_);
  delete names;
  agseterrf(former_handler_);
}

DotGraph::Key& DotGraph::key_of(int kind, std::string_view name) {
  std::vector<Key>& keys = keys_.at(static_cast<std::size_t>(kind));
  const auto found = std::ranges::find(keys, name, &Key::name);
  return found != keys.end() ? *found : keys.emplace_back(Key{name, {}, nullptr});
}

void DotGraph::declare(int kind, std::string_view key, const std::string& value) {
  key_of(kind, key).symbol = agattr(graph_, kind, text(std::string(key)), text(value));
}

void DotGraph::offer(int kind, std::string_view key, std::string_view value) {
  key_of(kind, key).offered = value;
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

Agsym_t* DotGraph::symbol(void* object, std::string_view key) {
  const int kind = std::min<int>(AGTYPE(object), AGEDGE);  // of an edge, its end
  const Key& known = key_of(kind, key);
  if (known.symbol == nullptr) declare(kind, key, std::string(known.offered));
  return known.symbol;
}

void DotGraph::set(void* object, std::string_view key, const std::string& value) {
  agxset(object, symbol(object, key), text(value));
}

void DotGraph::set_table(void* object, std::string_view key, const std::string& tagged) {
  char* const kept = agstrdup_html(graph_, text(tagged));
  agxset(object, symbol(object, key), kept);
  agstrfree(graph_, kept);
}

std::string DotGraph::write() {
  constexpr std::size_t kBytesOfOne = 160;
  std::string result;
  result.reserve(kBytesOfOne * objects_);
  const int failed = agwrite(graph_, &result);
  if (failed != 0 || !messages().empty()) {
    throw Error(fmt::format("[to_dot] libcgraph could not write: {}", messages()));
  }
  return result;
}

}  // namespace nabla::viz::detail
