//! `awsesame broker run`: runs the broker in the foreground.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use awsesame_core::fault::{BrokerFault, Fault};

use super::super::{Runner, seconds};
use crate::broker::address::{self, Choice};
use crate::broker::answer::Responder;
use crate::broker::given::Given;
use crate::broker::lease::Lease;
use crate::broker::log::Log;
use crate::broker::place::BrokerPaths;
use crate::broker::renew::Renewals;
use crate::broker::server::Server;
use crate::broker::socket;
use crate::os::file;
use crate::os::hardening;
use crate::os::limits;
use crate::ui;

/// Run the broker in the foreground, until Ctrl-C
#[derive(Debug, clap::Args)]
pub(super) struct Run {
    /// End it when no program has asked for this long (`30m`)
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    idle_exit: Option<u32>,
    /// Take another port, and a new token, from now on
    #[arg(long)]
    new_port: bool,
    /// As `broker start` runs it: say nothing here, write a log
    #[arg(long, hide = true)]
    background: bool,
    /// Begun anew already, without the files that whoever started us had open
    #[arg(long, hide = true)]
    alone: bool,
}

impl Run {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        hardening::be_alone();
        if self.background && !self.alone {
            leave_files_behind(runner)?;
        }
        if self.background {
            // The broker leaves the terminal, so that Ctrl-C there does not end it and no question appears there.
            let _ = rustix::process::setsid();
        }
        let (context, state) = (runner.context, runner.state()?);
        let place = BrokerPaths::meant(&state, context);
        file::make_folder(place.folder())?;
        let lease = Lease::take(&place)?;
        let given = Given::take()?;
        let choice = if self.new_port { Choice::New } else { Choice::Keep };
        let own_port = given.tcp.is_none();
        let (tcp, token) = match given.tcp {
            // systemd kept the socket open all the time, so no other program received the token; and the program for
            // which the broker was started may have read it a moment ago.
            Some(tcp) => (tcp, address::old_token(&place)?),
            None => (address::listen(&place, choice)?, None),
        };
        let token = token.map_or_else(|| address::new_token(&place), Ok)?;
        let port = tcp.local_addr().map_err(|error| BrokerFault::Silent { why: file::words(&error) })?.port();
        let own_socket = given.unix.is_none();
        let unix = given.unix.map_or_else(|| socket::listen(&place.socket()), Ok)?;
        let log = if self.background { Log::to_file(place.log(), context) } else { Log::to_stderr(context) };
        let log = Arc::new(log);
        let renewals = Renewals::new(state.clone(), context, Arc::clone(&log));
        if place.far().is_none() {
            renewals.watch()?;
        }
        let responder = Arc::new(Responder {
            state,
            far: place.far().map(Path::to_owned),
            context,
            renewals,
            log: Arc::clone(&log),
            port,
            token,
            shared: runner.config()?.words("broker.shared", None),
            since: context.now(),
            served: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| limits::or_bug(&error, "no runtime"))?;
        let whose =
            place.far().map_or_else(String::new, |far| format!(" for the one behind `{}`", far.display()));
        log.say(&format!(
            "the broker answers at http://127.0.0.1:{port}{whose} (pid {})",
            std::process::id()
        ));
        if self.background {
            ui::leave_the_terminal();
        }
        let idle_exit = self.idle_exit.map(|seconds| Duration::from_secs(u64::from(seconds)));
        let ended = runtime.block_on(Server { responder, idle_exit, lease: &lease }.serve(tcp, unix));
        // While this process holds the lease, the files are its own. Those of a killed broker are deleted by the next
        // one.
        if own_port && lease.is_in_its_place() {
            // A program that listens at the port from now on must not receive the token or a request.
            let _ = file::remove(&place.token());
        }
        if own_socket {
            let _ = file::remove(&place.socket());
        }
        drop(lease);
        ended.map(|()| ExitCode::SUCCESS)
    }
}

/// Starts the broker again without the inherited file descriptors. A lock of the shell or the build that started the
/// broker must not be held for as long as the broker runs.
fn leave_files_behind(runner: &Runner<'_>) -> Result<(), Fault> {
    close_fds::set_fds_cloexec(3, &[]);
    let program = runner.context.own_program();
    let mut again = std::process::Command::new(&program);
    again.arg0("awsesame").args(std::env::args_os().skip(1)).arg("--alone");
    let error = again.exec();
    Err(file::not_started(&program, &error))
}
