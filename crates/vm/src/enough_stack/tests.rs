//! Work runs where there is room for it.
use super::*;

#[test]
fn work_with_much_stack_runs_elsewhere() {
    let here = std::thread::current().id();
    assert_eq!(with_stack(0, || 1).unwrap(), 1);
    let far = with_stack(64 << 20, || std::thread::current().id()).unwrap();
    assert_ne!(far, here);
}
