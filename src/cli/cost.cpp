#include "cli/cost.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <vector>

#include "base/json_text.hpp"
#include "base/percent.hpp"
#include "base/text.hpp"
#include "cli/amounts.hpp"
#include "cli/conversation.hpp"
#include "cli/cost_text.hpp"
#include "cli/input_file.hpp"
#include "cli/output.hpp"
#include "cli/own_profile.hpp"
#include "tokenomics/tokenomics.hpp"

namespace berth::cli {
namespace {

using tokenomics::Question;

struct Asked {
  Question question;
  const char* what;
};

constexpr Asked kAsked[] = {
    {Question::kUnit, "What a million tokens cost on own machines, and of what that consists"},
    {Question::kBreakeven, "From which utilisation or demand on owning beats the cloud price"},
    {Question::kSolve, "How many GPUs a demand takes, what they cost, and whether the fleet is right"},
    {Question::kAgents, "How tokens and bills grow when agents carry their context along"},
    {Question::kSensitivity, "Which inputs move the result most"},
    {Question::kFleet, "Whole GPUs, slices or slots for each size of model, at least cost"},
    {Question::kSourcing, "Cloud, own, or both, for an hourly demand profile"},
};

/// "1,2,3" or one number a line, as an hourly profile comes out of a spreadsheet. Empty when it is not that.
std::optional<json::array> numbers_in(std::string_view text) {
  json::array numbers;
  while (!text.empty()) {
    const auto end = text.find_first_of(",;\n");
    const auto part = trimmed(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (part.empty()) continue;
    const auto number = amount_in(part);
    if (!number) return std::nullopt;
    numbers.emplace_back(*number);
  }
  return numbers;
}

/// A flag's text as the scenario's value: a number, true or false, JSON, numbers with commas, else text. The
/// library says what is wrong with it. "@FILE" is what the file holds.
Result<json::value> flag_value(const std::string& typed) {
  if (typed.starts_with("@")) {
    auto text = read_input(typed.substr(1));
    if (!text) return fail(text.error());
    if (auto numbers = numbers_in(*text)) return json::value(std::move(*numbers));
    auto parsed = parse_json(*text);
    if (parsed) return parsed;
    auto error = within(typed.substr(1), parsed.error());
    error.code = Code::kInvalid;
    return fail(std::move(error));
  }
  const auto text = trimmed(typed);
  if (const auto number = amount_in(text)) return json::value(*number);
  if (text == "true" || text == "false") return json::value(text == "true");
  if (text.starts_with("[") || text.starts_with("{")) return parse_json(text);
  if (text.find(',') != std::string_view::npos) {
    if (auto numbers = numbers_in(text)) return json::value(std::move(*numbers));
  }
  return json::value(std::string_view(text));
}

std::string flag_of(std::string_view input) {
  std::string flag(input);
  std::ranges::replace(flag, '_', '-');
  return "--" + flag;
}

/// The flag, and how it is spelt on the other side of the Atlantic: "--utilisation,--utilization".
std::string spellings_of(std::string_view input) {
  const auto flag = flag_of(input);
  auto names = flag;
  for (const auto& [british, american] :
       {std::pair<std::string_view, std::string_view>{"utilisation", "utilization"},
        {"licence", "license"}}) {
    const auto at = flag.find(british);
    if (at != std::string::npos) names += "," + std::string(flag).replace(at, british.size(), american);
  }
  return names;
}

int complain(const Error& error) {
  if (error.fields.empty()) std::cerr << "berth: " << plain(error.message) << '\n';
  for (const auto& field : error.fields) std::cerr << fmt::format("berth: {}\n", plain(field.message));
  return exit_code_of(error);
}

}  // namespace

struct CostCommands::State {
  explicit State(CLI::App& app) {
    cost = app.add_subcommand("cost", "What a million tokens cost here, and when owning beats the cloud");
    cost->group("Commands");
    cost->require_subcommand(1);
    // A flag for every input of every question takes megabytes: only for whoever asks.
    cost->preparse_callback([this](std::size_t) { add_commands(); });
    for (auto* other :
         app.get_subcommands([](const CLI::App* one) { return one->get_name() == "completion"; })) {
      other->preparse_callback([this](std::size_t) { add_commands(); });
    }
  }

  void add_commands() {
    if (!actions.empty()) return;
    catalogue = tokenomics::catalogue();
    for (const auto& asked : kAsked) add_question(asked);
    add_inputs();
    add_check();
  }

  void add_question(const Asked& asked) {
    auto* command = cost->add_subcommand(std::string(to_string(asked.question)), asked.what);
    command->add_option("scenario", file,
                        "Scenario file, YAML or JSON; - for standard input; else the reference machine");
    command->add_option("-o,--output", output, "table or json")->check(CLI::IsMember({"table", "json"}));
    command->add_flag("--explain", explain, "Show every line of the derivation");
    command->add_flag("--curves", curves, "Show the points of curves as well");
    command->add_option("--currency", currency, "Currency of all amounts, e.g. EUR; nothing is converted");
    if (asked.question == Question::kSourcing) {
      command
          ->add_option("--own-days", own_days,
                       "Take the hourly profile of this platform's last so many days (needs berth login)")
          ->check(CLI::Range(1, kMaxProfileDays));
      command->add_option("-p,--pool", pool, "Pool of --own-days; not needed when there is one");
    }
    for (const auto& input : catalogue.at("inputs").as_array()) {
      const auto name = string_at(input, {"name"});
      const auto unit = string_at(input, {"unit"});
      command
          ->add_option(spellings_of(name), given[name],
                       string_at(input, {"text"}) + (unit.empty() ? "" : " [" + unit + "]"))
          ->group("Inputs: " + string_at(input, {"group"}))
          ->type_name("");
    }
    actions.emplace_back(command, [this, question = asked.question] { return do_answer(question); });
  }

