#include "cli/serving.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <iostream>

#include "base/json_text.hpp"
#include "base/text.hpp"
#include "cli/command_table.hpp"
#include "cli/conversation.hpp"
#include "cli/output.hpp"
#include "cli/serving_text.hpp"
#include "modelcache/disk.hpp"
#include "modelcache/publish.hpp"
#include "modelcache/source.hpp"

namespace berth::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kConfig = "config.json";

/// A config.json, the folder that has one, or a model of the cache by its name.
Result<fs::path> config_of(const std::string& model, const std::string& cache) {
  if (!model.starts_with("hf://")) {
    std::error_code none;
    return fs::is_directory(model, none) ? fs::path(model) / kConfig : fs::path(model);
  }
  const auto source = modelcache::parse_source(model);
  if (!source) return fail(source.error());
  if (cache.empty())
    return fail(invalid_field("--from", "", "a folder", "--from is the folder that models were fetched to"));
  const auto folder = fs::path(cache) / source->folder();
  auto commit = source->revision;
  if (!modelcache::is_commit(commit)) {
    const auto named = modelcache::read_whole(folder / "refs" / source->revision, modelcache::kMaxRefBytes);
    if (!named)
      return fail(Code::kNotFound, fmt::format("{} is not in {}: berth cache fetch {} --to {}",
                                               source->text(), cache, source->text(), cache));
    commit = trimmed(*named);
    if (!modelcache::is_commit(commit))
      return fail(Code::kMalformed, fmt::format("{} names no commit", (folder / "refs").string()));
  }
  return folder / "snapshots" / commit / kConfig;
}

}  // namespace

struct ServingCommands::State {
  explicit State(CLI::App& app)
      : serve(app.add_subcommand("serve", "Model servers on a unit")), table(*serve) {
    serve->group("Commands");
    serve->require_subcommand(1);
    auto* made =
        table.add("fit",
                  "How many streams of which length a model serves on a unit, from its config.json; exit "
                  "code 1 where it is not what was asked for",
                  [this] { return do_fit(); });
    made->add_option("model", model,
                     "config.json, a folder that has one, or hf://owner/name@revision of --from")
        ->required();
    made->add_option("--memory", memory, "Of the unit: 24Gi, 96GB")->required();
    made->add_option("--from", cache, "Folder that models were fetched to")->envname("HF_HUB_CACHE");
    made->add_option("--context", question.tokens, "Tokens of a stream, what is asked and answered together")
        ->check(CLI::Range(1, 1 << 24))
        ->capture_default_str();
    made->add_option("--streams", question.streams, "At the same time")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str();
    made->add_option("--fraction", question.fraction, "Of the unit's memory that the engine may take")
        ->check(CLI::Range(0.05, 1.0))
        ->capture_default_str();
    made->add_option("--weights", weights, "As stored, if left out")
        ->check(CLI::IsMember({"bf16", "fp8", "int4"}));
    made->add_option("--cache", cache_form, "Of the KV cache")
        ->check(CLI::IsMember({"bf16", "fp8"}))
        ->capture_default_str();
    made->add_option("--batch-tokens", question.batch_tokens, "That the engine takes in one step")
        ->check(CLI::Range(1, 1 << 20))
        ->capture_default_str();
    made->add_option("-o,--output", output, "table or json")->check(CLI::IsMember({"table", "json"}));
  }

  int do_fit() {
    const auto bytes = parse_memory(memory);
    if (!bytes) return Conversation::complain(bytes.error());
    question.device_bytes = *bytes;
    question.element_bytes = cache_form == "fp8" ? 1 : 2;
    const auto file = config_of(model, cache);
    if (!file) return Conversation::complain(file.error());
    const auto text = modelcache::read_whole(*file, modelmemory::kMaxConfigBytes);
    if (!text) return Conversation::complain(text.error());
    auto read = modelmemory::parse_model(*text);
    if (read && !weights.empty()) read = modelmemory::with_weights(std::move(*read), weights);
    if (!read) return Conversation::complain(within(file->string(), read.error()));
    const auto found = modelmemory::fit(*read, question);
    if (output == "json") {
      std::cout << json_text(to_json(*read, question, found)) << '\n';
    } else {
      std::cout << fit_text(plain(model), *read, question, found);
    }
    return found.fits ? kOk : kFailed;
  }

  CLI::App* serve;
  CommandTable table;
  modelmemory::Question question;
  std::string model;
  std::string memory;
  std::string cache;
  std::string weights;
  std::string cache_form = "bf16";
  std::string output = "table";
};

ServingCommands::ServingCommands(CLI::App& app) : state_(std::make_unique<State>(app)) {}
ServingCommands::~ServingCommands() = default;

std::optional<int> ServingCommands::run() const {
  return state_->table.run();
}

}  // namespace berth::cli
