#include <string_view>

#include <doctest/doctest.h>

#include "lib/oracle/masks.h"

namespace shapelint {
namespace {

TEST_CASE("a name that says mask") {
  for (const std::string_view name : {"mask", "valid", "loss_mask", "batch.attention_mask", "padMask", "out_masks"}) {
    CAPTURE(name);
    CHECK(names_mask(name));
  }
  for (const std::string_view name : {"mask_loss", "pred_mask", "mask_logits", "gt_masks", "task", "weights"}) {
    CAPTURE(name);
    CHECK_FALSE(names_mask(name));
  }
}

TEST_CASE("a name that says padding") {
  CHECK(names_padding("batch.action_is_pad"));
  CHECK(names_padding("key_padding_mask"));
  CHECK_FALSE(names_padding("pads_mask_of.token"));
  CHECK_FALSE(names_padding("padlock"));
}

}  // namespace
}  // namespace shapelint
