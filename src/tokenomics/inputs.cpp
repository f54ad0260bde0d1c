#include "tokenomics/inputs.hpp"

#include <utility>

#include "tokenomics/numbers.hpp"

namespace berth::tokenomics {
namespace {

constexpr std::pair<In, In> kFollowers[] = {{In::kCloudCachedPrice, In::kCloudInputPrice},
                                            {In::kCloudWritePrice, In::kCloudInputPrice}};

}  // namespace

const InputInfo& info(In id) {
  const auto index = static_cast<std::size_t>(id);
  if (id < kFirstWorkloadInput) return cost_inputs()[index];
  if (id < kFirstDemandInput) return workload_inputs()[index - static_cast<std::size_t>(kFirstWorkloadInput)];
  return demand_inputs()[index - static_cast<std::size_t>(kFirstDemandInput)];
}

std::optional<In> followed_by(In id) {
  for (const auto& [follower, followed] : kFollowers) {
    if (follower == id) return followed;
  }
  return std::nullopt;
}

void Inputs::set(In id, double to) {
  const auto put = [&](In into) {
    value[static_cast<std::size_t>(into)] = to;
    given[static_cast<std::size_t>(into)] = true;
  };
  put(id);
  itself[static_cast<std::size_t>(id)] = true;
  for (const auto& [follower, followed] : kFollowers) {
    if (followed == id && !itself[static_cast<std::size_t>(follower)]) put(follower);
  }
}

std::optional<In> input_named(std::string_view name) {
  for (std::size_t index = 0; index < kInputCount; ++index) {
    if (info(input_at(index)).name == name) return input_at(index);
  }
  return std::nullopt;
}

bool is_money(const InputInfo& input) {
  return input.unit.starts_with("money");
}

std::string allowed(const InputInfo& input) {
  const Domain& domain = input.domain;
  switch (domain.kind) {
    case Kind::kFlag:
      return "true or false";
    case Kind::kChoice: {
      std::string words = "one of ";
      for (std::size_t index = 0; index < domain.choices.size(); ++index) {
        if (index > 0) words += ", ";
        words += domain.choices[index];
      }
      return words;
    }
    case Kind::kWhole:
      return "a whole number, " + number_text(domain.least) + " to " + number_text(domain.most);
    case Kind::kNumber:
      break;
  }
  if (domain.above_least) {
    return "above " + number_text(domain.least) + ", at most " + number_text(domain.most);
  }
  return number_text(domain.least) + " to " + number_text(domain.most);
}

Inputs standard_inputs() {
  Inputs inputs;
  for (std::size_t index = 0; index < kInputCount; ++index) {
    const auto& standard = info(input_at(index)).standard;
    if (standard) inputs.set(input_at(index), *standard);
  }
  return inputs;
}

}  // namespace berth::tokenomics
