//! The command lines of commands that other tools have under the same names.

use clap::Args;
use std::path::PathBuf;

/// `transom addr2line`
#[derive(Debug, Args)]
#[command(after_help = ADDR2LINE_EXAMPLES)]
pub struct Addr2line {
    /// The module (.wasm or .wat; `-`: standard input)
    pub file: PathBuf,

    /// Addresses, hexadecimal with `0x` or `@`, or decimal: offsets in the file, as backtraces have them
    #[arg(required = true, value_name = "ADDRESS", value_parser = parse_address)]
    pub addresses: Vec<u64>,

    /// Addresses are offsets in the content of the code section, as in DWARF
    #[arg(long)]
    pub code_section_relative: bool,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

const ADDR2LINE_EXAMPLES: &str = "\
Examples:
  transom addr2line app.wasm 0x1f3 0x2a8
  transom addr2line --code-section-relative app.wasm 0x1c

Lines of inlined functions come before the line of the function that contains
them. A module without DWARF has functions only.

Exit code 1 if an address is not in a function.";

/// `transom json-from-wast`
#[derive(Debug, Args)]
#[command(after_help = JSON_NOTES)]
pub struct JsonFromWast {
    /// The script (.wast; `-`: standard input)
    pub script: PathBuf,

    /// The file for the JSON [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// The folder for the modules [default: the folder of the JSON, or the current one]
    #[arg(long, value_name = "FOLDER")]
    pub wasm_dir: Option<PathBuf>,

    /// Print JSON with line breaks and indentation
    #[arg(long)]
    pub pretty: bool,
}

const JSON_NOTES: &str = "\
Example:
  transom json-from-wast i32.wast -o out/i32.json   also writes out/i32.0.wasm, …

Quoted modules are .wat files. Numbers are decimal strings of their bits.";

/// An address: hexadecimal with a prefix, or decimal.
fn parse_address(text: &str) -> Result<u64, String> {
    // `print --offsets` writes `@`.
    let digits = ["0x", "0X", "@"]
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix));
    let parsed = match digits {
        // A sign would be accepted.
        Some(digits) if digits.starts_with('+') => None,
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    };
    parsed.ok_or_else(|| "expected a number, such as 0x1f3 or 499".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_hexadecimal_or_decimal() {
        assert_eq!(parse_address("0x1F"), Ok(31));
        assert_eq!(parse_address("@1f"), Ok(31));
        assert_eq!(parse_address("31"), Ok(31));
        assert_eq!(parse_address("0xffffffffffffffff"), Ok(u64::MAX));
        for wrong in ["", "0x", "@", "1f", "-1", "0x+1", "0x10000000000000000", "1 "] {
            assert!(parse_address(wrong).is_err(), "{wrong}");
        }
    }
}
