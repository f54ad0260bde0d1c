#include "base/gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

namespace berth {
namespace {

constexpr int kGzipFormat = 15 + 16;  // the largest window, with gzip's head and checksum
constexpr int kMemoryLevel = 8;       // zlib's own default
constexpr std::size_t kMost = std::numeric_limits<uInt>::max();

}  // namespace

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipFormat, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();  // the one way it fails with these arguments
  std::string compressed(deflateBound(&stream, bytes.size()), '\0');
  std::size_t read = 0;
  std::size_t written = 0;
  int done = Z_OK;
  while (done == Z_OK) {  // the bound suffices for all of it; only the counters of zlib may be too narrow
    const auto left = std::min(bytes.size() - read, kMost);
    const auto room = std::min(compressed.size() - written, kMost);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data() + read));  // it only reads
    stream.avail_in = static_cast<uInt>(left);
    stream.next_out = reinterpret_cast<Bytef*>(compressed.data() + written);
    stream.avail_out = static_cast<uInt>(room);
    done = deflate(&stream, read + left == bytes.size() ? Z_FINISH : Z_NO_FLUSH);
    read += left - stream.avail_in;
    written += room - stream.avail_out;
  }
  deflateEnd(&stream);
  compressed.resize(written);
  return compressed;
}

}  // namespace berth
