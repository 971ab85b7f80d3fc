#include "agent/sessionise/automation_detector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace gnomon::sessionise {
namespace {

constexpr TimeUs kStart = 1'795'428'000 * kSecondUs;

TurnEstimate At(double start, double answer) {
  TurnEstimate turn;
  turn.start = kStart + static_cast<TimeUs>(start * kSecondUs);
  turn.first = turn.start + 300'000;
  turn.last = turn.start + static_cast<TimeUs>(answer * kSecondUs);
  return turn;
}

// Turns come in the order in which they end.
double Share(std::vector<TurnEstimate> turns) {
  std::stable_sort(turns.begin(), turns.end(),
                   [](const auto& a, const auto& b) { return a.last < b.last; });
  AutomationDetector detector;
  uint32_t automated = 0;
  for (const TurnEstimate& turn : turns) {
    const AutomationVerdict verdict = detector.Judge(turn, {});
    automated += verdict.earlier + (verdict.automated ? 1 : 0);
  }
  EXPECT_LE(automated, turns.size());
  return turns.empty() ? 0 : automated / static_cast<double>(turns.size());
}

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  double Uniform(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(engine_);
  }
  double LogNormal(double median, double sigma) {
    return std::lognormal_distribution<double>(std::log(median), sigma)(engine_);
  }
  bool Chance(double p) { return Uniform(0, 1) < p; }

 private:
  std::mt19937 engine_;
};

// Answers are read in part, prompts typed at 30 to 110 words a minute; now and then a suggestion is
// clicked or an answer asked for again, a second tab is used, or lunch comes between.
std::vector<TurnEstimate> Person(unsigned seed, int turns) {
  Random random(seed);
  const double characters_a_second = random.Uniform(30, 110) * 5 / 60;
  const double reads = random.Uniform(0.1, 1);  // of an answer
  std::vector<TurnEstimate> timeline;
  double now = 0;
  for (int i = 0; i < turns; ++i) {
    const double answer = random.LogNormal(6, 0.7);
    timeline.push_back(At(now, answer));
    if (random.Chance(0.05)) timeline.push_back(At(now + random.Uniform(0.2, answer), answer));
    now += answer;
    if (random.Chance(0.06)) {
      now += random.Uniform(0.4, 2);
    } else {
      const double words = 25 * answer;  // about 33 tokens a second
      now += reads * words / (238.0 / 60) + random.LogNormal(60, 0.8) / characters_a_second;
    }
    if (random.Chance(0.08)) now += random.LogNormal(900, 1);
  }
  return timeline;
}

TEST(Automation, APersonIsNeverOverOneTurnInTwenty) {
  for (unsigned seed = 1; seed <= 2000; ++seed) {
    EXPECT_LE(Share(Person(seed, 60)), 0.05) << seed;
  }
}

TEST(Automation, AFastPersonWithShortQuestionsIsStillAPerson) {
  // One-line questions and one-line answers, by someone who types 100 words a minute.
  for (unsigned seed = 1; seed <= 500; ++seed) {
    Random random(seed);
    std::vector<TurnEstimate> timeline;
    double now = 0;
    for (int i = 0; i < 80; ++i) {
      const double answer = random.LogNormal(2, 0.4);
      timeline.push_back(At(now, answer));
      now += answer + random.LogNormal(30, 0.4) / (100.0 * 5 / 60) + random.Uniform(0.3, 2);
    }
    EXPECT_LE(Share(timeline), 0.05) << seed;
  }
}

TEST(Automation, ATimerEveryMinuteIsAScript) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    Random random(seed);
    std::vector<TurnEstimate> timeline;
    for (int i = 0; i < 240; ++i) {
      timeline.push_back(At(i * 60 + random.Uniform(0, 2), random.LogNormal(5, 0.5)));
    }
    EXPECT_GT(Share(timeline), 0.9) << seed;
  }
}

TEST(Automation, ATimerEveryTenMinutesIsAScriptToo) {
  std::vector<TurnEstimate> timeline;
  for (int i = 0; i < 144; ++i) timeline.push_back(At(i * 600 + i % 3, 4));
  EXPECT_GT(Share(timeline), 0.9);
}

TEST(Automation, AnAgentsLoopOfThirtyAMinuteIsAScript) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    Random random(seed);
    std::vector<TurnEstimate> timeline;
    double now = 0;
    for (int i = 0; i < 200; ++i) {
      timeline.push_back(At(now, random.Uniform(0.8, 1.8)));
      now += random.LogNormal(2, 0.3);
    }
    EXPECT_GT(Share(timeline), 0.9) << seed;
  }
}

