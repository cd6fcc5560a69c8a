//! Identity, lifetime and races of interned groups.

use crate::{
    CompositeType, FieldType, FuncType, HeapType, RecRef, RefType, RegisteredType, StorageType, SubType,
    TypeError, TypeRegistry, ValType,
};
use std::collections::HashSet;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

fn func(params: &[ValType<RecRef>]) -> SubType<RecRef> {
    SubType::final_of(CompositeType::Func(FuncType::new(params.iter().copied(), [])))
}

fn reference(to: RecRef) -> ValType<RecRef> {
    ValType::Ref(RefType::nullable(HeapType::Concrete(to)))
}

fn one(registry: &TypeRegistry, ty: SubType<RecRef>) -> RegisteredType {
    registry.intern(vec![ty]).unwrap().get(0).unwrap()
}

#[test]
fn equal_groups_are_one() {
    let registry = TypeRegistry::new();
    let a = one(&registry, func(&[ValType::I32]));
    let b = one(&registry, func(&[ValType::I32]));
    let c = one(&registry, func(&[ValType::I64]));
    assert_eq!(a, b);
    assert_eq!(a.id(), b.id());
    assert_eq!(a.descriptor().address(), b.descriptor().address());
    assert_ne!(a, c);
    assert_eq!(a, registry.func_type(FuncType::new([ValType::I32], [])));
    assert_eq!(registry.len(), 2);
}

#[test]
fn the_group_is_part_of_the_identity() {
    let registry = TypeRegistry::new();
    let alone = one(&registry, func(&[]));
    let pair = registry.intern(vec![func(&[]), func(&[])]).unwrap();
    let open = one(
        &registry,
        SubType {
            is_final: false,
            ..func(&[])
        },
    );
    let types = [alone, pair.get(0).unwrap(), pair.get(1).unwrap(), open];
    assert_eq!(types.iter().map(|t| t.id()).collect::<HashSet<_>>().len(), 4);
    assert!(pair.get(2).is_none());
}

#[test]
fn recursion_is_part_of_the_identity() {
    let registry = TypeRegistry::new();
    let recursive = one(&registry, func(&[reference(RecRef::Rec(0))]));
    let unrolled = one(&registry, func(&[reference(RecRef::Outer(recursive.id()))]));
    assert_ne!(recursive, unrolled);
    assert_eq!(recursive.as_func(), unrolled.as_func());
}

#[test]
fn empty_groups() {
    let registry = TypeRegistry::new();
    let (a, b) = (registry.intern(vec![]).unwrap(), registry.intern(vec![]).unwrap());
    assert_eq!(a, b);
    assert!(a.is_empty() && registry.is_empty());
    drop((a, b));
    assert!(registry.intern(vec![]).unwrap().get(0).is_none());
}

#[test]
fn a_type_lives_as_long_as_its_last_handle() {
    let registry = TypeRegistry::new();
    let inner = one(&registry, func(&[]));
    let inner_id = inner.id();
    let outer = one(&registry, func(&[reference(RecRef::Outer(inner_id))]));
    drop(inner);
    assert_eq!(
        registry.lookup(inner_id).unwrap().id(),
        inner_id,
        "kept alive by the type that refers to it"
    );
    assert_eq!(registry.len(), 2);
    let outer_id = outer.id();
    drop(outer);
    assert!(registry.lookup(inner_id).is_none() && registry.lookup(outer_id).is_none());
    assert!(registry.is_empty());
    assert!(!registry.is_subtype_id(inner_id, outer_id));
}

#[test]
fn ids_are_used_again() {
    let registry = TypeRegistry::new();
    let id = one(&registry, func(&[])).id();
    let pair = registry.intern(vec![func(&[ValType::I32]), func(&[])]).unwrap();
    assert!(pair.iter().any(|t| t.id() == id));
    assert!(pair.iter().all(|t| t.id().as_u32() < 2));
    assert_eq!(pair.position(id).map(|at| pair.get(at).unwrap().id()), Some(id));
}

#[test]
fn long_chains_go_without_recursion() {
    let registry = TypeRegistry::new();
    let mut last = one(&registry, func(&[]));
    for _ in 0..50_000 {
        last = one(&registry, func(&[reference(RecRef::Outer(last.id()))]));
    }
    assert_eq!(registry.len(), 50_001);
    drop(last);
    assert_eq!(registry.len(), 0);
}

#[test]
fn handles_outlive_the_registry_handle() {
    let registry = TypeRegistry::new();
    let ty = one(&registry, func(&[]));
    drop(registry);
    assert_eq!(ty.registry().len(), 1);
    assert!(ty.registry().same(ty.group().registry()));
}

