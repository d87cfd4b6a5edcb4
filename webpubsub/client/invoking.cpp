// Events that are answered: invoke, its answer, and giving it up.

#include <charconv>
#include <utility>

#include "webpubsub/client/client_impl.h"
#include "webpubsub/client/errors.h"
#include "webpubsub/protocol/names.h"

namespace webpubsub {

std::uint64_t ClientImpl::invoke(std::string_view event, DataType type, std::string_view bytes,
                                 InvokeDone done) {
  const std::uint64_t id = next_invocation_++;
  const auto refuse = [&](Errc code, std::string_view why) {
    settle_later(Invocations::failing(std::move(done)), Error{code, std::string(why), 0});
    return id;
  };
  if (!is_open()) return refuse(Errc::Unavailable, "there is no connection");
  if (!is_valid_event_name(event)) {
    return refuse(Errc::InvalidArgument,
                  "an event name is a letter, then letters, digits, '_', '.' and '-'");
  }
  if (invocations_.size() >= options_.max_pending_acks) {
    return refuse(Errc::ResourceExhausted, "too many invocations wait for their answer");
  }
  const UpstreamFrame frame =
      Invoke{std::to_string(id), std::string(event), Data{type, std::string(bytes)}};
  options_.codec->encode(frame, frame_);
  if (frame_.size() > kMaxServiceMessage) {
    return refuse(Errc::InvalidArgument, "the message is over the service's limit of 1 MiB");
  }
  if (write(frame_) != Offer::Accepted) {
    return refuse(Errc::ResourceExhausted, "the socket's queue is full");
  }
  sent_.add({});
  const TimePoint deadline = steady_now() + options_.invoke_timeout;
  invocations_.add(id, deadline, std::move(done));
  wake_by(deadline);
  return id;
}

void ClientImpl::cancel_invocation(std::uint64_t id) {
  give_up_invocation(id, {Errc::Cancelled, "the invocation was cancelled", 0});
}

/// Tells the service, which may spare itself the work, and whoever waits.
void ClientImpl::give_up_invocation(std::uint64_t id, const Error& why) {
  auto done = invocations_.take(id);
  if (!done) return;
  if (is_open()) {
    options_.codec->encode(UpstreamFrame(CancelInvocation{std::to_string(id)}), frame_);
    if (write(frame_) == Offer::Accepted) sent_.add({});
  }
  settle_later(Invocations::failing(std::move(done)), why);
}

void ClientImpl::handle(InvokeResponse& frame) {
  std::uint64_t id = 0;
  const std::string& text = frame.invocation_id;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (problem != std::errc() || end != text.data() + text.size()) return;
  const auto done = invocations_.take(id);
  if (!done) return;  // it came after its time
  if (frame.success) return done(std::move(frame.data).value_or(Data{DataType::Text, {}}));
  done(
      ack_outcome({0, false, std::move(frame.error_name), std::move(frame.error_message)}).error());
}

}  // namespace webpubsub
