(module
  (type (;0;) (func (result i64)))
  (export "run" (func 0))
  (func (;0;) (type 0) (result i64)
    (local i32 i32)
    i32.const 0
    local.get 0
    i32.le_u
    drop
    i32.const 1
    i32.const 0
    local.get 1
    i32.eqz
    select
    i64.extend_i32_u
  )
)
