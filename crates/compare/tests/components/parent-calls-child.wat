;; call: f()
;; phase: execute
;; means: [{"value": ""}, {"trap": ["cannot-enter-component"]}]
;; The specification allows this call ("Reentrance" in Concurrency.md). Wasmtime 48 still traps, as an earlier version said.
(component
  (component $child
    (core module $m (func (export "g")))
    (core instance $i (instantiate $m))
    (func (export "g") (canon lift (core func $i "g"))))
  (instance $child (instantiate $child))
  (core func $g (canon lower (func $child "g")))
  (core module $m (import "" "g" (func $g)) (func (export "f") (call $g)))
  (core instance $i (instantiate $m (with "" (instance (export "g" (func $g))))))
  (func (export "f") (canon lift (core func $i "f"))))
