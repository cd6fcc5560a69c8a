//! Where a program was: the functions of its frames, and the instructions in them.

use std::collections::HashMap;
use std::sync::Arc;
use transom_codespace::CodeLocation;
use transom_module::{FuncIdx, Module};

/// The frames of compiled code, innermost first.
#[derive(Clone, Debug, Default)]
pub struct Backtrace {
    /// The frames, as many as the engine's options want.
    pub frames: Vec<Frame>,
    /// How many there are beyond.
    pub omitted: usize,
}

/// A frame of compiled code.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The function's module.
    pub module: Arc<Module>,
    /// The function.
    pub function: FuncIdx,
    /// The instruction's offset in the module's bytes, where it is known.
    pub offset: Option<u32>,
}

impl Backtrace {
    /// The functions that addresses belong to; each address is behind the instruction that it stands for. Of a deep stack,
    /// only the first `most` frames are described; where the others are is looked up once for each address.
    pub fn resolve(pcs: &[usize], most: usize) -> Backtrace {
        let mut backtrace = Backtrace::default();
        let mut counts = HashMap::new();
        for &pc in pcs {
            if backtrace.frames.len() < most {
                backtrace.frames.extend(locate(pc).map(|location| Frame {
                    module: location.module,
                    function: location.function,
                    offset: location.offset,
                }));
            } else if most > 0 {
                backtrace.omitted += *counts.entry(pc).or_insert_with(|| locate(pc).count());
            }
        }
        let inlined = backtrace.frames.len().saturating_sub(most);
        backtrace.frames.truncate(most);
        backtrace.omitted += inlined;
        backtrace
    }
}

/// The function, and those it was inlined into, that the instruction before an address belongs to.
fn locate(pc: usize) -> impl Iterator<Item = CodeLocation> {
    let code = transom_codespace::lookup(pc - 1);
    code.and_then(|code| code.locate(pc - 1)).into_iter().flatten()
}
