//! Targets and rules that nothing measured fits: a limit that silently holds for nothing is worse than none.

use std::collections::BTreeSet;

use plimsoll_model::{Complaint, Policy, Rule, Run, SeriesKey, Target, nearest};
use plimsoll_store::{SqliteStore, StoreError};
use wildmatch::WildMatch;

use crate::series_name::{SeriesPlace, current_series};

/// Names that are listed where none is near.
const MOST_LISTED: usize = 4;

/// The targets and rules of `policy` that are for the suite of `run` and that no series fits: none of the run, none that was ever
/// stored. `configured` are the suites of the configuration: what is for one that was never measured may fit there.
pub fn misfits_of_run(
    store: Option<&SqliteStore>,
    run: &Run,
    policy: &Policy,
    configured: &[&str],
) -> Result<Vec<Complaint>, StoreError> {
    let own: Vec<SeriesKey> = run.measurements.iter().map(|one| run.series_of(one)).collect();
    let is_elsewhere = |pattern: &Pattern<'_>| {
        let is_for = |suite: &str| fits(pattern.suite(), suite);
        !is_for(&run.suite) && configured.iter().any(|suite| is_for(suite))
    };
    let idle: Vec<Pattern<'_>> =
        patterns(policy).filter(|pattern| !is_elsewhere(pattern) && !pattern.fits_any(&own)).collect();
    if idle.is_empty() {
        return Ok(Vec::new());
    }
    let mut keys = own;
    if let Some(store) = store {
        keys.extend(stored_keys(store, &run.project)?);
    }
    let known = Known { keys, configured };
    let misfits = idle.into_iter().filter(|pattern| !pattern.fits_any(&known.keys));
    Ok(misfits.filter_map(|pattern| known.why_in_run(&pattern, &run.suite)).map(Complaint::new).collect())
}

/// The targets and rules of `policy` that no stored series of the project fits, as far as that can be said: see
/// [`misfits_of_run`].
pub fn misfits_of_project(
    store: &SqliteStore,
    project: &str,
    policy: &Policy,
    configured: &[&str],
) -> Result<Vec<Complaint>, StoreError> {
    let known = Known { keys: stored_keys(store, project)?, configured };
    if known.keys.is_empty() {
        return Ok(Vec::new());
    }
    let misfits = patterns(policy).filter(|pattern| !pattern.fits_any(&known.keys));
    Ok(misfits.filter_map(|pattern| known.why(&pattern)).map(Complaint::new).collect())
}

fn stored_keys(store: &SqliteStore, project: &str) -> Result<Vec<SeriesKey>, StoreError> {
    let rows = current_series(store, SeriesPlace { project, ..SeriesPlace::default() })?;
    Ok(rows.into_iter().map(|row| row.key).collect())
}

/// What a target or rule is for.
#[derive(Clone, Copy)]
enum Pattern<'a> {
    Target(&'a Target),
    Rule(&'a Rule),
}

fn patterns(policy: &Policy) -> impl Iterator<Item = Pattern<'_>> {
    policy.targets.iter().map(Pattern::Target).chain(policy.rules.iter().map(Pattern::Rule))
}

impl<'a> Pattern<'a> {
    fn fits_any(&self, keys: &[SeriesKey]) -> bool {
        keys.iter().any(|key| match self {
            Self::Target(target) => target.is_for(key),
            Self::Rule(rule) => rule.is_for(key),
        })
    }

    fn suite(&self) -> Option<&'a str> {
        match self {
            Self::Target(target) => target.suite.as_deref(),
            Self::Rule(rule) => rule.suite.as_deref(),
        }
    }

    fn benchmark(&self) -> Option<&'a str> {
        match self {
            Self::Target(target) => Some(&target.benchmark),
            Self::Rule(rule) => rule.benchmark.as_deref(),
        }
    }

    fn metric(&self) -> Option<&'a str> {
        match self {
            Self::Target(target) => Some(&target.metric),
            Self::Rule(rule) => rule.metric.as_deref(),
        }
    }

    /// What it is called in a sentence.
    fn name(&self) -> String {
        match self {
            Self::Target(Target { id: Some(id), .. }) => format!("target {id}"),
            Self::Target(target) => format!("the target for {}#{}", target.benchmark, target.metric),
            Self::Rule(rule) => {
                let parts =
                    [("suite", &rule.suite), ("benchmark", &rule.benchmark), ("metric", &rule.metric)];
                let parts =
                    parts.into_iter().filter_map(|(kind, part)| Some(format!("{kind} {}", part.as_deref()?)));
                format!("the rule for {}", parts.collect::<Vec<_>>().join(", "))
            }
        }
    }
}

