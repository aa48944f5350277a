//! Old history joins the new name.

use wildmatch::WildMatch;

/// Pairs of patterns, old name first: `parse_v1/*` became `parse/*`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Renames(Vec<(String, String)>);

impl Renames {
    /// The pairs, old pattern first. A pattern may hold one `*`, whose text is carried over.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(pairs.into_iter().collect())
    }

    /// What a benchmark that is now called `name` was called before, the newest of its old names first.
    pub fn old_names(&self, name: &str) -> Vec<String> {
        self.0.iter().rev().filter_map(|(old, new)| substitute(new, old, name)).collect()
    }

    /// What a benchmark that was called `name` is called now, if it was renamed.
    pub fn new_name(&self, name: &str) -> Option<String> {
        self.0.iter().rev().find_map(|(old, new)| substitute(old, new, name))
    }
}

/// If `name` fits `pattern`, what it becomes in `template`: the text of the `*` is carried over.
fn substitute(pattern: &str, template: &str, name: &str) -> Option<String> {
    if pattern == name {
        return Some(template.to_owned());
    }
    let (head, tail) = pattern.split_once('*')?;
    if !WildMatch::new(pattern).matches(name) {
        return None;
    }
    let middle = name.strip_prefix(head)?.strip_suffix(tail)?;
    Some(template.replacen('*', middle, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_carried_both_ways() {
        let renames = Renames::new([
            ("parse_v1/*".to_owned(), "parse/*".to_owned()),
            ("old".to_owned(), "new".to_owned()),
        ]);
        assert_eq!(renames.old_names("parse/json"), ["parse_v1/json"]);
        assert_eq!(renames.new_name("parse_v1/json").as_deref(), Some("parse/json"));
        assert_eq!(renames.old_names("new"), ["old"]);
        assert_eq!(renames.old_names("render"), [""; 0]);
        assert_eq!(renames.new_name("parse"), None);
    }
}
