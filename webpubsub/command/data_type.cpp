#include "webpubsub/command/data_type.h"

#include <map>
#include <string>

#include <CLI/CLI.hpp>

namespace webpubsub::command {

void add_data_type(CLI::App& verb, DataType& type) {
  type = DataType::Text;
  const auto read = [&type](const std::vector<std::string>& words) {
    if (words.front() == "json") {
      type = DataType::Json;
    } else {
      type = words.front() == "binary" ? DataType::Binary : DataType::Text;
    }
    return true;
  };
  verb.add_option("-t,--type", read, "text, json or binary; default: text")
      ->check(CLI::IsMember({"text", "json", "binary"}))
      ->type_name("TYPE");
}

Error at_line(Error error, std::size_t line) {
  if (line > 0) error.message = "line " + std::to_string(line) + ": " + error.message;
  return error;
}

}  // namespace webpubsub::command
