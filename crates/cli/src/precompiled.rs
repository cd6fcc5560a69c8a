//! `transom compile`, and programs: modules that it has compiled, other modules, and components.

use crate::args::Precompile;
use crate::engine;
use crate::failure::Failure;
use crate::features;
use crate::input;
use crate::modules::write_file;
use crate::output::{say, say_bytes};
use std::path::Path;
use transom::component::Component;
use transom::{Engine, Escaped, ParsedModule};

/// Compiles a module to a file, and returns the exit code.
pub fn compile(args: &Precompile) -> Result<u8, Failure> {
    let Some(mut config) = features::config(&args.wasm.features) else {
        say(features::help())?;
        return Ok(0);
    };
    engine::codegen(&mut config, &args.codegen);
    crate::progress::show(&mut config);
    let engine = Engine::new(&config)?;
    let source = input::read(&args.file)?;
    input::module_only(&source, |name| {
        format!(
            "run the component, whose compiled code is kept for later runs: transom run --invoke 'NAME(ARGUMENTS)' {name}"
        )
    })?;
    let binary = source
        .shared_binary()
        .map_err(|error| input::wrong(&source, &error))?;
    let artifact = engine.precompile_module(&binary);
    let artifact = artifact.map_err(|error| input::invalid(&source, &binary, &error))?;
    match &args.output {
        Some(output) if output.as_os_str() == "-" => say_bytes(&artifact)?,
        Some(output) => write_file(output, &artifact)?,
        None if args.file.as_os_str() == "-" => {
            let failure = Failure::new("standard input has no name to make one of");
            return Err(failure.hint("name the output: -o FILE"));
        }
        None => write_file(&args.file.with_extension("cwasm"), &artifact)?,
    }
    Ok(0)
}

/// What a file to run contains.
pub enum Program {
    Module(Box<ParsedModule>),
    Component(Component),
}

/// The module or component in a file. A module may be one that `transom compile` has written, if that is allowed.
pub fn program(engine: &Engine, path: &Path, allowed: bool) -> Result<Program, Failure> {
    let (source, file) = input::read_for(engine, path)?;
    if Engine::detect_precompiled(source.bytes()).is_none() {
        return match input::component_of(engine, &source)? {
            Some(component) => Ok(Program::Component(component)),
            None => input::parse_read(engine, &source, file).map(|parsed| Program::Module(Box::new(parsed))),
        };
    }
    if !allowed {
        let what = format!(
            "`{}` contains machine code, which is executed without any check of what it does",
            Escaped(path.display())
        );
        return Err(Failure::new(what)
            .hint("if you trust whoever made the file: transom run --allow-precompiled FILE"));
    }
    // SAFETY: the user vouches that `transom compile` has made the file.
    #[expect(unsafe_code, reason = "machine code of a file, as the user asks for")]
    let parsed = unsafe { ParsedModule::deserialize(engine, source.bytes()) };
    let parsed = parsed.map_err(|error| Failure::new(format!("{}: {error:#}", Escaped(path.display()))))?;
    Ok(Program::Module(Box::new(parsed)))
}
