//! A comparison as people read it in a terminal.

use crate::comparison::{Comparison, Observed};
use crate::outcome::{Outcome, Step};
use crate::verdict::{Group, Kind, judge};
use std::fmt;

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = &self.verdict;
        match (&verdict.at, self.asked()) {
            (Some((index, _)), _) if verdict.kind != Kind::Agreement => {
                writeln!(f, "{}, at {}", verdict.kind, self.label(*index))?
            }
            (_, 0) => writeln!(f, "no engine could run it")?,
            (_, 1) => writeln!(f, "only one engine ran it, so there is no comparison")?,
            (_, count) => writeln!(f, "{} of {count} engines", verdict.kind)?,
        }
        if verdict.kind == Kind::Agreement {
            self.agreed(f)?;
        } else {
            for group in &verdict.groups {
                writeln!(f, "  {}", self.words(&group.step))?;
                writeln!(f, "      {}", self.named(&group.engines))?;
                for (name, message) in self.messages(&group.engines) {
                    writeln!(f, "      {name} says: {message}")?;
                }
            }
        }
        verdict
            .remarks
            .iter()
            .try_for_each(|remark| writeln!(f, "  {remark}"))?;
        self.notes.iter().try_for_each(|note| writeln!(f, "note: {note}"))
    }
}

impl Comparison {
    /// What a step did, for people.
    pub fn label(&self, index: usize) -> &str {
        self.labels
            .get(index)
            .map_or(self.task.step(index), String::as_str)
    }

    /// What came of a step, for people.
    pub(crate) fn words(&self, step: &Step) -> String {
        let text = step.to_string();
        match &step.outcome {
            Outcome::Accepted | Outcome::Refused if self.task.is_of_component() => {
                text.replace("the module", "the component")
            }
            _ => text,
        }
    }

    /// What engines came to at a step, the largest group first.
    pub(crate) fn groups(&self, index: usize) -> Vec<Group> {
        let steps = self.observed.iter();
        let steps = steps.filter_map(|observed| Some((&*observed.engine.name, observed.steps.get(index)?)));
        judge(steps).1
    }

    /// Engines with their versions. Transom's configurations share one, and are one where all of them are together.
    pub(crate) fn named(&self, names: &[String]) -> String {
        let configurations = self
            .observed
            .iter()
            .filter(|observed| observed.is_configuration());
        let count = configurations.clone().count();
        let all = count > 1
            && configurations
                .clone()
                .all(|observed| names.contains(&observed.engine.name));
        let shown = names.iter().filter(|name| {
            let observed = self.observed(name);
            !all || **name == "transom" || !observed.is_some_and(Observed::is_configuration)
        });
        let named = shown.map(|name| match self.observed(name) {
            Some(_) if all && name == "transom" => format!("transom in {count} configurations"),
            Some(observed) if !observed.is_configuration() => {
                let version = observed
                    .engine
                    .version
                    .split_whitespace()
                    .find(|word| word.contains('.'));
                version.map_or_else(
                    || name.clone(),
                    |version| format!("{name} {}", version.trim_start_matches('v')),
                )
            }
            _ => name.clone(),
        });
        named.collect::<Vec<_>>().join(", ")
    }

    fn observed(&self, name: &str) -> Option<&Observed> {
        self.observed
            .iter()
            .find(|observed| observed.engine.name == *name)
    }

    /// What engines said where they part, each message once.
    fn messages<'c>(&'c self, names: &'c [String]) -> Vec<(&'c str, &'c str)> {
        let at = self.verdict.step();
        let mut messages = Vec::<(&str, &str)>::new();
        for name in names {
            let step = self.observed(name).and_then(|observed| observed.steps.get(at));
            let Some(Step { message, .. }) = step.filter(|step| !step.message.is_empty()) else {
                continue;
            };
            if !messages.iter().any(|(_, known)| known == message) {
                messages.push((name, message));
            }
        }
        messages
    }

    /// What all engines came to, of each step. One that ran others may not have been able to run it.
    fn agreed(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ran = |observed: &&Observed| !observed.steps.iter().all(is_impossible);
        let ran = self.observed.iter().filter(ran).collect::<Vec<_>>();
        let count = ran.first().map_or(0, |observed| observed.steps.len());
        for index in 0..count {
            let steps = ran
                .iter()
                .filter_map(|observed| Some((*observed, observed.steps.get(index)?)));
            let (not_tested, tested) = steps.partition::<Vec<_>, _>(|(_, step)| is_impossible(step));
            if let Some((_, step)) = tested.first().or(not_tested.first()) {
                writeln!(f, "  {}: {}", self.label(index), self.words(step))?;
            }
            for (observed, step) in not_tested.iter().filter(|_| !tested.is_empty()) {
                writeln!(f, "      {}: {step}", observed.engine.name)?;
            }
        }
        let names = ran.iter().map(|observed| observed.engine.name.clone());
        match count {
            0 => Ok(()),
            _ => writeln!(f, "  {}", self.named(&names.collect::<Vec<_>>())),
        }
    }
}

fn is_impossible(step: &Step) -> bool {
    matches!(step.outcome, Outcome::Impossible(_))
}
