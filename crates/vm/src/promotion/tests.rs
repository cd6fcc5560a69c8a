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
        assert_eq!(promotions.sample(sample(None, false), false), Verdict::Stay);
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
    assert_eq!(
        promotions.sample(entry, false),
        Verdict::Compile(Target::Whole, None)
    );
    assert_eq!(promotions.sample(entry, false), Verdict::Stay);
    promotions.promoted(0);
    assert_eq!(promotions.sample(entry, false), Verdict::Stay);
    assert_eq!(promotions.counts().functions, 1);
}

#[test]
fn a_long_body_takes_more_samples() {
    let promotions = Promotions::new(1);
    let long = Sample {
        body: 10 * tuning::BODY_PER_SAMPLE,
        ..sample(None, false)
    };
    let stays = (0..9).filter(|_| promotions.sample(long, false) == Verdict::Stay);
    assert_eq!(stays.count(), 9);
    assert_eq!(
        promotions.sample(long, false),
        Verdict::Compile(Target::Whole, None)
    );
    let verdict = Promotions::new(1).sample(long, true);
    assert_eq!(
        verdict,
        Verdict::Compile(Target::Whole, None),
        "the first is enough"
    );
}

#[test]
fn a_lasting_activation_gets_code_for_its_loop_first() {
    let promotions = promotions();
    let verdict = promotions.sample(sample(Some(7), true), false);
    assert_eq!(verdict, Verdict::Compile(Target::Loop(7), Some(Target::Whole)));
    assert_eq!(promotions.sample(sample(Some(7), true), false), Verdict::Stay);
    promotions.entered(0, 7, CODE);
    assert_eq!(
        promotions.sample(sample(Some(7), false), false),
        Verdict::GoOn(CODE)
    );
    assert_eq!(promotions.sample(sample(None, false), false), Verdict::Stay);
}

#[test]
fn a_loop_that_goes_on_after_the_function_was_compiled_gets_code() {
    let promotions = promotions();
    let at_loop = sample(Some(7), false);
    assert_eq!(
        promotions.sample(at_loop, false),
        Verdict::Compile(Target::Whole, None)
    );
    assert_eq!(promotions.sample(at_loop, false), Verdict::Stay);
    promotions.promoted(0);
    assert_eq!(
        promotions.sample(at_loop, false),
        Verdict::Compile(Target::Loop(7), None)
    );
    promotions.failed(0, Target::Loop(7));
    assert_eq!(promotions.sample(at_loop, false), Verdict::Stay);
    assert_eq!(promotions.counts().failures, 1);
}

#[test]
fn only_so_many_loops_of_a_function_get_code() {
    let promotions = promotions();
    let mut samples = 0;
    let compiled = (0..2 * tuning::MAX_LOOPS as u32).filter(|&offset| {
        (0..100).any(|_| {
            samples += 1;
            let verdict = promotions.sample(sample(Some(offset), true), false);
            matches!(verdict, Verdict::Compile(Target::Loop(_), _))
        })
    });
    assert_eq!(compiled.count(), tuning::MAX_LOOPS);
    // The first two targets are compiled at once; each further one takes as many samples again.
    let least = tuning::MIN_SAMPLES * tuning::MAX_LOOPS;
    assert!(samples >= least, "{samples} samples are fewer than {least}");
}
