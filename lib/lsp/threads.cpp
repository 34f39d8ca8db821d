#include "lib/lsp/threads.h"

#include <algorithm>
#include <utility>

namespace shapelint::lsp {
Worker::Worker() : thread_([this] { run(); }) {}

Worker::~Worker() {
  const std::lock_guard lock(mutex_);
  is_stopping_ = true;
  changed_.notify_all();
}

void Worker::post(Task task) {
  const std::lock_guard lock(mutex_);
  requests_.push_back(std::move(task));
  changed_.notify_all();
}

void Worker::schedule(const std::string& key, Clock::time_point due, Task task) {
  const std::lock_guard lock(mutex_);
  scheduled_[key] = {due, std::move(task)};
  changed_.notify_all();
}

void Worker::unschedule(const std::string& key) {
  const std::lock_guard lock(mutex_);
  scheduled_.erase(key);
}

void Worker::run() {
  std::unique_lock lock(mutex_);
  while (!is_stopping_) {
    Task task;
    if (!requests_.empty()) {
      task = std::move(requests_.front());
      requests_.pop_front();
    } else if (scheduled_.empty()) {
      changed_.wait(lock);
      continue;
    } else {
      const auto next = std::ranges::min_element(scheduled_, {}, [](const auto& item) { return item.second.due; });
      if (next->second.due > Clock::now()) {
        const Clock::time_point due = next->second.due;
        changed_.wait_until(lock, due);
        continue;
      }
      task = std::move(next->second.task);
      scheduled_.erase(next);
    }
    lock.unlock();
    task();
    task = nullptr;
    lock.lock();
  }
}

Outbox::Outbox(std::function<bool(std::string_view)> write) : write_(std::move(write)), thread_([this] { run(); }) {}

Outbox::~Outbox() {
  const std::lock_guard lock(mutex_);
  is_stopping_ = true;
  changed_.notify_all();
}

void Outbox::push(std::string message) {
  const std::lock_guard lock(mutex_);
  if (is_broken_) return;
  messages_.push_back(std::move(message));
  changed_.notify_all();
}

bool Outbox::flush(Clock::duration limit) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, limit, [&] { return is_broken_ || (messages_.empty() && !is_writing_); });
}

void Outbox::run() {
  std::unique_lock lock(mutex_);
  while (!is_stopping_) {
    if (messages_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const std::string message = std::move(messages_.front());
    messages_.pop_front();
    is_writing_ = true;
    lock.unlock();
    const bool is_written = write_(message);
    lock.lock();
    is_writing_ = false;
    if (!is_written) {
      is_broken_ = true;
      messages_.clear();
    }
    changed_.notify_all();
  }
}

}  // namespace shapelint::lsp
