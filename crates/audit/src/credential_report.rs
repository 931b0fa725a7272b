//! Parses IAM's credential report, a CSV table with the password, the MFA devices and the keys of each user. The module
//! `judge` decides what is wrong with them.
//!
//! Source: "Getting credential reports for your AWS account" in the IAM user guide.

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimeParser;

/// A row of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name of the user; `<root_account>` for root.
    pub name: String,
    /// The ARN of the user.
    pub arn: String,
    /// The time when the user was created, in unix seconds.
    pub created: Option<i64>,
    /// The password of the user for the console.
    pub password: Password,
    /// True if a device of any kind is enabled.
    pub mfa: bool,
    /// The keys, in AWS's order. A deleted key is not in the report.
    pub keys: Vec<Key>,
}

/// The state of a user's password for the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Password {
    /// The user has no password.
    None,
    /// The user has a password.
    Set {
        /// The time when the password was last used, in unix seconds.
        used: Option<i64>,
        /// The time when the password was set, in unix seconds; AWS does not report it for root.
        changed: Option<i64>,
    },
}

/// An access key, as far as the report knows it: its id is not in there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The number of the key in the report's columns, 1 or 2.
    pub number: u8,
    /// True if the key works.
    pub active: bool,
    /// The time when the key was created, in unix seconds.
    pub created: Option<i64>,
    /// The last use of the key, if there was any.
    pub used: Option<Use>,
}

/// The last use of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The time of the use, in Unix seconds.
    pub at: i64,
    /// The AWS service that was called, such as `s3`.
    pub service: String,
    /// The Region of the call, such as `eu-central-1`.
    pub region: String,
}

impl Person {
    const ROOT: &'static str = "<root_account>";

    /// Returns true if the user is the account's root user.
    pub fn is_root(&self) -> bool {
        self.name == Self::ROOT
    }

    /// Returns the name to show for the user.
    pub fn shown(&self) -> &str {
        if self.is_root() { "root" } else { &self.name }
    }

    /// Returns true if the user may sign in to the console. AWS does not report that for root, which always may.
    pub fn has_password(&self) -> bool {
        self.password != Password::None
    }

    /// Returns the keys that are active.
    pub fn active_keys(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter().filter(|key| key.active)
    }
}

impl Key {
    /// Returns the age of the key in seconds.
    pub fn age(&self, now: i64) -> Option<i64> {
        self.created.map(|created| now - created)
    }
}

/// Parses a report. Columns are found by name, because AWS has added some over the years.
pub fn read(report: &[u8]) -> Result<Vec<Person>, String> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(report);
    let headers = reader.headers().map_err(|error| error.to_string())?.clone();
    let column = |name: &str| headers.iter().position(|header| header == name);
    let needed = |name: &str| column(name).ok_or_else(|| format!("it has no column `{name}`"));
    let (user, arn, mfa) = (needed("user")?, needed("arn")?, needed("mfa_active")?);
    let password = needed("password_enabled")?;
    let (created, last_used, changed) =
        (column("user_creation_time"), column("password_last_used"), column("password_last_changed"));
    let mut slots = Vec::new();
    for number in [1_u8, 2] {
        let of = |what: &str| format!("access_key_{number}_{what}");
        slots.push(Slot {
            number,
            active: needed(&of("active"))?,
            rotated: needed(&of("last_rotated"))?,
            used: column(&of("last_used_date")),
            region: column(&of("last_used_region")),
            service: column(&of("last_used_service")),
        });
    }
    let mut people = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let at = |place: Option<usize>| place.and_then(|place| record.get(place)).unwrap_or_default();
        people.push(Person {
            name: at(Some(user)).to_owned(),
            arn: at(Some(arn)).to_owned(),
            created: moment(at(created)),
            password: if is_false(at(Some(password))) {
                Password::None
            } else {
                Password::Set { used: moment(at(last_used)), changed: moment(at(changed)) }
            },
            mfa: is_true(at(Some(mfa))),
            keys: slots.iter().filter_map(|slot| slot.read(at)).collect(),
        });
    }
    people.sort_by_key(|person| !person.is_root());
    Ok(people)
}

