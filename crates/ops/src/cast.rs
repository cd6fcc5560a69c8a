//! How compiled code tells the runtime which type a failed cast expected: a number, for the sake of the message.

use wasmparser::{AbstractHeapType, HeapType};

/// The names of the abstract heap types.
const NAMES: [&str; 14] = [
    "any", "eq", "i31", "struct", "array", "func", "extern", "exn", "none", "nofunc", "noextern", "noexn",
    "cont", "nocont",
];

/// A reference type of a module: an abstract one, or the index of a defined one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CastTarget(u32);

const NULLABLE: u32 = 1 << 31;
const NAMED: u32 = 1 << 30;

impl CastTarget {
    /// A type as a module's bytes write it.
    ///
    /// # Panics
    ///
    /// If a defined type is not given by its index in the module, as bodies do.
    pub fn of(heap: HeapType, nullable: bool) -> CastTarget {
        use AbstractHeapType::*;
        let heap = match heap {
            HeapType::Concrete(index) | HeapType::Exact(index) => {
                let index = index.as_module_index();
                return CastTarget::concrete(index.expect("bodies refer to types by module index"), nullable);
            }
            HeapType::Abstract { ty, .. } => ty,
        };
        let name = match heap {
            Any => "any",
            Eq => "eq",
            I31 => "i31",
            Struct => "struct",
            Array => "array",
            Func => "func",
            Extern => "extern",
            Exn => "exn",
            None => "none",
            NoFunc => "nofunc",
            NoExtern => "noextern",
            NoExn => "noexn",
            Cont => "cont",
            NoCont => "nocont",
        };
        CastTarget::named(name, nullable)
    }

    /// A defined type.
    pub fn concrete(index: u32, nullable: bool) -> CastTarget {
        CastTarget(index | if nullable { NULLABLE } else { 0 })
    }

    /// An abstract type.
    ///
    /// # Panics
    ///
    /// If there is none of that name.
    pub fn named(name: &str, nullable: bool) -> CastTarget {
        let index = NAMES.iter().position(|known| *known == name);
        let index = index.expect("the name of an abstract heap type") as u32;
        CastTarget::concrete(index | NAMED, nullable)
    }

    /// The number that stands for it.
    pub fn to_u32(self) -> u32 {
        self.0
    }

    /// The type that a number stands for.
    pub fn from_u32(number: u32) -> CastTarget {
        CastTarget(number)
    }

    /// Whether null has the type.
    pub fn nullable(self) -> bool {
        self.0 & NULLABLE != 0
    }

    /// The index of the defined type, or the name of the abstract one.
    pub fn heap(self) -> Result<u32, &'static str> {
        let number = self.0 & !NULLABLE;
        if number & NAMED == 0 {
            Ok(number)
        } else {
            Err(NAMES.get((number & !NAMED) as usize).copied().unwrap_or("?"))
        }
    }
}
