//! Evaluates `Principal` and `NotPrincipal`: whether the caller is among the named ones.

use crate::evaluate::context::Context;
use crate::evaluate::request::Principal;
use crate::evaluate::truth::Truth;
use crate::language::arn::Arn;
use crate::language::element::{Effect, Scope};
use crate::language::principal::{Kind, Named, PrincipalElement};

impl Scope<PrincipalElement> {
    pub(crate) fn covers(&self, effect: Effect, caller: Option<&Principal>, context: &Context) -> Truth {
        match self {
            Self::Only(element) => element.names(caller, context),
            Self::AllBut(element) if effect == Effect::Allow => element.names(caller, context).not(),
            Self::AllBut(element) => element.spares(caller, context).not(),
        }
    }
}

impl PrincipalElement {
    /// Tests whether the caller is named.
    fn names(&self, caller: Option<&Principal>, context: &Context) -> Truth {
        match self {
            Self::Everyone => Truth::Yes,
            Self::Listed(listed) => Truth::any(listed.iter().map(|named| named.is(caller, context))),
        }
    }

    /// Evaluates whether a `Deny` with `NotPrincipal` spares the caller. AWS requires that the caller's account is
    /// named too, and for a session also its role. If one of them is missing, the effect is not documented.
    fn spares(&self, caller: Option<&Principal>, context: &Context) -> Truth {
        let named = self.names(caller, context);
        let (Self::Listed(listed), Some(caller)) = (self, caller) else {
            return named;
        };
        if named == Truth::No || Caller::of(caller) != Caller::Identity {
            return named;
        }
        let has = |matches: &dyn Fn(&str) -> bool| {
            listed.iter().any(|named| named.kind == Kind::Aws && matches(&named.value))
        };
        let itself = has(&|name| name == caller.arn);
        let account = has(&|name| is_account(name, caller));
        let role = !is_session(&caller.arn) || has(&|name| is_role_of(name, &caller.arn));
        if has(&|name| name == "*") || (itself && account && role) {
            Truth::Yes
        } else {
            Truth::Unknown(format!(
                "`NotPrincipal` names `{}` without its account, its role or itself",
                caller.arn
            ))
        }
    }
}

/// The kind of caller that an ARN names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    /// A user, a role, a session or an account's root.
    Identity,
    /// An identity provider of the account.
    Provider,
    /// A service, or a provider known by its host name.
    Host,
}

impl Caller {
    fn of(caller: &Principal) -> Self {
        match Arn::parse(&caller.arn) {
            None => Self::Host,
            Some(arn)
                if arn.resource.starts_with("saml-provider/")
                    || arn.resource.starts_with("oidc-provider/") =>
            {
                Self::Provider
            }
            Some(_) => Self::Identity,
        }
    }
}

impl Named {
    fn is(&self, caller: Option<&Principal>, context: &Context) -> Truth {
        let everyone = self.value == "*";
        let Some(caller) = caller else {
            return (self.kind == Kind::Aws && everyone).into();
        };
        let sort = Caller::of(caller);
        let unclear =
            || Truth::Unknown(format!("whether `{}` means `{}` is not known", self.value, caller.arn));
        match self.kind {
            Kind::Aws if everyone && sort == Caller::Identity => Truth::Yes,
            Kind::Aws if everyone => unclear(),
            Kind::Aws if sort != Caller::Identity => Truth::No,
            Kind::Aws if is_unique_id(&self.value) => match context.get("aws:userid") {
                Some([id]) => (id.split(':').next() == Some(self.value.as_str())).into(),
                _ => unclear(),
            },
            Kind::Aws => (self.value == caller.arn
                || is_account(&self.value, caller)
                || is_role_of(&self.value, &caller.arn))
            .into(),
            Kind::Service | Kind::Federated if sort == Caller::Identity => Truth::No,
            Kind::Service | Kind::Federated if everyone => unclear(),
            Kind::Service | Kind::Federated => (self.value == caller.arn).into(),
            // A canonical ID of S3 cannot be computed from an ARN.
            Kind::CanonicalUser => unclear(),
        }
    }
}

/// Returns true for a unique ID such as `AIDA...`, which IAM stores in a policy and compares.
fn is_unique_id(name: &str) -> bool {
    !name.starts_with("arn:") && !is_account_number(name)
}

fn is_account_number(name: &str) -> bool {
    name.len() == 12 && name.bytes().all(|b| b.is_ascii_digit())
}

/// Returns true if the name is the caller's whole account, by number or by its root's ARN.
fn is_account(name: &str, caller: &Principal) -> bool {
    let root = || {
        let (name, caller) = (Arn::parse(name)?, Arn::parse(&caller.arn)?);
        let root = name.service == "iam" && name.region.is_empty() && name.resource == "root";
        (root && name.partition == caller.partition).then_some(name.account)
    };
    if is_account_number(name) {
        name == caller.account
    } else {
        root().is_some_and(|account| account == caller.account)
    }
}

fn is_session(arn: &str) -> bool {
    Arn::parse(arn).is_some_and(|arn| arn.service == "sts" && arn.resource.starts_with("assumed-role/"))
}

/// Returns true if `session` is a session of the role `name`. A session's ARN leaves the role's path out, and a role's
/// name is unique in an account regardless of its path.
fn is_role_of(name: &str, session: &str) -> bool {
    let matched = || {
        let (role, session) = (Arn::parse(name)?, Arn::parse(session)?);
        let (_, role_name) =
            role.resource.strip_prefix("role/").map(|path| path.rsplit_once('/').unwrap_or(("", path)))?;
        let (session_role, _) = session.resource.strip_prefix("assumed-role/")?.split_once('/')?;
        Some(
            role.service == "iam"
                && session.service == "sts"
                && role.partition == session.partition
                && role.account == session.account
                && role_name == session_role,
        )
    };
    matched().unwrap_or(false)
}
