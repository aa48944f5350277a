//! `plimsoll explain`: what an error code or an alert means.

use plimsoll_report::{AlertExplanation, AlertStep, CodeExplanation, CodeList};
use plimsoll_track::alert_story;

use crate::codes::{self, Code};
use crate::commands::alert::listed;
use crate::failure::{Ended, Failure};
use crate::house::{House, store_failure};
use crate::row_facts::log_points;

/// Unknown codes are answered with so many near ones.
const NEAR_CODES: usize = 4;

/// What an error code or an alert means.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// An error code, such as PLM031, or the number of an alert [default: list every code]
    #[arg(value_name = "CODE|ALERT")]
    subject: Option<String>,
}

/// Explains it.
pub(crate) fn execute(args: &Args, house: &House) -> Ended {
    let Some(subject) = args.subject.as_deref().map(str::trim) else {
        return list_codes(house);
    };
    match subject.strip_prefix('#').unwrap_or(subject).parse() {
        Ok(number) => explain_alert(number, house),
        Err(_) => explain_code(subject, house),
    }
}

fn list_codes(house: &House) -> Ended {
    let codes: Vec<CodeExplanation<'_>> = codes::ALL.iter().map(explained).collect();
    let view = CodeList { codes: &codes };
    house.terminal.data(&match house.globals.json {
        true => view.json(),
        false => view.terminal(&house.screen()),
    })?;
    Ok(0)
}

fn explained(code: &Code) -> CodeExplanation<'_> {
    CodeExplanation {
        code: code.code,
        title: code.title,
        meaning: code.meaning,
        next: code.next,
        exit_code: code.exit,
    }
}

fn explain_code(subject: &str, house: &House) -> Ended {
    let code = codes::find(subject).ok_or_else(|| unknown(subject))?;
    let view = explained(code);
    house.show(|| view.json(), |screen| view.terminal(screen))?;
    Ok(0)
}

fn unknown(subject: &str) -> Failure {
    let failure = Failure::new(
        codes::USAGE,
        format!("`{subject}` is neither an error code nor the number of an alert"),
    );
    let failure = near(subject)
        .into_iter()
        .fold(failure, |failure, code| failure.because(format!("near it: {} ({})", code.code, code.title)));
    failure.hint("codes look like PLM031; plimsoll alert ls lists alerts")
}

/// The codes whose numbers are nearest to the one in `subject`.
fn near(subject: &str) -> Vec<&'static Code> {
    let number_of = |text: &str| {
        let digits: String = text.chars().filter(char::is_ascii_digit).take(6).collect();
        digits.parse::<i64>().ok()
    };
    let Some(wanted) = number_of(subject) else {
        return Vec::new();
    };
    let mut near: Vec<&Code> = codes::ALL.iter().collect();
    near.sort_by_key(|code| number_of(code.code).map_or(i64::MAX, |number| (number - wanted).abs()));
    near.truncate(NEAR_CODES);
    near
}

fn explain_alert(number: i64, house: &House) -> Ended {
    let store = house.read_store()?;
    let project = house.project();
    let book = house.rule_book(Some(&store), &project)?;
    let story = alert_story(&store, &project, number, book.rules()).map_err(|error| store_failure(&error))?;
    let life: Vec<AlertStep<'_>> = story
        .life
        .iter()
        .map(|step| AlertStep {
            state: step.state,
            at: step.at,
            by: step.by.as_deref(),
            note: step.note.as_deref(),
            until: step.until,
        })
        .collect();
    let points = story.log.as_ref().map_or_else(Vec::new, |log| log_points(&project, log));
    let evidence = story.evidence.as_ref();
    let view = AlertExplanation {
        points: &points,
        change: evidence.and_then(|evidence| evidence.change.as_ref()),
        trend: evidence.and_then(|evidence| evidence.trend.as_ref()),
        outlook: evidence.and_then(|evidence| evidence.outlook),
        baseline: evidence.and_then(|evidence| evidence.baseline),
        smallest_steps: evidence.map_or(&[], |evidence| &evidence.smallest_steps),
        project: &project,
        alert: listed(&story.booked),
        history: &story.history,
        life: &life,
        has_recovered: story.has_recovered,
    };
    house.show(|| view.json(), |screen| view.terminal(screen))?;
    Ok(0)
}
