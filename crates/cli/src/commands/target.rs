//! `plimsoll target`: absolute limits.

use std::path::Path;

use clap::Subcommand;
use plimsoll_context::{Config, Origin, settings_with_origin};
use plimsoll_model::{METRIC_NAMES, Policy, Target, Unit, known_metric, nearest};
use plimsoll_report::{ListedTarget, TargetsView};
use plimsoll_store::SqliteStore;
use plimsoll_track::{TargetStanding, misfits_of_project, target_standings};

use crate::codes;
use crate::failure::{Ended, Failure};
use crate::house::{House, RuleBook, config_failure, store_failure};

/// Absolute limits: list, set, remove.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Every target with each series it is for, and how the newest value stands
    Ls,
    /// Set a target, in place of the one of the same id
    Set(Box<SetArgs>),
    /// Remove a target that was set here
    Rm {
        /// The target's id
        id: String,
    },
}

#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("bound").required(true).args(["max", "min"])))]
struct SetArgs {
    /// A short name people refer to, such as APP-001
    id: String,
    /// The benchmark it is for; may hold `*`
    #[arg(long, value_name = "NAME")]
    benchmark: String,
    /// The metric it is for, such as time or peak_rss
    #[arg(long, value_name = "NAME")]
    metric: String,
    /// The value must not be above, such as `500 ms`
    #[arg(long, value_name = "QUANTITY", allow_hyphen_values = true)]
    max: Option<String>,
    /// The value must not be below, such as `1 M items/s`
    #[arg(long, value_name = "QUANTITY", allow_hyphen_values = true)]
    min: Option<String>,
    /// The limit is for each of these items, such as pages
    #[arg(long, value_name = "NOUN")]
    per: Option<String>,
    /// Only in this suite; may hold `*`
    #[arg(long, value_name = "NAME")]
    suite: Option<String>,
    /// How far past the limit a warning starts: `10%`, `x1.5` or `never` [default: 10%]
    #[arg(long, value_name = "LIMIT")]
    warn: Option<String>,
    /// How far past the limit an error starts; `0%` is a hard limit [default: 20%]
    #[arg(long, value_name = "LIMIT")]
    error: Option<String>,
}

/// Lists, sets or removes.
pub(crate) fn execute(args: &Args, house: &House) -> Ended {
    match &args.action {
        Action::Ls => list(house),
        Action::Set(args) => set(args, house),
        Action::Rm { id } => remove(id, house),
    }
}

fn list(house: &House) -> Ended {
    let project = house.project();
    let store = match house.store_path()?.exists() {
        true => Some(house.read_store()?),
        false => None,
    };
    let book = house.rule_book(store.as_ref(), &project)?;
    let standings = match &store {
        Some(store) => {
            target_standings(store, &project, book.rules()).map_err(|error| store_failure(&error))?
        }
        None => unmeasured(&book),
    };
    show(house, &project, &standings)?;
    Ok(0)
}

/// Without a store nothing was measured.
fn unmeasured(book: &RuleBook) -> Vec<TargetStanding> {
    let standing = |target: &Target| TargetStanding {
        target: target.clone(),
        series: None,
        outcome: None,
        severity: None,
    };
    book.policy.targets.iter().map(standing).collect()
}

fn show(house: &House, project: &str, standings: &[TargetStanding]) -> Result<(), Failure> {
    let count = Unit::COUNT;
    let listed: Vec<ListedTarget<'_>> = standings
        .iter()
        .map(|standing| {
            let series = standing.series.as_ref();
            let own_unit = standing.target.unit.as_ref().unwrap_or(&count);
            ListedTarget {
                target: &standing.target,
                series: series.map(|row| &row.key),
                unit: series.map_or(own_unit, |row| &row.unit),
                outcome: standing.outcome.as_ref(),
                severity: standing.severity,
            }
        })
        .collect();
    let view = TargetsView { project, targets: &listed };
    house.show(|| view.json(), |screen| view.terminal(screen))
}

fn set(args: &SetArgs, house: &House) -> Ended {
    refuse_configured(&args.id, house)?;
    let target = target_of(args, house)?;
    let project = house.project();
    let mut store = house.create_store()?;
    store.set_target(&project, &target).map_err(|error| store_failure(&error))?;
    if let Some(doubt) = doubt(&target, house, &store, &project)? {
        house.terminal.say(&format!("warning: {doubt}"));
    }
    show_one(house, &store, &project, &args.id)
}

