//! What lasts longer than a call: the edge, and the stages that requests in flight have reached, by handle.

use std::cell::RefCell;
use std::sync::Arc;

use selvedge_core::Edge;
use selvedge_core::answer::{Body, Rewriter};
use selvedge_core::budget::{COUNT_POINTS, Platform};
use selvedge_core::collect::{BodyFault, Collect};
use selvedge_core::config::Config;
use selvedge_core::config::pushed::Which;
use selvedge_core::counts::Counts;
use selvedge_core::facts::{Random, Timestamp};
use selvedge_core::forward::{Forward, OriginFailure};
use selvedge_core::outbox::{DeadLetter, Parcel};
use selvedge_core::owner::Owner;
use selvedge_core::page::Progress;
use selvedge_core::plan::{Delivery, Plan};
use selvedge_core::receive::Received;
use selvedge_core::settle::{Outcome, lost};
use selvedge_core::visit::Visit;
use serde_json::json;

use crate::wire;

mod configuration;
mod tokens;

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

/// Runs a call. Calls do not nest: none of them calls out.
pub(crate) fn with<T>(call: impl FnOnce(&mut State) -> T) -> T {
    STATE.with_borrow_mut(call)
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) input: Vec<u8>,
    pub(crate) out: Vec<u8>,
    /// The configuration that was chosen, until the edge is made of it.
    chosen: Option<Config>,
    which: Option<Which>,
    edge: Option<Arc<Edge>>,
    stages: Vec<Option<Stage>>,
    free: Vec<u32>,
}

#[derive(Debug)]
enum Stage {
    Collect(Box<Collect>),
    Owner(Owner),
    Forward(Box<Forward>),
    Rewrite(Box<Rewriter>),
    Visit(Box<Visit>),
    Plan(Box<Plan>),
}

/// Requests are counted on after the writes: more of them may come, once there are tokens.
fn request(plan: &Plan, index: usize) -> Option<&Delivery> {
    plan.deliveries.get(index.checked_sub(plan.writes.len())?)
}

impl State {
    pub(crate) fn room(&mut self, len: usize) -> *mut u8 {
        if self.input.len() < len {
            self.input.resize(len.next_power_of_two(), 0);
        }
        self.input.as_mut_ptr()
    }

    fn given(&self, len: usize) -> &[u8] {
        self.input.get(..len).unwrap_or_default()
    }

    fn say(&mut self, head: &str, body: &[u8]) -> usize {
        self.out.clear();
        self.out.extend_from_slice(head.as_bytes());
        self.out.extend_from_slice(body);
        head.len()
    }

    fn put(&mut self, stage: Stage) -> u32 {
        if let Some(handle) = self.free.pop() {
            if let Some(place) = self.stages.get_mut(handle as usize) {
                *place = Some(stage);
            }
            return handle;
        }
        self.stages.push(Some(stage));
        u32::try_from(self.stages.len() - 1).unwrap_or(u32::MAX)
    }

    fn take(&mut self, handle: u32) -> Option<Stage> {
        self.stages.get_mut(handle as usize)?.take()
    }

    fn put_back(&mut self, handle: u32, stage: Stage) {
        if let Some(place) = self.stages.get_mut(handle as usize) {
            *place = Some(stage);
        }
    }

    pub(crate) fn forget(&mut self, handle: u32) {
        if let Some(place) = self.stages.get_mut(handle as usize)
            && !self.free.contains(&handle)
        {
            *place = None;
            self.free.push(handle);
        }
    }

    pub(crate) fn receive(&mut self, len: usize) -> usize {
        let (Some(edge), Some((request, facts))) = (self.edge.clone(), wire::arrival(self.given(len))) else {
            let (head, body) = wire::bad_request();
            return self.say(&head, &body);
        };
        match edge.receive(request, facts) {
            Received::Reply(reply) => self.say(&wire::reply(&reply), &reply.body),
            Received::Collect(collect) => {
                let limit = collect.limit();
                let handle = self.put(Stage::Collect(collect));
                self.say(&format!("collect\n{handle}\n{limit}\n"), &[])
            }
            Received::Owner(owner) => {
                let limit = owner.limit();
                let handle = self.put(Stage::Owner(owner));
                self.say(&format!("owner\n{handle}\n{limit}\n"), &[])
            }
            Received::Forward(forward) => {
                let text = wire::forward(&forward);
                let handle = self.put(Stage::Forward(forward));
                self.say(&format!("forward\n{handle}\n{text}"), &[])
            }
        }
    }

