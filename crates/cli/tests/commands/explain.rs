use crate::scratch::{Scratch, TARGET, has};

#[test]
fn unknown_codes_are_answered_with_near_ones() {
    let scratch = Scratch::new(TARGET);
    has(&scratch.run(&["explain", "PLM037"]).failed(2), &["error[PLM001]", "near it: PLM036"]);
    has(&scratch.run(&["explain", "what"]).failed(2), &["codes look like PLM031"]);
    has(
        &scratch.run(&["explain", "PLM031", "--json"]).ok(),
        &["\"plimsoll.code-explanation/1\"", "\"exit_code\":6"],
    );
    has(&scratch.run(&["explain", "1"]).failed(6), &["error[PLM030]", "plimsoll run"]);
}
