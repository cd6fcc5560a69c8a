//! Calling what a module exports in one form that every engine's command line has: an export without parameters, whose results are
//! integers.
//!
//! For each exported function the module gets a driver, which calls it with arguments that are built in, and returns what came of
//! it: the results, and one number that stands for all globals, the sizes of tables and memories, and what is in the memories.
//! All that is added comes after what is there (`append`), so every index means what it did, and all other bytes stay.

mod append;
mod arguments;
mod observe;
#[cfg(test)]
mod tests;

use crate::random::Random;
use append::{Additions, Items};
use arguments::Argument;
use observe::{Observer, observations};
use std::collections::BTreeMap;
use std::fmt;
use transom::Escaped;
use transom_inspect::parts::{self, Parts};
use transom_inspect::{Error, Result, needs};
use wasm_encoder::{Encode, Function, ValType};
use wasmparser::WasmFeatures;

/// A module with drivers.
#[derive(Debug, Clone)]
pub struct Driven {
    /// Its binary form.
    pub binary: Vec<u8>,
    /// The drivers.
    pub calls: Vec<Call>,
    /// The exported functions without one.
    pub skipped: Vec<Skipped>,
}

/// A driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The driver's export, which has no parameters and a name of letters and digits.
    pub driver: String,
    /// The calls, in order.
    pub calls: Vec<Invocation>,
    /// What each of its results is, all of which are `i64`: `result 0 (f64)`, `state`.
    ///
    /// Integers are extended by their sign. Of floats there are the bits, and one NaN for all. A vector is two results, the low
    /// half first. Of a reference 0 is null and 1 is anything else, but an `i31` that may be told from other objects is the
    /// number without its sign, times 4, plus 2.
    pub results: Vec<String>,
}

/// A call of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// The export.
    pub function: String,
    /// The arguments that are given, as text: numbers as the `transom` command reads them, `null`, or the instruction that makes the
    /// reference.
    pub arguments: Vec<String>,
}

/// The driver, and what it calls with what.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.calls.is_empty() {
            return write!(f, "{}, which only instantiates the module", self.driver);
        }
        let calls = self
            .calls
            .iter()
            .map(|call| format!("{:?} with ({})", call.function, call.arguments.join(", ")));
        write!(
            f,
            "{}, which calls {}",
            self.driver,
            calls.collect::<Vec<_>>().join(", then ")
        )
    }
}

/// An exported function that can't be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The export.
    pub function: String,
    /// Why, in words.
    pub reason: String,
}

/// Engines allow functions this many results.
pub const MAX_RESULTS: usize = 1000;

/// Adds a driver for each exported function. The seed determines the arguments.
///
/// # Errors
///
/// The module is not valid with any set of features.
pub fn drive(binary: &[u8], seed: u64) -> Result<Driven> {
    let parts = parts(binary)?;
    let mut drivers = Drivers::new(&parts);
    for export in drivers.exports(seed, usize::MAX) {
        drivers.push_driver(Some(&export));
    }
    drivers.finish(binary)
}

/// Adds one driver that calls exported functions one after another, the first so many that can be called. What it
/// returns is one number for each of them, which stands for the call's results and the state after it. A driver that
/// traps shows nothing of the calls before.
///
/// # Errors
///
/// The module is not valid with any set of features.
pub fn together(binary: &[u8], seed: u64, most: usize) -> Result<Driven> {
    let parts = parts(binary)?;
    let mut drivers = Drivers::new(&parts);
    let exports = drivers.exports(seed, most);
    drivers.push_together(&exports);
    drivers.finish(binary)
}