TEST(Automation, AnAgentThatWaitsForLongAnswersIsToldByItsQuickNextPrompts) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    Random random(seed);
    std::vector<TurnEstimate> timeline;
    double now = 0;
    for (int i = 0; i < 150; ++i) {
      const double answer = random.LogNormal(12, 0.8);
      timeline.push_back(At(now, answer));
      now += answer + (random.Chance(0.05) ? random.Uniform(3, 30) : random.Uniform(0.05, 0.9));
    }
    EXPECT_GT(Share(timeline), 0.8) << seed;
  }
}

TEST(Automation, ParallelRequestsAreAScript) {
  Random random(7);
  std::vector<TurnEstimate> timeline;
  for (int batch = 0; batch < 40; ++batch) {
    const double now = batch * random.Uniform(25, 60);
    for (int i = 0; i < 8; ++i) timeline.push_back(At(now + 0.1 * i, random.Uniform(5, 9)));
  }
  EXPECT_GT(Share(timeline), 0.8);
}

TEST(Automation, ThePersonAfterAScriptIsAPersonFromTheFirstTurn) {
  AutomationDetector detector;
  for (int i = 0; i < 50; ++i) (void)detector.Judge(At(i * 2, 1), {});
  EXPECT_TRUE(detector.Judge(At(100, 1), {}).automated);
  EXPECT_FALSE(detector.Judge(At(130, 4), {}).automated);
  EXPECT_FALSE(detector.Judge(At(170, 4), {}).automated);
}

TEST(Automation, FewTurnsTellNothing) {
  AutomationDetector detector;
  for (int i = 0; i < 8; ++i) EXPECT_FALSE(detector.Judge(At(i * 60, 1), {}).automated);
  EXPECT_TRUE(detector.Judge(At(480, 1), {}).automated);
}

TEST(Automation, TheTenthTurnConfirmsThatTheFirstEightWereAScriptsToo) {
  AutomationDetector detector;
  for (int i = 0; i < 9; ++i) EXPECT_EQ(detector.Judge(At(i * 60, 1), {}).earlier, 0u);
  EXPECT_EQ(detector.Judge(At(540, 1), {}).earlier, 8u);
  EXPECT_EQ(detector.Judge(At(600, 1), {}).earlier, 0u);
}

TEST(Automation, OneTurnLikeAScriptsSaysNothingOfThoseBeforeIt) {
  AutomationDetector detector;
  for (int i = 0; i < 8; ++i) (void)detector.Judge(At(i * 60, 1), {});
  EXPECT_TRUE(detector.Judge(At(480, 1), {}).automated);
  EXPECT_FALSE(detector.Judge(At(700, 1), {}).automated);
  for (int i = 0; i < 30; ++i) {
    EXPECT_EQ(detector.Judge(At(900 + i * 97 + (i % 3) * 31, 1), {}).earlier, 0u);
  }
}

TEST(Automation, WhoStartsALoopMayHaveTypedItsFirstPrompt) {
  AutomationDetector detector;
  uint32_t earlier = 0;
  for (double t : {0.0, 8.5, 13.0, 25.0, 31.5, 47.0, 52.0, 61.0, 75.0, 82.0}) {
    earlier += detector.Judge(At(t, t < 1 ? 8 : 20), {}).earlier;
  }
  EXPECT_EQ(earlier, 7u);
}

TEST(Automation, TurnsThatArePartOfAnotherDayOrVisitKeepTheirVerdict) {
  AutomationDetector detector;
  for (int i = 0; i < 5; ++i) (void)detector.Judge(At(i * 60, 1), {});
  detector.Settle();
  for (int i = 5; i < 8; ++i) EXPECT_FALSE(detector.Judge(At(i * 60, 1), {}).automated);
  const AutomationVerdict verdict = detector.Judge(At(480, 1), {});
  EXPECT_TRUE(verdict.automated);
  EXPECT_EQ(detector.Judge(At(540, 1), {}).earlier, 3u);
}

TEST(Automation, AClockThatIsSetBackStartsAnew) {
  AutomationDetector detector;
  for (int i = 0; i < 20; ++i) (void)detector.Judge(At(i * 60, 1), {});
  EXPECT_TRUE(detector.Judge(At(1200, 1), {}).automated);
  for (int i = 0; i < 9; ++i)
    EXPECT_EQ(detector.Judge(At(-86400 + i * 60, 1), {}).automated, i == 8);
}

TEST(Automation, ServicesAndClientsAreJudgedApartAndNotMoreOfThemThanTheLimit) {
  AutomationDetectors detectors(2);
  bool one = false, two = false, three = false;
  for (int i = 0; i < 20; ++i) {
    one = detectors.Judge(1, At(i * 60, 1)).automated;
    two = detectors.Judge(2, At(i * 60.0 + (i * 37 % 29), 1)).automated;
    three = detectors.Judge(3, At(i * 60, 1)).automated;
  }
  EXPECT_TRUE(one);
  EXPECT_FALSE(two);
  EXPECT_FALSE(three);
}

}  // namespace
}  // namespace gnomon::sessionise
