#include "net/lws_glue.h"

#include <openssl/x509_vfy.h>

namespace webpubsub::net {

namespace {

// Bytes offered to one send(), and read at once: a full batch goes out in one piece.
constexpr std::size_t kSendSize = 1024 * 1024;
constexpr std::size_t kReceiveSize = 32 * 1024;

// Events of a connection nobody owns any more, where -1 makes lws close it at once.
bool closes_when_orphaned(lws_callback_reasons reason) noexcept {
  switch (reason) {
    case LWS_CALLBACK_RAW_RX:
    case LWS_CALLBACK_RAW_RX_FILE:
    case LWS_CALLBACK_RAW_WRITEABLE:
    case LWS_CALLBACK_RAW_WRITEABLE_FILE:
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
    case LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH:
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
    case LWS_CALLBACK_CLIENT_RECEIVE:
    case LWS_CALLBACK_CLIENT_RECEIVE_PONG:
    case LWS_CALLBACK_CLIENT_WRITEABLE:
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
    case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
    case LWS_CALLBACK_CLIENT_HTTP_WRITEABLE:
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP:
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
    case LWS_CALLBACK_COMPLETED_CLIENT_HTTP:
      return true;
    default:
      return false;
  }
}

// Events that are about one connection; the others come with a made-up wsi that has no owner.
bool is_connection_event(lws_callback_reasons reason) noexcept {
  switch (reason) {
    case LWS_CALLBACK_WSI_CREATE:
    case LWS_CALLBACK_WSI_DESTROY:
    case LWS_CALLBACK_RAW_CLOSE:
    case LWS_CALLBACK_RAW_CLOSE_FILE:
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
    case LWS_CALLBACK_CLIENT_CLOSED:
    case LWS_CALLBACK_CLOSED_CLIENT_HTTP:
      return true;
    default:
      return closes_when_orphaned(reason);
  }
}

LwsHandler* handler_of(lws* wsi) noexcept {
  return static_cast<LwsHandler*>(lws_get_opaque_user_data(wsi));
}

int dispatch(lws* wsi, lws_callback_reasons reason, void* user, void* in, std::size_t len) {
  if (reason == LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION) {
    // `user` is the store context, `len` what OpenSSL made of the certificate. It stands.
    LwsHandler* handler = handler_of(wsi);
    if (len == 0 && handler != nullptr) {
      const int error = X509_STORE_CTX_get_error(static_cast<X509_STORE_CTX*>(user));
      handler->on_certificate_refused(X509_verify_cert_error_string(error));
    }
    return 0;
  }
  if (!is_connection_event(reason)) return 0;
  const bool closes = closes_when_orphaned(reason);
  LwsHandler* handler = handler_of(wsi);
  if (handler == nullptr) return closes ? -1 : 0;
  const int result = handler->on_lws(wsi, reason, in, len);
  if (!closes) return result;
  return handler_of(wsi) == nullptr ? -1 : result;
}

}  // namespace

const lws_protocols* protocols() noexcept {
  static const lws_protocols list[] = {
      {kProtocolName, dispatch, 0, kReceiveSize, 0, nullptr, kSendSize},
      {nullptr, nullptr, 0, 0, 0, nullptr, 0},
  };
  return list;
}

void drop_connection(lws* wsi) noexcept {
  if (wsi == nullptr) return;
  lws_set_opaque_user_data(wsi, nullptr);
  break_connection(wsi);
}

void break_connection(lws* wsi) noexcept {
  lws_set_timeout(wsi, PENDING_TIMEOUT_KILLED_BY_PARENT, LWS_TO_KILL_ASYNC);
}

void set_handler(lws* wsi, LwsHandler* handler) noexcept { lws_set_opaque_user_data(wsi, handler); }

}  // namespace webpubsub::net
