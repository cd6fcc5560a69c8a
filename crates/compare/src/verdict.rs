//! The verdict: where engines diverge, and the kind of the divergence.

use crate::engine::{Engine, Task};
use crate::outcome::{Outcome, Step, Unlinkable};
use crate::probes::{Probes, Support};
use serde::Serialize;
use std::fmt;

/// The kind of a verdict, the most severe last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// All engines that ran it agree.
    Agreement,
    /// An engine lacks a feature, or the feature is disabled.
    Feature,
    /// One engine ran out of stack, memory or time first.
    Limit,
    /// Imports or WASI are set up differently.
    Host,
    /// No message table contains an engine's output.
    Unclear,
    /// Engines behave differently.
    Semantic,
    /// An engine crashed.
    Crash,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Agreement => "agreement",
            Kind::Feature => "feature divergence",
            Kind::Limit => "limit divergence",
            Kind::Host => "host divergence",
            Kind::Unclear => "unclear",
            Kind::Semantic => "semantic divergence",
            Kind::Crash => "crash",
        })
    }
}

/// Engines with the same outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// The common outcome; for traps, the kinds that all of them may mean.
    pub step: Step,
    /// The names of the engines.
    pub engines: Vec<String>,
}

/// The verdict about a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The kind.
    pub kind: Kind,
    /// The first step of this kind, by index and name.
    pub at: Option<(usize, String)>,
    /// The groups of engines at this step, the largest first.
    pub groups: Vec<Group>,
    /// Remarks, a sentence each.
    pub remarks: Vec<String>,
}

impl Verdict {
    /// The index of the first step of this kind, or 0 if there is none.
    pub fn step(&self) -> usize {
        self.at.as_ref().map_or(0, |(index, _)| *index)
    }

    /// The signature, which similar bugs share. It names the engines outside the largest group, and their outcomes. It omits
    /// engines that do not contribute to the kind of the verdict.
    pub fn signature(&self) -> String {
        let matters = |group: &&Group| match (self.kind, &group.step.outcome) {
            (_, Outcome::Impossible(_)) => false,
            (Kind::Feature, outcome) => matches!(outcome, Outcome::Unsupported(_)),
            (Kind::Limit, outcome) => matches!(outcome, Outcome::Limit(_)),
            (Kind::Crash, outcome) => matches!(outcome, Outcome::Crash(_)),
            (Kind::Semantic, outcome) => is_answer(outcome),
            (_, outcome) => !matches!(outcome, Outcome::Unsupported(_)),
        };
        let largest = match self.kind {
            Kind::Semantic => self.groups.iter().position(|group| matters(&group)),
            _ => None,
        };
        let group = |(index, group): (usize, &Group)| {
            let mut names = group.engines.clone();
            names.sort();
            let Step {
                phase,
                outcome,
                message,
            } = &group.step;
            let (names, why) = match outcome {
                _ if largest == Some(index) => ("most".to_owned(), String::new()),
                Outcome::Refused | Outcome::Crash(_) => {
                    (names.join(" "), format!(": {}", unnumbered(message)))
                }
                _ => (names.join(" "), String::new()),
            };
            format!("{phase} {} [{names}]{why}", outcome.kind())
        };
        // What a module does that somebody refuses is nothing to the refusal.
        let refused = |(index, group): (usize, &Group)| {
            largest != Some(index) && matches!(group.step.outcome, Outcome::Refused)
        };
        let refused = self.groups.iter().enumerate().any(refused);
        let groups = self.groups.iter().enumerate().filter(|(_, group)| matters(group));
        let groups = groups.filter(|(index, _)| !refused || largest != Some(*index));
        let mut groups = groups.map(group).collect::<Vec<_>>();
        groups.sort();
        format!("{}: {}", self.kind, groups.join("; "))
    }
}

/// A message without what is a case's own: numbers.
fn unnumbered(message: &str) -> String {
    const LENGTH: usize = 80;
    let mut text = String::new();
    for c in message.chars() {
        match c {
            _ if c.is_ascii_digit() && text.ends_with('#') => {}
            _ if c.is_ascii_digit() => text.push('#'),
            _ => text.push(c),
        }
    }
    text.chars().take(LENGTH).collect()
}

