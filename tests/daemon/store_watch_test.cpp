#include "daemon/store_watch.h"

#include <gmock/gmock.h>

#include "tests/daemon/event_loop_fixture.h"
#include "tests/support/temp_folder.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Part = SpoolQueue::Part;

constexpr std::uint64_t kLimit = 1'000'000;

/// Log entries about levels alone: when, and what.
class Levels final : public webpubsub::LogSink {
 public:
  void write(const webpubsub::LogRecord& record) override {
    if (record.event == "store.filling" || record.event == "store.emptied") {
      lines_.push_back(std::string(record.level == webpubsub::LogLevel::Error ? "error: " : "") +
                       std::string(record.message));
      for (const auto& field : record.fields) {
        if (field.key == "bytes") bytes_ = field.value;
      }
    }
  }
  std::vector<std::string> take() { return std::exchange(lines_, {}); }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_{};  // of the latest
  std::vector<std::string> lines_{};
};

class StoreWatchTest : public EventLoopTest {
 protected:
  void SetUp() override {
    EventLoopTest::SetUp();
    watch_.emplace(*loop_, StoreOptions{.directory = folder_.file("data"), .max_size = kLimit},
                   levels_log_, [] {});
    watch_->open_now({});
    ASSERT_TRUE(watch_->snapshot().usable);
    queue().set_limits({});
  }
  SpoolQueue& queue() { return *watch_->store().spool().queue("meters"); }

  /// Puts in what is missing to `percent` of the store, and looks, `later` than the last time.
  void fill(unsigned percent, webpubsub::Duration later = 10s) {
    const std::string payload(1'000, 'x');
    while (watch_->store().spool().bytes() < kLimit * percent / 100) {
      ASSERT_EQ(queue().append("d", payload, 1, 1, false), SpoolQueue::Append::Stored);
    }
    look(later);
  }
  /// Settles messages until less than `percent` of the store is taken.
  void empty(unsigned percent) {
    while (watch_->store().spool().bytes() >= kLimit * percent / 100 &&
           queue().has_unread(Part::All)) {
      queue().read(Part::All, {.messages = 1, .bytes = 10'000},
                   [](const SpooledMessage&) { return std::uint16_t{0}; });
    }
    look(10s);
  }
  void look(webpubsub::Duration later) { watch_->look_at_levels(now_ += later); }

  support::TempFolder folder_{};
  Levels levels_{};
  webpubsub::Log levels_log_{levels_, webpubsub::LogLevel::Debug};
  std::optional<StoreWatch> watch_{};
  webpubsub::TimePoint now_{100h};  // of a machine that is up for long
};

TEST_F(StoreWatchTest, WarnsAtEachMarkOnce) {
  fill(49);
  EXPECT_THAT(levels_.take(), IsEmpty());
  fill(51);
  EXPECT_THAT(levels_.take(), ElementsAre(HasSubstr("the store is 51% full")));
  fill(79);
  EXPECT_THAT(levels_.take(), IsEmpty());
  fill(80);
  EXPECT_THAT(levels_.take(), ElementsAre(HasSubstr("the store is 80% full")));
  fill(95);
  EXPECT_THAT(levels_.take(), ElementsAre(HasSubstr("error: the store is 95% full")));
  for (int i = 0; i < 3; ++i) look(10s);
  EXPECT_THAT(levels_.take(), IsEmpty());
}

TEST_F(StoreWatchTest, WarnsAgainAfterItFellBackAndSaysWhenThereIsRoom) {
  fill(81);
  levels_.take();
  empty(78);  // goes up and down about a mark
  fill(81);
  EXPECT_THAT(levels_.take(), IsEmpty());
  empty(70);
  EXPECT_THAT(levels_.take(), IsEmpty()) << "more than half is taken";
  fill(81);
  EXPECT_THAT(levels_.take(), ElementsAre(HasSubstr("the store is 81% full")));
  empty(40);
  EXPECT_THAT(levels_.take(), ElementsAre("the store has room again"));
  fill(51);
  EXPECT_THAT(levels_.take(), ElementsAre(HasSubstr("the store is 51% full")));
}

TEST_F(StoreWatchTest, EstimatesFromTheRateAndNotBeforeThereIsOne) {
  fill(51);
  EXPECT_THAT(levels_.take(), ElementsAre("the store is 51% full"))
      << "what was there at the start came at no rate";
  EXPECT_EQ(watch_->snapshot().time_to_full, std::nullopt);
  fill(66, 60s);  // 15 % a minute, 34 % are left
  const auto left = watch_->snapshot().time_to_full;
  ASSERT_TRUE(left);
  EXPECT_NEAR(std::chrono::duration<double>(*left).count(), 136, 5);
  fill(81, 60s);
  EXPECT_THAT(levels_.take(), ElementsAre(HasSubstr("81% full, full in 1m 1")));
  for (int i = 0; i < 20; ++i) look(10s);
  EXPECT_EQ(watch_->snapshot().time_to_full, std::nullopt) << "it has stopped growing";
}

TEST_F(StoreWatchTest, ARuleHasLevelsByItsOwnLimit) {
  EXPECT_THAT(watch_->snapshot().rules, IsEmpty());
  queue().set_limits({.max_messages = 10});
  fill(0);
  for (int i = 0; i < 6; ++i)
    ASSERT_EQ(queue().append("d", "1", 1, 1, false), SpoolQueue::Append::Stored);
  look(10s);
  EXPECT_THAT(levels_.take(),
              ElementsAre("what waits of rule meters is 60% full, full in 7s at this rate"));
  const auto snapshot = watch_->snapshot();
  ASSERT_EQ(snapshot.rules.size(), 1U);
  EXPECT_EQ(levels_.bytes(), std::to_string(snapshot.rules[0].bytes)) << "whatever the limit is of";
  EXPECT_EQ(snapshot.rules[0].name, "meters");
  EXPECT_EQ(snapshot.rules[0].messages, 6U);
  EXPECT_EQ(snapshot.rules[0].max_messages, 10U);
  EXPECT_TRUE(snapshot.rules[0].time_to_full);
}

TEST(FillRate, ForgetsWhatIsLongAgo) {
  FillRate rate;
  webpubsub::TimePoint now{};
  for (int i = 0; i < 100; ++i) rate.add(0.1, now += 10s);  // calm
  for (int i = 1; i <= 13; ++i) rate.add(0.1 + 0.01 * i, now += 10s);
  const auto left = rate.time_to_full();
  ASSERT_TRUE(left);
  EXPECT_NEAR(std::chrono::duration<double>(*left).count(), 770, 1);
  rate.add(1, now += 10s);
  EXPECT_EQ(rate.time_to_full(), 0s);
  rate.add(1.05, now += 10s);  // a rule that blocks stores what is on its way
  EXPECT_EQ(rate.time_to_full(), 0s);
}

}  // namespace
}  // namespace gateway
