// Batches of `send: stream` rules: one stream of the service for each group, so that many batches
// share an acknowledgement and members see that nothing is missing.
//
// Where the service does not open a stream, batches go as acknowledged messages until the next
// connection; where it ends the connection over it three times, from then on. Source: reference,
// section 3.6.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "base/log.h"
#include "base/result.h"
#include "bridge/uplink/batch.h"
#include "webpubsub/client/client.h"

namespace gateway {

class StreamSender {
 public:
  /// Open at a time; the one that was not used for longest ends first.
  static constexpr std::size_t kMaxStreams = 64;

  explicit StreamSender(webpubsub::Log& log);
  ~StreamSender();

  /// As an acknowledged Client::send_to_group(): `done` tells when the service has the batch.
  webpubsub::Offer send(webpubsub::Client& client, const Batch& batch, webpubsub::Completion done);
  /// A new connection: what was refused may be tried again, unless it costs us the connection.
  void forget_refusals() {
    refused_.clear();
    lost_on_this_ = false;
  }
  /// Tells the members of all groups that nothing more comes.
  void end_all(webpubsub::Client& client);

  std::size_t streams() const noexcept { return streams_.size(); }

 private:
  struct Stream {
    std::string id{};
    std::uint64_t used = 0;  // grows with each use of any stream
    bool has_worked = false;
  };
  using Streams = std::map<std::string, Stream>;

  bool is_refused(const std::string& name) const;
  Stream* open(webpubsub::Client& client, const Batch& batch, const std::string& name);
  void make_room(webpubsub::Client& client);
  void on_accepted(const std::string& name, const std::string& id);
  void on_closed(const std::string& name, const std::string& id,
                 const webpubsub::Result<void>& outcome);

  webpubsub::Log& log_;
  Streams streams_{};
  std::set<std::string> refused_{};  // at most as many as streams were tried on a connection
  std::uint64_t uses_ = 0;
  unsigned lost_while_opening_ = 0;      // connections in a row
  bool lost_on_this_ = false;            // it counts already
  std::shared_ptr<StreamSender*> self_;  // completions may outlive us
};

}  // namespace gateway
