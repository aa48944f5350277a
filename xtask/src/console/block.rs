//! What a document says should happen.

/// One fenced block with what was said before it.
#[derive(Debug, PartialEq, Eq)]
pub struct Block {
    /// The line of the opening fence.
    pub line: usize,
    /// Programs without which it cannot run.
    pub needs: Vec<String>,
    /// Hidden preparation and shown commands, in order.
    pub pieces: Vec<Piece>,
}

/// Something to run.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// Shell lines that are not shown.
    Setup(String),
    /// A command with what it prints.
    Command {
        /// Its line in the document.
        line: usize,
        /// The command, continuation lines joined by newlines.
        text: String,
        /// What it prints, as a pattern.
        expected: String,
    },
}

/// The console blocks of a document.
pub fn read(document: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut setups: Vec<Piece> = Vec::new();
    let mut needs: Vec<String> = Vec::new();
    let mut lines = document.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let trimmed = line.trim();
        if let Some(comment) = trimmed.strip_prefix("<!--") {
            let comment = rest_of_comment(comment, &mut lines);
            if let Some(shell) = comment.trim().strip_prefix("setup:") {
                setups.push(Piece::Setup(shell.trim().to_owned()));
            } else if let Some(programs) = comment.trim().strip_prefix("needs:") {
                needs.extend(programs.split_whitespace().map(str::to_owned));
            }
        } else if let Some(language) = trimmed.strip_prefix("```") {
            let inside: Vec<(usize, &str)> =
                lines.by_ref().take_while(|(_, line)| !line.trim().starts_with("```")).collect();
            if language.trim() == "console" {
                let mut pieces = std::mem::take(&mut setups);
                pieces.extend(commands(&inside));
                blocks.push(Block { line: index + 1, needs: std::mem::take(&mut needs), pieces });
            }
        }
    }
    blocks
}

/// The text of an HTML comment up to its end, which may be lines further down.
fn rest_of_comment<'text>(
    first: &'text str,
    lines: &mut impl Iterator<Item = (usize, &'text str)>,
) -> String {
    let mut comment = String::new();
    let mut line = first;
    loop {
        if let Some((before, _)) = line.split_once("-->") {
            comment.push_str(before);
            return comment;
        }
        comment.push_str(line);
        comment.push('\n');
        match lines.next() {
            Some((_, next)) => line = next,
            None => return comment,
        }
    }
}

fn commands(lines: &[(usize, &str)]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for (index, line) in lines {
        if let Some(command) = line.strip_prefix("$ ") {
            pieces.push(Piece::Command {
                line: index + 1,
                text: command.to_owned(),
                expected: String::new(),
            });
        } else if let Some(Piece::Command { text, expected, .. }) = pieces.last_mut() {
            match line.strip_prefix("> ") {
                Some(continuation) if expected.is_empty() => {
                    text.push('\n');
                    text.push_str(continuation);
                }
                _ => {
                    expected.push_str(line);
                    expected.push('\n');
                }
            }
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(document: &str, expected: &[Block]) {
        assert_eq!(read(document), expected);
    }

    fn command(line: usize, text: &str, expected: &str) -> Piece {
        Piece::Command { line, text: text.to_owned(), expected: expected.to_owned() }
    }

    #[test]
    fn only_console_blocks_are_read() {
        check("```sh\n$ rm -rf x\n```\n", &[]);
        check(
            "text\n```console\n$ echo a\na\n$ cat <<'E'\n> b\n> E\nb\n```\n```toml\nx = 1\n```\n",
            &[Block {
                line: 2,
                needs: vec![],
                pieces: vec![command(3, "echo a", "a\n"), command(5, "cat <<'E'\nb\nE", "b\n")],
            }],
        );
    }

    #[test]
    fn comments_prepare_the_next_block() {
        check(
            "<!-- setup: mkdir a -->\n<!-- setup:\ncd a\ntouch b\n-->\n<!-- needs: jq git -->\n<!-- a remark -->\n\
             ```console\n$ ls\n```\n",
            &[Block {
                line: 8,
                needs: vec!["jq".to_owned(), "git".to_owned()],
                pieces: vec![
                    Piece::Setup("mkdir a".to_owned()),
                    Piece::Setup("cd a\ntouch b".to_owned()),
                    command(9, "ls", ""),
                ],
            }],
        );
    }
}
