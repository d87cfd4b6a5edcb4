// Whether a broker does what we ask. That it answers pings does not tell: they are answered, there
// and in the library, by what need not know the session any more.
//
// When nothing was heard for a while, it is probed: asked something that it has to answer. And of
// publications that wait one has to be answered every now and then. What looks like silence may be
// our own library, which could not listen: that is ruled out first. Knows no clock and no library.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace gateway {

class LinkLiveness {
 public:
  struct Limits {
    webpubsub::Duration quiet{};        // after so long the broker is probed
    webpubsub::Duration answer{};       // that it has to answer
    webpubsub::Duration publication{};  // between two answers, while publications wait
  };
  /// What the library tells, on its own threads.
  struct Signs {
    webpubsub::TimePoint heard{};     // a message, or an answer to whatever we asked
    webpubsub::TimePoint answered{};  // a publication of QoS 1 or 2
    bool waiting = false;             // one of those for its answer
  };
  enum class Verdict : std::uint8_t {
    Fine,
    Probe,       // and say so to probed(), once it has left
    Doubt,       // see that the library is not held up, and say so to doubted()
    Silent,      // no answer to the probe
    Unanswered,  // none to publications
  };

  /// A connection begins.
  void connected(Limits limits, webpubsub::TimePoint now);
  void probed(webpubsub::TimePoint now) { probed_at_ = now; }
  /// The library could listen since then, if not before.
  void doubted(webpubsub::TimePoint now) { doubted_at_ = now; }
  /// From now on there are publications that wait; before, none did.
  void publishing(webpubsub::TimePoint now) { waiting_since_ = now; }

  Verdict look(const Signs& signs, webpubsub::TimePoint now);
  /// When to look again.
  webpubsub::TimePoint next(const Signs& signs) const;
  /// Since when publications wait and none was answered.
  webpubsub::TimePoint unanswered_since(const Signs& signs) const;

 private:
  static constexpr std::chrono::milliseconds kSecondLook{1500};  // after a doubt

  Verdict suspicion(const Signs& signs, webpubsub::TimePoint now) const;
  webpubsub::TimePoint due(const Signs& signs) const;
  webpubsub::TimePoint probe_due(const Signs& signs) const;
  webpubsub::TimePoint publication_due(const Signs& signs) const;

  Limits limits_{};
  webpubsub::TimePoint connected_at_{};
  webpubsub::TimePoint waiting_since_{};
  std::optional<webpubsub::TimePoint> probed_at_{};
  std::optional<webpubsub::TimePoint> doubted_at_{};
};

}  // namespace gateway
