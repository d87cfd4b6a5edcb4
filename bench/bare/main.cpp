// gateway-bench-bare BROKER_PORT SERVICE_PORT: the least a gateway can be that uses our libraries.
//
// Paho C++ hands every reading to libwebsockets, which sends it in a frame of its own. No rules, no
// validation, no bounds, no recovery: what the libraries and the system take for themselves, and so
// the floor under the gateway's figures where every reading is sent at once.

#include <cstdlib>
#include <iostream>
#include <mutex>
#include <string>
#include <vector>

#include <MQTTAsync.h>
#include <libwebsockets.h>
#include <mqtt/async_client.h>

namespace {

constexpr char kSubprotocol[] = "json.webpubsub.azure.v1";
constexpr char kPath[] = "/client/hubs/telemetry?access_token=none";
constexpr std::size_t kBuffer = 64 * 1024;

struct Inbox {
  std::mutex mutex{};
  std::vector<std::string> frames{};  // each behind the room lws needs for its header
};

struct Gateway {
  Inbox inbox{};
  std::vector<std::string> sending{};
  lws* connection = nullptr;
  bool open = false;
};

int on_event(lws* wsi, lws_callback_reasons reason, void*, void*, std::size_t) {
  auto* gateway = static_cast<Gateway*>(lws_context_user(lws_get_context(wsi)));
  switch (reason) {
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
      gateway->open = true;
      lws_callback_on_writable(wsi);  // what came before
      return 0;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
    case LWS_CALLBACK_CLIENT_CLOSED:
      std::cerr << "gateway-bench-bare: the service is gone\n";
      std::exit(1);
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
      if (gateway->open) lws_callback_on_writable(gateway->connection);
      return 0;
    case LWS_CALLBACK_CLIENT_WRITEABLE: {
      {
        const std::lock_guard lock(gateway->inbox.mutex);
        gateway->sending.swap(gateway->inbox.frames);
      }
      for (std::string& frame : gateway->sending) {
        auto* payload = reinterpret_cast<unsigned char*>(frame.data()) + LWS_PRE;
        lws_write(wsi, payload, frame.size() - LWS_PRE, LWS_WRITE_TEXT);
      }
      gateway->sending.clear();
      return 0;
    }
    default:
      return 0;
  }
}

lws_context* connect_service(Gateway& gateway, int port) {
  static const lws_protocols protocols[] = {
      {kSubprotocol, on_event, 0, kBuffer, 0, nullptr, kBuffer},
      {nullptr, nullptr, 0, 0, 0, nullptr, 0},
  };
  lws_set_log_level(LLL_ERR, nullptr);
  lws_context_creation_info info{};
  info.port = CONTEXT_PORT_NO_LISTEN;
  info.protocols = protocols;
  info.user = &gateway;
  lws_context* context = lws_create_context(&info);
  if (context == nullptr) return nullptr;
  lws_client_connect_info target{};
  target.context = context;
  target.address = target.host = target.origin = "127.0.0.1";
  target.port = port;
  target.path = kPath;
  target.protocol = kSubprotocol;
  target.pwsi = &gateway.connection;
  return lws_client_connect_via_info(&target) == nullptr ? nullptr : context;
}

std::string frame_of(const mqtt::message& message) {
  std::string frame(LWS_PRE, '\0');
  frame += R"({"type":"sendToGroup","group":"site-s0","noEcho":true,"dataType":"json","data":)";
  frame += message.get_payload_str();
  frame += '}';
  return frame;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: gateway-bench-bare BROKER_PORT SERVICE_PORT\n";
    return 2;
  }
  MQTTAsync_setTraceLevel(MQTTASYNC_TRACE_ERROR);
  Gateway gateway;
  lws_context* context = connect_service(gateway, std::atoi(argv[2]));
  if (context == nullptr) return 1;
  mqtt::async_client client(std::string("mqtt://127.0.0.1:") + argv[1], "bare");
  client.set_message_callback([&](const mqtt::const_message_ptr& message) {
    std::string frame = frame_of(*message);
    const std::lock_guard lock(gateway.inbox.mutex);
    const bool was_empty = gateway.inbox.frames.empty();
    gateway.inbox.frames.push_back(std::move(frame));
    if (was_empty) lws_cancel_service(context);
  });
  client.connect()->wait();
  client.subscribe("sensors/+/+/telemetry", 0)->wait();
  while (lws_service(context, 0) >= 0) {
  }
  return 1;
}
