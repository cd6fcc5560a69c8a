//! Compiling functions once more, that run often: in the background, or, for tests, at once.

use crate::compiled::{CompileModuleError, CompiledModule};
use crate::enough_stack::with_stack;
use crate::promotion::{LoopCode, Promotions, Sample, Target, Verdict};
use crate::stored::Stage;
use crate::tuning;
use crate::workers::{Job, Refusal};
use std::sync::{Arc, Weak};
use transom_code::{CallTargets, LoopTarget, Source};
use transom_module::{DefinedFuncIdx, FuncIdx};
use transom_ops::events;

/// A function that waits for its compilation.
struct Promotion {
    /// The module, if anybody still uses it.
    module: Weak<CompiledModule>,
    promotions: Arc<Promotions>,
    function: DefinedFuncIdx,
    /// The loop, if code is compiled that begins there.
    at: Option<Arc<LoopTarget>>,
    body: usize,
}

impl Promotion {
    fn target(&self) -> Target {
        let at = |at: &Arc<LoopTarget>| Target::Loop(at.offset);
        self.at.as_ref().map_or(Target::Whole, at)
    }
}

/// New code of a module that is to be written, for a time when none is compiled.
struct Writing(Weak<CompiledModule>);

impl Job for Writing {
    fn urgency(&self) -> Option<u64> {
        (self.0.strong_count() > 0).then_some(0)
    }

    fn run(&self) {
        let Some(module) = self.0.upgrade() else { return };
        if let Some(promotions) = module.promotions() {
            promotions.note_to_be_written(false);
        }
        module.write_to_store();
    }

    fn abandon(&self) {}
}

impl CompiledModule {
    /// Notes that a program is in a function of this module: at the entry, or at a loop. `again` says that it has been in the same
    /// activation before. Gives the code in which to go on.
    pub(crate) fn note_sample(
        self: &Arc<Self>,
        function: DefinedFuncIdx,
        at: Option<&LoopTarget>,
        again: bool,
    ) -> Option<LoopCode> {
        let promotions = self.promotions()?;
        let options = &self.engine().options().compilation.tier_up;
        let sample = Sample {
            function: function.index(),
            body: self.module().bodies[function.index()].range.len(),
            at: at.map(|target| target.offset),
            again,
        };
        let (first, second) = match promotions.sample(sample, options.patience) {
            Verdict::Stay => {
                // Now and then, so that it takes no time even if there are very many.
                if promotions.heat(function.index()).is_power_of_two() {
                    self.call_sites().renew(function.as_u32());
                }
                return None;
            }
            Verdict::GoOn(code) => return Some(code),
            Verdict::Compile(first, second) => (first, second),
        };
        let at = at.map(|target| Arc::new(target.clone()));
        for target in [Some(first), second].into_iter().flatten() {
            let job = Promotion {
                module: Arc::downgrade(self),
                promotions: promotions.clone(),
                function,
                at: at.clone().filter(|_| target != Target::Whole),
                body: sample.body,
            };
            if options.background {
                match self.engine().workers().push(Box::new(job)) {
                    Ok(()) => {}
                    Err(Refusal::Full) => promotions.postponed(function.index(), target),
                    Err(Refusal::NoThread) => promotions.failed(function.index(), target),
                }
            } else {
                let compiler = self.engine().tier_up_compiler();
                let stack = compiler.map_or(0, |compiler| compiler.stack_size());
                if with_stack(stack, || job.run()).is_err() {
                    job.abandon();
                }
            }
        }
        // What was compiled at once is there.
        promotions.loop_code(function.index(), sample.at?)
    }

    /// Compiles a function once more, for its callers or for those who are at a loop.
    fn promote(&self, function: DefinedFuncIdx, at: Option<&LoopTarget>) -> Result<(), CompileModuleError> {
        let Some((compiler, promotions)) = self.engine().tier_up_compiler().zip(self.promotions()) else {
            return Ok(());
        };
        let source = Source::new(self.module(), self.offsets()).with_targets(self);
        let (index, publisher) = (function.index(), self.engine().publisher());
        let Some(target) = at else {
            let compiled = compiler.compile_function(source, function)?;
            self.keep(function, Stage::Last, &compiled);
            publisher.budget.check_spare(compiled.code.len())?;
            self.module_code().publish_last(index, &compiled, publisher)?;
            promotions.promoted(index);
            promotions.count_expected(compiled.inlined.expected_calls);
            return Ok(());
        };
        let entry = self.loop_entry(|| compiler.compile_loop_entry(source, target), target)?;
        publisher.budget.check_spare(entry.code.code.len())?;
        let publisher = publisher.with_suffix(" [loop]");
        let code = LoopCode {
            address: self.module_code().publish_entry(index, &entry.code, &publisher)?,
            frame_size: entry.frame_size as usize,
            operands: target.operands,
        };
        promotions.entered(index, target.offset, code);
        promotions.count_expected(entry.code.inlined.expected_calls);
        Ok(())
    }
}

impl CallTargets for CompiledModule {
    fn targets(&self, function: DefinedFuncIdx, offset: u32) -> Vec<FuncIdx> {
        let slots = self.slots();
        let first = slots.as_ptr().addr() as u32;
        // Functions of other modules have slots elsewhere, and hardly any with the same lower half.
        let position = |slot: u32| {
            let index = slot.wrapping_sub(first) as usize / size_of::<usize>();
            (index < slots.len()).then(|| self.module().func_index(DefinedFuncIdx::new(index)))
        };
        let targets = self.call_sites().targets(function.as_u32(), offset);
        targets.into_iter().filter_map(position).collect()
    }
}

impl Job for Promotion {
    fn urgency(&self) -> Option<u64> {
        /// Heat is a small number, and bodies are long.
        const SCALE: u64 = 1 << 32;
        let heat = u64::from(self.promotions.heat(self.function.index()));
        (self.module.strong_count() > 0).then(|| heat * SCALE / (self.body as u64 + 1))
    }

    fn is_short(&self) -> bool {
        self.body <= tuning::SHORT_BODY
    }

    fn run(&self) {
        let Some(module) = self.module.upgrade() else {
            return;
        };
        let promoted = self
            .promotions
            .time()
            .measure(|| module.promote(self.function, self.at.as_deref()));
        if let Err(error) = promoted {
            let index = module.module().func_index(self.function);
            let label = transom_code::label(module.module(), index);
            log::info!(target: events::COMPILE, "{label} stays as it is: {error}");
            self.abandon();
        }
        let has_store = module.store().is_some();
        if has_store && !self.promotions.note_to_be_written(true) {
            let later = Writing(self.module.clone());
            module.engine().workers().leave(Box::new(later));
        }
    }

    fn abandon(&self) {
        self.promotions.failed(self.function.index(), self.target());
    }
}
