//! A batch of events as a vendor's requests: what it is told of each event, in requests of bounded count and size.

use selvedge_core::account::DropReason;
use selvedge_core::component::{Encoded, Outbound};
use selvedge_core::event::Event;

/// What the vendor is told of each event, with the event's index. What it has no use for is dropped.
pub(crate) fn told<T>(
    batch: &[&Event],
    encoded: &mut Encoded,
    mut tell: impl FnMut(&Event) -> Option<T>,
) -> Vec<(usize, T)> {
    let mut told = Vec::with_capacity(batch.len());
    for (index, event) in batch.iter().enumerate() {
        match tell(event) {
            Some(said) => told.push((index, said)),
            None => encoded.dropped.push((index, DropReason::NotSupported)),
        }
    }
    told
}

/// The event as JSON. Nothing here fails to be written: all its maps have text for keys.
pub(crate) fn whole(event: &Event) -> Option<String> {
    serde_json::to_string(event).ok()
}

/// A request for each event, for vendors that take no batches.
pub(crate) fn alone(batch: &[&Event], request: impl FnMut(&Event) -> Option<Outbound>) -> Encoded {
    let mut encoded = Encoded::default();
    let told = told(batch, &mut encoded, request);
    encoded.requests = told.into_iter().map(|(index, request)| (request, vec![index])).collect();
    encoded
}

/// Bounds of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    /// Events.
    pub(crate) events: usize,
    /// Bytes of the body.
    pub(crate) bytes: usize,
    /// Of these, the bytes that stand around the events.
    pub(crate) around: usize,
}

/// Requests of what is told of events, which commas separate. `request` makes one, and is told how many events it has.
pub(crate) fn requests<I>(
    told: Vec<(I, String)>,
    room: Room,
    request: impl Fn(&str, usize) -> Outbound,
) -> Vec<(Outbound, Vec<I>)> {
    let bytes = room.bytes.saturating_sub(room.around);
    let batches = batches(told, |(_, text)| text.len(), (room.events, bytes, 1));
    let made = batches.into_iter().map(|told| {
        let (events, texts): (Vec<I>, Vec<String>) = told.into_iter().unzip();
        (request(&texts.join(","), events.len()), events)
    });
    made.collect()
}

/// What the vendor is told of each event, in as few requests as there is room for: [`told`], and then [`requests`].
pub(crate) fn together(
    batch: &[&Event],
    room: Room,
    mut tell: impl FnMut(&Event) -> Option<String>,
    request: impl Fn(&str, usize) -> Outbound,
) -> Encoded {
    let mut encoded = Encoded::default();
    let told = told(batch, &mut encoded, &mut tell);
    encoded.requests = requests(told, room, request);
    encoded
}

/// Items in the order in which they came, in batches of at most `count` items and `bytes` bytes, each item counting
/// `between` more. One that is larger goes alone, for it cannot be cut.
pub(crate) fn batches<T>(
    items: impl IntoIterator<Item = T>,
    size: impl Fn(&T) -> usize,
    (count, bytes, between): (usize, usize, usize),
) -> Vec<Vec<T>> {
    let mut batches: Vec<Vec<T>> = Vec::new();
    let mut used = 0;
    for item in items {
        let needed = size(&item) + between;
        match batches.last_mut().filter(|batch| batch.len() < count && used + needed <= bytes) {
            Some(batch) => {
                used += needed;
                batch.push(item);
            }
            None => {
                used = needed;
                batches.push(vec![item]);
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_keep_their_bounds() {
        let of = |items: &[usize], bounds| batches(items.to_vec(), |item| *item, bounds);
        assert_eq!(of(&[], (2, 10, 0)), Vec::<Vec<usize>>::new());
        assert_eq!(of(&[1, 1, 1], (2, 10, 0)), [vec![1, 1], vec![1]]);
        assert_eq!(of(&[4, 4, 4], (9, 10, 1)), [vec![4, 4], vec![4]]);
        assert_eq!(of(&[50, 1, 50], (9, 10, 0)), [vec![50], vec![1], vec![50]]);
    }
}
