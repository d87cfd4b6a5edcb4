// Answers to what the service asked of us: made, and kept until the service has them.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "bridge/downlink/command_options.h"
#include "bridge/downlink/outcome.h"

namespace gateway {

/// The event that carries answers to invocations, and to whoever asked by way of the server.
inline constexpr std::string_view kReplyEvent = "command-reply";

/// What is told about the end of a command, see docs/formats/command-reply.md.
struct CommandAnswer {
  std::string_view gateway{};
  std::string_view rule{};
  std::string_view id{};
  std::string_view topic{};
  std::string_view invocation{};
  std::string_view asker{};
  CommandEnd end{};
  std::chrono::microseconds duration{0};
  const std::string* reply = nullptr;  // the device's, as it came
};
std::string answer_text(const CommandAnswer& answer);

struct Answer {
  AnswerTarget to{};
  std::string bytes{};  // JSON
};

/// Bounded in count, bytes and time. Used on the loop's thread.
class AnswerBox {
 public:
  struct Limits {
    std::size_t max_answers = 1000;
    std::size_t max_bytes = 8 * 1024 * 1024;
    std::size_t window = 64;            // sent and not acknowledged yet
    std::chrono::seconds max_age{300};  // older ones are of no use to anybody
  };
  using Send = std::function<webpubsub::Offer(const Answer&, webpubsub::Completion)>;

  AnswerBox(Limits limits, DownlinkCounters& counters, webpubsub::Log& log)
      : limits_(limits), counters_(counters), log_(log) {}

  /// How answers leave from now on; what was under way on another link is sent again.
  void set_link(Send send);
  /// Takes it, and sends it as soon as the link takes it. With too many waiting the oldest goes.
  void push(Answer answer, webpubsub::TimePoint now);
  /// The link is there, or has room again.
  void send(webpubsub::TimePoint now);

  bool empty() const noexcept { return waiting_.empty() && under_way_ == 0; }
  /// More than half of what may wait does.
  bool is_crowded() const noexcept {
    return waiting_.size() > limits_.max_answers / 2 || bytes_ > limits_.max_bytes / 2;
  }

 private:
  struct Waiting {
    Answer answer{};
    webpubsub::TimePoint since{};
  };
  void done(Waiting waiting, const webpubsub::Result<void>& result);
  void drop_old(webpubsub::TimePoint now);
  void drop(const Waiting& waiting, std::string_view reason);

  const Limits limits_;
  DownlinkCounters& counters_;
  webpubsub::Log& log_;
  Send send_{};
  std::deque<Waiting> waiting_{};
  std::size_t bytes_ = 0;  // of those
  std::size_t under_way_ = 0;
  bool sending_ = false;
  // Completions may come after this is gone, or of a link that is not ours any more.
  std::shared_ptr<AnswerBox*> self_ = std::make_shared<AnswerBox*>(this);
};

}  // namespace gateway
