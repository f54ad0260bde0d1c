#include "modelcache/listing.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace berth::modelcache {
namespace {

constexpr std::size_t kMaxSegmentBytes = 255;

tl::unexpected<Error> malformed(std::string what) {
  return fail(Code::kMalformed, "the server's list of files is not one: " + std::move(what));
}

}  // namespace

Result<std::string> parse_commit(std::string_view body) {
  const auto answer = parse_json(body);
  if (!answer) return fail(within("read the server's answer on the revision", answer.error()));
  auto commit = string_at(*answer, {"sha"});
  if (!is_commit(commit))
    return fail(Code::kMalformed, fmt::format("the server's answer on the revision: sha is 40 hexadecimal "
                                              "digits, not \"{}\"",
                                              shown(commit)));
  return commit;
}

std::string fault_of_path(std::string_view path) {
  if (path.empty()) return "it is empty";
  if (path.size() > kMaxPathBytes)
    return fmt::format("it has {} bytes, at most {}", path.size(), kMaxPathBytes);
  if (!is_utf8(path)) return "it is no UTF-8";
  if (has_control_character(path)) return "it holds a control character";
  if (path.find('\\') != path.npos) return "it holds a backslash";
  std::size_t depth = 0;
  for (std::size_t at = 0; at <= path.size();) {
    const auto end = std::min(path.find('/', at), path.size());
    const auto part = path.substr(at, end - at);
    if (part.empty() || part == "." || part == "..") return "it has a part that is empty, . or ..";
    if (part.size() > kMaxSegmentBytes)
      return fmt::format("a part of it has {} bytes, at most {}", part.size(), kMaxSegmentBytes);
    if (++depth > kMaxPathDepth) return fmt::format("it is deeper than {}", kMaxPathDepth);
    at = end + 1;
  }
  return {};
}

Status Listing::add_page(std::string_view body) {
  const auto page = parse_json(body);
  if (!page) return fail(within("read the server's list of files", page.error()));
  if (!page->is_array()) return malformed("it is no list");
  for (const auto& entry : page->as_array()) {
    if (auto added = add(entry); !added) return added;
  }
  return {};
}

Status Listing::add(const json::value& entry) {
  if (++entries_ > 2 * kMaxFiles)
    return fail(Code::kTooLarge, fmt::format("the model has more than {} files and folders", 2 * kMaxFiles));
  const auto type = string_at(entry, {"type"});
  if (type == "directory") return {};
  if (type != "file") return malformed(fmt::format("an entry's type is \"{}\"", shown(type)));
  RemoteFile file{.path = string_at(entry, {"path"}), .size = 0, .hash = string_at(entry, {"lfs", "oid"})};
  if (const auto fault = fault_of_path(file.path); !fault.empty())
    return malformed(fmt::format("path \"{}\": {}", shown(file.path), fault));
  if (files_.size() >= kMaxFiles)
    return fail(Code::kTooLarge, fmt::format("the model has more than {} files", kMaxFiles));
  const bool lfs = find(entry, {"lfs"}) != nullptr && find(entry, {"lfs"})->is_object();
  const auto size = lfs ? find_int(entry, {"lfs", "size"}) : find_int(entry, {"size"});
  if (!size || *size < 0 || *size > kMaxFileBytes)
    return malformed(fmt::format("{}: its size is a number from 0 to {}", shown(file.path), kMaxFileBytes));
  file.size = *size;
  if (!lfs) file.hash = string_at(entry, {"oid"});
  if (!is_hex(file.hash, lfs ? 64 : 40))
    return malformed(fmt::format("{}: its hash is {} hexadecimal digits, not \"{}\"", shown(file.path),
                                 lfs ? 64 : 40, shown(file.hash)));
  if (!paths_.insert(file.path).second) return malformed(fmt::format("{} is in it twice", shown(file.path)));
  files_.push_back(std::move(file));
  return {};
}

Result<std::vector<RemoteFile>> Listing::whole() && {
  for (const auto& file : files_) {
    for (auto slash = file.path.find('/'); slash != file.path.npos; slash = file.path.find('/', slash + 1)) {
      if (paths_.contains(file.path.substr(0, slash)))
        return malformed(fmt::format("{} is a file and a folder", shown(file.path.substr(0, slash))));
    }
  }
  return std::move(files_);
}

std::optional<std::string> next_query(std::string_view link) {
  while (!link.empty()) {
    const auto open = link.find('<');
    if (open == link.npos) return std::nullopt;
    const auto close = link.find('>', open);
    if (close == link.npos) return std::nullopt;
    const auto target = link.substr(open + 1, close - open - 1);
    const auto end = std::min(link.find('<', close), link.size());
    const auto parameters = link.substr(close + 1, end - close - 1);
    link.remove_prefix(end);
    if (parameters.find("rel=\"next\"") == parameters.npos && parameters.find("rel=next") == parameters.npos)
      continue;
    const auto question = target.find('?');
    if (question == target.npos) return std::nullopt;
    auto query = target.substr(question + 1);
    query = query.substr(0, query.find('#'));
    for (const char c : query) {
      if (c <= ' ' || c > '~') return std::nullopt;
    }
    return std::string(query);
  }
  return std::nullopt;
}

}  // namespace berth::modelcache
