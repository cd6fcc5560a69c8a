//! The functions that are called at the end of the stack.

use transom::Trap;

/// What a function does there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Deed {
    /// Nothing but call.
    Call,
    /// Calls the host, with values in registers.
    CallHost,
    /// Calls the host, with values in an array.
    CallHostByArray,
    /// Calls a host function that fails.
    HostFails,
    /// Grows a memory by nothing: no call, so the frame is checked for the sake of what is done out of line.
    MemoryGrow,
    /// Fills a table.
    TableFill,
    /// Indexes an array beyond its end; nothing else that leaves compiled code.
    ArrayOutOfBounds,
    /// Accesses a memory whose accesses are checked beyond its end; nothing else that leaves compiled code.
    CheckedMemory,
    /// Casts to a wrong type.
    Cast,
    /// Calls a null of a table.
    CallIndirect,
    /// Throws what a function far above catches.
    Throw,
    /// Loops, while each poll calls the host.
    Interrupted,
    /// Has more fuel than it needs, but little stack to say so.
    OutOfFuel,
    /// Makes objects, while each one collects garbage and verifies the heap.
    Collect,
    /// Traps by itself.
    Unreachable,
    /// Divides by zero.
    Divide,
}

impl Deed {
    pub const ALL: [Deed; 16] = [
        Deed::Call,
        Deed::CallHost,
        Deed::CallHostByArray,
        Deed::HostFails,
        Deed::MemoryGrow,
        Deed::TableFill,
        Deed::ArrayOutOfBounds,
        Deed::CheckedMemory,
        Deed::Cast,
        Deed::CallIndirect,
        Deed::Throw,
        Deed::Interrupted,
        Deed::OutOfFuel,
        Deed::Collect,
        Deed::Unreachable,
        Deed::Divide,
    ];

    /// Its value, its trap, or nothing for an error of the host's.
    pub fn expected(self) -> Result<i32, Option<Trap>> {
        match self {
            Deed::Call => Ok(7),
            Deed::CallHost => Ok(8),
            Deed::CallHostByArray => Ok(9),
            Deed::HostFails => Err(None),
            Deed::MemoryGrow => Ok(1),
            Deed::TableFill => Ok(3),
            Deed::ArrayOutOfBounds => Err(Some(Trap::ArrayOutOfBounds)),
            Deed::CheckedMemory => Err(Some(Trap::MemoryOutOfBounds)),
            Deed::Cast => Err(Some(Trap::CastFailure)),
            Deed::CallIndirect => Err(Some(Trap::IndirectCallToNull)),
            Deed::Throw => Ok(11),
            Deed::Interrupted => Ok(5),
            Deed::OutOfFuel => Err(Some(Trap::OutOfFuel)),
            Deed::Collect => Ok(12),
            Deed::Unreachable => Err(Some(Trap::UnreachableCodeReached)),
            Deed::Divide => Err(Some(Trap::IntegerDivisionByZero)),
        }
    }

    /// The instructions, which leave an `i32`.
    fn instructions(self) -> String {
        match self {
            Deed::Call => "(call $seven)".into(),
            Deed::CallHost => "(call $registers (i32.const 7))".into(),
            Deed::CallHostByArray => format!(
                "(call $array {}) {} (i32.wrap_i64)",
                "(i64.const 9)".repeat(20),
                "(drop)".repeat(19)
            ),
            Deed::HostFails => "(call $fails (i32.const 7))".into(),
            Deed::MemoryGrow => "(memory.grow (i32.const 0))".into(),
            Deed::TableFill => "(table.fill (i32.const 0) (ref.null func) (i32.const 3)) (table.size)".into(),
            Deed::ArrayOutOfBounds => "(array.get $array (global.get $some) (i32.const 9))".into(),
            Deed::CheckedMemory => "(i32.load offset=65536 (i32.const 0))".into(),
            Deed::Cast => "(array.len (ref.cast (ref $array) (global.get $thing)))".into(),
            Deed::CallIndirect => "(call_indirect (result i32) (i32.const 1))".into(),
            Deed::Throw => "(throw $tag (i32.const 11))".into(),
            Deed::Interrupted => "(local.set $count (i32.const 0))
                (loop $again
                    (local.set $count (i32.add (local.get $count) (i32.const 1)))
                    (br_if $again (i32.lt_u (local.get $count) (i32.const 5))))
                (local.get $count)"
                .into(),
            Deed::OutOfFuel => "(loop $again (br $again)) (unreachable)".into(),
            Deed::Collect => "(array.len (array.new $array (i32.const 1) (i32.const 12)))".into(),
            Deed::Unreachable => "(unreachable)".into(),
            Deed::Divide => "(i32.div_u (i32.const 1) (global.get $never))".into(),
        }
    }
}

