//! Resident memory of this process, as the kernel counts it.

use std::fs;

/// Resident memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResidentMemory {
    /// Now.
    pub current_bytes: u64,
    /// The most there ever was in this process.
    pub peak_bytes: u64,
}

impl ResidentMemory {
    /// What the kernel says now; `None` where it cannot be asked (it can on Linux).
    pub fn now() -> Option<Self> {
        Self::parse(&fs::read_to_string("/proc/self/status").ok()?)
    }

    fn parse(status: &str) -> Option<Self> {
        let bytes = |field: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(field))?;
            let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
            kilobytes.checked_mul(1024)
        };
        let current_bytes = bytes("VmRSS:")?;
        // The two are read one after the other: memory may have grown in between.
        Some(Self { current_bytes, peak_bytes: bytes("VmHWM:")?.max(current_bytes) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_counts_in_kilobytes() {
        let status = "Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\nThreads:\t1\n";
        let expected = ResidentMemory { current_bytes: 1 << 20, peak_bytes: 2 << 20 };
        assert_eq!(ResidentMemory::parse(status), Some(expected));
        assert_eq!(ResidentMemory::parse("VmRSS: many kB"), None);
        assert_eq!(ResidentMemory::parse(""), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_has_memory() {
        let memory = ResidentMemory::now().expect("Linux tells");
        assert!(memory.current_bytes > 100_000 && memory.peak_bytes >= memory.current_bytes);
    }
}
