//! What a configuration was asked for beyond what it can simply do: requests that are refused or that only an engine can judge.

use super::pool::PoolingAllocationConfig;
use std::collections::BTreeMap;

/// Requests that [`Engine::new`](crate::Engine::new) refuses, or has to look at.
#[derive(Clone, Default, Debug)]
pub(crate) struct Requests {
    /// By setter: the value, and why there can be no engine with it.
    refused: BTreeMap<&'static str, (String, &'static str)>,
    /// Values of the code generator's flags, by name.
    pub(crate) flags: BTreeMap<String, String>,
    /// Whether the code generator checks its intermediate code, if that was said.
    pub(crate) verify: Option<bool>,
    /// The pool that instances are in, as it was asked for.
    pub(crate) pool: Option<PoolingAllocationConfig>,
}

impl Requests {
    /// Notes the last value of a setter, and why it is refused, if it is.
    pub(super) fn note(&mut self, setter: &'static str, value: String, problem: Option<&'static str>) {
        match problem {
            Some(problem) => self.refused.insert(setter, (value, problem)),
            None => self.refused.remove(setter),
        };
    }

    /// Why there can be no engine, if a request is refused.
    pub(crate) fn refusal(&self) -> Option<String> {
        let (setter, (value, problem)) = self.refused.first_key_value()?;
        Some(refusal(setter, value, problem))
    }

    /// Why there can be no engine because of a flag of the code generator, `actual` being the flag's value here.
    pub(crate) fn flag_refusal(&self, actual: impl Fn(&str) -> Option<String>) -> Option<String> {
        self.flags.iter().find_map(|(name, wanted)| {
            let problem = match actual(name) {
                None => "the code generator has no such flag on this machine".to_owned(),
                Some(actual) if actual == *wanted => return None,
                Some(actual) => format!("the flag is \"{actual}\" here, and cannot be changed"),
            };
            let value = format!("\"{name}\", \"{wanted}\"");
            Some(refusal("cranelift_flag_set", &value, &problem))
        })
    }
}

/// Words the error for a value of a setter.
pub(super) fn refusal(setter: &str, value: &str, problem: &str) -> String {
    format!("cannot create an engine with `Config::{setter}({value})`: {problem}")
}
