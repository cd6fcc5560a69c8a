//! How it ends: out of memory, deep recursion, stores that are dropped.
