(module
  (type (;0;) (func))
  (type (;1;) (func (result i64)))
  (global $g (;0;) exnref ref.null exn)
  (export "run" (func 1))
  (func (;0;) (type 0)
    (local exnref)
    global.get $g
    local.set 0
  )
  (func (;1;) (type 1) (result i64)
    i64.const 1
  )
)
