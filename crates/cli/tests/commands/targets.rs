use crate::scratch::{Scratch, TARGET, has, quiet};

#[test]
fn targets_are_set_listed_and_removed() {
    let scratch = quiet();
    let set = ["target", "set", "APP-002", "--benchmark", "par*", "--metric", "time", "--max", "0.5 ms"];
    has(&scratch.run(&set).ok(), &["✗", "APP-002", "parse", "max 500 µs", "missed by 100 %"]);
    let listing = scratch.run(&["target", "ls"]).ok();
    has(&listing, &["✗  APP-002  parse", "✓  APP-001  startup", "48 ms", "max 50 ms"]);
    has(
        &scratch.run(&["target", "ls", "--json"]).ok(),
        &["\"plimsoll.targets/1\"", "\"status\":\"over\"", "\"status\":\"met\""],
    );
    has(
        &scratch.run(&["target", "rm", "APP-001"]).failed(2),
        &["error[PLM009]: target `APP-001` stands in plimsoll.toml:5", "hint: edit the file"],
    );
    has(&scratch.run(&["target", "rm", "APP-002"]).ok(), &[]);
    has(&scratch.run(&["target", "rm", "APP-002"]).failed(2), &["error[PLM008]", "plimsoll target ls"]);
    assert!(!scratch.run(&["target", "ls"]).ok().contains("APP-002"));
}

#[test]
fn what_says_no_items_is_shown_whole() {
    let scratch = quiet();
    let set = ["target", "set", "APP-003", "--benchmark", "parse", "--metric", "time", "--max", "5 ms"];
    let listing = scratch.run(&[&set[..], &["--per", "pages"]].concat()).ok();
    has(&listing, &["APP-003", "cannot be compared", "ms  max 5 ms per page"]);
    assert_eq!(listing.matches("per page").count(), 1, "{listing}");
}

#[test]
fn a_target_means_what_it_would_mean_in_the_file() {
    let scratch = Scratch::new(TARGET);
    let set = |extra: &[&str]| {
        let mut arguments = vec!["target", "set", "T", "--benchmark", "b\"\\", "--metric", "time"];
        arguments.extend(extra);
        scratch.run(&arguments)
    };
    has(&set(&["--max", "5 MB"]).failed(2), &["error[PLM001]", "`time` is measured in `ns`"]);
    has(&set(&["--max", "5"]).failed(2), &["give the unit"]);
    has(&set(&["--max", "fast"]).failed(2), &["not a quantity"]);
    has(&set(&["--max", "5 ms", "--warn", "30%", "--error", "20%"]).failed(2), &["must not be below"]);
    has(&set(&[]).failed(2), &["--max"]);
    has(&set(&["--max", "5 ms", "--error", "0%", "--per", "pages"]).ok(), &["max 5 ms per page"]);
    has(&scratch.run(&["target", "ls", "--json"]).ok(), &["\"warn\":0.0,\"error\":0.0"]);
}
