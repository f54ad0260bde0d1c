// Makes a model that is there whole be seen: links first, the revision's name last.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "modelcache/listing.hpp"
#include "modelcache/source.hpp"

namespace berth::modelcache {

/// Of a file that names a commit.
inline constexpr std::size_t kMaxRefBytes = 4096;

/// Where the link of `path`, in a snapshot, leads: "../../blobs/<hash>", and one "../" more for each folder.
std::string link_target(const std::string& path, const std::string& hash);

/// `model` is the model's own folder, and each file's blob is in it. Twice is as good as once.
Status publish(const std::filesystem::path& model, const Source& source, const std::string& commit,
               const std::vector<RemoteFile>& files);

}  // namespace berth::modelcache
