#include "agent/capture/wrapping_counter.h"

#include <gtest/gtest.h>

namespace gnomon::capture {
namespace {

TEST(WrappingCounter, CountGoesOnWhereTheKernelsWraps) {
  WrappingCounter counter;
  EXPECT_EQ(counter.Update(0x7000'0000u), 0x7000'0000u);
  EXPECT_EQ(counter.Update(0xe000'0000u), 0xe000'0000u);
  EXPECT_EQ(counter.Update(0x1000'0000u), 0x1'1000'0000u);
  EXPECT_EQ(counter.Update(0x1000'0000u), 0x1'1000'0000u);
}

TEST(WrappingCounter, StepBackIsNotCounted) {
  WrappingCounter counter;
  EXPECT_EQ(counter.Update(1000), 1000u);
  EXPECT_EQ(counter.Update(0), 1000u);
  EXPECT_EQ(counter.Update(5), 1005u);
}

}  // namespace
}  // namespace gnomon::capture
