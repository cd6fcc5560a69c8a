//! The optimising compiler, made when something is to be optimised: most programs end before, and it takes a megabyte of the command's
//! own code to make it.

use std::sync::OnceLock;
use transom_code::{
    AdapterKind, CompileError, CompiledFunction, Compiler, ComponentCall, LoopEntry, LoopTarget, Shape,
    Source,
};
use transom_module::{DefinedFuncIdx, FuncIdx};
use transom_optimizer::Optimizer;

/// A compiler that does not exist until it is used.
pub(crate) struct OnDemand<F> {
    make: F,
    made: OnceLock<Result<Optimizer, String>>,
}

impl<F: Fn() -> Result<Optimizer, String>> OnDemand<F> {
    pub(crate) fn new(make: F) -> OnDemand<F> {
        let made = OnceLock::new();
        OnDemand { make, made }
    }

    fn get(&self, function: FuncIdx) -> Result<&Optimizer, CompileError> {
        let made = self.made.get_or_init(&self.make);
        made.as_ref().map_err(|message| CompileError::Limit {
            function: function.as_u32(),
            message: message.clone(),
        })
    }
}

impl<F: Fn() -> Result<Optimizer, String> + Send + Sync> Compiler for OnDemand<F> {
    fn name(&self) -> &'static str {
        "optimizer"
    }

    fn compile_function(
        &self,
        source: Source<'_>,
        function: DefinedFuncIdx,
    ) -> Result<CompiledFunction, CompileError> {
        let optimizer = self.get(source.module.func_index(function))?;
        optimizer.compile_function(source, function)
    }

    fn compile_loop_entry(&self, source: Source<'_>, target: &LoopTarget) -> Result<LoopEntry, CompileError> {
        let optimizer = self.get(source.module.func_index(target.function))?;
        optimizer.compile_loop_entry(source, target)
    }

    fn compile_adapter(&self, kind: AdapterKind, shape: &Shape) -> Result<CompiledFunction, CompileError> {
        self.get(FuncIdx::from_u32(0))?.compile_adapter(kind, shape)
    }

    fn compile_component_call(
        &self,
        call: &ComponentCall,
        callee: Option<(Source<'_>, DefinedFuncIdx)>,
    ) -> Result<Option<CompiledFunction>, CompileError> {
        self.get(FuncIdx::from_u32(0))?
            .compile_component_call(call, callee)
    }
}
