//! The words of the command line, and options among those that follow the file.
//!
//! Words after the file belong to the program. If the program reads none, an option there would be ignored without a word.

use crate::args::{self, Cli};
use crate::failure::Failure;
use clap::{Arg, Command, CommandFactory};
use std::ffi::OsString;
use std::path::Path;
use transom::Escaped;
use transom_compare::quoted;

/// The functions by which a program reads its arguments.
const READERS: [&str; 2] = ["args_get", "args_sizes_get"];

/// The words of the command line, with `run` inserted if the first one is a file.
pub fn words() -> Vec<OsString> {
    let mut words = std::env::args_os().collect::<Vec<_>>();
    let is_file = |word: &OsString| {
        let path = Path::new(word);
        // A pipe is a file to run as well: `transom <(…)`.
        let exists = || path.metadata().is_ok_and(|file| !file.is_dir());
        let looks_so = word == "-" || path.extension().is_some() || exists();
        looks_so && !word.to_str().is_some_and(args::is_command)
    };
    if words.get(1).is_some_and(is_file) {
        words.insert(1, "run".into());
    }
    words
}

/// Whether an import of this name gives a program its arguments.
pub fn reads_arguments(import: &str) -> bool {
    READERS.contains(&import)
}

/// The failure of a command with an option of its own among the words after the file, which nothing reads; none if there is
/// no such option. `program` are the file and the words after it, which are the last of the command line.
pub fn misplaced(command: &str, program: &[String]) -> Option<Failure> {
    let words = words();
    let words = words.iter().map(|word| word.to_string_lossy().into_owned());
    let words = words.collect::<Vec<_>>();
    let before = &words[1..words.len().checked_sub(program.len())?];
    let (option, line) = reordered(command, before, program)?;
    let what = format!(
        "`{}` follows the file, so it is an argument of the program, which reads no arguments",
        Escaped(option)
    );
    let hint = format!("put options before the file: transom {}", Escaped(line));
    Some(Failure::new(what).hint(hint))
}

/// The first option of the command after the file, and the command line with all of them before it.
fn reordered(command: &str, before: &[String], program: &[String]) -> Option<(String, String)> {
    let mut cli = Cli::command();
    cli.build();
    let command = cli.find_subcommand(command)?;
    let (file, rest) = program.split_first()?;
    let (mut moved, mut left) = (Vec::new(), vec![file]);
    let mut rest = rest.iter();
    while let Some(word) = rest.next() {
        if word == "--" {
            // What follows is certainly no option.
            left.push(word);
            left.extend(rest.by_ref());
            break;
        }
        match option(command, word) {
            Some(takes_next) => {
                moved.push(word);
                moved.extend(takes_next.then(|| rest.next()).flatten());
            }
            None => left.push(word),
        }
    }
    let first = (*moved.first()?).clone();
    let line = before.iter().chain(moved).chain(left).map(|word| quoted(word));
    Some((first, line.collect::<Vec<_>>().join(" ")))
}

/// Whether a word is an option of a command; then, whether the next word is its value.
fn option(command: &Command, word: &str) -> Option<bool> {
    let takes_next = |arg: &Arg| arg.get_action().takes_values() && !arg.is_require_equals_set();
    if let Some(long) = word.strip_prefix("--") {
        let (name, value) = match long.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (long, None),
        };
        let arg = command.get_arguments().find(|arg| arg.get_long() == Some(name))?;
        return Some(value.is_none() && takes_next(arg));
    }
    let mut letters = word.strip_prefix('-')?.chars();
    let letter = letters.next()?;
    let arg = command
        .get_arguments()
        .find(|arg| arg.get_short() == Some(letter))?;
    let attached = !letters.as_str().is_empty();
    // A flag of one letter has nothing attached.
    match (arg.get_action().takes_values(), attached) {
        (false, true) => None,
        (_, attached) => Some(!attached && takes_next(arg)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_move_before_the_file_with_their_values() {
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        for (command, before, program, expected) in [
            (
                "run",
                "run",
                "f.wat --invoke f 3",
                Some(("--invoke", "run --invoke f f.wat 3")),
            ),
            (
                "run",
                "run --zeal",
                "f.wat 3 -W gc=n -Wsimd",
                Some(("-W", "run --zeal -W gc=n -Wsimd f.wat 3")),
            ),
            (
                "run",
                "run",
                "f.wat --deterministic 3",
                Some(("--deterministic", "run --deterministic f.wat 3")),
            ),
            (
                "run",
                "run",
                "f.wat --fuel=3",
                Some(("--fuel=3", "run --fuel=3 f.wat")),
            ),
            (
                "run",
                "run",
                "f.wat --timeout 3s --log",
                Some(("--timeout", "run --timeout 3s --log f.wat")),
            ),
            ("run", "run", "f.wat -1 -x -inf --nothing -- --fuel 3", None),
            (
                "compare",
                "compare",
                "f.wat --engines a,b x",
                Some(("--engines", "compare --engines a,b f.wat x")),
            ),
            (
                "reduce",
                "reduce",
                "f.wat -o 'x",
                Some(("-o", r"reduce -o ''\''x' f.wat")),
            ),
            ("compare", "compare", "f.wat -o x", None),
        ] {
            let found = reordered(command, &words(before), &words(program));
            let found = found.as_ref().map(|(option, line)| (&**option, &**line));
            assert_eq!(found, expected, "{program}");
        }
    }
}
