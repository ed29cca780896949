//! The harness of Selvedge's scenarios: one case, three hosts, the same transcript.
//!
//! [`case`] is what a person writes. [`world`] plays it: a [`client`] asks one of the [`hosts`], which asks the
//! [`origin`] and afterwards sends to the [`catcher`]. [`transcript`] tells what everybody saw, without what differs
//! from run to run ([`normal`]) and from emulator to emulator ([`hop`]).

pub mod case;
pub mod catcher;
pub mod client;
pub mod diff;
pub mod hop;
pub mod hosts;
pub mod json;
pub mod normal;
pub mod origin;
pub mod server;
pub mod tcf;
pub mod transcript;
pub mod wire;
pub mod world;

use std::path::{Path, PathBuf};

/// The repository.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is in the repository").to_owned()
}

/// Where logs and stamped artifacts of test runs go.
#[must_use]
pub fn scratch() -> PathBuf {
    let dir = root().join("target/tests");
    std::fs::create_dir_all(&dir).expect("target/tests can be made");
    dir
}
