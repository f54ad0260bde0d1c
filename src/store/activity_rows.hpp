// When workspaces say they were last used (decision 50), as rows; for the files of this folder.
#pragma once

#include "pg/pg.hpp"
#include "said/activity.hpp"
#include "said/dcgm.hpp"

namespace berth::store {

/// From the columns of berth.activity by their own names.
said::Activity read_activity(const pg::Row& row);
/// Of berth.device_use, likewise.
said::DeviceUse read_device_use(const pg::Row& row);

}  // namespace berth::store
