//! The kinds of traps: one row each, from which the number in machine code, the message and the tests
//! follow.

macro_rules! traps {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $message:literal;)*) => {
        /// The reason of a trap: a rule of WebAssembly, or a limit of the host.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum Trap {
            $($(#[$doc])* $name = $code,)*
        }

        impl Trap {
            /// All traps, in the order of their numbers.
            pub const ALL: &[Trap] = &[$(Trap::$name),*];

            /// The trap with a number.
            pub fn from_u8(code: u8) -> Option<Trap> {
                match code {
                    $($code => Some(Trap::$name),)*
                    _ => None,
                }
            }

            /// The message, as the specification's test suite words it.
            pub fn message(self) -> &'static str {
                match self {
                    $(Trap::$name => $message,)*
                }
            }
        }
    };
}

traps! {
    /// The program exhausted its call stack.
    StackOverflow = 1, "call stack exhausted";
    /// An access to a linear memory was out of bounds.
    MemoryOutOfBounds = 2, "out of bounds memory access";
    /// The address of an atomic operation was not aligned.
    HeapMisaligned = 3, "unaligned atomic";
    /// An access to a table was out of bounds.
    TableOutOfBounds = 4, "undefined element: out of bounds table access";
    /// `call_indirect` found null in its table.
    IndirectCallToNull = 5, "uninitialized element";
    /// `call_indirect` found a function of another type.
    BadSignature = 6, "indirect call type mismatch";
    /// A signed division, or a conversion to an integer, has no representable result.
    IntegerOverflow = 7, "integer overflow";
    /// An integer was divided by zero.
    IntegerDivisionByZero = 8, "integer divide by zero";
    /// NaN was converted to an integer.
    BadConversionToInteger = 9, "invalid conversion to integer";
    /// `unreachable` was executed.
    UnreachableCodeReached = 10, "wasm `unreachable` instruction executed";
    /// The host interrupted the program.
    Interrupt = 11, "interrupt";
    /// The program ran out of fuel.
    OutOfFuel = 12, "all fuel consumed by WebAssembly";
    /// A null reference was used.
    NullReference = 13, "null reference";
    /// An access to an array was out of bounds.
    ArrayOutOfBounds = 14, "out of bounds array access";
    /// An object is larger than the implementation allows.
    AllocationTooLarge = 15, "allocation size too large";
    /// The operand of `ref.cast` has another type.
    CastFailure = 16, "cast failure";
    /// A thread tried to wait on a memory that is not shared.
    AtomicWaitNonSharedMemory = 17, "atomic wait on non-shared memory";
    /// The garbage-collected heap is full of live objects, or the host does not let it grow.
    HeapOutOfMemory = 18, "garbage-collected heap out of memory";
}

impl std::fmt::Display for Trap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "wasm trap: {}", self.message())
    }
}

impl std::error::Error for Trap {}

#[cfg(test)]
mod tests;
