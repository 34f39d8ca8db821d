// The part of outer-broadcast that tells pairs of samples which are meant.
#pragma once

#include "lib/lint/rule.h"

namespace shapelint::rules {

/// A step that puts an axis between those of its only operand.
bool grew_by_an_axis(const Trace& trace, const Step& step);

/// A tensor behind views that keep all of its elements. A column picked from it is another one.
TensorId same_elements(const RuleContext& ctx, TensorId id);

/// No later step looks at rows or columns of a pairing: whatever reduces it takes both of its batch axes at once.
bool is_reduced_as_a_whole(const RuleContext& ctx, TensorId pairing);

/// A tensor with itself, or an axis inserted right here for a difference or a comparison.
bool is_meant(const RuleContext& ctx, const Step& step);

/// Positives and negatives, each a selection with a length of its own: nothing else than pairs can be meant.
bool are_two_selections(const RuleContext& ctx, const Step& step);

/// `x.pow(2).sum(1, keepdim=True) + y.pow(2).sum(1) - 2 * x @ y.T`: the pairs meet a product of all pairs, or a matrix
/// that is handed over.
bool meets_product_of_pairs(const RuleContext& ctx, TensorId pairing);

}  // namespace shapelint::rules
