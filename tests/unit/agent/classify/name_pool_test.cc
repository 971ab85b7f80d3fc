#include "agent/classify/name_pool.h"

#include <gtest/gtest.h>

#include <string>

namespace gnomon::classify {
namespace {

decode::HostName Host(const std::string& text) {
  decode::HostName host;
  EXPECT_TRUE(host.Assign({reinterpret_cast<const uint8_t*>(text.data()), text.size()}));
  return host;
}

TEST(NamePool, ANameIsKeptOnce) {
  NamePool names(4, KeyedHash(1, 2));
  const NamePool::Index a = names.Acquire(Host("a.example"));
  EXPECT_EQ(names.Acquire(Host("a.example")), a);
  EXPECT_NE(names.Acquire(Host("b.example")), a);
  EXPECT_EQ(names.View(a), "a.example");
}

TEST(NamePool, APlaceIsReusedOnceNobodyHoldsIt) {
  NamePool names(1, KeyedHash(1, 2));
  const NamePool::Index a = names.Acquire(Host("a.example"));
  names.Hold(a);
  names.Release(a);
  EXPECT_EQ(names.Acquire(Host("b.example")), NamePool::kNone) << "one holder is left";
  names.Release(a);
  EXPECT_EQ(names.View(a), "a.example") << "until the place is needed";
  const NamePool::Index b = names.Acquire(Host("b.example"));
  ASSERT_NE(b, NamePool::kNone);
  EXPECT_EQ(names.View(b), "b.example");
}

TEST(NamePool, ANameThatNobodyHeldIsFoundAgain) {
  NamePool names(2, KeyedHash(1, 2));
  const NamePool::Index a = names.Acquire(Host("a.example"));
  names.Release(a);
  EXPECT_EQ(names.Acquire(Host("a.example")), a);
  names.Acquire(Host("b.example"));
  EXPECT_EQ(names.Acquire(Host("c.example")), NamePool::kNone) << "a is held once more";
}

TEST(KeyedHash, DependsOnTheKeyAndOnEachByte) {
  const std::string text = "a name of nineteen!";
  const auto bytes = [](const std::string& from) {
    return Bytes(reinterpret_cast<const uint8_t*>(from.data()), from.size());
  };
  const KeyedHash hash(1, 2);
  EXPECT_EQ(hash(bytes(text)), hash(bytes(text)));
  EXPECT_NE(hash(bytes(text)), KeyedHash(1, 3)(bytes(text)));
  EXPECT_NE(KeyedHash::WithRandomKey()(bytes(text)), KeyedHash::WithRandomKey()(bytes(text)));
  for (size_t i = 0; i < text.size(); ++i) {
    std::string other = text;
    other[i] ^= 1;
    EXPECT_NE(hash(bytes(text)), hash(bytes(other))) << i;
  }
}

}  // namespace
}  // namespace gnomon::classify