    pub(crate) fn collect(&mut self, handle: u32, body: Result<&[u8], BodyFault>) -> usize {
        let reply = match self.take(handle) {
            Some(Stage::Collect(collect)) => {
                let (reply, visit) = collect.accept(body);
                if let Some(visit) = visit {
                    self.put_back(handle, Stage::Visit(Box::new(visit)));
                }
                reply
            }
            Some(Stage::Owner(owner)) => match owner.accept(body) {
                Ok(order) => return self.say(&format!("order\n{}", json!(order)), &[]),
                Err(reply) => *reply,
            },
            _ => return 0,
        };
        self.say(&wire::reply(&reply), &reply.body)
    }

    pub(crate) fn answer(&mut self, handle: u32, len: usize) -> usize {
        let Some(Stage::Forward(forward)) = self.take(handle) else { return 0 };
        let (status, headers) = wire::response(self.given(len));
        let answer = forward.answer(status, &headers);
        let edits = wire::edits(&answer.edits);
        match answer.body {
            Body::Pass => {
                self.forget(handle);
                self.say(&format!("pass\n{edits}"), &[])
            }
            Body::Rewrite(rewriter) => {
                self.put_back(handle, Stage::Rewrite(rewriter));
                self.say(&format!("rewrite\n{edits}"), &[])
            }
        }
    }

    pub(crate) fn failed(&mut self, handle: u32, failure: OriginFailure) -> usize {
        let Some(Stage::Forward(forward)) = self.take(handle) else { return 0 };
        let reply = forward.failed(failure);
        self.say(&wire::reply(&reply), &reply.body)
    }

    pub(crate) fn write(&mut self, handle: u32, len: usize) -> bool {
        self.out.clear();
        let Some(Some(Stage::Rewrite(rewriter))) = self.stages.get_mut(handle as usize) else { return true };
        let chunk = self.input.get(..len).unwrap_or_default();
        rewriter.write(chunk, &mut self.out) == Progress::Released
    }

    pub(crate) fn finish(&mut self, handle: u32) {
        self.out.clear();
        if let Some(Stage::Rewrite(rewriter)) = self.take(handle) {
            let visit = rewriter.finish(&mut self.out);
            self.put_back(handle, Stage::Visit(Box::new(visit)));
        }
    }

    pub(crate) fn plan(&mut self, handle: u32, spent: u32) -> usize {
        let Some(edge) = self.edge.clone() else { return 0 };
        let visit = match self.take(handle) {
            Some(Stage::Visit(visit)) => *visit,
            // Released, or cut: there is no more of the page to come.
            Some(Stage::Rewrite(rewriter)) => rewriter.finish(&mut Vec::new()),
            _ => return 0,
        };
        let mut budget = Platform::CLOUDFLARE.budget;
        budget.subrequests = budget.subrequests.saturating_sub(spent);
        let plan = Plan::new(&edge, visit, budget);
        let lines = plan.lines.join("\n");
        self.put_back(handle, Stage::Plan(Box::new(plan)));
        self.say(&lines, &[])
    }

    pub(crate) fn delivery(&mut self, handle: u32, index: usize) -> usize {
        let Some(Some(Stage::Plan(plan))) = self.stages.get(handle as usize) else { return 0 };
        self.out.clear();
        match (plan.writes.get(index), request(plan, index)) {
            (Some(write), _) => wire::write(write, &mut self.out),
            (None, Some(delivery)) => wire::delivery(delivery, &mut self.out),
            (None, None) => 0,
        }
    }

    pub(crate) fn settle(
        &mut self,
        handle: u32,
        index: usize,
        outcome: &Outcome,
        body: &[u8],
        now: Timestamp,
    ) -> usize {
        let Some(edge) = self.edge.clone() else { return 0 };
        let Some(Some(Stage::Plan(plan))) = self.stages.get_mut(handle as usize) else { return 0 };
        // All that is drawn is by how much attempts are spread.
        let settled = match (plan.writes.get(index), request(plan, index)) {
            (Some(write), _) => edge.settle(write, outcome, &[], now, &Random::from_seed(write.seed(now))),
            (None, Some(delivery)) => {
                edge.settle(delivery, outcome, body, now, &Random::from_seed(delivery.seed(now)))
            }
            (None, None) => return 0,
        };
        plan.parcels.extend(settled.parcel);
        plan.dead.extend(settled.dead);
        plan.counts.merge(settled.counts);
        plan.record.iter_mut().for_each(|record| record.add(&settled.lines));
        let forget = settled.forget.map(|name| format!("!{name}"));
        let lines: Vec<_> = settled.lines.into_iter().chain(forget).collect();
        self.say(&lines.join("\n"), &[])
    }

