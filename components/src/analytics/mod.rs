//! Web analytics.

pub mod ga4;