/// Adds a driver for one exported function, which gives it these arguments: numbers as they follow `.const` in the text
/// format, and `null`.
///
/// # Errors
///
/// The module is not valid, it has no such export, or the arguments don't fit.
pub fn invoke(binary: &[u8], name: &str, arguments: &[String]) -> Result<Driven> {
    let parts = parts(binary)?;
    let function = parts.exported_function(name)?;
    let parameters = parts.signature(function).params();
    if parameters.len() != arguments.len() {
        let (name, wants, given) = (Escaped(name), parameters.len(), arguments.len());
        return Err(Error::new(format!(
            "`{name}` takes {wants} arguments, but {given} were given"
        ))
        .remedy("all words after the file are arguments; options of transom come before it"));
    }
    let arguments = arguments
        .iter()
        .zip(parameters)
        .map(|(text, ty)| arguments::parse(text, *ty));
    let wrong = |message: String| {
        Error::new(message).remedy(
            "write arguments as after `.const` in the text format: -1, 0x10, 0x1p3, nan:0x1, i64x2:1,2; or null",
        )
    };
    let arguments = arguments.collect::<Result<Vec<_>, _>>().map_err(wrong)?;
    let mut drivers = Drivers::new(&parts);
    drivers.push_driver(Some(&Export {
        name: name.to_owned(),
        function,
        arguments,
    }));
    drivers.finish(binary)
}

/// Adds a driver without calls. It returns the state of a new instance.
///
/// # Errors
///
/// The module is not valid.
pub fn instantiate(binary: &[u8]) -> Result<Driven> {
    let parts = parts(binary)?;
    let mut drivers = Drivers::new(&parts);
    drivers.push_driver(None);
    drivers.finish(binary)
}

fn parts(binary: &[u8]) -> Result<Parts> {
    needs::validate(binary, WasmFeatures::all())?;
    Parts::parse(binary)
}

/// An exported function with what to give it.
struct Export {
    name: String,
    function: u32,
    arguments: Vec<Argument>,
}

struct Drivers<'a> {
    parts: &'a Parts,
    /// What the names of drivers begin with, as no other export does.
    prefix: String,
    additions: Additions,
    /// The type of functions with so many results.
    types: BTreeMap<usize, u32>,
    /// The function that returns the state, once there is a driver.
    state: Option<u32>,
    /// Functions that are arguments.
    referenced: Vec<u32>,
    calls: Vec<Call>,
    skipped: Vec<Skipped>,
}

impl<'a> Drivers<'a> {
    fn new(parts: &'a Parts) -> Drivers<'a> {
        let mut prefix = "drive".to_owned();
        while parts.exports.iter().any(|name| name.starts_with(&prefix)) {
            prefix.push('r');
        }
        Drivers {
            parts,
            prefix,
            additions: Additions::default(),
            types: BTreeMap::new(),
            state: None,
            referenced: Vec::new(),
            calls: Vec::new(),
            skipped: Vec::new(),
        }
    }

    /// The first exports that can be called, no more than so many, with what to give them.
    fn exports(&mut self, seed: u64, most: usize) -> Vec<Export> {
        let mut random = Random::new(seed);
        let mut exports = Vec::new();
        for (name, function) in &self.parts.exported_functions {
            if exports.len() == most {
                break;
            }
            let parameters = self.parts.signature(*function).params().iter();
            let arguments = parameters.map(|ty| arguments::make(self.parts, &mut random, *ty));
            match arguments.collect::<Result<Vec<_>, String>>() {
                Err(reason) => self.skip(name, reason),
                Ok(_) if self.results(Some(*function)).len() > MAX_RESULTS => {
                    self.skip(name, "it has too many results".to_owned());
                }
                Ok(arguments) => exports.push(Export {
                    name: name.clone(),
                    function: *function,
                    arguments,
                }),
            }
        }
        exports
    }

    fn skip(&mut self, name: &str, reason: String) {
        self.skipped.push(Skipped {
            function: name.to_owned(),
            reason,
        });
    }

    /// What a driver of a function returns.
    fn results(&self, function: Option<u32>) -> Vec<String> {
        let results = (0..).zip(self.result_types(function));
        let mut texts: Vec<String> = results
            .flat_map(|(index, ty): (u32, _)| {
                let texts = observations(*ty).iter();
                texts.map(move |part| format!("result {index} ({}{part})", parts::text(*ty)))
            })
            .collect();
        texts.push("state".to_owned());
        texts
    }

    fn result_types(&self, function: Option<u32>) -> &'a [wasmparser::ValType] {
        function.map_or(&[], |function| self.parts.signature(function).results())
    }

