//! `plimsoll explain`: what an error code or an alert means, and what stands behind the newest value of a series.

use plimsoll_report::{AlertExplanation, AlertStep, CodeExplanation, CodeList, SeriesExplanation};
use plimsoll_track::{SeriesPlace, alert_story, series_story};

use crate::codes::{self, Code};
use crate::commands::alert::listed;
use crate::failure::{Ended, Failure};
use crate::house::{House, store_failure};
use crate::row_facts::{log_points, row_facts};
use crate::series_choice::the_series;

/// Unknown codes are answered with so many near ones.
const NEAR_CODES: usize = 4;

/// What an error code or an alert means, or why a series was judged as it was.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// An error code, such as PLM031, the number of an alert, or a series, of which the newest run is explained
    /// [default: list every code]
    #[arg(value_name = "CODE|ALERT|SERIES")]
    subject: Option<String>,
    /// The branch whose newest run is meant [default: the one checked out, else the default branch]
    #[arg(long, value_name = "NAME")]
    branch: Option<String>,
}

/// Explains it.
pub(crate) fn execute(args: &Args, house: &House) -> Ended {
    let Some(subject) = args.subject.as_deref().map(str::trim) else {
        return list_codes(house);
    };
    match subject.strip_prefix('#').unwrap_or(subject).parse() {
        Ok(number) => explain_alert(number, house),
        Err(_) if looks_like_code(subject) => explain_code(subject, house),
        Err(_) => explain_series(subject, args, house),
    }
}

/// `PLM031`, in whatever letters.
fn looks_like_code(subject: &str) -> bool {
    let digits = subject.get(..3).filter(|start| start.eq_ignore_ascii_case("PLM")).map(|_| &subject[3..]);
    codes::find(subject).is_some()
        || digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
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

fn explain_series(name: &str, args: &Args, house: &House) -> Ended {
    let is_missing = |failure: &Failure| failure.is(codes::STORE_MISSING);
    let store = house.read_store().map_err(|failure| match is_missing(&failure) {
        true => unknown(name).because("there is no history yet to look for a series in"),
        false => failure,
    })?;
    let project = house.project();
    let book = house.rule_book(Some(&store), &project)?;
    let place = SeriesPlace { project: &project, ..SeriesPlace::default() };
    let series = the_series(&store, place, &book.policy, name, &house.terminal)?;
    let mut story = None;
    for branch in branches(args, house) {
        story = series_story(&store, &project, &series, branch.as_deref(), book.rules())
            .map_err(|error| store_failure(&error))?;
        if story.is_some() {
            break;
        }
    }
    let Some(story) = story else {
        let branch = args.branch.as_deref().unwrap_or_default();
        return Err(Failure::new(
            codes::SERIES,
            format!("{} was not measured on branch {branch}", series.key),
        ));
    };
    let points = log_points(&project, &story.log);
    let view = SeriesExplanation {
        project: &project,
        run: story.log.points.last().map(|newest| row_facts(&project, &newest.row)),
        evaluation: &story.evaluation,
        tested: story.tested,
        points: &points,
        trend: story.trend.as_ref(),
        smallest_steps: &story.smallest_steps,
        alerts: &story.alerts,
    };
    house.show(|| view.json(), |screen| view.terminal(screen))?;
    Ok(0)
}

/// The branches whose newest run may be meant, the likeliest first; `None` for all of them together.
fn branches(args: &Args, house: &House) -> Vec<Option<String>> {
    if let Some(branch) = &args.branch {
        return vec![Some(branch.clone())];
    }
    let current = house.git().and_then(|git| git.current_branch().ok().flatten());
    vec![current, Some(house.default_branch().to_owned()), None]
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
        runs_in_a_row: evidence.map_or(0, |evidence| evidence.runs_in_a_row),
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
