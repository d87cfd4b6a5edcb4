#include "webpubsub/protocol/protobuf_messages.h"

namespace webpubsub {

void write_protobuf(const Data& data, wire::MessageData& message) {
  switch (data.type) {
    case DataType::Json:
      return message.set_json_data(data.bytes);
    case DataType::Text:
      return message.set_text_data(data.bytes);
    case DataType::Binary:
      return message.set_binary_data(data.bytes);
    case DataType::Protobuf:
      return message.set_protobuf_data(data.bytes);
  }
}

std::optional<Data> read_protobuf(const wire::MessageData& message) {
  switch (message.data_case()) {
    case wire::MessageData::kTextData:
      return Data{DataType::Text, message.text_data()};
    case wire::MessageData::kBinaryData:
      return Data{DataType::Binary, message.binary_data()};
    case wire::MessageData::kProtobufData:
      return Data{DataType::Protobuf, message.protobuf_data()};
    case wire::MessageData::kJsonData:
      return Data{DataType::Json, message.json_data()};
    case wire::MessageData::DATA_NOT_SET:
      break;
  }
  return std::nullopt;
}

}  // namespace webpubsub
