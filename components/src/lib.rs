//! The destinations that Selvedge brings along: a file each, by category. A destination is a pure function from a
//! batch of events and its settings to HTTP requests.

#![forbid(unsafe_code)]
