// Files into blobs/, pieces of all of them over several connections at once.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "modelcache/hub.hpp"
#include "modelcache/listing.hpp"
#include "modelcache/modelcache.hpp"
#include "modelcache/partial.hpp"
#include "modelcache/rate_limit.hpp"

namespace berth::modelcache {

class Download {
 public:
  /// `files` are those that are missing, each hash once. `begun` is what of the model is there already.
  Download(const FetchSettings& settings, HubSettings hub, std::string commit, std::filesystem::path blobs,
           std::vector<RemoteFile> files, Progress begun);

  /// Until all are there, or one cannot be: then with the first fault.
  Status run();
  Progress progress() const;

 private:
  struct Job {
    RemoteFile file;
    std::shared_ptr<Partial> partial{};
    std::string location{};  // a redirect's signed URL, for as long as it is taken
    bool ignores_range = false;
    bool streaming = false;
    bool finishing = false;
    int thrown_away = 0;
  };
  struct Assignment {
    std::shared_ptr<Job> job;  // another connection may be done with it before this one
    std::shared_ptr<Partial> partial;
    std::optional<Piece> piece;
    bool stream = false;  // all of it, from its beginning; where it is no piece either, all is there
  };
  struct Try;

  void work();
  std::optional<Assignment> take();
  std::optional<Assignment> take_of(const std::shared_ptr<Job>& job);
  Status do_piece(Web& web, const Assignment& given);
  Status do_stream(Web& web, const Assignment& given);
  Result<Try> attempt(Web& web, const Assignment& given, std::int64_t from, std::int64_t to);
  Status take_in(const Assignment& given, std::int64_t offset, std::string_view bytes);
  Status pause(int failed, const Error& why);
  Status piece_done(const Assignment& given, const Piece& piece);
  Status finish(const Assignment& given);
  Status throw_away(const Assignment& given, const std::string& why);
  void give_back(const Assignment& given);
  void stop_with(const Error& error);

  const FetchSettings& settings_;
  HubSettings hub_;
  std::string commit_;
  std::filesystem::path blobs_;
  Pauses pauses_;
  RateLimit rate_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<RemoteFile> files_;
  std::size_t next_ = 0;                  // of files_: the first that has no job yet
  std::list<std::shared_ptr<Job>> jobs_;  // those that are begun and not there
  Progress progress_;
  int workers_ = 0;
  std::optional<Error> fault_;
};

}  // namespace berth::modelcache
