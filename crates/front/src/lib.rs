//! The hot path: it answers from a fresh session, or starts the full program instead. It reads no config file, asks
//! nobody, writes nothing and makes no network call. In every case that is not plainly a fresh session, the full
//! program decides and explains, so this file contains no error messages.

pub mod arena;

mod handed;

use std::ffi::{OsStr, OsString};
use std::io::IsTerminal as _;
use std::os::fd::{AsRawFd, IntoRawFd};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use awsesame_core::fault::{Exit, Fault};
use awsesame_core::name::Subject;
use awsesame_core::render::facts;
use awsesame_core::render::{Exports, Format, process};
use awsesame_core::session::exported::is_withheld;
use awsesame_core::session::pin::Pin;
use awsesame_core::session::seal::SealedSession;
use awsesame_core::session::servable::{Demands, servable};
use awsesame_core::session::standing::Standing;
use awsesame_core::session::{Header, Inputs, Kind, Session, file_stem};
use awsesame_core::text::template::Template;

use awsesame_local::deliver;
use awsesame_local::os::context::{Context, wants_json};
use awsesame_local::os::file::words;
use awsesame_local::os::zone;
use awsesame_local::standing::{opens, standing};
use awsesame_local::state::State;
use awsesame_local::store;
use awsesame_local::ui;
use awsesame_local::version;
use rustix::process::{Resource, getrlimit};

/// A request that the front may be able to answer.
#[derive(Debug, PartialEq, Eq)]
enum Ask<'a> {
    Env(Format),
    Process,
    Direnv,
    Exec(&'a [OsString]),
    Check,
    Status(Option<Template<'a>>),
}

/// A command line that the front understands.
#[derive(Debug, PartialEq, Eq)]
struct Request<'a> {
    ask: Ask<'a>,
    profile: Option<&'a str>,
    account: Option<&'a str>,
    role: Option<&'a str>,
}

/// The file descriptor of stdout.
const STDOUT: i32 = 1;

/// Answers the request, or becomes the full program. Returns the exit code.
pub fn run(arguments: &[OsString], context: Context) -> u8 {
    // The kernel would end us by a signal in the middle of an answer, and the full program handles that signal.
    if getrlimit(Resource::Fsize).current.is_some() {
        return become_full(arguments);
    }
    if version::is_asked(arguments) {
        // The version is that of the front itself: `doctor` and the installer ask both programs.
        return printed(version::LINE, 0);
    }
    if let Some(request) = read(arguments)
        && let Some(code) = answer(&request, context)
    {
        return code;
    }
    become_full(arguments)
}

/// The flags that the front knows, by all their names.
const FLAGS: [&[&str]; 7] = [
    &["-p", "--profile"],
    &["--account"],
    &["--role"],
    &["--format"],
    &["--via"],
    &["--no-input"],
    &["--prompt"],
];

/// Reads the few command lines that the front answers; anything else is `None`.
fn read(arguments: &[OsString]) -> Option<Request<'_>> {
    let mut words = arguments.iter();
    let ask = match words.next()?.to_str()? {
        "env" => Ask::Env(Format::Bash),
        "process" => Ask::Process,
        "exec" => Ask::Exec(&[]),
        "check" => Ask::Check,
        "status" => Ask::Status(None),
        "direnv" if words.next()? == "export" => Ask::Direnv,
        _ => return None,
    };
    let mut request = Request { ask, profile: None, account: None, role: None };
    let mut seen = 0_u8;
    while let Some(word) = words.next() {
        let word = word.to_str()?;
        let (flag, joined) = match word.split_once('=') {
            Some((flag, value)) if flag.starts_with("--") => (flag, Some(value)),
            _ => (word, None),
        };
        // A flag that is given twice, or a value that looks like a flag, is left to the full program.
        let bit = FLAGS.iter().position(|names| names.contains(&flag)).map_or(0, |at| 1 << at);
        if seen & bit != 0 {
            return None;
        }
        seen |= bit;
        let plain = |value: &&str| !value.starts_with('-');
        let mut value = || joined.or_else(|| words.next()?.to_str().filter(plain));
        match (flag, &mut request.ask) {
            ("-p" | "--profile", _) => request.profile = Some(value()?),
            ("--format", Ask::Env(format)) => *format = Format::parse(value()?).ok()?,
            ("--format", Ask::Status(template)) => *template = Some(Template::parse(value()?).ok()?),
            ("--no-input", Ask::Status(_)) if joined.is_none() => {}
            // The flags below apply only to requests that deliver credentials.
            (_, Ask::Status(_)) => return None,
            ("--account", _) => request.account = Some(value()?),
            ("--role", _) => request.role = Some(value()?),
            ("--via", Ask::Exec(_) | Ask::Direnv) if value()? == "env" => {}
            // Neither changes what a fresh session answers.
            ("--no-input", _) | ("--prompt", Ask::Direnv) if joined.is_none() => {}
            ("--", Ask::Exec(command)) => {
                *command = words.as_slice();
                return (!command.is_empty()).then_some(request);
            }
            (name, _) if !name.starts_with('-') && seen & 1 == 0 => {
                // As good as the flag.
                seen |= 1;
                request.profile = Some(word);
            }
            _ => return None,
        }
    }
    // An exec without a command is the full program's to explain, and the table of sessions its own to draw.
    (!matches!(request.ask, Ask::Exec(_) | Ask::Status(None))).then_some(request)
}

