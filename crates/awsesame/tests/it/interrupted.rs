//! Tests fifty callers at once, some of which are suspended by Ctrl-Z, stopped or killed at random moments: nobody
//! waits longer than the limit, each code makes one call, and no code is lost.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant, SystemTime};

use rustix::process::{Pid, Signal, kill_process};

use crate::crowd::{Crowd, finish, for_each, key_id, now, two_lines, until};
use crate::long::is_long;
use crate::member::{Keys, Member};
use crate::pty::Pty;

/// The number of callers of each kind in a round: those on a terminal, those that wait for a session, those with a
/// code, and those that read from a pipe that says nothing.
const ON_A_TERMINAL: usize = 36;
const WAITING: usize = 8;
const WITH_A_CODE: usize = 2;
const MUTE: usize = 4;
/// The limit that the callers on a terminal are given, in seconds.
const LIMIT: u64 = 10;
/// The time limit for everybody: a wait for the question, the question, a wait for the call, and a margin for a slow
/// machine.
const LONGEST: Duration = Duration::from_secs(3 * LIMIT + 15);

/// Numbers that are the same for the same seed.
struct Dice(u64);

impl Dice {
    /// Returns a random number below another one.
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end).unwrap()).unwrap()
    }
}

/// Starts the callers on a terminal, in a job of their own that Ctrl-Z suspends and the shell continues.
fn on_a_terminal<'c>(member: &Member<'c>) -> Pty<'c> {
    let caller = "echo $$ >pid.$0; exec awsesame env --format json >out.$0 2>err.$0";
    let callers = format!(
        "i=0; while [ $i -lt {ON_A_TERMINAL} ]; do
             {{ sh -c '{caller}' $i; echo $? >code.$i; }} & i=$((i+1))
         done; wait"
    );
    // `fg` gives the terminal to the job by the shell's stderr, which must be the terminal.
    let script = "set -m; modes=$(stty -g); cd \"$XDG_STATE_HOME\"; sh -c \"$0\"
         while jobs %1 >/dev/null 2>&1; do sleep 0.3 & wait $!; fg %1 >/dev/null; done
         stty \"$modes\"; echo everybody is done";
    let run = member.program("bash").args(&["--norc", "-c", script, &callers]);
    let run = run.env("AWSESAME_PROMPT_TIMEOUT", format!("{LIMIT}s")).spreads_credentials();
    run.limit(Duration::from_mins(2)).pty()
}

/// One caller that a round may interrupt.
struct Caller {
    child: Child,
    stopped: bool,
    killed: bool,
}

impl Caller {
    fn start(member: &Member<'_>, arguments: &[&str]) -> Self {
        let mut command = member.awsesame(arguments);
        let child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        Self { child: child.spawn().unwrap(), stopped: false, killed: false }
    }
}

/// The result of a round.
#[derive(Default)]
struct Outcome {
    longest: Duration,
    interruptions: usize,
    killed: usize,
    served: usize,
}

/// Sends a signal to one of the callers on a terminal, if it has begun and not ended.
fn interrupt(member: &Member<'_>, number: usize, signal: Signal) -> bool {
    let ended = member.file(&format!("code.{number}")).exists();
    let pid = std::fs::read_to_string(member.file(&format!("pid.{number}"))).unwrap_or_default();
    let pid = pid.trim().parse().ok().and_then(Pid::from_raw).filter(|_| !ended);
    pid.is_some_and(|pid| kill_process(pid, signal).is_ok())
}

