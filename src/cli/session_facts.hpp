// What a workspace knows of its own reservation, from texts of the cluster. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

namespace berth::cli {

/// Of the ConfigMap of a session's facts, by key: a plain text each.
using FactTexts = std::map<std::string, std::string>;

struct SessionFacts {
  std::string reservation;  // its id
  std::string name;
  std::string session;
  std::string mode;
  std::string device_class;
  std::string title;  // of the class
  std::string slots;
  std::string time_zone;  // the pool's
  std::vector<std::string> resource_names;
  Instant start;
  Instant end;
  std::optional<int>
      files_kept_days{};  // after the end; 0: the files go with the session; nothing: it is not said
};
/// kMalformed where what has to be there is missing.
Result<SessionFacts> facts_of(const FactTexts& texts);

struct Amount {
  double used = 0;
  double hard = 0;
};
/// What is held of what was booked.
struct Quota {
  Amount cpu;      // cores
  Amount memory;   // GiB
  Amount slots;    // of the session's own resource names
  Amount storage;  // GiB of claims
};
/// Of the namespace's ResourceQuota; kUnavailable where the cluster has not counted it yet.
Result<Quota> quota_of(const json::value& object, const std::vector<std::string>& resource_names);

std::string facts_text(const SessionFacts& facts, Instant now);
/// A row for each; where it is not known, a sentence that says so and why.
std::string quota_text(const Result<Quota>& quota);
json::object here_json(const SessionFacts& facts, const Result<Quota>& quota, Instant now);

}  // namespace berth::cli
