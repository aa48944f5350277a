use crate::scratch::{has, quiet};

#[test]
fn a_series_must_be_named_clearly() {
    let scratch = quiet();
    has(&scratch.run(&["baseline", "show", "APP-001"]).ok(), &["fast:startup#time", "48 ms"]);
    has(&scratch.run(&["baseline", "show", "nothing"]).failed(2), &["error[PLM005]"]);
    let set = ["target", "set", "BOTH", "--benchmark", "*", "--metric", "time", "--max", "1 s"];
    scratch.run(&set).ok();
    has(
        &scratch.run(&["baseline", "show", "BOTH"]).failed(2),
        &["error[PLM007]: `BOTH` fits 2 series", "fast:parse#time", "fast:startup#time"],
    );
    let accept = ["baseline", "accept", "--run", "ffffff", "--note", "x"];
    has(&scratch.run(&accept).failed(2), &["error[PLM004]"]);
}
