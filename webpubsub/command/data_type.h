// --type: what the bytes of a message are.

#pragma once

#include <cstddef>

#include "base/result.h"
#include "webpubsub/protocol/frames.h"

namespace CLI {
class App;
}

namespace webpubsub::command {

/// Text unless told otherwise.
void add_data_type(CLI::App& verb, DataType& type);

/// `error` with the line of the input it is about; as it is for line 0.
Error at_line(Error error, std::size_t line);

}  // namespace webpubsub::command
