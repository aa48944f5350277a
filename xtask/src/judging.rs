//! How judging is documented: the pictures that the engine draws of itself, and what of the page is generated.

use std::fmt::Write as _;
use std::process::Command;

use serde_json::Value;

use crate::error::XtaskError;
use crate::operating_characteristics::MEASURED;
use crate::workspace::{Workspace, output_of};

/// The page.
pub const DOCUMENT: &str = "docs/concepts/judging.md";
/// What draws, in the crate of benchmarks.
const PROGRAM: &str = "judging_pictures";
/// What stands before the name of a generated section, after it, and at the end of the section.
const BEGIN: &str = "<!-- generated: ";
const END_OF_NAME: &str = " -->\n";
const END: &str = "<!-- end -->";

/// The picture of this name, as SVG.
pub fn picture(workspace: &Workspace, name: &str) -> Result<String, XtaskError> {
    printed(workspace, &[name])
}

/// The page, with every generated section as it has to be.
pub fn page(workspace: &Workspace) -> Result<String, XtaskError> {
    let text = workspace.read(DOCUMENT)?;
    filled(&text, |name| match name {
        "detectable" => printed(workspace, &["detectable"]),
        "rules" | "configurations" => {
            let measured = serde_json::from_str(&workspace.read(MEASURED)?)
                .map_err(|source| XtaskError::Json { what: MEASURED.to_owned(), source })?;
            let table = if name == "rules" { rules(&measured) } else { configurations(&measured) };
            table.ok_or_else(|| XtaskError::Expectation(format!("{MEASURED} lacks a number")))
        }
        name => {
            let description = printed(workspace, &[name, "--description"])?;
            Ok(format!("![{}](judging-{name}.svg)\n", description.trim_end()))
        }
    })
}

fn printed(workspace: &Workspace, words: &[&str]) -> Result<String, XtaskError> {
    let program = workspace.build("plimsoll-bench", PROGRAM, false)?;
    output_of(Command::new(program).args(words))
}

/// The text with each section between its marks replaced by what `content` gives for its name.
fn filled(
    text: &str,
    mut content: impl FnMut(&str) -> Result<String, XtaskError>,
) -> Result<String, XtaskError> {
    let unended = || XtaskError::Expectation(format!("{DOCUMENT} has a generated section without an end"));
    let mut pieces = text.split(BEGIN);
    let mut page = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once(END_OF_NAME).ok_or_else(unended)?;
        let (_, after) = rest.split_once(END).ok_or_else(unended)?;
        let _ = write!(page, "{BEGIN}{name}{END_OF_NAME}\n{}\n{END}{after}", content(name)?);
    }
    Ok(page)
}

/// All rules, best first, on the mean of all configurations.
fn rules(measured: &Value) -> Option<String> {
    let mut table = String::from(
        "| rule | false alarms / 100 commits | +3 % found | +5 % | +10 % | +20 % | F1 at +5 % | at +10 % | series |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    for rule in measured["rules"].as_array()? {
        let (name, mean) = (rule["rule"].as_str()?, &rule["mean"]);
        let strong = if name == "plimsoll" { "**" } else { "" };
        let _ = write!(table, "| {strong}{name}{strong} | {:.2} |", number(&mean["false_alarms"])?);
        for size in 0..4 {
            let _ = write!(table, " {:.0} % |", 100.0 * number(&mean["detected"][size])?);
        }
        for size in 1..3 {
            let _ = write!(table, " {:.2} |", number(&mean["f1"][size])?);
        }
        let _ = writeln!(table, " {} |", rule["series"].as_u64()?);
    }
    Some(table)
}

/// Our rule on each configuration.
fn configurations(measured: &Value) -> Option<String> {
    let ours = measured["rules"].as_array()?.iter().find(|rule| rule["rule"] == "plimsoll")?;
    let mut table = String::from(
        "| noise | false alarms / 100 commits | +3 % found | +5 % | +10 % | +20 % | delay at +5 % | at +10 % |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    for (name, score) in measured["configurations"].as_array()?.iter().zip(ours["scores"].as_array()?) {
        let _ = write!(table, "| {} | {:.2} |", name.as_str()?, number(&score["false_alarms"])?);
        for size in 0..4 {
            let _ = write!(table, " {:.0} % |", 100.0 * number(&score["detected"][size])?);
        }
        for size in 1..3 {
            match score["delay"][size].as_f64() {
                Some(delay) => table.push_str(&format!(" {delay} |")),
                None => table.push_str(" – |"),
            }
        }
        table.push('\n');
    }
    Some(table)
}

fn number(estimate: &Value) -> Option<f64> {
    estimate["value"].as_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_filled_and_the_rest_is_left_alone() {
        let text = "# Title\n\n<!-- generated: one -->\nold\n<!-- end -->\n\nprose\n";
        let page = |text: &str| filled(text, |name| Ok(format!("new {name}\n")));
        let expected = "# Title\n\n<!-- generated: one -->\n\nnew one\n\n<!-- end -->\n\nprose\n";
        assert_eq!(page(text).ok().as_deref(), Some(expected));
        assert_eq!(page(expected).ok().as_deref(), Some(expected));
        assert!(page("<!-- generated: one -->\nold\n").is_err());
    }

    #[test]
    fn tables_have_a_line_for_each() {
        let score = r#"{"false_alarms": {"value": 0.081}, "detected": [{"value": 0.5}, {"value": 0.806}, {"value": 0.95}, {"value": 1.0}],
            "f1": [{"value": 0.1}, {"value": 0.82}, {"value": 0.93}, {"value": 1.0}], "delay": [null, null, 3.5, 3.0]}"#;
        let text = format!(
            r#"{{"configurations": ["1 %"], "rules": [{{"rule": "plimsoll", "series": 7, "mean": {score}, "scores": [{score}]}}]}}"#
        );
        let measured: Value = serde_json::from_str(&text).expect("it is JSON");
        let rules = rules(&measured).expect("all numbers are there");
        assert!(
            rules.contains("| **plimsoll** | 0.08 | 50 % | 81 % | 95 % | 100 % | 0.82 | 0.93 | 7 |"),
            "{rules}"
        );
        let configurations = configurations(&measured).expect("all numbers are there");
        assert!(
            configurations.ends_with("| 1 % | 0.08 | 50 % | 81 % | 95 % | 100 % | – | 3.5 |\n"),
            "{configurations}"
        );
        assert_eq!(super::rules(&Value::Null), None);
    }
}
