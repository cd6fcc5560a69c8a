//! Whatever uses a value of 32 bits uses no more of it, however the value came there: every use times every way, in both compilers
//! and mixtures, with garbage in all bits that are undefined on the way. A value has to do what it does as a constant.

use transom::*;

/// A kind of values: its type, how one is made, and what uses it. A use takes the value from the stack, and leaves an `i64`.
struct Class {
    ty: &'static str,
    make: &'static [&'static str],
    uses: &'static [&'static str],
}

const CLASSES: [Class; 6] = [
    Class {
        ty: "i32",
        make: &["i32.const 0", "i32.const 3", "i32.const -5"],
        uses: &[
            "i64.extend_i32_u",
            "i64.extend_i32_s",
            "i64.load8_u",
            "i64.load8_s offset=1",
            "i64.load16_u",
            "i64.load32_s offset=2",
            "i64.load",
            "i64.load offset=0x10000",
            "i32.load8_s i64.extend_i32_u",
            "i32.load16_s i64.extend_i32_u",
            "i32.load i64.extend_i32_u",
            "f32.load i32.reinterpret_f32 i64.extend_i32_u",
            "f64.load i64.reinterpret_f64",
            "v128.load i64x2.extract_lane 1",
            "v128.load32_splat i64x2.extract_lane 1",
            "v128.load8x8_u i64x2.extract_lane 0",
            "v128.const i64x2 1 2 v128.load16_lane 3 i64x2.extract_lane 0",
            "i32.const -4 i32.and i32.atomic.load i64.extend_i32_u",
            "i32.const -8 i32.and i64.const 3 i64.atomic.rmw.add",
            "local.tee $i i32.const 77 i32.store8 local.get $i i64.load",
            "local.tee $i i32.const 77 i32.store16 local.get $i i64.load",
            "local.tee $i i32.const 77 i32.store local.get $i i64.load",
            "local.tee $i i64.const 77 i64.store local.get $i i64.load",
            "local.tee $i f32.const 77 f32.store local.get $i i64.load",
            "local.tee $i v128.const i64x2 5 6 v128.store local.get $i i64.load",
            "local.set $i i32.const 0 local.get $i i32.store i32.const 0 i64.load",
            "local.set $i i32.const 0 local.get $i i32.const 3 memory.fill i32.const 0 i64.load",
            "i32.const 9 i32.const 3 memory.fill i32.const 0 i64.load",
            "i32.const 8 i32.const 3 memory.copy i32.const 0 i64.load",
            "local.set $i i32.const 8 i32.const 0 local.get $i memory.copy i32.const 8 i64.load",
            "i32.const 0 i32.const 3 memory.init $data i32.const 0 i64.load",
            "memory.grow i64.extend_i32_s",
            "table.get $table ref.is_null i64.extend_i32_u",
            "local.tee $i ref.null extern table.set $table i64.const 1",
            "local.set $i ref.null extern local.get $i table.grow $table i64.extend_i32_s",
            "ref.null extern i32.const 1 table.fill $table i64.const 1",
            "call_indirect $functions (type $number)",
            "local.set $i (select (i64.const 7) (i64.const 8) (local.get $i))",
            "if (result i64) i64.const 1 else i64.const 2 end",
            "i32.eqz i64.extend_i32_u",
            "i32.eqz if (result i64) i64.const 1 else i64.const 2 end",
            "local.set $i (block $b (br_if $b (local.get $i)) (return (i64.const 1))) i64.const 2",
            "local.set $i (block $2 (block $1 (block $0 (br_table $0 $1 $1 $0 $2 (local.get $i))) (return (i64.const 1))) (return (i64.const 2))) i64.const 3",
            "local.set $i (i64.extend_i32_u (select (i32.const 5) (i32.const 6) (local.get $i)))",
            "local.set $i (select (f64.const 5) (f64.const 6) (local.get $i)) i64.reinterpret_f64",
            "i32.const 3 i32.eq i64.extend_i32_u",
            "i32.const 3 i32.lt_s i64.extend_i32_u",
            "i32.const 3 i32.lt_u i64.extend_i32_u",
            "i32.const 4 i32.ge_s if (result i64) i64.const 1 else i64.const 2 end",
            "i32.const 7 i32.div_u i64.extend_i32_u",
            "i32.const 7 i32.div_s i64.extend_i32_u",
            "i32.const 7 i32.rem_u i64.extend_i32_u",
            "i32.const 7 i32.rem_s i64.extend_i32_u",
            "local.set $i (i64.extend_i32_u (i32.div_u (i32.const 100) (local.get $i)))",
            "i32.const 3 i32.shr_u i64.extend_i32_u",
            "i32.const 3 i32.shr_s i64.extend_i32_u",
            "i32.const 3 i32.rotr i64.extend_i32_u",
            "local.set $i (i64.extend_i32_u (i32.shl (i32.const 5) (local.get $i)))",
            "i32.clz i64.extend_i32_u",
            "i32.ctz i64.extend_i32_u",
            "i32.popcnt i64.extend_i32_u",
            "i32.extend8_s i64.extend_i32_u",
            "i32.extend16_s i64.extend_i32_u",
            "i32.const 1 i32.add i64.extend_i32_u",
            "i32.const 3 i32.mul i64.extend_i32_u",
            "i32.const -1 i32.xor i64.extend_i32_u",
            "f32.convert_i32_u i32.reinterpret_f32 i64.extend_i32_u",
            "f32.convert_i32_s i32.reinterpret_f32 i64.extend_i32_u",
            "f64.convert_i32_u i64.reinterpret_f64",
            "f64.convert_i32_s i64.reinterpret_f64",
            "f32.reinterpret_i32 f64.promote_f32 i64.reinterpret_f64",
            "i32x4.splat i64x2.extract_lane 1",
            "i8x16.splat i64x2.extract_lane 1",
            "local.set $i (i64x2.extract_lane 0 (i32x4.replace_lane 0 (v128.const i64x2 1 2) (local.get $i)))",
            "local.set $i (i64x2.extract_lane 0 (i64x2.shl (v128.const i64x2 1 2) (local.get $i)))",
            "ref.i31 i31.get_s i64.extend_i32_u",
            "ref.i31 i31.get_u i64.extend_i32_u",
            "array.new_default $array array.len i64.extend_i32_u",
            "local.set $i (i64.extend_i32_u (array.get $array (global.get $a) (local.get $i)))",
            "local.set $i (array.set $array (global.get $a) (local.get $i) (i32.const 9)) i64.const 1",
            "local.set $i (array.fill $array (global.get $a) (i32.const 0) (local.get $i) (i32.const 1)) (i64.extend_i32_u (array.get $array (global.get $a) (i32.const 0)))",
            "local.set $i (array.fill $array (global.get $a) (i32.const 0) (i32.const 1) (local.get $i)) i64.const 1",
            "local.set $i (array.copy $array $array (global.get $a) (local.get $i) (global.get $a) (i32.const 1) (i32.const 1)) i64.const 1",
            "local.set $i (i64.extend_i32_u (struct.get $s 0 (struct.new $s (local.get $i) (f32.const 3))))",
            "local.set $i (global.set $number (local.get $i)) (i64.extend_i32_u (global.get $number))",
            "local.set $i (i64.extend_i32_s (memory.atomic.notify (i32.const 0) (local.get $i)))",
        ],
    },
    Class {
        ty: "f32",
        make: &[
            "f32.const 3.5",
            "f32.const -0",
            "f32.const nan",
            "f32.const 1e-42",
        ],
        uses: &[
            "i32.reinterpret_f32 i64.extend_i32_u",
            "f64.promote_f32 i64.reinterpret_f64",
            "f32.const 1 f32.add i32.reinterpret_f32 i64.extend_i32_u",
            "f32.const 3 f32.min i32.reinterpret_f32 i64.extend_i32_u",
            "f32.const 3 f32.copysign i32.reinterpret_f32 i64.extend_i32_u",
            "f32.neg i32.reinterpret_f32 i64.extend_i32_u",
            "f32.abs i32.reinterpret_f32 i64.extend_i32_u",
            "f32.nearest i32.reinterpret_f32 i64.extend_i32_u",
            "f32.const 3 f32.lt i64.extend_i32_u",
            "f32.const 3.5 f32.eq if (result i64) i64.const 1 else i64.const 2 end",
            "i64.trunc_f32_u",
            "i32.trunc_f32_s i64.extend_i32_u",
            "i64.trunc_sat_f32_u",
            "i32.trunc_sat_f32_u i64.extend_i32_u",
            "f32x4.splat i64x2.extract_lane 1",
            "local.set $f (i64x2.extract_lane 0 (f32x4.replace_lane 1 (v128.const i64x2 1 2) (local.get $f)))",
            "local.set $f (f32.store (i32.const 0) (local.get $f)) (i64.load (i32.const 0))",
            "local.set $f (global.set $float (local.get $f)) (i64.extend_i32_u (i32.reinterpret_f32 (global.get $float)))",
            "local.set $f (i64.extend_i32_u (i32.reinterpret_f32 (struct.get $s 1 (struct.new $s (i32.const 1) (local.get $f)))))",
            "local.set $f (i64.extend_i32_u (i32.reinterpret_f32 (select (local.get $f) (f32.const 6) (i32.const 1))))",
        ],
    },
    Class {
        ty: "(ref null $s)",
        make: &["global.get $o", "ref.null $s"],
        uses: &[
            "ref.is_null i64.extend_i32_u",
            "struct.get $s 0 i64.extend_i32_u",
            "struct.get $s 1 i32.reinterpret_f32 i64.extend_i32_u",
            "i32.const 8 struct.set $s 0 i64.const 1",
            "ref.as_non_null struct.get $s 0 i64.extend_i32_u",
            "global.get $o ref.eq i64.extend_i32_u",
            "ref.null eq ref.eq i64.extend_i32_u",
            "local.set $o (block $b (br_on_null $b (local.get $o)) drop (return (i64.const 1))) i64.const 2",
            "local.set $o (drop (block $b (result (ref $s)) (br_on_non_null $b (local.get $o)) (return (i64.const 1)))) i64.const 2",
            "local.set $o (global.set $o2 (local.get $o)) (i64.extend_i32_u (ref.is_null (global.get $o2)))",
            "local.set $o (i64.extend_i32_u (struct.get $s 0 (select (result (ref null $s)) (local.get $o) (global.get $o) (i32.const 1))))",
        ],
    },
    Class {
        ty: "anyref",
        make: &[
            "global.get $o",
            "global.get $a",
            "ref.null any",
            "i32.const -5 ref.i31",
        ],
        uses: &[
            "ref.is_null i64.extend_i32_u",
            "ref.test (ref $s) i64.extend_i32_u",
            "ref.test (ref null $s) i64.extend_i32_u",
            "ref.test (ref i31) i64.extend_i32_u",
            "ref.test (ref array) i64.extend_i32_u",
            "ref.cast (ref $s) struct.get $s 0 i64.extend_i32_u",
            "ref.cast (ref null $array) array.len i64.extend_i32_u",
            "ref.cast (ref null $array) i32.const 1 array.get $array i64.extend_i32_u",
            "ref.cast (ref null $array) i32.const 1 i32.const 5 array.set $array i64.const 1",
            "ref.cast i31ref i31.get_u i64.extend_i32_u",
            "ref.cast i31ref i31.get_s i64.extend_i32_s",
            "ref.cast eqref global.get $o ref.eq i64.extend_i32_u",
            "extern.convert_any any.convert_extern ref.test (ref $s) i64.extend_i32_u",
            "local.set $r (drop (block $b (result (ref $s)) (drop (br_on_cast $b anyref (ref $s) (local.get $r))) (return (i64.const 1)))) i64.const 2",
            "local.set $r (drop (block $b (result anyref) (drop (br_on_cast_fail $b anyref (ref i31) (local.get $r))) (return (i64.const 1)))) i64.const 2",
        ],
    },
    Class {
        ty: "externref",
        make: &[
            "global.get $o extern.convert_any",
            "ref.null extern",
            "i32.const 9 ref.i31 extern.convert_any",
        ],
        uses: &[
            "ref.is_null i64.extend_i32_u",
            "any.convert_extern ref.test (ref i31) i64.extend_i32_u",
            "any.convert_extern ref.cast (ref $s) struct.get $s 0 i64.extend_i32_u",
            "local.set $e (table.set $table (i32.const 1) (local.get $e)) (i64.extend_i32_u (ref.is_null (table.get $table (i32.const 1))))",
            "local.set $e (table.fill $table (i32.const 0) (local.get $e) (i32.const 1)) (i64.extend_i32_u (ref.is_null (table.get $table (i32.const 0))))",
            "local.set $e (drop (table.grow $table (local.get $e) (i32.const 1))) (i64.extend_i32_u (ref.is_null (table.get $table (i32.sub (table.size $table) (i32.const 1)))))",
        ],
    },
    Class {
        ty: "exnref",
        make: &["call $exception", "ref.null exn"],
        uses: &[
            "ref.is_null i64.extend_i32_u",
            "local.set $x (i64.extend_i32_u (block $b (result i32) (try_table (catch $number $b) (throw_ref (local.get $x))) unreachable))",
        ],
    },
];

