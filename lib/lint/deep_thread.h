// A thread with a stack for deep programs: analysis recurses with the program's nesting, which is bounded, but deep.
#pragma once

#include <pthread.h>

#include <functional>

namespace shapelint {

/// Joined in the destructor.
class DeepThread {
 public:
  explicit DeepThread(std::function<void()> body);
  ~DeepThread();
  DeepThread(const DeepThread&) = delete;
  DeepThread& operator=(const DeepThread&) = delete;
  /// False when the system gave no thread: then the body does not run.
  bool is_started() const { return is_started_; }

 private:
  std::function<void()> body_;
  pthread_t thread_{};
  bool is_started_ = false;
};

}  // namespace shapelint
