//! Many users of one sandbox, each with AWS files and a state folder of their own, so that a test can log in hundreds
//! of times without waiting for the next code.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use awsesame_sandbox::{Fixture, Options};
use tempfile::TempDir;

use crate::member::Member;
use crate::world::World;

/// The account of everybody here.
pub(crate) const ACCOUNT: &str = "123456789012";
/// Longer than anything that is not a hang.
const LIMIT: Duration = Duration::from_mins(1);

/// The users, and the world that they live in.
pub(crate) struct Crowd {
    world: World,
    /// A folder outside HOME, because the watchdog searches HOME for secrets.
    keys: TempDir,
    next: AtomicUsize,
    size: usize,
}

impl Crowd {
    /// Creates this many users, each with a device, who may assume the role `deploy`.
    pub(crate) fn of(size: usize) -> Self {
        let fixture = Fixture::parse(&fixture(size)).unwrap();
        let keys = tempfile::tempdir().unwrap();
        Self { world: World::of(&fixture, Options::default()), keys, next: AtomicUsize::new(0), size }
    }

    pub(crate) fn world(&self) -> &World {
        &self.world
    }

    /// Returns the folder with the long-term keys.
    pub(crate) fn keys(&self) -> &Path {
        self.keys.path()
    }

    /// Returns a user that no test has used.
    pub(crate) fn newcomer(&self) -> Member<'_> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        assert!(number < self.size, "the crowd has {} users only", self.size);
        Member::new(self, name(number))
    }
}

fn name(number: usize) -> String {
    format!("user{number}")
}

fn fixture(size: usize) -> String {
    let everything = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let anybody_here = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole",
        "Principal":{"AWS":"arn:aws:iam::123456789012:root"}}}"#;
    let mut text = format!(
        "[[account]]\nid = \"{ACCOUNT}\"\n\
         [[role]]\nname = \"deploy\"\ntrust = '''{anybody_here}'''\n\
         [[group]]\nname = \"everybody\"\npolicies.Everything = '''{everything}'''\n"
    );
    for number in 0..size {
        let user = name(number);
        let _ = write!(
            text,
            "[[user]]\nname = \"{user}\"\ngroups = [\"everybody\"]\n\
             access_key = {{ id = \"{}\", secret = \"{}\" }}\n\
             devices = [{{ serial = \"{}\", seed = \"{}\" }}]\n",
            key_id(&user),
            key_secret(&user),
            serial(&user),
            seed(number),
        );
    }
    text
}

pub(crate) fn key_id(user: &str) -> String {
    format!("AKIA{:A>16}", user.to_uppercase())
}

pub(crate) fn key_secret(user: &str) -> String {
    format!("{user:/<40}")
}

pub(crate) fn serial(user: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:mfa/{user}")
}

/// Returns a seed of its own in base32.
fn seed(number: usize) -> String {
    let letters = format!("{number:0>8}");
    letters.bytes().map(|digit| char::from(b'A' + (digit - b'0'))).collect::<String>().repeat(4)
}

/// Runs a command to its end.
#[track_caller]
pub(crate) fn finish(mut command: Command) -> Output {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    let pid = rustix::process::Pid::from_child(&child);
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    let Ok(output) = receiver.recv_timeout(LIMIT) else {
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        panic!("{command:?} did not end");
    };
    output.unwrap()
}

/// Returns true if a text ends in the two lines of an error, with only remarks before them.
pub(crate) fn two_lines(text: &str) -> bool {
    let lines: Vec<&str> = text.lines().collect();
    let [remarks @ .., error, hint] = lines.as_slice() else { return false };
    let remark = |line: &&str| line.starts_with("awsesame: ") || line.starts_with("warning: ");
    remarks.iter().all(remark) && error.starts_with("error: ") && hint.starts_with("hint: ")
}

/// Returns the time in Unix seconds.
pub(crate) fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

/// Does something with each of a list, on as many threads as the machine has
/// processors.
pub(crate) fn for_each<T: Sync, R: Send>(list: &[T], step: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some(item) = list.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.push(step(item));
        }
        done
    };
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    })
}

/// Returns a function that is true until a deadline.
pub(crate) fn until(seconds: u64) -> impl Fn() -> bool + Sync {
    let end = Instant::now() + Duration::from_secs(seconds);
    move || Instant::now() < end
}
