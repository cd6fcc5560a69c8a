;; Function references take eight bytes, others four; a table that can't grow has a constant length.
(module
  (import "" "t" (table $imported 1 funcref))
  (table $fixed 4 4 funcref)
  (table $host 4 externref)
  (func $get (param i32) (result funcref) (table.get $imported (local.get 0)))
  (func $get_fixed (param i32) (result funcref) (table.get $fixed (local.get 0)))
  (func $set (param i32 externref) (table.set $host (local.get 0) (local.get 1)))
  (func $size (result i32) (i32.add (table.size $fixed) (table.size $host)))
  (func $grow (param externref) (result i32) (table.grow $host (local.get 0) (i32.const 1))))
