//! The problems that AWS's tools would have in this environment. `explain` shows everything else that they would do.

use awsesame_core::session::exported::is_withheld;
use awsesame_provenance::{Client, ClientSetup, Failure, Files, Remedy, Shadow, Source, Variables};

use super::CheckContext;
use super::finding::Finding;
use crate::config::profiles::{self, Readings};

pub(super) fn look(checked: &CheckContext<'_>) -> Vec<Finding> {
    let context = checked.runner.context;
    let Ok([config, credentials]) = context.folders().aws_of_tools() else { return Vec::new() };
    let text = |path: &std::path::Path| profiles::contents(path).map(Option::unwrap_or_default);
    // The check of the files reports unreadable files.
    let (Ok(first), Ok(second)) = (text(&config), text(&credentials)) else { return Vec::new() };
    let (config_shown, credentials_shown) =
        (context.folders().shown(&config), context.folders().shown(&credentials));
    let texts = ((first.as_str(), config_shown.as_str()), (second.as_str(), credentials_shown.as_str()));
    let same = |read: &&Readings<'_>| read.files.config == config && read.files.credentials == credentials;
    let files = match checked.readings.as_ref().filter(same) {
        Some(read) => {
            Files::of_the_cli((&read.config, &config_shown), (&read.credentials, &credentials_shown))
                .with_others(texts.0, texts.1)
        }
        None => Files::read(texts.0, texts.1),
    };
    let variables = Variables::read(|name| context.raw_var(name));
    let setup = ClientSetup { variables: &variables, files: &files, asked: None };
    let mut found: Vec<Finding> = Vec::new();
    let mut add = |finding: Finding| {
        if !found.contains(&finding) {
            found.push(finding);
        }
    };
    // `explain` covers the old ones: they do not read most profiles, and no change of this set-up would help them.
    for client in Client::ALL.into_iter().filter(|client| !client.is_old()) {
        let verdict = setup.verdict(client);
        match &verdict.outcome {
            Err(Failure::UnknownProfile { profile, .. }) if is_withheld(profile.as_str()) => {
                add(Finding::note(format!("keys are withheld here: {profile}")));
            }
            Err(failure @ Failure::UnknownProfile { by: Some(by), .. }) => {
                add(Finding::failure(format!("AWS's tools stop here: {failure}"), format!("unset {by}")));
            }
            Err(failure @ Failure::HalfKey { .. }) => {
                add(Finding::failure(format!("AWS's tools stop here: {failure}"), "unset AWS_ACCESS_KEY_ID"));
            }
            Ok(Source::Variables { key, token: None, .. }) if !key.is_of_session() => {
                let what = format!("the long-term key `{key}` is in the environment, without MFA");
                add(Finding::note(what).type_in("unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY"));
            }
            Ok(_) | Err(_) => {}
        }
        for shadow in &verdict.shadowed {
            let remedy = shadow.remedy(verdict.outcome.as_ref().ok());
            if let (Shadow::Profile { .. } | Shadow::Token { by: Some(_), .. }, Some(Remedy::Unset(names))) =
                (shadow, remedy)
            {
                let finding = Finding::note(format!("{} ignores {shadow}", client.name()));
                add(finding.type_in(format!("unset {}", names.join(" "))));
            }
        }
    }
    expired(checked, &mut found);
    if found.is_empty() {
        found.push(Finding::good("no variable of the environment gets in the way"));
    }
    found
}

/// Finds keys in the environment that have expired.
fn expired(checked: &CheckContext<'_>, found: &mut Vec<Finding>) {
    let context = checked.runner.context;
    let end = context.var("AWS_CREDENTIAL_EXPIRATION").and_then(|end| end.parse::<jiff::Timestamp>().ok());
    if context.var("AWS_ACCESS_KEY_ID").is_some() && end.is_some_and(|end| end.as_second() <= context.now()) {
        let unset =
            "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION";
        found.push(Finding::failure("the keys in this environment have expired", unset));
    }
}
