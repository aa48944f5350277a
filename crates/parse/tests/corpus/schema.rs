//! The JSON Schema of `plimsoll.run/1` fits what is written and what is read.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics, in its helpers too")]

use jiff::Timestamp;
use plimsoll_model::{Context, Outcome, Run, format};
use serde_json::{Value, json};

use crate::cases::cases;

/// Why `value` does not fit `schema`, a part of `root`; `None` when it fits.
fn misfit(root: &Value, schema: &Value, value: &Value) -> Option<String> {
    let Some(keywords) = schema.as_object() else {
        return (schema == false).then(|| format!("{value} may not be there"));
    };
    keywords.iter().find_map(|(keyword, rule)| match keyword.as_str() {
        "$schema" | "$defs" | "title" | "description" | "default" | "format" => None,
        "additionalProperties" => other_properties(root, schema, rule, value),
        "$ref" => {
            let pointer = rule.as_str().unwrap().strip_prefix('#').unwrap();
            misfit(root, root.pointer(pointer).unwrap(), value)
        }
        "anyOf" | "oneOf" => {
            let misfits: Vec<_> = list(rule).iter().map(|one| misfit(root, one, value)).collect();
            let fitting = misfits.iter().filter(|misfit| misfit.is_none()).count();
            let is_right = fitting == 1 || keyword == "anyOf" && fitting > 0;
            (!is_right).then(|| format!("{value} fits {fitting} alternatives: {misfits:?}"))
        }
        "properties" => {
            let properties = rule.as_object().unwrap().iter();
            properties
                .filter_map(|(name, part)| Some((part, value.get(name)?)))
                .find_map(|(part, value)| misfit(root, part, value))
        }
        "items" => value.as_array()?.iter().find_map(|item| misfit(root, rule, item)),
        "required" => {
            let missing = list(rule).iter().find(|name| value.get(name.as_str().unwrap()).is_none())?;
            Some(format!("{missing} is missing in {value}"))
        }
        _ => (!holds(keyword, rule, value)).then(|| format!("{keyword} {rule} does not hold of {value}")),
    })
}

fn other_properties(root: &Value, schema: &Value, rule: &Value, value: &Value) -> Option<String> {
    let is_known = |name: &str| schema["properties"].get(name).is_some();
    value
        .as_object()?
        .iter()
        .filter(|(name, _)| !is_known(name))
        .find_map(|(_, value)| misfit(root, rule, value))
}

/// Keywords that look at one value alone. One that is not listed here must be added.
fn holds(keyword: &str, rule: &Value, value: &Value) -> bool {
    let at_most = |length: Option<usize>| length.is_none_or(|length| length as u64 <= rule.as_u64().unwrap());
    match keyword {
        "type" => match rule {
            Value::Array(types) => types.iter().any(|one| is_a(value, one)),
            one => is_a(value, one),
        },
        "const" => value == rule,
        "enum" => list(rule).contains(value),
        "minimum" => value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap()),
        "minLength" => {
            value.as_str().is_none_or(|text| text.chars().count() as u64 >= rule.as_u64().unwrap())
        }
        "maxLength" => at_most(value.as_str().map(|text| text.chars().count())),
        "maxItems" => at_most(value.as_array().map(Vec::len)),
        "maxProperties" => at_most(value.as_object().map(serde_json::Map::len)),
        other => panic!("the schema uses `{other}`, which this test does not know"),
    }
}

fn is_a(value: &Value, name: &Value) -> bool {
    match name.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("no type is called {other}"),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

#[track_caller]
fn check(name: &str, text: &str) {
    let schema = format::run::schema();
    let document = serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(misfit(&schema, &schema, &document), None, "{name}");
}

#[test]
fn what_is_written_of_any_harness_fits() {
    let mut written = 0;
    for case in cases() {
        let Ok(parsed) = case.parse_as(case.harness) else { continue };
        let mut runs = parsed.runs;
        runs.push(Run {
            id: case.name.clone(),
            project: "p".to_owned(),
            suite: "s".to_owned(),
            session: None,
            outcome: Outcome::TimedOut,
            context: Context::new("t", Timestamp::UNIX_EPOCH),
            measurements: parsed.measurements,
            allocators: Vec::new(),
            notes: Vec::new(),
            complaints: parsed.complaints,
            unknown: Default::default(),
        });
        for run in runs {
            check(&case.name, &format::run::write(&run).unwrap());
            written += 1;
        }
    }
    assert!(written > 50, "{written}");
}

#[test]
fn a_run_that_was_written_by_hand_fits() {
    let all = cases();
    let case = all.iter().find(|case| case.name == "plimsoll-run/1/one").unwrap();
    check(&case.name, &String::from_utf8_lossy(&case.files[0].1));
}

#[test]
fn what_is_no_run_does_not_fit() {
    let schema = format::run::schema();
    let with = |name: &str, value: Value| {
        let mut document = json!({"format": "plimsoll.run/1", "measurements": [{"benchmark": "b", "metric": "time", "value": 1.5}]});
        document[name] = value;
        misfit(&schema, &schema, &document)
    };
    assert_eq!(with("colour", json!("blue")), None);
    for (name, value) in [
        ("format", json!("plimsoll.run/2")),
        ("outcome", json!("exploded")),
        ("project", json!("")),
        ("context", json!({"testbed": "t"})),
        ("measurements", json!([{"benchmark": "b", "metric": "time", "value": "fast"}])),
        ("measurements", json!([{"benchmark": "b", "metric": "time"}])),
        ("measurements", json!([{"benchmark": "b", "metric": "time", "value": 1, "direction": "up"}])),
        ("measurements", json!([{"benchmark": "b", "metric": "time", "value": 1, "parameters": {"n": 8}}])),
    ] {
        assert!(with(name, value.clone()).is_some(), "{name} {value}");
    }
}