#[test]
fn a_stale_id_is_an_error() {
    let registry = TypeRegistry::new();
    let id = one(&registry, func(&[])).id();
    let user = FuncType::new([ValType::Ref(RefType::nullable(HeapType::Concrete(id)))], []);
    assert_eq!(
        registry.try_func_type(&user),
        Err(TypeError::UnknownType { at: 0, id })
    );
}

/// Threads that intern and drop the same few groups in different orders, so that a group often dies in one
/// while another asks for it.
#[test]
fn interning_and_dropping_from_many_threads() {
    let registry = TypeRegistry::new();
    std::thread::scope(|scope| {
        for thread in 0..8u64 {
            let registry = &registry;
            scope.spawn(move || hammer(registry, thread));
        }
    });
    assert_eq!(registry.len(), 0);
    assert!(registry.read().is_clean());
}

fn hammer(registry: &TypeRegistry, thread: u64) {
    let mut rng = crate::random::Rng::new(thread + 1);
    let mut held: Vec<RegisteredType> = Vec::new();
    for _ in 0..4_000 {
        let element = if rng.percent(50) {
            StorageType::I8
        } else {
            StorageType::I16
        };
        let base = one(
            registry,
            SubType {
                is_final: false,
                supertype: None,
                composite: CompositeType::Array(FieldType {
                    storage: element,
                    mutable: true,
                }),
            },
        );
        let sub = SubType {
            is_final: true,
            supertype: Some(RecRef::Outer(base.id())),
            composite: base
                .composite()
                .try_map::<_, ()>(&mut |id| Ok(RecRef::Outer(id)))
                .unwrap(),
        };
        let group = registry
            .intern(vec![sub, func(&[reference(RecRef::Rec(0))])])
            .unwrap();
        let (sub, user) = (group.get(0).unwrap(), group.get(1).unwrap());
        assert!(sub.is_subtype_of(&base) && registry.is_subtype_id(sub.id(), base.id()));
        assert!(!base.is_subtype_of(&sub));
        let param = ValType::Ref(RefType::nullable(HeapType::Concrete(sub.id())));
        assert_eq!(user.as_func().unwrap().params[0], param);
        assert_eq!(registry.lookup(user.id()), Some(user.clone()));
        if rng.percent(30) {
            held.push(user);
        }
        if rng.percent(25) {
            held.clear();
        }
    }
}

/// Threads that ask for the same new group at the same moment, right after it died in one of them.
#[test]
fn a_group_that_dies_while_others_ask_for_it() {
    // A large one, whose check takes long enough for another thread to come between.
    die_and_be_asked_for(vec![func(&[])], 4_000);
    let structure = |at: u32| SubType {
        is_final: false,
        supertype: (at > 0).then_some(RecRef::Rec(0)),
        composite: CompositeType::Struct(Box::new([])),
    };
    die_and_be_asked_for((0..2_000).map(structure).collect(), 40);
}

fn die_and_be_asked_for(group: Vec<SubType<RecRef>>, rounds: usize) {
    const THREADS: usize = 3;
    let registry = &TypeRegistry::new();
    let barrier = &Barrier::new(THREADS);
    let ids = &[const { AtomicU32::new(0) }; THREADS];
    let (done, forgotten, twice) = (&AtomicBool::new(false), &AtomicU32::new(0), &AtomicU32::new(0));
    let group = &group;
    let worker = move |thread: usize| {
        let mut last = None;
        for _ in 0..rounds {
            barrier.wait();
            drop(last.take());
            let first = registry.intern(group.clone()).unwrap().get(0).unwrap();
            barrier.wait();
            let again = registry.intern(group.clone()).unwrap().get(0).unwrap();
            ids[thread].store(again.id().as_u32(), Relaxed);
            forgotten.fetch_add(u32::from(first != again), Relaxed);
            barrier.wait();
            let same = ids.iter().all(|id| id.load(Relaxed) == again.id().as_u32());
            twice.fetch_add(u32::from(!same), Relaxed);
            last = Some(first);
        }
    };
    std::thread::scope(|scope| {
        // Keeps the lock busy, so that a dying group often waits for it while others pass.
        scope.spawn(move || {
            while !done.load(Relaxed) {
                drop(one(registry, func(&[ValType::F32])));
            }
        });
        let workers: Vec<_> = (0..THREADS)
            .map(|thread| scope.spawn(move || worker(thread)))
            .collect();
        workers.into_iter().for_each(|worker| worker.join().unwrap());
        done.store(true, Relaxed);
    });
    assert_eq!((forgotten.load(Relaxed), twice.load(Relaxed)), (0, 0));
    assert!(registry.read().is_clean());
}
