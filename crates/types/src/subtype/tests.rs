//! The relation, held against the one of wasmparser's validator.

use crate::random::{self, ABSTRACT, ModuleType, Rng};
use crate::{HeapType, RefType, RegisteredType, TypeRegistry, ValType};

/// A valid random module: its groups, and its types in a registry. Each group that is tried is also a test: the
/// registry takes it iff wasmparser does.
fn module(rng: &mut Rng, registry: &TypeRegistry) -> (Vec<Vec<ModuleType>>, Vec<RegisteredType>) {
    let mut groups: Vec<Vec<ModuleType>> = Vec::new();
    let mut flat: Vec<ModuleType> = Vec::new();
    let mut types: Vec<RegisteredType> = Vec::new();
    for _ in 0..14 {
        let group = if !groups.is_empty() && rng.percent(15) {
            let again = rng.below(groups.len());
            let base: usize = groups[..again].iter().map(Vec::len).sum();
            random::repeat(&groups[again], base as u32, flat.len() as u32)
        } else {
            random::group(rng, &flat)
        };
        groups.push(group.clone());
        let accepted = random::accepts(&groups);
        let interned = registry.intern(random::to_rec(&group, &types));
        assert_eq!(accepted, interned.is_ok(), "{interned:?}\n{groups:#?}");
        match interned {
            Ok(interned) => {
                types.extend(interned.iter());
                flat.extend(group);
            }
            Err(_) => drop(groups.pop()),
        }
    }
    (groups, types)
}

fn to_engine(ty: ValType<u32>, types: &[RegisteredType]) -> ValType {
    ty.try_map::<_, ()>(&mut |index| Ok(types[index as usize].id()))
        .unwrap()
}

fn all_val_types(types: usize) -> Vec<ValType<u32>> {
    let heaps = ABSTRACT
        .into_iter()
        .chain((0..types as u32).map(HeapType::Concrete));
    let refs = heaps.flat_map(|heap| [true, false].map(|nullable| ValType::Ref(RefType { nullable, heap })));
    [
        ValType::I32,
        ValType::I64,
        ValType::F32,
        ValType::F64,
        ValType::V128,
    ]
    .into_iter()
    .chain(refs)
    .collect()
}

#[test]
fn agrees_with_wasmparser_on_groups_and_on_all_pairs_of_value_types() {
    let mut declared = 0;
    for seed in 1..=60 {
        let registry = TypeRegistry::new();
        let (groups, types) = module(&mut Rng::new(seed), &registry);
        let all = all_val_types(types.len());
        let pairs: Vec<_> = all
            .iter()
            .flat_map(|&a| all.iter().map(move |&b| (a, b)))
            .collect();
        let verdicts = random::coerces(&groups, &pairs);
        assert_eq!(verdicts.len(), pairs.len());
        for (&(a, b), verdict) in pairs.iter().zip(verdicts) {
            let (a, b) = (to_engine(a, &types), to_engine(b, &types));
            let text = registry.text();
            assert_eq!(
                registry.is_subtype_val(a, b),
                verdict,
                "{} and {}",
                text.val(a),
                text.val(b)
            );
            let explanation = registry.explain_val(a, b);
            assert_eq!(explanation.is_none(), verdict, "{explanation:?}");
        }
        for a in &types {
            for b in &types {
                let verdict = registry.is_subtype_id(a.id(), b.id());
                assert_eq!(a.is_subtype_of(b), verdict, "{a:?} and {b:?}");
                assert_eq!(registry.explain_id(a.id(), b.id()).is_none(), verdict);
                declared += usize::from(verdict && a != b);
            }
        }
    }
    assert!(
        declared > 200,
        "too few declared subtypes to mean much: {declared}"
    );
}

#[test]
fn structural_matching_agrees_with_its_explanation() {
    for seed in 1..=40 {
        let registry = TypeRegistry::new();
        let (_, types) = module(&mut Rng::new(seed), &registry);
        let text = registry.text();
        for a in types.iter().map(RegisteredType::composite) {
            for b in types.iter().map(RegisteredType::composite) {
                let explanation = text.explain_composite(a, b);
                assert_eq!(
                    registry.is_subtype_composite(a, b),
                    explanation.is_none(),
                    "{a:?} {b:?}"
                );
            }
        }
    }
}

#[test]
fn identity_does_not_depend_on_the_order_of_groups() {
    for seed in 1..=60 {
        let rng = &mut Rng::new(seed);
        let registry = TypeRegistry::new();
        let (groups, types) = module(rng, &registry);
        // Another order in which each group still comes after those that it refers to.
        let bases: Vec<usize> = groups
            .iter()
            .scan(0, |next, group| {
                Some(core::mem::replace(next, *next + group.len()))
            })
            .collect();
        let mut new_index = vec![None; types.len()];
        let mut reordered: Vec<RegisteredType> = Vec::new();
        let mut todo: Vec<usize> = (0..groups.len()).collect();
        while !todo.is_empty() {
            let at = rng.below(todo.len());
            let (base, group) = (bases[todo[at]], &groups[todo[at]]);
            let own = base..base + group.len();
            let mut ready = true;
            for ty in group {
                ty.for_each_ref(|r| ready &= own.contains(&(r as usize)) || new_index[r as usize].is_some());
            }
            if !ready {
                continue;
            }
            todo.swap_remove(at);
            for (offset, index) in own.enumerate() {
                new_index[index] = Some(reordered.len() + offset);
            }
            let moved: Vec<_> = group
                .iter()
                .map(|ty| ty.map(|r| new_index[r as usize].unwrap() as u32))
                .collect();
            let interned = registry.intern(random::to_rec(&moved, &reordered)).unwrap();
            reordered.extend(interned.iter());
        }
        for (old, new) in new_index.into_iter().enumerate() {
            assert_eq!(types[old], reordered[new.unwrap()]);
        }
    }
}

#[test]
fn nothing_is_left_when_all_handles_are_gone() {
    let registry = TypeRegistry::new();
    let modules: Vec<_> = (1..=20)
        .map(|seed| module(&mut Rng::new(seed), &registry).1)
        .collect();
    assert!(!registry.is_empty());
    drop(modules);
    assert_eq!(registry.len(), 0);
}
