//! A third party's component as a destination: each event is a call and, mostly, a request.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use selvedge_core::account::DropReason;
use selvedge_core::component::{Credentials, Destination, Encoded, Moment, Outbound, Refused};
use selvedge_core::event::Event;

use crate::login::{Bearer, Login};
use crate::outbound::{Names, outbound};
use crate::{Called, Failure, Guest, Limits, Run, Settings};

/// A component with its settings.
#[derive(Debug)]
pub(crate) struct Foreigner {
    pub(crate) guest: Arc<Guest>,
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) limits: Limits,
    /// Replaces scheme, host and port of its requests.
    pub(crate) endpoint: Option<String>,
    pub(crate) names: Mutex<Names>,
    pub(crate) login: OnceLock<Login>,
}

impl Foreigner {
    fn login(&self) -> &Login {
        let learn = || Login::learn(&self.guest, &self.settings, self.limits, self.endpoint.as_deref());
        self.login.get_or_init(learn)
    }

    /// The settings with the token among them.
    fn with(&self, bearer: &Bearer, token: &str) -> Vec<(String, String)> {
        let others = self.settings.iter().filter(|(name, _)| *name != bearer.setting).cloned();
        others.chain([(bearer.setting.clone(), token.to_owned())]).collect()
    }

    /// Asks for the request that an event becomes, with so much fuel.
    fn ask(
        &self,
        run: &mut Option<Run>,
        (event, settings): (&Event, &Settings),
        moment: &Moment<'_>,
        fuel: u64,
    ) -> (Result<Outbound, Failure>, Called<()>) {
        let running = run.get_or_insert_with(|| self.guest.run(moment, Limits { fuel, ..self.limits }));
        running.limit(fuel);
        let Called { result, fuel, memory, said } = running.event(event, settings);
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let request =
            result.and_then(|request| outbound(request, Some(event), self.endpoint.as_deref(), &mut names));
        (request, Called { result: Ok(()), fuel, memory, said })
    }
}

/// With less than this, a call is not begun.
const LEAST: u64 = 10_000;

impl Destination for Foreigner {
    /// After a trap the next event gets a fresh instance; whoever does not come to an end is not asked again.
    fn encode(&self, batch: &[&Event], moment: &Moment<'_>) -> Encoded {
        let mut encoded = Encoded::default();
        let settings = match (self.login(), moment.token) {
            (Login::Needed(bearer), Some(token)) => Cow::Owned(self.with(bearer, token)),
            (Login::Needed(_), None) => return awaited(batch),
            // Whoever could not say how its token is had may have been given one: which setting that is, only it knows.
            (Login::NotNeeded | Login::Failed(_), _) => Cow::Borrowed(&self.settings),
        };
        let mut left = self.limits.of_visit();
        let mut run = None;
        for (index, event) in batch.iter().enumerate() {
            let own = self.limits.fuel.min(left);
            let fuel = own.min(moment.fuel.get());
            if fuel < LEAST {
                let reason = if own < LEAST { DropReason::ComponentFailed } else { DropReason::OverBudget };
                encoded.dropped.push((index, reason));
                continue;
            }
            let (request, called) = self.ask(&mut run, (event, &settings), moment, fuel);
            left = left.saturating_sub(called.fuel);
            moment.fuel.set(moment.fuel.get().saturating_sub(called.fuel));
            let failure = match request {
                Ok(request) => {
                    encoded.requests.push((request, vec![index]));
                    continue;
                }
                Err(failure) => failure,
            };
            let reason = match failure {
                Failure::OutOfFuel(_) if fuel < own => DropReason::OverBudget,
                _ => reason(&failure),
            };
            if !matches!(failure, Failure::Refused(_)) {
                run = None;
            }
            if matches!(failure, Failure::OutOfFuel(_)) && reason == DropReason::ComponentFailed {
                left = 0;
            }
            let mut said = failure.to_string();
            if let Login::Failed(failure) = self.login() {
                said = format!("{said}; asked how its token is had: {failure}");
            }
            if !called.said.is_empty() {
                said = format!("{said}; it said: {}", called.said);
            }
            match encoded.refused.iter_mut().find(|other| other.reason == reason && other.said == said) {
                Some(other) => other.events.push(index),
                None => encoded.refused.push(Refused { reason, said, events: vec![index] }),
            }
        }
        encoded
    }

    fn credentials(&self) -> Option<&dyn Credentials> {
        match self.login() {
            Login::Needed(bearer) => Some(bearer),
            _ => None,
        }
    }
}

fn reason(failure: &Failure) -> DropReason {
    match failure {
        Failure::Refused(_) => DropReason::ComponentRefused,
        _ => DropReason::ComponentFailed,
    }
}

/// What there is to have a token for: a request for each event. Nobody sends them.
fn awaited(batch: &[&Event]) -> Encoded {
    let request =
        Outbound { method: http::Method::POST, url: String::new(), headers: Vec::new(), body: Vec::new() };
    let requests = (0..batch.len()).map(|index| (request.clone(), vec![index]));
    Encoded { requests: requests.collect(), ..Encoded::default() }
}
