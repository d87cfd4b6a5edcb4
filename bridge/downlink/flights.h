// The commands under way: accepted, and their end still to come.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "bridge/downlink/command_options.h"
#include "bridge/downlink/origin.h"
#include "bridge/downlink/reply_intake.h"

namespace gateway {

struct Flight {
  std::size_t counter = 0;  // of its rule
  std::string rule{};
  std::string id{};  // empty: it has none
  Origin origin{};
  std::string topic{};
  AnswerTarget answer_to{};
  webpubsub::TimePoint began{};
  bool remembered = false;  // its id is

  std::string reply_topic{};             // empty: no reply is awaited
  std::string correlation{};             // what the device's reply may carry
  std::string reply_id{};                // JSON pointer to the id in its reply; may be ""
  bool topic_is_its_own = false;         // its id is part of reply_topic
  std::chrono::milliseconds timeout{0};  // for the reply
  bool published = false;                // given to the broker
  webpubsub::TimePoint due = webpubsub::TimePoint::max();
};

class Flights {
 public:
  using Number = std::uint64_t;

  Number add(Flight flight);
  /// nullptr when it is over.
  Flight* find(Number number);
  void set_due(Number number, webpubsub::TimePoint due);
  /// Takes it out.
  Flight take(Number number);

  /// Whose reply this is. By its correlation data; without, by the command's id in it or in its
  /// topic: a topic that several commands share does not tell them apart, and a late reply to one
  /// must not pass for the next one's.
  std::optional<Number> match(const MqttReply& reply) const;

  /// One whose time is over, if any; and when the next one's will be.
  std::optional<Number> overdue(webpubsub::TimePoint now) const;
  webpubsub::TimePoint next_due() const;
  std::optional<Number> first() const;

  std::size_t size() const noexcept { return flights_.size(); }

 private:
  bool fits(const Flight& flight, const MqttReply& reply) const;

  Number next_ = 1;
  std::map<Number, Flight> flights_{};  // oldest first
  std::set<std::pair<webpubsub::TimePoint, Number>> due_{};
  std::unordered_map<std::string, Number> by_correlation_{};
  std::unordered_multimap<std::string, Number> by_topic_{};
};

}  // namespace gateway
