;; phase: execute
;; means: [{"trap": ["unreachable"]}]
(module (func (export "drive0") (result i64) unreachable))
