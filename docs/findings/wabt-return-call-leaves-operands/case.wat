(module
  (type (;0;) (func))
  (type (;1;) (func (result i64)))
  (export "run" (func 2))
  (func $nothing (;0;) (type 0))
  (func $call (;1;) (type 0)
    i32.const 0
    return_call $nothing
  )
  (func (;2;) (type 1) (result i64)
    i64.const 5
    call $call
  )
)