fn answer(request: &Request<'_>, context: Context) -> Option<u8> {
    if context.var("AWSESAME_BROKER").is_some() {
        // The sessions are another machine's.
        return None;
    }
    let pin = match request.ask {
        // A project's `use awsesame` line is the whole pin: what an outer folder exported is not its own.
        Ask::Direnv => Pin {
            account: request.account.map(awsesame_core::name::AccountId::new),
            role: request.role.map(str::to_owned),
        },
        _ => context.pin(request.account, request.role),
    };
    let state = State::at(context.folders().state().ok()?);
    if let Ask::Status(Some(template)) = &request.ask {
        return status(template, request.profile, &state, context);
    }
    let endpoint = context.var("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if request.ask == Ask::Check && endpoint.is_some_and(|url| !is_withheld(&url)) {
        // The full program checks whether the endpoint is a broker that no longer runs.
        return None;
    }
    let session = fresh(request.profile, &pin, &state, context)?;
    if matches!(request.ask, Ask::Env(_))
        && session.header.kind == Kind::SignIn
        && std::io::stderr().is_terminal()
    {
        // A session of fifteen minutes should be refreshed in another way, which the full program explains to the
        // person.
        return None;
    }
    let text = match request.ask {
        Ask::Env(format) => Exports::of(&session).over(|name| context.var(name)).render(format),
        Ask::Process => process(&session),
        Ask::Direnv => deliver::direnv::served(&session, &pin, &state, context),
        Ask::Exec(command) => {
            let fault = deliver::exec::replace(command, Exports::of(&session), context);
            return Some(told(&fault));
        }
        Ask::Check => return Some(0),
        Ask::Status(_) => return None,
    };
    Some(printed(&text, 0))
}

/// Prints the line for `status --format`, from the stored session, and returns exit code 3 if the session is not fresh.
fn status(template: &Template<'_>, profile: Option<&str>, state: &State, context: Context) -> Option<u8> {
    const LOGIN_NEEDED: u8 = Exit::LoginNeeded as u8;
    let subject = context.subject(profile);
    let now = context.now();
    let (header, standing) = if let Some(found) = opened(&subject, state, now) {
        found
    } else {
        let Some(sealed) = state.session(&subject).ok()? else { return Some(LOGIN_NEEDED) };
        let header = sealed.ok()?.header().clone();
        if header.subject != subject {
            return None;
        }
        let standing = standing(state, &header, now).ok()??;
        (header, standing)
    };
    let line = template.fill(|field| facts::field(field, &header, standing, now, zone::here));
    Some(printed(&(line + "\n"), if standing == Standing::Fresh { 0 } else { LOGIN_NEEDED }))
}

/// Returns the header and the state of the session, if its file can be read and the available key opens it.
fn opened(subject: &Subject, state: &State, now: i64) -> Option<(Header, Standing)> {
    let sealed = state.shared_session(&file_stem(subject)).ok()??.ok()?;
    let header = sealed.header().clone();
    let standing = Standing::of(Ok(()), &header, now)?;
    (header.subject == *subject && opens(state, sealed)).then_some((header, standing))
}

/// Writes the requested text to stdout, and returns the exit code.
fn printed(text: &str, code: u8) -> u8 {
    match write_out(text.as_bytes()) {
        Ok(()) => code,
        // A closed pipe needs no message.
        Err(rustix::io::Errno::PIPE) => 1,
        Err(error) => {
            ui::fault(&Fault::Output { why: words(&error.into()) });
            1
        }
    }
}

/// Returns the session, if it is certain that it may be served.
fn fresh(profile: Option<&str>, pin: &Pin, state: &State, context: Context) -> Option<Session> {
    let subject = context.subject(profile);
    let id = file_stem(&subject);
    let inputs = context.inputs(profile);
    let good = |sealed| good(sealed, &subject, pin, &inputs, state, context);
    // Only where the home is seen from several keyrings, there is a second place.
    let shared = state.shared_session(&id).ok().flatten().and_then(Result::ok);
    shared.and_then(good).or_else(|| state.own_session(&id).ok().flatten()?.ok().and_then(good))
}

