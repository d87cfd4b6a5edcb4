// The service is away and messages keep coming: whatever a rule's policy, they take no more than
// memory.max_size.

#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <malloc.h>

#include "tests/bridge/uplink/flow_fixture.h"
#include "tests/support/resident.h"
#include "tests/support/temp_folder.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using support::resident;
using support::run_until;
using Keep = OfflineOptions::Keep;
using Overflow = OfflineOptions::Overflow;

struct Policy {
  const char* name = "";
  StoreMode store = StoreMode::Memory;
  OfflineOptions offline{};
};

void PrintTo(const Policy& policy, std::ostream* out) { *out << policy.name; }

constexpr std::uint64_t kMessages = 1'000'000;

class UplinkMemory : public flow::UplinkFlow {
 protected:
  void SetUp() override {
    mallopt(M_MMAP_THRESHOLD, 256 * 1024);  // as the gateway does at its start
    UplinkFlow::SetUp();
  }

  /// As a broker sends that never waits for us. Answers the most that the process took meanwhile.
  std::size_t publish_all(std::uint64_t messages = kMessages) {
    std::atomic<bool> finished{false};
    std::thread mqtt([&] {
      const std::string payload = "{\"value\":" + std::string(100, '7') + "}";
      for (std::uint64_t i = 0; i < messages; ++i) {
        publish("s/" + std::to_string(i % kTopics), payload);
      }
      finished = true;
    });
    std::size_t most = 0;
    EXPECT_TRUE(run_until(
        *loop_,
        [&] {
          most = std::max(most, resident());
          return finished && uplink_->counts().inbox_messages == 0;
        },
        600s));
    mqtt.join();
    return most;
  }

  static constexpr std::uint64_t kTopics = 5'000;
  static constexpr std::size_t kMaxBytes = 8 * 1024 * 1024;
  const support::TempFolder folder_{};
  const StoreOptions store_options_{.directory = folder_.file("data"),
                                    .max_size = std::size_t{1} << 30U};
};

class UplinkPolicy : public UplinkMemory, public testing::WithParamInterface<Policy> {};

TEST_P(UplinkPolicy, StaysWithinItsCeilingWithTheServiceAway) {
  auto options = rule("climate", "s/{device}", "g");
  options.store = GetParam().store;
  options.offline = GetParam().offline;
  std::optional<Store> store;
  if (options.store == StoreMode::Disk) store.emplace(store_options_, [] {}).open();
  make_uplink({options}, {.max_bytes = kMaxBytes}, store ? &*store : nullptr);
  // What is known of each topic is bounded by itself.
  publish_all(kTopics);
  uplink_->give_up();
  malloc_trim(0);
  const auto earlier = counts();
  const auto before = resident();
  const auto most = publish_all();
  EXPECT_LE(most, before + kMaxBytes);
  RecordProperty("bytes", std::to_string(most - before));
  EXPECT_EQ(counts().received - earlier.received, kMessages);
  EXPECT_TRUE(counts().adds_up());
  RecordProperty("bytes", std::to_string(most - before));
  RecordProperty("waiting", std::to_string(counts().pending));
  uplink_.reset();
}

class UplinkStart : public UplinkMemory {
 protected:
  static RuleOptions durable() {
    auto options = rule("climate", "s/{device}", "g");
    options.store = StoreMode::Disk;
    return options;
  }

  struct Cost {
    std::size_t bytes = 0;
    webpubsub::TimePoint::duration time{};
  };
  /// Of opening the store and having the rule at work.
  Cost start() {
    const auto before = resident();
    const auto began = webpubsub::steady_now();
    store_.emplace(store_options_, [] {}).open();
    make_uplink({durable()}, {}, &*store_);
    const auto time = webpubsub::steady_now() - began;
    malloc_trim(0);  // as the gateway does at its start
    return {resident() - std::min(before, resident()), time};
  }

  void end() {
    uplink_.reset();
    store_.reset();
    malloc_trim(0);
  }

  std::optional<Store> store_{};
};

TEST_F(UplinkStart, ABacklogCostsNeitherTimeNorMemory) {
  start();  // once, for what is made only once
  end();
  const auto empty = start();
  publish_all();
  end();
  const auto full = start();
  EXPECT_EQ(counts().pending, kMessages);
  EXPECT_LT(full.time, 2s);
  EXPECT_LE(full.bytes, empty.bytes + 1'000'000);
  RecordProperty("milliseconds", std::to_string(full.time / 1ms));
  RecordProperty("empty", std::to_string(empty.bytes));
  RecordProperty("full", std::to_string(full.bytes));
  end();
}

INSTANTIATE_TEST_SUITE_P(
    Policies, UplinkPolicy,
    testing::Values(Policy{.name = "Batches"},
                    Policy{.name = "Latest", .offline = {.keep = Keep::Latest}},
                    Policy{.name = "OldestFirst", .offline = {.keep = Keep::OldestFirst}},
                    Policy{.name = "NewestFirst", .offline = {.keep = Keep::NewestFirst}},
                    Policy{
                        .name = "DropNewest",
                        .offline = {.keep = Keep::OldestFirst, .overflow = Overflow::DropNewest}},
                    Policy{.name = "OverflowLatest",
                           .offline = {.keep = Keep::OldestFirst, .overflow = Overflow::Latest}},
                    Policy{.name = "None", .offline = {.keep = Keep::None}},
                    Policy{.name = "Disk", .store = StoreMode::Disk}),
    [](const auto& policy) { return policy.param.name; });

}  // namespace
}  // namespace gateway
