//! From the file as written to the configuration as meant: defaults, and what several values must agree on.

use std::collections::BTreeMap;
use std::path::PathBuf;

use plimsoll_model::{
    Bound, Derived, Direction, Expression, Policy, PolicyError, Rule, Settings, SettingsPatch, Severity,
    Target, Unit, known_metric,
};
use toml::Spanned;

use super::error::ConfigError;
use super::file;
use super::setting::{Amount, Limit, NamedDetector, NamedDirection, NamedUnit, Text};
use super::source::Source;
use super::{Config, DeclaredMetric, Files, Notify, Project, Rename, Retention, Suite};

pub(super) fn config(file: file::File, source: Source) -> Result<Config, ConfigError> {
    let metrics: BTreeMap<String, DeclaredMetric> =
        file.metric.into_iter().map(|(name, metric)| (name, declared_metric(metric))).collect();
    let mut policy = match file.policy {
        Some(policy) => policy_of(policy, &source)?,
        None => Policy::default(),
    };
    policy.targets = targets(file.target, &metrics, &source)?;
    Ok(Config {
        project: project(file.project.unwrap_or_default(), &source)?,
        suites: suites(file.suite, &source)?,
        metrics,
        policy,
        derived: derived(file.derived, &source)?,
        renames: renames(file.rename, &source)?,
        files: file.files.map(|files| Files { directory: PathBuf::from(files.dir.0.0) }),
        retention: retention(file.retention.unwrap_or_default()),
        notify: file.notify.into_iter().map(|(name, one)| (name, notify(one))).collect(),
        source: Some(source),
    })
}

fn project(project: file::Project, source: &Source) -> Result<Project, ConfigError> {
    if let Some(url) = &project.commit_url
        && !url.get_ref().contains("{hash}")
    {
        return Err(source.wrong(url.span(), "the address must hold `{hash}`"));
    }
    Ok(Project {
        name: project.name.map(|name| name.0.0),
        default_branch: project.default_branch.map(|branch| branch.0.0),
        commit_url: project.commit_url.map(Spanned::into_inner),
    })
}

fn suites(
    written: BTreeMap<Spanned<String>, file::Suite>,
    source: &Source,
) -> Result<BTreeMap<String, Suite>, ConfigError> {
    let mut suites = BTreeMap::new();
    let mut default: Option<String> = None;
    for (name, suite) in written {
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.get_ref().is_empty() || !name.get_ref().chars().all(plain) {
            return Err(
                source.wrong(name.span(), "a suite's name is made of letters, digits, `-`, `_` and `.`")
            );
        }
        if suite.default == Some(true)
            && let Some(other) = default.replace(name.get_ref().clone())
        {
            return Err(source.wrong(
                name.span(),
                format!("`{other}` is marked `default = true` already, and only one suite can be"),
            ));
        }
        let repeat = whole(suite.repeat.as_ref(), Suite::MAX_REPEAT, source)?;
        let resolved = Suite {
            prepare: suite.prepare,
            command: suite.command.0,
            timeout: suite.timeout.map(|timeout| timeout.0.0),
            repeat: repeat.unwrap_or(1),
            confirm: suite.confirm.unwrap_or(true),
            default: suite.default.unwrap_or(false),
        };
        suites.insert(name.into_inner(), resolved);
    }
    Ok(suites)
}

/// A whole number between 1 and `most`.
fn whole(number: Option<&Spanned<i64>>, most: u32, source: &Source) -> Result<Option<u32>, ConfigError> {
    let Some(number) = number else {
        return Ok(None);
    };
    match u32::try_from(*number.get_ref()) {
        Ok(value) if (1..=most).contains(&value) => Ok(Some(value)),
        _ => Err(source.wrong(number.span(), format!("this must be between 1 and {most}"))),
    }
}

fn declared_metric(metric: file::Metric) -> DeclaredMetric {
    DeclaredMetric {
        unit: metric.unit.map(|Text(NamedUnit { unit, factor })| (unit, factor)),
        direction: direction(metric.direction),
    }
}

fn direction(written: Option<Text<NamedDirection>>) -> Direction {
    written.map_or(Direction::None, |direction| direction.0.0)
}

fn policy_of(written: file::Policy, source: &Source) -> Result<Policy, ConfigError> {
    let mut policy = Policy::default();
    let whole_policy = file::Rule {
        suite: None,
        benchmark: None,
        metric: None,
        baseline: written.baseline,
        warn: written.warn,
        error: written.error,
        gate: written.gate,
        detectors: written.detectors,
    };
    policy.defaults = patched(&Settings::default(), &whole_policy, source)?.1;
    for rule in written.rule {
        let (patch, _) = patched(&policy.defaults, &rule, source)?;
        policy.rules.push(Rule { suite: rule.suite, benchmark: rule.benchmark, metric: rule.metric, patch });
    }
    Ok(policy)
}

