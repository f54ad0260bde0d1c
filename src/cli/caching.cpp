#include "cli/caching.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>

#include "base/json_text.hpp"
#include "base/text.hpp"
#include "cache/cache.hpp"
#include "cli/cache_catalogue.hpp"
#include "cli/caching_text.hpp"
#include "cli/command_table.hpp"
#include "cli/output.hpp"
#include "modelcache/disk.hpp"
#include "modelcache/modelcache.hpp"

namespace berth::cli {
namespace {

constexpr std::size_t kMaxTokenFileBytes = 4096;

/// Where a model comes from and lies.
struct FetchOptions {
  std::string source;
  std::string token_file;
  std::string rate;
  modelcache::FetchSettings settings;
};

struct KeepOptions {
  FetchOptions fetch;
  cache::Settings settings;
  std::string portal_token_file;
  bool insecure = false;
  int every_ms = 15'000;
};

int complain(const Error& error) {
  std::cerr << "berth: " << error.message << '\n';
  switch (error.code) {
    case Code::kInvalid:
      return kUsage;
    case Code::kConflict:
      return kConflict;
    case Code::kUnauthenticated:
    case Code::kForbidden:
      return kNotAllowed;
    case Code::kNotFound:
      return kNotFound;
    case Code::kUnavailable:
    case Code::kTimeout:
    case Code::kTooMany:
      return kUnreachable;
    default:
      return kFailed;
  }
}

Result<std::string> token_of(const std::string& file) {
  if (file.empty()) {
    const char* token = std::getenv("HF_TOKEN");
    return std::string(token != nullptr ? token : "");
  }
  const auto text = modelcache::read_whole(file, kMaxTokenFileBytes);
  if (!text) return fail(within("--token-file", text.error()));
  const auto token = trimmed(*text);
  if (token.empty()) return fail(Code::kInvalid, fmt::format("--token-file: {} holds no token", file));
  return std::string(token);
}

Result<std::string> node_token_of(const std::string& file) {
  std::string text;
  if (file.empty()) {
    const char* token = std::getenv("BERTH_NODE_TOKEN");
    text = token != nullptr ? token : "";
  } else {
    auto read = modelcache::read_whole(file, kMaxTokenFileBytes);
    if (!read) return fail(within("--portal-token-file", read.error()));
    text = std::move(*read);
  }
  const auto token = trimmed(text);
  const bool printable = std::ranges::all_of(token, [](char c) { return c > ' ' && c <= '~'; });
  if (!token.empty() && printable) return std::string(token);
  return fail(Code::kInvalid,
              "this node's token is missing: name a file that holds it with --portal-token-file, or set "
              "BERTH_NODE_TOKEN");
}

/// One line that is written over, on a terminal; elsewhere nothing.
class ProgressLine {
 public:
  void tell(const modelcache::Progress& now) {
    if (!on_) return;
    const auto at = std::chrono::steady_clock::now();
    std::cerr << '\r' << progress_line(now, before_, std::chrono::duration<double>(at - told_).count())
              << "\x1b[K" << std::flush;
    before_ = now;
    told_ = at;
    shown_ = true;
  }
  void end() const {
    if (shown_) std::cerr << '\n';
  }

 private:
  bool on_ = isatty(STDERR_FILENO) == 1;
  bool shown_ = false;
  modelcache::Progress before_;
  std::chrono::steady_clock::time_point told_ = std::chrono::steady_clock::now();
};

}  // namespace

struct CachingCommands::State {
  State(CLI::App& app, KeepCache keep_cache)
      : cache(
            app.add_subcommand("cache",
                               "Images and models on nodes' disks before they are needed: what nodes are to "
                               "have, and, on a node, getting it there")),
        table(*cache),
        keep_it(std::move(keep_cache)) {
    cache->group("Commands");
    cache->require_subcommand(1);
    add_fetch();
    add_verify();
    add_run();
    catalogue = std::make_unique<CacheCatalogueCommands>(*cache);
  }

  void with_output(CLI::App* made) {
    made->add_option("-o,--output", output, "table or json")->check(CLI::IsMember({"table", "json"}));
  }

  void add_fetch() {
    auto* made =
        table.add("fetch",
                  "Get a model, all of it with every byte checked, or go on with what an earlier try "
                  "got; then let it be seen",
                  [this] { return do_fetch(); });
    made->add_option("model", fetch.source, "hf://owner/name@revision; main without a revision")->required();
    with_server(made, fetch);
    with_output(made);
  }

