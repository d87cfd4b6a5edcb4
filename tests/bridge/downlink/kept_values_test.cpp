// What a store that comes and goes keeps of the last values.

#include <gtest/gtest.h>

#include "bridge/downlink/kept_state.h"
#include "net/event_loop.h"
#include "tests/support/no_sink.h"
#include "tests/support/temp_folder.h"

namespace gateway {
namespace {

class KeptValuesTest : public testing::Test {
 protected:
  /// What the next process would find.
  std::size_t kept() const {
    std::size_t count = 0;
    state_.each("last-values/", [&](std::string_view, std::string_view) {
      ++count;
      return true;
    });
    return count;
  }
  void hear_of(std::string_view topic) {
    values_.on_forwarded({.rule = "r", .group = "g", .topic = topic, .payload = "1", .time = 1}, 2);
  }

  support::NoSink sink_{};
  webpubsub::Log log_{sink_, webpubsub::LogLevel::Error};
  std::unique_ptr<webpubsub::net::EventLoop> loop_ =
      std::move(webpubsub::net::EventLoop::create(log_)).value();
  support::TempFolder folder_{};
  Database database_{folder_.file("store")};
  State state_{database_};
  LastValues values_{{}, {}};
  KeptValues kept_{*loop_, state_, values_};
};

TEST_F(KeptValuesTest, AreWrittenOnceTheStoreTakesThem) {
  kept_.load();
  hear_of("a");
  kept_.save_all();
  hear_of("b");
  ASSERT_FALSE(database_.open());
  EXPECT_EQ(kept(), 0U);
  kept_.save_all();
  EXPECT_EQ(kept(), 2U);
  database_.close();
  hear_of("c");
  kept_.save_all();
  ASSERT_FALSE(database_.open());
  kept_.save_all();
  EXPECT_EQ(kept(), 3U);
}

}  // namespace
}  // namespace gateway
