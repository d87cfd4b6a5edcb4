// What a WebSocket client may send: frame headers, payloads and close frames.

#include <string>
#include <vector>

#include "net/utf8.h"
#include "net/websocket_frame.h"
#include "tests/fuzz/expect.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  using namespace webpubsub;  // NOLINT(google-build-using-namespace)
  std::string_view input = fuzz::text_of(bytes, size);
  while (!input.empty()) {
    net::FrameHeader header;
    std::optional<net::FrameFault> fault;
    const bool whole = net::read_frame_header(input, header, fault);
    if (fault) {
      fuzz::expect(fault->code >= 1000 && fault->code < 5000, "a fault has a close code");
      return 0;
    }
    if (!whole) return 0;
    fuzz::expect(header.size >= 6 && header.size <= input.size(), "a header lies in its bytes");
    // One byte less is not enough, and no fault either.
    net::FrameHeader shorter;
    fuzz::expect(
        !net::read_frame_header(input.substr(0, header.size - 1), shorter, fault) && !fault,
        "part of a header is waited for");
    input.remove_prefix(header.size);
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(header.payload, input.size()));
    std::vector<unsigned char> payload(input.begin(),
                                       input.begin() + static_cast<std::ptrdiff_t>(count));
    net::unmask(payload.data(), payload.size(), header.mask);
    const std::string_view text = fuzz::text_of(payload.data(), payload.size());
    if (header.opcode == net::Opcode::Close) {
      const auto close = net::read_close_payload(text, fault);
      if (close && close->code != net::close_code::kNoStatus) {
        fuzz::expect(net::close_payload(close->code, close->reason) == text,
                     "close frames come back");
      }
    }
    input.remove_prefix(count);
  }
  return 0;
}
