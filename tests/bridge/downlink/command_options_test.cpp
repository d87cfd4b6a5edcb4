#include "bridge/downlink/command_options.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

using namespace std::string_literals;

TEST(JsonPointer, IsPartsThatStartWithASlash) {
  for (const auto* pointer : {"", "/", "/type", "/a/0/b", "/a~0b", "/a~1b", "/ä", "//"}) {
    EXPECT_TRUE(is_valid_json_pointer(pointer)) << pointer;
  }
  for (const auto* pointer : {"type", "~0", "/a~", "/a~2", "/~/a", " /a", "#/a"}) {
    EXPECT_FALSE(is_valid_json_pointer(pointer)) << pointer;
  }
}

TEST(CommandTopic, TakesPointersAndTheGatewaysId) {
  const auto topic = parse_command_topic("devices/{/device}/of/{gateway.id}/{/a~1b/0}");
  ASSERT_TRUE(topic);
  ASSERT_EQ(topic->parts().size(), 6U);
  EXPECT_EQ(topic->parts()[1].text, "/device");
  EXPECT_FALSE(topic->is_constant());
}

TEST(CommandTopic, RefusesOtherVariables) {
  for (const auto* text : {"devices/{device}", "devices/{}", "devices/{/a~}", "{gateway}"}) {
    const auto topic = parse_command_topic(text);
    ASSERT_FALSE(topic) << text;
    EXPECT_EQ(topic.error().code, webpubsub::Errc::InvalidArgument);
    EXPECT_NE(topic.error().message.find("{gateway.id}"), std::string::npos)
        << topic.error().message;
  }
}

TEST(CommandTopic, RefusesWhatCannotBePublishedTo) {
  for (const auto& text : {""s, "a/+/b"s, "a/#"s, "a/+/{/device}"s, "a\0b"s, "\xFF"s, "$SYS/a"s,
                           "$share/{/device}"s, std::string(65536, 'a')}) {
    EXPECT_FALSE(parse_command_topic(text)) << text.substr(0, 40);
  }
}

}  // namespace
}  // namespace gateway
