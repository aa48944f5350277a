//! Which settings hold, and who made them.

use serde::Serialize;

use crate::json;
use crate::screen::{Page, Screen};
use crate::style::Span;
use crate::table::{Column, Table};

/// The name and version of the format.
const FORMAT: &str = "plimsoll.settings/1";

/// Settings, each with where it came from. Rendered by [`SettingsView::terminal`] and [`SettingsView::json`].
#[derive(Debug, Clone, Copy, Serialize)]
pub struct SettingsView<'a> {
    /// The settings, in the order to be shown.
    pub settings: &'a [ListedSetting<'a>],
}

/// One setting.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ListedSetting<'a> {
    /// Its name: `policy.warn`.
    pub key: &'a str,
    /// Its value, as TOML.
    pub value: &'a str,
    /// Where it came from: a flag, a variable, a line of a file, or `default`.
    pub origin: &'a str,
}

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    #[serde(flatten)]
    content: &'a SettingsView<'a>,
}

impl SettingsView<'_> {
    /// A line a setting.
    pub fn terminal(&self, screen: &Screen) -> String {
        let mut page = Page::new(screen);
        let mut table = Table::new(
            screen,
            vec![
                Column::left("setting", Column::ALWAYS),
                Column::long_name("value", 40),
                Column::left("from", 2),
            ],
        );
        for setting in self.settings {
            table.row(vec![
                vec![Span::plain(setting.key)],
                vec![Span::plain(setting.value)],
                vec![Span::quiet(setting.origin)],
            ]);
        }
        table.write(0, &mut page);
        page.finish()
    }

    /// `plimsoll.settings/1` in one line.
    pub fn json(&self) -> String {
        json::document(&Document { format: FORMAT, content: self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    #[test]
    fn settings_are_shown_with_their_origin() {
        let view = SettingsView {
            settings: &[
                ListedSetting { key: "policy.warn", value: "\"10%\"", origin: "default" },
                ListedSetting { key: "project.name", value: "\"demo\"", origin: "plimsoll.toml:3" },
            ],
        };
        let screen = Screen { width: 100, color: false, unicode: true, now: Timestamp::UNIX_EPOCH };
        insta::assert_snapshot!(view.terminal(&screen), @r#"
    setting       value   from
    policy.warn   "10%"   default
    project.name  "demo"  plimsoll.toml:3
    "#);
        insta::assert_snapshot!(view.json(), @r#"{"format":"plimsoll.settings/1","settings":[{"key":"policy.warn","value":"\"10%\"","origin":"default"},{"key":"project.name","value":"\"demo\"","origin":"plimsoll.toml:3"}]}"#);
    }
}
