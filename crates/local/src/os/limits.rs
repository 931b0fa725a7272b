//! Reads the limits of this process, and checks whether one is exhausted. A library may panic if it does not get what
//! it needs; that is not a bug of ours.

use std::fs::File;

use awsesame_core::fault::{Fault, Resource};
use rustix::io::Errno;
use rustix::process::{Resource as Limit, getrlimit};

/// The number of files that a library may open at once.
const AT_ONCE: usize = 4;

/// Returns the limit that an error of the system is about, if it is about one.
pub fn reached(error: &std::io::Error) -> Option<Fault> {
    let resource = match Errno::from_raw_os_error(error.raw_os_error()?) {
        Errno::MFILE => Resource::OpenFiles,
        // The C library also returns this error if there is no memory for a stack.
        Errno::AGAIN if most(Resource::Memory).is_some() => Resource::Memory,
        Errno::AGAIN => Resource::Processes,
        Errno::NOMEM => Resource::Memory,
        _ => return None,
    };
    Some(fault_of(resource))
}

/// Returns the fault for an exhausted resource, with the limit of this process.
pub fn fault_of(resource: Resource) -> Fault {
    Fault::LimitReached { resource, most: most(resource) }
}

/// Returns the limit that is used up at this moment, by trying what is allowed.
pub fn used_up() -> Option<Fault> {
    let open: Result<Vec<File>, std::io::Error> = (0..AT_ONCE).map(|_| File::open("/dev/null")).collect();
    if let Some(fault) = open.err().and_then(|error| reached(&error)) {
        return Some(fault);
    }
    let error = std::thread::Builder::new().spawn(|| ()).map(std::thread::JoinHandle::join).err()?;
    reached(&error)
}

/// Returns the limit that an error of the system is about, or else the bug that it is to us.
pub fn or_bug(error: &std::io::Error, what: &str) -> Fault {
    reached(error).unwrap_or_else(|| Fault::Bug { what: format!("{what}: {error}") })
}

/// Returns the limit of a resource for this process, or None if there is no limit.
fn most(resource: Resource) -> Option<u64> {
    match resource {
        Resource::OpenFiles => getrlimit(Limit::Nofile).current,
        Resource::Memory => getrlimit(Limit::As).current.map(|bytes| bytes / 1024),
        Resource::Processes => {
            let own = getrlimit(Limit::Nproc).current;
            [own, most_in_container()].into_iter().flatten().min()
        }
    }
}

/// Returns the process limit of this process's control group, or None if no limit is found.
fn most_in_container() -> Option<u64> {
    let groups = std::fs::read_to_string("/proc/self/cgroup").ok()?;
    let folder = groups.lines().find_map(|line| line.strip_prefix("0::"))?;
    let most = std::fs::read_to_string(format!("/sys/fs/cgroup{folder}/pids.max")).ok()?;
    most.trim().parse().ok()
}
