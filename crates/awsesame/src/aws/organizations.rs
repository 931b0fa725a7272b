//! The only call of AWS Organizations that awsesame makes: the list of accounts. Core builds the request and reads the
//! answer.

use std::time::Duration;

use aws_sdk_sts::config::Credentials;
use awsesame_core::answer::organization::{self, Page};
use awsesame_core::answer::translate::Answer;

use crate::aws::signed::{self, Call, Refused};
use crate::aws::{Aws, pages};

const OPERATION: &str = "ListAccounts";
const HEADERS: &[(&str, &str)] = &[
    ("x-amz-target", "AWSOrganizationsV20161128.ListAccounts"),
    ("content-type", "application/x-amz-json-1.1"),
];

/// The number of times that a throttled page is asked for, and the first wait.
const ATTEMPTS: u32 = 8;
const WAIT: Duration = Duration::from_millis(500);

/// Returns all accounts of the organization, including closed ones.
pub fn accounts(
    aws: &Aws,
    signer: &Credentials,
    partition: &str,
) -> Result<Vec<organization::Member>, Answer> {
    pages::all(OPERATION, |token| {
        let page = patiently(|| page(aws, signer, partition, token.as_deref()))?;
        Ok((page.members, page.next))
    })
}

/// Repeats a request with growing pauses while AWS throttles it.
fn patiently(ask: impl Fn() -> Result<Page, Answer>) -> Result<Page, Answer> {
    let mut wait = WAIT;
    for _ in 1..ATTEMPTS {
        match ask() {
            Err(Answer::Refused(refusal)) if organization::is_throttled(&refusal.code) => {
                std::thread::sleep(wait);
                wait = (2 * wait).min(Duration::from_secs(20));
            }
            answer => return answer,
        }
    }
    ask()
}

fn page(aws: &Aws, signer: &Credentials, partition: &str, token: Option<&str>) -> Result<Page, Answer> {
    let (endpoint, region) = organization::endpoint(aws.settings(), partition);
    let call = Call {
        operation: OPERATION,
        service: "organizations",
        region: region.to_owned(),
        endpoint,
        path: "/",
        method: "POST",
        headers: HEADERS,
        body: organization::question(token),
    };
    signed::send(aws, signer, call, answer)
}

fn answer(status: u16, body: &[u8]) -> Result<Page, Refused> {
    if (200..300).contains(&status) {
        return organization::read(body).ok_or_else(|| Refused::other("it is not a list of accounts"));
    }
    let (code, message) = organization::refusal(body);
    Err(signed::refused(code, message))
}