/// What makes it doubtful that the target is what was meant: nothing measured fits it, or its metric is nearly one that is known.
fn doubt(
    target: &Target,
    house: &House,
    store: &SqliteStore,
    project: &str,
) -> Result<Option<String>, Failure> {
    let policy = Policy { targets: vec![target.clone()], ..Policy::default() };
    let misfits = misfits_of_project(store, project, &policy, &house.configured_suites());
    if let Some(misfit) = misfits.map_err(|error| store_failure(&error))?.pop() {
        return Ok(Some(misfit.message));
    }
    let metric = target.metric.split('.').next().unwrap_or_default();
    let is_known = known_metric(metric).is_some() || house.config.metrics.contains_key(metric);
    let lanes = store.lanes(project).map_err(|error| store_failure(&error))?;
    if is_known || !lanes.is_empty() {
        return Ok(None);
    }
    let near = nearest(metric, METRIC_NAMES);
    Ok(near.map(|near| format!("no metric is called `{metric}` yet; did you mean `{near}`?")))
}

/// The target as the configuration file would have it: the same words mean the same in both places.
fn target_of(args: &SetArgs, house: &House) -> Result<Target, Failure> {
    let mut text = "version = 1\n".to_owned();
    for (name, metric) in &house.config.metrics {
        if let Some((unit, _)) = &metric.unit {
            text += &format!("[metric.{}]\nunit = {}\n", quoted(name), quoted(unit.symbol()));
        }
    }
    text += "[[target]]\n";
    let settings = [
        ("id", Some(&args.id)),
        ("benchmark", Some(&args.benchmark)),
        ("metric", Some(&args.metric)),
        ("max", args.max.as_ref()),
        ("min", args.min.as_ref()),
        ("per", args.per.as_ref()),
        ("suite", args.suite.as_ref()),
        ("warn", args.warn.as_ref()),
        ("error", args.error.as_ref()),
    ];
    for (key, value) in settings {
        if let Some(value) = value {
            text += &format!("{key} = {}\n", quoted(value));
        }
    }
    let parsed = Config::parse(Path::new("target"), &text).map_err(|error| {
        let message = match error.excerpt() {
            Some(excerpt) => excerpt.message.clone(),
            None => error.to_string(),
        };
        let failure = Failure::new(codes::USAGE, message);
        match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure.hint("plimsoll help target set"),
        }
    })?;
    let target = parsed.policy.targets.into_iter().next();
    target.ok_or_else(|| Failure::new(codes::USAGE, "this is no target"))
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    let mut written = "\"".to_owned();
    for character in text.chars() {
        match character {
            '"' | '\\' => written.extend(['\\', character]),
            control if control.is_control() => written += &format!("\\u{:04x}", u32::from(control)),
            other => written.push(other),
        }
    }
    written + "\""
}

/// What was set, and how the newest values stand against it.
fn show_one(house: &House, store: &SqliteStore, project: &str, id: &str) -> Ended {
    let mut book = house.rule_book(Some(store), project)?;
    book.policy.targets.retain(|target| target.id.as_deref() == Some(id));
    let standings = target_standings(store, project, book.rules()).map_err(|error| store_failure(&error))?;
    show(house, project, &standings)?;
    Ok(0)
}

fn remove(id: &str, house: &House) -> Ended {
    refuse_configured(id, house)?;
    let project = house.project();
    let mut store = house.existing_store()?;
    let was_there = store.remove_target(&project, id).map_err(|error| store_failure(&error))?;
    if !was_there {
        return Err(Failure::new(codes::TARGET, format!("project {project} has no target `{id}`")));
    }
    house.terminal.say(&format!("target {id} is removed"));
    Ok(0)
}

/// What the configuration sets is changed there.
fn refuse_configured(id: &str, house: &House) -> Result<(), Failure> {
    let targets = &house.config.policy.targets;
    let Some(index) = targets.iter().position(|target| name_of(target) == id) else {
        return Ok(());
    };
    let message = format!("target `{id}` stands in {}", whereabouts(house, index)?);
    Err(Failure::new(codes::TARGET_CONFIGURED, message))
}

/// The id a target is kept under.
fn name_of(target: &Target) -> String {
    let unnamed = || format!("{}#{}", target.benchmark, target.metric);
    target.id.clone().unwrap_or_else(unnamed)
}

fn whereabouts(house: &House, index: usize) -> Result<String, Failure> {
    let rows = settings_with_origin(&house.config, &house.flags(), &house.env, &[])
        .map_err(|error| config_failure(&error))?;
    let prefix = format!("target[{index}].");
    let lines = rows.iter().filter(|row| row.key.starts_with(&prefix)).filter_map(|row| match &row.origin {
        Origin::File(name, line) => Some((*line, name)),
        _ => None,
    });
    Ok(match lines.min() {
        Some((line, name)) => format!("{name}:{line}"),
        None => "the configuration".to_owned(),
    })
}
