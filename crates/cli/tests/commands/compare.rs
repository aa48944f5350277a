use insta::assert_snapshot;

use crate::scratch::{Scratch, results};

fn slower_since_v1() -> Scratch {
    let scratch = Scratch::with_days(8);
    scratch.git(8, &["tag", "v1"]);
    scratch.day(9, &[("parse", 130.0), ("render", 10.0), ("export", 3.0)]);
    scratch
}

#[test]
fn against_head_the_largest_change_comes_first_and_nothing_gates() {
    let scratch = slower_since_v1();
    assert_snapshot!(scratch.plimsoll("compare v1"), @r#"
    ! v1 → HEAD: regressed: parse +31.3 % (slower); 1 regressed, 1 unchanged, 1 new
      A  v1 · e9c9e2c Change number 8 · 2026-03-08 12:00Z · ci
      B  HEAD · 42c7d2c Change number 9 · 2026-03-09 12:00Z · ci

       benchmark      A       B   change  interval         verdict
    !  parse      99 ms  130 ms  +31.3 %  +26.2 … +36.4 %  critical
       render     10 ms   10 ms   ±0.0 %  ±0.0 … ±0.0 %    unchanged
    +  export              3 ms                            new

    2 series tested for what noise does not explain
    "#);
    assert_snapshot!(scratch.plimsoll("compare v1 --filter par* --format csv"), @r"
    series,suite,testbed,benchmark,parameters,metric,unit,direction,a,b,change,interval_low,interval_high,verdict,severity
    fast:parse#time,fast,ci,parse,,time,ns,lower,99000000,130000000,0.31313131313131315,0.2623834340516143,0.363879192211012,regressed,critical
    ");
    assert_snapshot!(scratch.plimsoll("compare v1 main --format md"), @r#"
    ### ! `v1` → `main`: regressed: `parse` +31.3 % (slower); 1 regressed, 1 unchanged, 1 new

    | benchmark | metric | A | B | change | status |
    |---|---|---:|---:|---:|---|
    | `parse` | `time` | 99 ms | 130 ms | +31.3 % (+26.2 … +36.4 %) | regressed (critical) |
    | `render` | `time` | 10 ms | 10 ms | ±0.0 % (±0.0 … ±0.0 %) | unchanged |
    | `export` | `time` | – | 3 ms | – | new |

    2 series tested for what noise does not explain.
    "#);
}

#[test]
fn a_file_is_a_side() {
    let scratch = slower_since_v1();
    scratch.write("before.json", &results(&[("parse", 70.0)]));
    assert_snapshot!(scratch.plimsoll("compare before.json HEAD --format csv"), @r"
    series,suite,testbed,benchmark,parameters,metric,unit,direction,a,b,change,interval_low,interval_high,verdict,severity
    fast:parse#time,fast,ci,parse,,time,ns,lower,70000000,130000000,0.8571428571428571,0.8063949780631583,0.9078907362225559,regressed,critical
    fast:export#time,fast,ci,export,,time,ns,lower,,3000000,,,,new,
    fast:render#time,fast,ci,render,,time,ns,lower,,10000000,,,,new,
    ");
}

#[test]
fn a_side_that_is_not_there_is_an_error() {
    let scratch = slower_since_v1();
    assert_snapshot!(scratch.plimsoll("compare nope"), @r"
    [stderr] error[PLM004]: `nope` is no run, no revision and no file
    [stderr]   hint: plimsoll runs ls
    [exit 2]
    ");
    scratch.commit(10);
    assert_snapshot!(scratch.plimsoll("compare v1 HEAD"), @r"
    [stderr] error[PLM004]: nothing was measured on HEAD, which is commit fc9d3a26ff
    [stderr]   hint: plimsoll runs ls
    [exit 2]
    ");
    assert_snapshot!(scratch.plimsoll("compare HEAD~1 --filter nothing"), @r"
    ? HEAD~1 → 42c7d2c: nothing was compared: neither side has a series
      A  HEAD~1 · 42c7d2c Change number 9 · 2026-03-09 12:00Z · ci
      B  42c7d2c Change number 9 · 2026-03-09 12:00Z · ci

    ! nothing was measured on fc9d3a26ff (HEAD): the newest run stands for it
    ! HEAD~1 and 42c7d2c stand for the same runs: nothing can differ
    ! no series fits `nothing`
    ");
}
