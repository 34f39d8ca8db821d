// The half of scalar-spread that is about statistics of the whole batch by which samples are measured, where each
// sample should have its own.
#pragma once

#include "lib/lint/rule.h"

namespace shapelint::rules {

/// Means of everything that are taken away before each sample is measured by itself, scales of everything for what is
/// compared sample by sample, and totals of everything that divide what is averaged.
void check_statistics(RuleContext& ctx);

}  // namespace shapelint::rules
