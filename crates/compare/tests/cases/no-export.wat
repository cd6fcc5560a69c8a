;; phase: execute
;; means: ["accepted"]
(module (func (export "other")))