/// Returns the session of a file, if it is certain that it may be served.
fn good(
    sealed: SealedSession,
    subject: &Subject,
    pin: &Pin,
    inputs: &Inputs,
    state: &State,
    context: Context,
) -> Option<Session> {
    let header = sealed.header();
    let stamps = context.stamps_as(header).ok()?;
    let store = context.var("AWSESAME_STORE");
    let demands = Demands {
        subject: Some(subject),
        resolved_from: Some((&stamps, inputs)),
        store: store.as_deref(),
        not_due: true,
        pin: Some(pin),
        ..Demands::at(context.now())
    };
    servable(header, &demands).ok()?;
    let key = store::key_in(&*store::open(header.store.as_deref()?, state).ok()?).ok()??;
    sealed.open(&key).ok()
}

/// Prints the only fault that can occur here, a command that cannot be run, and returns its exit code.
fn told(fault: &Fault) -> u8 {
    ui::fault(fault);
    deliver::exec::code(fault)
}

/// Writes directly to the descriptor. std's buffer would keep a copy of the keys, and it would not be flushed without
/// the runtime, which the front does not use.
fn write_out(mut text: &[u8]) -> rustix::io::Result<()> {
    while !text.is_empty() {
        match rustix::io::write(rustix::stdio::stdout(), text) {
            Ok(written) => text = &text[written..],
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn become_full(arguments: &[OsString]) -> u8 {
    // Rust's runtime would open `/dev/null` for a closed stdout, and nobody would notice that the output was lost.
    if let Err(rustix::io::Errno::BADF) = rustix::io::fcntl_getfd(rustix::stdio::stdout()) {
        leave_stdout_closed();
    }
    let full = full_path();
    let mut command = Command::new(&full);
    command.arg0("awsesame");
    match handed::over(arguments) {
        Some((words, code)) => command.args(words).stdin(code),
        None => command.args(arguments),
    };
    let error = command.exec();
    let missing = error.kind() == std::io::ErrorKind::NotFound;
    let fault =
        Fault::CannotRun { program: full.to_string_lossy().into_owned(), why: words(&error), missing };
    if wants_json(arguments) {
        ui::fault_json(&fault, None);
    }
    ui::fault(&fault);
    1
}

/// Opens `/dev/null` for reading in place of a closed stdout, so that every write to stdout still fails.
fn leave_stdout_closed() {
    use rustix::fs::{Mode, OFlags};
    if let Ok(nothing) = rustix::fs::open("/dev/null", OFlags::RDONLY, Mode::empty()) {
        // The new file may have this descriptor already, because it is the lowest free one.
        if nothing.as_raw_fd() == STDOUT {
            let _ = nothing.into_raw_fd();
        } else {
            let _ = rustix::stdio::dup2_stdout(nothing);
        }
    }
}

/// Returns the path of the full program: beside the front, or in the `libexec` folder where packages install it.
fn full_path() -> PathBuf {
    const FULL: &str = "awsesame-full";
    let own = std::env::current_exe().unwrap_or_default();
    let beside = own.with_file_name(FULL);
    let packaged = own.parent().and_then(|bin| bin.parent()).map(|prefix| prefix.join("libexec").join(FULL));
    match packaged {
        Some(packaged) if !beside.exists() && packaged.exists() => packaged,
        _ => beside,
    }
}

/// Returns true if the front would try to answer a command line. Tests and docs use it.
pub fn understands(arguments: &[&str]) -> bool {
    let arguments: Vec<OsString> = arguments.iter().map(OsStr::new).map(OsStr::to_owned).collect();
    read(&arguments).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_front_answers_only_what_it_fully_understands() {
        for (line, understood) in [
            ("env", true),
            ("env -p dev --format fish", true),
            ("env --profile=dev --format=json", true),
            ("env --format csh", false),
            ("env --json", false),
            ("env --max-age 15m", false),
            ("process --no-input --account 123456789012", true),
            ("direnv export dev --prompt --role deploy", true),
            ("direnv export dev other", false),
            ("direnv install", false),
            ("direnv export dev -p other", false),
            ("env -p --no-input", false),
            ("env -p dev -p other", false),
            ("env --no-input --no-input", false),
            ("exec -p dev -- true", true),
            ("exec --via broker -- true", false),
            ("exec -- ", false),
            ("exec true", false),
            ("login", false),
            ("check", true),
            ("check -p dev --account 123456789012", true),
            ("check --for 30m", false),
            ("check --json", false),
            ("status", false),
            ("status -p dev", false),
            ("status --format {profile}", true),
            ("status --format={left} -p dev", true),
            ("status --format {profle}", false),
            ("status --format {profile} --account 123456789012", false),
            ("status --format {profile} --watch", false),
            ("status --watch", false),
            ("", false),
        ] {
            let words: Vec<&str> = line.split_whitespace().collect();
            assert_eq!(understands(&words), understood, "{line}");
        }
    }
}
