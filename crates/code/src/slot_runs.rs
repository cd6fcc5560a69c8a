//! Slots of a frame in few bytes.

use serde::{Deserialize, Serialize};

/// Slots of a frame, each as far from the next: a few bytes of a module can declare 50,000 locals.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SlotRun {
    /// The distance of the first slot below the frame pointer.
    pub first: u32,
    /// How much lower the next one is.
    pub step: u32,
    /// Number of slots.
    pub count: u32,
}

impl SlotRun {
    /// A single slot at a distance.
    pub fn one(distance: u32) -> SlotRun {
        SlotRun {
            first: distance,
            step: 0,
            count: 1,
        }
    }

    /// Adds a slot at a distance, if it goes on in the run; whether it does.
    pub fn extend(&mut self, distance: u32) -> bool {
        if self.count == 1 && distance > self.first {
            self.step = distance - self.first;
        } else if self.count == 1 || distance != self.first + self.step * self.count {
            return false;
        }
        self.count += 1;
        true
    }

    /// The runs of slots at distances.
    pub fn of(distances: impl IntoIterator<Item = u32>) -> Vec<SlotRun> {
        let mut runs: Vec<SlotRun> = Vec::new();
        for distance in distances {
            if !runs.last_mut().is_some_and(|run| run.extend(distance)) {
                runs.push(SlotRun::one(distance));
            }
        }
        runs
    }

    /// The distances of the slots.
    pub fn distances(self) -> impl Iterator<Item = u32> {
        (0..self.count).map(move |index| self.first + self.step * index)
    }
}

#[cfg(test)]
mod tests;
