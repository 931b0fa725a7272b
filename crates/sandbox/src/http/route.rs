//! Finds the service and the operation of a request, checks its caller, and passes it to the service. Everything that
//! the services have in common is here; nothing that belongs to one of them may be.

use crate::http::authenticate::{Authenticated, authenticate};
use crate::http::sigv4::Presented;
use crate::log::LogEntry;
use crate::services::exchange::Exchange;
use crate::services::{federation, iam, organizations, s3, signin, sso, sso_oidc, sts};
use crate::wire::answer::{Answer, Refusal};
use crate::wire::call::{Call, Params, Service};
use crate::world::World;
use crate::world::id;

/// The operation that a request is for, before anything about it is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) service: Service,
    pub(crate) action: String,
}

impl Target {
    pub(crate) fn of(call: &Call) -> Self {
        if let Some(action) = organizations::action(call) {
            return Self { service: Service::Organizations, action: action.to_owned() };
        }
        let found = |service, action: &str| Self { service, action: action.to_owned() };
        let unsigned = || {
            let signin = signin::action(call).map(|action| found(Service::Signin, action));
            signin
                .or_else(|| sso_oidc::action(call).map(|action| found(Service::SsoOidc, action)))
                .or_else(|| sso::action(call).map(|action| found(Service::Sso, action)))
        };
        // A bucket may have any of these names, but requests for a bucket are signed.
        if let Some(target) = (!call.is_signed()).then(unsigned).flatten() {
            return target;
        }
        let form = if call.path == "/" { call.form() } else { Params::default() };
        let Some(action) = form.given("Action") else {
            return Self { service: Service::S3, action: s3::Operation::of(call).name().to_owned() };
        };
        let service = match form.get("Version") {
            Some("2010-05-08") => Service::Iam,
            Some("2011-06-15") => Service::Sts,
            _ if sts::ACTIONS.contains(&action) => Service::Sts,
            _ => Service::Iam,
        };
        Self { service, action: action.to_owned() }
    }
}

/// Answers one call and says what the log should know.
pub(crate) fn serve(
    world: &mut World,
    call: &Call,
    target: &Target,
    now: i64,
    min_duration: u32,
) -> (Answer, LogEntry) {
    if call.path == federation::PATH {
        return federation::serve(world, call, now);
    }
    let request_id = id::request();
    let mut entry = log_entry(call, target, now);
    let unsigned = match target.service {
        Service::Signin => Some(signin::answer(world, call, &target.action, now, &mut entry)),
        Service::SsoOidc => Some(sso_oidc::answer(world, call, &target.action, now, &mut entry)),
        Service::Sso => Some(sso::answer(world, call, &target.action, now, &mut entry)),
        Service::Sts if target.action == sts::web_identity::ACTION => {
            Some(sts::web_identity::answer(world, call, now, min_duration, &request_id))
        }
        _ => None,
    };
    if let Some(result) = unsigned {
        return finish(result, target, call, &request_id, entry);
    }
    let result = authenticate(world, target.service, call, now).and_then(|authenticated| {
        entry.principal = Some(authenticated.caller.arn.clone());
        let Authenticated { caller, body, trailer } = authenticated;
        let mut exchange = Exchange {
            form: if target.service == Service::S3 { call.query() } else { call.form() },
            world,
            call,
            caller,
            body,
            trailer,
            now,
            peer: call.peer,
            min_duration,
            request_id: request_id.clone(),
        };
        match target.service {
            Service::Sts => sts::answer(&mut exchange, &target.action),
            Service::Iam => iam::answer(&mut exchange, &target.action),
            Service::Organizations => organizations::answer(&mut exchange, &target.action),
            _ => s3::answer(&mut exchange),
        }
    });
    finish(result, target, call, &request_id, entry)
}

/// Returns the answer in the form of the service, and the entry for the log.
fn finish(
    result: Result<Answer, Refusal>,
    target: &Target,
    call: &Call,
    request_id: &str,
    mut entry: LogEntry,
) -> (Answer, LogEntry) {
    let answer = result.unwrap_or_else(|refusal| {
        entry.error_code = Some(refusal.code.clone());
        refusal.render(target.service, &call.path, request_id)
    });
    entry.status = answer.status;
    (with_request_id(answer, target.service, request_id), entry)
}

/// Returns the answer to a call that a fault refused before it was processed.
pub(crate) fn refuse(call: &Call, target: &Target, now: i64, refusal: &Refusal) -> (Answer, LogEntry) {
    let request_id = id::request();
    let answer = refusal.render(target.service, &call.path, &request_id);
    let mut entry = log_entry(call, target, now);
    entry.status = answer.status;
    entry.error_code = Some(refusal.code.clone());
    (with_request_id(answer, target.service, &request_id), entry)
}

fn with_request_id(answer: Answer, service: Service, id: &str) -> Answer {
    match service {
        Service::S3 => answer.header("x-amz-request-id", id).header("x-amz-id-2", "sandbox"),
        _ => answer.header("x-amzn-requestid", id),
    }
}

/// Returns what is known of a call before it is answered.
pub(crate) fn log_entry(call: &Call, target: &Target, now: i64) -> LogEntry {
    LogEntry {
        time: now,
        service: target.service.name().to_owned(),
        action: target.action.clone(),
        principal: None,
        access_key: Presented::read(call).ok().map(|presented| presented.access_key),
        user_agent: call.header("user-agent").map(str::to_owned),
        status: 0,
        error_code: None,
    }
}
