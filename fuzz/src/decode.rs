//! Decoding, validation and every tool that takes a module, on arbitrary bytes.
//!
//! Nothing panics, hangs or allocates without bound. Tools that only read must agree with the validator: a valid module can be
//! inspected, printed and counted, and stays valid when it is stripped.

use std::sync::OnceLock;
use transom::component::is_component;
use transom::{Config, Engine, Module, ParsedModule, WasmFeatures};
use transom_generate::drive;
use transom_inspect::objdump::Objdump;
use transom_inspect::print::Print;
use transom_inspect::strip::Strip;
use transom_inspect::{Source, component, difference, inspect, link, needs, objdump, print};
use transom_inspect::{sections, stats, strip};
use transom_reduce as reduce;

/// Reducing a module asks for more and more candidates; more than this is slow.
const REDUCE_ATTEMPTS: u64 = 40;
/// Reducing longer modules takes too long for one input.
const REDUCE_BYTES: usize = 512;

/// An engine with every feature that Transom has, shared by all inputs: what an input leaves behind in it is a finding, too.
pub(crate) fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let mut config = Config::new();
        config.wasm_features(features(), true);
        Engine::new(&config).expect("the machine has what Transom needs")
    })
}

/// The features of [`engine`].
pub(crate) fn features() -> WasmFeatures {
    WasmFeatures::WASM3
        | WasmFeatures::WIDE_ARITHMETIC
        | WasmFeatures::THREADS
        | WasmFeatures::CUSTOM_PAGE_SIZES
}

/// Gives a component to everything that reads one.
fn check_component(bytes: &[u8]) {
    let printed = print::print(bytes, &Print::default());
    if component::validate(bytes, features()).is_ok() {
        printed.expect("a valid component can be printed");
        // Not every interface has a form in WIT.
        let _ = component::interface(bytes);
        // Nor is everything supported that is valid.
        if let Ok(made) = transom::component::Component::from_binary(engine(), bytes) {
            let _ = format!("{:?}", made.component_type());
        }
    }
}

/// Gives the bytes to everything that reads a binary.
pub fn check(bytes: &[u8]) {
    if is_component(bytes) {
        return check_component(bytes);
    }
    let valid = Module::validate(engine(), bytes);
    read(bytes, valid.is_ok());
    dump(bytes);
    if valid.is_ok() {
        let needed = needs::needs(bytes).expect("a valid module needs features that have names");
        let names: Vec<&str> = needed.iter().map(|need| need.feature.as_str()).collect();
        if !names.is_empty() {
            let set = needs::set(&names.join(",")).expect("names of features");
            needs::validate(bytes, set).expect("the needed features are enough");
        }
        change(bytes);
    } else if let Err(error) = valid {
        let _ = (format!("{error:#}"), format!("{error:?}"));
        let _ = needs::needs(bytes).map_err(|error| error.to_string());
    }
}

/// Tools that report.
fn read(bytes: &[u8], valid: bool) {
    let inspection = inspect::inspect(engine(), bytes);
    assert_eq!(inspection.is_ok(), valid, "inspection and validation disagree");
    let _ = inspection.map(|inspection| inspection.to_string());
    let stats = stats::stats(bytes);
    assert!(stats.is_ok() || !valid, "a valid module has statistics");
    let _ = stats.map(|stats| stats.to_string());
    let sections = sections::sections(bytes);
    assert!(sections.is_ok() || !valid, "a valid module has sections");
    for section in sections.iter().flatten() {
        assert!(section.range.end <= bytes.len(), "a section ends in the module");
        let _ = section.to_string();
    }
    let named = |name| link::Named { name, binary: bytes };
    let links = link::link(engine(), &[named("env"), named("")]);
    let _ = links.map(|links| links.iter().map(link::Link::to_string).collect::<Vec<_>>());
    if let Ok(parsed) = ParsedModule::new(engine(), bytes) {
        let _ = (parsed.type_texts().rec_groups(), parsed.storage().count());
    }
    let source = Source::new("input", bytes);
    if let Ok(binary) = source.binary()
        && let Err(error) = needs::validate(&binary, features())
    {
        let _ = source.locate(&binary, error).to_string();
    }
}

/// Tools that write text.
fn dump(bytes: &[u8]) {
    for bits in 0..16u8 {
        let flag = |bit: u8| bits & (1 << bit) != 0;
        let how = Print {
            skeleton: flag(0),
            offsets: flag(1),
            folded: flag(2),
            names: flag(3),
        };
        if bits < 2 || bits.is_power_of_two() {
            let _ = print::print(bytes, &how);
        }
    }
    let all = Objdump {
        relocations: true,
        headers: true,
        details: true,
        disassemble: true,
        contents: true,
        section: None,
    };
    let _ = objdump::objdump(&mut String::new(), bytes, &all);
}

/// Tools that make another module of a valid one.
fn change(bytes: &[u8]) {
    let stripped = strip::strip(bytes, &Strip::default()).expect("a valid module can be stripped");
    Module::validate(engine(), &stripped).expect("a stripped module is valid");
    let differences = difference::differences(bytes, &stripped).expect("valid modules can be compared");
    let matters = differences.iter().find(|difference| difference.matters());
    assert!(matters.is_none(), "stripping changed {}", matters.expect("found"));
    let driven = [
        drive::drive(bytes, 1),
        drive::together(bytes, 1, 4),
        drive::instantiate(bytes),
    ];
    for driven in driven.into_iter().flatten() {
        needs::validate(&driven.binary, WasmFeatures::all()).expect("a driven module is valid");
    }
    if bytes.len() > REDUCE_BYTES {
        return;
    }
    let bounds = reduce::Bounds {
        attempts: REDUCE_ATTEMPTS,
        until: None,
    };
    // Half of the candidates are kept, so that all passes have something to do.
    let mut keeps = |binary: &[u8]| {
        Module::validate(engine(), binary).expect("candidates are valid");
        binary
            .iter()
            .fold(0u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(*byte))
            % 2
            == 0
    };
    if let Ok(reduced) = reduce::reduce(bytes, &bounds, &mut keeps, &mut |_| ()) {
        Module::validate(engine(), &reduced.binary).expect("a reduced module is valid");
    }
}
