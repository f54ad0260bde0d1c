#include "poolfile/parts.hpp"
#include "poolfile/rules.hpp"

namespace berth::poolfile {
namespace {

constexpr std::string_view kApiVersion = "berth.dev/v1";
constexpr TextRule kThisVersion{[](std::string_view text) { return text == kApiVersion; }, kApiVersion};
constexpr TextRule kThePoolsKind{[](std::string_view text) { return text == kPoolKind; }, kPoolKind};
constexpr TextRule kTheClustersKind{[](std::string_view text) { return text == kClusterKind; }, kClusterKind};

}  // namespace

void read_head(Fields& fields, std::string_view kind, std::string& name) {
  std::string read;
  fields.text("apiVersion", Need::kRequired, kThisVersion, read);
  fields.text("kind", Need::kRequired, kind == kPoolKind ? kThePoolsKind : kTheClustersKind, read);
  fields.text("name", Need::kRequired, kDnsLabel, name);
}

json::object head_to_json(std::string_view kind, std::string_view name) {
  return {{"apiVersion", kApiVersion}, {"kind", kind}, {"name", name}};
}

}  // namespace berth::poolfile