/// The patch that `rule` writes down, and `base` with it laid over. An error points at the value that made
/// the settings contradict each other.
fn patched(
    base: &Settings,
    rule: &file::Rule,
    source: &Source,
) -> Result<(SettingsPatch, Settings), ConfigError> {
    let window_written = rule.baseline.as_ref().and_then(|baseline| baseline.window.as_ref());
    let min = rule.baseline.as_ref().and_then(|baseline| baseline.min.as_ref());
    let runs = |number| Ok::<_, ConfigError>(whole(number, 1_000_000, source)?.map(|runs| runs as usize));
    let limit = |written: &Option<Spanned<Text<Limit>>>| written.as_ref().map(|limit| limit.get_ref().0);
    let detectors = rule.detectors.as_ref();
    let patch = SettingsPatch {
        window: runs(window_written)?,
        min: runs(min)?,
        warn: limit(&rule.warn),
        error: limit(&rule.error),
        gate: rule.gate.as_ref().map(|gate| gate.0.0),
        detectors: detectors.map(|all| all.iter().map(|Text(NamedDetector(one))| *one).collect()),
    };
    let mut settings = base.clone();
    patch.apply(&mut settings);
    settings.validate().map_err(|error| {
        let (span, help) = match error {
            PolicyError::Window => {
                let window = settings.baseline.window;
                (
                    min.or(window_written).map(Spanned::span),
                    format!("`min` is {} and `window` is {window} here", settings.baseline.min),
                )
            }
            _ => {
                let written = rule.error.as_ref().or(rule.warn.as_ref());
                let help = format!("`warn` is {} and `error` is {} here", settings.warn, settings.error);
                (written.map(Spanned::span), help)
            }
        };
        let excerpt = source.excerpt(span.unwrap_or_default(), &error.to_string());
        ConfigError::Value(Box::new(excerpt.with_help(help)))
    })?;
    Ok((patch, settings))
}

fn targets(
    written: Vec<Spanned<file::Target>>,
    metrics: &BTreeMap<String, DeclaredMetric>,
    source: &Source,
) -> Result<Vec<Target>, ConfigError> {
    let mut targets: Vec<Target> = Vec::with_capacity(written.len());
    for spanned in written {
        let span = spanned.span();
        let one = spanned.into_inner();
        if let Some(id) = &one.id
            && targets.iter().any(|other| other.id.as_ref() == Some(id.get_ref()))
        {
            return Err(source.wrong(id.span(), format!("another target is called `{}`", id.get_ref())));
        }
        let (amount, side): (_, fn(f64) -> Bound) = match (&one.max, &one.min) {
            (Some(max), None) => (max, Bound::Max),
            (None, Some(min)) => (min, Bound::Min),
            (None, None) => return Err(source.wrong(span, "a target needs `max` or `min`")),
            (Some(_), Some(min)) => {
                return Err(source.wrong(min.span(), "a target has either `max` or `min`"));
            }
        };
        let (value, unit) = in_metric_unit(amount, &one.metric, metrics, source)?;
        refuse_negative(amount, &one.metric, (value, unit.as_ref()), source)?;
        let limit = |written: &Option<Spanned<Text<Limit>>>, default| {
            written.as_ref().map_or(default, |limit| limit.get_ref().0)
        };
        let warn = limit(&one.warn, Target::DEFAULT_WARN);
        let error = limit(&one.error, Target::DEFAULT_ERROR);
        // A hard limit is often written with `warn` alone or `error` alone: the other one follows it.
        let (warn, error) = match (&one.warn, &one.error) {
            (Some(_), None) if is_below(error, warn) => (warn, warn),
            (None, Some(_)) if is_below(error, warn) => (error, error),
            (_, Some(at)) if is_below(error, warn) => {
                return Err(source.wrong(at.span(), PolicyError::ErrorBelowWarn.to_string()));
            }
            _ => (warn, error),
        };
        targets.push(Target {
            id: one.id.map(Spanned::into_inner),
            suite: one.suite,
            benchmark: one.benchmark,
            metric: one.metric,
            bound: side(value),
            unit,
            per: one.per,
            warn,
            error,
        });
    }
    Ok(targets)
}

fn is_below(error: Limit, warn: Limit) -> bool {
    matches!((error.fraction(), warn.fraction()), (Some(error), Some(warn)) if error < warn)
}

