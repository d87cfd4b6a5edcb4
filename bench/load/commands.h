// What bench/run asks of this program, one line each on standard input, one JSON line per answer:
//
//   start RATE     forget what was counted and publish RATE readings a second; 0: full speed
//   first MS       wait at most MS for the first reading; tell when it arrived, 0: it did not
//   stop           stop publishing, wait for what is still on its way, tell what was counted
//   connections    how many gateways are connected to the sink

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "bench/load/publisher.h"
#include "bench/load/results.h"
#include "bench/load/sink.h"

namespace gateway::bench {

class Commands {
 public:
  Commands(Publisher publisher, Sink& sink, Results& results)
      : publisher_(std::move(publisher)), sink_(sink), results_(results) {}
  ~Commands();
  Commands(const Commands&) = delete;
  Commands& operator=(const Commands&) = delete;

  /// The answer to one line.
  std::string run(const std::string& line);

 private:
  void start(double rate);
  std::int64_t wait_for_first(std::int64_t limit_ms) const;  // when it arrived; 0: it did not
  void stop();
  void settle() const;
  std::string report() const;

  Publisher publisher_;
  Sink& sink_;
  Results& results_;
  std::uint32_t first_sequence_ = 0;
  std::int64_t started_ns_ = 0;
  std::int64_t stopped_ns_ = 0;
  std::atomic<bool> stop_{false};
  std::string failure_{};  // of the publishing thread; read after it was joined
  std::thread publishing_{};
};

}  // namespace gateway::bench