fn round(crowd: &Crowd, seed: u64) -> Outcome {
    let member = crowd.newcomer();
    let mut dice = Dice(seed);
    let mut outcome = Outcome::default();
    let codes = [0, 1, 2].map(|which| member.any_code(which));
    let mut terminal = on_a_terminal(&member);
    let mut others: Vec<Caller> = Vec::new();
    others.extend((0..MUTE).map(|_| Caller::start(&member, &["login", "-"])));
    others.extend((0..WAITING).map(|_| Caller::start(&member, &["wait", "--timeout", "1m"])));
    let (mut stopped, mut killed) = ([false; ON_A_TERMINAL], [false; ON_A_TERMINAL]);
    let (mut codes_given, mut suspended) = (0, false);
    let mut to_give = codes.iter();
    // Until everybody has begun, and a little longer.
    let moments = 14 + dice.below(10);
    for moment in 0..moments {
        std::thread::sleep(Duration::from_millis(u64::try_from(20 + dice.below(200)).unwrap()));
        let number = dice.below(ON_A_TERMINAL);
        match dice.below(10) {
            0..=2 if interrupt(&member, number, Signal::KILL) => killed[number] = true,
            3..=5 if interrupt(&member, number, Signal::STOP) => stopped[number] = true,
            6 if !std::mem::replace(&mut suspended, true) => terminal.send("\u{1a}"),
            7 => {
                let other = dice.below(others.len());
                let pid = Pid::from_child(&others[other].child);
                let kills = dice.below(2) == 0;
                let signal = if kills { Signal::KILL } else { Signal::STOP };
                if others[other].child.try_wait().unwrap().is_none() && kill_process(pid, signal).is_ok() {
                    others[other].killed |= kills;
                    others[other].stopped |= !kills;
                }
            }
            8 | 9 if moment > 4 => {
                if let Some(code) = to_give.next() {
                    codes_given += 1;
                    if codes_given <= WITH_A_CODE {
                        others.push(Caller::start(&member, &["login", code]));
                    } else {
                        terminal.send(&format!("{code}\r"));
                    }
                }
            }
            _ => continue,
        }
        outcome.interruptions += 1;
    }
    let what = format!("round {seed}");
    // Now a member logs in that is not interrupted. This must work even if others are stopped.
    if member.served().is_none() {
        codes_given += 1;
        let code = member.code();
        let begun = Instant::now();
        let output = finish(member.awsesame(&["login", &code]));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{what}: a code was lost: {said}");
        assert!(begun.elapsed() < LONGEST, "{what}: the login took {:?}", begun.elapsed());
    }
    // A process that was not stopped does not depend on others any more.
    let patience = until(LONGEST.as_secs());
    let left = |stopped: &[bool]| {
        (0..ON_A_TERMINAL)
            .filter(|number| !stopped[*number] && !member.file(&format!("code.{number}")).exists())
            .collect::<Vec<_>>()
    };
    while !left(&stopped).is_empty() {
        if !patience() {
            let left = left(&stopped);
            panic!("{what}: these wait: {left:?}\n{}\n{}", terminal.transcript(), remains(&member, &left));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    for (number, _) in stopped.iter().enumerate().filter(|(_, stopped)| **stopped) {
        interrupt(&member, number, Signal::CONT);
    }
    for caller in others.iter_mut().filter(|caller| caller.stopped) {
        let _ = kill_process(Pid::from_child(&caller.child), Signal::CONT);
    }
    let patience = until(LONGEST.as_secs());
    while !left(&[false; ON_A_TERMINAL]).is_empty() && patience() {
        std::thread::sleep(Duration::from_millis(20));
    }
    let late = left(&[false; ON_A_TERMINAL]);
    assert!(
        late.is_empty(),
        "{what}: these did not wake: {late:?}\n{}\n{}",
        terminal.transcript(),
        remains(&member, &late)
    );
    terminal.wait().ok();
    look_at_ends(&member, &stopped, &killed, &what, &mut outcome);
    look_at_others(others, &what);
    let own = key_id(&member.name);
    let log = crowd.world().sandbox().log();
    let calls = log.iter().filter(|entry| entry.action == "GetSessionToken");
    let calls = calls.filter(|entry| entry.access_key.as_deref() == Some(&own)).count();
    assert!(calls <= codes_given, "{what}: {calls} calls with {codes_given} codes");
    assert!(member.served().is_some(), "{what}: the session is gone");
    member.drop_key();
    outcome
}

/// Describes the processes that are left of a round: those of these callers, and all that belong to their terminal.
fn remains(member: &Member<'_>, left: &[usize]) -> String {
    let read = |path: String| std::fs::read_to_string(path).unwrap_or_else(|error| error.to_string());
    let mut text = String::new();
    let mut sessions = BTreeSet::new();
    let session = |pid: &str| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        stat.rsplit_once(") ")?.1.split(' ').nth(3).map(str::to_owned)
    };
    for number in left {
        let pid = read(member.file(&format!("pid.{number}")).display().to_string());
        let said = read(member.file(&format!("err.{number}")).display().to_string());
        let _ = writeln!(text, "caller {number}: pid {}, said: {said:?}", pid.trim());
        sessions.extend(session(pid.trim()));
    }
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let pid = entry.file_name().to_string_lossy().into_owned();
        if !session(&pid).is_some_and(|session| sessions.contains(&session)) {
            continue;
        }
        let of = |name: &str| read(format!("/proc/{pid}/{name}")).trim().replace('\0', " ");
        let files = std::fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
        let files: Vec<String> = files
            .map(|file| std::fs::read_link(file.path()).unwrap_or_default().display().to_string())
            .collect();
        let _ = writeln!(
            text,
            "--- {pid}: {}\nstat {}\nwchan {} syscall {}\nstack {}\n{}\nfiles {files:?}",
            of("cmdline"),
            of("stat"),
            of("wchan"),
            of("syscall"),
            of("stack"),
            of("status")
                .lines()
                .filter(|line| line.starts_with("Sig") || line.starts_with("Shd"))
                .collect::<Vec<_>>()
                .join(" "),
        );
    }
    let locks = std::fs::read_dir(member.state_folder().join("locks")).into_iter().flatten().flatten();
    for lock in locks {
        let _ = writeln!(text, "lock {:?}: {:?}", lock.file_name(), read(lock.path().display().to_string()));
    }
    text
}

