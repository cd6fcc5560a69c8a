//! Samples lead to compilations, each once, and to code that begins at loops.
use super::*;

const CODE: LoopCode = LoopCode {
    address: 42,
    frame_size: 0,
    operands: 0,
};

/// Those of a function that is warm: one sample more is enough.
fn promotions() -> Promotions {
    let promotions = Promotions::new(1);
    for _ in 1..tuning::MIN_SAMPLES {
        assert_eq!(promotions.sample(sample(None, false), 1), Verdict::Stay);
    }
    promotions
}

fn sample(at: Option<u32>, again: bool) -> Sample {
    Sample {
        function: 0,
        body: 1,
        at,
        again,
    }
}

#[test]
fn a_function_that_is_called_often_is_compiled_once() {
    let promotions = promotions();
    let entry = sample(None, false);
    assert_eq!(promotions.sample(entry, 1), Verdict::Compile(Target::Whole, None));
    assert_eq!(promotions.sample(entry, 1), Verdict::Stay);
    promotions.promoted(0);
    assert_eq!(promotions.sample(entry, 1), Verdict::Stay);
    assert_eq!(promotions.counts().functions, 1);
}

#[test]
fn a_long_body_takes_more_samples() {
    let promotions = Promotions::new(1);
    let long = Sample {
        body: 10 * tuning::BODY_PER_SAMPLE,
        ..sample(None, false)
    };
    let stays = (0..9).filter(|_| promotions.sample(long, 1) == Verdict::Stay);
    assert_eq!(stays.count(), 9);
    assert_eq!(promotions.sample(long, 1), Verdict::Compile(Target::Whole, None));
    let verdict = Promotions::new(1).sample(long, 0);
    assert_eq!(
        verdict,
        Verdict::Compile(Target::Whole, None),
        "the first is enough"
    );
}

#[test]
fn patience_takes_more_samples() {
    let (promotions, entry) = (Promotions::new(1), sample(None, false));
    let stays = (1..3 * tuning::MIN_SAMPLES).filter(|_| promotions.sample(entry, 3) == Verdict::Stay);
    assert_eq!(stays.count(), 3 * tuning::MIN_SAMPLES - 1);
    assert_eq!(promotions.sample(entry, 3), Verdict::Compile(Target::Whole, None));
}

#[test]
fn a_lasting_activation_gets_code_for_its_loop_first() {
    let promotions = promotions();
    let verdict = promotions.sample(sample(Some(7), true), 1);
    assert_eq!(verdict, Verdict::Compile(Target::Loop(7), Some(Target::Whole)));
    assert_eq!(promotions.sample(sample(Some(7), true), 1), Verdict::Stay);
    promotions.entered(0, 7, CODE);
    assert_eq!(promotions.sample(sample(Some(7), false), 1), Verdict::GoOn(CODE));
    assert_eq!(promotions.sample(sample(None, false), 1), Verdict::Stay);
}

#[test]
fn a_loop_that_goes_on_after_the_function_was_compiled_gets_code() {
    let promotions = promotions();
    let at_loop = sample(Some(7), false);
    assert_eq!(
        promotions.sample(at_loop, 1),
        Verdict::Compile(Target::Whole, None)
    );
    assert_eq!(promotions.sample(at_loop, 1), Verdict::Stay);
    promotions.promoted(0);
    assert_eq!(
        promotions.sample(at_loop, 1),
        Verdict::Compile(Target::Loop(7), None)
    );
    promotions.failed(0, Target::Loop(7));
    assert_eq!(promotions.sample(at_loop, 1), Verdict::Stay);
    assert_eq!(promotions.counts().failures, 1);
}

/// What else a function with code for one loop is sampled at is compiled only for what it has run itself.
#[test]
fn further_loops_get_code_for_samples_of_their_own() {
    let promotions = promotions();
    let first = promotions.sample(sample(Some(7), true), 1);
    assert_eq!(first, Verdict::Compile(Target::Loop(7), Some(Target::Whole)));
    // Many loops with one sample each, whether the function is compiled by then or not.
    for offset in 100..200 {
        if offset == 150 {
            promotions.promoted(0);
        }
        assert_eq!(promotions.sample(sample(Some(offset), true), 1), Verdict::Stay);
    }
    let again: Vec<_> = (0..tuning::MIN_SAMPLES)
        .map(|_| promotions.sample(sample(Some(8), true), 1))
        .collect();
    let (last, before) = again.split_last().unwrap();
    assert!(before.iter().all(|verdict| *verdict == Verdict::Stay));
    assert_eq!(*last, Verdict::Compile(Target::Loop(8), None));
    let warm = promotions.lock()[&0].warm.len();
    assert!(
        (1..=tuning::MAX_WARM_LOOPS).contains(&warm),
        "{warm} loops are counted"
    );
}

#[test]
fn only_so_many_loops_of_a_function_get_code() {
    let promotions = promotions();
    let mut samples = 0;
    let compiled = (0..2 * tuning::MAX_LOOPS as u32).filter(|&offset| {
        (0..100).any(|_| {
            samples += 1;
            let verdict = promotions.sample(sample(Some(offset), true), 1);
            matches!(verdict, Verdict::Compile(Target::Loop(_), _))
        })
    });
    assert_eq!(compiled.count(), tuning::MAX_LOOPS);
    // The first two targets are compiled at once; each further one takes as many samples again.
    let least = tuning::MIN_SAMPLES * tuning::MAX_LOOPS;
    assert!(samples >= least, "{samples} samples are fewer than {least}");
}

#[test]
fn samples_of_earlier_processes_count() {
    let entry = sample(None, false);
    let promotions = Promotions::new(1);
    promotions.restore_heat(0, tuning::samples(entry.body) - 2);
    assert_eq!(promotions.sample(entry, 1), Verdict::Stay);
    assert_eq!(promotions.sample(entry, 1), Verdict::Compile(Target::Whole, None));
    let promotions = Promotions::new(1);
    promotions.restore_heat(0, u16::MAX);
    assert_eq!(promotions.sample(entry, 1), Verdict::Compile(Target::Whole, None));
}
