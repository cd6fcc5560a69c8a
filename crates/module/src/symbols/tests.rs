//! Budgets. What is read on them is tested with programs, through the API.

use super::meter::{Budget, Metered};
use gimli::Reader;

#[test]
fn a_budget_is_spent_by_reading() {
    let budget = Budget::new(10);
    let mut reader = Metered::new(&[1, 2, 0, 4, 5, 6, 7, 8, 9, 10, 11, 12], &budget);
    assert_eq!(reader.read_u16(), Ok(0x0201));
    assert_eq!(reader.find(5), Ok(2));
    assert_eq!(reader.read_u32(), Ok(0x0605_0400));
    assert!(reader.read_u32().is_err(), "two steps are left");
    assert!(reader.read_u8().is_err(), "what failed has taken them");
}

#[test]
fn a_part_of_a_budget_is_all_that_its_work_can_spend() {
    let budget = Budget::new(10);
    let spent = budget.within(4, || (budget.pay(3), budget.pay(3)));
    assert!(spent.0.is_ok() && spent.1.is_err());
    assert!(budget.pay(6).is_ok(), "ten without four");
    assert!(budget.pay(1).is_err());
    assert!(Budget::new(2).within(4, || budget.pay(0)).is_ok());
}
