//! Loops are replaced with everything that is alive in them, and go on as if nothing had happened.

use crate::at_once;
use crate::support::{instance_in, number};
use transom::{Config, Engine, Instance, Module, Result, Store, Strategy, Val};

/// Modules of functions of an `i32`, the number of turns, with one number as result.
const MODULES: [&str; 2] = [include_str!("loops.wat"), include_str!("legacy.wat")];

/// Every exported function with every number of turns gives the same in optimised code and with replacement at different turns.
#[test]
fn results_are_those_of_optimised_code() -> Result<()> {
    let mut config = Config::new();
    config
        .compilation(Strategy::Optimized)
        .wasm_legacy_exceptions(true);
    let optimized = Engine::new(&config)?;
    for wat in MODULES {
        let (mut expected, instance) = instance_in(&optimized, wat)?;
        let names: Vec<String> = instance
            .exports(&mut expected)
            .map(|export| export.name().to_owned())
            .collect();
        assert!(names.len() >= 5, "{names:?}");
        for sample in [0, 1, 60, 100, 333, 1000] {
            for name in &names {
                for turns in [0, 1, 2, 3, 10, 100] {
                    // A new instance each time: code that was replaced begins optimised.
                    let mut store = Store::new(&at_once(sample), ());
                    let module = Module::new(store.engine(), wat)?;
                    let found = Instance::new(&mut store, &module, &[])?;
                    let found = number(&mut store, found, name, &[Val::I32(turns)])?;
                    let expected = number(&mut expected, instance, name, &[Val::I32(turns)])?;
                    assert_eq!(found, expected, "{name} of {turns}, every {sample} bytes");
                    let statistics = module.statistics().tier_up;
                    assert_eq!(statistics.failures, 0, "{name} of {turns}, every {sample} bytes");
                    if sample == 0 {
                        assert!(statistics.replacements > 0, "{name} of {turns}");
                    }
                }
            }
        }
    }
    Ok(())
}