  void add_inputs() {
    auto* command = cost->add_subcommand("inputs", "Every input with unit, range, default, source and date");
    command->add_option("-o,--output", output, "table or json")->check(CLI::IsMember({"table", "json"}));
    actions.emplace_back(command, [this] {
      std::cout << (output == "json" ? json_text(catalogue) + "\n" : inputs_text(catalogue));
      return kOk;
    });
  }

  void add_check() {
    auto* command = cost->add_subcommand(
        "check", "Run a list of {inputs, expected, tolerance}; your own checks of the model");
    command->add_option("cases", file, "File of cases, YAML or JSON; - for standard input")->required();
    actions.emplace_back(command, [this] { return do_check(); });
  }

  /// One document of a YAML or JSON file.
  Result<json::value> document() const {
    const auto text = read_input(file);
    if (!text) return fail(text.error());
    // JSON is read as what it is: as YAML it would be bound by YAML's number of nodes.
    if (auto whole = parse_json(*text)) return whole;
    auto documents = documents_of(*text, file);
    if (!documents) return fail(documents.error());
    if (documents->size() != 1) {
      return fail(Code::kInvalid, fmt::format("{} holds {} documents, not one", file, documents->size()));
    }
    return std::move(documents->front());
  }

  Result<json::value> scenario() const {
    json::value whole = json::object{};
    if (!file.empty()) {
      auto read = document();
      if (!read) return read;
      whole = std::move(*read);
    }
    auto* members = whole.if_object();
    if (members == nullptr)
      return fail(Code::kInvalid, fmt::format("{} is no scenario: names with values are", file));
    for (const auto& [name, typed] : given) {
      if (typed.empty()) continue;
      auto value = flag_value(typed);
      if (!value) return fail(within(flag_of(name), value.error()));
      (*members)[name] = std::move(*value);
    }
    if (!currency.empty()) (*members)["currency"] = currency;
    return whole;
  }

  /// What was reserved here in the last `own_days` days, hour by hour. Empty when it was told why not.
  std::optional<json::array> own_profile(int& code) const {
    Conversation talk;
    const auto named = talk.pool_name(pool, code);
    if (!named) return std::nullopt;
    const auto pools = talk.ask({.method = "GET", .path = "/pools"}, code);
    if (!pools) return std::nullopt;
    const auto end = std::chrono::ceil<hours>(talk.server_now);
    const Window period{end - hours(24) * own_days, end};
    const auto availability =
        talk.ask({.method = "GET",
                  .path = fmt::format("/availability?pool={}&from={}&to={}", percent_encoded(*named),
                                      format_rfc3339(period.start), format_rfc3339(period.end))},
                 code);
    if (!availability) return std::nullopt;
    auto profile = hourly_profile(*availability, *pools, period);
    if (profile) return std::move(*profile);
    code = Conversation::complain(profile.error());
    return std::nullopt;
  }

  int do_answer(Question question) const {
    auto asked = scenario();
    if (!asked) return complain(asked.error());
    if (own_days > 0) {
      int code = kOk;
      auto profile = own_profile(code);
      if (!profile) return code;
      asked->as_object()["profile"] = std::move(*profile);
    }
    const auto answer = tokenomics::answer(question, *asked);
    if (!answer) return complain(answer.error());
    std::cout << (output == "json" ? json_text(*answer) + "\n"
                                   : answer_text(*answer, {.derivation = explain, .curves = curves}));
    return kOk;
  }

  int do_check() const {
    const auto cases = document();
    if (!cases) return complain(cases.error());
    const auto report = tokenomics::check(*cases);
    if (!report) return complain(report.error());
    for (const auto& failure : report->failures) {
      std::cout << plain(fmt::format("{}{}{}: {}", failure.name, failure.quantity.empty() ? "" : ", ",
                                     failure.quantity, failure.message))
                << '\n';
    }
    std::cout << fmt::format("{} passed, {} failed\n", report->passed, report->failed);
    return report->failed == 0 ? kOk : kFailed;
  }

  CLI::App* cost = nullptr;
  json::object catalogue;
  std::vector<std::pair<CLI::App*, std::function<int()>>> actions;
  std::map<std::string, std::string> given;  // input -> as typed; empty: not given
  std::string file;
  std::string pool;  // of own_days; empty: the only one
  int own_days = 0;  // 0: no profile of our own
  std::string currency;
  std::string output = "table";
  bool explain = false;
  bool curves = false;
};

CostCommands::CostCommands(CLI::App& app) : state_(std::make_unique<State>(app)) {}
CostCommands::~CostCommands() = default;

std::optional<int> CostCommands::run() {
  for (const auto& [command, action] : state_->actions) {
    if (command->parsed()) return action();
  }
  return std::nullopt;
}

}  // namespace berth::cli
