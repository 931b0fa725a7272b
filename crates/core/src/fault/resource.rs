//! The resources of the system that a limit can exhaust.

/// A resource of which a process may use only a limited amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// The limit of open files (`RLIMIT_NOFILE`).
    OpenFiles,
    /// The limit of processes and threads (`RLIMIT_NPROC`, or a container's).
    Processes,
    /// The memory limit (`RLIMIT_AS`), in KiB.
    Memory,
}

impl Resource {
    /// Returns the name, with the limit if it is known.
    pub(super) fn words(self, most: Option<u64>) -> String {
        let (name, unit) = match self {
            Self::OpenFiles => ("open files", ""),
            Self::Processes => ("processes", ""),
            Self::Memory => ("memory", " KiB"),
        };
        match most {
            Some(most) => format!("{name} than the limit of {most}{unit} allows"),
            None => format!("{name} than the system gives it"),
        }
    }

    /// Returns the next command to type.
    pub(super) const fn hint(self) -> &'static str {
        match self {
            Self::OpenFiles => "allow more in this shell: ulimit -n 1024",
            Self::Processes => "see what is allowed here: ulimit -u; cat /sys/fs/cgroup/pids.max",
            Self::Memory => "allow more in this shell: ulimit -v unlimited",
        }
    }
}
