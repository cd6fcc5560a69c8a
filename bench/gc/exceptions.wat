;; Exceptions. `caught` throws and catches in one function, `called` throws in a function and catches in its caller,
;; `deep` sixteen calls further up, each n times. `guarded` calls a function that never throws inside a try_table,
;; `plain` without one. (run n) does all of them.
;; run(100) = 25250, run(10000) = 250025000
(module
  (tag $error (param i32))
  (global $limit (mut i32) (i32.const -1))

  (func $caught (export "caught") (param $n i32) (result i32)
    (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum)
        (block $error (result i32)
          (try_table (result i32) (catch $error $error) (throw $error (local.get $n))))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))

  ;; Throws below so many calls.
  (func $throws (param $n i32) (param $depth i32) (result i32)
    (if (i32.eqz (local.get $depth)) (then (throw $error (local.get $n))))
    (i32.add (i32.const 1) (call $throws (local.get $n) (i32.sub (local.get $depth) (i32.const 1)))))
  (func $catches (param $n i32) (param $depth i32) (result i32)
    (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum)
        (block $error (result i32)
          (try_table (result i32) (catch $error $error)
            (call $throws (local.get $n) (local.get $depth))))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func $called (export "called") (param $n i32) (result i32)
    (call $catches (local.get $n) (i32.const 0)))
  (func $deep (export "deep") (param $n i32) (result i32)
    (call $catches (local.get $n) (i32.const 16)))

  ;; Never throws, which only whoever set the limit knows. Recursive, so that it is called and not inlined.
  (func $checked (param $n i32) (result i32)
    (if (i32.eq (local.get $n) (global.get $limit)) (then (throw $error (local.get $n))))
    (if (result i32) (i32.and (local.get $n) (i32.const 3))
      (then (i32.add (i32.const 1) (call $checked (i32.sub (local.get $n) (i32.const 1)))))
      (else (local.get $n))))
  (func $guarded (export "guarded") (param $n i32) (result i32)
    (local $sum i32) (local $failed i32)
    (loop $next
      (block $done
        (block $error (result i32)
          (local.set $sum (i32.add (local.get $sum)
            (try_table (result i32) (catch $error $error) (call $checked (local.get $n)))))
          (br $done))
        (local.set $failed (i32.add (local.get $failed))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.add (local.get $sum) (local.get $failed)))
  (func $plain (export "plain") (param $n i32) (result i32)
    (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (call $checked (local.get $n))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))

  (func (export "run") (param $n i32) (result i32)
    (i32.add (call $caught (local.get $n))
    (i32.add (call $called (local.get $n))
    (i32.add (call $deep (local.get $n))
    (i32.add (call $guarded (local.get $n))
      (call $plain (local.get $n)))))))
)
