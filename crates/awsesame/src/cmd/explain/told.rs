//! Writes the explanation as text and as JSON. The output is text; `ui` prints it.

use awsesame_core::name::{ProfileName, Shown, Typed};
use awsesame_core::session::exported::is_withheld;
use awsesame_core::session::standing::Standing;
use awsesame_core::text::lines::folded;
use awsesame_provenance::{Client, Failure, Remedy, Shadow, Source, Verdict};
use serde::Serialize;

use super::Explained;
use super::plan::{Fact, steps};
use crate::ui::FaultObject;
use crate::ui::report;
use crate::ui::report::SessionObject;
use crate::ui::table::{self, Cell, Table};

impl Explained {
    /// Returns the explanation for people: the identity, the ignored credentials, the plan, the session, and the lines
    /// in which they are set. The tables fit `width`, if it is given.
    pub(super) fn text(&self, width: Option<usize>) -> String {
        let columns = width.unwrap_or(usize::MAX);
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
        let who = table::side_by_side(&who, width);
        format!(
            "{told}{}{}\nPlan of {}:\n{}\nSession:\n  {}\n{}",
            who,
            self.shadows(columns),
            self.subject,
            self.plan(columns),
            self.session_and_use(columns),
            self.facts(width)
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

    /// Returns further facts about credentials: their identity and their expiry.
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
                    None if key.is_of_session() => {
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

    fn shadows(&self, width: usize) -> String {
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
            let shadow = folded(&shadow.to_string(), 2, 4, width);
            let by = folded(&format!("ignored by {by}"), 6, 8, width);
            format!("  {shadow}\n      {by}\n{remedy}")
        });
        format!("\nWhat is there too:\n{}", lines.collect::<String>())
    }

    /// Returns the command, if there is something for it to do.
    fn command(&self, remedy: &Remedy) -> Option<String> {
        match remedy {
            Remedy::Unset(names) => {
                let set: Vec<&str> = names.iter().copied().filter(|name| self.variables.has(name)).collect();
                (!set.is_empty()).then(|| format!("{} {}", self.unset, set.join(" ")))
            }
            Remedy::Import(profile) => Some(format!("awsesame keys import -p {}", Typed(profile.as_str()))),
        }
    }

    fn plan(&self, width: usize) -> String {
        match &self.planning.plan {
            Ok(plan) => {
                let line =
                    |(step, number): (String, usize)| format!("  {number}. {}\n", folded(&step, 5, 5, width));
                steps(plan).into_iter().zip(1..).map(line).collect()
            }
            Err(fault) => {
                let hint = self.planning.hint.clone().unwrap_or_else(|| fault.hint());
                let what = folded(&format!("none: {fault}"), 2, 4, width);
                format!("  {what}\n  hint: {}\n", folded(&hint, 8, 4, width))
            }
        }
    }

    /// Returns the session, and how to use it if no tool here uses it.
    fn session_and_use(&self, width: usize) -> String {
        let session = folded(&self.session(), 2, 4, width);
        let is_used = self
            .verdicts
            .iter()
            .any(|verdict| verdict.outcome.as_ref().is_ok_and(|source| self.is_of_ours(source)));
        match (&self.session, self.subject.profile()) {
            (Some((_, Standing::Fresh)), Some(profile)) if !is_used => {
                let name = Typed(profile.as_str());
                let how = format!("no tool uses it here; to use it: awsesame exec {name} -- aws s3 ls");
                format!("{session}\n  {}", folded(&how, 2, 4, width))
            }
            _ => session,
        }
    }

    /// Returns true for credentials that come from awsesame.
    fn is_of_ours(&self, source: &Source) -> bool {
        match source {
            Source::Variables { key, .. } => self.known.session(key).is_some(),
            Source::Container { url, .. } => self.known.is_broker(url),
            Source::Process { asks_us, .. } => asks_us.is_some(),
            Source::Role { base, .. } => self.is_of_ours(base),
            _ => false,
        }
    }

    fn session(&self) -> String {
        let Some((header, standing)) = &self.session else {
            return match self.planning.plan {
                Ok(_) => format!("none; type: awsesame login{}", self.subject.flag()),
                Err(_) => "none".to_owned(),
            };
        };
        let age = match header.mfa_age(self.now) {
            Some(age) => format!("MFA {} old", report::span(age)),
            None if header.mfa_is_unknown() => "age of MFA unknown".to_owned(),
            None => "no MFA".to_owned(),
        };
        match standing {
            Standing::Fresh => {
                let store = header.store.as_deref().unwrap_or("-");
                format!("{}, {age}, store {}", report::sentence(header, self.now), Shown(store))
            }
            other => format!("{}; type: awsesame login{}", other.word(), self.subject.flag()),
        }
    }

    fn facts(&self, width: Option<usize>) -> String {
        if self.planning.facts.is_empty() {
            return String::new();
        }
        let row = |fact: &Fact| -> Vec<Cell> {
            let value = fact
                .value
                .as_ref()
                .map_or_else(|| "(not shown)".to_owned(), |value| Shown(value).to_string());
            let place = match &fact.place {
                Some((path, line)) => format!("{}:{line}", Shown(path)),
                None => "the environment".to_owned(),
            };
            let profile = fact.profile.as_ref().map_or_else(|| "-".to_owned(), ProfileName::to_string);
            [format!("  {}", Shown(&fact.name)), profile, value, place].map(Cell::from).into()
        };
        let mut facts = Table::new(&["  SETTING", "PROFILE", "VALUE", "WHERE"])
            .sparing(&["PROFILE"])
            .shortening(&["PROFILE", "VALUE", "WHERE"]);
        for fact in &self.planning.facts {
            facts.push(row(fact));
        }
        format!("\nWhere that is written:\n{}", facts.text(width, false))
    }

    /// Returns all of it as programs read it.
    pub(super) fn object(&self) -> ExplainedObject<'_> {
        ExplainedObject {
            clients: self.verdicts.iter().map(|verdict| self.client(verdict)).collect(),
            profile: self.subject.profile().map(ProfileName::as_str),
            plan: match &self.planning.plan {
                Ok(plan) => PlanObject::Plan { steps: steps(plan) },
                Err(fault) => PlanObject::Fault(
                    self.planning
                        .hint
                        .iter()
                        .fold(FaultObject::of(fault, None), |object, hint| object.with_hint(hint.clone())),
                ),
            },
            session: self
                .session
                .as_ref()
                .map(|(header, standing)| SessionObject::of(header, standing.word(), self.now)),
            facts: self.planning.facts.iter().map(FactObject::of).collect(),
        }
    }

