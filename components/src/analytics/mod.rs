//! Web analytics.

pub mod amplitude;
pub mod ga4;
pub mod mixpanel;
pub mod posthog;
