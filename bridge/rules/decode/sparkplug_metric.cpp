#include "bridge/rules/decode/sparkplug_metric.h"

#include <algorithm>

namespace gateway {

namespace {

// Sparkplug 3.0.0, 6.4.16.
constexpr std::uint32_t kInt8 = 1;
constexpr std::uint32_t kInt16 = 2;
constexpr std::uint32_t kInt32 = 3;
constexpr std::uint32_t kInt64 = 4;

void append_integer(JsonBuilder& json, std::uint64_t bits, std::uint32_t datatype) {
  switch (datatype) {
    case kInt8:
      return json.integer(static_cast<std::int8_t>(bits));
    case kInt16:
      return json.integer(static_cast<std::int16_t>(bits));
    case kInt32:
      return json.integer(static_cast<std::int32_t>(bits));
    case kInt64:
      return json.integer(static_cast<std::int64_t>(bits));
    default:
      return json.natural(bits);
  }
}

bool append_element(JsonBuilder& json, const sparkplug::DataSetValue& value, std::uint32_t type) {
  switch (value.value_case()) {
    case sparkplug::DataSetValue::kIntValue:
      append_integer(json, value.int_value(), type);
      return true;
    case sparkplug::DataSetValue::kLongValue:
      append_integer(json, value.long_value(), type);
      return true;
    case sparkplug::DataSetValue::kFloatValue:
      json.real(value.float_value());
      return true;
    case sparkplug::DataSetValue::kDoubleValue:
      json.real(value.double_value());
      return true;
    case sparkplug::DataSetValue::kBooleanValue:
      json.boolean(value.boolean_value());
      return true;
    case sparkplug::DataSetValue::kStringValue:
      return json.text(value.string_value());
    case sparkplug::DataSetValue::VALUE_NOT_SET:
      break;
  }
  json.null();
  return true;
}

bool append_data_set(JsonBuilder& json, const sparkplug::DataSet& set) {
  if (!json.open_array()) return false;
  for (const auto& row : set.rows()) {
    if (!json.open_object()) return false;
    const auto columns = std::min(row.elements_size(), set.columns_size());
    for (int i = 0; i < columns; ++i) {
      const auto type = i < set.types_size() ? set.types(i) : 0;
      if (!json.key(set.columns(i)) || !append_element(json, row.elements(i), type)) return false;
    }
    json.close_object();
  }
  json.close_array();
  return true;
}

bool append_template(JsonBuilder& json, const sparkplug::Template& value) {
  if (!json.open_object()) return false;
  for (const auto& metric : value.metrics()) {
    if (!json.key(metric.name()) || !append_sparkplug_value(json, metric, metric.datatype())) {
      return false;
    }
  }
  json.close_object();
  return true;
}

}  // namespace

bool append_sparkplug_value(JsonBuilder& json, const sparkplug::Metric& metric,
                            std::uint32_t datatype) {
  using Metric = sparkplug::Metric;
  switch (metric.is_null() ? Metric::VALUE_NOT_SET : metric.value_case()) {
    case Metric::kIntValue:
      append_integer(json, metric.int_value(), datatype);
      return true;
    case Metric::kLongValue:
      append_integer(json, metric.long_value(), datatype);
      return true;
    case Metric::kFloatValue:
      json.real(metric.float_value());
      return true;
    case Metric::kDoubleValue:
      json.real(metric.double_value());
      return true;
    case Metric::kBooleanValue:
      json.boolean(metric.boolean_value());
      return true;
    case Metric::kStringValue:
      return json.text(metric.string_value());
    case Metric::kBytesValue:
      json.bytes(metric.bytes_value());
      return true;
    case Metric::kDatasetValue:
      return append_data_set(json, metric.dataset_value());
    case Metric::kTemplateValue:
      return append_template(json, metric.template_value());
    case Metric::VALUE_NOT_SET:
      break;
  }
  json.null();
  return true;
}

}  // namespace gateway
