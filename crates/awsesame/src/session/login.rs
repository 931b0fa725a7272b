//! Exchanges one code for one session: who may be asked, which device the code is from, and whether the ledger accepts
//! it. The module `story` calls it while it holds the lock.

use std::time::Duration;

use aws_sdk_sts::config::Credentials as Signer;
use awsesame_core::answer::translate::Answer;
use awsesame_core::fault::{Fault, NoSession};
use awsesame_core::name::{AccessKeyId, AccountId, Serial, TokenCode, arn_field};
use awsesame_core::plan::{Devices, Hop, Plan, Root, choose_devices};
use awsesame_core::session::Session;
use awsesame_core::session::ledger::{self, Verdict};

use crate::aws::Aws;
use crate::aws::iam;
use crate::aws::sts::{self, Issued};
use crate::code::chosen::{Chosen, SourceContext};
use crate::code::stdin::Stdin;
use crate::code::turn::CodeWait;
use crate::code::{CodeSource, Given, Question};
use crate::keys;
use crate::os::client;
use crate::session::locks::LoginLocks;
use crate::state::dismissed::{Dismissed as _, QUIET};
use crate::state::ledger::Ledger as _;
use crate::state::lock::Flight;
use crate::ui;
use crate::vault::keyring::SessionKeyring;

/// The number of times that a code is tried, the first time included.
const TRIES: u32 = 3;

/// The possible sources of a code.
#[derive(Debug)]
pub struct Asking {
    /// The code that came with the command line.
    pub given: Option<CodeGiven>,
    /// True if the person at the terminal may be asked.
    pub may_ask: bool,
    /// The time that the person at the terminal is given.
    pub patience: Duration,
    /// The source of further codes. `None` if no code may be requested.
    pub chosen: Option<Chosen>,
    /// True if a program asks, and not a person who typed the command. Then a window that was closed does not open
    /// again for a while.
    pub by_program: bool,
}

/// A code that came with the command line.
#[derive(Debug)]
pub enum CodeGiven {
    /// A token code.
    Code(TokenCode),
    /// The code comes on standard input (`-`).
    Stdin,
}

impl Asking {
    /// Returns a value with which nobody is asked for a code.
    pub const fn nobody() -> Self {
        Self { given: None, may_ask: false, patience: Duration::ZERO, chosen: None, by_program: false }
    }

    /// Returns the sources in the order in which they are tried. An empty list means that nobody may be asked, which
    /// the caller reports.
    pub fn sources(
        &mut self,
        keyring: &SessionKeyring<'_>,
        plan: &Plan,
        reason: NoSession,
    ) -> Result<Vec<Box<dyn CodeSource>>, Fault> {
        let subject = &plan.subject;
        let mut sources: Vec<Box<dyn CodeSource>> = Vec::new();
        let given = self.given.is_some();
        let mut may_ask = self.may_ask;
        match self.given.take() {
            Some(CodeGiven::Code(code)) => sources.push(Box::new(Given(code))),
            Some(CodeGiven::Stdin) => {
                // If a code is piped in, no person waits at the terminal for a question.
                may_ask = false;
                // The code is read before any lock is taken, so that no other process waits for a silent pipe.
                let read = Stdin { patience: self.patience }.read().map_err(|fault| match fault {
                    Fault::BadCode { why, .. } => Fault::BadCode { why, profile: subject.profile().cloned() },
                    fault => fault,
                });
                sources.push(Box::new(Given(read?)));
            }
            None => {}
        }
        // Another device does not help against a wrong code that a person gave.
        if let Some(chosen) = self.chosen.as_ref().filter(|chosen| !given || !chosen.is_automatic()) {
            let source_context = SourceContext {
                context: keyring.context,
                state: keyring.state,
                may_ask,
                patience: self.patience,
            };
            sources.extend(chosen.open(source_context)?);
        }
        let now = keyring.context.now();
        let dismissed = keyring.state.dismissed(&plan.lock_id(), now).filter(|_| self.by_program);
        if let Some(ago) = dismissed
            && sources.iter().all(|source| source.opens_a_window())
            && !sources.is_empty()
        {
            return Err(Fault::Dismissed { subject: subject.clone(), ago, wait: QUIET - ago });
        }
        if sources.is_empty() {
            return Err(Fault::LoginNeeded { subject: subject.clone(), reason });
        }
        Ok(sources)
    }
}

/// The outcome of a login.
pub enum Spent {
    /// The identity's ARN, and the session that STS gave for the code.
    Bought(String, Issued),
    /// Another login has obtained a session meanwhile.
    ByAnother(Box<Session>),
}

