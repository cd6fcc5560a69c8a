//! The text format: text to binary to text and back.
//!
//! Text that the runtime accepts is accepted by `transom-inspect`, too, and assembles to the same bytes. What is printed of a binary
//! assembles to a binary that says the same.

use crate::decode::engine;
use crate::smith;
use transom::{Module, ParsedModule};
use transom_inspect::print::Print;
use transom_inspect::{Source, difference, print};

/// Takes the input as text; if it is none, as the seed of a module, which is printed first.
pub fn check(bytes: &[u8]) {
    match std::str::from_utf8(bytes) {
        Ok(text) => check_text(text),
        Err(_) => {
            if let Some(binary) = smith::any(bytes) {
                check_binary(&binary);
            }
        }
    }
}

fn check_text(text: &str) {
    // A script's directives and modules are read by the same parser.
    let source = Source::new("input", text);
    let assembled = source.binary();
    let accepted = ParsedModule::new(engine(), text);
    match (&assembled, &accepted) {
        (Ok(binary), Ok(_)) => check_binary(binary),
        (Ok(binary), Err(error)) => {
            let alone = Module::validate(engine(), binary);
            assert!(alone.is_err(), "the binary is valid, the text is not: {error:#}");
            let _ = (format!("{error:#}"), print::print(binary, &Print::default()));
        }
        (Err(error), Ok(_)) => panic!("the runtime accepts text that `transom-inspect` rejects: {error}"),
        (Err(inspect), Err(runtime)) => {
            let _ = (inspect.to_string(), format!("{runtime:#}"));
        }
    }
}

/// Prints a binary in two ways and assembles each.
fn check_binary(binary: &[u8]) {
    if Module::validate(engine(), binary).is_err() {
        return;
    }
    for folded in [false, true] {
        let how = Print {
            folded,
            ..Print::default()
        };
        let text = print::print(binary, &how).expect("a valid module can be printed");
        let source = Source::new("printed", text.as_str());
        let again = match source.binary() {
            Ok(again) => again,
            Err(error) => panic!("what is printed does not assemble: {error}\n{text}"),
        };
        let differences = difference::differences(binary, &again).expect("both are well-formed");
        if let Some(difference) = differences.iter().find(|difference| difference.matters()) {
            panic!("printed and assembled again, the module differs: {difference}\n{text}");
        }
        Module::validate(engine(), &again).expect("what is assembled again is valid");
    }
}
