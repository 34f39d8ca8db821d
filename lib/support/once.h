// A value that is made when it is first asked for, by whichever thread asks first. Two threads that ask at once may
// both make it; one of the two is kept, so making it must have no effect beside its result. There is no lock, so that
// this also serves where there are no threads.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

namespace shapelint {

template <class T>
class Once {
 public:
  Once() = default;
  ~Once() { delete value_.load(std::memory_order_acquire); }
  Once(const Once&) = delete;
  Once& operator=(const Once&) = delete;

  /// The value, made by `make()` (which returns a `std::unique_ptr<const T>`, null for "there is none") if need be.
  template <class Make>
  const T* get(Make make) const {
    const T* known = value_.load(std::memory_order_acquire);
    if (known != nullptr) return known;
    std::unique_ptr<const T> made = make();
    if (made == nullptr) return nullptr;
    if (value_.compare_exchange_strong(known, made.get(), std::memory_order_acq_rel)) return made.release();
    return known;
  }

 private:
  mutable std::atomic<const T*> value_{nullptr};
};

}  // namespace shapelint
