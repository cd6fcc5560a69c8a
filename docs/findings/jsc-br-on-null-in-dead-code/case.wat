(module
  (type (;0;) (func (result i64)))
  (export "run" (func 0))
  (func (;0;) (type 0) (result i64)
    unreachable
    block ;; label = @1
      loop (result i32) ;; label = @2
        unreachable
        ref.null extern
        br_on_null 1 (;@1;)
        unreachable
      end
      unreachable
    end
    i64.const 1
  )
)
