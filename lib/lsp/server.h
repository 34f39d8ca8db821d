// The language server: messages in, messages out. Whoever owns it reads bytes and feeds them; everything is answered
// through `write`. Texts are kept in step on the feeding thread, analysis runs on a second one, and a third one writes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "lib/lsp/analyzer.h"
#include "lib/lsp/documents.h"
#include "lib/lsp/framing.h"
#include "lib/lsp/threads.h"

namespace shapelint::lsp {

struct ServerOptions {
  AnalysisOptions analysis;
  Severity min_severity = Severity::advice;
  std::string version;
  std::string docs_url;  ///< see ClientOptions
};

class Server {
 public:
  /// `write` gets framed messages, on a thread of its own, and returns false when nobody reads them any more.
  Server(ServerOptions options, Files& files, std::function<bool(std::string_view)> write);

  void feed(std::string_view bytes);
  /// The client asked to end, or the input ended: 0 after `shutdown`, else 1.
  std::optional<int> exit_code() const { return exit_code_; }
  void end_of_input() { exit_code_ = exit_code_.value_or(is_shut_down_ ? 0 : 1); }
  /// The process that started us, as it says.
  std::optional<std::int64_t> parent_process() const { return parent_process_; }
  /// Waits until all that was answered is written, at most so long.
  void flush(Clock::duration limit) { outbox_.flush(limit); }

 private:
  // On the feeding thread.
  void receive(const std::string& text);
  void dispatch(const Json& message);
  void lose_sync();
  void request(const Json& id, const std::string& method, const Json& params);
  void notification(const std::string& method, const Json& params);
  Json initialize(const Json& params);
  void apply_settings(const Json& settings);
  void did_change_document(const std::string& uri, const std::string& problem, bool at_once);
  void hover(const Json& id, const Json& params);
  void pull(const Json& id, const Json& params);
  void check_others(const std::string& changed_uri);
  void watch_files();

  // On any thread.
  void send(const Json& message);
  void respond(const Json& id, Json result);
  void fail(const Json& id, int code, const std::string& message, Json data = nullptr);
  void notify(const std::string& method, Json params);
  void log(int type, const std::string& message);
  void schedule(const std::string& uri, Clock::duration delay);

  // On the worker.
  struct Snapshot {
    std::shared_ptr<const OpenDocument> document;
    OpenDocuments open;
    ClientOptions client;
    std::uint64_t revision = 0;
  };
  Snapshot snapshot(const std::string& uri);
  void publish(const std::string& uri);
  /// The diagnostics of a document that can be analysed; an empty list for another.
  Json analyse(const Snapshot& snapshot);
  bool is_current(const Snapshot& snapshot) const;
  /// Runs a request that can be cancelled; `work` returns the response's body.
  void post(const Json& id, std::function<void()> work);
  bool take_pending(const Json& id);

  ServerOptions options_;
  FrameReader reader_;
  std::optional<int> exit_code_;
  std::optional<std::int64_t> parent_process_;
  bool is_initialized_ = false;
  bool is_shut_down_ = false;
  bool pulls_ = false;  ///< the client asks for diagnostics; nothing is pushed
  bool can_refresh_ = false;
  bool can_register_watchers_ = false;
  std::uint64_t requests_sent_ = 0;

  mutable std::mutex mutex_;  // guards what stands below
  Documents documents_;
  ClientOptions client_;
  bool shows_diagnostics_ = true;
  bool shows_hover_ = true;
  std::uint64_t revision_ = 0;                                ///< grows whenever a result may become another
  std::set<std::string> pending_;                             ///< requests that are not answered, by their id's JSON
  std::map<std::string, Clock::duration, std::less<>> cost_;  ///< how long the last analysis of a document took
  std::set<std::string, std::less<>> has_imports_;
  std::set<std::string> problems_said_;

  Analyzer analyzer_;  // the worker's alone
  Outbox outbox_;
  Worker worker_;  // last: its tasks use everything above
};

}  // namespace shapelint::lsp
