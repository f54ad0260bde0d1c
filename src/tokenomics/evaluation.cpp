#include <cmath>

#include "tokenomics/quantities.hpp"

namespace berth::tokenomics {
namespace {

constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();
// Almost every question computes fewer.
constexpr std::size_t kUsualReadings = 512;

}  // namespace

const QuantityInfo& info(Q id) {
  auto index = static_cast<std::size_t>(id);
  for (const auto part :
       {cost_quantities(), work_quantities(), cloud_quantities(), sizing_quantities(), queue_quantities()}) {
    if (index < part.size()) return part[index];
    index -= part.size();
  }
  return agent_quantities()[index];
}

std::optional<Q> quantity_named(std::string_view name) {
  for (std::size_t index = 0; index < kQuantityCount; ++index) {
    if (info(quantity_at(index)).name == name) return quantity_at(index);
  }
  return std::nullopt;
}

Evaluation::Evaluation(const Inputs& inputs, const Givens* givens) : inputs_(&inputs), givens_(givens) {
  readings_.reserve(kUsualReadings);
}

bool Evaluation::is_given(Q id) const {
  return givens_ != nullptr && givens_->given[static_cast<std::size_t>(id)];
}

double Evaluation::operator()(In id) {
  used_[static_cast<std::size_t>(id)] = true;
  readings_.push_back({computing_, true, static_cast<std::uint8_t>(id)});
  if (inputs_->has(id)) return (*inputs_)[id];
  miss(static_cast<std::size_t>(id), none("an optional input is not given").text());
  return kNoNumber;
}

double Evaluation::operator()(Q id) {
  const auto result = get(id);
  if (result) return *result;
  miss(kInputCount + static_cast<std::size_t>(id), result.reason());
  return kNoNumber;
}

Maybe<double> Evaluation::get(Q id) {
  readings_.push_back({computing_, false, static_cast<std::uint8_t>(id)});
  const auto index = static_cast<std::size_t>(id);
  if (!known_[index]) {
    const auto result = compute(id);
    known_[index] = true;
    if (result) {
      values_[index] = *result;
    } else {
      reasons_[index] = result.reason();
    }
  }
  return known(id);
}

Maybe<double> Evaluation::known(Q id) const {
  const auto index = static_cast<std::size_t>(id);
  if (!known_[index]) return none("it was not computed");
  if (reasons_[index].empty()) return values_[index];
  return Maybe<double>::because(reasons_[index]);
}

void Evaluation::miss(std::size_t place, std::string_view reason) {
  if (place < missing_.place) missing_ = {place, reason};
}

std::vector<Q> Evaluation::order() const {
  std::array<std::bitset<kQuantityCount>, kQuantityCount> needs;
  for (const Reading& reading : readings_) {
    if (!reading.is_input && reading.by != Q::kCount)
      needs[static_cast<std::size_t>(reading.by)][reading.id] = true;
  }
  std::vector<Q> out;
  std::bitset<kQuantityCount> placed;
  // As deep as the longest chain of quantities; no quantity needs itself.
  const auto place = [&](const auto& self, std::size_t index) -> void {
    if (placed[index] || !known_[index]) return;
    placed[index] = true;
    for (std::size_t needed = 0; needed < kQuantityCount; ++needed) {
      if (needs[index][needed]) self(self, needed);
    }
    out.push_back(quantity_at(index));
  };
  for (std::size_t index = 0; index < kQuantityCount; ++index) place(place, index);
  return out;
}

Maybe<double> Evaluation::compute(Q id) {
  if (is_given(id)) return givens_->value[static_cast<std::size_t>(id)];
  const Missing outer = missing_;
  const Q outer_quantity = computing_;
  missing_ = {};
  computing_ = id;
  Maybe<double> result = info(id).compute(*this);
  // What was missing is the reason, whatever the function made of the NaN that stood for it.
  if (!missing_.reason.empty()) {
    result = Maybe<double>::because(missing_.reason);
  } else if (result && !std::isfinite(*result)) {
    result = none("the number is too large, or divides by nothing");
  }
  missing_ = outer;
  computing_ = outer_quantity;
  return result;
}

}  // namespace berth::tokenomics
