#include <fmt/format.h>

#include <set>
#include <utility>

#include "base/shown_value.hpp"
#include "poolfile/parts.hpp"
#include "poolfile/poolfile.hpp"

namespace berth::poolfile {
namespace {

/// One document of several says which one it is.
std::string path_of(std::size_t place, const std::string& field) {
  const auto document = fmt::format("documents[{}]", place);
  return field.empty() ? document : fmt::format("{}.{}", document, field);
}

Error unknown_kind(const json::value& kind) {
  FieldErrors faults;
  faults.add("kind", shown_value(kind), fmt::format("{} or {}", kPoolKind, kClusterKind),
             fmt::format("Must be {} or {}.", kPoolKind, kClusterKind));
  return file_error(faults);
}

/// Its kind and name, when it was taken.
Result<std::pair<std::string_view, std::string>> take(const json::value& document, Declared& declared) {
  const auto* kind = find(document, {"kind"});
  const auto word = string_at(document, {"kind"});
  if (word == kClusterKind) {
    auto cluster = parse_cluster(document);
    if (!cluster) return fail(cluster.error());
    return std::pair(kClusterKind, declared.clusters.emplace_back(std::move(*cluster)).name);
  }
  // What has no kind is told all that a pool lacks.
  if (kind != nullptr && word != kPoolKind) return fail(unknown_kind(*kind));
  auto pool = parse_pool(document);
  if (!pool) return fail(pool.error());
  return std::pair(kPoolKind, declared.pools.emplace_back(std::move(*pool)).name);
}

}  // namespace

Result<Declared> parse_stream(std::span<const json::value> documents) {
  Declared declared;
  if (documents.size() == 1) {
    if (auto taken = take(documents.front(), declared); !taken) return fail(taken.error());
    return declared;
  }
  FieldErrors faults;
  if (documents.empty() || documents.size() > kMaxDocuments) {
    const auto limit = fmt::format("1 to {}", kMaxDocuments);
    faults.add("documents", std::to_string(documents.size()), limit,
               fmt::format("A pool file holds {} documents.", limit));
    return fail(file_error(faults));
  }
  std::set<std::pair<std::string_view, std::string>> seen;
  for (std::size_t place = 0; place < documents.size(); ++place) {
    auto taken = take(documents[place], declared);
    if (!taken) {
      for (auto& fault : taken.error().fields) {
        faults.add(path_of(place, fault.field), std::move(fault.value), std::move(fault.limit),
                   std::move(fault.message));
      }
    } else if (!seen.insert(*taken).second) {
      faults.add(path_of(place, "name"), taken->second, "unique",
                 fmt::format("{} {} is declared twice.", taken->first, taken->second));
    }
  }
  if (!faults.empty()) return fail(file_error(faults));
  return declared;
}

}  // namespace berth::poolfile