/// Gets a code and spends it, unless another login obtains a session meanwhile. The first lock is already taken.
pub fn spend_a_code(
    keyring: &SessionKeyring<'_>,
    plan: &Plan,
    aws: &Aws,
    sources: &mut Vec<Box<dyn CodeSource>>,
    locks: &mut LoginLocks<'_>,
    may_ask: bool,
) -> Result<Spent, Fault> {
    let Some(key) = plan.key() else {
        let setting = plan.instead_of_a_key().unwrap_or("credential_source");
        return Err(Fault::Unsupported { subject: plan.subject.clone(), setting });
    };
    // A store asks for its passphrase before the code is requested, because a code soon expires.
    let signer = &keys::signer(keyring, key, may_ask)?;
    // The ID of a printed key is known only now.
    let id = AccessKeyId::new(signer.access_key_id());
    let plan = &plan.named_for(&id);
    // Before a person is asked: a wrong key, a wrong clock or no network must not cost a code.
    let identity = if let Some(identity) = keyring.state.identity(&id, plan.client.sts_endpoint.as_deref()) {
        identity
    } else {
        let identity = keyring.caller(plan, aws, signer).call(sts::caller_identity)?;
        // If the identity cannot be stored, the next login asks for it again.
        let _ = keyring.state.remember_identity(&id, plan.client.sts_endpoint.as_deref(), &identity);
        identity
    };
    let devices = devices(keyring, plan, aws, signer, &identity)?;
    of_one_account(plan, &identity, &devices)?;
    let mut remark = None;
    let mut tries = TRIES;
    let mut turn = CodeWait::new();
    let mut refused = false;
    loop {
        tries -= 1;
        let Some(source) = sources.first_mut() else {
            return Err(Fault::Cancelled { subject: plan.subject.clone() });
        };
        if source.automatic() {
            if turn.must_wait(keyring.context, keyring.state, &devices) {
                locks.leave_call();
            }
            turn.wait(keyring.context, keyring.state, &devices);
        }
        if let Some(session) = locks.take_for(Some(source.as_ref()))? {
            return Ok(Spent::ByAnother(Box::new(session)));
        }
        let came = || locks.came().is_some() || client::is_gone();
        let question = Question {
            subject: &plan.subject,
            identity: Some(&identity),
            devices: &devices,
            remark: remark.take(),
            now: keyring.context.now(),
            came: &came,
        };
        let code = match source.code(&question) {
            Ok(code) => code,
            // Another login may have succeeded where this one failed.
            Err(fault) => {
                let came = locks.came();
                let gone = matches!(fault, Fault::Cancelled { .. } | Fault::PromptTimeout { .. });
                if came.is_none() && gone && source.opens_a_window() {
                    // If this cannot be stored, the window opens again at the next call.
                    let _ = keyring.state.dismiss(&plan.lock_id(), keyring.context.now());
                }
                return came.map(|session| Spent::ByAnother(Box::new(session))).ok_or(fault);
            }
        };
        let serials = code.of.as_ref().map_or(devices.all(), std::slice::from_ref);
        let fault = loop {
            if let Some(session) = locks.to_call()? {
                return Ok(Spent::ByAnother(Box::new(session)));
            }
            match try_devices(keyring, plan, aws, signer, serials, &code.digits, locks)? {
                Tried::Issued(issued) => {
                    let arn = issued.arn.clone().unwrap_or(identity);
                    return Ok(Spent::Bought(arn, *issued));
                }
                Tried::Refused(fault) => break *fault,
                Tried::PassedOver => {}
            }
        };
        if source.asks_a_person() || sources.len() > 1 {
            locks.leave_call();
        }
        let Some(source) = sources.first_mut() else { return Err(fault) };
        let mut again = source.may_ask_again();
        if source.automatic() {
            // A code refused twice is not late: the account or the seed is another one's.
            again &= !matches!(fault, Fault::CodeRefused { .. }) || !std::mem::replace(&mut refused, true);
            turn.tried(keyring.context.now());
        }
        if !again {
            sources.remove(0);
        }
        if tries == 0 || sources.is_empty() {
            // The process that replaced our lock may have obtained the session.
            return locks.came().map(|session| Spent::ByAnother(Box::new(session))).ok_or(fault);
        }
        remark = Some(asked_again(&fault));
    }
}

/// Returns the reason why a code is requested again.
fn asked_again(fault: &Fault) -> String {
    match fault {
        Fault::CodeRefused { reused: true, wait, .. } | Fault::CodeSpent { wait, .. } => {
            format!("{fault}; the next one comes in {wait} s")
        }
        _ => fault.to_string(),
    }
}

/// The outcome of one code.
enum Tried {
    Issued(Box<Issued>),
    /// AWS refused the code, and another one may help.
    Refused(Box<Fault>),
    /// No code was sent: this process was stopped for so long that another login replaced its lock.
    PassedOver,
}

