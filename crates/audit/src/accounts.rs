//! Parses a list of accounts that a person wrote: one account per line, with its ID and an optional name. This module
//! does not read the file; the command does.

use awsesame_core::fault::AuditFault;

/// An account to be audited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The account ID, which has twelve digits.
    pub id: String,
    /// The name of the account.
    pub name: Option<String>,
}

/// Parses a list. `#` begins a comment, and empty lines are ignored. An account that is named twice is audited once.
pub fn read(path: &str, text: &str) -> Result<Vec<Listed>, AuditFault> {
    let mut listed: Vec<Listed> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let (id, name) = line.split_once(|c: char| c.is_whitespace() || c == ',').unwrap_or((line, ""));
        if id.len() != 12 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(AuditFault::AccountList {
                path: path.to_owned(),
                line: number + 1,
                found: id.chars().take(40).collect(),
            });
        }
        let name = Some(name.trim()).filter(|name| !name.is_empty()).map(str::to_owned);
        if !listed.iter().any(|known| known.id == id) {
            listed.push(Listed { id: id.to_owned(), name });
        }
    }
    if listed.is_empty() {
        return Err(AuditFault::NoAccounts { path: path.to_owned() });
    }
    Ok(listed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_has_ids_names_and_comments() {
        let text = "# ours\n\n123456789012\n 210987654321\tthe customer # new\r\n123456789012 again\n333333333333,x\n";
        let listed = read("list", text).unwrap();
        let names: Vec<_> = listed.iter().map(|one| (one.id.as_str(), one.name.as_deref())).collect();
        assert_eq!(
            names,
            [("123456789012", None), ("210987654321", Some("the customer")), ("333333333333", Some("x"))]
        );
    }

    #[test]
    fn line_that_is_not_an_account_is_reported_with_its_number() {
        let fault = read("list", "123456789012\n12345678901a\n").unwrap_err();
        let expected = AuditFault::AccountList { path: "list".into(), line: 2, found: "12345678901a".into() };
        assert_eq!(fault, expected);
        assert_eq!(read("list", "# none\n"), Err(AuditFault::NoAccounts { path: "list".into() }));
    }
}