fn fits(pattern: Option<&str>, text: &str) -> bool {
    pattern.is_none_or(|pattern| pattern == text || WildMatch::new(pattern).matches(text))
}

/// What may be meant.
struct Known<'a> {
    /// Every series that was measured.
    keys: Vec<SeriesKey>,
    /// The suites of the configuration.
    configured: &'a [&'a str],
}

/// Why nothing fits a pattern.
struct Why {
    text: String,
    /// What was probably meant is known, so that it is a slip and not something that is yet to be measured.
    is_slip: bool,
}

impl Known<'_> {
    fn measured_suites(&self) -> BTreeSet<&str> {
        self.keys.iter().map(|key| key.suite.as_str()).collect()
    }

    /// Why nothing fits, where it is the business of a run of `suite`: the pattern is for it, or was probably meant to be.
    fn why_in_run(&self, pattern: &Pattern<'_>, suite: &str) -> Option<String> {
        if fits(pattern.suite(), suite) {
            return self.why(pattern);
        }
        let written = pattern.suite()?;
        let suites: BTreeSet<&str> =
            self.measured_suites().into_iter().chain(self.configured.iter().copied()).collect();
        if suites.iter().any(|known| fits(Some(written), known)) || nearest(written, suites)? != suite {
            return None;
        }
        Some(format!(
            "{} fits no series: no suite is called `{written}`; did you mean `{suite}`?",
            pattern.name()
        ))
    }

    /// Why nothing fits a pattern for suites that were measured. `None` where it may fit in one that is configured and was never
    /// measured.
    fn why(&self, pattern: &Pattern<'_>) -> Option<String> {
        let measured = self.measured_suites();
        if !measured.iter().any(|suite| fits(pattern.suite(), suite)) {
            return None;
        }
        let Why { text, is_slip } = self.why_of_series(pattern);
        let may_come = |suite: &&str| fits(pattern.suite(), suite) && !measured.contains(suite);
        if !is_slip && self.configured.iter().any(may_come) {
            return None;
        }
        Some(format!("{} fits no series: {text}", pattern.name()))
    }

    fn why_of_series(&self, pattern: &Pattern<'_>) -> Why {
        let of_suite = || self.keys.iter().filter(|key| fits(pattern.suite(), &key.suite));
        let of_benchmark = || of_suite().filter(|key| fits(pattern.benchmark(), &key.benchmark));
        let metrics: BTreeSet<&str> = of_benchmark().map(|key| key.metric.as_str()).collect();
        if metrics.is_empty() {
            let benchmarks = of_suite().map(|key| key.benchmark.as_str()).collect();
            return no_such("benchmark", pattern.benchmark().unwrap_or_default(), &benchmarks);
        }
        no_such("metric", pattern.metric().unwrap_or_default(), &metrics)
    }
}

