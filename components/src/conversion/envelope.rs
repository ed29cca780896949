//! Events as JSON, in the vendor's batches.

use selvedge_core::component::Outbound;
use serde_json::Value;

use crate::request::batches;

/// An event as the vendor takes it, and its place in the batch.
pub(super) type Line = (usize, String);

/// Requests of at most `count` events and `bytes` bytes, of which the envelope takes `around`. `request` makes one of the
/// events' JSON, which commas separate, and is told how many there are.
pub(super) fn requests(
    lines: Vec<Line>,
    (count, bytes, around): (usize, usize, usize),
    request: impl Fn(&str, usize) -> Outbound,
) -> Vec<(Outbound, Vec<usize>)> {
    let room = bytes.saturating_sub(around);
    let batches = batches(lines, |(_, line)| line.len(), (count, room, 1));
    let made = batches.into_iter().map(|lines| {
        let (events, lines): (Vec<usize>, Vec<String>) = lines.into_iter().unzip();
        (request(&lines.join(","), events.len()), events)
    });
    made.collect()
}

/// An amount without what binary fractions leave behind: a millionth of a currency's unit is nobody's money.
pub(super) fn money(amount: f64) -> Value {
    crate::commerce::json_number((amount * 1e6).round() / 1e6)
}

/// A whole number of pieces; none of what nobody buys.
pub(super) fn pieces(quantity: f64) -> Option<Value> {
    (0.0..1e9).contains(&quantity).then(|| crate::commerce::json_number(quantity.round()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn money_is_what_was_paid() {
        for (amount, written) in
            [(19.99 * 3.0, json!(59.97)), (0.1 + 0.2, json!(0.3)), (40.0, json!(40)), (-1.5, json!(-1.5))]
        {
            assert_eq!(money(amount), written);
        }
        for (quantity, written) in [(2.0, Some(json!(2))), (2.6, Some(json!(3))), (1e19, None), (-1.0, None)]
        {
            assert_eq!(pieces(quantity), written);
        }
    }
}
