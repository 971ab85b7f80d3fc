#include "agent/classify/lru_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <list>
#include <map>
#include <random>

namespace gnomon::classify {
namespace {

// All keys in two buckets, so that chains are long.
struct BadHash {
  uint64_t operator()(int key) const { return static_cast<uint64_t>(key) & 1; }
};
using Table = LruTable<int, int, BadHash>;

TEST(LruTable, OldestIsTheOneTouchedLongestAgo) {
  Table table(4, BadHash());
  const Table::Index a = table.Insert(1);
  const Table::Index b = table.Insert(2);
  table.Insert(3);
  EXPECT_EQ(table.Oldest(Table::kFirstList), a);
  table.Touch(a);
  EXPECT_EQ(table.Oldest(Table::kFirstList), b);
}

TEST(LruTable, MovingBetweenTheListsKeepsTheEntry) {
  Table table(4, BadHash());
  const Table::Index a = table.Insert(1);
  table[a] = 11;
  table.MoveTo(a, Table::kSecondList);
  EXPECT_EQ(table.Oldest(Table::kFirstList), Table::kNone);
  EXPECT_EQ(table.Oldest(Table::kSecondList), a);
  EXPECT_EQ(table[table.Find(1)], 11);
}

TEST(LruTable, AnErasedPlaceIsFreshWhenItIsUsedAgain) {
  Table table(1, BadHash());
  const Table::Index a = table.Insert(1);
  table[a] = 11;
  EXPECT_TRUE(table.full());
  table.Erase(a);
  EXPECT_EQ(table.Find(1), Table::kNone);
  const Table::Index b = table.Insert(3);
  EXPECT_EQ(table[b], 0);
  EXPECT_TRUE(table.full());
}

TEST(LruTable, AgreesWithAMapAndAListOverRandomOperations) {
  std::mt19937 random(3);
  Table table(32, BadHash());
  std::map<int, int> model;
  std::list<int> order[2];
  for (int step = 0; step < 50000; ++step) {
    const int key = static_cast<int>(random() % 64);
    const Table::Index at = table.Find(key);
    ASSERT_EQ(at != Table::kNone, model.count(key) == 1);
    if (at == Table::kNone) {
      if (table.full()) continue;
      table[table.Insert(key)] = step;
      model[key] = step;
      order[0].push_back(key);
    } else {
      ASSERT_EQ(table[at], model[key]);
      const bool second = std::find(order[1].begin(), order[1].end(), key) != order[1].end();
      order[second].remove(key);
      switch (random() % 3) {
        case 0:
          table.Erase(at);
          model.erase(key);
          break;
        case 1:
          table.Touch(at);
          order[second].push_back(key);
          break;
        default:
          table.MoveTo(at, static_cast<uint8_t>(!second));
          // MoveTo() leaves alone what is already the newest there; that cannot be here.
          order[!second].push_back(key);
          break;
      }
    }
    ASSERT_EQ(table.size(), model.size());
    for (uint8_t list : {0, 1}) {
      const Table::Index oldest = table.Oldest(list);
      ASSERT_EQ(oldest == Table::kNone, order[list].empty());
      if (oldest != Table::kNone) {
        ASSERT_EQ(table.key(oldest), order[list].front());
      }
    }
  }
}

}  // namespace
}  // namespace gnomon::classify
