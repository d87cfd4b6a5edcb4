#include "bench/load/commands.h"

#include <chrono>
#include <sstream>

namespace gateway::bench {
namespace {

using std::chrono::milliseconds;

// Twice the slots of batches of 100 readings in 10 groups, and what lies in socket buffers.
constexpr std::uint64_t kWindow = 4000;
constexpr std::int64_t kQuietNs = 300'000'000;  // nothing new for so long: nothing more will come

}  // namespace

Commands::~Commands() { stop(); }

std::string Commands::run(const std::string& line) {
  std::istringstream words(line);
  std::string verb;
  double argument = 0;
  words >> verb >> argument;
  if (verb == "start") {
    start(argument);
    return R"({"started_ns":)" + std::to_string(started_ns_) + "}";
  }
  if (verb == "first") {
    const auto first_ns = wait_for_first(static_cast<std::int64_t>(argument));
    return R"({"first_ns":)" + std::to_string(first_ns) + "}";
  }
  if (verb == "stop") {
    stop();
    if (!failure_.empty()) return R"({"error":")" + failure_ + R"("})";
    return report();
  }
  if (verb == "connections") {
    return R"({"connections":)" + std::to_string(sink_.connections()) + "}";
  }
  return R"({"error":"unknown command"})";
}

void Commands::start(double rate) {
  stop();
  failure_.clear();
  stop_ = false;
  first_sequence_ = publisher_.next_sequence();
  results_.reset(first_sequence_);
  started_ns_ = monotonic_ns();
  publishing_ = std::thread([this, rate] {
    const auto published = rate > 0 ? publisher_.publish_paced(rate, stop_)
                                    : publisher_.publish_windowed(
                                          kWindow, [this] { return results_.delivered(); }, stop_);
    if (!published) failure_ = published.error().message;
  });
}

std::int64_t Commands::wait_for_first(std::int64_t limit_ms) const {
  const auto deadline = monotonic_ns() + limit_ms * 1'000'000;
  while (results_.delivered() == 0 && monotonic_ns() < deadline) {
    std::this_thread::sleep_for(milliseconds(1));  // its time was taken when it arrived
  }
  return results_.first_ns();
}

void Commands::stop() {
  if (!publishing_.joinable()) return;
  stop_ = true;
  publishing_.join();
  stopped_ns_ = monotonic_ns();
  settle();
}

void Commands::settle() const {
  const std::uint64_t published = publisher_.next_sequence() - first_sequence_;
  auto arrived = results_.delivered();
  auto changed = monotonic_ns();
  while (arrived < published && monotonic_ns() - changed < kQuietNs) {
    std::this_thread::sleep_for(milliseconds(5));
    if (const auto now = results_.delivered(); now != arrived) {
      arrived = now;
      changed = monotonic_ns();
    }
  }
}

std::string Commands::report() const {
  const auto summary = results_.summary();
  std::ostringstream out;
  out << R"({"published":)" << publisher_.next_sequence() - first_sequence_      //
      << R"(,"delivered":)" << summary.delivered                                 //
      << R"(,"duplicates":)" << summary.duplicates                               //
      << R"(,"frames":)" << summary.frames << R"(,"bytes":)" << summary.bytes    //
      << R"(,"p50_ms":)" << summary.p50_ms << R"(,"p99_ms":)" << summary.p99_ms  //
      << R"(,"max_ms":)" << summary.max_ms                                       //
      << R"(,"started_ns":)" << started_ns_ << R"(,"stopped_ns":)" << stopped_ns_
      << R"(,"first_ns":)" << summary.first_ns << R"(,"last_ns":)" << summary.last_ns << "}";
  return out.str();
}

}  // namespace gateway::bench
