// The parts of a pool file, read into the model; shared by the file and by what the database keeps.
#pragma once

#include <string>
#include <vector>

#include "model/cluster.hpp"
#include "model/pool.hpp"
#include "poolfile/fields.hpp"

namespace berth::poolfile {

inline constexpr std::string_view kPoolKind = "Pool";
inline constexpr std::string_view kClusterKind = "Cluster";

/// What every document begins with: apiVersion, kind and name.
void read_head(Fields& fields, std::string_view kind, std::string& name);
json::object head_to_json(std::string_view kind, std::string_view name);

void read_policy(Fields& fields, model::Policy& policy);
/// Of a file alone: what was declared before this was asked is read as it is.
void check_shortest(const model::Policy& policy, FieldErrors& faults);
void read_facts(Fields& fields, model::Cluster& cluster);
/// Those without which a cluster is not declared, with one range or more.
bool is_required_range(std::string_view field);
void read_class(Fields& fields, model::Pool& pool);

/// Where in the file a pool's devices and units are told, by place in its lists.
struct Paths {
  std::vector<std::string> devices;
  std::vector<std::string> units;
};
void read_node(Fields& fields, model::Pool& pool, Paths& paths);

/// They are read by node_labels: here only whether they can be.
void check_node_labels(Fields& fields);

/// What no single field can say: names used once, classes that are named, units that may share a device.
void check_whole(const model::Pool& pool, const Paths& paths, FieldErrors& faults);

/// Before clusters were declared by themselves, each pool said its cluster's facts under `site`. That is a
/// fault, which shows the new form of what was written.
void refuse_site(Fields& fields, const json::value& document);

/// 15 or 15.5, 0.8: whole where it is whole.
json::value decimal_number(std::int64_t parts, std::int64_t parts_per_one);

}  // namespace berth::poolfile
