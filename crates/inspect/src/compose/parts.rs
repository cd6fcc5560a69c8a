//! Components before and after they are composed: both are validated here.

use crate::guard::guarded;
use crate::{Error, Result, component};
use transom::Escaped;
use wac_graph::{EncodeOptions, Processor};
use wasmparser::{Parser, Payload, WasmFeatures};

/// What there is instead.
const AT_RUN_TIME: &str = "components can also be linked when they run: transom run --with DEPENDENCY FILE";

/// The most imports and exports of all components: `wac-graph` goes through them once for each.
const MOST_ITEMS: u64 = 20_000;

/// A component with its name: that of its file, or of a package of a script.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// The name.
    pub name: &'a str,
    /// The component in the binary format.
    pub binary: &'a [u8],
}

/// Fails for the first component that is not valid, or if there is too much to connect.
pub(super) fn check_parts(parts: &[Part<'_>], features: WasmFeatures) -> Result<()> {
    let mut count = 0;
    for part in parts {
        component::validate(part.binary, features).map_err(|error| {
            let place = error.place.map_or_else(String::new, |place| format!("{place}:"));
            let what = format!("{}:{place} {}", Escaped(part.name), error.message);
            Error {
                missing: error.missing,
                ..Error::new(what)
            }
        })?;
        count += items(part.binary);
    }
    if count > MOST_ITEMS {
        let what =
            format!("the components have {count} imports and exports, and {MOST_ITEMS} can be composed");
        return Err(Error::new(what).remedy(AT_RUN_TIME));
    }
    Ok(())
}

/// How many imports and exports a valid component has.
fn items(binary: &[u8]) -> u64 {
    let (mut count, mut level) = (0, 0);
    for payload in Parser::new(0)
        .parse_all(binary)
        .map_while(std::result::Result::ok)
    {
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => level += 1,
            Payload::End(_) => level -= 1,
            Payload::ComponentImportSection(imports) if level == 0 => count += u64::from(imports.count()),
            Payload::ComponentExportSection(exports) if level == 0 => count += u64::from(exports.count()),
            _ => {}
        }
    }
    count
}

/// What `make` gives, if that is a valid component. A panic in it is an error.
pub(super) fn encoded(features: WasmFeatures, make: impl FnOnce() -> Result<Vec<u8>>) -> Result<Vec<u8>> {
    let made = guarded(make).map_err(|panic| {
        Error::new(format!("`wac-graph` cannot compose these components: {panic}")).remedy(AT_RUN_TIME)
    })??;
    component::validate(&made, features).map_err(|error| {
        let remedy = match error.message.contains("not valid to be used") {
            true => {
                "a type that an exported function uses must be in an exported interface: export that interface, too, in a script \
                 (--script FILE), or link when the components run: transom run --with DEPENDENCY FILE"
            }
            false => AT_RUN_TIME,
        };
        let why = error.message.replace('\n', ": ");
        Error::new(format!("the composed component would be invalid: {why}")).remedy(remedy)
    })?;
    Ok(made)
}

/// How components are encoded. `encoded` validates.
pub(super) fn options() -> EncodeOptions<'static> {
    EncodeOptions {
        define_components: true,
        validate: false,
        processor: Some(Processor {
            name: "transom",
            version: env!("CARGO_PKG_VERSION"),
        }),
    }
}

/// An error with its causes in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text += &format!(": {cause}");
        next = cause.source();
    }
    text
}