/// The positions of the columns of one key.
struct Slot {
    number: u8,
    active: usize,
    rotated: usize,
    used: Option<usize>,
    region: Option<usize>,
    service: Option<usize>,
}

impl Slot {
    fn read<'a>(&self, at: impl Fn(Option<usize>) -> &'a str) -> Option<Key> {
        let active = is_true(at(Some(self.active)));
        let created = moment(at(Some(self.rotated)));
        // The report writes `FALSE` without a date where the user does not have this key.
        if !active && created.is_none() {
            return None;
        }
        let used = moment(at(self.used)).map(|moment| Use {
            at: moment,
            service: at(self.service).to_owned(),
            region: at(self.region).to_owned(),
        });
        Some(Key { number: self.number, active, created, used })
    }
}

fn is_true(cell: &str) -> bool {
    cell.eq_ignore_ascii_case("true")
}

fn is_false(cell: &str) -> bool {
    cell.eq_ignore_ascii_case("false")
}

/// Parses a time to Unix seconds. Returns None for `N/A`, `no_information` and `not_supported`.
fn moment(cell: &str) -> Option<i64> {
    const PARSER: DateTimeParser = DateTimeParser::new();
    PARSER.parse_timestamp(cell).ok().map(Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
                        password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,\
                        access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,\
                        access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,\
                        access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active\n";

    fn one(row: &str) -> Person {
        read(format!("{HEAD}{row}\n").as_bytes()).unwrap().remove(0)
    }

    #[test]
    fn rows_are_read_as_aws_writes_them() {
        let root = one(
            "<root_account>,arn:aws:iam::123456789012:root,2016-01-01T00:00:00+00:00,not_supported,\
                        no_information,not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false",
        );
        assert!(root.is_root() && root.mfa && root.keys.is_empty());
        assert_eq!(root.password, Password::Set { used: None, changed: None });
        let bob = one(
            "\"bob,x\",arn,2016-01-01T00:00:00+00:00,false,N/A,N/A,N/A,FALSE,true,2016-01-02T00:00:00+00:00,\
                       2016-01-03T00:00:00+00:00,us-east-1,s3,false,2016-01-04T00:00:00Z,N/A,N/A,N/A,false",
        );
        assert_eq!((bob.name.as_str(), bob.password, bob.mfa), ("bob,x", Password::None, false));
        let used = Use { at: 1_451_779_200, service: "s3".into(), region: "us-east-1".into() };
        let first = Key { number: 1, active: true, created: Some(1_451_692_800), used: Some(used) };
        let second = Key { number: 2, active: false, created: Some(1_451_865_600), used: None };
        assert_eq!(bob.keys, [first, second]);
    }

    #[test]
    fn root_comes_first_and_new_columns_change_nothing() {
        let text = "arn,user,mfa_active,new,password_enabled,access_key_1_active,access_key_1_last_rotated,\
                    access_key_2_active,access_key_2_last_rotated\na,zoe,TRUE,x,TRUE,FALSE,N/A,FALSE,N/A\n\
                    r,<root_account>,FALSE,x,FALSE,FALSE,N/A,FALSE,N/A\n";
        let people = read(text.as_bytes()).unwrap();
        assert_eq!(people.iter().map(Person::shown).collect::<Vec<_>>(), ["root", "zoe"]);
        assert!(!people[0].has_password() && people[1].has_password());
    }

    #[test]
    fn text_that_is_not_a_report_is_an_error_and_an_empty_report_is_not() {
        assert_eq!(read(HEAD.as_bytes()), Ok(Vec::new()));
        assert_eq!(read(b"<html>\n"), Err("it has no column `user`".into()));
        assert!(read(&[HEAD.as_bytes(), b"\xff\xfe,a\n"].concat()).is_err());
    }
}
