//! What is noted of calls: where, and until when.

use super::CallSites;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use transom_code::{CallSite, CompiledFunction};
use transom_codespace::CodeBudget;
use transom_layout::VmCallSite;

/// A function with calls at these offsets, whose code is nothing but the addresses of their sites.
fn linked(sites: &CallSites, offsets: &[u32]) -> Vec<usize> {
    let call = |(index, &wasm_offset): (usize, &u32)| CallSite {
        wasm_offset,
        field: 8 * index as u32,
    };
    let mut code = CompiledFunction {
        code: vec![0; 8 * offsets.len()],
        ..CompiledFunction::default()
    };
    code.tier_up.calls = offsets.iter().enumerate().map(call).collect();
    let budget = Arc::new(CodeBudget::new(offsets.len() * 72));
    sites.link(3, &mut code, &budget).expect("there is room");
    assert_eq!(budget.used(), offsets.len() * 72);
    let address = |bytes: &[u8]| usize::from_le_bytes(bytes.try_into().expect("there are eight"));
    code.code.chunks(8).map(address).collect()
}

#[test]
fn each_call_has_a_site_of_its_own() {
    let sites = CallSites::default();
    let addresses = linked(&sites, &[10, 20, 35]);
    let function = sites.get(3).expect("it was linked");
    for (site, &address) in function.sites.iter().zip(&addresses) {
        assert_eq!(std::ptr::from_ref(site).addr(), address);
    }
    assert_eq!(addresses[1] - addresses[0], size_of::<VmCallSite>());
}

#[test]
fn a_call_has_led_to_what_is_noted() {
    let sites = CallSites::default();
    linked(&sites, &[10, 20, 35]);
    let function = sites.get(3).expect("it was linked");
    function.sites[1].targets[0].store(0x1000, Relaxed);
    function.sites[1].targets[1].store(0x2000, Relaxed);
    assert_eq!(sites.targets(3, 20), [0x1000, 0x2000]);
    for (function, offset) in [(3, 10), (3, 35), (3, 21), (3, 0), (3, u32::MAX), (2, 20)] {
        assert_eq!(sites.targets(function, offset), [], "{function}, {offset}");
    }
}

#[test]
fn too_many_targets_are_none_until_they_are_forgotten() {
    let sites = CallSites::default();
    linked(&sites, &[10, 20]);
    let function = sites.get(3).expect("it was linked");
    for site in &function.sites {
        site.targets[0].store(0x1000, Relaxed);
    }
    function.sites[0].more.store(0x5000, Relaxed);
    assert_eq!(sites.targets(3, 10), []);
    sites.renew(3);
    assert_eq!(sites.targets(3, 10), [], "what was noted before is forgotten");
    assert_eq!(sites.targets(3, 20), [0x1000], "this one had room");
    function.sites[0].targets[0].store(0x2000, Relaxed);
    assert_eq!(sites.targets(3, 10), [0x2000]);
}

#[test]
fn sites_are_counted_as_code() {
    let sites = CallSites::default();
    let call = CallSite {
        wasm_offset: 10,
        field: 0,
    };
    let mut code = CompiledFunction {
        code: vec![0; 8],
        ..CompiledFunction::default()
    };
    code.tier_up.calls = vec![call; 10];
    let error = sites.link(3, &mut code, &Arc::new(CodeBudget::new(719)));
    assert!(error.is_err() && sites.get(3).is_none());
    let budget = Arc::new(CodeBudget::new(720));
    sites.link(3, &mut code, &budget).expect("there is room");
    drop(sites);
    assert_eq!(budget.used(), 0);
}
