// Streams that arrive: handing group messages to those who take streams apart.

#include <utility>

#include "webpubsub/client/client_impl.h"

namespace webpubsub {

std::shared_ptr<StreamReceiver> ClientImpl::receive_streams(StreamReceiverOptions options,
                                                            StreamHandler handler) {
  std::erase_if(receivers_, [](const auto& receiver) { return receiver.expired(); });
  auto receiver = std::make_shared<StreamReceiver>(std::move(options), std::move(handler));
  receivers_.push_back(receiver);
  return receiver;
}

/// False when the client is gone.
bool ClientImpl::receive_stream(const GroupMessage& frame) {
  if (!frame.stream || receivers_.empty()) return true;
  const Watch alive = watch();
  const TimePoint now = steady_now();
  for (const auto& entry : std::vector(receivers_)) {  // a handler may come or go
    const auto receiver = entry.lock();
    if (!receiver) continue;
    receiver->receive(frame, now);
    if (alive.expired()) return false;
    if (const auto deadline = receiver->deadline()) wake_by(*deadline);
  }
  return true;
}

/// False when the client is gone.
bool ClientImpl::end_received_streams(const StreamError& why) {
  const Watch alive = watch();
  for (const auto& entry : std::vector(receivers_)) {
    if (const auto receiver = entry.lock()) receiver->end_all(why);
  }
  return !alive.expired();
}

/// False when the client is gone.
bool ClientImpl::expire_received_streams(TimePoint now) {
  const Watch alive = watch();
  for (const auto& entry : std::vector(receivers_)) {
    const auto receiver = entry.lock();
    if (!receiver) continue;
    receiver->expire(now);
    if (alive.expired()) return false;
    if (const auto deadline = receiver->deadline()) wake_by(*deadline);
  }
  return true;
}

}  // namespace webpubsub
