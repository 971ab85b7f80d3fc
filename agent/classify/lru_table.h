// A hash table of fixed capacity whose entries also hang in one of three lists from oldest to newest.
// All memory is reserved by the constructor; entries that were never used are never touched, so an
// idle agent does not pay for the bound.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace gnomon::classify {

// Key: copyable, ==. Hash: uint64_t operator()(const Key&) const. Value: default-constructible.
template <typename Key, typename Value, typename Hash>
class LruTable {
 public:
  using Index = uint32_t;  // stable while the entry lives
  static constexpr Index kNone = UINT32_MAX;
  // What the lists mean is the user's matter.
  static constexpr uint8_t kFirstList = 0;
  static constexpr uint8_t kSecondList = 1;
  static constexpr uint8_t kThirdList = 2;

  LruTable(uint32_t capacity, Hash hash)
      : capacity_(capacity < 1 ? 1 : capacity),
        hash_(std::move(hash)),
        buckets_(std::bit_ceil(capacity_), kNone) {
    nodes_.reserve(capacity_);
  }

  Index Find(const Key& key) const {
    Index at = buckets_[BucketOf(key)];
    while (at != kNone && !(nodes_[at].key == key)) at = nodes_[at].chain;
    return at;
  }

  bool full() const { return size_ == capacity_; }
  uint32_t size() const { return size_; }

  // Adds a fresh Value as the newest of the first list. The key must not be there, nor the table
  // full(): who is to go is the user's decision.
  Index Insert(const Key& key) {
    Index at = free_;
    if (at != kNone) {
      free_ = nodes_[at].chain;
      nodes_[at].key = key;
      nodes_[at].value = Value();
    } else {
      at = static_cast<Index>(nodes_.size());
      nodes_.emplace_back(Node{key, Value(), kNone, kNone, kNone, kFirstList});
    }
    Index& bucket = buckets_[BucketOf(key)];
    nodes_[at].chain = bucket;
    bucket = at;
    Link(at, kFirstList);
    ++size_;
    return at;
  }

  void Erase(Index at) {
    Index* link = &buckets_[BucketOf(nodes_[at].key)];
    while (*link != at) link = &nodes_[*link].chain;
    *link = nodes_[at].chain;
    Unlink(at);
    nodes_[at].chain = free_;
    free_ = at;
    --size_;
  }

  // Makes it the newest of its list.
  void Touch(Index at) { MoveTo(at, nodes_[at].list); }

  // Makes it the newest of `list`.
  void MoveTo(Index at, uint8_t list) {
    if (newest_[list] == at) return;
    Unlink(at);
    Link(at, list);
  }

  // F: void(Index), from the oldest to the newest of `list`; may change values, not the lists.
  template <typename F>
  void ForEach(uint8_t list, F&& visit) const {
    for (Index at = oldest_[list]; at != kNone; at = nodes_[at].newer) visit(at);
  }

  // kNone where the list is empty.
  Index Oldest(uint8_t list) const { return oldest_[list]; }
  // The next of its list; kNone behind the newest.
  Index Newer(Index at) const { return nodes_[at].newer; }

  Value& operator[](Index at) { return nodes_[at].value; }
  const Value& operator[](Index at) const { return nodes_[at].value; }
  const Key& key(Index at) const { return nodes_[at].key; }

 private:
  struct Node {
    Key key;
    Value value;
    Index chain;  // next in the bucket, or in the free list
    Index older;
    Index newer;
    uint8_t list;
  };

  size_t BucketOf(const Key& key) const { return hash_(key) & (buckets_.size() - 1); }

  void Link(Index at, uint8_t list) {
    Node& node = nodes_[at];
    node.list = list;
    node.older = newest_[list];
    node.newer = kNone;
    (newest_[list] == kNone ? oldest_[list] : nodes_[newest_[list]].newer) = at;
    newest_[list] = at;
  }

  void Unlink(Index at) {
    const Node& node = nodes_[at];
    (node.older == kNone ? oldest_[node.list] : nodes_[node.older].newer) = node.newer;
    (node.newer == kNone ? newest_[node.list] : nodes_[node.newer].older) = node.older;
  }

  uint32_t capacity_;
  Hash hash_;
  std::vector<Index> buckets_;
  std::vector<Node> nodes_;
  Index free_ = kNone;
  uint32_t size_ = 0;
  std::array<Index, 3> oldest_{kNone, kNone, kNone};
  std::array<Index, 3> newest_{kNone, kNone, kNone};
};

}  // namespace gnomon::classify