    fn client(&self, verdict: &Verdict) -> ClientObject<'_> {
        let used = verdict.outcome.as_ref().ok();
        let shadow = |shadow: &Shadow| {
            let remedy = shadow.remedy(used).and_then(|remedy| self.command(&remedy));
            ShadowObject { what: shadow.to_string(), remedy }
        };
        ClientObject {
            client: verdict.client.slug(),
            uses: used.map(|source| self.source(source)),
            fails: verdict.outcome.as_ref().err().map(ToString::to_string),
            shadows: verdict.shadowed.iter().map(shadow).collect(),
        }
    }

    fn source(&self, source: &Source) -> SourceObject<'_> {
        let place = source.place();
        let ours = source.key().and_then(|key| self.known.session(key));
        SourceObject {
            kind: source.kind(),
            profile: source.profile().map(ToString::to_string),
            access_key_id: source.key().map(|key| key.as_str().to_owned()),
            file: place.map(|place| place.path.to_string()),
            line: place.map(|place| place.line),
            session_of: ours.and_then(|header| header.subject.profile()).map(ProfileName::as_str),
            words: format!("{source}{}", self.more(source)),
        }
    }
}

/// The JSON of `explain`: the credentials that each client uses.
#[derive(Serialize)]
pub(super) struct ExplainedObject<'a> {
    clients: Vec<ClientObject<'a>>,
    profile: Option<&'a str>,
    plan: PlanObject,
    session: Option<SessionObject<'a>>,
    facts: Vec<FactObject<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum PlanObject {
    Plan { steps: Vec<String> },
    Fault(FaultObject),
}

#[derive(Serialize)]
struct ClientObject<'a> {
    client: &'static str,
    uses: Option<SourceObject<'a>>,
    fails: Option<String>,
    shadows: Vec<ShadowObject>,
}

#[derive(Serialize)]
struct SourceObject<'a> {
    kind: &'static str,
    profile: Option<String>,
    access_key_id: Option<String>,
    file: Option<String>,
    line: Option<usize>,
    session_of: Option<&'a str>,
    words: String,
}

#[derive(Serialize)]
struct ShadowObject {
    what: String,
    remedy: Option<String>,
}

/// A setting of a profile, and where it is written.
#[derive(Serialize)]
struct FactObject<'a> {
    name: &'a str,
    profile: Option<&'a str>,
    value: Option<&'a str>,
    file: Option<&'a str>,
    line: Option<usize>,
}

impl<'a> FactObject<'a> {
    fn of(fact: &'a Fact) -> Self {
        let place = fact.place.as_ref();
        Self {
            name: &fact.name,
            profile: fact.profile.as_ref().map(ProfileName::as_str),
            value: fact.value.as_deref(),
            file: place.map(|(path, _)| path.as_str()),
            line: place.map(|(_, line)| *line),
        }
    }
}

/// Returns several clients in a few words: two versions share one name if both are meant.
fn names(clients: &[Client]) -> String {
    const VERSIONS: [(Client, Client, &str); 3] = [
        (Client::CliV1, Client::CliV2, "AWS CLI"),
        (Client::Go, Client::GoV1, "Go"),
        (Client::Java, Client::JavaV1, "Java"),
    ];
    let name = |client: &Client| {
        let versions = VERSIONS.iter().find(|(one, other, _)| [one, other].contains(&client));
        match versions {
            Some((one, other, both)) if [one, other].iter().all(|version| clients.contains(version)) => {
                (client == one).then_some(*both)
            }
            _ => Some(client.name()),
        }
    };
    clients.iter().filter_map(name).collect::<Vec<_>>().join(", ")
}
