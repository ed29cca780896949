//! Conversion APIs: what happened, told to those who advertise, with the personal data that the visitor agreed to be
//! known by.

pub mod meta;
pub mod pinterest;
pub mod snapchat;
pub mod tiktok;

mod ads;
