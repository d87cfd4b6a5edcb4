#include <utility>

#include <sys/socket.h>

#include "net/lws_glue.h"
#include "net/stream.h"

namespace webpubsub::net {

namespace {

class TlsStream final : public Stream, public LwsHandler {
 public:
  ~TlsStream() override { drop_connection(wsi_); }

  bool adopt(lws_vhost* vhost, int fd) {
    lws_adopt_desc_t adopt{};
    adopt.vh = vhost;
    adopt.type = static_cast<lws_adoption_type>(LWS_ADOPT_SOCKET | LWS_ADOPT_ALLOW_SSL);
    adopt.fd.sockfd = fd;
    adopt.vh_prot_name = kProtocolName;
    adopt.opaque = static_cast<LwsHandler*>(this);
    wsi_ = lws_adopt_descriptor_vhost_via_info(&adopt);
    return wsi_ != nullptr;
  }

  bool write(unsigned char* bytes, std::size_t count) override {
    return wsi_ != nullptr && lws_write(wsi_, bytes, count, LWS_WRITE_RAW) >= 0;
  }
  bool is_congested() const override { return wsi_ != nullptr && lws_partial_buffered(wsi_) != 0; }
  void want_room() override {
    if (wsi_ != nullptr) lws_callback_on_writable(wsi_);
  }
  void pause_reading(bool paused) override {
    if (wsi_ != nullptr) lws_rx_flow_control(wsi_, paused ? 0 : 1);
  }
  void end_writing() override {
    if (wsi_ != nullptr) ::shutdown(lws_get_socket_fd(wsi_), SHUT_WR);
  }

  int on_lws(lws* wsi, lws_callback_reasons reason, void* in, std::size_t len) override {
    switch (reason) {
      case LWS_CALLBACK_RAW_RX:
        // lws set one of its own for TLS and forgets it for raw sockets.
        lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
        handler().on_bytes(static_cast<unsigned char*>(in), len);
        return 0;
      case LWS_CALLBACK_RAW_WRITEABLE:
        return handler().on_room() ? 0 : -1;
      case LWS_CALLBACK_RAW_CLOSE:
      case LWS_CALLBACK_WSI_DESTROY:
        set_handler_of(wsi);
        handler().on_lost();
        return 0;
      default:
        return 0;
    }
  }

 private:
  void set_handler_of(lws* wsi) {
    net::set_handler(wsi, nullptr);
    wsi_ = nullptr;
  }

  lws* wsi_ = nullptr;
};

}  // namespace

std::unique_ptr<Stream> make_tls_stream(lws_vhost* vhost, int fd, StreamHandler& handler) {
  auto stream = std::make_unique<TlsStream>();
  stream->Stream::set_handler(handler);
  if (!stream->adopt(vhost, fd)) return nullptr;
  return stream;
}

}  // namespace webpubsub::net
