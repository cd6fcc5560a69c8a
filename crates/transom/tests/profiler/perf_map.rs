//! `/tmp/perf-PID.map`

use crate::*;
use transom::error::Context as _;

fn parse(line: &str) -> Option<Told> {
    let mut parts = line.splitn(3, ' ');
    let mut number = || u64::from_str_radix(parts.next()?, 16).ok();
    Some(Told {
        start: number()?,
        size: number()?,
        name: parts.next()?.to_owned(),
    })
}

#[test]
fn every_function_and_adapter_has_a_line() -> Result<()> {
    let module = run_named(&engine(ProfilingStrategy::PerfMap)?)?;
    run_replaced(ProfilingStrategy::PerfMap)?;
    let concurrent = run_many(ProfilingStrategy::PerfMap);
    let path = format!("/tmp/perf-{}.map", std::process::id());
    let text = std::fs::read_to_string(&path)?;
    std::fs::remove_file(path)?;
    assert!(text.ends_with('\n'));
    let told: Vec<Told> = text
        .lines()
        .map(|line| parse(line).with_context(|| line.to_owned()))
        .collect::<Result<_>>()?;
    check(&told, &concurrent);
    // The functions are all of the code, but for what aligns them.
    let ranges = ranges(&told);
    let mut end = 0;
    for range in ranges {
        assert!(module.text()[end..range.start].iter().all(|&byte| byte == 0xcc));
        end = range.end;
    }
    assert_eq!(end, module.text().len());
    Ok(())
}
