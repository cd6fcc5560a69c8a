//! Random operations on random graphs, here and in the model, with the same answers.

use super::model::{Model, Object, Reference};
use super::support::{config_of, in_tiers};
use transom::*;

/// A generator of numbers (xorshift).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 20) as usize % limit
    }
}

struct Run {
    store: Store<()>,
    instance: Instance,
    model: Model,
    random: Random,
}

macro_rules! call {
    ($run:ident, $name:literal($($ty:ty: $arg:expr),*) -> $result:ty) => {{
        let function = $run.instance.get_typed_func::<($($ty,)*), $result>(&mut $run.store, $name).unwrap();
        function.call(&mut $run.store, ($($arg as $ty,)*)).unwrap()
    }};
    ($run:ident, $name:literal($($ty:ty: $arg:expr),*)) => { call!($run, $name($($ty: $arg),*) -> ()) };
}

impl Run {
    fn new(config: &Config, seed: u64) -> Run {
        let engine = Engine::new(config).unwrap();
        let module = Module::new(&engine, include_str!("graphs.wat")).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[]).unwrap();
        Run {
            store,
            instance,
            model: Model::new(),
            random: Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
        }
    }

    /// A root of one of these kinds, if one is found quickly.
    fn root_of(&mut self, kinds: &[i32]) -> Option<usize> {
        (0..16)
            .map(|_| self.random.below(64))
            .find(|&root| kinds.contains(&self.model.kind(root)))
    }

    fn make(&mut self) {
        let (s, a) = (self.random.below(64), self.random.below(64));
        let v = self.random.next() as i64 >> 8;
        let length = match self.random.below(200) {
            0 => self.random.below(30_000),
            1..20 => self.random.below(500),
            _ => self.random.below(12),
        };
        let (at_s, at_a) = (self.model.roots[s], self.model.roots[a]);
        let made = match self.random.0 >> 40 & 7 {
            0..3 => {
                call!(self, "new_node"(i32: s, i32: a, i64: v));
                self.model.add(Object::Node {
                    big: false,
                    a: at_a,
                    b: Reference::Null,
                    v,
                    p: v as i8,
                })
            }
            3 => {
                call!(self, "new_big"(i32: s, i32: a, i64: v));
                self.model.add(Object::Node {
                    big: true,
                    a: at_a,
                    b: Reference::Null,
                    v,
                    p: v as i8,
                })
            }
            4 => {
                call!(self, "new_refs"(i32: s, i32: a, i32: length));
                self.model.add(Object::Refs(vec![at_a; length]))
            }
            5 => {
                let b = v as usize & 63;
                call!(self, "new_three"(i32: s, i32: a, i32: b));
                let at_b = if b == s { at_s } else { self.model.roots[b] };
                self.model.add(Object::Refs(vec![at_a, at_b, at_s]))
            }
            6 => {
                call!(self, "new_bytes"(i32: s, i32: v, i32: length));
                self.model.add(Object::Bytes(vec![v as u8; length]))
            }
            _ => {
                let small = (v as i32) << 1 >> 1;
                call!(self, "new_i31"(i32: s, i32: small));
                Reference::Small(small)
            }
        };
        self.model.roots[s] = made;
    }

    fn link(&mut self) -> Option<()> {
        let node = self.root_of(&[2, 3])?;
        let t = self.random.below(64);
        match self.random.below(4) {
            0 => {
                call!(self, "set_a"(i32: node, i32: t));
                let to = self.model.roots[t];
                let Some(Object::Node { a, .. }) = self.model.object(node) else {
                    unreachable!()
                };
                *a = to;
            }
            1 => {
                let t = self.root_of(&[2, 3])?;
                call!(self, "set_b"(i32: node, i32: t));
                let to = self.model.roots[t];
                let Some(Object::Node { b, .. }) = self.model.object(node) else {
                    unreachable!()
                };
                *b = to;
            }
            2 => {
                call!(self, "get_a"(i32: node, i32: t));
                let Some(&mut Object::Node { a, .. }) = self.model.object(node) else {
                    unreachable!()
                };
                self.model.roots[t] = a;
            }
            _ => {
                call!(self, "get_b"(i32: node, i32: t));
                let Some(&mut Object::Node { b, .. }) = self.model.object(node) else {
                    unreachable!()
                };
                self.model.roots[t] = b;
            }
        }
        Some(())
    }

    fn elements(&mut self, root: usize) -> &mut Vec<Reference> {
        match self.model.object(root) {
            Some(Object::Refs(elements)) => elements,
            other => unreachable!("{other:?} is no array of references"),
        }
    }

    fn arrays(&mut self) -> Option<()> {
        let array = self.root_of(&[4])?;
        let length = self.elements(array).len();
        let (index, count) = (self.random.below(length + 1), self.random.below(length + 1));
        let t = self.random.below(64);
        match self.random.below(4) {
            0 if index < length => {
                call!(self, "set_element"(i32: array, i32: index, i32: t));
                let value = self.model.roots[t];
                self.elements(array)[index] = value;
            }
            1 if index < length => {
                call!(self, "get_element"(i32: array, i32: index, i32: t));
                self.model.roots[t] = self.elements(array)[index];
            }
            2 if index + count <= length => {
                call!(self, "fill_refs"(i32: array, i32: index, i32: t, i32: count));
                let value = self.model.roots[t];
                self.elements(array)[index..index + count].fill(value);
            }
            _ => {
                let other = self.root_of(&[4])?;
                let other_length = self.elements(other).len();
                let from = self.random.below(other_length + 1);
                let count = count.min(length - index).min(other_length - from);
                call!(self, "copy_refs"(i32: array, i32: index, i32: other, i32: from, i32: count));
                let copied = self.elements(other)[from..from + count].to_vec();
                self.elements(array)[index..index + count].copy_from_slice(&copied);
            }
        }
        Some(())
    }

    fn bytes(&mut self) -> Option<()> {
        let (to, from) = (self.root_of(&[5])?, self.root_of(&[5])?);
        let length = |run: &mut Run, root| match run.model.object(root) {
            Some(Object::Bytes(bytes)) => bytes.len(),
            _ => unreachable!("an array of bytes"),
        };
        let (to_length, from_length) = (length(self, to), length(self, from));
        let (i, j) = (
            self.random.below(to_length + 1),
            self.random.below(from_length + 1),
        );
        let count = self
            .random
            .below(to_length + 1)
            .min(to_length - i)
            .min(from_length - j);
        call!(self, "copy_bytes"(i32: to, i32: i, i32: from, i32: j, i32: count));
        let Some(Object::Bytes(bytes)) = self.model.object(from) else {
            unreachable!()
        };
        let copied = bytes[j..j + count].to_vec();
        let Some(Object::Bytes(bytes)) = self.model.object(to) else {
            unreachable!()
        };
        bytes[i..i + count].copy_from_slice(&copied);
        Some(())
    }

    fn move_about(&mut self) {
        let (s, t) = (self.random.below(64), self.random.below(64));
        match self.random.below(6) {
            0 => {
                call!(self, "move"(i32: s, i32: t));
                self.model.roots[t] = self.model.roots[s];
            }
            1 => {
                call!(self, "clear"(i32: s));
                self.model.roots[s] = Reference::Null;
            }
            2 => {
                call!(self, "keep"(i32: s));
                self.model.kept = self.model.roots[s];
            }
            3 => {
                call!(self, "kept_to"(i32: s));
                self.model.roots[s] = self.model.kept;
            }
            4 => {
                let v = self.random.next() as i64 >> 4;
                let depth = self.random.below(20);
                let found = call!(self, "throw_to"(i32: s, i32: t, i32: depth, i64: v) -> i64);
                assert_eq!(found, v.wrapping_mul(2));
                self.model.roots[t] = self.model.roots[s];
            }
            _ => self.host_value(s),
        }
    }

    fn host_value(&mut self, root: usize) {
        let number = self.random.next() as u32;
        let mut scope = RootScope::new(&mut self.store);
        let value = ExternRef::new(&mut scope, number).unwrap();
        let value = AnyRef::convert_extern(&mut scope, value).unwrap();
        let table = self.instance.get_table(&mut scope, "roots").unwrap();
        table.set(&mut scope, root as u64, value.into()).unwrap();
        drop(scope);
        self.model.roots[root] = self.model.add(Object::Host(number));
    }

    fn compare(&mut self) {
        let (s, t) = (self.random.below(64), self.random.below(64));
        assert_eq!(
            call!(self, "kind"(i32: s) -> i32),
            self.model.kind(s),
            "kind of root {s}"
        );
        assert_eq!(
            call!(self, "value"(i32: s) -> i64),
            self.model.value(s),
            "value of root {s}"
        );
        if self.model.kind(s) != 6 && self.model.kind(t) != 6 {
            let same = self.model.roots[s] == self.model.roots[t];
            assert_eq!(
                call!(self, "same"(i32: s, i32: t) -> i32),
                i32::from(same),
                "roots {s} and {t}"
            );
        }
        if let (2 | 3, Some(sum)) = (self.model.kind(s), self.model.list_sum(s)) {
            assert_eq!(call!(self, "list_sum"(i32: s) -> i64), sum, "list at root {s}");
        }
        if let Some(&mut Object::Host(number)) = self.model.object(s) {
            let mut scope = RootScope::new(&mut self.store);
            let table = self.instance.get_table(&mut scope, "roots").unwrap();
            let Some(Ref::Any(Some(value))) = table.get(&mut scope, s as u64) else {
                panic!("root {s} holds a value of the host's");
            };
            let value = ExternRef::convert_any(&mut scope, value).unwrap();
            assert_eq!(value.data(&scope).unwrap().unwrap().downcast_ref(), Some(&number));
        }
    }

    fn list(&mut self) {
        let (s, length) = (self.random.below(64), self.random.below(300));
        call!(self, "list"(i32: s, i32: length));
        let mut next = Reference::Null;
        for v in 1..=length as i64 {
            next = self.model.add(Object::Node {
                big: false,
                a: Reference::Null,
                b: next,
                v,
                p: 0,
            });
        }
        self.model.roots[s] = next;
    }

    fn operations(&mut self, count: usize) {
        for _ in 0..count {
            match self.random.below(100) {
                0..25 => self.make(),
                25..50 => drop(self.link()),
                50..65 => drop(self.arrays()),
                65..70 => drop(self.bytes()),
                70..80 => self.move_about(),
                80 => self.list(),
                81 if self.random.below(200) == 0 => {
                    self.store.gc(None).expect("nothing prevents a collection")
                }
                _ => self.compare(),
            }
        }
    }
}

