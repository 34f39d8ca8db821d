#include "lib/lint/deep_thread.h"

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <utility>

namespace shapelint {
namespace {

// Memory is only taken as it is used.
constexpr std::size_t kStackSize = std::size_t{256} << 20U;
constexpr std::size_t kLeastStack = std::size_t{8} << 20U;

// Nothing of ours throws on purpose: memory ran out, or this is a bug.
void* run_body(void* body) {
  try {
    (*static_cast<std::function<void()>*>(body))();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "shapelint: internal error: %s\nPlease report this with the input that caused it.\n",
                 error.what());
    std::_Exit(101);
  }
  return nullptr;
}

}  // namespace

DeepThread::DeepThread(std::function<void()> body) : body_(std::move(body)) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  // Where so much address space is not to be had (`ulimit -v`), less must do.
  for (std::size_t size = kStackSize; size >= kLeastStack && !is_started_; size /= 2)
    is_started_ = pthread_attr_setstacksize(&attributes, size) == 0 &&
                  pthread_create(&thread_, &attributes, run_body, &body_) == 0;
  pthread_attr_destroy(&attributes);
}

DeepThread::~DeepThread() {
  if (is_started_) pthread_join(thread_, nullptr);
}

}  // namespace shapelint
