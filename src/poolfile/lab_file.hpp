// The reference cluster and pool, for this folder's tests.
#pragma once

#include <fstream>
#include <sstream>
#include <string>

#include "base/yaml.hpp"
#include "poolfile/poolfile.hpp"

namespace berth::poolfile {

inline std::string read_file(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline std::string source_path(const std::string& path) {
  return std::string(BERTH_SOURCE_DIR) + "/" + path;
}

/// The cluster, then the pool.
inline std::vector<json::value> lab_documents() {
  auto documents = yaml_documents(read_file(source_path("deploy/pools/lab.yaml")));
  return documents && documents->size() == 2 ? *documents : std::vector<json::value>(2);
}
inline json::value lab_cluster_document() {
  return lab_documents().front();
}
inline json::value lab_document() {
  return lab_documents().back();
}

/// Puts a value at a JSON pointer; the object or list that it is in must be there.
inline void put(json::value& document, const std::string& pointer, json::value value) {
  const auto slash = pointer.rfind('/');
  auto& parent = document.at_pointer(pointer.substr(0, slash));
  const auto step = pointer.substr(slash + 1);
  if (parent.is_array()) {
    parent.as_array().at(std::stoul(step)) = std::move(value);
  } else {
    parent.as_object()[step] = std::move(value);
  }
}

}  // namespace berth::poolfile
