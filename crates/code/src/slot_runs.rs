//! Slots of a frame in few bytes.

/// Slots of a frame, each as far from the next: a few bytes of a module can declare 50,000 locals.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SlotRun {
    /// The distance of the first slot below the frame pointer.
    pub first: u32,
    /// How much lower the next one is.
    pub step: u32,
    /// Number of slots.
    pub count: u32,
}

impl SlotRun {
    /// The runs of slots at distances.
    pub fn of(distances: impl IntoIterator<Item = u32>) -> Vec<SlotRun> {
        let mut runs: Vec<SlotRun> = Vec::new();
        for distance in distances {
            match runs.last_mut() {
                Some(run) if run.count == 1 && distance > run.first => {
                    (run.step, run.count) = (distance - run.first, 2);
                }
                Some(run) if run.count > 1 && distance == run.first + run.step * run.count => run.count += 1,
                _ => runs.push(SlotRun {
                    first: distance,
                    step: 0,
                    count: 1,
                }),
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
