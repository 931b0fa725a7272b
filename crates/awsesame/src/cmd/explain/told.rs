//! The explanation as text and as JSON. Text comes out; `ui` prints it.

use awsesame_core::fault::Fault;
use awsesame_core::name::{ProfileName, Shown, Typed};
use awsesame_core::session::exported::is_withheld;
use awsesame_core::session::standing::Standing;
use awsesame_core::text::quote::json as quoted;
use awsesame_provenance::{Client, Failure, Place, Remedy, Shadow, Source, Verdict};

use super::Explained;
use super::plan::{Fact, steps};
use crate::ui::report;

impl Explained {
    /// For people: who, what is passed over, the plan, the session, and the lines of it all.
    pub(super) fn text(&self) -> String {
        let told = match &self.asked {
            Some(profile) => format!("Told to use profile `{profile}`, AWS's tools are:\n"),
            None => "AWS's tools are here:\n".to_owned(),
        };
        let mut who: Vec<(Vec<Client>, String)> = Vec::new();
        for verdict in &self.verdicts {
            let outcome = self.outcome(verdict);
            match who.iter_mut().find(|(_, same)| *same == outcome) {
                Some((clients, _)) => clients.push(verdict.client),
                None => who.push((vec![verdict.client], outcome)),
            }
        }
        let who: Vec<[String; 2]> =
            who.into_iter().map(|(clients, outcome)| [format!("  {}", names(&clients)), outcome]).collect();
        format!(
            "{told}{}{}\nPlan of {}:\n{}\nSession:\n  {}\n{}",
            report::columns(&who),
            self.shadows(),
            self.subject,
            self.plan(),
            self.session(),
            self.facts()
        )
    }

    fn outcome(&self, verdict: &Verdict) -> String {
        match &verdict.outcome {
            Ok(source) => format!("{source}{}", self.more(source)),
            Err(Failure::UnknownProfile { profile, .. }) if is_withheld(profile.as_str()) => {
                format!("nobody, as it should be: {profile}")
            }
            Err(failure @ Failure::AsksNobody { .. }) => {
                format!("nobody: {failure}; type: awsesame exec{} -- COMMAND", self.subject.flag())
            }
            Err(failure) => format!("nobody: {failure}"),
        }
    }

    /// What more there is to know of credentials: whose they are, and how long they last.
    fn more(&self, source: &Source) -> String {
        match source {
            Source::Variables { key, token, .. } => {
                let left = match self.known.variables_end {
                    Some(end) if end <= self.now => {
                        format!(", which expired {} ago", report::span(self.now.saturating_sub(end)))
                    }
                    Some(end) => format!(", {} left", report::span(end.saturating_sub(self.now))),
                    None => String::new(),
                };
                let token_words = match token {
                    Some(name) if *name != "AWS_SESSION_TOKEN" => format!(", with the token of {name}"),
                    None if key.as_str().starts_with("ASIA") => {
                        ", a session's key without its token, which AWS refuses".to_owned()
                    }
                    None => ", a long-term key without MFA".to_owned(),
                    Some(_) => String::new(),
                };
                match self.known.session(key) {
                    Some(header) => format!(
                        ": our session of {}, {} left{token_words}",
                        header.subject,
                        report::span(header.left(self.now))
                    ),
                    None => format!("{token_words}{left}"),
                }
            }
            Source::Keys { token: false, .. } => ", a long-term key in the clear, without MFA".to_owned(),
            Source::Container { url, .. } if self.known.is_broker(url) => ", our broker".to_owned(),
            _ => String::new(),
        }
    }

    fn shadows(&self) -> String {
        let mut found: Vec<(&Shadow, Option<Remedy>, Vec<Client>)> = Vec::new();
        for verdict in &self.verdicts {
            for shadow in &verdict.shadowed {
                let remedy = shadow.remedy(verdict.outcome.as_ref().ok());
                match found.iter_mut().find(|(known, same, _)| *known == shadow && *same == remedy) {
                    Some((_, _, clients)) => clients.push(verdict.client),
                    None => found.push((shadow, remedy, vec![verdict.client])),
                }
            }
        }
        if found.is_empty() {
            return String::new();
        }
        let lines = found.iter().map(|(shadow, remedy, clients)| {
            let by = names(clients);
            let remedy = remedy.as_ref().and_then(|remedy| self.command(remedy));
            let remedy =
                remedy.map_or_else(String::new, |command| format!("      to have it used: {command}\n"));
            format!("  {shadow}\n      ignored by {by}\n{remedy}")
        });
        format!("\nWhat is there too:\n{}", lines.collect::<String>())
    }

    /// The command, as far as there is something for it to do.
    fn command(&self, remedy: &Remedy) -> Option<String> {
        match remedy {
            Remedy::Unset(names) => {
                let set: Vec<&str> = names.iter().copied().filter(|name| self.variables.has(name)).collect();
                (!set.is_empty()).then(|| format!("{} {}", self.unset, set.join(" ")))
            }
            Remedy::Import(profile) => Some(format!("awsesame keys import -p {}", Typed(profile.as_str()))),
        }
    }

    fn plan(&self) -> String {
        match &self.planning.plan {
            Ok(plan) => {
                let line = |(step, number): (String, usize)| format!("  {number}. {step}\n");
                steps(plan).into_iter().zip(1..).map(line).collect()
            }
            Err(fault) => format!("  none: {fault}\n  hint: {}\n", fault.hint()),
        }
    }

