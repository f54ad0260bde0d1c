#include "portal/cache_render.hpp"

#include "portal/render.hpp"

namespace berth::portal {
namespace {

json::value number_or_null(const std::optional<std::int64_t>& number) {
  return number ? json::value(*number) : json::value(nullptr);
}

json::object render_state(const store::CacheStateRow& row) {
  const auto& said = row.said;
  const bool pulling = said.state == cacheplan::State::kPulling;
  return {
      {"id", row.artifact.id.value},
      {"kind", to_string(row.artifact.kind)},
      {"source", row.artifact.source},
      {"state", to_string(said.state)},
      {"since", format_rfc3339(row.since)},
      {"bytes", said.bytes},
      {"of_bytes", number_or_null(said.of_bytes)},
      {"rate", said.rate},
      {"seconds_left", pulling ? number_or_null(cacheplan::seconds_left(said.bytes, said.of_bytes, said.rate))
                               : json::value(nullptr)},
      {"digest", said.digest},
      {"reason", said.reason}};
}

}  // namespace

json::object render_cache_artifact(const store::CacheArtifact& one) {
  const auto& artifact = one.artifact;
  return {{"id", artifact.id.value},
          {"kind", to_string(artifact.kind)},
          {"source", artifact.source},
          {"pools", json::value_from(one.pools)},
          {"bytes", number_or_null(artifact.bytes)},
          {"digest", artifact.digest},
          {"priority", artifact.priority},
          {"pinned", artifact.pinned},
          {"note", one.note},
          {"added_by", one.added_by},
          {"added_at", format_rfc3339(one.added_at)}};
}

json::object render_cache_node(const store::CacheNodeRow& node) {
  json::array artifacts;
  for (const auto& row : node.artifacts) artifacts.emplace_back(render_state(row));
  json::value disk(nullptr);
  if (node.reported_at) {
    disk = json::object{{"bytes", node.report.disk.bytes},
                        {"free", node.report.disk.free},
                        {"held", node.report.held_bytes},
                        {"high_percent", node.report.marks.high},
                        {"low_percent", node.report.marks.low}};
  }
  return {{"pool", node.pool},
          {"node", node.node},
          {"kubernetes_name", node.kubernetes_name},
          {"reported_at", time_or_null(node.reported_at)},
          {"disk", std::move(disk)},
          {"rate", node.report.rate},
          {"fault", node.report.fault},
          {"artifacts", std::move(artifacts)}};
}

json::object render_cache_token(const store::CacheToken& token) {
  return {{"id", token.id.value},
          {"pool", token.pool},
          {"node", token.node},
          {"prefix", token.prefix},
          {"made_by", token.made_by},
          {"made_at", format_rfc3339(token.made_at)},
          {"last_used_at", time_or_null(token.last_used_at)},
          {"revoked_at", time_or_null(token.revoked_at)}};
}

}  // namespace berth::portal