    /// Adds the driver of an exported function, or of none.
    fn push_driver(&mut self, export: Option<&Export>) {
        let function = export.map(|export| export.function);
        let results = self.results(function);
        let mut driver = Observer::new(vec![ValType::I64; results.len() - 1]);
        if let Some(export) = export {
            self.call(&mut driver, export);
        }
        let mut local = results.len() as u32 - 1;
        for ty in self.result_types(function).iter().rev() {
            driver.observe(*ty);
            for _ in observations(*ty) {
                local -= 1;
                driver.emit().local_set(local);
            }
        }
        for local in 0..results.len() as u32 - 1 {
            driver.emit().local_get(local);
        }
        let state = self.state();
        driver.emit().call(state);
        self.export(&driver.finish(), results, export.into_iter());
    }

    /// Adds one driver of several exported functions, with a number for each.
    fn push_together(&mut self, exports: &[Export]) {
        const NUMBER: u32 = 0;
        let mut driver = Observer::new(vec![ValType::I64]);
        let state = self.state();
        for export in exports {
            driver.emit().i64_const(0).local_set(NUMBER);
            self.call(&mut driver, export);
            for ty in self.result_types(Some(export.function)).iter().rev() {
                driver.observe(*ty);
                for _ in observations(*ty) {
                    driver.mix_into(NUMBER);
                }
            }
            driver.emit().call(state);
            driver.mix_into(NUMBER);
            driver.emit().local_get(NUMBER);
        }
        let results = exports
            .iter()
            .map(|export| format!("result of {:?}", export.name));
        self.export(&driver.finish(), results.collect(), exports.iter());
    }

    fn call(&mut self, driver: &mut Observer, export: &Export) {
        for argument in &export.arguments {
            driver.code.extend(&argument.code);
            self.referenced.extend(argument.function);
        }
        driver.emit().call(export.function);
    }

    /// Exports a driver that calls these.
    fn export<'e>(
        &mut self,
        driver: &Function,
        results: Vec<String>,
        calls: impl Iterator<Item = &'e Export>,
    ) {
        let index = self.push_function(results.len(), driver);
        let name = format!("{}{}", self.prefix, self.calls.len());
        let exports = &mut self.additions.exports;
        name.encode(&mut exports.bytes);
        exports.bytes.push(0);
        index.encode(&mut exports.bytes);
        exports.count += 1;
        let calls = calls.map(|export| Invocation {
            function: export.name.clone(),
            arguments: export
                .arguments
                .iter()
                .map(|argument| argument.text.clone())
                .collect(),
        });
        self.calls.push(Call {
            driver: name,
            calls: calls.collect(),
            results,
        });
    }

    /// Adds a function without parameters that has so many results, and returns its index.
    fn push_function(&mut self, results: usize, body: &Function) -> u32 {
        let ty = self.result_type(results);
        let Additions {
            functions, bodies, ..
        } = &mut self.additions;
        ty.encode(&mut functions.bytes);
        functions.count += 1;
        body.encode(&mut bodies.bytes);
        bodies.count += 1;
        self.parts.functions.len() as u32 + functions.count - 1
    }

    fn state(&mut self) -> u32 {
        if let Some(state) = self.state {
            return state;
        }
        let state = self.push_function(1, &observe::state(self.parts));
        *self.state.insert(state)
    }

    fn result_type(&mut self, results: usize) -> u32 {
        let types = &mut self.additions.types;
        let next = self.parts.types.len() as u32 + types.count;
        let ty = *self.types.entry(results).or_insert(next);
        if ty == next {
            types.bytes.extend([0x60, 0]);
            vec![ValType::I64; results].as_slice().encode(&mut types.bytes);
            types.count += 1;
        }
        ty
    }

    /// The module with what was added. Functions that are arguments are declared.
    fn finish(mut self, binary: &[u8]) -> Result<Driven> {
        if !self.referenced.is_empty() {
            let mut bytes = vec![0x03, 0x00];
            self.referenced.as_slice().encode(&mut bytes);
            self.additions.elements = Items { count: 1, bytes };
        }
        Ok(Driven {
            binary: append::append(binary, self.additions)?,
            calls: self.calls,
            skipped: self.skipped,
        })
    }
}
