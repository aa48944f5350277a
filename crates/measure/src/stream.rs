//! One of a command's two output streams.

use std::io::{self, PipeReader, Read, Write};
use std::os::fd::OwnedFd;

use plimsoll_model::Complaint;

use crate::capture::{Capture, Output};

/// One of the command's two output streams.
pub(crate) struct Stream {
    /// Where it comes from; nothing after its end.
    pub(crate) pipe: Option<PipeReader>,
    capture: Capture,
    buffer: Vec<u8>,
    failure: Option<io::Error>,
}

impl Stream {
    /// Listens to `pipe` and keeps at most `capture_limit_bytes`.
    pub(crate) fn new(pipe: Option<OwnedFd>, capture_limit_bytes: usize) -> Self {
        Self {
            pipe: pipe.map(PipeReader::from),
            capture: Capture::new(capture_limit_bytes),
            buffer: vec![0; 64 << 10],
            failure: None,
        }
    }

    /// Reads what is there, keeps it and passes it on.
    pub(crate) fn pass(&mut self, sink: &mut dyn Write) {
        let Some(pipe) = &mut self.pipe else {
            return;
        };
        match pipe.read(&mut self.buffer) {
            Ok(0) => self.pipe = None,
            Ok(count) => {
                let bytes = &self.buffer[..count];
                self.capture.push(bytes);
                if self.failure.is_none() {
                    self.failure = sink.write_all(bytes).and_then(|()| sink.flush()).err();
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                self.failure = Some(error);
                self.pipe = None;
            }
        }
    }

    /// What was captured, with complaints about what was not.
    pub(crate) fn take(&mut self, name: &str, complaints: &mut Vec<Complaint>) -> Output {
        let output = std::mem::replace(&mut self.capture, Capture::new(0)).finish();
        let mut complain = |message: String| {
            complaints.push(Complaint::new(message).in_source(name));
        };
        if output.omitted_bytes > 0 {
            complain(format!(
                "{} bytes in the middle of the output were left out; {} are kept",
                output.omitted_bytes,
                output.bytes.len() - 1
            ));
        }
        if let Some(error) = &self.failure {
            complain(format!("the command's output could not be passed on: {error}"));
        }
        output
    }
}
