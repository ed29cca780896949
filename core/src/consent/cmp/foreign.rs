//! A platform whose cookie a third party's component reads. The component is asked only where the cookie is there, gets that
//! cookie alone, and its failure is a statement too: what cannot be read is not granted.

use std::cell::Cell;

use http::HeaderMap;

use super::{Jar, pending};
use crate::component::{MAPPING_FUEL, Mapping, Moment};
use crate::config::{self, Cmp};
use crate::consent::{Choice, Statement};
use crate::facts::Facts;

/// What the platform's cookie says, and what is to be said of the component that read it.
pub(crate) fn read(
    config: &config::Consent,
    mapping: &Result<Option<Box<dyn Mapping>>, String>,
    headers: &HeaderMap,
    facts: &Facts,
) -> (Option<Statement>, Option<String>) {
    let Some(name) = config.cookie.as_deref() else { return (None, None) };
    let jar = Jar::of(headers, |found| (found == name).then_some(found));
    let Some(value) = jar.get(name) else { return (None, None) };
    let fuel = Cell::new(MAPPING_FUEL);
    let moment = Moment { now: facts.now, random: &facts.random, fuel: &fuel, token: None };
    let said = match mapping {
        Ok(Some(mapping)) => mapping.map((name, value), &moment),
        Ok(None) => return (None, None),
        Err(problem) => Err(problem.clone()),
    };
    match said {
        Ok(state) => {
            let choice = |state| Statement { cmp: Cmp::Wasm, choice: Choice::from(state), vendors: None };
            (state.map(choice), None)
        }
        Err(problem) => (Some(pending(Cmp::Wasm)), Some(problem)),
    }
}
