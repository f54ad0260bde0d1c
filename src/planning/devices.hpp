// Whether the devices of a reservation are free of other tenants' pods.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "planning/planning.hpp"

namespace berth::planning {

/// Nothing when the units' slots are free for the session of `own_namespace`; else one plain sentence about
/// who or what stands in the way. The device plugin ties no replica to a tenant, so what counts is the number
/// of slots left under each resource name on the node: for a name that one unit alone has, that means nobody
/// else at all.
/// Pods on siblings of the units hold other resource names and the same devices.
std::optional<std::string> device_trouble(const Booked& booked, const std::string& own_namespace,
                                          const Observed& observed);

/// The pods for which sessions have waited so long that an admin should know: whose they are, which the
/// waiting session's owner is not told.
void tell_of_held_devices(const Desired& desired, const Observed& observed, KeepOutages& keep);

/// What moves a first attempt off units that others still hold, or that the layout of their node does not
/// have (`laid_out` names those that it has; nothing: all), onto spare ones of the class; nothing when that
/// would not make the devices free. Later attempts stay: their claims tell which units the earlier ones used.
std::optional<MoveUnits> move_to_spare_units(const DesiredSession& wanted,
                                             const std::optional<std::vector<std::string>>& laid_out,
                                             const Observed& observed);

/// True when a pod of that namespace still holds a GPU.
bool holds_device(const std::string& namespace_name, const Observed& observed);

/// True when one does, or has yet to be given one.
bool may_use_device(const std::string& namespace_name, const Observed& observed);

/// Counts of devices are the tenants' to say: a sum of them stops at the largest number instead of
/// overflowing, which would make the device look free.
void add_devices(std::int64_t& sum, std::int64_t count);

}  // namespace berth::planning
