// How readings look inside a batch. The layout is docs/formats/batch.md.
//
// Everything that depends on the topic alone is rendered once per topic; per reading it is two
// copies, a number and the payload as it came.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bridge/rules/rule_options.h"
#include "webpubsub/protocol/frames.h"

namespace gateway {

class SampleFormat {
 public:
  SampleFormat(const RuleOptions& rule, std::string_view gateway_id);

  /// The parts of a sample around its time and its payload.
  struct Frame {
    std::string before_time{};
    std::string before_data{};
    std::vector<std::string> pieces{};  // of an object: what is around the values that change
  };
  Frame frame_for(const TopicPattern& pattern, std::string_view topic) const;

  /// What a sample tells beside its payload.
  struct Facts {
    std::uint64_t number = 0;  // counts the rule's
    std::int64_t time = 0;
    std::int64_t skew = 0;  // of the device's clock, to be told; 0: none
    bool retained = false;  // to be marked as such
  };

  /// Starts a batch in `out`. Returns where "late" has its value; 0 without an envelope.
  std::size_t open(std::string& out, std::uint64_t sequence) const;
  /// Appends one reading, whose fields `sample` has if needs_fields(rule); false leaves `out` as it
  /// was: the payload is not what the rule says. Of a rule that looks into payloads it was found to
  /// be right already.
  [[nodiscard]] bool append(std::string& out, const Frame& frame, const Facts& facts,
                            std::string_view payload, bool first,
                            const Sample* sample = nullptr) const;
  void close(std::string& out) const;

  webpubsub::DataType data_type() const noexcept;
  /// Whether several readings may share a batch.
  bool joins_readings() const noexcept { return format_ != Format::Payload; }

 private:
  bool append_payload(std::string& out, std::string_view payload) const;
  void append_sample_start(std::string& out, const Frame& frame, const Facts& facts) const;

  // What each format makes of a topic, and of a reading. In sample_format_records.cpp.
  Frame senml_frame(std::string_view topic) const;
  Frame event_frame(std::string_view topic) const;
  Frame object_frame(const TopicPattern& pattern, std::string_view topic) const;
  bool append_senml(std::string& out, const Frame& frame, const Facts& facts,
                    const Sample& sample) const;
  bool append_event(std::string& out, const Frame& frame, const Facts& facts,
                    std::string_view payload) const;
  void append_object(std::string& out, const Frame& frame, const Facts& facts,
                     std::string_view payload, const Sample& sample) const;
  std::string unit_of(std::string_view field) const;

  Format format_;
  webpubsub::DataType content_;
  bool looked_into_;
  std::string gateway_id_;
  std::string rule_;
  std::vector<std::pair<std::string, std::string>> unit_names_{};  // by field
  std::vector<ObjectMember> object_;
  std::string units_{};     // a member, for every sample
  std::string envelope_{};  // up to the sequence number
};

}  // namespace gateway