fn run(config: &Config, seeds: std::ops::Range<u64>, operations: usize) {
    for seed in seeds {
        let mut run = Run::new(config, seed);
        run.operations(operations);
        let statistics = run.store.heap_statistics().unwrap();
        assert!(statistics.minor.count > 0, "seed {seed}: {statistics:?}");
        assert!(statistics.full.count > 0, "seed {seed}: {statistics:?}");
    }
}

/// Of these seeds, all; or the one that a mixture's own seed chooses.
fn seeds(tiers: Tiers, all: std::ops::Range<u64>) -> std::ops::Range<u64> {
    match tiers.seed() {
        Some(seed) => {
            let chosen = all.start + seed % (all.end - all.start);
            chosen..chosen + 1
        }
        None => all,
    }
}

/// Two million operations with a nursery that is often full.
fn graphs_are_as_in_the_model(tiers: Tiers) -> Result<()> {
    run(
        config_of(tiers).gc_nursery_size(64 << 10, 64 << 10),
        seeds(tiers, 0..8),
        250_000,
    );
    Ok(())
}

fn graphs_are_as_in_the_model_with_a_large_nursery(tiers: Tiers) -> Result<()> {
    run(
        config_of(tiers).gc_nursery_size(1 << 20, 1 << 20),
        seeds(tiers, 100..103),
        150_000,
    );
    Ok(())
}

fn graphs_are_as_in_the_model_with_a_collection_at_every_allocation(tiers: Tiers) -> Result<()> {
    run(config_of(tiers).gc_zeal(true), seeds(tiers, 200..203), 2_000);
    Ok(())
}

in_tiers!(
    graphs_are_as_in_the_model,
    graphs_are_as_in_the_model_with_a_large_nursery,
    graphs_are_as_in_the_model_with_a_collection_at_every_allocation
);
