//! `--profile`: for `perf`, or of the program's own functions.

use super::quantity::parse_duration;
use clap::builder::{PossibleValue, TypedValueParser};
use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;
use transom::ProfilingStrategy;

/// How a run is profiled.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Profile {
    /// By a profiler of the system, which gets names.
    System(ProfilingStrategy),
    /// By samples of the program's stack.
    Guest(Guest),
}

/// Samples of the program's stack, and where they go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Guest {
    pub path: PathBuf,
    pub interval: Duration,
}

impl Default for Guest {
    fn default() -> Self {
        Guest {
            path: "transom-guest-profile.json".into(),
            interval: Duration::from_millis(10),
        }
    }
}

/// Reads the values, by the names that the `wasmtime` command has for them.
#[derive(Clone)]
pub struct Profiles;

impl TypedValueParser for Profiles {
    type Value = Profile;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Profile, clap::Error> {
        parse.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let names = ["perfmap", "jitdump", "guest"];
        Some(Box::new(names.into_iter().map(PossibleValue::new)))
    }
}

fn parse(text: &str) -> Result<Profile, String> {
    let mut parts = text.split(',');
    let kind = parts.next().unwrap_or_default();
    let rest = (parts.next(), parts.next(), parts.next());
    match (kind, rest) {
        ("perfmap", (None, ..)) => Ok(Profile::System(ProfilingStrategy::PerfMap)),
        ("jitdump", (None, ..)) => Ok(Profile::System(ProfilingStrategy::JitDump)),
        ("guest", (path, interval, None)) => {
            let mut guest = Guest::default();
            if let Some(path) = path {
                guest.path = path.into();
            }
            if let Some(interval) = interval {
                guest.interval = parse_duration(interval)?;
            }
            if guest.path.as_os_str().is_empty() || guest.interval.is_zero() {
                return Err("expected a file and an interval, such as guest,profile.json,10ms".to_owned());
            }
            Ok(Profile::Guest(guest))
        }
        _ => Err("expected perfmap, jitdump, or guest[,FILE[,INTERVAL]]".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guest(path: &str, millis: u64) -> Result<Profile, String> {
        let interval = Duration::from_millis(millis);
        Ok(Profile::Guest(Guest {
            path: path.into(),
            interval,
        }))
    }

    #[test]
    fn a_file_and_an_interval_may_follow_a_comma() {
        assert_eq!(parse("guest"), guest("transom-guest-profile.json", 10));
        assert_eq!(parse("guest,a b.json"), guest("a b.json", 10));
        assert_eq!(parse("guest,a.json,2s"), guest("a.json", 2000));
        assert_eq!(parse("perfmap"), Ok(Profile::System(ProfilingStrategy::PerfMap)));
        for wrong in [
            "guest,",
            "guest,a,",
            "guest,a,0ms",
            "guest,a,10",
            "guest,a,1ms,",
            "perfmap,a",
            "guests",
            "",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
