//! What cannot be measured in this process or this build, by benches of their own.

use std::collections::BTreeMap;
use std::error::Error;
use std::process::{Command, Stdio};

/// Allocations a call, by row.
pub(crate) fn allocations() -> Result<BTreeMap<String, f64>, Box<dyn Error>> {
    Ok(numbers(&mut bench("probe_allocations"))?.into_iter().collect())
}

/// Nanoseconds that are left of each call.
pub(crate) fn disabled_at_run_time() -> Result<Vec<(String, f64)>, Box<dyn Error>> {
    numbers(bench("probe_disabled").env("PLIMSOLL_DISABLE", "1"))
}

/// The same, built without anything that measures.
pub(crate) fn disabled_at_build_time() -> Result<Vec<(String, f64)>, Box<dyn Error>> {
    let mut bench = bench("probe_disabled");
    numbers(bench.args(["--features", "plimsoll-probe/disabled"]).env_remove("PLIMSOLL_DISABLE"))
}

fn bench(name: &str) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args(["bench", "--quiet", "--package", "plimsoll-bench", "--bench", name]);
    command.current_dir(env!("CARGO_MANIFEST_DIR")).stderr(Stdio::inherit());
    command
}

/// Lines of a name, a tabulator and a number.
fn numbers(command: &mut Command) -> Result<Vec<(String, f64)>, Box<dyn Error>> {
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}", output.status).into());
    }
    let text = String::from_utf8(output.stdout)?;
    let lines = text.lines().filter_map(|line| line.split_once('\t'));
    lines.map(|(name, number)| Ok((name.to_owned(), number.parse()?))).collect()
}
