// What the demo needs of this machine before it starts anything: a folder it can write in, and its ports.
#pragma once

#include <filesystem>
#include <string_view>

#include "app/roles.hpp"
#include "base/result.hpp"

namespace berth::app {

/// In the data folder: where database and cluster are.
inline constexpr std::string_view kAddressesFile = "demo.json";
/// Of a folder that root's PostgreSQL, which runs as another user, has to pass through.
inline constexpr auto kPassable = std::filesystem::perms::owner_all | std::filesystem::perms::group_exec |
                                  std::filesystem::perms::others_exec;

/// Makes the data folder, its owner's alone, and writes in it. A folder that another program made keeps its
/// mode. kUnavailable, naming the folder, the reason and --data; kInvalid where other things are in it.
Status prepare_data_folder(const std::filesystem::path& data);

/// That both ports are free: the portal's, and with `simulated` the next one, which the pages of simulated
/// workspaces take. kUnavailable, naming the taken one and what chooses others.
Status check_ports(const Listen& listen, bool simulated);

}  // namespace berth::app
