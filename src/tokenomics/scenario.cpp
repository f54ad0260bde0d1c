#include "tokenomics/scenario.hpp"

#include <algorithm>
#include <bitset>
#include <cmath>

#include "base/shown_value.hpp"
#include "base/slips.hpp"
#include "base/text.hpp"
#include "tokenomics/numbers.hpp"

namespace berth::tokenomics {
namespace {

constexpr std::size_t kCurrencyLetters = 3;
// A name further off than this is no slip of the finger.
constexpr std::size_t kMaxSlips = 3;
constexpr std::size_t kMaxKeyBytes = 64;

std::optional<double> as_number(const json::value& value) {
  if (const auto* number = value.if_double()) return *number;
  if (const auto* number = value.if_int64()) return static_cast<double>(*number);
  if (const auto* number = value.if_uint64()) return static_cast<double>(*number);
  return std::nullopt;
}

std::optional<double> read_choice(const InputInfo& input, const json::value& value, FieldErrors& faults) {
  const auto* text = value.if_string();
  const auto& words = input.domain.choices;
  const auto found =
      text == nullptr ? words.end() : std::find(words.begin(), words.end(), std::string_view(*text));
  if (found != words.end()) return static_cast<double>(found - words.begin());
  faults.add(std::string(input.name), shown_value(value), allowed(input),
             std::string(input.name) + " is " + shown_value(value) + "; it must be " + allowed(input));
  return std::nullopt;
}

std::optional<double> read_flag(const InputInfo& input, const json::value& value, FieldErrors& faults) {
  if (const auto* flag = value.if_bool()) return *flag ? 1 : 0;
  faults.add(std::string(input.name), shown_value(value), allowed(input),
             std::string(input.name) + " must be true or false");
  return std::nullopt;
}

void read_heading(std::string_view key, const json::value& value, Scenario& scenario, FieldErrors& faults) {
  if (key == "berth_scenario") {
    const auto version = as_number(value);
    if (!version || *version != static_cast<double>(kScenarioVersion)) {
      faults.add("berth_scenario", shown_value(value), "1",
                 "berth_scenario is the version of the file and must be 1");
    }
  } else if (key == "name") {
    const auto* text = value.if_string();
    if (text == nullptr || text->size() > kMaxNameBytes) {
      faults.add("name", shown_value(value), "a text of at most 200 bytes",
                 "name must be a text of at most 200 bytes");
      return;
    }
    scenario.name = std::string_view(*text);
  } else {
    const auto* text = value.if_string();
    const bool is_code = text != nullptr && text->size() == kCurrencyLetters &&
                         std::all_of(text->begin(), text->end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!is_code) {
      faults.add("currency", shown_value(value), "three capital letters, as EUR or USD",
                 "currency must be a code of three capital letters");
      return;
    }
    scenario.currency = std::string_view(*text);
  }
}

/// The defaults are in one currency and are never converted: in another one, every price that is not 0 by
/// default has to be given.
void check_currency(const Scenario& scenario, const std::bitset<kInputCount>& told, FieldErrors& faults) {
  if (scenario.currency == kStandardCurrency) return;
  std::string missing;
  for (std::size_t index = 0; index < kInputCount; ++index) {
    const InputInfo& input = info(input_at(index));
    if (!is_money(input) || told[index] || input.standard.value_or(0) == 0) continue;
    missing += missing.empty() ? "" : ", ";
    missing += input.name;
  }
  if (missing.empty()) return;
  faults.add("currency", scenario.currency, "USD, or every price given in the other currency",
             "currency is " + scenario.currency +
                 ", but these prices are left at defaults in USD, which are never converted: " + missing);
}

}  // namespace

std::optional<double> read_number(std::string_view field, const Domain& domain, std::string_view limit,
                                  const json::value& value, FieldErrors& faults) {
  const auto number = as_number(value);
  const auto refuse = [&](const std::string& why) {
    faults.add(std::string(field), shown_value(value), std::string(limit), std::string(field) + why);
    return std::nullopt;
  };
  if (!number) return refuse(" must be a number, " + std::string(limit));
  if (std::isnan(*number)) return refuse(" is not a number; allowed is " + std::string(limit));
  const bool in_range =
      *number <= domain.most && (domain.above_least ? *number > domain.least : *number >= domain.least);
  if (!in_range || (domain.kind == Kind::kWhole && *number != std::floor(*number))) {
    return refuse(" is " + number_text(*number) + "; allowed is " + std::string(limit));
  }
  return number;
}

bool read_input(std::string_view name, const json::value& value, Inputs& inputs, FieldErrors& faults) {
  const auto id = input_named(name);
  if (!id) return false;
  const InputInfo& input = info(*id);
  // Null takes back an optional input, so that a client may always send all of them.
  if (value.is_null() && !input.standard) return true;
  std::optional<double> number;
  switch (input.domain.kind) {
    case Kind::kFlag:
      number = read_flag(input, value, faults);
      break;
    case Kind::kChoice:
      number = read_choice(input, value, faults);
      break;
    default:
      number = read_number(name, input.domain, allowed(input), value, faults);
  }
  if (number) inputs.set(*id, *number);
  return true;
}

void refuse_unknown(std::string_view name, FieldErrors& faults) {
  std::string_view nearest;
  std::size_t fewest = kMaxSlips + 1;
  for (std::size_t index = 0; index < kInputCount && name.size() <= kMaxKeyBytes; ++index) {
    const auto candidate = info(input_at(index)).name;
    const auto distance = slips(name, candidate);
    if (distance >= fewest) continue;
    fewest = distance;
    nearest = candidate;
  }
  std::string message = shown(name) + " is no input";
  if (!nearest.empty()) message += "; did you mean " + std::string(nearest) + "?";
  faults.add(shown(name), "", "a name of the catalogue of inputs", std::move(message));
}

void check_together(const Inputs& inputs, FieldErrors& faults) {
  if (inputs[In::kGpuActiveWatts] < inputs[In::kGpuIdleWatts]) {
    faults.add("gpu_active_watts", number_text(inputs[In::kGpuActiveWatts]),
               "at least gpu_idle_watts, " + number_text(inputs[In::kGpuIdleWatts]),
               "gpu_active_watts is below gpu_idle_watts");
  }
  if (inputs.has(In::kCoolingPrice) && inputs[In::kElectricityPrice] == 0) {
    faults.add("cooling_price", number_text(inputs[In::kCoolingPrice]), "only with electricity_price above 0",
               "cooling_price needs an electricity_price above 0");
  }
  const bool partitioned = inputs[In::kSharing] == static_cast<double>(Sharing::kPartitioned);
  if (partitioned && inputs.tiers.empty()) {
    faults.add("sharing", "partitioned", "pooled, or a list of tiers", "partitioned GPUs need tiers");
  }
  for (std::size_t index = 0; index < inputs.tiers.size(); ++index) {
    const double slices = inputs.tiers[index].slices_per_gpu;
    if (!partitioned || slices == 1 || slices == 2 || slices == 4) continue;
    const std::string field = "tiers[" + std::to_string(index) + "].slices_per_gpu";
    faults.add(field, number_text(slices), "1, 2 or 4", field + " must be 1, 2 or 4 to be packed");
  }
  const double instance_gb = inputs[In::kGpusPerInstance] * inputs[In::kGpuMemoryGb];
  if (inputs.has(In::kModelMemoryGb) && inputs[In::kModelMemoryGb] > instance_gb) {
    faults.add("model_memory_gb", number_text(inputs[In::kModelMemoryGb]),
               "at most " + number_text(instance_gb) + " GB, gpus_per_instance times gpu_memory_gb",
               "the model needs " + number_text(inputs[In::kModelMemoryGb]) + " GB, and the " +
                   number_text(inputs[In::kGpusPerInstance]) + " GPUs of an instance have " +
                   number_text(instance_gb) + " GB");
  }
  for (std::size_t index = 0; index < inputs.tiers.size(); ++index) {
    const TierInput& tier = inputs.tiers[index];
    const double available_gb = tier.units * inputs[In::kGpuMemoryGb] / tier.slices_per_gpu;
    if (tier.needed_gb.value_or(0) <= available_gb) continue;
    faults.add("tiers[" + std::to_string(index) + "]", number_text(*tier.needed_gb) + " GB",
               number_text(available_gb) + " GB of its units",
               tier.name + " needs " + number_text(*tier.needed_gb) + " GB, and its units have " +
                   number_text(available_gb) + " GB");
  }
  const double request_tokens = inputs[In::kInputTokens] + inputs[In::kCachedTokens] +
                                inputs[In::kWrittenTokens] + inputs[In::kOutputTokens];
  if (!(request_tokens > 0)) {
    faults.add(
        "output_tokens", number_text(inputs[In::kOutputTokens]), "a request of at least one token",
        "a request has no tokens: input_tokens, cached_tokens, written_tokens and output_tokens are all 0");
  }
}

Result<Scenario> read_scenario(const json::value& value) {
  FieldErrors faults;
  Scenario scenario;
  const auto* object = value.if_object();
  if (object == nullptr) {
    faults.add("", shown_value(value), "an object", "a scenario must be an object of inputs");
    return fail(faults.error());
  }
  std::bitset<kInputCount> told;
  for (const auto& member : *object) {
    const std::string_view key = member.key();
    if (key == "berth_scenario" || key == "name" || key == "currency") {
      read_heading(key, member.value(), scenario, faults);
    } else if (key == "ranges") {
      read_ranges(member.value(), scenario, faults);
    } else if (read_input(key, member.value(), scenario.inputs, faults)) {
      told[static_cast<std::size_t>(*input_named(key))] = true;
    } else if (!read_list(key, member.value(), scenario.inputs, faults)) {
      refuse_unknown(key, faults);
    }
  }
  // Only on values that are valid by themselves: else one mistake would be told twice.
  if (faults.empty()) {
    check_together(scenario.inputs, faults);
    check_currency(scenario, told, faults);
  }
  if (!faults.empty()) return fail(faults.error());
  return scenario;
}

}  // namespace berth::tokenomics
