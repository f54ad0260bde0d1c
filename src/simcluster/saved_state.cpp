#include "simcluster/saved_state.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace berth::simcluster {
namespace {

constexpr std::int64_t kFormat = 1;
constexpr std::size_t kMaxDepth = 64;  // deeper than any object that the API takes
constexpr std::uintmax_t kMaxFileBytes = std::uintmax_t{1} << 30;

}  // namespace

std::string dump_state(const Store& store) {
  json::array objects;
  for (const auto& [key, object] : store.everything()) {
    objects.push_back(json::object{{"storage", key.storage}, {"object", *object}});
  }
  return json::serialize(
      json::object{{"format", kFormat}, {"revision", store.revision()}, {"objects", std::move(objects)}});
}

Status restore_state(std::string_view document, Store& store) {
  const auto parsed = parse_json(document, kMaxDepth);
  if (!parsed) return fail(parsed.error());
  const auto format = find_int(*parsed, {"format"});
  if (format != kFormat) {
    return fail(Code::kMalformed,
                fmt::format("format is {}, this version reads format {}", format.value_or(0), kFormat));
  }
  const auto revision = find_int(*parsed, {"revision"});
  const auto* objects = berth::find(*parsed, {"objects"});
  if (!revision || *revision < 0 || objects == nullptr || !objects->is_array()) {
    return fail(Code::kMalformed, "revision or objects are missing");
  }
  std::vector<std::pair<Key, ObjectPtr>> restored;
  for (std::size_t i = 0; i < objects->get_array().size(); ++i) {
    const auto& entry = objects->get_array()[i];
    const auto* object = berth::find(entry, {"object"});
    const auto storage = string_at(entry, {"storage"});
    if (storage.empty() || object == nullptr || !object->is_object() ||
        name_of(object->get_object()).empty() || uid_of(object->get_object()).empty()) {
      return fail(Code::kMalformed, fmt::format("objects[{}] is no object with a name and a uid", i));
    }
    const auto& whole_object = object->get_object();
    restored.emplace_back(Key{storage, namespace_of(whole_object), name_of(whole_object)},
                          std::make_shared<const json::object>(whole_object));
  }
  store.restore(static_cast<Revision>(*revision), std::move(restored));
  return {};
}

std::filesystem::path state_file(const std::filesystem::path& state_dir) {
  return state_dir / "simcluster.json";
}

Status load_state_file(const std::filesystem::path& file, Store& store) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return {};
  const auto bytes = std::filesystem::file_size(file, error);
  if (error || bytes > kMaxFileBytes) {
    return fail(Code::kMalformed,
                fmt::format("saved state {} cannot be read or is larger than 1 GiB", file.string()));
  }
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return fail(Code::kUnavailable, fmt::format("read {}: {}", file.string(), std::strerror(errno)));
  if (auto ok = restore_state(text.str(), store); !ok) {
    auto error_about =
        within(fmt::format("saved state of the simulated cluster in {}", file.string()), ok.error());
    error_about.code = Code::kMalformed;
    error_about.message += "; move the file away to start with an empty cluster";
    return fail(std::move(error_about));
  }
  return {};
}

}  // namespace berth::simcluster
