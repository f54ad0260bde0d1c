// Texts against committed files. BERTH_UPDATE_GOLDEN=1 writes them anew; the difference is then for people to
// read.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "manifests/manifests.hpp"

namespace berth::manifests {

/// One member a line, so that differences are readable.
inline void print(const json::value& value, std::string& out, const std::string& indent) {
  const std::string inner = indent + "  ";
  const char* separator = "\n";
  if (const auto* object = value.if_object(); object != nullptr && !object->empty()) {
    out += '{';
    for (const auto& [key, item] : *object) {
      out += separator + inner + json::serialize(json::value(key)) + ": ";
      print(item, out, inner);
      separator = ",\n";
    }
    out += "\n" + indent + '}';
  } else if (const auto* list = value.if_array(); list != nullptr && !list->empty()) {
    out += '[';
    for (const auto& item : *list) {
      out += separator + inner;
      print(item, out, inner);
      separator = ",\n";
    }
    out += "\n" + indent + ']';
  } else {
    out += json::serialize(value);
  }
}

inline std::string printed(const std::vector<Object>& objects) {
  json::array bodies;
  for (const auto& object : objects) bodies.emplace_back(object.body);
  std::string text;
  print(bodies, text, "");
  return text + "\n";
}

/// The text of a whole file.
inline void expect_golden(const std::filesystem::path& path, const std::string& text) {
  if (std::getenv("BERTH_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << text;
    return;
  }
  std::ifstream file(path);
  ASSERT_TRUE(file) << path << " is missing; BERTH_UPDATE_GOLDEN=1 writes it";
  std::stringstream committed;
  committed << file.rdbuf();
  EXPECT_EQ(committed.str(), text) << path << " differs; BERTH_UPDATE_GOLDEN=1 writes it anew";
}

}  // namespace berth::manifests
