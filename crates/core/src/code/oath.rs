//! The search for the OATH account of an MFA device on a hardware token, by the names that people and QR codes give it.
//! It works on plain lists; other code reads the token.

use crate::name::{Serial, arn_field};

/// The name of the issuer in AWS's QR codes.
const ISSUER: &str = "Amazon Web Services";

/// An account on a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The token's own serial number.
    pub token: String,
    /// The name, in the form `ISSUER:NAME` or `NAME`.
    pub name: String,
}

/// The result of the search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found<'a> {
    /// The account, and the device for which it gives codes.
    One(&'a Account, Option<&'a Serial>),
    /// Several accounts that match equally well.
    Several(Vec<&'a Account>),
    /// No account matches.
    None,
}

/// Finds the account of one of the devices; the first device is the most likely one. A configured name is used as it
/// is, on any token. Otherwise these are tried in order: the serial number itself; AWS's own `Amazon Web
/// Services:NAME@ACCOUNT`; the same with the alias of an account.
pub fn find<'a>(
    accounts: &'a [Account],
    serials: &'a [Serial],
    user: Option<&str>,
    configured: Option<&str>,
) -> Found<'a> {
    if let Some(name) = configured {
        // A person who names an account of several devices knows which device it belongs to. This code knows it only if
        // there is one device.
        let serial = if serials.len() == 1 { serials.first() } else { None };
        return one_of(accounts.iter().filter(|account| account.name == name).collect(), serial);
    }
    for fits in [is_serial, is_numbered, is_aliased] {
        for serial in serials {
            let fitting: Vec<&Account> =
                accounts.iter().filter(|account| fits(&account.name, serial, user)).collect();
            if !fitting.is_empty() {
                return one_of(fitting, Some(serial));
            }
        }
    }
    Found::None
}

/// The same account on several tokens gives the same codes: the first will do.
fn one_of<'a>(fitting: Vec<&'a Account>, serial: Option<&'a Serial>) -> Found<'a> {
    match fitting.first() {
        None => Found::None,
        Some(first) if fitting.iter().all(|account| account.name == first.name) => Found::One(first, serial),
        Some(_) => Found::Several(fitting),
    }
}

/// Returns true for `arn:aws:iam::123456789012:mfa/alice`, with or without an issuer before it.
fn is_serial(name: &str, serial: &Serial, _user: Option<&str>) -> bool {
    let rest = name.strip_suffix(serial.as_str());
    rest.is_some_and(|issuer| issuer.is_empty() || issuer.ends_with(':'))
}

/// Returns true for names such as `Amazon Web Services:alice@123456789012`.
fn is_numbered(name: &str, serial: &Serial, user: Option<&str>) -> bool {
    let account = arn_field(serial.as_str(), 4);
    split(name).is_some_and(|(who, at)| Some(at) == account && is_called(who, serial, user))
}

/// Returns true for names such as `Amazon Web Services:alice@our-alias`. Nothing shows which account has the alias.
fn is_aliased(name: &str, serial: &Serial, user: Option<&str>) -> bool {
    let is_number = |at: &str| at.len() == 12 && at.bytes().all(|b| b.is_ascii_digit());
    split(name).is_some_and(|(who, at)| !is_number(at) && is_called(who, serial, user))
}

fn split(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix(ISSUER)?.strip_prefix(':')?.rsplit_once('@')
}

fn is_called(who: &str, serial: &Serial, user: Option<&str>) -> bool {
    who == serial.device() || Some(who) == user
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accounts(names: &[&str]) -> Vec<Account> {
        let account = |text: &&str| {
            let (token, name) = text.split_once(' ').unwrap();
            Account { token: token.to_owned(), name: name.to_owned() }
        };
        names.iter().map(account).collect()
    }

    /// `TOKEN NAME`, or `several`, or `none`.
    fn found(names: &[&str], serials: &[&str], user: Option<&str>, configured: Option<&str>) -> String {
        let serials: Vec<Serial> = serials.iter().map(|serial| Serial::new(*serial)).collect();
        match find(&accounts(names), &serials, user, configured) {
            Found::One(account, _) => format!("{} {}", account.token, account.name),
            Found::Several(_) => "several".into(),
            Found::None => "none".into(),
        }
    }

    const ALICE: &str = "arn:aws:iam::123456789012:mfa/alice";

    #[test]
    fn the_account_of_a_device_is_found_by_each_of_its_usual_names() {
        for name in [
            "arn:aws:iam::123456789012:mfa/alice",
            "aws:arn:aws:iam::123456789012:mfa/alice",
            "Amazon Web Services:alice@123456789012",
            "Amazon Web Services:alice@our-alias",
        ] {
            let on_token = format!("1 {name}");
            let others = ["1 GitHub:alice", "1 Amazon Web Services:bob@123456789012"];
            assert_eq!(found(&[others[0], &on_token, others[1]], &[ALICE], None, None), on_token);
        }
        // A device called otherwise than its user.
        let phone = "arn:aws:iam::123456789012:mfa/phone";
        let alice = "1 Amazon Web Services:alice@123456789012";
        assert_eq!(found(&[alice], &[phone], Some("alice"), None), alice);
        assert_eq!(found(&[alice], &[phone], None, None), "none");
    }

    #[test]
    fn the_better_name_wins_and_other_accounts_never_do() {
        let names = ["1 Amazon Web Services:alice@other-alias", "2 Amazon Web Services:alice@123456789012"];
        assert_eq!(found(&names, &[ALICE], None, None), names[1]);
        for other in [
            "1 Amazon Web Services:alice@210987654321",
            "1 xarn:aws:iam::123456789012:mfa/alice",
            "1 Amazon Web Services:malice@123456789012",
            "1 Other:alice@123456789012",
        ] {
            assert_eq!(found(&[other], &[ALICE], Some("alice"), None), "none", "{other}");
        }
    }

    #[test]
    fn several_matching_accounts_are_ambiguous_and_several_tokens_are_not() {
        let aliases = ["1 Amazon Web Services:alice@one", "1 Amazon Web Services:alice@two"];
        assert_eq!(found(&aliases, &[ALICE], None, None), "several");
        let twins = ["1 arn:aws:iam::123456789012:mfa/alice", "2 arn:aws:iam::123456789012:mfa/alice"];
        assert_eq!(found(&twins, &[ALICE], None, None), twins[0]);
        assert_eq!(found(&aliases, &[ALICE], None, Some("Amazon Web Services:alice@two")), aliases[1]);
        assert_eq!(found(&aliases, &[ALICE], None, Some("alice")), "none");
    }

    #[test]
    fn the_device_whose_codes_an_account_gives_is_told() {
        let serials = [Serial::new("GAHT12345678"), Serial::new(ALICE)];
        let known = accounts(&["1 Amazon Web Services:alice@123456789012"]);
        assert_eq!(find(&known, &serials, None, None), Found::One(&known[0], Some(&serials[1])));
        let name = Some("Amazon Web Services:alice@123456789012");
        assert_eq!(find(&known, &serials, None, name), Found::One(&known[0], None));
        assert_eq!(find(&known, &serials[1..], None, name), Found::One(&known[0], Some(&serials[1])));
    }
}
