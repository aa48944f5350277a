//! What a developer of the project runs.
fn main() {}
