//! Web analytics.

pub mod amplitude;
pub mod ga4;
pub mod gosquared;
pub mod matomo;
pub mod mixpanel;
pub mod piano;
pub mod plausible;
pub mod posthog;
pub mod woopra;
