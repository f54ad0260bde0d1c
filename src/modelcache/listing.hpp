// What a Hub answers of a model, read with limits. Nothing in it is trusted before it is checked: paths
// become names in a folder, and hashes names of files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "modelcache/source.hpp"

namespace berth::modelcache {

inline constexpr std::size_t kMaxFiles = 100'000;
inline constexpr std::size_t kMaxPathBytes = 1024;
inline constexpr std::size_t kMaxPathDepth = 32;
inline constexpr std::int64_t kMaxFileBytes = std::int64_t{1} << 44;  // so that sums of all fit

struct RemoteFile {
  std::string path;
  std::int64_t size = 0;
  std::string
      hash;  // 64 digits: SHA-256 of its bytes; 40: SHA-1 of "blob <size>\0" and its bytes, as git has it
  bool operator==(const RemoteFile&) const = default;
};

/// Of an answer to "which commit is this revision". kMalformed.
Result<std::string> parse_commit(std::string_view body);

/// The files of a commit, page by page.
class Listing {
 public:
  /// One page. kMalformed, or kTooLarge with the limit.
  Status add_page(std::string_view body);
  /// All of them, in the order they came. kMalformed where one file is another one's folder.
  Result<std::vector<RemoteFile>> whole() &&;
  std::size_t entries() const { return entries_; }

 private:
  Status add(const json::value& entry);
  std::vector<RemoteFile> files_;
  std::unordered_set<std::string> paths_;
  std::size_t entries_ = 0;
};

/// The query ("recursive=true&cursor=...") of the page that a Link header calls the next one. The host in it
/// is not looked at: the next page is asked where the first one was.
std::optional<std::string> next_query(std::string_view link);

/// Why such a path is not taken; empty for a good one.
std::string fault_of_path(std::string_view path);

}  // namespace berth::modelcache
