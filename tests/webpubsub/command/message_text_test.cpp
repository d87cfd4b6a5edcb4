// How received messages are printed.

#include "webpubsub/command/message_text.h"

#include <gtest/gtest.h>

namespace webpubsub::command {
namespace {

const WallTime kTime{std::chrono::milliseconds(1763690400123)};

TEST(MessageText, AGroupMessageHasEverythingOfItsFrame) {
  const GroupMessage message{.group = "site \"7\"",
                             .from_user_id = "edge-01",
                             .data = {DataType::Json, "{\n  \"t\": 21.50\r\n}"},
                             .sequence_id = 18446744073709551615U,
                             .metadata = {{"a", "1"}, {"b", "2"}}};
  EXPECT_EQ(json_line(message, kTime),
            R"({"time":1763690400123,"from":"group","group":"site \"7\"","fromUserId":"edge-01",)"
            R"("dataType":"json","data":{   "t": 21.50  },"sequenceId":18446744073709551615,)"
            R"("metadata":{"a":"1","b":"2"}})");
}

TEST(MessageText, AStreamsMessageTellsItsPlace) {
  const GroupMessage message{.group = "g",
                             .data = {DataType::Text, ""},
                             .stream = StreamInfo{.stream_id = "s",
                                                  .stream_sequence_id = 3,
                                                  .end_of_stream = true,
                                                  .error = StreamError{.name = "IdleTimeout"}}};
  EXPECT_EQ(json_line(message, kTime),
            R"({"time":1763690400123,"from":"group","group":"g","dataType":"text","data":"",)"
            R"("stream":{"streamSequenceId":3,"streamId":"s","endOfStream":true,)"
            R"("error":"IdleTimeout"}})");
}

TEST(MessageText, BinaryIsBase64) {
  const ServerMessage message{.data = {DataType::Binary, std::string("\0\xff", 2)}};
  EXPECT_EQ(json_line(message, kTime),
            R"({"time":1763690400123,"from":"server","dataType":"binary","data":"AP8="})");
  EXPECT_EQ(json_line(Data{DataType::Protobuf, "x"}), R"({"dataType":"protobuf","data":"eA=="})");
}

TEST(MessageText, ATerminalSeesControlCharactersAsEscapes) {
  EXPECT_EQ(for_terminal("a\tb\nc\x1b[2J\x7f\r"), "a\tb\nc\\x1b[2J\\x7f\\x0d");
  EXPECT_EQ(for_terminal("\xc2\x9b"
                         "J"),
            "\\x9bJ");
  EXPECT_EQ(for_terminal("h\xc3\xa9"), "h\xc3\xa9") << "letters stay";
}

}  // namespace
}  // namespace webpubsub::command
