//! Checks the user's devices and the age of its keys, if a session or a key is available without a question. No code is
//! requested, and no store is opened.

use aws_sdk_sts::config::Credentials as Signer;
use awsesame_core::answer::translate::Answer;
use awsesame_core::checkup::too_old;
use awsesame_core::fault::Fault;
use awsesame_core::name::{Serial, Typed};
use awsesame_core::plan::{DeviceKind, Half, ListedDevice, LongTermKey, Plan, Root};
use awsesame_core::rotation::Listed;
use awsesame_core::session::servable::{Demands, servable};

use super::CheckContext;
use super::finding::Finding;
use crate::aws::iam;
use crate::aws::sts;
use crate::aws::{self, Aws};
use crate::ui::report;

pub(super) fn look(checked: &CheckContext<'_>) -> Vec<Finding> {
    let Ok(plan) = &checked.plan else { return Vec::new() };
    // A machine's own credentials have neither devices nor an age.
    let Some(key) = plan.key() else { return Vec::new() };
    if !checked.reached.get() {
        // Each of these calls would be given its time, and more than once.
        return vec![Finding::note("the user's devices and keys are not checked: AWS does not answer")];
    }
    let Ok(aws) = Aws::reach(&plan.client, checked.runner.context) else { return Vec::new() };
    let Some(signer) = signer(checked, plan, key) else {
        let place = match key.secret {
            Half::Printed { .. } => "is given by a program",
            Half::InStore { .. } | Half::Here(_) => "is in a store",
        };
        let note = format!(
            "{} has no session, and its key {place}: doctor does not check devices and keys",
            plan.subject
        );
        return vec![Finding::note(note).type_in(format!("awsesame login{}", plan.subject.flag()))];
    };
    let user = match sts::user(&aws, signer.clone()) {
        Ok(user) => user,
        Err(answer) => return vec![unseen("devices", plan, &answer)],
    };
    let listed = iam::mfa_devices(&aws, signer.clone(), user.as_deref());
    let silent = matches!(listed, Err(Answer::Unreached(_)));
    let mut found = vec![devices(plan, listed)];
    if silent {
        return found;
    }
    found.extend(ages(checked, plan, key, iam::keys::list(&aws, signer, user.as_deref())));
    found
}

/// Returns credentials for the question: a session with MFA, or else the key itself if it is available.
fn signer(checked: &CheckContext<'_>, plan: &Plan, key: &LongTermKey) -> Option<Signer> {
    let now = checked.runner.context.now();
    // The vault must not ask anybody.
    let vault = checked.runner.vault_for(&checked.state, false).ok()?;
    let session = match plan.root {
        Root::Session { .. } => vault.derived(&plan.root_id(), now).ok().and_then(Result::ok),
        Root::Direct { .. }
        | Root::SignIn(_)
        | Root::WebIdentity(_)
        | Root::Program(_)
        | Root::Ambient(_) => None,
    };
    match (session.filter(|session| servable(&session.header, &Demands::at(now)).is_ok()), &key.secret) {
        (Some(session), _) => Some(aws::temporary(&session.credentials)),
        (None, Half::Here(secret)) => Some(aws::long_term(&key.id, secret)),
        (None, Half::InStore { .. } | Half::Printed { .. }) => None,
    }
}

fn devices(plan: &Plan, listed: Result<Vec<ListedDevice>, Answer>) -> Finding {
    let serials: Vec<Serial> = match listed {
        Ok(listed) => listed.into_iter().map(|device| device.serial).collect(),
        Err(answer) => return unseen("devices", plan, &answer),
    };
    let enroll = format!("awsesame mfa enroll{}", plan.subject.flag());
    let giving = serials.iter().filter(|serial| serial.gives_codes()).count();
    match (serials.as_slice(), giving) {
        ([], _) => {
            let fault = Fault::NoDevice { subject: plan.subject.clone() };
            Finding::failure(fault.to_string(), enroll)
        }
        ([serial, ..], 0) => {
            let kind = DeviceKind::of(serial).word();
            Finding::failure(
                format!("the user has only `{serial}` ({kind}), which gives no codes to the AWS API"),
                enroll,
            )
        }
        ([serial], _) => Finding::good(format!("the user has one MFA device, `{serial}`")),
        (all, giving) => {
            Finding::good(format!("the user has {} MFA devices, {giving} of which give codes", all.len()))
        }
    }
}

fn ages(
    checked: &CheckContext<'_>,
    plan: &Plan,
    key: &LongTermKey,
    listed: Result<Vec<Listed>, Answer>,
) -> Vec<Finding> {
    let now = checked.runner.context.now();
    let keys = match listed {
        Ok(keys) => keys,
        Err(answer) => return vec![unseen("keys", plan, &answer)],
    };
    let profile = key.holder.profile();
    keys.into_iter()
        .map(|Listed { id, active, created, .. }| {
            let age = report::age(now.saturating_sub(created));
            match (too_old(created, now), profile) {
                _ if !active => Finding::note(format!("key `{id}` of the same user is inactive, {age} old")),
                (None, _) => Finding::good(format!("key `{id}` is {age} old")),
                (Some(_), Some(profile)) if id == key.id => Finding::failure(
                    format!("key `{id}` of profile `{profile}` is {age} old"),
                    format!("awsesame keys rotate -p {}", Typed(profile.as_str())),
                ),
                (Some(_), _) => Finding::note(format!("key `{id}` of the same user is {age} old")),
            }
        })
        .collect()
}

/// Returns a note that AWS refused the question. It is not a failure, because a bare key need not have the permission.
fn unseen(what: &str, plan: &Plan, answer: &Answer) -> Finding {
    let why = match answer {
        Answer::Refused(refusal) => refusal.code.clone(),
        Answer::Unreached(_) => "not reached".to_owned(),
    };
    let finding = Finding::note(format!("AWS does not show the user's {what} ({why})"));
    finding.type_in(format!("awsesame login{}", plan.subject.flag()))
}
