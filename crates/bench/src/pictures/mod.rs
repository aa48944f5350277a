//! Pictures of how judging decides, drawn from what the engine itself does with made-up histories; and the table of what it can
//! see at all. The documentation holds them, `cargo xtask docs` renews them.

mod chart;
mod detectable;
mod evidence;
mod loss;
mod quiet;
mod step;

/// A picture that cannot be drawn: the engine did not do what it is to show.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the history of the picture {picture} does not show {what}: choose another seed")]
pub struct PictureError {
    /// Which one.
    picture: &'static str,
    /// What had to be seen.
    what: &'static str,
}

/// What a picture is made by.
type Draw = fn() -> Result<Picture, PictureError>;

/// The pictures by name.
const PICTURES: [(&str, Draw); 4] =
    [("step", step::draw), ("quiet", quiet::draw), ("loss", loss::draw), ("evidence", evidence::draw)];

/// A picture for a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// As SVG.
    pub svg: String,
    /// What it shows, in a sentence or two for those who do not see it.
    pub description: String,
}

/// The picture of this name, if there is one.
pub fn picture(name: &str) -> Option<Result<Picture, PictureError>> {
    let found = PICTURES.iter().find(|(other, _)| *other == name);
    found.map(|(_, draw)| draw())
}

/// What can be seen at all, as a table in Markdown: the smallest step that is found nine times in ten, by how many runs the series
/// has.
pub fn detectable_table() -> String {
    detectable::table()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_whole_and_the_same_each_time() {
        for (name, _) in PICTURES {
            let drawn = picture(name).expect("it is listed");
            let drawn = drawn.expect("its history shows what it is to show");
            assert!(drawn.svg.starts_with("<svg ") && drawn.svg.ends_with("</svg>\n"), "{name}");
            assert!(drawn.svg.contains(&format!("<desc id=\"desc\">{}</desc>", drawn.description)), "{name}");
            assert!(drawn.svg.contains("prefers-color-scheme: dark"), "{name}");
            assert!(!drawn.svg.contains("NaN") && !drawn.svg.contains("inf"), "{name}");
            assert_eq!(picture(name), Some(Ok(drawn)));
        }
        assert_eq!(picture("no such"), None);
    }
}
