//! An engine for tests of the parts that need one but compile nothing.
use super::*;
use std::sync::Arc;
use transom_code::{CompileError, CompiledFunction, ComponentCall, Source};
use transom_module::DefinedFuncIdx;

/// Gives every function the same bytes.
struct Fixed;

impl Compiler for Fixed {
    fn name(&self) -> &'static str {
        "fixed"
    }

    fn compile_function(&self, _: Source<'_>, _: DefinedFuncIdx) -> Result<CompiledFunction, CompileError> {
        unreachable!("no module is compiled")
    }

    fn compile_adapter(&self, _: AdapterKind, shape: &Shape) -> Result<CompiledFunction, CompileError> {
        let code = vec![0xc3; 1 + shape.params.len()];
        Ok(CompiledFunction {
            code,
            alignment: 16,
            ..CompiledFunction::default()
        })
    }

    fn compile_component_call(
        &self,
        _: &ComponentCall,
        _: Option<(Source<'_>, DefinedFuncIdx)>,
    ) -> Result<Option<CompiledFunction>, CompileError> {
        Ok(None)
    }
}

pub(crate) fn compiler() -> Box<dyn Compiler> {
    Box::new(Fixed)
}

pub(crate) fn engine() -> Arc<Engine> {
    Arc::new(Engine::new(TypeRegistry::new(), compiler(), EngineOptions::default()).unwrap())
}

#[test]
fn one_adapter_serves_a_shape() {
    use transom_code::MachineClass::{F64, I32};
    let engine = engine();
    let shape = |params: &[transom_code::MachineClass]| Shape {
        params: params.into(),
        results: [I32].into(),
    };
    let first = engine.adapter(AdapterKind::Enter, &shape(&[I32])).unwrap();
    assert_eq!(engine.adapter(AdapterKind::Enter, &shape(&[I32])).unwrap(), first);
    assert_ne!(engine.adapter(AdapterKind::Enter, &shape(&[F64])).unwrap(), first);
    assert_ne!(engine.adapter(AdapterKind::Leave, &shape(&[I32])).unwrap(), first);
}
