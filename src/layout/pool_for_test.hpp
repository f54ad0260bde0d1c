// Pools for tests: the reference one, and of one card.
#pragma once

#include <fstream>
#include <sstream>
#include <string>

#include "base/yaml.hpp"
#include "model/pool.hpp"
#include "poolfile/poolfile.hpp"

namespace berth::layout {

inline model::Pool reference_pool() {
  std::ifstream file(std::string(BERTH_SOURCE_DIR) + "/deploy/pools/lab.yaml");
  std::ostringstream text;
  text << file.rdbuf();
  return poolfile::parse_stream(yaml_documents(text.str()).value()).value().pools.at(0);
}

class PoolOfOneCard {
 public:
  PoolOfOneCard(std::string model, std::int64_t memory_gib, int slots) {
    model::Node node;
    node.id = {1};
    node.name = "node";
    node.kubernetes_name = "node.lab";
    pool_.nodes = {node};
    pool_.name = "lab";
    model::Device device;
    device.id = {1};
    device.node = {1};
    device.name = "card";
    device.model = std::move(model);
    device.memory = {memory_gib};
    device.slots = slots;
    pool_.devices = {device};
  }
  PoolOfOneCard& unit(std::string name, std::string resource, int first, int end, int replicas = 1) {
    model::Unit unit;
    unit.id = {static_cast<std::int64_t>(pool_.units.size()) + 1};
    unit.node = {1};
    unit.device = {1};
    unit.name = std::move(name);
    unit.resource_name = std::move(resource);
    unit.replicas = replicas;
    unit.placement = {first, end};
    pool_.units.push_back(std::move(unit));
    return *this;
  }
  const model::Pool& pool() const { return pool_; }

 private:
  model::Pool pool_;
};

}  // namespace berth::layout
