#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "pgserver/pgserver.hpp"
#include "pgserver/process.hpp"

namespace berth::pgserver {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kPgConfigTimeout{10'000};

bool holds_binaries(const fs::path& folder) {
  return ::access((folder / "initdb").c_str(), X_OK) == 0 &&
         ::access((folder / "postgres").c_str(), X_OK) == 0;
}

int version_of(const fs::path& folder) {
  const auto name = folder.filename().string();
  int version = 0;
  std::from_chars(name.data(), name.data() + name.size(), version);
  return version;
}

std::vector<fs::path> debian_folders() {
  std::vector<fs::path> versions;
  std::error_code error;
  for (fs::directory_iterator at("/usr/lib/postgresql", error), end; !error && at != end;
       at.increment(error)) {
    versions.push_back(at->path());
  }
  std::sort(versions.begin(), versions.end(),
            [](const auto& a, const auto& b) { return version_of(a) > version_of(b); });
  for (auto& version : versions) version /= "bin";
  return versions;
}

}  // namespace

Result<fs::path> find_binaries(const fs::path& given) {
  if (!given.empty()) {
    if (holds_binaries(given)) return given;
    return fail(Code::kInvalid, fmt::format("{} does not hold initdb and postgres", given.string()));
  }
  std::vector<fs::path> folders;
  const User self;  // no change of user
  for (const char* pg_config :
       {"/usr/bin/pg_config", "/usr/local/bin/pg_config", "/usr/local/pgsql/bin/pg_config"}) {
    if (::access(pg_config, X_OK) != 0) continue;
    if (auto printed = run_to_end(Command({pg_config, "--bindir"}), self, kPgConfigTimeout)) {
      folders.emplace_back(tail(*printed));
    }
  }
  for (auto& folder : debian_folders()) folders.push_back(std::move(folder));
  const auto found = std::find_if(folders.begin(), folders.end(), holds_binaries);
  if (found == folders.end()) {
    return fail(
        Code::kUnavailable,
        "PostgreSQL's programs initdb and postgres were not found; install the package postgresql, or name "
        "their folder");
  }
  return *found;
}

}  // namespace berth::pgserver
