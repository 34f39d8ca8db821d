// The server's two threads beside the one that reads: one that analyses, with a deep stack, and one that writes, so
// that a client that is slow to read stops neither of the others.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "lib/lint/deep_thread.h"

namespace shapelint::lsp {

using Clock = std::chrono::steady_clock;
using Task = std::function<void()>;

/// Runs tasks one after the other: requests in their order, then what is scheduled and due.
class Worker {
 public:
  Worker();
  /// Waits for the task that runs; the others are dropped.
  ~Worker();
  void post(Task task);
  /// Replaces what was scheduled under the same key.
  void schedule(const std::string& key, Clock::time_point due, Task task);
  void unschedule(const std::string& key);

 private:
  struct Scheduled {
    Clock::time_point due;
    Task task;
  };
  void run();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> requests_;
  std::map<std::string, Scheduled, std::less<>> scheduled_;
  bool is_stopping_ = false;
  DeepThread thread_;  // last: it uses what stands above
};

/// Messages on their way out, in order.
class Outbox {
 public:
  /// `write` returns false when nobody reads any more.
  explicit Outbox(std::function<bool(std::string_view)> write);
  /// Waits for the write that goes on.
  ~Outbox();
  void push(std::string message);
  /// Waits until everything is written, but no longer than `limit`. True when it is.
  bool flush(Clock::duration limit);

 private:
  void run();
  std::function<bool(std::string_view)> write_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> messages_;
  bool is_writing_ = false;
  bool is_broken_ = false;
  bool is_stopping_ = false;
  DeepThread thread_;
};

}  // namespace shapelint::lsp
