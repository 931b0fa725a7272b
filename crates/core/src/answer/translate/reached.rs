//! Translates the refusals of AWS to faults. The wording of AWS is not a stable interface, so the error codes decide
//! where they can, and a refusal that is not known is shown as it is.

use super::unreached::one_line;
use super::{Context, Proxy, Refusal, skew};
use crate::fault::Fault;
use crate::session::ledger;

/// The error codes of all services that mean "try again later".
const THROTTLING: &[&str] = &[
    "BandwidthLimitExceeded",
    "PriorRequestNotComplete",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

pub(super) fn refused(refusal: &Refusal, context: &Context) -> Fault {
    if refusal.code == super::NOT_AWS {
        return Fault::NotAws { endpoint: context.endpoint.clone(), why: one_line(&refusal.message) };
    }
    if let Some(fault) = skew::of_clock(refusal, context) {
        return fault;
    }
    if refusal.status == 429 || THROTTLING.contains(&refusal.code.as_str()) {
        return Fault::Throttled { operation: refusal.operation };
    }
    match refusal.code.as_str() {
        "AccessDenied" | "AccessDeniedException" => denied(refusal, context),
        "ValidationError" | "ValidationException" => invalid(refusal, context),
        "InvalidClientTokenId"
        | "InvalidAccessKeyId"
        | "UnrecognizedClientException"
        | "AuthFailure"
        | "InvalidToken" => unknown_key(refusal, context),
        "ExpiredToken" | "ExpiredTokenException" => {
            Fault::SessionRejected { subject: context.subject.clone() }
        }
        "SignatureDoesNotMatch" | "InvalidSignatureException" => {
            let subject = context.subject.clone();
            match context.key.clone() {
                Some(key) => Fault::SecretRejected { key, subject },
                None => Fault::SessionRejected { subject },
            }
        }
        "MalformedPolicyDocument" | "PackedPolicyTooLarge" => match &context.role {
            Some(role) => Fault::TermsRefused {
                role: role.clone(),
                why: one_line(&refusal.message),
                subject: context.subject.clone(),
            },
            None => other(refusal, context),
        },
        _ => other(refusal, context),
    }
}

fn denied(refusal: &Refusal, context: &Context) -> Fault {
    let message = refusal.message.as_str();
    let subject = context.subject.clone();
    if message.contains("with session credentials") {
        return Fault::SessionInherited { subject };
    }
    if let Some(serial) = context.serial.clone()
        && message.contains("MultiFactorAuthentication failed")
    {
        // AWS answers a wrong code and a reused one alike. Only the ledger can distinguish them.
        let reused = ledger::looks_reused(context.spent, context.now);
        let wait = ledger::until_next(context.now);
        return if !serial.gives_codes() {
            Fault::FidoOnly { serial }
        } else if message.contains("invalid MFA one time pass code") {
            Fault::CodeRefused { serial, subject, reused, wait }
        } else {
            Fault::WrongSerial { serial, subject }
        };
    }
    match (refusal.operation, &context.role) {
        ("ListMFADevices", _) => Fault::DevicesUnknown { subject },
        ("AssumeRole", Some(role)) => {
            Fault::RoleDenied { role: role.clone(), why: role_words(message), subject }
        }
        _ => Fault::Denied { operation: refusal.operation, why: one_line(message), subject },
    }
}

/// Returns the side that refused `AssumeRole`, if AWS's message names it. Both sides must allow the call.
fn role_words(message: &str) -> String {
    let denied_by = message.split_once("explicit deny in ").map(|(_, policy)| one_line(policy));
    if let Some(policy) = denied_by {
        format!("an explicit deny in {policy} forbids it")
    } else if message.contains("no identity-based policy") {
        "none of your own policies allows `sts:AssumeRole` on it".to_owned()
    } else if message.contains("no resource-based policy") || message.contains("no role trust policy") {
        "its trust policy does not let you in".to_owned()
    } else if message.contains("perform: sts:TagSession") {
        "it takes no session tags from you: its trust policy or your own policies lack `sts:TagSession`"
            .to_owned()
    } else if message.contains("perform: sts:SetSourceIdentity") {
        "it takes no source identity from you: its trust policy or your own policies lack `sts:SetSourceIdentity`"
            .to_owned()
    } else if message.contains("is not authorized to perform: sts:AssumeRole") {
        "its trust policy or your own policies do not allow it, or it does not exist".to_owned()
    } else {
        one_line(message)
    }
}

fn invalid(refusal: &Refusal, context: &Context) -> Fault {
    let message = refusal.message.as_str();
    let subject = context.subject.clone();
    let out_of_range = |allowed: String| Fault::DurationOutOfRange {
        seconds: context.seconds.unwrap_or_default(),
        allowed,
        subject: context.subject.clone(),
    };
    if message.contains("role chaining")
        && let Some(role) = context.role.clone()
    {
        return Fault::Chaining { role, subject };
    }
    if message.contains("MaxSessionDuration") {
        return out_of_range("the role's own maximum (MaxSessionDuration) is less".to_owned());
    }
    if message.contains("'durationSeconds'") || message.contains("DurationSeconds") {
        return out_of_range(bound_words(message));
    }
    if message.contains("'serialNumber'")
        && let Some(serial) = context.serial.clone()
    {
        return Fault::WrongSerial { serial, subject };
    }
    if message.contains("'tokenCode'") {
        return Fault::BadCode {
            why: "AWS takes six digits".to_owned(),
            profile: context.subject.profile().cloned(),
        };
    }
    other(refusal, context)
}

/// Shortens `... Member must have value less than or equal to 129600`.
fn bound_words(message: &str) -> String {
    let bound = |words: &str| {
        let (_, behind) = message.split_once(words)?;
        let digits: String = behind.trim_start().chars().take_while(char::is_ascii_digit).collect();
        (!digits.is_empty()).then_some(digits)
    };
    if let Some(most) = bound("less than or equal to") {
        format!("{most} s is the most")
    } else if let Some(least) = bound("greater than or equal to") {
        format!("{least} s is the least")
    } else {
        one_line(message)
    }
}

fn unknown_key(refusal: &Refusal, context: &Context) -> Fault {
    let subject = context.subject.clone();
    match context.key.clone() {
        Some(key) if !key.is_of_session() => return Fault::KeyRejected { key, subject },
        Some(_) => {}
        None => return Fault::SessionRejected { subject },
    }
    match refusal.operation {
        "GetSessionToken" => Fault::SessionInherited { subject },
        "AssumeRole" | "GetCallerIdentity" => Fault::SessionRejected { subject },
        // STS apart, only IAM is ever asked, and it turns away sessions without MFA
        // with the words for a key that it does not know.
        _ => Fault::IamWithoutMfa { subject },
    }
}

fn other(refusal: &Refusal, context: &Context) -> Fault {
    let why = one_line(&refusal.message);
    // An answer without an error code of AWS comes from another server.
    match &context.proxy {
        Some(Proxy { address, variable }) if refusal.status == 407 => {
            return Fault::ProxyLogin { proxy: address.clone(), variable };
        }
        Some(Proxy { address, variable }) if refusal.code.is_empty() => {
            let why = format!("HTTP {}, {why}", refusal.status);
            return Fault::Proxy { proxy: address.clone(), variable, why };
        }
        // A load balancer in front of the AWS servers may send no message either.
        None if refusal.code.is_empty() && refusal.status < 500 => {
            let why = format!("HTTP {}, not in AWS's format", refusal.status);
            return Fault::NotAws { endpoint: context.endpoint.clone(), why };
        }
        _ => {}
    }
    let code = if refusal.code.is_empty() {
        format!("HTTP status {}", refusal.status)
    } else {
        format!("`{}`", one_line(&refusal.code))
    };
    Fault::Aws { operation: refusal.operation, code, why }
}
