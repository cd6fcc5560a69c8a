//! The failure of a module whose imports cannot be linked.

use crate::failure::Failure;
use std::collections::BTreeMap;
use std::path::Path;
use transom::{Escaped, LinkProblem};

/// So many imports of each kind, and so many modules, are listed. A module compiled for another host can have thousands.
const LISTED: usize = 20;

/// One import in the failure's first line, which comparisons keep; of several, imports that are not defined, then imports with another type than their definition; with `all`, each of them.
pub fn failure(file: &Path, problems: &[LinkProblem], all: bool) -> Failure {
    let (missing, mismatched): (Vec<_>, Vec<_>) =
        problems.iter().partition(|problem| problem.mismatch.is_none());
    let why = match (problems, missing.is_empty(), mismatched.is_empty()) {
        ([only], ..) => single(only),
        (_, false, true) => "these imports are not defined".to_owned(),
        (_, true, _) => "these imports have other types than their definitions".to_owned(),
        (_, false, false) => {
            "these imports are not defined, or have other types than their definitions".to_owned()
        }
    };
    let hint = match missing.is_empty() {
        true => format!(
            "list the imports with their types: transom inspect {}",
            Escaped(file.display())
        ),
        false => {
            "compile for WASI preview 1 (wasm32-wasip1), define the imports with --preload NAME=FILE, or \
                  define them in a host program with the library `transom`"
                .to_owned()
        }
    };
    let what = format!("cannot link `{}`: {why}", Escaped(file.display()));
    if problems.len() == 1 {
        return Failure::new(what).hint(hint);
    }
    let mut lines = Vec::new();
    for problems in [missing, mismatched] {
        let listed = if all { problems.len() } else { LISTED };
        lines.extend(problems.iter().take(listed).map(|problem| line(problem)));
        if problems.len() > listed {
            lines.push(rest(&problems, listed));
        }
    }
    Failure::new(what).details(lines.join("\n")).hint(hint)
}

fn single(problem: &LinkProblem) -> String {
    let import = format!(
        "the import `{}` of `{}`",
        Escaped(&problem.name),
        Escaped(&problem.module)
    );
    match &problem.mismatch {
        Some(mismatch) => format!("{import} has another type than its definition: {mismatch}"),
        None => format!("{import} is not defined"),
    }
}

fn line(problem: &LinkProblem) -> String {
    let LinkProblem {
        module,
        name,
        mismatch,
    } = problem;
    let import = format!("  `{}` of `{}`", Escaped(name), Escaped(module));
    match mismatch {
        Some(mismatch) => format!("{import}: {mismatch}"),
        None => import,
    }
}

/// How many imports are not listed, and how many there are of each module.
fn rest(problems: &[&LinkProblem], listed: usize) -> String {
    let mut modules = BTreeMap::<&str, usize>::new();
    for problem in problems {
        *modules.entry(&problem.module).or_default() += 1;
    }
    let mut modules = modules.into_iter().collect::<Vec<_>>();
    modules.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let mut counts = modules
        .iter()
        .take(LISTED)
        .map(|(module, count)| format!("{} of `{}`", grouped(*count), Escaped(module)))
        .collect::<Vec<_>>();
    if modules.len() > LISTED {
        counts.push(format!("others of {} modules", grouped(modules.len() - LISTED)));
    }
    format!(
        "  … and {} more (--all-imports lists all); in total: {}",
        grouped(problems.len() - listed),
        counts.join(", ")
    )
}

/// A number with a comma between each three digits.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (99_990, "99,990"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }
}