/// Looks at what engines came to, in the order of `engines`.
pub fn verdict(engines: &[&dyn Engine], task: &Task, observed: &[Vec<Step>], probes: &Probes) -> Verdict {
    let mut gravest: Option<Verdict> = None;
    for index in 0..task.steps() {
        let steps = observed.iter().map(|steps| &steps[index]);
        let (kind, groups) = judge(engines.iter().map(|engine| &*engine.identity().name).zip(steps));
        if gravest.as_ref().is_none_or(|verdict| verdict.kind < kind) {
            gravest = Some(Verdict {
                kind,
                at: Some((index, task.step(index).to_owned())),
                groups,
                remarks: Vec::new(),
            });
        }
    }
    let mut verdict = gravest.unwrap_or(Verdict {
        kind: Kind::Agreement,
        at: None,
        groups: Vec::new(),
        remarks: Vec::new(),
    });
    verdict.remarks = remarks(engines, &verdict, probes);
    verdict
}

/// The groups of those that came to the same, and what kind of parting that is.
pub(crate) fn judge<'s>(steps: impl Iterator<Item = (&'s str, &'s Step)>) -> (Kind, Vec<Group>) {
    let mut groups = Vec::<Group>::new();
    for (name, step) in steps {
        match groups.iter_mut().find(|group| group.step.agrees(step)) {
            Some(group) => {
                group.engines.push(name.to_owned());
                if let (Outcome::Trap(ours), Outcome::Trap(theirs)) = (&mut group.step.outcome, &step.outcome)
                {
                    ours.retain(|trap| theirs.contains(trap));
                }
            }
            None => groups.push(Group {
                step: step.clone(),
                engines: vec![name.to_owned()],
            }),
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.engines.len()));
    (kind(&groups), groups)
}

fn kind(groups: &[Group]) -> Kind {
    let asked = groups
        .iter()
        .map(|group| &group.step.outcome)
        .filter(|outcome| !matches!(outcome, Outcome::Impossible(_)))
        .collect::<Vec<_>>();
    let any = |is: fn(&Outcome) -> bool| asked.iter().any(|outcome| is(outcome));
    // All that is called returns something: where one engine does, another that returns nothing was misunderstood.
    let returned = any(|outcome| matches!(outcome, Outcome::Results(values) if !values.is_empty()));
    let silent = |outcome: &Outcome| returned && *outcome == Outcome::Results(Vec::new());
    let answers = asked
        .iter()
        .filter(|outcome| is_answer(outcome) && !silent(outcome));
    let answers = answers.count();
    let unclear = |outcome: &Outcome| silent(outcome) || matches!(outcome, Outcome::Unknown(_));
    match () {
        () if any(|outcome| matches!(outcome, Outcome::Crash(_))) => Kind::Crash,
        () if answers > 1 => Kind::Semantic,
        () if asked.iter().any(|outcome| unclear(outcome)) => Kind::Unclear,
        () if asked.len() < 2 => Kind::Agreement,
        () if any(|outcome| matches!(outcome, Outcome::Unlinkable(_))) => Kind::Host,
        () if any(|outcome| matches!(outcome, Outcome::Limit(_))) => Kind::Limit,
        () => Kind::Feature,
    }
}

/// Whether this is what the program did, rather than what kept it from doing it.
fn is_answer(outcome: &Outcome) -> bool {
    matches!(
        outcome,
        Outcome::Results(_)
            | Outcome::Value(_)
            | Outcome::Exit { .. }
            | Outcome::Script(_)
            | Outcome::Accepted
            | Outcome::Trap(_)
            | Outcome::Exception
            | Outcome::Refused
    )
}

