//! Values of runs.

use super::{Known, Run, Value};
use transom_bench_protocol::{Called, Report};

fn run(calls: &[&[f64]]) -> Run {
    let called = |values: &&[f64]| Called {
        values: values.to_vec(),
        results: vec![7; values.len()],
    };
    let report = Report {
        compile: 10.0,
        calls: calls.iter().map(called).collect(),
        peak: 5,
        ..Report::default()
    };
    Run {
        report,
        process: 100.0,
    }
}

#[test]
fn values_are_of_warm_calls_of_first_ones_and_of_processes() {
    let run = run(&[&[9.0, 8.0, 3.0, 1.0], &[4.0, 1.0]]);
    let values = [
        (Value::Warm(0), 3.0),
        (Value::WarmBy(0, 1), 3.0),
        (Value::Each(0), 8.0),
        (Value::Rate(1, 8), 2.0),
        (Value::Answer, 19.0),
        (Value::Process, 88.0),
        (Value::Peak, 5.0),
        (Value::Turn(0, 2), 1.5),
        (Value::TurnLess(0, 1, 2), 1.0),
        (Value::Quantile(0, 1000), 9.0),
    ];
    for (index, (value, expected)) in values.into_iter().enumerate() {
        assert_eq!(value.of(&run), expected, "value {index}");
    }
    // A loop that takes longer than the one with more in it.
    assert!(Value::TurnLess(1, 0, 2).of(&run) > 0.0);
}

#[test]
fn a_pause_is_what_long_calls_take_beyond_the_others() {
    assert_eq!(Value::Pause(0).of(&run(&[&[1.0, 1.0, 1.0, 6.0, 1.0]])), 5.0);
    assert!(Value::Pause(0).of(&run(&[&[1.0, 1.0]])) < 1e-9);
}

#[test]
fn what_is_known_of_the_first_call_says_nothing_of_the_second() {
    let call = Called {
        values: vec![1.0, 1.0],
        results: vec![3, 4],
    };
    assert_eq!(Known::First(vec![3]).broken_by(std::slice::from_ref(&call)), None);
    assert_eq!(
        Known::Always(vec![3]).broken_by(std::slice::from_ref(&call)),
        Some((4, 3))
    );
    assert_eq!(
        Known::First(vec![5]).broken_by(std::slice::from_ref(&call)),
        Some((3, 5))
    );
    assert_eq!(Known::Nothing.broken_by(&[call]), None);
}
