//! The sandbox as a value that is started, used and dropped. The command `serve` and the tests use it. It is
//! synchronous, and has its own runtime on its own threads.

use std::borrow::Borrow;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use crate::clock::Clock;
use crate::http::code::{Code, code};
use crate::http::fault::{Fault, Faults};
use crate::http::server::{Endpoint, accept};
use crate::http::shared::{Shared, lock};
use crate::log::{Log, LogEntry};
use crate::wire::encoding::base32;
use crate::world::World;
use crate::world::fixture::Fixture;
use crate::world::totp;

/// The region of the first endpoint.
const REGION: &str = "us-east-1";

/// The options with which a sandbox is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The port on 127.0.0.1. With 0, a free one is chosen.
    pub port: u16,
    /// The minimum duration of a session, in seconds. It is 900 in AWS, and lower in tests.
    pub min_duration: u32,
    /// The time by which the server's clock is ahead of the machine's, in seconds.
    pub clock_offset: i64,
}

impl Default for Options {
    fn default() -> Self {
        Self { port: 0, min_duration: 900, clock_offset: 0 }
    }
}

/// A running sandbox; dropped, it stops.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    pub(crate) shared: Arc<Shared>,
    pub(crate) runtime: Option<Runtime>,
}

impl Sandbox {
    /// Starts the sandbox on 127.0.0.1, on its own threads.
    ///
    /// # Errors
    /// The function fails if the port is taken or no thread can be started.
    pub fn start(fixture: impl Borrow<Fixture>, options: Options) -> io::Result<Self> {
        let clock = Clock::new(options.clock_offset);
        let shared = Arc::new(Shared {
            world: Mutex::new(World::new(fixture.borrow(), clock.now())),
            clock,
            faults: Mutex::new(Faults::default()),
            log: Mutex::new(Log::default()),
            min_duration: options.min_duration,
            regions: Mutex::default(),
        });
        let runtime =
            Builder::new_multi_thread().worker_threads(2).thread_name("sandbox").enable_all().build()?;
        // Bound before this returns, so that the first client finds it.
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)))?;
        let address = listener.local_addr()?;
        let endpoint = Endpoint { region: REGION.to_owned(), port: address.port() };
        runtime.spawn(accept(listener, endpoint, Arc::clone(&shared)));
        Ok(Self { address, shared, runtime: Some(runtime) })
    }

    /// Returns the address `http://127.0.0.1:PORT`, for `AWS_ENDPOINT_URL`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the current code of a user's first device that gives codes, or of the device with a serial number.
    ///
    /// # Panics
    /// The function panics if there is no such device.
    pub fn code(&self, who: &str) -> String {
        self.code_at(who, 0)
    }

    /// Returns the code of the time `steps` times 30 seconds from now.
    ///
    /// # Panics
    /// The function panics if there is no such device.
    pub fn code_at(&self, who: &str, steps: i64) -> String {
        let step = totp::step_at(self.shared.clock.now()) + steps;
        let world = lock(&self.shared.world);
        let device = world.device(who).expect("the fixture has this device");
        device.code(step)
    }

    /// Returns a code that was not spent yet and will be accepted now. If there is none, it waits for the next step.
    ///
    /// # Panics
    /// The function panics if there is no such device.
    pub fn fresh_code(&self, who: &str) -> String {
        loop {
            match code(&self.shared, who, true) {
                // A code about to leave the window could be too late when it arrives.
                Code::Good(code, left) if left > 2 - totp::STEP => return code,
                Code::Good(..) => std::thread::sleep(Duration::from_millis(200)),
                Code::Wait(seconds) => std::thread::sleep(Duration::from_secs(seconds.unsigned_abs())),
                Code::Nobody => panic!("`{who}` has no device that gives codes"),
            }
        }
    }

    /// Returns all answered requests, oldest first.
    pub fn log(&self) -> Vec<LogEntry> {
        lock(&self.shared.log).entries()
    }

    /// Returns the number of times that `action` (such as `GetSessionToken`) was called, successfully or not.
    pub fn count(&self, action: &str) -> usize {
        lock(&self.shared.log).count(action)
    }

    /// Returns the ID and the secret of a user's first access key.
    ///
    /// # Panics
    /// The function panics if the user has none.
    pub fn access_key(&self, user: &str) -> (String, String) {
        let world = lock(&self.shared.world);
        let (id, key) = world
            .keys
            .iter()
            .find(|(_, key)| key.user == user)
            .expect("the fixture gives this user an access key");
        (id.clone(), key.secret.clone())
    }

    /// Returns the secrets that do not expire: access keys, the seeds of devices in base32, and passwords. Tests search
    /// for them in places where none may be.
    pub fn lasting_secrets(&self) -> Vec<String> {
        let world = lock(&self.shared.world);
        let keys = world.keys.values().map(|key| key.secret.clone());
        let devices = world.accounts.values().flat_map(|account| account.devices.values());
        let seeds = devices.filter(|device| device.gives_codes()).map(|device| base32(device.seed()));
        let users = world.accounts.values().flat_map(|account| account.users.values());
        let people = world.center.iter().flat_map(|center| center.people.values());
        let passwords = users.map(|user| &user.password).chain(people.map(|person| &person.password));
        let passwords = passwords.flatten().filter_map(|password| password.text.clone());
        keys.chain(seeds).chain(passwords).collect()
    }

    /// Returns the secret and the token of every session that was issued so far, and all tokens of sign-ins.
    pub fn issued_secrets(&self) -> Vec<String> {
        let world = lock(&self.shared.world);
        let of_sessions =
            world.sessions.values().flat_map(|session| [session.secret.clone(), session.token.clone()]);
        let signed_in = world.sign_ins.sessions.keys().chain(world.sign_ins.refresh_tokens.keys());
        let portal = world.center.iter().flat_map(|center| {
            let clients = center.clients.values().map(|client| &client.secret);
            clients.chain(center.access_tokens.keys()).chain(center.refresh_tokens.keys())
        });
        let tokens = world.signin_tokens.keys().chain(signed_in).chain(portal).cloned();
        of_sessions.chain(tokens).collect()
    }

    /// Orders a fault for the next call of `action`, or of any action (`*`). Several faults apply in the given order.
    pub fn fail_next(&self, action: &str, fault: Fault) {
        lock(&self.shared.faults).order(action, fault);
    }

    /// Throttles every `n`th call of IAM, STS and Organizations from now on; 0 ends the throttling.
    pub fn throttle_every(&self, n: u32) {
        lock(&self.shared.faults).throttle_every(n);
    }

    /// Sets the time that credential reports take, in seconds. With `None` they are never ready.
    pub fn set_report_delay(&self, seconds: Option<u32>) {
        lock(&self.shared.world).report_delay = seconds;
    }

    /// Sets the server's clock this many seconds ahead of the machine's clock.
    pub fn set_clock_offset(&self, seconds: i64) {
        self.shared.clock.set_offset(seconds);
    }

    /// Limits the lifetime of new sessions to `seconds`, whatever is requested. `None` restores the behavior of AWS.
    pub fn set_lifetime(&self, seconds: Option<u32>) {
        lock(&self.shared.world).lifetime = seconds;
    }

    /// Makes new access keys fail for their first calls, as in AWS until all its servers know them.
    pub fn set_key_lag(&self, calls: u32) {
        lock(&self.shared.world).key_lag = calls;
    }

    /// Records a use of a user's first access key for a service at the current time.
    pub fn note_use(&self, user: &str, service: &'static str) {
        let now = self.shared.clock.now();
        let mut world = lock(&self.shared.world);
        if let Some((_, key)) = world.keys.iter_mut().find(|(_, key)| key.user == user) {
            key.last_used = Some((now, service.into(), "us-east-1".to_owned()));
        }
    }

    /// Returns the IDs of a user's access keys in the order of their creation, each with true if it is active.
    pub fn access_keys(&self, user: &str) -> Vec<(String, bool)> {
        let world = lock(&self.shared.world);
        let mut keys: Vec<_> = world.keys.iter().filter(|(_, key)| key.user == user).collect();
        keys.sort_by_key(|(_, key)| key.created);
        keys.into_iter().map(|(id, key)| (id.clone(), key.active)).collect()
    }

    /// Waits for SIGINT or SIGTERM.
    ///
    /// # Errors
    /// When the signals cannot be listened for.
    pub fn wait_for_signal(&self) -> io::Result<()> {
        use tokio::signal::unix::{SignalKind, signal};
        let Some(runtime) = &self.runtime else { return Ok(()) };
        runtime.block_on(async {
            let mut interrupt = signal(SignalKind::interrupt())?;
            let mut terminate = signal(SignalKind::terminate())?;
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            Ok(())
        })
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // The runtime does not wait, because a connection may hang on order.
            runtime.shutdown_background();
        }
    }
}