/// The limit in the unit of its metric, where that metric is known; the dimension must be the metric's.
fn in_metric_unit(
    amount: &Spanned<Amount>,
    metric: &str,
    metrics: &BTreeMap<String, DeclaredMetric>,
    source: &Source,
) -> Result<(f64, Option<Unit>), ConfigError> {
    let Amount { value, unit } = amount.get_ref().clone();
    // `time.p99` is an estimate of `time`.
    let base = metric.split('.').next().unwrap_or(metric);
    let declared = [metric, base].iter().find_map(|name| metrics.get(*name)?.unit.clone());
    let expected = declared.map(|(unit, _)| unit).or_else(|| Some(known_metric(base)?.0));
    let Some(expected) = expected else {
        return Ok((value, unit));
    };
    let Some(unit) = unit else {
        // A bare number says nothing where the unit is one of several that people use.
        if expected == Unit::NANOSECONDS || expected.symbol().starts_with(Unit::BYTES.symbol()) {
            let message = format!(
                "`{metric}` is measured in `{expected}`: give the unit, as in \"{value} {expected}\""
            );
            return Err(source.wrong(amount.span(), message));
        }
        return Ok((value, None));
    };
    let is_rate = |unit: &Unit| unit.symbol().ends_with("/s");
    if unit == Unit::BYTES_PER_SECOND && expected == Unit::BYTES_PER_HOUR {
        Ok((value * 3_600.0, Some(expected)))
    } else if unit == expected {
        Ok((value, Some(unit)))
    } else if is_rate(&expected) && is_rate(&unit) {
        // Harnesses count `ops`, `items` or `iter` a second, each in its own word.
        Ok((value, Some(unit)))
    } else {
        let message = format!("`{metric}` is measured in `{expected}`, and this is in `{unit}`");
        let excerpt = source.excerpt(amount.span(), &message);
        Err(ConfigError::Value(Box::new(match meant_unit(&unit, &expected) {
            Some(meant) => excerpt.with_help(format!("did you mean `{value} {meant}`?")),
            None => excerpt,
        })))
    }
}

/// A time, size or count below zero is none, so that a limit there could never be met or missed.
fn refuse_negative(
    amount: &Spanned<Amount>,
    metric: &str,
    (value, unit): (f64, Option<&Unit>),
    source: &Source,
) -> Result<(), ConfigError> {
    let has_zero = |unit: &Unit| *unit == Unit::NANOSECONDS || *unit == Unit::BYTES;
    match unit {
        Some(unit) if value < 0.0 && has_zero(unit) => {
            Err(source.wrong(amount.span(), format!("`{metric}` is never below zero")))
        }
        _ => Ok(()),
    }
}

/// The unit of the dimension of `expected` that an unknown one was probably meant to be: `MB` for `M` or `mb`, `ms` for `m`.
fn meant_unit(unknown: &Unit, expected: &Unit) -> Option<String> {
    let symbol = unknown.symbol();
    let binary = ["KiB", "MiB", "GiB"].into_iter().filter(|unit| unit.eq_ignore_ascii_case(symbol));
    [format!("{symbol}B"), format!("{symbol}s"), symbol.to_uppercase(), symbol.to_lowercase()]
        .into_iter()
        .chain(binary.map(str::to_owned))
        .find(|candidate| Unit::normalise(candidate).0 == *expected)
}

fn derived(written: BTreeMap<String, file::Derived>, source: &Source) -> Result<Vec<Derived>, ConfigError> {
    let one = |(name, derived): (String, file::Derived)| {
        let span = derived.value.span();
        let expression = Expression::parse(derived.value.get_ref()).map_err(|error| {
            let raw = source.text().get(span.clone()).unwrap_or_default();
            // A literal string holds its characters as they are, so the place in it is known.
            let place = raw
                .strip_prefix('\'')
                .filter(|rest| !rest.starts_with('\''))
                .and_then(|rest| rest.char_indices().nth(error.column - 1))
                .map_or(span.clone(), |(offset, _)| {
                    let start = span.start + 1 + offset;
                    start..start + 1
                });
            source.wrong(place, error.to_string())
        })?;
        Ok(Derived {
            name,
            expression,
            unit: derived.unit.map(|unit| unit.0.unit),
            direction: direction(derived.direction),
        })
    };
    written.into_iter().map(one).collect()
}

fn renames(
    written: BTreeMap<Spanned<String>, Spanned<String>>,
    source: &Source,
) -> Result<Vec<Rename>, ConfigError> {
    let one = |(from, to): (Spanned<String>, Spanned<String>)| {
        let stars = |name: &Spanned<String>| name.get_ref().matches('*').count();
        if stars(&from) > 1 || stars(&from) != stars(&to) {
            let message = "both sides hold one `*`, or neither holds any";
            return Err(source.wrong(to.span(), message));
        }
        Ok(Rename { from: from.into_inner(), to: to.into_inner() })
    };
    written.into_iter().map(one).collect()
}

fn retention(written: file::Retention) -> Retention {
    let age = |written: Option<Text<super::Age>>| written.map_or(super::Age::Forever, |age| age.0);
    Retention {
        samples: age(written.samples),
        extra: age(written.extra),
        daily: age(written.daily),
        commits: age(written.commits),
        branches: age(written.branches),
    }
}

fn notify(written: file::Notify) -> Notify {
    let default = || vec![Severity::Error, Severity::Critical];
    Notify {
        url_variable: written.url_env.0.0,
        on: written.on.map_or_else(default, |on| on.into_iter().map(|severity| severity.0.0).collect()),
    }
}
