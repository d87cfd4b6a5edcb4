#include "daemon/logging/journal_sink.h"

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/logging/message_ids.h"
#include "tests/daemon/datagram_socket.h"
#include "tests/support/temp_folder.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using webpubsub::LogField;
using webpubsub::LogLevel;
using webpubsub::LogRecord;

TEST(JournalEntry, HoldsTheStandardFieldsAndOurOwn) {
  const std::vector<LogField> fields{{"rule", "climate"}, {"retry_in_ms", "200"}};
  const LogRecord record{
      LogLevel::Notice, "mqtt.connected", "connected", fields, {"daemon/gateway.cpp", 42, "start"}};
  EXPECT_EQ(journal_entry(record, "gateway"),
            "MESSAGE=connected (rule climate)\n"
            "PRIORITY=5\n"
            "SYSLOG_IDENTIFIER=gateway\n"
            "MESSAGE_ID=" +
                std::string(message_id("mqtt.connected")) +
                "\n"
                "WPSGW_EVENT=mqtt.connected\n"
                "WPSGW_RULE=climate\n"
                "WPSGW_RETRY_IN_MS=200\n"
                "CODE_FILE=daemon/gateway.cpp\n"
                "CODE_LINE=42\n"
                "CODE_FUNC=start\n");
}

TEST(JournalEntry, HasAMessageThatTheJournalShowsAsText) {
  const std::vector<LogField> fields{{"topic", "a\x1b[2J\xff"}};
  const std::string entry = journal_entry({LogLevel::Info, "x.y", "one\ntwo", fields}, "gateway");
  EXPECT_THAT(entry, testing::StartsWith("MESSAGE=one\\ntwo (topic a\\x1b[2J\\xff)\n"));
  EXPECT_THAT(entry, testing::HasSubstr("\nWPSGW_TOPIC=a\x1b[2J\xff\n"));
  const std::string long_words(100'000, '\x02');
  EXPECT_THAT(journal_entry({LogLevel::Info, "x.y", long_words, {}}, "gateway"),
              testing::HasSubstr("\\x02\nPRIORITY=6\n"))
      << "no character is cut in two";
}

TEST(MessageIds, AreKnownByTheNameOfTheEvent) {
  EXPECT_EQ(message_id("mqtt.connected").size(), 32U);
  EXPECT_EQ(message_id("nothing.of_the_sort"), "");
  EXPECT_EQ(message_id(""), "");
  for (const EventId& entry : event_ids()) EXPECT_EQ(message_id(entry.event), entry.id);
}

TEST(JournalEntry, CarriesNewlinesByLengthSoThatAValueCannotAddAField) {
  const std::vector<LogField> fields{{"reason", "a\nPRIORITY=0"}};
  const std::string entry = journal_entry({LogLevel::Info, "x.y", "m", fields}, "gateway");
  const std::string length("\x0c\0\0\0\0\0\0\0", 8);
  EXPECT_THAT(entry, testing::EndsWith("WPSGW_REASON\n" + length + "a\nPRIORITY=0\n"));
}

TEST(JournalEntry, MakesNamesThatTheJournalKeeps) {
  const std::string long_key(100, 'k');
  const std::vector<LogField> fields{{"odd-Key=\n", "1"}, {long_key, "2"}};
  const std::string entry = journal_entry({LogLevel::Info, "x.y", "m", fields}, "gateway");
  EXPECT_THAT(entry, testing::HasSubstr("\nWPSGW_ODD_KEY__=1\n"));
  EXPECT_THAT(entry, testing::EndsWith("\nWPSGW_" + std::string(58, 'K') + "=2\n"));
}

TEST(JournalEntry, CutsLongValues) {
  const std::string message(100'000, 'm');
  EXPECT_LT(journal_entry({LogLevel::Info, "x.y", message, {}}, "gateway").size(), 10'000U);
}

class JournalSinkTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(journal_->bound());
    auto sink = JournalSink::connect("gateway", path_);
    ASSERT_TRUE(sink);
    sink_ = std::move(*sink);
  }

  support::TempFolder folder_{};
  const std::string path_ = folder_.file("journal");
  std::unique_ptr<DatagramSocket> journal_ = std::make_unique<DatagramSocket>(path_);
  std::unique_ptr<JournalSink> sink_{};
};

TEST_F(JournalSinkTest, GoesWhenTheJournalHasReadEverything) {
  sink_->write({LogLevel::Error, "config.invalid", "m", {}});
  const auto began = webpubsub::steady_now();
  auto gone = std::async(std::launch::async, [this] {
    sink_.reset();
    return webpubsub::steady_now();
  });
  gone.wait_for(50ms);
  const auto read = webpubsub::steady_now();
  EXPECT_TRUE(journal_->receive(0ms));
  const auto went = gone.get();
  EXPECT_TRUE(went >= read || went - began >= 500ms) << "it is patient, but not for ever";
}

TEST_F(JournalSinkTest, SendsOneDatagramForEachEntry) {
  const LogRecord record{LogLevel::Info, "x.y", "hello", {}};
  sink_->write(record);
  EXPECT_EQ(journal_->receive(5s), journal_entry(record, "gateway"));
}

// The queue of a socket holds 10 entries on many machines. How soon the reader runs is not ours to
// say, so one burst of several has to pass whole.
TEST_F(JournalSinkTest, LosesNothingOfABurstWhileTheJournalReads) {
  std::atomic<bool> over = false;
  std::thread reader([&] {
    while (!over) journal_->receive(20ms);
  });
  const auto burst_loses = [&] {
    const auto before = sink_->dropped();
    for (int i = 0; i < 300; ++i) sink_->write({LogLevel::Info, "x.y", "one of many", {}});
    return sink_->dropped() - before;
  };
  const auto deadline = webpubsub::steady_now() + 30s;
  bool whole = false;
  while (!whole && webpubsub::steady_now() < deadline) whole = burst_loses() == 0;
  over = true;
  reader.join();
  EXPECT_TRUE(whole);
}

TEST_F(JournalSinkTest, HardlyWaitsForAStalledJournalAndTellsWhatItLost) {
  while (sink_->dropped() < 3) sink_->write({LogLevel::Info, "x.y", "flood", {}});
  while (journal_->receive(0ms)) {
  }
  sink_->write({LogLevel::Info, "x.y", "again", {}});
  EXPECT_THAT(journal_->receive(5s).value_or(""),
              testing::AllOf(testing::HasSubstr("WPSGW_EVENT=log.dropped\n"),
                             testing::HasSubstr("WPSGW_COUNT=3\n")));
  EXPECT_THAT(journal_->receive(5s).value_or(""), testing::HasSubstr("MESSAGE=again\n"));
}

TEST_F(JournalSinkTest, GoesOnAfterTheJournalWasRestarted) {
  journal_.reset();
  sink_->write({LogLevel::Info, "x.y", "nobody there", {}});
  EXPECT_EQ(sink_->dropped(), 1U);
  std::filesystem::remove(path_);
  journal_ = std::make_unique<DatagramSocket>(path_);
  sink_->write({LogLevel::Info, "x.y", "back", {}});
  EXPECT_THAT(journal_->receive(5s).value_or(""), testing::HasSubstr("log.dropped"));
  EXPECT_THAT(journal_->receive(5s).value_or(""), testing::HasSubstr("MESSAGE=back\n"));
}

TEST(JournalSink, SaysWhenThereIsNoJournal) {
  const support::TempFolder folder;
  const auto sink = JournalSink::connect("gateway", folder.file("nobody"));
  ASSERT_FALSE(sink);
  EXPECT_EQ(sink.error().code, webpubsub::Errc::Unavailable);
}

}  // namespace
}  // namespace gateway