fn remarks(engines: &[&dyn Engine], verdict: &Verdict, probes: &Probes) -> Vec<String> {
    let mut remarks = Vec::new();
    for group in &verdict.groups {
        let names = group.engines.join(", ");
        let remark = match &group.step.outcome {
            Outcome::Unsupported(feature) => {
                let mut lacking = Vec::new();
                for name in &group.engines {
                    let engine = engines.iter().find(|engine| engine.identity().name == *name);
                    let support = engine
                        .and_then(|engine| probes.lacking(*engine, std::slice::from_ref(feature), false));
                    match support {
                        Some((_, Support::With(flags))) => {
                            remarks.push(format!(
                                "{name}: {feature} is disabled; `{}` enables it",
                                flags.join(" ")
                            ));
                        }
                        Some((_, Support::Untried)) => {
                            remarks.push(format!(
                                "{name}: refuses what needs {feature}; no flags were tried"
                            ));
                        }
                        _ => lacking.push(&**name),
                    }
                }
                if lacking.is_empty() {
                    continue;
                }
                format!(
                    "{}: {feature} is not supported, with or without flags",
                    lacking.join(", ")
                )
            }
            Outcome::Limit(_) if verdict.kind == Kind::Limit => {
                format!(
                    "{names}: {}; this is a limit of the engine, not a semantic difference",
                    group.step
                )
            }
            Outcome::Unlinkable(Unlinkable::MissingImport) if verdict.kind == Kind::Host => {
                format!(
                    "{names}: does not provide the imports of the module ({})",
                    group.step.message
                )
            }
            Outcome::Impossible(why) => format!("{names}: not tested, because {why}"),
            Outcome::Unknown(_) => {
                format!("{names}: no message table contains this message; add a row to `engines/*.toml`")
            }
            _ => continue,
        };
        remarks.push(remark);
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{Limit, Phase, Trap};

    fn judged(outcomes: &[Outcome]) -> Kind {
        let steps = outcomes
            .iter()
            .map(|outcome| Step::new(Phase::Execute, outcome.clone()))
            .collect::<Vec<_>>();
        judge(steps.iter().map(|step| ("engine", step))).0
    }

    #[test]
    fn partings_are_told_apart() {
        let one = Outcome::Results(vec![1]);
        let trap = Outcome::Trap(vec![Trap::Unreachable]);
        let stack = Outcome::Limit(Limit::Stack);
        let lacks = Outcome::Unsupported("gc".into());
        let crash = Outcome::Crash("signal 11".into());
        let not_asked = Outcome::Impossible("no WASI".into());
        let unlinkable = Outcome::Unlinkable(Unlinkable::MissingImport);
        for (outcomes, expected) in [
            (vec![one.clone(), one.clone()], Kind::Agreement),
            (vec![stack.clone(), stack.clone()], Kind::Agreement),
            (vec![one.clone(), not_asked], Kind::Agreement),
            (vec![one.clone(), Outcome::Results(vec![2])], Kind::Semantic),
            (vec![one.clone(), Outcome::Refused], Kind::Semantic),
            (vec![one.clone(), Outcome::Results(vec![])], Kind::Unclear),
            (vec![Outcome::Accepted, Outcome::Results(vec![])], Kind::Agreement),
            (vec![one.clone(), trap.clone(), stack.clone()], Kind::Semantic),
            (vec![trap.clone(), stack.clone()], Kind::Limit),
            (vec![trap.clone(), stack.clone(), lacks.clone()], Kind::Limit),
            (vec![trap.clone(), lacks], Kind::Feature),
            (vec![trap.clone(), unlinkable], Kind::Host),
            (vec![trap.clone(), crash], Kind::Crash),
            (vec![trap, Outcome::Unknown("what".into())], Kind::Unclear),
        ] {
            assert_eq!(judged(&outcomes), expected, "{outcomes:?}");
        }
    }

    #[test]
    fn alike_partings_have_one_signature() {
        let signature = |message: &str, engines: &[&str]| {
            let group = |outcome, engines: &[&str]| Group {
                step: Step::new(Phase::Execute, outcome).saying(message),
                engines: engines.iter().map(ToString::to_string).collect(),
            };
            let verdict = Verdict {
                kind: Kind::Semantic,
                at: None,
                groups: vec![
                    group(Outcome::Results(vec![1]), engines),
                    group(Outcome::Refused, &["bun"]),
                    group(Outcome::Unsupported("gc".into()), &["wasmi"]),
                ],
                remarks: Vec::new(),
            };
            verdict.signature()
        };
        let one = signature("target 4 exceeds 12 at byte 77", &["node", "deno"]);
        assert_eq!(one, signature("target 5 exceeds 3 at byte 1", &["node"]));
        assert_ne!(one, signature("no such type", &["node"]));
        assert!(!one.contains("most"), "{one}");
        assert!(!one.contains("gc"), "{one}");
    }

    #[test]
    fn the_exact_trap_stands_for_its_group() {
        let vague = Outcome::Trap(vec![Trap::IntegerOverflow, Trap::InvalidConversionToInteger]);
        let exact = Outcome::Trap(vec![Trap::IntegerOverflow]);
        let steps = [vague, exact.clone()].map(|outcome| Step::new(Phase::Execute, outcome));
        let (kind, groups) = judge(steps.iter().map(|step| ("engine", step)));
        assert_eq!((kind, &groups[0].step.outcome), (Kind::Agreement, &exact));
        // Two that may mean the same mean what both may mean; a third is not with them for what one of them may.
        let steps = [
            vec![Trap::IndirectCallTypeMismatch, Trap::UninitializedElement],
            vec![Trap::UninitializedElement, Trap::UndefinedElement],
            vec![Trap::IndirectCallTypeMismatch],
        ];
        let steps = steps.map(|traps| Step::new(Phase::Execute, Outcome::Trap(traps)));
        let (kind, groups) = judge(steps.iter().map(|step| ("engine", step)));
        assert_eq!((kind, groups.len()), (Kind::Semantic, 2));
    }
}
