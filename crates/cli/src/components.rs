//! `transom component`: components that are made of core modules or of other components, and interfaces as WIT.

use crate::args::{ComponentAction, ComponentCommand, Compose, Embed, NewComponent, Wit};
use crate::failure::Failure;
use crate::input;
use crate::modules::{self, named, tell, write_binary};
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use transom::{Engine, Escaped, Module, WasmFeatures};
use transom_inspect::Source;
use transom_inspect::component::Interface;
use transom_inspect::compose::{self, Part};
use transom_inspect::make::{self, Adapter};

/// Does what is asked, and returns the exit code.
pub fn run(command: &ComponentCommand) -> Result<u8, Failure> {
    match &command.action {
        ComponentAction::New(args) => new(args),
        ComponentAction::Embed(args) => embed(args),
        ComponentAction::Compose(args) => compose(args),
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
    write_binary(args.conversion.output.as_deref(), &made)
}

fn embed(args: &Embed) -> Result<u8, Failure> {
    let core = core(&args.conversion.file)?;
    let embedded = make::embedded(&core, &args.wit, args.world.as_deref());
    let embedded = embedded.map_err(|error| Failure::new(error.message))?;
    write_binary(args.conversion.output.as_deref(), &embedded)
}

fn compose(args: &Compose) -> Result<u8, Failure> {
    // A script can be named as other files are: no component's file ends so.
    let is_script = |file: &&PathBuf| file.extension().is_some_and(|extension| extension == "wac");
    let script = args
        .script
        .as_ref()
        .or_else(|| args.files.first().filter(is_script));
    let composed = match script {
        Some(script) => composed_as(script, args)?,
        None => composed(args)?,
    };
    write_binary(args.output.as_deref(), &composed)
}

/// The main component with its dependencies.
fn composed(args: &Compose) -> Result<Vec<u8>, Failure> {
    if let Some((name, file)) = args.dependencies.first() {
        let (name, file) = (Escaped(name), Escaped(file.display()));
        let what =
            format!("--dep {name}={file}: a name is that of a package of a script, and there is no script");
        return Err(
            Failure::new(what).hint("write dependencies after the main component, or add --script FILE")
        );
    }
    let [main, dependencies @ ..] = &args.files[..] else {
        unreachable!("the parser requires a file or a script")
    };
    if dependencies.is_empty() && args.plugs.is_empty() {
        let main = Escaped(main.display());
        let what = format!("`{main}` is alone: there is nothing to compose it with");
        return Err(Failure::new(what).hint(format!(
            "add components that export what it imports: transom component compose {main} DEPENDENCY... -o FILE"
        )));
    }
    let main = component(main)?;
    let dependencies = dependencies.iter().chain(&args.plugs).map(|file| component(file));
    let dependencies = dependencies.collect::<Result<Vec<_>, Failure>>()?;
    let dependencies: Vec<Part<'_>> = dependencies.iter().map(part).collect();
    Ok(compose::compose(part(&main), &dependencies, features()?)?)
}

/// What a script makes of components.
fn composed_as(script: &Path, args: &Compose) -> Result<Vec<u8>, Failure> {
    if let (None, [_, other, ..]) = (&args.script, &args.files[..]) {
        let what = format!("`{}`: a script names its components", Escaped(other.display()));
        return Err(Failure::new(what).hint("give each package of the script its file: --dep PACKAGE=FILE"));
    }
    let source = input::read(script)?;
    let text = str::from_utf8(source.bytes())
        .map_err(|_| Failure::new(format!("{}: a script is text in UTF-8", source.name())))?;
    let packages = args.dependencies.iter().map(|(name, file)| {
        let (_, binary) = component(file)?;
        Ok((name.clone(), binary))
    });
    let packages = packages.collect::<Result<Vec<_>, Failure>>()?;
    let packages: Vec<Part<'_>> = packages.iter().map(part).collect();
    compose::script(text, &packages, features()?).map_err(|error| input::wrong(&source, &error))
}

/// A component with the name of its file, not validated.
fn component(file: &Path) -> Result<(String, Vec<u8>), Failure> {
    let source = input::read(file)?;
    let binary = input::component(&source)?.map(Cow::into_owned);
    let name = source.name().to_owned();
    match binary {
        Some(binary) => Ok((name, binary)),
        None => Err(
            Failure::new(format!("{name}: the file is not a component")).hint(format!(
                "make a component of a core module: transom component new {} -o FILE",
                Escaped(file.display())
            )),
        ),
    }
}

fn part((name, binary): &(String, Vec<u8>)) -> Part<'_> {
    Part { name, binary }
}

/// What modules in components may use: all that this command runs.
fn features() -> Result<WasmFeatures, Failure> {
    Ok(modules::everything()?.get_wasm_features())
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