    /// What is to be kept, a line each: the delay in seconds, a space, and the parcel; or `+`, the key of what is to be set
    /// aside, its line for the log and it itself, between tabs; or `!` and a line for the log. Takes 32 random bytes.
    pub(crate) fn parcels(&mut self, handle: u32, now: Timestamp) -> usize {
        let random = self.given(32).first_chunk().copied().map(Random::from_seed);
        let Some(Some(Stage::Plan(plan))) = self.stages.get_mut(handle as usize) else { return 0 };
        let mut lines = waiting(std::mem::take(&mut plan.parcels), now, &mut plan.counts);
        let dead = std::mem::take(&mut plan.dead);
        for (packed, random) in dead.iter().flat_map(DeadLetter::pack).zip(random.iter().cycle()) {
            let key = packed.label.key(&random.bytes());
            lines.push(format!("+{key}\t{}\t{}", packed.set_aside(), packed.text));
        }
        self.say(&lines.join("\n"), &[])
    }

    /// What is to be kept of a visit for its owner: its key, its text following.
    pub(crate) fn record(&mut self, handle: u32) -> usize {
        let Some(Some(Stage::Plan(plan))) = self.stages.get_mut(handle as usize) else { return 0 };
        let Some(record) = plan.record.take() else { return 0 };
        self.say(&format!("{}\n", record.key()), record.text().as_bytes())
    }

    pub(crate) fn keep_visits(&self, there: bool) {
        self.edge.iter().for_each(|edge| edge.keep_visits(there));
    }

    /// What a plan has counted, as data points, a line each. Takes what the outbox did not, as JSON: lists of a component
    /// and how many of its events.
    pub(crate) fn counts(&mut self, handle: u32, len: usize) -> usize {
        let lost: Vec<(String, usize)> = serde_json::from_slice(self.given(len)).unwrap_or_default();
        let Some(Some(Stage::Plan(plan))) = self.stages.get_mut(handle as usize) else { return 0 };
        let mut counts = std::mem::take(&mut plan.counts);
        lost.iter().for_each(|(component, events)| counts.lost(component, *events));
        let most = usize::try_from(plan.budget.data_points.saturating_add(COUNT_POINTS)).unwrap_or_default();
        let points = counts.points(&Platform::CLOUDFLARE, most).join("\n");
        self.say(&points, &[])
    }

    /// Parcels, a line each, as if they had just been kept: what [`State::parcels`] says of those.
    pub(crate) fn afresh(&mut self, len: usize, now: Timestamp) -> usize {
        let texts = self.given(len).split(|byte| *byte == b'\n');
        let parcels = texts.filter_map(|text| Parcel::read(text).ok()).map(|parcel| parcel.afresh(now));
        let lines = waiting(parcels.collect(), now, &mut Counts::default()).join("\n");
        self.say(&lines, &[])
    }

    /// Plans what the outbox held: 32 random bytes, then a parcel a line. Returns the handle, and lines for the log.
    pub(crate) fn again(&mut self, len: usize, now: Timestamp) -> usize {
        let Some(edge) = self.edge.clone() else { return 0 };
        let Some((seed, text)) = self.given(len).split_first_chunk::<32>() else { return 0 };
        let (mut parcels, mut lines) = (Vec::new(), Vec::new());
        for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            match Parcel::read(line) {
                Ok(parcel) => parcels.push(parcel),
                Err(problem) => {
                    lines.push(json!({"selvedge": "problem", "problem": problem.to_string()}).to_string());
                }
            }
        }
        let plan = Plan::again(&edge, parcels, now, *seed, Platform::CLOUDFLARE.budget);
        lines.extend(plan.lines.iter().cloned());
        let handle = self.put(Stage::Plan(Box::new(plan)));
        self.say(&format!("{handle}\n{}", lines.join("\n")), &[])
    }

    /// What became of a request that was not answered: late (1), or, in the platform's words, not possible.
    pub(crate) fn failed_outcome(&self, late: u32, len: usize) -> Outcome {
        let problem = || String::from_utf8_lossy(self.input.get(..len).unwrap_or_default()).into_owned();
        if late == 1 { Outcome::TimedOut } else { Outcome::Unreachable(problem()) }
    }
}

fn waiting(parcels: Vec<Parcel>, now: Timestamp, counts: &mut Counts) -> Vec<String> {
    let mut lines = Vec::new();
    for parcel in parcels {
        let (texts, large) = parcel.pack();
        let delay = parcel.delay_seconds(now);
        lines.extend(texts.into_iter().map(|packed| format!("{delay} {}", packed.text)));
        if !large.is_empty() {
            counts.lost(&parcel.component, large.len());
            lines.push(format!("!{}", lost(&parcel.component, &large, "too large for the outbox")));
        }
    }
    lines
}
