#include "manifests/amounts.hpp"

#include <algorithm>

#include "base/kube_quantity.hpp"

namespace berth::manifests {
namespace {

constexpr std::int64_t kMibInGib = 1024;

}  // namespace

Mib to_mib(Gib amount) {
  return Mib{amount.value} * kMibInGib;
}

std::string kube_mib(Mib amount) {
  if (amount.value % kMibInGib == 0) return kube_gib(Gib{amount.value / kMibInGib});
  return std::to_string(amount.value) + "Mi";
}

Means means_of(const model::Reservation& reservation, Gib ephemeral) {
  return {reservation.load.cpu, to_mib(reservation.load.memory), to_mib(ephemeral)};
}

Means one_part_of(const Means& means, std::int64_t parts) {
  const auto part = [parts](std::int64_t whole) { return std::max<std::int64_t>(whole / parts, 1); };
  return {{part(means.cpu.value)}, {part(means.memory.value)}, {part(means.ephemeral.value)}};
}

Means without(const Means& means, const Means& part) {
  const auto left = [](std::int64_t whole, std::int64_t taken) {
    return std::max<std::int64_t>(whole - taken, 0);
  };
  return {{left(means.cpu.value, part.cpu.value)},
          {left(means.memory.value, part.memory.value)},
          {left(means.ephemeral.value, part.ephemeral.value)}};
}

Means at_most(const Means& means, const Means& limit) {
  return {std::min(means.cpu, limit.cpu), std::min(means.memory, limit.memory),
          std::min(means.ephemeral, limit.ephemeral)};
}

std::optional<bool> same_quantity(std::string_view left, std::string_view right) {
  const auto a = parse_kube_quantity(left);
  const auto b = parse_kube_quantity(right);
  if (!a || !b) return std::nullopt;
  return a->nano == b->nano;
}

}  // namespace berth::manifests
