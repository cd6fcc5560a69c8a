//! What is known of all bodies of a module, as it is stored.

use super::body::{Bodies, FunctionBody};
use super::facts::FunctionFacts;
use super::hot::HotLocals;
use core::ops::Range;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;

/// What is known of all bodies of a module, for whoever reads the same module again: it need not look at them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KnownBodies<'a>(Cow<'a, Bodies>);

impl<'a> KnownBodies<'a> {
    /// Those of a module.
    pub(crate) fn of(bodies: &'a Bodies) -> KnownBodies<'a> {
        KnownBodies(Cow::Borrowed(bodies))
    }

    /// The same, which borrows nothing.
    pub fn into_owned(self) -> KnownBodies<'static> {
        KnownBodies(Cow::Owned(self.0.into_owned()))
    }

    /// The bodies, which are neither read nor validated; none unless there are so many, in a section.
    pub(crate) fn bodies(self, count: usize, section: &Range<usize>) -> Option<Bodies> {
        let bodies = self.0.into_owned();
        // They are in order.
        let first = bodies.first().map_or(section.start, |body| body.range.start);
        let last = bodies.last().map_or(section.end, |body| body.range.end);
        let is_inside = section.start <= first && last <= section.end;
        (is_inside && bodies.len() == count).then_some(bodies)
    }
}

/// The stored form.
#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    all: Cow<'a, [StoredBody]>,
    hot: Cow<'a, HotLocals>,
}

#[derive(Clone, Serialize, Deserialize)]
struct StoredBody {
    /// The bytes between the body before, or the beginning of the module, and this one.
    distance: u32,
    len: u32,
    facts: FunctionFacts,
    calls: u32,
    /// The bytes of its locals in those of all.
    hot: u32,
}

impl Serialize for KnownBodies<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut end = 0;
        let all = self.0.iter().map(|body| {
            // Modules are smaller than 4 GiB.
            let distance = (body.range.start - end) as u32;
            end = body.range.end;
            StoredBody {
                distance,
                len: body.range.len() as u32,
                facts: body.facts,
                calls: body.calls,
                hot: body.hot.end - body.hot.start,
            }
        });
        let (all, hot) = (all.collect(), Cow::Borrowed(&self.0.hot));
        Stored { all, hot }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for KnownBodies<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = Stored::deserialize(deserializer)?;
        let bodies = placed(stored).ok_or_else(|| serde::de::Error::custom("bodies without a place"))?;
        Ok(KnownBodies(Cow::Owned(bodies)))
    }
}

/// Bodies with their places.
fn placed(Stored { all, hot }: Stored<'_>) -> Option<Bodies> {
    let (mut end, mut hot_end) = (0_usize, 0_u32);
    let mut bodies = Vec::with_capacity(all.len());
    for stored in &*all {
        let start = end.checked_add(stored.distance as usize)?;
        end = start.checked_add(stored.len as usize)?;
        let hot_start = hot_end;
        hot_end = hot_end.checked_add(stored.hot)?;
        bodies.push(FunctionBody {
            range: start..end,
            facts: stored.facts,
            calls: stored.calls,
            hot: hot_start..hot_end,
        });
    }
    hot.has(hot_end).then_some(Bodies {
        all: bodies,
        hot: hot.into_owned(),
    })
}
