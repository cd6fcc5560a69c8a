//! Running modules in two engines, call by call.
//!
//! Modules that `wasmi` can run are held against it; all others, and some of these, against Transom in another configuration. Each
//! export is called by a driver that `transom-generate` adds, whose results are integers, and one of them stands for the state. After
//! every call the host compares memories and globals, too. A call that ends for want of fuel, stack or memory says nothing, and
//! ends the comparison.

mod instance;
mod outcome;
mod own;
mod peer;

use crate::smith;
use arbitrary::Unstructured;
use instance::Instance;
use transom_generate::{drive, generate};
use transom_inspect::needs;

/// Calls and turns of loops of modules that count them themselves.
const TURNS: u32 = 500;

/// A module and how to run it.
struct Subject {
    binary: Vec<u8>,
    /// Whether it ends without counting fuel.
    ends: bool,
    /// Whether `wasmi` has all it needs, and its NaNs are canonical.
    comparable: bool,
    /// Chooses configurations and arguments.
    choice: u8,
}

/// The module of an input with its drivers, for people to look at, and the number that chooses how to run it.
pub fn module(bytes: &[u8]) -> Option<(Vec<u8>, u8)> {
    let subject = subject(bytes)?;
    let driven = drive::drive(&subject.binary, subject.choice.into()).ok()?;
    Some((driven.binary, subject.choice))
}

/// Runs the module of an input in two engines.
pub fn check(bytes: &[u8]) {
    let Some(subject) = subject(bytes) else { return };
    let Ok(driven) = drive::drive(&subject.binary, subject.choice.into()) else {
        return;
    };
    let fuel = !subject.ends;
    let configuration = usize::from(subject.choice) % own::CONFIGURATIONS;
    let binary = &driven.binary;
    let pair = match subject.comparable {
        true => (
            own::instantiate(
                binary,
                own::Flavour {
                    configuration,
                    fuel,
                    canonical: false,
                },
            ),
            peer::instantiate(binary),
        ),
        false => {
            let flavour = |configuration| own::Flavour {
                configuration,
                fuel,
                canonical: true,
            };
            let other =
                (configuration + 1 + usize::from(subject.choice) / own::CONFIGURATIONS) % own::CONFIGURATIONS;
            (
                own::instantiate(binary, flavour(configuration)),
                own::instantiate(binary, flavour(other)),
            )
        }
    };
    let (mut first, mut second) = match pair {
        (Ok(first), Ok(second)) => (first, second),
        (Ok(_), Err(outcome)) | (Err(outcome), Ok(_)) if outcome.is_limit() => return,
        (Ok(_), Err(outcome)) => panic!("only the second engine fails to instantiate: {outcome:?}"),
        (Err(outcome), Ok(_)) => panic!("only the first engine fails to instantiate: {outcome:?}"),
        (Err(first), Err(second)) => {
            assert!(first.agrees(&second), "instantiation: {first:?} and {second:?}");
            return;
        }
    };
    for call in &driven.calls {
        if !compare(&call.driver, first.as_mut(), second.as_mut()) {
            return;
        }
    }
}

/// Whether the engines may be compared further.
fn compare(name: &str, first: &mut dyn Instance, second: &mut dyn Instance) -> bool {
    let (one, other) = (first.call(name), second.call(name));
    let fuel = first.fuel().zip(second.fuel());
    if one.is_limit() || other.is_limit() {
        return false;
    }
    assert!(one.agrees(&other), "{name}: {one:?} and {other:?}");
    if let Some((one, other)) = fuel {
        assert_eq!(one, other, "{name}: fuel that is left");
    }
    let (one, other) = (first.state(), second.state());
    one.compare(&other, name);
    true
}

/// The module that an input stands for.
fn subject(bytes: &[u8]) -> Option<Subject> {
    if bytes.starts_with(smith::MAGIC) {
        return Some(Subject {
            binary: bytes.to_vec(),
            ends: false,
            comparable: false,
            choice: bytes.len() as u8,
        });
    }
    let mut input = Unstructured::new(bytes);
    let (choice, kind): (u8, u8) = (input.arbitrary().ok()?, input.arbitrary().ok()?);
    // Few inputs: the generators take a seed, so that coverage tells the fuzzer nothing.
    if kind == 0xff {
        let binary = generate(input.arbitrary().ok()?).binary;
        return Some(Subject {
            binary,
            ends: true,
            comparable: false,
            choice,
        });
    }
    let flag = |bit: u8| kind & (1 << bit) != 0;
    let mut config = smith::small(&mut input).ok()?;
    let comparable = flag(0);
    config.canonicalize_nans = comparable;
    config.relaxed_simd_enabled &= !comparable;
    config.gc_enabled = !comparable && flag(1);
    config.exceptions_enabled = !comparable && flag(2);
    let ends = flag(3);
    let mut module = wasm_smith::Module::new(config, &mut input).ok()?;
    if ends {
        module.ensure_termination(TURNS).ok()?;
    }
    let binary = module.to_bytes();
    // What `wasm-smith` takes for granted may be a feature that `wasmi` lacks.
    let comparable = comparable && needs::validate(&binary, peer::features()).is_ok();
    Some(Subject {
        binary,
        ends,
        comparable,
        choice,
    })
}
