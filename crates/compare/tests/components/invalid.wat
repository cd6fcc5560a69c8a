;; phase: validate
;; means: ["refused"]
(component
  (core module $m (import "a" "b" (func)))
  (core instance $i (instantiate $m)))
