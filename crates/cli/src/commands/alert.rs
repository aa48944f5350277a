//! `plimsoll alert`: findings with a life.

use clap::{Subcommand, ValueEnum};
use plimsoll_model::{AlertId, AlertState};
use plimsoll_report::{AlertView, AlertsView, ListedAlert};
use plimsoll_store::{AlertMove, SqliteStore, StoreError};
use plimsoll_track::{AlertStepError, BookedAlert, alert_story, booked_alerts, step_alert};

use crate::codes;
use crate::failure::{Ended, Failure};
use crate::house::{House, store_failure};
use crate::moment::Moment;
use crate::person::person;

/// The states that are listed when nobody says.
const LIVE: [AlertState; 3] = [AlertState::Open, AlertState::Acknowledged, AlertState::Muted];

/// Findings with a life: list, show, acknowledge, mute, resolve, reopen.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// The alerts that are not over
    Ls {
        /// Those that are over, too
        #[arg(long, conflicts_with = "state")]
        all: bool,
        /// Only those in these states, separated by commas
        #[arg(long, value_enum, value_delimiter = ',', value_name = "STATE")]
        state: Vec<StateWord>,
    },
    /// One alert
    Show {
        /// Its number
        number: AlertId,
    },
    /// Say that someone knows: it no longer closes the gate, unless it gets worse
    Ack {
        /// Its number
        number: AlertId,
        /// What you know about it
        #[arg(long, visible_alias = "notes", value_name = "TEXT", value_parser = note)]
        note: String,
    },
    /// Do not hear of it until a time
    Mute {
        /// Its number
        number: AlertId,
        /// Why
        #[arg(long, visible_alias = "notes", value_name = "TEXT", value_parser = note)]
        note: String,
        /// Until when: `2026-12-24`, or how long from now: `12h`, `30d`
        #[arg(long, value_name = "DATE|AGE", value_parser = Moment::parse)]
        until: Moment,
    },
    /// Say that it is over
    Resolve {
        /// Its number
        number: AlertId,
        /// Why
        #[arg(long, visible_alias = "notes", value_name = "TEXT", value_parser = note)]
        note: Option<String>,
    },
    /// Let it close the gate again
    Reopen {
        /// Its number
        number: AlertId,
        /// Why
        #[arg(long, visible_alias = "notes", value_name = "TEXT", value_parser = note)]
        note: Option<String>,
    },
}

/// A state, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum StateWord {
    Open,
    Acknowledged,
    Muted,
    Resolved,
    Withdrawn,
}

impl From<StateWord> for AlertState {
    fn from(word: StateWord) -> Self {
        match word {
            StateWord::Open => Self::Open,
            StateWord::Acknowledged => Self::Acknowledged,
            StateWord::Muted => Self::Muted,
            StateWord::Resolved => Self::Resolved,
            StateWord::Withdrawn => Self::Withdrawn,
        }
    }
}

/// A note says something.
pub(crate) fn note(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("a note says why".to_owned()),
        note => Ok(note.to_owned()),
    }
}

/// Lists, shows or moves.
pub(crate) fn execute(args: &Args, house: &House) -> Ended {
    let (number, state, note, until) = match &args.action {
        Action::Ls { all, state } => return list(*all, state, house),
        Action::Show { number } => return show(house, &house.read_store()?, *number),
        Action::Ack { number, note } => (*number, AlertState::Acknowledged, Some(note), None),
        Action::Mute { number, note, until } => (*number, AlertState::Muted, Some(note), Some(*until)),
        Action::Resolve { number, note } => (*number, AlertState::Resolved, note.as_ref(), None),
        Action::Reopen { number, note } => (*number, AlertState::Open, note.as_ref(), None),
    };
    let now = House::now();
    let until = until.map(|until| until.future(now));
    if until.is_some_and(|until| until <= now) {
        return Err(Failure::new(codes::USAGE, "--until lies in the past")
            .hint("give a date to come, or an age: 30d"));
    }
    let step = AlertMove { state, at: now, by: person(house), note: note.cloned(), until };
    let mut store = house.existing_store()?;
    step_alert(&mut store, &house.project(), number, &step).map_err(|error| step_failure(&error, number))?;
    show(house, &store, number)
}

fn step_failure(error: &AlertStepError, number: AlertId) -> Failure {
    match error {
        AlertStepError::Store(error @ StoreError::AlertIsLive { .. }) => {
            Failure::from_error(codes::ALERT_STEP, error)
        }
        AlertStepError::Store(error) => store_failure(error),
        AlertStepError::AlreadyThere { .. } => Failure::from_error(codes::ALERT_STEP, error),
        AlertStepError::Over { .. } => Failure::from_error(codes::ALERT_STEP, error)
            .hint(format!("plimsoll alert reopen {number} brings it back")),
    }
}

fn list(all: bool, states: &[StateWord], house: &House) -> Ended {
    let store = house.read_store()?;
    let project = house.project();
    let states: Vec<AlertState> = match (all, states) {
        (true, _) => Vec::new(),
        (false, []) => LIVE.to_vec(),
        (false, words) => words.iter().copied().map(AlertState::from).collect(),
    };
    let booked = booked_alerts(&store, &project, &states).map_err(|error| store_failure(&error))?;
    let alerts: Vec<ListedAlert<'_>> = booked.iter().map(listed).collect();
    let view = AlertsView { project: &project, alerts: &alerts };
    house.show(|| view.json(), |screen| view.terminal(screen))?;
    Ok(0)
}

fn show(house: &House, store: &SqliteStore, number: AlertId) -> Ended {
    let project = house.project();
    let book = house.rule_book(Some(store), &project)?;
    let story = alert_story(store, &project, number, book.rules()).map_err(|error| store_failure(&error))?;
    let view = AlertView { project: &project, alert: listed(&story.booked), history: &story.history };
    house.show(|| view.json(), |screen| view.terminal(screen))?;
    Ok(0)
}

/// An alert as reports take it.
pub(crate) fn listed(booked: &BookedAlert) -> ListedAlert<'_> {
    ListedAlert { alert: &booked.alert, unit: &booked.unit, direction: booked.direction }
}