/// Ways of a value, the shortest first: functions of which the last ends with the use. `MAKE`, `TYPE` and `USE` stand for what the
/// class says, `LOCALS` for a local of each class, and `#` for a number that is the case's own.
const WAYS: [(&str, &str); 18] = [
    ("constant", "(func (export \"f#\") (result i64) LOCALS MAKE USE)"),
    (
        "argument in a register",
        "(func $g# (param TYPE) (result i64) LOCALS local.get 0 USE)
         (func (export \"f#\") (result i64) MAKE call $g#)",
    ),
    (
        // The most used local of a function that calls nothing.
        "argument in the register where it stays",
        "(func $g# (param i64 i64 i64 TYPE) (result i64) LOCALS
           (drop (local.get 3)) (drop (local.get 3)) (drop (local.get 3)) (drop (local.get 3)) local.get 3 USE)
         (func (export \"f#\") (result i64) i64.const 1 i64.const 2 i64.const 3 MAKE call $g#)",
    ),
    (
        "local in a register around a call",
        "(func $g# (param i64 i64 i64 i64 i64 TYPE) (result i64) LOCALS (local $n i32)
           (call $nothing)
           (loop
             (local.set $n (i32.add (local.get $n) (i32.const 1)))
             local.get 0 local.get 1 local.get 2 local.get 3 local.get 4 drop drop drop drop drop
             local.get 0 local.get 1 local.get 2 local.get 3 local.get 4 drop drop drop drop drop
             (drop (local.get 5))
             (br_if 0 (i32.lt_u (local.get $n) (i32.const 2))))
           (call $nothing)
           local.get 5 USE)
         (func (export \"f#\") (result i64)
           i64.const 1 i64.const 2 i64.const 3 i64.const 4 i64.const 5 MAKE call $g#)",
    ),
    (
        "argument on the stack",
        "(func $g# (param i64 i64 i64 i64 i64 i64 f64 f64 f64 f64 f64 f64 f64 f64 TYPE TYPE TYPE) (result i64) LOCALS local.get 15 USE)
         (func (export \"f#\") (result i64)
           MANY MAKE MAKE MAKE call $g#)",
    ),
    (
        "argument of a tail call",
        "(func $g# (param TYPE TYPE) (result i64) LOCALS local.get 1 USE)
         (func (export \"f#\") (result i64) MAKE MAKE return_call $g#)",
    ),
    (
        "argument of a tail call on the stack",
        "(func $g# (param i64 i64 i64 i64 i64 i64 f64 f64 f64 f64 f64 f64 f64 f64 TYPE TYPE TYPE) (result i64) LOCALS local.get 16 USE)
         (func $h# (param TYPE) (result i64) MANY local.get 0 local.get 0 local.get 0 return_call $g#)
         (func (export \"f#\") (result i64) MAKE call $h#)",
    ),
    (
        "argument of a call through a reference",
        "(type $f# (func (param i64 TYPE) (result i64)))
         (elem declare func $g#)
         (func $g# (type $f#) LOCALS local.get 1 USE)
         (func (export \"f#\") (result i64) i64.const 0 MAKE ref.func $g# call_ref $f#)",
    ),
    (
        "result in a register",
        "(func $g# (result TYPE) (call $nothing) MAKE)
         (func (export \"f#\") (result i64) LOCALS call $g# USE)",
    ),
    (
        "second result in a register",
        "(func $g# (result TYPE TYPE) (call $nothing) MAKE MAKE)
         (func (export \"f#\") (result i64) LOCALS call $g# USE return)",
    ),
    (
        "result in memory",
        "(func $g# (result TYPE i64 i64 i64 i64 i64 i64 i64 i64 f64 f64 f64 f64 f64 f64 f64 f64 f64 TYPE) (call $nothing)
           MAKE i64.const 1 i64.const 2 MANY f64.const 0 MAKE)
         (func (export \"f#\") (result i64) LOCALS call $g# USE return)",
    ),
    (
        "payload of an exception",
        "(tag $t# (param i32 TYPE))
         (func $g# (call $nothing) i32.const 1 MAKE throw $t#)
         (func (export \"f#\") (result i64) LOCALS
           (block $b (result i32 TYPE) (try_table (catch $t# $b) (call $g#)) unreachable) USE return)",
    ),
    (
        "local around a loop",
        "(func $g# (param $v TYPE) (param $n i32) (result i64) LOCALS (local $w TYPE)
           (loop
             (call $nothing)
             (local.set $w (local.get $v))
             (local.set $n (i32.sub (local.get $n) (i32.const 1)))
             (br_if 0 (local.get $n)))
           local.get $w USE)
         (func (export \"f#\") (result i64) MAKE i32.const 3 call $g#)",
    ),
    (
        "parameter of a block and a loop",
        "(func $g# (param TYPE) (result i64) LOCALS
           local.get 0
           (block (param TYPE) (result TYPE) (br_if 0 (i32.const 1)))
           (loop (param TYPE) (result TYPE) (br_if 0 (call $never)))
           USE)
         (func (export \"f#\") (result i64) MAKE call $g#)",
    ),
    (
        "operand across a call",
        "(func $g# (param TYPE) (result i64) LOCALS i64.const 4 local.get 0 call $nothing USE return)
         (func (export \"f#\") (result i64) MAKE call $g#)",
    ),
    (
        "argument and result of a host function",
        "(func (export \"f#\") (result i64) LOCALS MAKE call $same USE)",
    ),
    (
        "argument and result of the host, on the stack and in memory",
        "(func (export \"f#\") (result i64) LOCALS MANY MAKE MAKE f64.const 0 MAKE call $same_of_many USE return)",
    ),
    (
        "field of a structure",
        "(type $box# (struct (field i64 TYPE)))
         (func $g# (param (ref $box#)) (result TYPE) (call $nothing) (struct.get $box# 1 (local.get 0)))
         (func (export \"f#\") (result i64) LOCALS i64.const -1 MAKE struct.new $box# call $g# USE)",
    ),
];

/// Compilers, and whether accesses to memories have checks. Each mixture draws the compilers of the functions at both ends of a way
/// anew.
const ENGINES: [(Tiers, bool); 4] = [
    (Tiers::Optimized, false),
    (Tiers::Baseline, true),
    (Tiers::Mixed(0), false),
    (Tiers::Mixed(1), true),
];

/// What all modules begin with. The uses change it, so each gets a new instance.
const TYPES: &str = r#"
    (type $number (func (result i64)))
    (type $s (sub (struct (field (mut i32)) (field f32))))
    (type $array (array (mut i32)))
"#;
const PRELUDE: &str = r#"
    (memory 2 4)
    (data (i32.const 0) "\01\82\f3\04\85\f6\07\88\f9\0a\8b\fc\0d\8e\ff\10\91\f2")
    (data (i32.const 65536) "\71\a2\b3\c4\d5\e6\f7\98\a9\ba\cb\dc\ed\fe\ef\d0\c1\b2")
    (data $data "0123456789")
    (table $table 5 100 externref)
    (table $functions funcref (elem $one $one $one $two))
    (tag $number (param i32))
    (global $o (ref $s) (struct.new $s (i32.const -9) (f32.const 1.5)))
    (global $o2 (mut (ref null $s)) (ref.null $s))
    (global $a (ref $array) (array.new $array (i32.const -7) (i32.const 5)))
    (global $number (mut i32) (i32.const 0))
    (global $float (mut f32) (f32.const 0))
    (func $one (result i64) i64.const 1)
    (func $two (result i64) i64.const 2)
    ;; Too long to be inlined, so it is called.
    (func $nothing (local i32)
      (drop (struct.new $s (i32.const 1) (f32.const 1)))
      (loop (local.set 0 (i32.add (local.get 0) (i32.const 1))) (br_if 0 (i32.lt_u (local.get 0) (i32.const 2)))))
    (func $never (result i32) (call $nothing) (i32.const 0))
    (func $exception (result exnref)
      (block $b (result i32 exnref)
        (try_table (catch_ref $number $b) (throw $number (i32.const 6))) unreachable)
      return)
"#;

const LOCALS: &str = "(local $i i32) (local $f f32) (local $o (ref null $s)) (local $r anyref) (local $e externref) (local $x exnref)";

/// Six integers and eight floats.
const MANY: &str = "i64.const 1 i64.const 2 i64.const 3 i64.const 4 i64.const 5 i64.const 6
    f64.const 1 f64.const 2 f64.const 3 f64.const 4 f64.const 5 f64.const 6 f64.const 7 f64.const 8";

/// Host functions that return what they are given: one value, or the last of many and more.
const HOST: &str = r#"
    (import "host" "same" (func $same (param TYPE) (result TYPE)))
    (import "host" "same of many" (func $same_of_many
      (param i64 i64 i64 i64 i64 i64 f64 f64 f64 f64 f64 f64 f64 f64 TYPE TYPE f64 TYPE)
      (result i64 i64 i64 i64 i64 i64 f64 f64 f64 f64 f64 f64 f64 f64 TYPE TYPE f64 TYPE)))
"#;

/// A module with a use of values of a class, after each way.
fn text(class: &Class, consumer: &str) -> String {
    let host = HOST.replace("TYPE", class.ty);
    let mut text = format!("(module {TYPES} {host} {PRELUDE}");
    for (number, (make, (_, way))) in cases(class).enumerate() {
        let functions = way
            .replace("USE", consumer)
            .replace("MAKE", make)
            .replace("TYPE", class.ty)
            .replace("LOCALS", LOCALS)
            .replace("MANY", MANY)
            .replace('#', &number.to_string());
        text.push_str(&functions);
    }
    text.push(')');
    text
}

/// The ways of all values of a class, in the order of the functions in the module.
fn cases(class: &Class) -> impl Iterator<Item = (&'static str, (&'static str, &'static str))> {
    let make = class.make;
    make.iter()
        .flat_map(|&make| WAYS.iter().map(move |&way| (make, way)))
}

/// What each of a module's functions gives, in instances of their own.
fn outcomes(engine: &Engine, text: &str, count: usize) -> Vec<String> {
    let module = Module::new(engine, text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    let mut store = Store::new(engine, ());
    let imports = module
        .imports()
        .map(|import| host_function(&mut store, &import.ty()));
    let imports: Vec<Extern> = imports.collect();
    let mut call = |number: usize| {
        let instance = Instance::new(&mut store, &module, &imports).expect("all imports are there");
        let function = instance.get_typed_func::<(), i64>(&mut store, &format!("f{number}"));
        match function.expect("it is exported").call(&mut store, ()) {
            Ok(number) => format!("{number:#x}"),
            Err(error) => format!("{:?}", error.downcast_ref::<Trap>()),
        }
    };
    (0..count).map(&mut call).collect()
}

/// A function that returns its parameters; one that takes a number gets it in a register.
fn host_function(store: &mut Store<()>, ty: &ExternType) -> Extern {
    let ty = ty.func().expect("only functions are imported").clone();
    let params: Vec<ValType> = ty.params().collect();
    match &params[..] {
        [ValType::I32] => Func::wrap(store, |number: i32| number).into(),
        [ValType::F32] => Func::wrap(store, |number: f32| number).into(),
        _ => Func::new(store, ty, |_, params, results| {
            results.clone_from_slice(params);
            Ok(())
        })
        .into(),
    }
}

/// Runs all cases of the classes of some types.
fn check(types: &[&str]) {
    let engines = ENGINES.map(|(tiers, checked)| {
        let mut config = Config::new();
        config.tiers(tiers).dirty_upper_halves(true).gc_zeal(true);
        config.wasm_threads(true).parallel_compilation(false);
        if checked {
            config.memory_reservation(0).memory_guard_size(0);
        }
        (
            tiers,
            Engine::new(&config).expect("the machine has what it takes"),
        )
    });
    let (mut failures, mut checked) = (Vec::new(), 0);
    for class in CLASSES.iter().filter(|class| types.contains(&class.ty)) {
        for consumer in class.uses {
            let text = text(class, consumer);
            let mut expected: Vec<String> = Vec::new();
            for (tiers, engine) in &engines {
                let found = outcomes(engine, &text, cases(class).count());
                for (number, (make, (way, _))) in cases(class).enumerate() {
                    let first = number - number % WAYS.len();
                    let expected = expected.get(first).unwrap_or(&found[first]);
                    if found[number] != *expected {
                        let found = &found[number];
                        failures.push(format!(
                            "{make}, {way}, {consumer}: {expected}, but {found} in {tiers:?}"
                        ));
                    }
                    checked += 1;
                }
                expected = found;
            }
        }
    }
    println!("{checked} cases");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn integers() {
    check(&["i32"]);
}

#[test]
fn floats() {
    check(&["f32"]);
}

#[test]
fn references() {
    check(&["(ref null $s)", "anyref", "externref", "exnref"]);
}
