//! The floor of every process: it says hello.

#[expect(clippy::print_stdout, reason = "that is all it does")]
fn main() {
    println!("hello");
}
