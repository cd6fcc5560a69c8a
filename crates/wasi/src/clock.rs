//! Clocks: the host's, or others that the host gives the program.

use crate::errno::{Errno, Result};
use rustix::time::{ClockId, Timespec, clock_getres, clock_gettime};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A clock for the time of day.
pub trait HostWallClock: Send {
    /// The smallest step that the clock makes.
    fn resolution(&self) -> Duration;
    /// The time since the beginning of 1970, UTC.
    fn now(&self) -> Duration;
}

/// A clock that never goes back.
pub trait HostMonotonicClock: Send {
    /// The smallest step that the clock makes, in nanoseconds.
    fn resolution(&self) -> u64;
    /// The time since some moment, in nanoseconds.
    fn now(&self) -> u64;
    /// Waits for this many nanoseconds. Default: by the host's clock.
    fn sleep(&self, nanoseconds: u64) {
        std::thread::sleep(Duration::from_nanos(nanoseconds));
    }
}

/// The number of the clock that tells the time of day.
pub(crate) const REALTIME: u32 = 0;
/// The number of the clock that never goes back.
pub(crate) const MONOTONIC: u32 = 1;
/// The number of the clock of the process's own time, and of the thread's.
const PROCESS: u32 = 2;
const THREAD: u32 = 3;

/// The clocks of one program.
pub(crate) struct Clocks {
    pub(crate) wall: Box<dyn HostWallClock>,
    pub(crate) monotonic: Box<dyn HostMonotonicClock>,
    /// Whether the time that the process has used can be told: not beside clocks that the host made up.
    pub(crate) usage: bool,
}

impl Clocks {
    /// The host's clocks. The monotonic one starts with the program, since the time since the host started is the
    /// host's business.
    pub(crate) fn host() -> Self {
        Clocks {
            wall: Box::new(System),
            monotonic: Box::new(Started(read(ClockId::Monotonic))),
            usage: true,
        }
    }

    /// Clocks that are the same in each run: they begin at one moment, move on a little whenever they are read, and
    /// by as much as the program sleeps.
    pub(crate) fn deterministic() -> Self {
        let time = Counted(Arc::default());
        Clocks {
            wall: Box::new(time.clone()),
            monotonic: Box::new(time),
            usage: false,
        }
    }

    /// The time of a clock, in nanoseconds.
    pub(crate) fn now(&self, id: u32) -> Result<u64> {
        match id {
            REALTIME => nanoseconds(self.wall.now()),
            MONOTONIC => Ok(self.monotonic.now()),
            PROCESS if self.usage => Ok(read(ClockId::ProcessCPUTime)),
            THREAD if self.usage => Ok(read(ClockId::ThreadCPUTime)),
            PROCESS | THREAD => Ok(self.monotonic.now()),
            _ => Err(Errno::INVAL),
        }
    }

    /// The smallest step of a clock, in nanoseconds.
    pub(crate) fn resolution(&self, id: u32) -> Result<u64> {
        match id {
            REALTIME => nanoseconds(self.wall.resolution()),
            PROCESS if self.usage => Ok(total(clock_getres(ClockId::ProcessCPUTime))),
            THREAD if self.usage => Ok(total(clock_getres(ClockId::ThreadCPUTime))),
            MONOTONIC | PROCESS | THREAD => Ok(self.monotonic.resolution()),
            _ => Err(Errno::INVAL),
        }
    }
}

/// The host's time of day.
struct System;

impl HostWallClock for System {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(total(clock_getres(ClockId::Realtime)))
    }

    fn now(&self) -> Duration {
        Duration::from_nanos(read(ClockId::Realtime))
    }
}

/// The host's monotonic clock, since it showed so many nanoseconds.
struct Started(u64);

impl HostMonotonicClock for Started {
    fn resolution(&self) -> u64 {
        total(clock_getres(ClockId::Monotonic))
    }

    fn now(&self) -> u64 {
        read(ClockId::Monotonic).saturating_sub(self.0)
    }
}

/// A clock that counts how often it was read, and what was slept.
#[derive(Clone)]
struct Counted(Arc<AtomicU64>);

/// The beginning of 2020: before that, certificates and file formats of today make no sense to programs.
const BEGINNING: Duration = Duration::from_secs(1_577_836_800);
/// What passes between two looks at the clock, in nanoseconds: a program that waits for a time sees it come.
const STEP: u64 = 1000;

impl Counted {
    fn advance(&self, nanoseconds: u64) -> u64 {
        // A program that sleeps for centuries has clocks that stand still in the end.
        let advanced = |now: u64| Some(now.saturating_add(nanoseconds).min(u64::MAX / 4));
        match self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, advanced)
        {
            Ok(before) | Err(before) => before,
        }
    }
}

impl HostMonotonicClock for Counted {
    fn resolution(&self) -> u64 {
        STEP
    }

    fn now(&self) -> u64 {
        self.advance(STEP)
    }

    fn sleep(&self, nanoseconds: u64) {
        self.advance(nanoseconds);
    }
}

impl HostWallClock for Counted {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(STEP)
    }

    fn now(&self) -> Duration {
        BEGINNING + Duration::from_nanos(self.advance(STEP))
    }
}

fn read(clock: ClockId) -> u64 {
    total(clock_gettime(clock))
}

/// A time of the host in nanoseconds; times before 1970 are 1970.
fn total(time: Timespec) -> u64 {
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanoseconds = u64::try_from(time.tv_nsec).unwrap_or(0);
    seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds)
}

fn nanoseconds(time: Duration) -> Result<u64> {
    Ok(u64::try_from(time.as_nanos())?)
}
