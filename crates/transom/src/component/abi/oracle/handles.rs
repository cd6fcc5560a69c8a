//! Tables of handles before a call.

use super::random::Random;
use super::types::RESOURCES;
use serde::Serialize;

/// The handles that an instance gets, from index 1 on, and those that it loses again, in order.
#[derive(Default, Serialize)]
pub(super) struct HandlePlan {
    /// The resource, its representation, whether the handle owns it, and how many calls it is lent to.
    pub(super) entries: Vec<(u32, u32, bool, u32)>,
    pub(super) removed: Vec<u32>,
}

impl HandlePlan {
    /// A table with random handles and holes.
    pub(super) fn random(random: &mut Random) -> HandlePlan {
        let mut plan = HandlePlan::default();
        for _ in 0..random.below(7) {
            plan.any(random);
        }
        plan.shuffle_removed(random);
        plan
    }

    /// Adds a random handle, and perhaps removes it.
    pub(super) fn any(&mut self, random: &mut Random) -> u32 {
        let resource = random.within(0..=RESOURCES - 1);
        let (owns, lends) = (random.one_in(2), random.below(3) as u32);
        match random.one_in(2) {
            true => self.removed(resource),
            false => self.add(random, resource, owns, lends),
        }
    }

    fn add(&mut self, random: &mut Random, resource: u32, owns: bool, lends: u32) -> u32 {
        let rep = random.bits() as u32;
        self.entries.push((resource, rep, owns, lends));
        self.entries.len() as u32
    }

    fn removed(&mut self, resource: u32) -> u32 {
        self.entries.push((resource, 0, true, 0));
        let index = self.entries.len() as u32;
        self.removed.push(index);
        index
    }

    /// Brings the holes into another order: the last is filled first.
    pub(super) fn shuffle_removed(&mut self, random: &mut Random) {
        for end in (1..self.removed.len()).rev() {
            self.removed.swap(end, random.below(end + 1));
        }
    }

    /// A handle to be given away.
    pub(super) fn owned(&mut self, random: &mut Random, resource: u32) -> u32 {
        if random.one_in(4) {
            self.any(random);
        }
        self.add(random, resource, true, 0)
    }

    /// A handle to be lent.
    pub(super) fn lendable(&mut self, random: &mut Random, resource: u32) -> u32 {
        let known = self.entries.iter().zip(1..);
        let known: Vec<u32> = known
            .filter(|(entry, _)| entry.0 == resource)
            .map(|(_, index)| index)
            .collect();
        if let Some(&index) = known.last()
            && !self.removed.contains(&index)
            && random.one_in(4)
        {
            return index;
        }
        let (owns, lends) = (random.one_in(2), random.below(3) as u32);
        self.add(random, resource, owns, lends)
    }

    /// An index that is wrong for a handle of the resource, at least for one to be given away.
    pub(super) fn wrong(&mut self, random: &mut Random, resource: u32) -> u32 {
        match random.below(8) {
            0 => 0,
            1 => self.entries.len() as u32 + random.within(1..=3),
            2 => random.bits() as u32,
            3 => self.add(random, (resource + 1) % RESOURCES, true, 0),
            4 => self.removed(resource),
            5 => self.add(random, resource, true, 1),
            6 => self.add(random, resource, false, 0),
            _ => random.within(0..=self.entries.len() as u32),
        }
    }
}