  static void with_server(CLI::App* made, FetchOptions& fetch) {
    auto& settings = fetch.settings;
    made->add_option("--to", settings.cache, "Folder for models: what HF_HUB_CACHE is to name")->required();
    made->add_option("--endpoint", settings.endpoint, "Server of the Hub's kind")
        ->envname("HF_ENDPOINT")
        ->capture_default_str();
    made->add_option("--token-file", fetch.token_file,
                     "File with a token for that server; without it HF_TOKEN of the environment, or none");
    made->add_option("--ca-file", settings.ca_file, "PEM file of whom to trust, instead of the system's list")
        ->check(CLI::ExistingFile);
    made->add_option("--connections", settings.connections, "How many downloads at a time")
        ->check(CLI::Range(1, modelcache::kMostConnections))
        ->capture_default_str();
    made->add_option("--rate-limit", fetch.rate, "Bytes a second of all of them together: 800K, 20M, 1G");
    // For tests, which cannot wait for what takes long on purpose.
    made->add_option("--piece-bytes", settings.piece_bytes)->check(CLI::Range(1, 1 << 30))->group("");
    made->add_option("--first-pause-ms", settings.first_pause_ms)->check(CLI::Range(1, 60'000))->group("");
    made->add_option("--silence-seconds", settings.silence_seconds)->check(CLI::Range(1, 600))->group("");
  }

  void add_verify() {
    auto* made = table.add("verify", "Read every byte of every model back, and say what is corrupt",
                           [this] { return do_verify(); });
    made->add_option("--to", verified, "The folder that models were fetched to")->required();
    made->add_flag("--repair", repair,
                   "Remove what is corrupt, and what shows it, so that the next fetch gets it again");
    with_output(made);
  }

  void add_run() {
    auto* made = table.add("run",
                           "The daemon of a node's cache: brings what the portal says that this node should "
                           "hold, makes room for it, and reports",
                           [this] { return do_run(); });
    made->set_config("--config", "", "File with these options as name = value lines");
    with_server(made, keep.fetch);
    auto& settings = keep.settings;
    made->add_option("--portal", settings.portal.server, "Address of the portal")
        ->required()
        ->envname("BERTH_PORTAL_URL");
    made->add_option("--portal-token-file", keep.portal_token_file,
                     "File with this node's token, as berth cache token make printed it; without it "
                     "BERTH_NODE_TOKEN of the environment");
    made->add_option("--portal-ca-file", settings.portal.ca_file,
                     "PEM file of whom to trust for the portal, instead of the system's list")
        ->check(CLI::ExistingFile);
    made->add_flag("--insecure", keep.insecure,
                   "Send the node's token in the clear, over http:// to another machine");
    constexpr int kMostPercent = 99;
    made->add_option("--high-mark", settings.marks.high,
                     "Percent of the disk beyond which nothing is fetched")
        ->check(CLI::Range(1, kMostPercent))
        ->capture_default_str();
    made->add_option("--low-mark", settings.marks.low, "Percent of it down to which room is made")
        ->check(CLI::Range(1, kMostPercent))
        ->capture_default_str();
    made->add_option("--every-ms", keep.every_ms)->check(CLI::Range(50, 600'000))->group("");
  }

  static Status complete(FetchOptions& fetch) {
    auto token = token_of(fetch.token_file);
    if (!token) return fail(token.error());
    fetch.settings.token = std::move(*token);
    if (fetch.rate.empty()) return {};
    const auto rate = parse_rate(fetch.rate);
    if (!rate) return fail(rate.error());
    fetch.settings.bytes_per_second = *rate;
    return {};
  }

  int do_run() {
    if (auto fine = complete(keep.fetch); !fine) return complain(fine.error());
    auto token = node_token_of(keep.portal_token_file);
    if (!token) return complain(token.error());
    auto& settings = keep.settings;
    settings.portal.token = std::move(*token);
    while (settings.portal.server.ends_with('/')) settings.portal.server.pop_back();
    if (auto fine = cache::check_portal(settings.portal, keep.insecure); !fine) return complain(fine.error());
    settings.fetch = keep.fetch.settings;
    settings.every = std::chrono::milliseconds(keep.every_ms);
    return keep_it(settings);
  }

  int do_fetch() {
    auto source = modelcache::parse_source(fetch.source);
    if (!source) return complain(source.error());
    if (auto fine = complete(fetch); !fine) return complain(fine.error());
    auto& settings = fetch.settings;
    settings.source = std::move(*source);
    ProgressLine line;
    settings.tell = [&line](const modelcache::Progress& now) { line.tell(now); };
    const auto fetched = modelcache::fetch(settings);
    line.end();
    if (!fetched) return complain(fetched.error());
    if (output == "json")
      std::cout << json_text(to_json(settings.source, *fetched)) << '\n';
    else
      std::cout << fetched_text(settings.source, *fetched);
    return kOk;
  }

  int do_verify() const {
    const auto found = modelcache::verify(verified, repair);
    if (!found) return complain(found.error());
    if (output == "json")
      std::cout << json_text(to_json(*found)) << '\n';
    else
      std::cout << verified_text(*found);
    return found->faults.empty() ? kOk : kFailed;
  }

  CLI::App* cache;
  CommandTable table;
  KeepCache keep_it;
  std::unique_ptr<CacheCatalogueCommands> catalogue;
  FetchOptions fetch;
  KeepOptions keep;
  std::string verified;
  bool repair = false;
  std::string output = "table";
};

CachingCommands::CachingCommands(CLI::App& app, KeepCache keep)
    : state_(std::make_unique<State>(app, std::move(keep))) {}
CachingCommands::~CachingCommands() = default;

std::optional<int> CachingCommands::run() const {
  if (const auto code = state_->table.run()) return code;
  return state_->catalogue->run();
}

}  // namespace berth::cli
