// Random frames survive the way over the wire, and random damage never does harm.

#include <map>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "webpubsub/protocol/codec.h"
#include "webpubsub/protocol/json_text.h"

namespace webpubsub {

namespace {

/// The same frames in every run: a failure can be looked at again.
class Random {
 public:
  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
  std::uint64_t number() { return engine_() >> below(64); }
  std::optional<std::uint64_t> maybe_number() {
    return below(2) == 0 ? std::nullopt : std::optional(number());
  }
  std::string bytes() {
    std::string result(below(40), '\0');
    for (char& c : result) c = static_cast<char>(below(256));
    return result;
  }
  std::string text() {
    constexpr const char* kPieces[] = {
        "a",    "Z",    " ",    "\"",       "\\",           "/",
        "\n",   "\x01", "\x7F", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80",
        "u0041"};
    std::string result;
    for (auto count = below(12); count > 0; --count) result += kPieces[below(std::size(kPieces))];
    if (below(8) == 0) result += '\0';
    return result;
  }
  std::string name() { return "n" + text(); }
  std::string json(int depth = 0) {
    std::string result;
    switch (below(depth < 4 ? 6 : 4)) {
      case 0:
        append_json_string(result, text());
        return result;
      case 1:
        return "-" + std::to_string(number()) + ".500E-07";
      case 2:
        return std::to_string(number());
      case 3:
        return below(2) == 0 ? "true" : "false";
      case 4: {
        for (auto count = below(4); count > 0; --count) {
          result += (result.empty() ? "" : " , ") + json(depth + 1);
        }
        return "[ " + result + "]";
      }
      default: {
        for (auto count = below(4); count > 0; --count) {
          if (!result.empty()) result += ",";
          append_json_string(result, text());
          result += ": " + json(depth + 1);
        }
        return "{" + result + " }";
      }
    }
  }
  Data data() {
    const auto type = static_cast<DataType>(below(4));
    if (type == DataType::Json) return {type, json()};
    return {type, type == DataType::Text ? text() : bytes()};
  }
  /// In the order in which the protobuf codec reads them.
  StringMap map() {
    std::map<std::string, std::string> entries;
    for (auto count = below(3); count > 0; --count)
      entries["k" + std::to_string(below(99))] = text();
    return {entries.begin(), entries.end()};
  }
  std::optional<Data> maybe_data() { return below(2) == 0 ? std::nullopt : std::optional(data()); }
  StreamData stream_data() {
    auto payload = maybe_data();
    return {name(), payload ? number() | 1U : 0, std::move(payload)};
  }
  UpstreamFrame send() {
    SendToGroup frame{name(), maybe_number(), below(2) == 0, data(), {}, map(), {}};
    if (below(2) == 0) frame.ttl_seconds = static_cast<std::uint32_t>(below(301));
    if (below(4) == 0) {
      frame.stream = StreamStart{name(), {}};
      if (below(2) == 0) frame.stream->idle_timeout_ms = 1 + static_cast<std::uint32_t>(below(9));
      frame.data = {};
      frame.ack_id = {};
    }
    return frame;
  }
  UpstreamFrame upstream() {
    switch (below(13)) {
      case 0:
        return JoinGroup{name(), maybe_number()};
      case 1:
        return LeaveGroup{name(), maybe_number()};
      case 2:
      case 3:
        return send();
      case 4:
        return SendEvent{"event-" + std::to_string(number()), maybe_number(), data(), map()};
      case 5:
        return Ping{};
      case 6:
        return Invoke{name(), "event", maybe_data()};
      case 7:
        return CancelInvocation{name()};
      case 8:
        return stream_data();
      case 9:
        return StreamEnd{
            name(), below(2) == 0 ? std::nullopt : std::optional(StreamFailure{text(), text()})};
      case 10:
        return SetGroupState{name(), below(2) == 0 ? std::nullopt : std::optional(map()),
                             maybe_number()};
      case 11:
        return below(2) == 0 ? UpstreamFrame(SubscribeGroupState{name(), maybe_number()})
                             : UpstreamFrame(UnsubscribeGroupState{name(), maybe_number()});
      default:
        return SequenceAck{number() | 1U};
    }
  }
  std::optional<SequenceId> maybe_sequence() {
    return below(2) == 0 ? std::nullopt : std::optional(number() | 1U);
  }
  GroupMessage group_message() {
    GroupMessage frame{name(), text(), data(), maybe_sequence(), map(), {}};
    if (below(3) == 0) {
      frame.stream = StreamInfo{name(), number(), below(2) == 0, {}};
      if (below(2) == 0) frame.stream->error = StreamError{name(), text(), text()};
    }
    return frame;
  }
  GroupStates states() {
    GroupStates frame{below(2) == 0, name(), {}, maybe_sequence()};
    for (auto count = below(3); count > 0; --count) {
      frame.items.push_back({name(), text(), below(2) == 0 ? std::nullopt : std::optional(map()),
                             static_cast<std::int64_t>(number() >> 1U)});
    }
    return frame;
  }
  DownstreamFrame downstream() {
    switch (below(11)) {
      case 0:
        return Connected{name(), text(), text()};
      case 1:
        return Disconnected{text()};
      case 2:
        return below(2) == 0 ? Ack{number(), true, {}, {}} : Ack{number(), false, name(), text()};
      case 3:
        return group_message();
      case 4:
        return ServerMessage{data(), maybe_sequence(), map()};
      case 5:
        return below(2) == 0 ? InvokeResponse{name(), true, maybe_data(), {}, {}}
                             : InvokeResponse{name(), false, {}, name(), text()};
      case 6:
        return StreamAck{name(), number()};
      case 7:
        return StreamNack{name(), number(), name(), text()};
      case 8:
        return below(2) == 0 ? StreamClosed{name(), {}, {}} : StreamClosed{name(), name(), text()};
      case 9:
        return states();
      default:
        return Pong{};
    }
  }
  void damage(std::string& text) {
    for (auto count = 1 + below(3); count > 0 && !text.empty(); --count) {
      const auto at = below(text.size());
      switch (below(4)) {
        case 0:
          text[at] = static_cast<char>(below(256));
          break;
        case 1:
          text.erase(at, 1 + below(5));
          break;
        case 2:
          text.insert(at, 1, "\"\\{}[],:0"[below(9)]);
          break;
        default:
          text.resize(at);
          break;
      }
    }
  }

