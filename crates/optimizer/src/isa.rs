//! The code generator's settings: what machine it generates for, and how.

use cranelift_codegen::isa::{OwnedTargetIsa, TargetIsa};
use cranelift_codegen::settings::{self, Configurable, Flags};
use target_lexicon::Triple;
use transom_code::Tunables;

/// What is done for good code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effort {
    /// Everything. Registers are allocated in a time that grows with the square of what is alive at once, or of how often it
    /// is changed.
    Full,
    /// What takes a time that grows with the function. Registers are allocated in one pass, with more moves; and nothing is
    /// optimised, since that computes values where they are used, so what they are made from may stay alive through all of
    /// a function.
    Linear,
}

/// Makes a code generator for the machine that this program runs on. It checks its intermediate code if `verify` says so.
///
/// # Errors
///
/// The machine is not supported, or lacks an instruction set that Transom requires; the text says which.
pub fn host_isa(tunables: &Tunables, effort: Effort, verify: bool) -> Result<OwnedTargetIsa, String> {
    let mut builder = settings::builder();
    let mut set = |name: &str, value: &str| {
        builder
            .set(name, value)
            .map_err(|error| format!("{name}: {error}"))
    };
    let optimize = tunables.optimize && effort == Effort::Full;
    set("opt_level", if optimize { "speed" } else { "none" })?;
    set("enable_verifier", if verify { "true" } else { "false" })?;
    set(
        "regalloc_algorithm",
        match effort {
            Effort::Full => "backtracking",
            Effort::Linear => "single_pass",
        },
    )?;
    set("preserve_frame_pointers", "true")?;
    set("unwind_info", "false")?;
    set("enable_probestack", "true")?;
    set("probestack_strategy", "inline")?;
    set(
        "enable_nan_canonicalization",
        if tunables.canonical_nans { "true" } else { "false" },
    )?;
    transom_code::check_processor()?;
    cranelift_native::builder()?
        .finish(Flags::new(builder))
        .map_err(|error| error.to_string())
}

/// The value of a flag, as it is written where flags are set; `None` if there is no such flag.
pub fn flag(isa: &dyn TargetIsa, name: &str) -> Option<String> {
    let shared = isa.flags().iter();
    let all = shared.chain(isa.isa_flags());
    let mut values = all.filter(|value| value.name == name);
    values.next().map(|value| value.value_string())
}

/// Whether a target triple means the machine that this program was compiled for. Vendor and environment make no difference to code.
///
/// # Errors
///
/// The text is not a target triple; the error says why.
pub fn is_host(triple: &str) -> Result<bool, String> {
    let triple: Triple = triple
        .parse()
        .map_err(|error: target_lexicon::ParseError| error.to_string())?;
    let host = Triple::host();
    Ok((triple.architecture, triple.operating_system) == (host.architecture, host.operating_system))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stored code names what it needs of the processor by a list that is not the code generator's.
    #[test]
    fn all_instruction_sets_are_known() {
        let isa = host_isa(&Tunables::default(), Effort::Full, false).unwrap();
        let letters = |name: &str| name.replace(['.', '_'], "");
        let known: Vec<String> = transom_code::OPTIONAL_SETS
            .iter()
            .map(|name| letters(name))
            .collect();
        let flags: Vec<String> = isa
            .isa_flags()
            .iter()
            .filter_map(|flag| flag.name.strip_prefix("has_").map(letters))
            .collect();
        assert!(flags.len() > 10, "{flags:?}");
        for flag in flags {
            assert!(known.contains(&flag), "{flag} is not in {known:?}");
        }
    }
}
