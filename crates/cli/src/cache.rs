//! The cache of compiled code: `transom cache`, and what `transom run` does with it.

use crate::args::{CacheAction, CacheCommand, Caching};
use crate::failure::Failure;
use crate::output::say;
use std::fmt::Write;
use std::time::{Duration, SystemTime};
use transom::{Cache, Config, Escaped, events};

/// The variable that says whether the cache is used if the command line does not.
const VARIABLE: &str = "TRANSOM_CACHE";

/// Gives an engine the cache, if it is wanted. A cache that cannot be opened is an error only if somebody asked for it.
pub fn configure(config: &mut Config, args: &Caching) -> Result<(), Failure> {
    let by_default =
        !std::env::var(VARIABLE).is_ok_and(|value| matches!(&*value, "n" | "no" | "false" | "0"));
    let asked = args.cache == Some(true) || args.cache_config.is_some();
    if !args.cache.unwrap_or(by_default || asked) {
        return Ok(());
    }
    match Cache::from_file(args.cache_config.as_deref()) {
        Ok(cache) => {
            config.cache(Some(cache));
            Ok(())
        }
        Err(error) if asked => Err(Failure::from(error).hint("run without the cache: --cache=n")),
        Err(error) => {
            log::info!(target: events::CACHE, "code is not cached: {error:#}");
            Ok(())
        }
    }
}

/// Lists or removes entries, and returns the exit code.
pub fn run(args: &CacheCommand) -> Result<u8, Failure> {
    let cache = Cache::from_file(args.cache_config.as_deref())?;
    let path = Escaped(cache.path().display());
    match args.action.unwrap_or(CacheAction::List) {
        CacheAction::List => say(list(&cache)?)?,
        CacheAction::Clear => {
            let (entries, bytes) = cache.clear()?;
            say(format!("removed {entries} entries, {bytes} bytes, from {path}\n"))?;
        }
        CacheAction::Path => say(format!("{path}\n"))?,
    }
    Ok(0)
}

fn list(cache: &Cache) -> Result<String, Failure> {
    let entries = cache.entries()?;
    let total: u64 = entries.iter().map(|entry| entry.bytes).sum();
    let mut text = format!(
        "{} entries, {total} bytes, in {}\n",
        entries.len(),
        Escaped(cache.path().display())
    );
    if !entries.is_empty() {
        text += "     bytes   last use  module and engine\n";
    }
    for entry in &entries {
        let age = SystemTime::now()
            .duration_since(entry.last_use)
            .unwrap_or_default();
        let distrust = entry.distrust.as_deref();
        let distrust = distrust.map_or(String::new(), |why| format!("  not used: {why}"));
        // Writing to a string can't fail.
        let _ = writeln!(
            text,
            "{:>10} {:>10}  {}{distrust}",
            entry.bytes,
            ago(age),
            Escaped(&entry.name)
        );
    }
    Ok(text)
}

/// How long ago something was, in the largest unit that fits.
fn ago(age: Duration) -> String {
    const UNITS: [(u64, &str); 3] = [(24 * 60 * 60, "day"), (60 * 60, "hour"), (60, "minute")];
    let seconds = age.as_secs();
    match UNITS.iter().find(|(unit, _)| seconds >= *unit) {
        Some((unit, name)) => {
            let count = seconds / unit;
            let plural = if count == 1 { "" } else { "s" };
            format!("{count} {name}{plural}")
        }
        None => "now".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_in_the_largest_unit() {
        let ago = |seconds| ago(Duration::from_secs(seconds));
        assert_eq!(ago(59), "now");
        assert_eq!(ago(60), "1 minute");
        assert_eq!(ago(2 * 60 * 60), "2 hours");
        assert_eq!(ago(3 * 24 * 60 * 60 + 5), "3 days");
    }
}
