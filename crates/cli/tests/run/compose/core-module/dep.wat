(component (core module $m (func (export "f") (result i32) (i32.const 42))) (export "mod" (core module $m)))
