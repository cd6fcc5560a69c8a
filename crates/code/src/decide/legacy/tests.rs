//! What is found out about the `try`s of a function.

use std::sync::Arc;

use super::{Handling, LegacyTries};
use transom_module::DefinedFuncIdx;
use transom_module::Module;
use transom_types::TypeRegistry;

fn tries(body: &str) -> Vec<Handling> {
    let text = format!("(module (tag) (tag) (func {body}))");
    let binary = transom_module::text_to_binary(&text, None).unwrap();
    let features = transom_module::SUPPORTED_FEATURES;
    let module = Module::parse(&TypeRegistry::new(), Arc::new(binary), features).unwrap();
    let body = module.body(DefinedFuncIdx::from_u32(0));
    let tries = LegacyTries::of(body.get_operators_reader().unwrap());
    let mut offsets: Vec<_> = tries.0.keys().copied().collect();
    offsets.sort_unstable();
    offsets
        .into_iter()
        .map(|offset| tries.at(offset).clone())
        .collect()
}

#[test]
fn clauses_belong_to_the_innermost_try() {
    use Handling::{Clauses, Delegate};
    assert_eq!(tries("try end"), [Clauses(vec![])]);
    assert_eq!(
        tries("try block end catch 1 (if (i32.const 0) (then)) catch_all end"),
        [Clauses(vec![Some(1), None])]
    );
    assert_eq!(
        tries("try try delegate 0 catch 0 try end catch 1 end"),
        [Clauses(vec![Some(0), Some(1)]), Delegate(0), Clauses(vec![])]
    );
    assert_eq!(tries("block loop try delegate 1 end end"), [Delegate(1)]);
}
