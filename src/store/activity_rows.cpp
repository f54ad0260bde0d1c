#include "store/activity_rows.hpp"

namespace berth::store {

said::Activity read_activity(const pg::Row& row) {
  said::Activity activity{.looked_at = row.get<Instant>("looked_at")};
  if (row.get<bool>("editor_asked"))
    activity.editor = said::EditorUse{row.get<std::optional<Instant>>("editor_used_at")};
  if (const auto used_at = row.get<std::optional<Instant>>("lab_used_at"))
    activity.lab = said::LabUse{*used_at, row.get<int>("kernels"), row.get<int>("kernels_busy")};
  return activity;
}

said::DeviceUse read_device_use(const pg::Row& row) {
  return {.since = row.get<Instant>("since"),
          .looked_at = row.get<Instant>("looked_at"),
          .busy_permille = row.get<int>("busy_permille"),
          .used_at = row.get<std::optional<Instant>>("used_at")};
}

}  // namespace berth::store
