// One rule as YAML.

#include "config/words.h"
#include "config/yaml_writer.h"

namespace gateway::config {
namespace {

std::string json_of(const OwnedValue& value) {
  std::string json;
  append_json(json, value.view());
  return json;
}

void write_payload(YamlWriter& out, const RuleOptions& rule) {
  out.text("payload", word_for(rule.payload, kPayloadTypes));
  if (rule.payload == PayloadType::Csv) {
    out.open("csv");
    out.open_list("columns", rule.csv.columns.empty());
    for (const auto& column : rule.csv.columns) out.item(column);
    out.close_list();
    const auto separator = rule.csv.separator;
    out.text("separator", separator == '\t' ? "tab" : std::string(1, separator));
    out.close();
  }
  if (rule.layout.empty()) return;
  out.open("layout");
  for (const auto& field : rule.layout) {
    out.open(field.name);
    out.number("offset", field.offset);
    out.text("type", word_for(field.type, kLayoutTypes));
    if (field.type == LayoutField::Type::Text) {
      out.number("length", field.length);
    } else {
      out.text("endian", word_for(field.endian, kEndians));
    }
    out.close();
  }
  out.close();
}

void write_select(YamlWriter& out, const std::vector<SelectedField>& select) {
  if (select.empty()) return;
  out.open("select");
  for (const auto& field : select) {
    switch (field.source) {
      case SelectedField::Source::Payload:
        out.text(field.name, field.pointer.text());
        break;
      case SelectedField::Source::Template:
        out.text(field.name, field.text.text());
        break;
      case SelectedField::Source::Constant:
        out.open(field.name);
        out.json("constant", json_of(field.constant));
        out.close();
        break;
    }
  }
  out.close();
}

void write_conversion(YamlWriter& out, const Conversion& conversion) {
  out.open(conversion.field);
  if (conversion.number) out.flag("number", true);
  if (conversion.bits) {
    const auto first = conversion.bits->first;
    out.text("bits",
             std::to_string(first) + "-" + std::to_string(first + conversion.bits->count - 1));
  }
  if (!conversion.map.empty()) {
    out.open("map");
    for (const auto& entry : conversion.map) out.json(entry.from, json_of(entry.to));
    out.close();
  }
  if (!conversion.points.empty()) {
    out.open_list("points", false);
    for (const auto& point : conversion.points) {
      out.pair(format_number(point.from), format_number(point.to));
    }
    out.close_list();
  }
  if (conversion.scale != 1) out.text("scale", format_number(conversion.scale));
  if (conversion.offset != 0) out.text("offset", format_number(conversion.offset));
  if (conversion.min) out.text("min", format_number(*conversion.min));
  if (conversion.max) out.text("max", format_number(*conversion.max));
  if (conversion.round) out.number("round", *conversion.round);
  if (!conversion.unit.empty()) out.text("unit", conversion.unit);
  out.close();
}

void write_convert(YamlWriter& out, const std::vector<Conversion>& convert) {
  if (convert.empty()) return;
  out.open("convert");
  for (const auto& conversion : convert) write_conversion(out, conversion);
  out.close();
}

void write_thin(YamlWriter& out, const ThinOptions& thin) {
  out.open("thin");
  if (!thin.deadband.empty()) {
    out.open("deadband");
    for (const auto& band : thin.deadband) {
      out.text(band.field, format_number(band.width) + (band.percent ? "%" : ""));
    }
    out.close();
  }
  if (!thin.on_change.empty()) {
    out.open_list("on_change", false);
    for (const auto& field : thin.on_change) out.item(field);
    out.close_list();
  }
  out.duration("min_interval", thin.min_interval);
  out.duration("max_interval", thin.max_interval);
  out.number("every", thin.every);
  out.text("per", thin.per.empty() ? "topic" : thin.per);
  out.close();
}

/// What is not set is not there, as in the file.
void write_delivery(YamlWriter& out, const RuleOptions& rule) {
  out.text("priority", word_for(rule.priority, kPriorityWords));
  out.text("store", word_for(rule.store, kStoreModes));
  const auto& offline = rule.offline;
  if (rule.store == StoreMode::Disk || offline.keep != OfflineOptions::Keep::Batches) {
    out.open("offline");
    if (rule.store == StoreMode::Memory) {
      out.text("keep", word_for(offline.keep, kKeeps));
      out.text("per", offline.per.empty() ? "topic" : offline.per);
    }
    out.number("max", offline.max_messages);
    if (offline.max_bytes > 0) out.text("max_bytes", webpubsub::format_size(offline.max_bytes));
    out.duration("max_age", offline.max_age);
    out.text("overflow", word_for(offline.overflow, kOverflows));
    out.close();
    out.open("replay");
    out.text("order", word_for(rule.replay.live_first, kReplayOrders));
    out.text("rate", webpubsub::format_rate(rule.replay.rate));
    out.close();
  }
}

void write_time(YamlWriter& out, const TimeOptions& time) {
  if (time == TimeOptions{}) return;
  out.open("time");
  if (time.source == TimeOptions::Source::Arrival) out.text("at", "arrival");
  if (time.source == TimeOptions::Source::Field) out.text("at", time.at.text());
  out.duration("max_skew", time.max_skew);
  out.close();
}

void write_window(YamlWriter& out, const WindowOptions& window) {
  if (!window.is_set()) return;
  out.open("window");
  if (window.by_time()) {
    out.duration("every", window.every);
    out.duration("over", window.every * window.panes);
    out.duration("wait", window.wait);
    out.text("late", word_for(window.late, kLateReadings));
  } else {
    out.number("every", window.count);
    out.number("over", window.count * window.panes);
  }
  out.text("per", window.per.empty() ? "topic" : window.per);
  out.open("compute");
  for (const auto& field : window.compute) {
    if (field.bare) {
      out.text(field.field, field.functions.front().name());
      continue;
    }
    out.open_list(field.field, false);
    for (const auto& function : field.functions) out.item(function.name());
    out.close_list();
  }
  out.close();
  out.close();
}

void write_jq(YamlWriter& out, const JqProgram& jq) {
  if (!jq.is_set()) return;
  out.open("jq");
  out.text("program", jq.text);
  out.duration("timeout", jq.timeout);
  out.text("memory", webpubsub::format_size(jq.memory));
  out.close();
}

void write_object(YamlWriter& out, const std::vector<ObjectMember>& object) {
  if (object.empty()) return;
  out.open("object");
  for (const auto& member : object) {
    if (member.source != ObjectMember::Source::Constant) {
      out.text(member.name, member.spelled());
      continue;
    }
    out.open(member.name);
    out.json("constant", json_of(member.constant));
    out.close();
  }
  out.close();
}

void write_event_reply(YamlWriter& out, const EventReplyOptions& reply) {
  out.open("reply");
  if (reply.topic) out.text("topic", reply.topic->text());
  out.open_list("allow", reply.allow.empty());
  for (const auto& filter : reply.allow) out.item(filter.text());
  out.close_list();
  out.text("payload", reply.payload);
  out.number("qos", reply.qos);
  out.flag("retain", reply.retain);
  out.duration("expiry", reply.expiry);
  out.duration("timeout", reply.timeout);
  out.close();
}

}  // namespace

void write_rule(YamlWriter& out, const RuleOptions& rule) {
  out.begin_map();
  out.text("name", rule.name);
  const auto& patterns = rule.topics.patterns();
  if (patterns.size() == 1) {
    out.text("topic", patterns.front().text());
  } else {
    out.open_list("topic", false);
    for (const auto& pattern : patterns) out.item(pattern.text());
    out.close_list();
  }
  out.open_list("except", rule.topics.except().empty());
  for (const auto& filter : rule.topics.except()) out.item(filter.text());
  out.close_list();
  out.number("qos", rule.qos);
  if (rule.event.empty()) {
    out.text("group", rule.group.text());
  } else {
    out.text("event", rule.event);
    if (rule.reply) write_event_reply(out, *rule.reply);
  }
  write_payload(out, rule);
  out.text("retained", word_for(rule.retained, kRetained));
  write_time(out, rule.time);
  write_jq(out, rule.jq);
  write_select(out, rule.select);
  write_convert(out, rule.convert);
  if (rule.where) out.text("where", rule.where->text());
  if (rule.thin.is_set()) write_thin(out, rule.thin);
  write_window(out, rule.window);
  out.text("format", word_for(rule.format, kFormats));
  write_object(out, rule.object);
  out.open("batch");
  out.number("max_samples", rule.batch.max_samples);
  out.text("max_bytes", webpubsub::format_size(rule.batch.max_bytes));
  out.duration("max_delay", rule.batch.max_delay);
  out.text("fill", word_for(rule.batch.fills_billing, kFills));
  out.close();
  out.text("send", word_for(rule.send, kSendModes));
  write_delivery(out, rule);
  if (rule.event.empty()) {
    out.flag("no_echo", rule.no_echo);
    out.flag("snapshot", rule.snapshot);
  }
  out.close();
}

}  // namespace gateway::config