/// Checks how the callers on a terminal ended.
fn look_at_ends(member: &Member<'_>, stopped: &[bool], killed: &[bool], what: &str, outcome: &mut Outcome) {
    for number in 0..ON_A_TERMINAL {
        let (code, took, said) = end(member, number);
        match code {
            0 => {
                let out = std::fs::read(member.file(&format!("out.{number}"))).unwrap();
                assert!(Keys::printed(&out).is_some(), "{what}: {number} has half an answer: {said}");
                outcome.served += 1;
            }
            // The limit was reached, the process that asked gave up, or a code was typed twice.
            1 | 3 => assert!(two_lines_at_the_end(&said), "{what}: {number}: {said}"),
            137 => assert!(killed[number], "{what}: {number} was killed by nobody"),
            other => panic!("{what}: {number} ended with {other}: {said}"),
        }
        outcome.killed += usize::from(killed[number]);
        if !stopped[number] {
            assert!(took <= LONGEST, "{what}: {number} took {took:?}");
            outcome.longest = outcome.longest.max(took);
        }
    }
}

/// Checks how the others ended: those with a silent pipe, those that waited, those with a code.
fn look_at_others(others: Vec<Caller>, what: &str) {
    for (index, mut caller) in others.into_iter().enumerate() {
        drop(caller.child.stdin.take());
        let output = caller.child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        match output.status.code() {
            None => assert!(caller.killed, "{what}: {:?}", output.status),
            Some(code) if index < MUTE => assert_eq!(code, 2, "{what}: {said}"),
            // A waiting process looks once more at the end, even if it was stopped for a long time.
            Some(code) if index < MUTE + WAITING => assert_eq!(code, 0, "{what}: {said}"),
            Some(0) => {}
            Some(_) => assert!(two_lines(&said), "{what}: {said}"),
        }
    }
}

/// Returns the exit code of one of the callers on a terminal, the time that it took, and its messages.
fn end(member: &Member<'_>, number: usize) -> (i32, Duration, String) {
    let (begun, ended) = (member.file(&format!("pid.{number}")), member.file(&format!("code.{number}")));
    let time = |path: &std::path::Path| std::fs::metadata(path).unwrap().modified().unwrap();
    let took = |begun: SystemTime| time(&ended).duration_since(begun).unwrap_or_default();
    let code = std::fs::read_to_string(&ended).unwrap().trim().parse().unwrap();
    let said = std::fs::read_to_string(member.file(&format!("err.{number}"))).unwrap_or_default();
    (code, took(time(&begun)), said)
}

/// Returns true if a text ends in the two lines of an error. A question may come before them.
fn two_lines_at_the_end(text: &str) -> bool {
    let lines: Vec<&str> = text.lines().collect();
    matches!(lines.as_slice(), [.., error, hint] if error.contains("error: ") && hint.starts_with("hint: "))
}

#[test]
fn nobody_waits_beyond_the_limit_and_no_code_is_lost_whoever_is_stopped_or_killed() {
    let rounds = std::env::var("AWSESAME_ROUNDS").ok().and_then(|rounds| rounds.parse().ok());
    let rounds = rounds.unwrap_or(if is_long() { 1_000 } else { 3 });
    let crowd = Crowd::of(rounds);
    let first = u64::try_from(now()).unwrap();
    let seeds: Vec<u64> = (0..rounds).map(|round| first * 1_000 + u64::try_from(round).unwrap()).collect();
    let outcomes = for_each(&seeds, |seed| round(&crowd, *seed));
    let sum = |of: fn(&Outcome) -> usize| outcomes.iter().map(of).sum::<usize>();
    let longest = outcomes.iter().map(|outcome| outcome.longest).max().unwrap_or_default();
    eprintln!(
        "{rounds} rounds of {} callers: {} interruptions, {} killed, {} served; the longest wait took {longest:?}",
        ON_A_TERMINAL + WAITING + WITH_A_CODE + MUTE,
        sum(|outcome| outcome.interruptions),
        sum(|outcome| outcome.killed),
        sum(|outcome| outcome.served),
    );
    assert!(sum(|outcome| outcome.interruptions) > rounds && sum(|outcome| outcome.served) > rounds);
}
