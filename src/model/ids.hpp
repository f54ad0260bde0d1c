// Identities as types, so that a unit is never taken for a node.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>

namespace berth::model {

/// A number given by the database.
template <typename Tag>
struct RowId {
  std::int64_t value = 0;
  auto operator<=>(const RowId&) const = default;
};

/// A UUID in canonical form.
template <typename Tag>
struct UuidId {
  std::string value;
  auto operator<=>(const UuidId&) const = default;
};

using PoolId = RowId<struct PoolTag>;
using NodeId = RowId<struct NodeTag>;
using DeviceId = RowId<struct DeviceTag>;
using ClassId = RowId<struct ClassTag>;
using UnitId = RowId<struct UnitTag>;
using UserId = UuidId<struct UserTag>;
using TeamId = UuidId<struct TeamTag>;
using TokenId = UuidId<struct TokenTag>;
using ReservationId = UuidId<struct ReservationTag>;
using SessionId = UuidId<struct SessionTag>;

}  // namespace berth::model

template <typename Tag>
struct std::hash<berth::model::RowId<Tag>> {
  std::size_t operator()(const berth::model::RowId<Tag>& id) const noexcept {
    return std::hash<std::int64_t>()(id.value);
  }
};

template <typename Tag>
struct std::hash<berth::model::UuidId<Tag>> {
  std::size_t operator()(const berth::model::UuidId<Tag>& id) const noexcept {
    return std::hash<std::string>()(id.value);
  }
};
