#include "cli/cache_catalogue.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <vector>

#include "base/percent.hpp"
#include "cli/cache_text.hpp"
#include "cli/command_table.hpp"
#include "cli/conversation.hpp"
#include "cli/output.hpp"

namespace berth::cli {
namespace {

constexpr int kMostPriority = 1000;

}  // namespace

struct CacheCatalogueCommands::State : Conversation {
  explicit State(CLI::App& cache) : table(cache) {
    add_catalogue();
    add_nodes();
    add_tokens(cache);
  }

  void with_output(CLI::App* made) {
    made->add_option("-o,--output", output, "table or json")->check(CLI::IsMember({"table", "json"}));
  }
  void with_artifact(CLI::App* made) {
    made->add_option("artifact", ref,
                     "Its source, as cache list shows it; or its id, or the beginning of one")
        ->required();
  }

  void add_catalogue() {
    auto* made = table.add("add", "Have nodes fetch a model or an image before it is needed (admin)",
                           [this] { return do_add(); });
    made->add_option("source", source, "hf://owner/name@revision, or an image with its registry's host")
        ->required();
    made->add_option("-p,--pool", pools, "Only nodes of this pool have it; may be given again");
    made->add_option("--priority", priority, "More comes first, and is not removed for less; 100 without it")
        ->check(CLI::Range(0, kMostPriority));
    made->add_flag("--pin", pin, "It is not removed when room is made");
    made->add_option("--digest", digest,
                     "What the source has to be: a model's commit, an image's sha256:...");
    made->add_option("--note", note, "For people: version, date, why");
    with_output(made);
    with_output(table.add("list", "What nodes are to have", [this] { return do_list(); }));
    made = table.add("pin", "Let nothing remove it from nodes; or, with --off, what needs its room (admin)",
                     [this] { return do_pin(); });
    with_artifact(made);
    made->add_flag("--off", off, "It may be removed again");
    with_output(made);
    made = table.add("rm", "Take it out of the catalogue (admin); nodes keep it until its room is needed",
                     [this] { return do_remove(); });
    with_artifact(made);
  }

  void add_nodes() {
    auto* made = table.add("status", "What nodes have, what they are fetching, and their disks (admin)",
                           [this] { return do_status(); });
    made->add_option("-p,--pool", pool, "Only nodes of this pool");
    with_output(made);
  }

  void add_tokens(CLI::App& cache) {
    auto* tokens = cache.add_subcommand("token", "Tokens of nodes' daemons (admin): make, list, revoke");
    tokens->group("Commands");
    tokens->require_subcommand(1);
    token_table.emplace(*tokens);
    auto* made =
        token_table->add("make", "Make one for a node; it is shown once", [this] { return do_make_token(); });
    made->add_option("node", node, "Name of the node, in the pool or in the cluster")->required();
    made->add_option("-p,--pool", pool, "Its pool; not needed when there is one");
    with_output(made);
    with_output(token_table->add("list", "Those that work, and those that were revoked lately",
                                 [this] { return do_list_tokens(); }));
    made =
        token_table->add("revoke", "End one: its daemon is sent away", [this] { return do_revoke_token(); });
    made->add_option("token", ref, "Its id or the beginning of it, or what token list shows of it")
        ->required();
  }

  // --- What they do ---

  int do_add() {
    int code = kOk;
    json::object body{
        {"kind", source.starts_with("hf://") ? "model" : "image"}, {"source", source}, {"pinned", pin}};
    if (!pools.empty()) body["pools"] = json::value_from(pools);
    if (priority) body["priority"] = *priority;
    if (!digest.empty()) body["digest"] = digest;
    if (!note.empty()) body["note"] = note;
    const auto made = ask({.method = "POST", .path = "/cache/artifacts", .body = std::move(body)}, code);
    return made ? show_one(*made) : code;
  }

  int do_list() {
    int code = kOk;
    const auto list = ask({.method = "GET", .path = "/cache/artifacts"}, code);
    return list ? show(*list, cache_artifacts_text(*list)) : code;
  }

  int do_pin() {
    int code = kOk;
    const auto found = find_in("/cache/artifacts", "source", code);
    if (!found) return code;
    const auto changed = ask({.method = "PATCH",
                              .path = "/cache/artifacts/" + string_at(*found, {"id"}),
                              .body = json::object{{"pinned", !off}}},
                             code);
    return changed ? show_one(*changed) : code;
  }

  int do_remove() {
    int code = kOk;
    const auto found = find_in("/cache/artifacts", "source", code);
    if (!found) return code;
    if (!ask({.method = "DELETE", .path = "/cache/artifacts/" + string_at(*found, {"id"})}, code))
      return code;
    std::cout << fmt::format("removed {}\n", plain(string_at(*found, {"source"})));
    return kOk;
  }

  int do_status() {
    int code = kOk;
    const auto query = pool.empty() ? std::string() : "?pool=" + percent_encoded(pool);
    const auto list = ask({.method = "GET", .path = "/cache/nodes" + query}, code);
    return list ? show(*list, cache_nodes_text(*list, server_now)) : code;
  }

  int do_make_token() {
    int code = kOk;
    const auto named = pool_name(pool, code);
    if (!named) return code;
    const auto made = ask(
        {.method = "POST", .path = "/cache/tokens", .body = json::object{{"pool", *named}, {"node", node}}},
        code);
    return made ? show(*made, string_at(*made, {"token"}) + "\n") : code;
  }

  int do_list_tokens() {
    int code = kOk;
    const auto list = ask({.method = "GET", .path = "/cache/tokens"}, code);
    return list ? show(*list, cache_tokens_text(*list, server_now)) : code;
  }

  int do_revoke_token() {
    int code = kOk;
    const auto found = find_in("/cache/tokens", "prefix", code);
    if (!found) return code;
    if (!ask({.method = "DELETE", .path = "/cache/tokens/" + string_at(*found, {"id"})}, code)) return code;
    std::cout << fmt::format("revoked {} of {}\n", plain(string_at(*found, {"prefix"})),
                             plain(string_at(*found, {"node"})));
    return kOk;
  }

  int show_one(const json::value& artifact) const {
    return show(artifact, cache_artifacts_text(json::object{{"items", json::array{artifact}}}));
  }

  /// The one that `ref` means; else what is wrong is told.
  std::optional<json::value> find_in(const std::string& path, std::string_view name, int& code) {
    const auto list = ask({.method = "GET", .path = path}, code);
    if (!list) return std::nullopt;
    auto found = choose_cached(ref, name, list->at("items").as_array());
    if (found) return std::move(*found);
    code = complain(found.error());
    if (found.error().code == Code::kNotFound) code = kNotFound;
    return std::nullopt;
  }

  CommandTable table;
  std::optional<CommandTable> token_table;
  std::string source;
  std::vector<std::string> pools;
  std::optional<int> priority;
  bool pin = false;
  bool off = false;
  std::string digest;
  std::string note;
  std::string ref;
  std::string pool;
  std::string node;
};

CacheCatalogueCommands::CacheCatalogueCommands(CLI::App& cache) : state_(std::make_unique<State>(cache)) {}
CacheCatalogueCommands::~CacheCatalogueCommands() = default;

std::optional<int> CacheCatalogueCommands::run() const {
  if (const auto code = state_->table.run()) return code;
  return state_->token_table->run();
}

}  // namespace berth::cli
