#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/logging/line_formats.h"
#include "daemon/logging/line_sink.h"
#include "daemon/logging/log_sinks.h"
#include "daemon/logging/printable.h"
#include "daemon/logging/words.h"

namespace gateway {
namespace {

using webpubsub::LogField;
using webpubsub::LogLevel;
using webpubsub::LogRecord;
using webpubsub::WallTime;

const WallTime kMoment{std::chrono::milliseconds(1763690400123)};  // 2025-11-21T02:00:00.123Z

/// A record and the fields it points at.
struct Entry {
  LogLevel level = LogLevel::Info;
  std::string event = "mqtt.connected";
  std::string message = "connected";
  std::vector<LogField> fields{};

  LogRecord record() const { return {level, event, message, fields}; }
};

TEST(Printable, WritesWhatCouldForgeALineAsEscapes) {
  EXPECT_EQ(printable("plain text, größe 21.5 °C, 温度"), "plain text, größe 21.5 °C, 温度");
  EXPECT_EQ(printable("a\nb\rc\td\\e"), "a\\nb\\rc\\td\\\\e");
  EXPECT_EQ(printable(std::string_view("\x1b[2J\0\x7f", 6)), "\\x1b[2J\\x00\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\u009b31m")
      << "C1's CSI is a terminal command too";
  EXPECT_EQ(printable("a\xe2\x80\xae"
                      "b"),
            "a\\u202eb")
      << "text must not be turned around";
}

TEST(Printable, WritesBytesThatAreNotUtf8AsEscapes) {
  EXPECT_EQ(printable("\xff"), "\\xff");
  EXPECT_EQ(printable("a\xc3"), "a\\xc3") << "cut in the middle";
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf") << "overlong";
  EXPECT_EQ(printable("\xe0\x80\xaf"), "\\xe0\\x80\\xaf") << "overlong";
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "surrogate";
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "past U+10FFFF";
  EXPECT_EQ(printable("\xf0\x9f\x98\x80"), "\xf0\x9f\x98\x80");
}

TEST(TextLine, IsTimeLevelEventWordsAndFields) {
  const Entry entry{.fields = {{"broker", "edge"}, {"session", "resumed after a while"}}};
  EXPECT_EQ(text_line(entry.record(), kMoment, false),
            "2025-11-21T02:00:00.123Z info mqtt.connected: connected broker=edge "
            "session=\"resumed after a while\"");
}

TEST(TextLine, CannotBeForgedByAValue) {
  const Entry entry{
      .message = "refused\n2025-11-21T02:00:00.123Z error all is lost",
      .fields = {{"reason", "x level=error"}, {"empty", ""}, {"quoted", "say \"hi\""}}};
  const std::string line = text_line(entry.record(), kMoment, false);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_THAT(line,
              testing::EndsWith("reason=\"x level=error\" empty=\"\" quoted=\"say \\\"hi\\\"\""));
}

TEST(TextLine, IsColouredOnlyWhenAsked) {
  const Entry entry{.level = LogLevel::Error};
  EXPECT_EQ(text_line(entry.record(), kMoment, false).find('\x1b'), std::string::npos);
  EXPECT_EQ(text_line(entry.record(), kMoment, true),
            "2025-11-21T02:00:00.123Z \x1b[1;31merror mqtt.connected: connected\x1b[0m");
}

TEST(StreamLine, IsPriorityAndWordsAsTheServiceManagerReadsThem) {
  const Entry entry{.level = LogLevel::Warning,
                    .message = "refused\nonce",
                    .fields = {{"rule", "climate"}, {"reason", "refused"}, {"count", "3"}}};
  EXPECT_EQ(stream_line(entry.record()), "<4>refused\\nonce (rule climate, count 3)");
}

TEST(Words, NameWhatOnlyTheFieldsSay) {
  const Entry entry{.message = "rule climate lost 5",
                    .fields = {{"rule", "climate"},
                               {"count", "5"},
                               {"connection_id", "c1"},
                               {"reason", ""},
                               {"link", "cloud"},
                               {"retry_in_ms", "90"}}};
  EXPECT_EQ(words_with_fields(entry.record()), "rule climate lost 5 (connection id c1)");
  EXPECT_EQ(words_with_fields(Entry{}.record()), "connected");
}

TEST(JsonLine, IsOneObjectWhateverTheFieldsHold) {
  const Entry entry{.level = LogLevel::Warning,
                    .message = "bad \"bytes\"\n\xff",
                    .fields = {{"topic", "a/\x01/b"}, {"reason", "größe"}}};
  const std::string line = json_line(entry.record(), kMoment);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  rapidjson::Document json;
  json.Parse<rapidjson::kParseValidateEncodingFlag>(line.c_str());
  ASSERT_FALSE(json.HasParseError()) << line;
  EXPECT_STREQ(json["time"].GetString(), "2025-11-21T02:00:00.123Z");
  EXPECT_STREQ(json["level"].GetString(), "warning");
  EXPECT_EQ(json["priority"].GetInt(), 4);
  EXPECT_STREQ(json["event"].GetString(), "mqtt.connected");
  EXPECT_STREQ(json["message"].GetString(), "bad \"bytes\"\n\xef\xbf\xbd");
  EXPECT_STREQ(json["fields"]["topic"].GetString(), "a/\x01/b");
}

TEST(JsonLine, ShortensLongValuesSoThatTheObjectStaysWhole) {
  const Entry entry{.message = std::string(100'000, 'm'),
                    .fields = {{"reason", std::string(100'000, '\x02')}}};
  const std::string line = json_line(entry.record(), kMoment);
  EXPECT_LT(line.size(), LineSink::kMaxLine);
  rapidjson::Document json;
  json.Parse(line.c_str());
  EXPECT_FALSE(json.HasParseError());
}

class LineSinkOnAPipe : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(pipe2(ends_.data(), O_CLOEXEC | O_NONBLOCK), 0); }
  void TearDown() override {
    for (const int fd : ends_) close(fd);
  }

  std::string read_all() {
    std::string text;
    std::array<char, 4096> buffer{};
    ssize_t count = 0;
    while ((count = read(ends_[0], buffer.data(), buffer.size())) > 0) {
      text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return text;
  }

  static std::string words(const LogRecord& record, WallTime) {
    std::string line(record.message);
    for (const LogField& field : record.fields)
      line += " " + std::string(field.key) + "=" + field.value;
    return line;
  }

  std::array<int, 2> ends_{};
};

TEST_F(LineSinkOnAPipe, CutsALongLineBetweenTwoCharacters) {
  LineSink sink(ends_[1], words);
  std::string message;
  while (message.size() < 5000) message += "é";
  sink.write(Entry{.message = message}.record());
  const std::string line = read_all();
  EXPECT_LE(line.size(), LineSink::kMaxLine);
  EXPECT_GE(line.size(), LineSink::kMaxLine - 1);
  EXPECT_TRUE(line.ends_with("é...\n"));
}

TEST_F(LineSinkOnAPipe, NeverWaitsForAReaderAndTellsWhatItLost) {
  LineSink sink(ends_[1], words);
  const Entry entry{.message = std::string(1000, 'x')};
  while (sink.dropped() < 3) sink.write(entry.record());
  read_all();
  sink.write(Entry{.message = "here again"}.record());
  EXPECT_EQ(read_all(), "nobody read our log: lines were lost count=3\nhere again\n");
  sink.write(Entry{.message = "and on"}.record());
  EXPECT_EQ(read_all(), "and on\n");
}

TEST(LogSinks, TheJournalIsChosenOnlyWhenTheDescriptorIsItsStream) {
  std::FILE* file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  const int fd = fileno(file);
  struct stat status {};
  ASSERT_EQ(fstat(fd, &status), 0);
  const std::string stream = std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
  EXPECT_TRUE(is_journal_stream(fd, stream));
  EXPECT_FALSE(is_journal_stream(fd, std::to_string(status.st_dev) + ":1"));
  EXPECT_FALSE(is_journal_stream(fd, ""));
  std::fclose(file);
}

TEST(Words, NamesLevelsBothWays) {
  for (const auto level :
       {LogLevel::Error, LogLevel::Warning, LogLevel::Notice, LogLevel::Info, LogLevel::Debug}) {
    EXPECT_EQ(parse_level(level_name(level)), level);
  }
  EXPECT_EQ(parse_level("loud"), std::nullopt);
}

}  // namespace
}  // namespace gateway
