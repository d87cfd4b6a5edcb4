// Whether a broker does what we ask. That it answers pings does not tell: they are answered, there
// and in the library, by what need not know the session any more.
//
// When nothing was heard for a while, it is probed: asked something that it has to answer. And of
// publications that wait one has to be answered every now and then. Knows no clock and no library.

#pragma once

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
    webpubsub::TimePoint answered{};  // a publication
    bool waiting = false;             // a publication for its answer
  };
  enum class Verdict : std::uint8_t {
    Fine,
    Probe,       // and say so to probed()
    Silent,      // no answer to the probe
    Unanswered,  // none to publications
  };

  /// A connection begins.
  void connected(Limits limits, webpubsub::TimePoint now);
  void probed(webpubsub::TimePoint now) { probed_at_ = now; }
  /// From now on there are publications that wait; before, none did.
  void publishing(webpubsub::TimePoint now) { waiting_since_ = now; }

  Verdict look(const Signs& signs, webpubsub::TimePoint now);
  /// When to look again.
  webpubsub::TimePoint next(const Signs& signs) const;

 private:
  webpubsub::TimePoint probe_due(const Signs& signs) const;
  webpubsub::TimePoint publication_due(const Signs& signs) const;

  Limits limits_{};
  webpubsub::TimePoint connected_at_{};
  webpubsub::TimePoint waiting_since_{};
  std::optional<webpubsub::TimePoint> probed_at_{};
};

}  // namespace gateway
