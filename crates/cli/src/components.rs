//! `transom component`: components that are made of core modules, and interfaces as WIT.

use crate::args::{ComponentAction, ComponentCommand, Embed, NewComponent, Wit};
use crate::failure::Failure;
use crate::input;
use crate::modules::{self, named, tell, write_binary};
use std::path::Path;
use transom::{Engine, Escaped, Module};
use transom_inspect::Source;
use transom_inspect::component::Interface;
use transom_inspect::make::{self, Adapter};

/// Does what is asked, and returns the exit code.
pub fn run(command: &ComponentCommand) -> Result<u8, Failure> {
    match &command.action {
        ComponentAction::New(args) => new(args),
        ComponentAction::Embed(args) => embed(args),
        ComponentAction::Wit(args) => wit(args),
    }
}

fn new(args: &NewComponent) -> Result<u8, Failure> {
    let core = core(&args.conversion.file)?;
    let adapters = args.adapt.iter().map(|adapter| {
        let (name, path) = named(adapter);
        let module = self::core(path)?;
        Ok(Adapter { name, module })
    });
    let adapters = adapters.collect::<Result<Vec<_>, Failure>>()?;
    let made = make::component(&core, &adapters).map_err(|error| {
        let failure = Failure::new(format!(
            "{}: {}",
            Escaped(args.conversion.file.display()),
            error.message
        ));
        match error.remedy {
            Some(remedy) => failure.hint(remedy),
            None => failure,
        }
    })?;
    write_binary(&args.conversion, &made)
}

fn embed(args: &Embed) -> Result<u8, Failure> {
    let core = core(&args.conversion.file)?;
    let embedded = make::embedded(&core, &args.wit, args.world.as_deref());
    let embedded = embedded.map_err(|error| Failure::new(error.message))?;
    write_binary(&args.conversion, &embedded)
}

fn wit(args: &Wit) -> Result<u8, Failure> {
    let is_wit = args.file.extension().is_some_and(|extension| extension == "wit");
    if is_wit || args.file.is_dir() {
        let package = make::package(&args.file);
        return tell(args.json, &package.map_err(|error| Failure::new(error.message))?);
    }
    let source = input::read(&args.file)?;
    tell(args.json, &interface(&source)?)
}

/// The interface of a component, or of a core module that has one.
fn interface(source: &Source) -> Result<Interface, Failure> {
    let wrong = |error| input::wrong(source, &error);
    if let Some(interface) = modules::interface(&Engine::default(), source)? {
        return Ok(interface);
    }
    let binary = source.binary().map_err(wrong)?;
    make::embedded_interface(&binary).map_err(wrong)?.ok_or_else(|| {
        let what = format!("{}: the module has no interface", source.name());
        Failure::new(what).hint("add one: transom component embed WIT FILE")
    })
}

/// A core module, which is valid.
fn core(path: &Path) -> Result<Vec<u8>, Failure> {
    let source = input::read(path)?;
    let binary = source.binary().map_err(|error| input::wrong(&source, &error))?;
    Module::validate(&Engine::default(), &binary)
        .map_err(|error| input::invalid(&source, &binary, &error))?;
    Ok(binary.into_owned())
}
