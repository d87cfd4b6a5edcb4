#include "bridge/mqtt/tls_trace.h"

#include <mutex>
#include <string_view>

#include <MQTTAsync.h>

namespace gateway {
namespace {

// Paho's trace callback takes no context, so what it hears has to be the process's.
struct Heard {
  std::mutex mutex;
  std::string reason;
};

Heard& heard() {
  static Heard instance;
  return instance;
}

std::string_view after(std::string_view line, std::string_view start) {
  const auto place = line.find(start);
  return place == std::string_view::npos ? std::string_view{} : line.substr(place + start.size());
}

std::string words_for(std::string_view line) {
  if (line.find("X509_check_host for hostname") != std::string_view::npos) {
    return "the broker's certificate is for another host name";
  }
  if (const auto alert = after(line, "SSL alert write:fatal:"); !alert.empty()) {
    if (alert == "unknown CA") return "the broker's certificate is not signed by a trusted CA";
    return "we refused it (" + std::string(alert) + ")";
  }
  if (const auto alert = after(line, "SSL alert read:fatal:"); !alert.empty()) {
    return "the broker refused it (" + std::string(alert) + ")";
  }
  return {};
}

// On a thread of Paho's, which holds its locks: nothing of Paho's may be called here.
void on_trace(MQTTASYNC_TRACE_LEVELS, char* message) {
  if (message == nullptr) return;
  auto words = words_for(message);
  if (words.empty()) return;
  const std::lock_guard lock(heard().mutex);
  heard().reason = std::move(words);
}

}  // namespace

void silence_paho() {
  MQTTAsync_setTraceLevel(MQTTASYNC_TRACE_ERROR);
  // For good: Paho looks at the pointer and calls it without a lock in between, so taking it away
  // later could crash.
  MQTTAsync_setTraceCallback(&on_trace);
}

TlsTrace::TlsTrace() {
  {
    const std::lock_guard lock(heard().mutex);
    heard().reason.clear();
  }
  MQTTAsync_setTraceLevel(MQTTASYNC_TRACE_PROTOCOL);
}

TlsTrace::~TlsTrace() { MQTTAsync_setTraceLevel(MQTTASYNC_TRACE_ERROR); }

std::string TlsTrace::reason() const {
  const std::lock_guard lock(heard().mutex);
  return heard().reason;
}

}  // namespace gateway
