#include "cli/input_file.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "base/yaml.hpp"

namespace berth::cli {
namespace {

Result<std::string> read_all(std::istream& from, const std::string& path) {
  std::string text(kMaxYamlBytes + 1, '\0');
  from.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (from.bad()) return fail(Code::kInvalid, fmt::format("cannot read {}", path));
  text.resize(static_cast<std::size_t>(from.gcount()));
  if (text.size() > kMaxYamlBytes) {
    return fail(Code::kInvalid, fmt::format("{} is longer than {} bytes", path, kMaxYamlBytes));
  }
  return text;
}

}  // namespace

Result<std::string> read_input(const std::string& path) {
  if (path == "-") return read_all(std::cin, "standard input");
  std::error_code ignored;  // a folder opens like a file, and only reading it fails
  if (std::filesystem::is_directory(path, ignored)) {
    return fail(Code::kInvalid, fmt::format("{} is a folder", path));
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(Code::kInvalid, fmt::format("cannot open {}", path));
  return read_all(file, path);
}

Result<std::vector<json::value>> read_documents(const std::string& path) {
  const auto text = read_input(path);
  if (!text) return fail(text.error());
  return documents_of(*text, path);
}

Result<std::vector<json::value>> documents_of(const std::string& text, const std::string& path) {
  auto documents = yaml_documents(text);
  if (documents) return documents;
  auto error = within(path == "-" ? "standard input" : path, documents.error());
  error.code = Code::kInvalid;
  return fail(std::move(error));
}

}  // namespace berth::cli
