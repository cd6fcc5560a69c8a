//! What `run` calls of a component: the function of `--invoke`.

use crate::args::Run;
use crate::failure::Failure;
use crate::words;
use transom::Escaped;
use transom::component::Component;
use transom_inspect::functions::{self, Asker, Call, Function, PROGRAM};

/// Decides what to call.
///
/// # Errors
///
/// No function is named, it is not there or has other parameters, or there are words that nothing reads.
pub fn call(component: &Component, args: &Run) -> Result<Call, Failure> {
    let misplaced = || match args.args() {
        [] => None,
        _ => words::misplaced("run", &args.program),
    };
    let file = args.file().display().to_string();
    let asker = Asker {
        command: "transom run",
        file: &file,
    };
    let Some(text) = &args.invoke else {
        let functions = functions::functions(component);
        return Err(misplaced().unwrap_or_else(|| nothing_to_run(component, &functions, asker)));
    };
    if !args.args().is_empty() {
        let failure = || {
            let what = format!(
                "`{}` follows the file, but the arguments of a component's function are in --invoke",
                Escaped(&args.args()[0])
            );
            Failure::new(what).hint("call the function as WAVE has it: --invoke 'NAME(1, \"text\")'")
        };
        return Err(misplaced().unwrap_or_else(failure));
    }
    Ok(functions::call(component, text, asker)?)
}

/// The failure without `--invoke`.
fn nothing_to_run(component: &Component, functions: &[Function], asker: Asker<'_>) -> Failure {
    let file_name = Escaped(asker.file);
    let with_functions =
        |what| functions::with_functions(transom_inspect::Error::new(what), functions, asker);
    let Some(program) = functions::program(component) else {
        let what =
            format!("nothing to run: `{file_name}` does not export `{PROGRAM}`, so it is not a program");
        return with_functions(what).into();
    };
    let what = format!(
        "cannot run `{file_name}`: it exports `{}`, so it is a program for WASI 0.2 or later, which transom does not support yet",
        Escaped(program)
    );
    let hint = format!(
        "compile the program for WASI preview 1 (wasm32-wasip1), or call a function: transom run --invoke 'NAME(ARGUMENTS)' {file_name}"
    );
    with_functions(what).remedy(hint).into()
}
