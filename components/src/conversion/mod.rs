//! Conversion APIs: what happened, told to those who advertise, with the personal data that the visitor agreed to be
//! known by.

pub mod google_ads;
pub mod linkedin;
pub mod meta;
pub mod microsoft;
pub mod pinterest;
pub mod reddit;
pub mod snapchat;
pub mod tiktok;

mod ads;
mod contact;
mod rules;
