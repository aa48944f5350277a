//! What a parser is given to read.

use std::io::Read;

use jiff::Timestamp;

/// A named stream of bytes. The caller opened it; a parser reads it once, from front to back.
pub struct Input<'a> {
    /// The path or `-`, for complaints, and for formats whose files are told apart by name.
    pub name: &'a str,
    /// When it was last changed, if it is a file.
    pub modified: Option<Timestamp>,
    /// The bytes.
    pub reader: &'a mut dyn Read,
}
