// What is wrong with objects of particular kinds; part of validate.hpp.
#pragma once

#include <vector>

#include "simcluster/api_status.hpp"
#include "simcluster/resources.hpp"

namespace berth::simcluster {

void check_kind(const json::object& object, const ResourceType& type, std::vector<Cause>& out);

/// The object there, or an empty one.
json::object part_of(const json::object& object, std::string_view name);

}  // namespace berth::simcluster