/// That nothing of this kind is called `written`, and what was probably meant; else what there is.
fn no_such(kind: &str, written: &str, known: &BTreeSet<&str>) -> Why {
    let beginning = format!("no {kind} is called `{written}`");
    let slip = |text: String| Why { text, is_slip: true };
    if let Some(near) = nearest(written, known.iter().copied()) {
        return slip(format!("{beginning}; did you mean `{near}`?"));
    }
    let core = written.trim_matches('*');
    let mut holding = known.iter().filter(|name| !core.is_empty() && name.contains(core));
    match (holding.next(), holding.next()) {
        (Some(one), None) => return slip(format!("{beginning}; did you mean `{one}`?")),
        (Some(first), _) => return slip(format!("{beginning}; did you mean `*{core}*`, as in `{first}`?")),
        _ => {}
    }
    let lowered = core.to_lowercase();
    let in_other_case = known.iter().find(|name| !core.is_empty() && name.to_lowercase().contains(&lowered));
    if let Some(first) = in_other_case {
        return slip(format!("{beginning}; did you mean `{first}`?"));
    }
    let listed: Vec<String> = known.iter().take(MOST_LISTED).map(|name| format!("`{name}`")).collect();
    let more = if known.len() > listed.len() { ", …" } else { "" };
    Why { text: format!("{beginning}; there are {}{more}", listed.join(", ")), is_slip: false }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::{append, run, scratch_store};
    use plimsoll_model::{Bound, Limit};

    fn target(suite: Option<&str>, benchmark: &str, metric: &str) -> Policy {
        let target = Target {
            id: Some("T".to_owned()),
            suite: suite.map(str::to_owned),
            benchmark: benchmark.to_owned(),
            metric: metric.to_owned(),
            bound: Bound::Max(1.0),
            unit: None,
            per: None,
            warn: Limit::Relative(0.1),
            error: Limit::Relative(0.2),
        };
        Policy { targets: vec![target], ..Policy::default() }
    }

    fn rule(suite: Option<&str>, benchmark: Option<&str>, metric: Option<&str>) -> Policy {
        let own = |text: Option<&str>| text.map(str::to_owned);
        let rule =
            Rule { suite: own(suite), benchmark: own(benchmark), metric: own(metric), ..Rule::default() };
        Policy { rules: vec![rule], ..Policy::default() }
    }

    /// A run of `fast` is judged where `slow` has stored runs and `nightly` is configured and never ran.
    #[track_caller]
    fn check(policy: &Policy, in_run: &str, in_project: &str) {
        let (_folder, mut store) = scratch_store();
        let mut slow = run(1, &[("import", 1.0)]);
        slow.suite = "slow".to_owned();
        append(&mut store, &slow);
        let fast = run(2, &[("orders/price", 1.0), ("sums::sorted::1000", 1.0), ("sums::sorted::9", 1.0)]);
        let text = |complaints: Vec<Complaint>| {
            complaints.into_iter().map(|one| one.message).collect::<Vec<_>>().join("\n")
        };
        let configured = ["fast", "slow", "nightly"];
        let misfits = misfits_of_run(Some(&store), &fast, policy, &configured);
        assert_eq!(text(misfits.expect("the store is read")), in_run, "in the run");
        append(&mut store, &fast);
        let misfits = misfits_of_project(&store, "p", policy, &configured);
        assert_eq!(text(misfits.expect("the store is read")), in_project, "in the project");
    }

    #[track_caller]
    fn check_both(policy: &Policy, expected: &str) {
        check(policy, expected, expected);
    }

    #[test]
    fn what_was_probably_meant_is_named() {
        check_both(
            &target(None, "orders/pric", "time"),
            "target T fits no series: no benchmark is called `orders/pric`; did you mean `orders/price`?",
        );
        check_both(
            &target(None, "orders/price", "tme"),
            "target T fits no series: no metric is called `tme`; did you mean `time`?",
        );
        check_both(
            &rule(None, Some("sorted"), None),
            "the rule for benchmark sorted fits no series: no benchmark is called `sorted`; did you mean `*sorted*`, as in \
             `sums::sorted::1000`?",
        );
        check_both(
            &rule(Some("fast"), Some("price"), None),
            "the rule for suite fast, benchmark price fits no series: no benchmark is called `price`; did you mean `orders/price`?",
        );
        check_both(
            &rule(None, Some("Sorted"), None),
            "the rule for benchmark Sorted fits no series: no benchmark is called `Sorted`; did you mean `sums::sorted::1000`?",
        );
        check_both(
            &target(Some("fast"), "parse", "time"),
            "target T fits no series: no benchmark is called `parse`; there are `orders/price`, `sums::sorted::1000`, \
             `sums::sorted::9`",
        );
    }

    #[test]
    fn what_fits_or_may_fit_elsewhere_is_left_alone() {
        check_both(&target(None, "orders/*", "time"), "");
        check_both(&target(None, "import", "time"), "");
        check_both(&rule(None, None, Some("ti*")), "");
        check_both(&rule(None, None, None), "");
        // It may be for the suite that was never measured.
        check_both(&target(None, "parse", "time"), "");
        check_both(&target(Some("nightly"), "parse", "time"), "");
        check_both(&target(Some("weekly"), "parse", "time"), "");
    }

    #[test]
    fn a_suite_is_warned_of_what_is_its_own() {
        let of_slow = "target T fits no series: no benchmark is called `imprt`; did you mean `import`?";
        check(&target(Some("slow"), "imprt", "time"), "", of_slow);
        check(
            &target(Some("fsat"), "orders/price", "time"),
            "target T fits no series: no suite is called `fsat`; did you mean `fast`?",
            "",
        );
    }
}
