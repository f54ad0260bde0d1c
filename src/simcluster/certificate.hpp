// What the simulated API server proves itself with.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "http/http.hpp"

namespace berth::simcluster {

struct Certificate {
  http::TlsFiles files;
  std::string authority;  // PEM: what clients are to trust
};

/// A key and a certificate signed by itself, for `address` and localhost, made anew in `folder`, where only
/// their owner may read them. Nobody else is ever vouched for by it: the key signs nothing more.
Result<Certificate> make_certificate(const std::filesystem::path& folder, const std::string& address);

}  // namespace berth::simcluster
