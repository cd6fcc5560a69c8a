//! What habits become.

use super::*;
use clap::Parser;

fn translated(line: &str) -> Result<String, String> {
    let words = line.split(' ').map(OsString::from).collect();
    let translated = translate(words)
        .map_err(|failure| format!("{} / {}", failure.what, failure.hint.unwrap_or_default()))?;
    let words: Vec<_> = translated.iter().map(|word| word.to_string_lossy()).collect();
    Ok(words.join(" "))
}

#[test]
fn habits_become_words() {
    for (line, expected) in [
        ("transom run a.wasm -S http", "transom run a.wasm -S http"),
        (
            "transom run -W fuel=5,gc a.wasm",
            "transom run --fuel=5 -W gc a.wasm",
        ),
        (
            "transom run -Wtimeout=2s a.wasm",
            "transom run --timeout=2s a.wasm",
        ),
        (
            "transom run -S cli,inherit-env -S common=y a.wasm",
            "transom run --inherit-env a.wasm",
        ),
        (
            "transom run -C cache=n,parallel-compilation=n a.wasm",
            "transom run --cache=n -O parallel-compilation=n a.wasm",
        ),
        (
            "transom run -W shared-memory=n a.wasm",
            "transom run -W threads=n a.wasm",
        ),
        (
            "transom run --entrypoint f -W=gc a.wasm",
            "transom run --invoke=f -W gc a.wasm",
        ),
        (
            "transom run --env A=-S --dir -W a.wasm",
            "transom run --env A=-S --dir -W a.wasm",
        ),
        (
            "transom run -S http=n -O pooling-allocator=n a.wasm",
            "transom run a.wasm",
        ),
        (
            "transom wat2wasm a.wat -o a.wasm",
            "transom parse a.wat -o a.wasm",
        ),
        (
            "transom compose a.wasm -d b.wasm",
            "transom component compose a.wasm -d b.wasm",
        ),
        (
            "transom wac plug a.wasm --plug b.wasm",
            "transom component compose a.wasm --plug b.wasm",
        ),
        ("transom metadata show a.wasm", "transom metadata a.wasm"),
        ("transom metadata a.wasm show", "transom metadata a.wasm show"),
        ("transom metadata ./show", "transom metadata ./show"),
        (
            "transom wast2json a.wast -o a.json",
            "transom json-from-wast a.wast -o a.json",
        ),
        ("transom compare -W a.wasm", "transom compare -W a.wasm"),
        ("transom", "transom"),
        (
            "transom run -C compiler=winch a.wasm",
            "transom run -O compiler=winch a.wasm",
        ),
        (
            "transom run --singlepass a.wasm",
            "transom run -O compiler=baseline a.wasm",
        ),
    ] {
        assert_eq!(translated(line).as_deref(), Ok(expected), "{line}");
    }
}

#[test]
fn what_is_absent_is_answered() {
    for (line, what) in [
        (
            "transom run -S http a.wasm",
            "transom has no `-S http` / wasi-http",
        ),
        ("transom run -O pooling-total-tables=3 a.wasm", "nothing to pool"),
        ("transom run -W fuel a.wasm", "expected a value"),
        (
            "transom run -D nonsense a.wasm",
            "unknown setting `nonsense` of -D",
        ),
        ("transom run -S help", "no settings of -S"),
        (
            "transom create-exe a.wasm",
            "transom has no `transom create-exe` / ",
        ),
        (
            "transom metadata add --name x a.wasm",
            "transom has no `transom metadata add` / metadata are not added",
        ),
        ("transom run --mapdir /a::/b a.wasm", "--dir HOST::GUEST"),
    ] {
        let error = translated(line).unwrap_err();
        assert!(error.contains(what), "{line}: {error}");
    }
}

/// What a row says is understood by the command.
#[test]
fn rows_mean_something_here() {
    let parses = |words: Vec<OsString>| {
        let line = ["transom", "run"].map(OsString::from).into_iter().chain(words);
        let line = line.chain(["a.wasm".into()]);
        Cli::try_parse_from(line)
            .map(drop)
            .map_err(|error| error.to_string())
    };
    let keys = KEYS
        .iter()
        .map(|(list, key, here)| (format!("-{list} {key}"), *here));
    let options = OPTIONS.iter().map(|(option, here)| ((*option).to_owned(), *here));
    for (name, here) in keys.chain(options) {
        if let Here::Words(form) = here {
            let value = match name.contains("timeout") {
                true => "3s",
                false if name.contains("parallel") || name.ends_with(" cache") => "n",
                false if name.contains("compiler") => "winch",
                false => "3",
            };
            let value = form.contains("{}").then_some(value);
            let words = words_of(&name, here, value).unwrap_or_else(|failure| panic!("{}", failure.what));
            assert_eq!(parses(words), Ok(()), "{name}");
        }
    }
    for (name, here) in COMMANDS {
        assert!(!is_command(name), "{name} is a command of its own");
        if let Here::Words(command) = here {
            let first = command.split(' ').next().expect("a word");
            assert!(is_command(first), "{name}: {command}");
            let help = command.split(' ').chain(["--help"]).map(OsString::from);
            let help = Cli::try_parse_from([OsString::from("transom")].into_iter().chain(help));
            let shown = help.expect_err("help is shown").kind();
            assert_eq!(shown, clap::error::ErrorKind::DisplayHelp, "{name}: {command}");
        }
    }
}

/// A row of a key that the lists here have would hide it.
#[test]
fn rows_hide_nothing() {
    for (list, key, _) in KEYS.iter().filter(|(list, ..)| "WO".contains(*list)) {
        let own = match list {
            'W' => key.parse::<crate::features::Features>().map(drop),
            _ => format!("{key}=n").parse::<crate::optimize::Optimize>().map(drop),
        };
        assert!(own.is_err(), "-{list} {key}");
    }
}
