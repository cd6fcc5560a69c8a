//! `--emit`: where the code of functions is written, and of which.

use crate::args::Emission;
use crate::failure::Failure;
use transom::{Config, Demangled, Escaped, ParsedModule};

/// Configures an engine, and makes the folder.
pub fn configure(config: &mut Config, args: &Emission) -> Result<(), Failure> {
    let Some(folder) = &args.folder else {
        return Ok(());
    };
    std::fs::create_dir_all(folder).map_err(|error| {
        let folder = Escaped(folder.display());
        Failure::new(format!("--emit: cannot make the folder `{folder}`: {error}"))
            .hint("a folder that you may write to: --emit FOLDER")
    })?;
    config.emit_clif(folder);
    if !args.functions.is_empty() {
        let wanted = args.functions.clone();
        config.emit_clif_filter(move |index, name| wanted.iter().any(|wanted| is(wanted, index, name)));
    }
    Ok(())
}

/// Whether `--emit-function` means a function, by its index or its name, as it is in the module or as messages show it.
fn is(wanted: &str, index: u32, name: Option<&str>) -> bool {
    let named = |name: &str| name == wanted || Demangled(name).to_string() == wanted;
    wanted.parse() == Ok(index) || name.is_some_and(named)
}

/// Fails if a function that is to be emitted is none of those that the module defines.
pub fn check(args: &Emission, module: &ParsedModule) -> Result<(), Failure> {
    let defined = |wanted: &&String| {
        let mut functions = module.functions();
        functions.any(|index| is(wanted, index, module.function_name(index)))
    };
    match args.functions.iter().find(|wanted| !defined(wanted)) {
        Some(unknown) => {
            let functions = module.functions();
            let what = format!(
                "--emit-function: the module defines no function `{}`",
                Escaped(unknown)
            );
            let hint = format!(
                "a name of `transom stats FILE`, or an index from {} to {}",
                functions.start,
                functions.end.saturating_sub(1)
            );
            Err(Failure::new(what).hint(hint))
        }
        None => Ok(()),
    }
}
