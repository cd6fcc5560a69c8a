//! Finds engines on the PATH, or by the user's command lines.

use crate::command::CommandEngine;
use crate::engine::Engine;
use crate::in_process::{CONFIGURATIONS, InProcess};
use crate::process::Bounds;
use crate::table::{Table, table, tables};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use transom::Escaped;
use transom_inspect::{Error, Result};

/// The found engines, and the names of missing ones.
pub struct Engines {
    /// The found engines.
    pub found: Vec<Box<dyn Engine>>,
    /// Known kinds of engines that are missing, or that are installed but fail, with the error.
    pub missing: Vec<String>,
    /// Within which they have to tell their versions.
    bounds: Bounds,
}

/// The engines of a list: names, or `NAME=COMMAND` where the name begins with that of a kind. `transom` stands for all
/// its configurations, and an empty list for all engines that there are. Programs and scripts are not for this process;
/// for them `itself` is the path of the command `transom`, which replaces it. An engine must print its version within
/// the time limit of a call.
///
/// # Errors
///
/// A name has no known kind, or a selected engine cannot be found.
pub fn engines(list: &[String], itself: Option<&Path>, bounds: Bounds) -> Result<Engines> {
    let mut engines = Engines {
        found: Vec::new(),
        missing: Vec::new(),
        bounds,
    };
    if list.is_empty() {
        engines.add_transom("transom", itself)?;
        for table in tables().iter().filter(|table| table.name != "transom") {
            let engine = found(table).map(|program| engine(&table.name, table, vec![program], bounds));
            match engine {
                Some(Ok(engine)) => engines.found.push(engine),
                Some(Err(error)) => engines
                    .missing
                    .push(format!("{} ({})", table.name, error.message)),
                None => engines.missing.push(table.name.clone()),
            }
        }
    }
    for item in list {
        engines.add(item, itself)?;
    }
    // The same engine may be asked for in two ways: `transom` stands for `transom-zeal`, too.
    let mut known = HashSet::new();
    let of = |engine: &dyn Engine| (engine.identity().name.clone(), engine.identity().command.clone());
    engines.found.retain(|engine| known.insert(of(&**engine)));
    let mut names = HashSet::new();
    if let Some(twice) = engines
        .found
        .iter()
        .find(|engine| !names.insert(engine.identity().name.clone()))
    {
        let name = Escaped(&twice.identity().name);
        return Err(Error::new(format!("two engines have the name `{name}`"))
            .remedy("use different names: --engines wasmtime-48=…,wasmtime-49=…"));
    }
    Ok(engines)
}

impl Engines {
    fn add(&mut self, item: &str, itself: Option<&Path>) -> Result<()> {
        let (name, command) = match item.split_once('=') {
            Some((name, command)) => (name, Some(command)),
            None => (item, None),
        };
        if command.is_none() && (name == "transom" || CONFIGURATIONS.iter().any(|(known, _)| *known == name))
        {
            return self.add_transom(name, itself);
        }
        // Names stand in files' names and in pages.
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.+".contains(c);
        let Some(table) = table(name).filter(|_| name.chars().all(plain)) else {
            let names = tables()
                .iter()
                .map(|table| &*table.name)
                .collect::<Vec<_>>()
                .join(", ");
            return Err(Error::new(format!(
                "unknown engine `{}`; known engines are {names}",
                Escaped(name)
            ))
            .remedy(
                "add your own engine as NAME=COMMAND, where NAME starts with a known name and a hyphen",
            ));
        };
        let words = match command {
            // A path may have spaces.
            Some(command) if Path::new(command).is_file() => vec![command.to_owned()],
            Some(command) => command.split_whitespace().map(str::to_owned).collect(),
            None => found(table).map_or_else(Vec::new, |program| vec![program]),
        };
        if words.is_empty() {
            let what = command.unwrap_or_else(|| table.programs.first().map_or("", |program| program));
            return Err(Error::new(format!("`{}` is not installed", Escaped(what)))
                .remedy("install it, or name its command: --engines NAME=COMMAND"));
        }
        self.found.push(engine(name, table, words, self.bounds)?);
        Ok(())
    }

    /// Transom in the configuration of a name; `transom` is all of them.
    fn add_transom(&mut self, name: &str, itself: Option<&Path>) -> Result<()> {
        if let (Some(itself), Some(table)) = (itself, table("transom")) {
            let words = vec![itself.to_string_lossy().into_owned()];
            self.found.push(engine("transom", table, words, self.bounds)?);
            return Ok(());
        }
        let wanted = CONFIGURATIONS
            .iter()
            .filter(|(known, _)| name == "transom" || *known == name);
        for (name, configure) in wanted {
            let engine = InProcess::new(name, configure).map_err(|error| Error::new(format!("{error:#}")))?;
            self.found.push(Box::new(engine));
        }
        Ok(())
    }
}

fn engine(name: &str, table: &'static Table, words: Vec<String>, bounds: Bounds) -> Result<Box<dyn Engine>> {
    Ok(Box::new(CommandEngine::new(name, table, words, bounds)?))
}

/// The first program of a table that the PATH has.
fn found(table: &Table) -> Option<String> {
    table
        .programs
        .iter()
        .find_map(|program| on_path(program))
        .map(|path| path.to_string_lossy().into_owned())
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&str]) -> Result<Vec<String>> {
        let list = list.iter().map(ToString::to_string).collect::<Vec<_>>();
        let found = engines(&list, None, Bounds::default())?.found;
        Ok(found
            .iter()
            .map(|engine| engine.identity().name.clone())
            .collect())
    }

    #[test]
    fn transom_is_all_its_configurations() {
        let all = names(&["transom"]).expect("it is here");
        assert!(
            all.len() == CONFIGURATIONS.len() && all[0] == "transom",
            "{all:?}"
        );
        assert_eq!(names(&["transom-zeal"]).expect("it is here"), ["transom-zeal"]);
        assert_eq!(names(&["transom", "transom-zeal"]).expect("it is here"), all);
    }

    #[test]
    fn what_is_not_there_is_said() {
        let error = |list: &[&str]| names(list).expect_err("not there").to_string();
        assert!(
            error(&["nonsense"]).contains("unknown engine `nonsense`; known engines are transom, wasmtime")
        );
        assert!(
            error(&["wasmtime=/no/such/program"]).contains("cannot start `/no/such/program`: No such file")
        );
        assert!(error(&["node-a/b=node"]).contains("unknown engine `node-a/b`"));
        let two = ["transom-zeal", "transom-zeal=echo"];
        assert!(error(&two).contains("two engines have the name `transom-zeal`"));
    }
}
