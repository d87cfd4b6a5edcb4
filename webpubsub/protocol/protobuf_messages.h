// Between frames and the messages of webpubsub.proto: internal to protocol/.

#pragma once

#include "base/result.h"
#include "webpubsub/protocol/frames.h"
#include "webpubsub/protocol/webpubsub.pb.h"

namespace webpubsub {

void write_protobuf(const UpstreamFrame& frame, wire::UpstreamMessage& message);
void write_protobuf(const DownstreamFrame& frame, wire::DownstreamMessage& message);

/// As the service reads: names and limits are checked. Errors: Protocol.
Result<UpstreamFrame> read_protobuf(const wire::UpstreamMessage& message);
/// As a client reads: what it does not know is an UnknownFrame.
DownstreamFrame read_protobuf(const wire::DownstreamMessage& message);

void write_protobuf(const Data& data, wire::MessageData& message);
/// Nothing when it holds none, or one of a kind not known here.
std::optional<Data> read_protobuf(const wire::MessageData& message);

}  // namespace webpubsub
