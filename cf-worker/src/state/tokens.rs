//! The part of a plan that waits for tokens.

use selvedge_core::facts::{Random, Timestamp};
use selvedge_core::plan::{Plan, Waiting};
use selvedge_core::settle::Outcome;

use super::{Stage, State};
use crate::wire;

impl State {
    pub(crate) fn waiting(&mut self, handle: u32) -> usize {
        let Some(Some(Stage::Plan(plan))) = self.stages.get(handle as usize) else { return 0 };
        let names: String =
            plan.waiting.iter().map(|waiting| waiting.stored_as().unwrap_or_default() + "\n").collect();
        self.say(&names, &[])
    }

    fn waits(&self, handle: u32, index: usize) -> Option<&Waiting> {
        match self.stages.get(handle as usize)? {
            Some(Stage::Plan(plan)) => plan.waiting.get(index),
            _ => None,
        }
    }

    pub(crate) fn seek_token(&mut self, handle: u32, index: usize, len: usize, now: Timestamp) -> usize {
        let (Some(edge), Some((seed, stored))) =
            (self.edge.clone(), self.given(len).split_first_chunk::<32>())
        else {
            return 0;
        };
        let stored = Some(stored).filter(|stored| !stored.is_empty());
        let Some(waiting) = self.waits(handle, index) else { return 0 };
        let seek = edge.seek_token(waiting, stored, now, &Random::from_seed(*seed));
        let (head, body) = wire::seek(&seek);
        self.say(&head, body)
    }

    pub(crate) fn token_answered(
        &mut self,
        handle: u32,
        index: usize,
        outcome: &Outcome,
        body: &[u8],
        now: Timestamp,
        random: &Random,
    ) -> usize {
        let Some(edge) = self.edge.clone() else { return 0 };
        let Some(waiting) = self.waits(handle, index) else { return 0 };
        let stored = edge.token_answered(waiting, outcome, body, now, random);
        let (head, body) = wire::stored_token(stored.as_ref());
        self.say(&head, body)
    }

    pub(crate) fn resume(&mut self, handle: u32, len: usize, now: Timestamp) -> usize {
        let (Some(edge), Some((seed, _))) = (self.edge.clone(), self.given(len).split_first_chunk::<32>())
        else {
            return 0;
        };
        let seed = *seed;
        let Some(Some(Stage::Plan(plan))) = self.stages.get_mut(handle as usize) else { return 0 };
        let resumed = Plan::resume(&edge, std::mem::take(&mut plan.waiting), now, seed);
        plan.deliveries.extend(resumed.deliveries);
        plan.parcels.extend(resumed.parcels);
        plan.dead.extend(resumed.dead);
        plan.counts.merge(resumed.counts);
        plan.record.iter_mut().for_each(|record| record.add(&resumed.lines));
        self.say(&resumed.lines.join("\n"), &[])
    }
}