/// What makes the frame of a deed large.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Frame {
    /// So many vectors that are alive across the deed, 16 bytes each. The function makes no calls for them.
    Vectors(usize),
    /// So many calls of a function with a thousand results, 16 bytes each, for which the caller has the room. They are
    /// never made.
    Calls(usize),
}

/// From nothing, by what is just below and above the room that the runtime reserves, to more than a thread has.
pub const FRAMES: [Frame; 7] = [
    Frame::Vectors(0),
    Frame::Vectors(40),
    Frame::Vectors(900),
    Frame::Vectors(1500),
    Frame::Calls(8),
    Frame::Calls(9),
    Frame::Calls(40),
];

/// Those of functions that a mixture of compilers has compiled.
pub const MIXED_FRAMES: [Frame; 2] = [Frame::Vectors(0), Frame::Calls(8)];

/// Those that are tried on large stacks: one that the runtime notices, one that traps, one that is longer than what is left.
pub const DEEP_FRAMES: [Frame; 3] = [Frame::Vectors(40), Frame::Vectors(1500), Frame::Calls(9)];

impl Frame {
    /// Instructions at the beginning and at the end of the deed's function.
    fn instructions(self) -> (String, String) {
        match self {
            // Each has a value of its own, which is used behind the deed, so none can be computed again.
            Frame::Vectors(count) => (
                (0..count)
                    .map(|index| format!("(local.set {} (v128.load (i32.const {index})))", index + 1))
                    .collect(),
                (0..count)
                    .map(|index| format!("(v128.store (i32.const {index}) (local.get {}))", index + 1))
                    .collect(),
            ),
            Frame::Calls(count) => {
                let call = format!("(call $wide) {}", "drop ".repeat(1000));
                let calls = call.repeat(count);
                (format!("(if (global.get $never) (then {calls}))"), String::new())
            }
        }
    }

    /// How many instructions are executed for its sake.
    pub fn executed(self) -> usize {
        match self {
            Frame::Vectors(count) => 6 * count,
            Frame::Calls(_) => 2,
        }
    }
}

/// A module whose function `run` does a deed in a frame, below as many small frames as its argument says.
pub fn module(deed: Deed, frame: Frame) -> String {
    let locals = match frame {
        Frame::Vectors(count) => "v128 ".repeat(count),
        Frame::Calls(_) => String::new(),
    };
    let (before, after) = frame.instructions();
    let deed = deed.instructions();
    format!(
        r#"(module
            (type $array (array (mut i32)))
            (type $thing (struct))
            (import "host" "registers" (func $registers (param i32) (result i32)))
            (import "host" "fails" (func $fails (param i32) (result i32)))
            (import "host" "array" (func $array {many_params} {many_results}))
            (memory 1)
            (table 3 funcref)
            (tag $tag (param i32))
            (global $never (mut i32) (i32.const 0))
            (global $some (ref $array) (array.new $array (i32.const 1) (i32.const 9)))
            (global $thing anyref (struct.new $thing))
            (func $seven (result i32) (if (global.get $never) (then (drop (call $seven)))) (i32.const 7))
            (func $wide {wide} (unreachable))
            (func $deed (result i32) (local $count i32) (local {locals})
                {before}
                (block $done (result i32) {deed})
                {after})
            (func $below (param $depth i32) (result i32)
                (if (result i32) (local.get $depth)
                    (then (call $below (i32.sub (local.get $depth) (i32.const 1))))
                    (else (call $deed))))
            (func (export "run") (param $depth i32) (result i32)
                (block $caught (result i32)
                    (return (try_table (result i32) (catch $tag $caught) (call $below (local.get $depth)))))))"#,
        many_params = "(param i64)".repeat(20),
        many_results = "(result i64)".repeat(20),
        wide = "(result i64)".repeat(1000),
    )
}
