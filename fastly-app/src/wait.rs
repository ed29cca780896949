//! Waiting for the platform with a deadline, which the SDK has for requests alone.

// The one call that the SDK keeps to itself.
#![allow(unsafe_code)]

use std::time::Duration;

use fastly_sys::fastly_async_io::select;

/// Whether what a handle stands for is there before the deadline: from then on waiting for it takes no time. Where the
/// host cannot say, it is as if it were there.
pub(crate) fn ready_within(handle: u32, deadline: Duration) -> bool {
    // None would be no deadline at all.
    let milliseconds = u32::try_from(deadline.as_millis()).unwrap_or(u32::MAX).max(1);
    let mut ready = 0;
    // SAFETY: the host reads one handle, and writes one number into `ready` before it returns; both outlive the call.
    let status = unsafe { select(&raw const handle, 1, milliseconds, &raw mut ready) };
    status.is_err() || ready != u32::MAX
}
