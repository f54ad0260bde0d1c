#include "testsupport/lab.hpp"

#include <fstream>
#include <sstream>

#include "base/yaml.hpp"
#include "testsupport/must.hpp"

namespace berth::testsupport {

std::vector<json::value> lab_documents() {
  std::ifstream file(std::string(BERTH_SOURCE_DIR) + "/deploy/pools/lab.yaml");
  std::ostringstream all;
  all << file.rdbuf();
  return must(yaml_documents(all.str()));
}

poolfile::Declared lab_file() {
  return must(poolfile::parse_stream(lab_documents()));
}

model::Pool lab_pool() {
  return lab_file().pools.at(0);
}

model::Cluster lab_cluster() {
  return lab_file().clusters.at(0);
}

}  // namespace berth::testsupport
