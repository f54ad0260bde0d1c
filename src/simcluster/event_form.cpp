#include "simcluster/event_form.hpp"

#include <array>

namespace berth::simcluster {
namespace {

struct Names {
  std::string_view core;
  std::string_view events;
};

constexpr std::array kNames{
    Names{"involvedObject", "regarding"},
    Names{"message", "note"},
    Names{"source", "deprecatedSource"},
    Names{"firstTimestamp", "deprecatedFirstTimestamp"},
    Names{"lastTimestamp", "deprecatedLastTimestamp"},
    Names{"count", "deprecatedCount"},
    Names{"reportingComponent", "reportingController"},
};

}  // namespace

json::object event_in_group(const json::object& event, std::string_view group) {
  json::object out;
  for (const auto& [field, value] : event) {
    std::string_view name = field;
    for (const auto& [core, events] : kNames) {
      if (name != core && name != events) continue;
      name = group.empty() ? core : events;
      break;
    }
    out[name] = value;
  }
  out["apiVersion"] = group.empty() ? "v1" : "events.k8s.io/v1";
  out["kind"] = "Event";
  return out;
}

}  // namespace berth::simcluster