    fn session(&self) -> String {
        let Some((header, standing)) = &self.session else {
            return match self.planning.plan {
                Ok(_) => format!("none; type: awsesame login{}", self.subject.flag()),
                Err(_) => "none".to_owned(),
            };
        };
        let age = header.mfa_age(self.now);
        let age = age.map_or_else(|| "no MFA".to_owned(), |age| format!("MFA {} old", report::span(age)));
        match standing {
            Standing::Fresh => {
                format!("{}, {age}, store {}", report::sentence(header, self.now), Shown(&header.store))
            }
            other => format!("{}; type: awsesame login{}", other.word(), self.subject.flag()),
        }
    }

    fn facts(&self) -> String {
        if self.planning.facts.is_empty() {
            return String::new();
        }
        let row = |fact: &Fact| {
            let value = fact
                .value
                .as_ref()
                .map_or_else(|| "(not shown)".to_owned(), |value| Shown(value).to_string());
            let place = match &fact.place {
                Some((path, line)) => format!("{}:{line}", Shown(path)),
                None => "the environment".to_owned(),
            };
            let profile = fact.profile.as_ref().map_or_else(|| "-".to_owned(), ProfileName::to_string);
            [format!("  {}", Shown(&fact.name)), profile, value, place]
        };
        let mut rows = vec![["  SETTING", "PROFILE", "VALUE", "WHERE"].map(str::to_owned)];
        rows.extend(self.planning.facts.iter().map(row));
        format!("\nWhere that is written:\n{}", report::columns(&rows))
    }

    /// For programs.
    pub(super) fn json(&self) -> String {
        let clients: Vec<String> = self.verdicts.iter().map(|verdict| self.client_json(verdict)).collect();
        let plan = match &self.planning.plan {
            Ok(plan) => {
                let steps: Vec<String> = steps(plan).iter().map(|step| quoted(step)).collect();
                format!("{{\"steps\":[{}]}}", steps.join(","))
            }
            Err(fault) => fault_json(fault),
        };
        let session = self.session.as_ref().map_or_else(
            || "null".to_owned(),
            |(header, standing)| report::json(header, standing.word(), self.now).trim_end().to_owned(),
        );
        let facts: Vec<String> = self.planning.facts.iter().map(fact_json).collect();
        format!(
            "{{\"clients\":[{}],\"profile\":{},\"plan\":{plan},\"session\":{session},\"facts\":[{}]}}\n",
            clients.join(","),
            optional(self.subject.profile().map(ProfileName::as_str)),
            facts.join(",")
        )
    }

    fn client_json(&self, verdict: &Verdict) -> String {
        let (uses, fails) = match &verdict.outcome {
            Ok(source) => (self.source_json(source), "null".to_owned()),
            Err(failure) => ("null".to_owned(), quoted(&failure.to_string())),
        };
        let shadows: Vec<String> = verdict
            .shadowed
            .iter()
            .map(|shadow| {
                let remedy = shadow.remedy(verdict.outcome.as_ref().ok());
                let remedy = remedy.and_then(|remedy| self.command(&remedy));
                format!(
                    "{{\"what\":{},\"remedy\":{}}}",
                    quoted(&shadow.to_string()),
                    optional(remedy.as_deref())
                )
            })
            .collect();
        format!(
            "{{\"client\":\"{}\",\"uses\":{uses},\"fails\":{fails},\"shadows\":[{}]}}",
            verdict.client.slug(),
            shadows.join(",")
        )
    }

    fn source_json(&self, source: &Source) -> String {
        let (file, line) = match source.place() {
            Some(Place { path, line }) => (quoted(path), line.to_string()),
            None => ("null".to_owned(), "null".to_owned()),
        };
        let ours = source.key().and_then(|key| self.known.session(key));
        format!(
            "{{\"kind\":\"{}\",\"profile\":{},\"access_key_id\":{},\"file\":{file},\"line\":{line},\
             \"session_of\":{},\"words\":{}}}",
            source.kind(),
            optional(source.profile().map(ProfileName::as_str)),
            optional(source.key().map(awsesame_core::name::AccessKeyId::as_str)),
            optional(ours.and_then(|header| header.subject.profile()).map(ProfileName::as_str)),
            quoted(&format!("{source}{}", self.more(source)))
        )
    }
}

/// Several clients in a few words.
fn names(clients: &[Client]) -> String {
    let both = [Client::CliV1, Client::CliV2].iter().all(|client| clients.contains(client));
    let name = |client: &Client| match client {
        Client::CliV1 if both => Some("AWS CLI"),
        Client::CliV2 if both => None,
        client => Some(client.name()),
    };
    clients.iter().filter_map(name).collect::<Vec<_>>().join(", ")
}

fn fact_json(fact: &Fact) -> String {
    let (file, line) = match &fact.place {
        Some((path, line)) => (quoted(path), line.to_string()),
        None => ("null".to_owned(), "null".to_owned()),
    };
    format!(
        "{{\"name\":{},\"profile\":{},\"value\":{},\"file\":{file},\"line\":{line}}}",
        quoted(&fact.name),
        optional(fact.profile.as_ref().map(ProfileName::as_str)),
        optional(fact.value.as_deref())
    )
}

fn fault_json(fault: &Fault) -> String {
    format!(
        "{{\"error\":{},\"message\":{},\"hint\":{}}}",
        quoted(fault.slug()),
        quoted(&fault.to_string()),
        quoted(&fault.hint())
    )
}

fn optional(text: Option<&str>) -> String {
    text.map_or_else(|| "null".to_owned(), quoted)
}
