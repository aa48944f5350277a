//! What holds for any names and any width.

use plimsoll_model::{Complaint, RunVerdict, SeriesVerdict, Unit};
use proptest::prelude::*;
use unicode_width::UnicodeWidthStr;

use crate::sample::{closed, evaluation, run_view, screen, series};

proptest! {
    #[test]
    fn no_line_is_wider_than_the_screen(
        names in prop::collection::vec("\\PC{0,40}|[a-z/]{1,90}|[日本語 %]{1,40}|\\x1b\\[[0-9]{1,3}m.{0,9}", 1..6),
        unit in "[a-z]{1,60}",
        width in 20_usize..160,
        is_unicode in any::<bool>(),
    ) {
        let all = names
            .iter()
            .map(|name| {
                let mut one = series(name, 1e6, 1.5e6, SeriesVerdict::Regressed);
                one.unit = Unit::normalise(&unit).0;
                one
            })
            .collect();
        let evaluation = evaluation(all, RunVerdict::Regressed);
        let complaints: Vec<Complaint> = names.iter().map(Complaint::new).collect();
        let screen = plimsoll_report::Screen { unicode: is_unicode, ..screen(width) };
        let text = run_view(&evaluation, &closed(), &[], &complaints).terminal(&screen, true);
        for line in text.lines() {
            prop_assert!(line.width() <= width, "{} > {width}: {line:?}", line.width());
            prop_assert!(!line.contains(char::is_control), "{line:?}");
            prop_assert!(is_unicode || line.is_ascii(), "{line:?}");
            prop_assert!(!line.ends_with(' '), "{line:?}");
        }
    }

    #[test]
    fn json_stays_json_and_markdown_stays_in_its_rows(name in "\\PC{0,60}|.{0,60}") {
        let evaluation = evaluation(
            vec![series(&name, 1e6, 1.5e6, SeriesVerdict::Regressed)],
            RunVerdict::Regressed,
        );
        let gate = closed();
        let view = run_view(&evaluation, &gate, &[], &[]);
        let value: serde_json::Value = serde_json::from_str(&view.json()).unwrap();
        prop_assert_eq!(value["series"][0]["benchmark"].as_str(), Some(name.as_str()));
        let markdown = view.markdown();
        let row = markdown.lines().find(|line| line.starts_with("| 🟡")).unwrap();
        let bars = row.matches('|').count() - row.matches("\\|").count();
        prop_assert_eq!(bars, 8, "{}", row);
        let mut reader = csv::ReaderBuilder::new().from_reader(std::io::Cursor::new(view.csv()));
        prop_assert_eq!(reader.records().filter_map(Result::ok).count(), 1);
    }
}
