//! `plimsoll target`: absolute limits.

use clap::Subcommand;
use plimsoll_context::{Origin, settings_with_origin};
use plimsoll_model::{Bound, Limit, Quantity, Target, Unit};
use plimsoll_report::{ListedTarget, TargetsView};
use plimsoll_store::SqliteStore;
use plimsoll_track::{TargetStanding, target_standings};

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
    #[arg(long, value_name = "QUANTITY", value_parser = quantity, allow_hyphen_values = true)]
    max: Option<Quantity>,
    /// The value must not be below, such as `1 M items/s`
    #[arg(long, value_name = "QUANTITY", value_parser = quantity, allow_hyphen_values = true)]
    min: Option<Quantity>,
    /// The limit is for each of these items, such as pages
    #[arg(long, value_name = "NOUN")]
    per: Option<String>,
    /// Only in this suite; may hold `*`
    #[arg(long, value_name = "NAME")]
    suite: Option<String>,
    /// How far past the limit a warning starts: `10%`, `x1.5` or `never`
    #[arg(long, value_name = "LIMIT", value_parser = limit, default_value_t = Target::DEFAULT_WARN)]
    warn: Limit,
    /// How far past the limit an error starts; `0%` is a hard limit
    #[arg(long, value_name = "LIMIT", value_parser = limit, default_value_t = Target::DEFAULT_ERROR)]
    error: Limit,
}

fn quantity(text: &str) -> Result<Quantity, String> {
    Quantity::parse(text).map_err(|error| error.to_string())
}

fn limit(text: &str) -> Result<Limit, String> {
    Limit::parse(text).map_err(|error| error.to_string())
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
    let listed: Vec<ListedTarget<'_>> = standings
        .iter()
        .map(|standing| {
            let series = standing.series.as_ref();
            let own_unit = standing.target.unit.as_ref().unwrap_or(&Unit::COUNT);
            ListedTarget {
                target: &standing.target,
                series: series.map(|row| &row.key),
                unit: series.map_or(own_unit, |row| &row.unit),
                outcome: standing.outcome.as_ref(),
                severity: standing.severity,
            }
        })
        .collect();
    let view = TargetsView {
        project,
        targets: &listed,
    };
    house.terminal.data(&match house.globals.json {
        true => view.json(),
        false => view.terminal(&house.screen()),
    })
}

fn set(args: &SetArgs, house: &House) -> Ended {
    refuse_configured(&args.id, house)?;
    let (bound, unit) = match (&args.max, &args.min) {
        (Some(max), _) => (Bound::Max(max.value), &max.unit),
        (None, Some(min)) => (Bound::Min(min.value), &min.unit),
        (None, None) => return Err(Failure::new(codes::USAGE, "a target needs --max or --min")),
    };
    if let (Some(warn), Some(error)) = (args.warn.fraction(), args.error.fraction())
        && error < warn
    {
        let message = format!("--error {} lies below --warn {}", args.error, args.warn);
        return Err(Failure::new(codes::USAGE, message).hint("give both, the warning first"));
    }
    let target = Target {
        id: Some(args.id.clone()),
        suite: args.suite.clone(),
        benchmark: args.benchmark.clone(),
        metric: args.metric.clone(),
        bound,
        // A bare number is in whatever unit the metric has.
        unit: (!unit.is_count()).then(|| unit.clone()),
        per: args.per.clone(),
        warn: args.warn,
        error: args.error,
    };
    let project = house.project();
    let mut store = house.create_store()?;
    store
        .set_target(&project, &target)
        .map_err(|error| store_failure(&error))?;
    show_one(house, &store, &project, &args.id)
}

/// What was set, and how the newest values stand against it.
fn show_one(house: &House, store: &SqliteStore, project: &str, id: &str) -> Ended {
    let mut book = house.rule_book(Some(store), project)?;
    book.policy
        .targets
        .retain(|target| target.id.as_deref() == Some(id));
    let standings =
        target_standings(store, project, book.rules()).map_err(|error| store_failure(&error))?;
    show(house, project, &standings)?;
    Ok(0)
}

fn remove(id: &str, house: &House) -> Ended {
    refuse_configured(id, house)?;
    let project = house.project();
    let mut store = house.existing_store()?;
    let was_there = store
        .remove_target(&project, id)
        .map_err(|error| store_failure(&error))?;
    if !was_there {
        return Err(Failure::new(
            codes::TARGET,
            format!("project {project} has no target `{id}`"),
        ));
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
    let lines = rows
        .iter()
        .filter(|row| row.key.starts_with(&prefix))
        .filter_map(|row| match &row.origin {
            Origin::File(name, line) => Some((*line, name)),
            _ => None,
        });
    Ok(match lines.min() {
        Some((line, name)) => format!("{name}:{line}"),
        None => "the configuration".to_owned(),
    })
}