/// Tries one code against each device in turn. An error ends the login.
fn try_devices(
    keyring: &SessionKeyring<'_>,
    plan: &Plan,
    aws: &Aws,
    signer: &Signer,
    serials: &[Serial],
    code: &TokenCode,
    locks: &LoginLocks<'_>,
) -> Result<Tried, Fault> {
    let mut refusal = None;
    for serial in serials {
        let device = Flight::of_device(keyring.state, serial, &plan.subject)?;
        let now = keyring.context.now();
        if let Verdict::Wait(wait) = keyring.state.may_send(serial, code, now) {
            let subject = plan.subject.clone();
            refusal.get_or_insert(Fault::CodeSpent { serial: serial.clone(), subject, wait });
            continue;
        }
        if !device.is_still_ours() || !locks.is_our_call() {
            return Ok(Tried::PassedOver);
        }
        match send(aws, plan, signer, serial, code) {
            Ok(issued) => {
                // The session is paid for with a code, so it is kept even if the code cannot be recorded as spent.
                if let Err(fault) = keyring.state.spend(serial, ledger::step(now), code) {
                    ui::warn(&format!("the spent code is not remembered: {fault}"));
                }
                return Ok(Tried::Issued(Box::new(issued)));
            }
            Err(answer) => {
                match keyring.caller(plan, aws, signer).fault_about(&answer, Some(serial), direct_role(plan))
                {
                    fault @ (Fault::CodeRefused { .. } | Fault::WrongSerial { .. }) => {
                        // The first device's answer is the one that people expect to read about.
                        refusal.get_or_insert(fault);
                    }
                    fault => return Err(fault),
                }
            }
        }
    }
    match refusal {
        Some(fault @ Fault::WrongSerial { .. }) => Err(fault),
        Some(fault) => Ok(Tried::Refused(Box::new(fault))),
        None => Err(Fault::NoDevice { subject: plan.subject.clone() }),
    }
}

fn send(
    aws: &Aws,
    plan: &Plan,
    signer: &Signer,
    serial: &Serial,
    code: &TokenCode,
) -> Result<Issued, Answer> {
    let signer = signer.clone();
    match &plan.root {
        Root::Direct { role, seconds, .. } => {
            sts::assume_role(aws, signer, role, Some((serial, code)), Some(*seconds))
        }
        Root::Session { seconds, .. } => sts::session_token(aws, signer, (serial, code), *seconds),
        Root::SignIn(_) | Root::WebIdentity(_) | Root::Program(_) | Root::Ambient(_) => {
            sts::session_token(aws, signer, (serial, code), awsesame_core::plan::SESSION_DEFAULT)
        }
    }
}

fn direct_role(plan: &Plan) -> Option<&Hop> {
    match &plan.root {
        Root::Direct { role, .. } => Some(role),
        Root::Session { .. }
        | Root::SignIn(_)
        | Root::WebIdentity(_)
        | Root::Program(_)
        | Root::Ambient(_) => None,
    }
}

/// Refuses a device that cannot belong to the user, before a code is requested. Either the profile names a wrong
/// device, or the server that named the identity is not AWS.
fn of_one_account(plan: &Plan, identity: &str, devices: &Devices) -> Result<(), Fault> {
    let Some(account) = arn_field(identity, 4) else { return Ok(()) };
    let elsewhere = |serial: &&Serial| serial.account().is_some_and(|own| own.as_str() != account);
    match devices.all().iter().find(elsewhere) {
        Some(serial) => Err(Fault::DeviceElsewhere {
            serial: serial.clone(),
            account: AccountId::new(account),
            subject: plan.subject.clone(),
        }),
        None => Ok(()),
    }
}

/// Returns the devices to try: the configured ones, or else those that AWS lists, or else the device with the name of
/// the user, as is customary.
pub fn devices(
    keyring: &SessionKeyring<'_>,
    plan: &Plan,
    aws: &Aws,
    signer: &Signer,
    identity: &str,
) -> Result<Devices, Fault> {
    if let Some(configured) = Devices::of(plan.serials().to_vec()) {
        return Ok(configured);
    }
    match iam::mfa_devices(aws, signer.clone(), iam::user_of(identity)) {
        Ok(listed) => {
            let devices = choose_devices(&listed, &plan.subject)?;
            let first = devices.likeliest();
            ui::say(&format!("{} names no MFA device; AWS lists `{first}`, which is used", plan.subject));
            Ok(devices)
        }
        // The call is forbidden; or a server that imitates AWS does not know the user of the key.
        Err(Answer::Refused(refusal)) if matches!(refusal.status, 403 | 404) => {
            let Some(serial) = customary(identity) else {
                return Err(Fault::DevicesUnknown { subject: plan.subject.clone() });
            };
            ui::say(&format!(
                "{} names no MFA device, and AWS will not list them; trying `{serial}`",
                plan.subject
            ));
            Ok(Devices::one(serial))
        }
        Err(answer) => Err(keyring.caller(plan, aws, signer).fault(&answer)),
    }
}

/// Returns the device that has the name of the user, which is the convention. The path of the user is not part of it.
pub fn customary(identity: &str) -> Option<Serial> {
    let (partition, account) = (arn_field(identity, 1)?, arn_field(identity, 4)?);
    let user = arn_field(identity, 5)?.strip_prefix("user/")?;
    let name = user.rsplit('/').next().unwrap_or(user);
    Some(Serial::new(format!("arn:{partition}:iam::{account}:mfa/{name}")))
}