 private:
  std::mt19937_64 engine_{20260725};
};

constexpr int kRounds = 20'000;

class CodecRoundTrip : public testing::TestWithParam<const Codec*> {
 protected:
  const Codec& codec_ = *GetParam();
  Random random_;
  std::string wire_;
};

TEST_P(CodecRoundTrip, UpstreamFrames) {
  for (int i = 0; i < kRounds; ++i) {
    const UpstreamFrame frame = random_.upstream();
    codec_.encode(frame, wire_);
    ASSERT_TRUE(codec_.is_binary() || is_valid_json(wire_)) << wire_;
    const auto back = codec_.decode_upstream(wire_);
    ASSERT_TRUE(back) << wire_ << ": " << back.error().message;
    ASSERT_TRUE(*back == frame) << wire_;
  }
}

TEST_P(CodecRoundTrip, TheShortWayOfASendIsTheSame) {
  for (int i = 0; i < kRounds; ++i) {
    const SendToGroup frame{random_.name(), random_.maybe_number(), random_.below(2) == 0,
                            random_.data()};
    codec_.encode_send_to_group(frame.group, frame.data.type, frame.data.bytes, frame.ack_id,
                                frame.no_echo, wire_);
    const auto back = codec_.decode_upstream(wire_);
    ASSERT_TRUE(back) << wire_ << ": " << back.error().message;
    ASSERT_TRUE(*back == UpstreamFrame(frame)) << wire_;
  }
}

TEST_P(CodecRoundTrip, DownstreamFrames) {
  for (int i = 0; i < kRounds; ++i) {
    DownstreamFrame frame = random_.downstream();
    codec_.encode(frame, wire_);
    ASSERT_TRUE(codec_.is_binary() || is_valid_json(wire_)) << wire_;
    const auto back = codec_.decode_downstream(wire_);
    ASSERT_TRUE(back) << wire_ << ": " << back.error().message;
    if (auto* message = std::get_if<GroupMessage>(&frame);
        message != nullptr && codec_.is_binary()) {
      message->from_user_id.clear();  // has no place in protobuf
    }
    ASSERT_TRUE(*back == frame) << wire_;
  }
}

TEST_P(CodecRoundTrip, ASequenceIdIsAddedToWhatWasEncodedWithout) {
  std::string numbered;
  for (int i = 0; i < kRounds; ++i) {
    DownstreamFrame frame = random_.downstream();
    const SequenceId id = random_.number() | 1U;
    const bool has_place = std::visit(
        [](auto& known) {
          if constexpr (requires { known.sequence_id; }) {
            known.sequence_id.reset();
            return true;
          }
          return false;
        },
        frame);
    if (!has_place) continue;
    codec_.encode(frame, wire_);
    codec_.encode_with_sequence_id(wire_, id, numbered);
    const auto plain = codec_.decode_downstream(wire_);
    auto back = codec_.decode_downstream(numbered);
    ASSERT_TRUE(back) << numbered;
    std::visit(
        [id](auto& known) {
          if constexpr (requires { known.sequence_id; }) {
            ASSERT_EQ(known.sequence_id, id);
            known.sequence_id.reset();
          }
        },
        *back);
    ASSERT_TRUE(*back == *plain) << wire_;
  }
}

TEST_P(CodecRoundTrip, DamagedFramesAreRefusedOrCanBePassedOn) {
  for (int i = 0; i < kRounds; ++i) {
    codec_.encode(random_.upstream(), wire_);
    random_.damage(wire_);
    const auto up = codec_.decode_upstream(wire_);
    std::string again;
    if (up) {
      codec_.encode(*up, again);
      ASSERT_TRUE(codec_.is_binary() || is_valid_json(again)) << again;
    }
    codec_.encode(random_.downstream(), wire_);
    random_.damage(wire_);
    const auto down = codec_.decode_downstream(wire_);
    if (down) {
      codec_.encode(*down, again);
      ASSERT_TRUE(codec_.is_binary() || is_valid_json(again)) << again;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Json, CodecRoundTrip, testing::Values(&json_codec()));
INSTANTIATE_TEST_SUITE_P(Protobuf, CodecRoundTrip, testing::Values(&protobuf_codec()));

}  // namespace
}  // namespace webpubsub
