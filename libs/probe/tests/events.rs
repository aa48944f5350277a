//! Warnings and summaries as events of `tracing`.
#![cfg(not(feature = "disabled"))]

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use plimsoll_probe::{Direction, Tracker, tracker};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Keeps what it hears: level, target, fields.
#[derive(Clone, Default)]
struct Listener(Arc<Mutex<Vec<String>>>);

impl Listener {
    fn heard(&self, tracked: impl FnOnce()) -> Vec<String> {
        tracing::subscriber::with_default(self.clone(), tracked);
        std::mem::take(&mut self.0.lock().expect("a lock"))
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "plimsoll"
    }

    fn event(&self, event: &Event<'_>) {
        let mut text = Text(format!("{} {}", event.metadata().level(), event.metadata().target()));
        event.record(&mut text);
        self.0.lock().expect("a lock").push(text.0);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {}={value:?}", field.name()).expect("writing to a text cannot fail");
    }
}

const SUMMARY: &str = concat!(
    r#"{"format":"plimsoll.summary/1","project":"p","suite":"build","testbed":"t","branch":"main","run":"r","commit":null,"#,
    r#""measured_at":"2026-11-21T04:38:00Z","verdict":"pass","index":97.3,"alerts":1,"series":[{"#,
    r#""benchmark":"build","parameters":{},"metric":"cost","unit":"USD","direction":"lower","value":1,"verdict":"new","#,
    r#""severity":null,"baseline":{"center":1,"spread":0.1,"runs":9},"warn_beyond":1.5,"error_beyond":2,"target":null,"#,
    r#""trend":[1]}]}"#
);

#[test]
fn a_run_tells_its_warnings_and_its_summary_once() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("v1-summary.jsonl"), SUMMARY).expect("a file");
    let mut heard = Listener::default().heard(|| {
        let tracker = Tracker::builder("build").spool(folder.path()).start();
        tracker.declare("hits", "ratio", Direction::Higher).target_min(0.9).target_id("H-1");
        tracker.record("hits", 0.5);
        tracker.snapshot();
        tracker.record("cost", 3.0);
        tracker.finish();
        tracker.finish();
    });
    let summary = heard.pop().expect("a summary");
    assert_eq!(
        heard,
        [
            "WARN plimsoll message=build#hits is 50 %, below its target H-1 of 90 % series=\"build#hits\" metric=\"hits\" \
             unit=\"ratio\" value=0.5 target=0.9",
            "ERROR plimsoll message=build#cost is $3, x3.00 against its baseline of $1 over 9 runs series=\"build#cost\" \
             metric=\"cost\" unit=\"USD\" value=3.0 baseline=1.0",
            "WARN plimsoll message=1 alert of build is live: `plimsoll alert ls` shows it",
        ]
    );
    assert!(summary.starts_with("INFO plimsoll message=build: 0."), "{summary}");
    assert!(
        summary.ends_with("| performance 0 of 100 (1 of 4) | 1 alert name=\"build\" index=0.0 alerts=1"),
        "{summary}"
    );
}

#[test]
fn dropping_a_tracker_tells_too_and_the_process_tells_no_summary() {
    let folder = tempfile::tempdir().expect("a folder");
    let heard = Listener::default().heard(|| {
        drop(Tracker::builder("dropped").spool(folder.path()).start());
        tracker().write_to(None);
        tracker().record("x", 1.0);
        tracker().finish();
    });
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert!(heard[0].starts_with("INFO plimsoll message=dropped: "), "{heard:?}");
}
