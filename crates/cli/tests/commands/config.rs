use crate::scratch::{CONFIG, Scratch, TARGET, has};

#[test]
fn the_configuration_is_shown_and_checked() {
    let scratch = Scratch::new(TARGET);
    let shown = scratch.run(&["config", "show"]).ok();
    has(
        &shown,
        &["project.name", "plimsoll.toml:3", "policy.warn", "default", "PLIMSOLL_TESTBED", "history.db"],
    );
    has(&scratch.run(&["config", "check"]).ok(), &["plimsoll.toml is right"]);
    has(&scratch.run(&["config", "schema"]).ok(), &["\"title\": \"plimsoll.toml\""]);
    has(&scratch.run(&["config", "schema", "run"]).ok(), &["\"title\": \"plimsoll.run/1\""]);
    let rule = "[suite.fast]\ncommand = \"true\"\n[[policy.rule]]\nsuite = \"nightly\"\nerror = \"50%\"\n";
    scratch.write("plimsoll.toml", &format!("{CONFIG}{rule}"));
    let warned = scratch.run(&["config", "check"]);
    has(&warned.stderr, &["warning: a rule or target is for suite `nightly`", "there are `fast`"]);
    has(&warned.ok(), &["can be used, with 1 warning"]);
    scratch.write("plimsoll.toml", "version = 1\n[suite.fast]\ncomand = \"true\"\n");
    has(
        &scratch.run(&["config", "check"]).failed(2),
        &["error[PLM002]: plimsoll.toml:3:1: unknown key `comand`", "^^^^^^", "did you mean `command`?"],
    );
}
