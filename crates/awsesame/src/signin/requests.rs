//! Sends one request to a sign-in service, over TLS or to this machine, with a time limit, and repeats it if no answer
//! came. Core decides what is requested and what the answer means.

use std::time::Duration;

use aws_sdk_sts::config::SharedHttpClient;
use awsesame_core::fault::{ConsoleFault, Fault};
use awsesame_core::render::console::is_safe;
use awsesame_core::signin::pause::pause;
use zeroize::Zeroizing;

use super::Signing;
use crate::aws::Aws;
use crate::aws::http::{Fetched, Request, fetch};
use crate::ui;

/// The time limit for connecting. The whole request may take twice as long.
const PATIENCE: Duration = Duration::from_secs(8);
/// The number of attempts of a request that may be repeated.
const ATTEMPTS: u32 = 3;
/// The maximum pause that a service may request. The program that waits for us gives up after a minute in total.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// A longer pause is announced.
const UNNOTICED: Duration = Duration::from_secs(2);
/// The maximum size of an answer of a sign-in service.
const MOST_BYTES: usize = 1024 * 1024;

/// Waits before the next attempt: for so long, or for the longer time that the service asked for. Returns false if it asked
/// for more than is waited.
pub(super) fn wait_again(own: Duration, asked: Option<Duration>, service: &str) -> bool {
    let Some(pause) = pause(own, asked, LONGEST_PAUSE) else { return false };
    if pause > UNNOTICED {
        ui::say(&format!("{service} is busy and asks to wait for {} s", pause.as_secs()));
    }
    std::thread::sleep(pause);
    true
}

/// The reason why an attempt failed.
pub(super) enum Failed<E> {
    /// Another attempt would fail too.
    ForGood(Box<E>),
    /// Another attempt may succeed, after the pause that the service requests.
    ForNow(Box<E>, Option<Duration>),
}

impl<E> Failed<E> {
    pub(super) fn for_good(trouble: E) -> Self {
        Self::ForGood(Box::new(trouble))
    }

    pub(super) fn for_now(trouble: E, asked: Option<Duration>) -> Self {
        Self::ForNow(Box::new(trouble), asked)
    }
}

/// Tries a request a few times, with a longer pause each time. Returns the error of the last attempt.
pub(super) fn attempts<T, E>(
    service: &str,
    mut attempt: impl FnMut() -> Result<T, Failed<E>>,
) -> Result<T, E> {
    let mut number = 1;
    loop {
        let (trouble, asked) = match attempt() {
            Ok(brought) => return Ok(brought),
            Err(Failed::ForGood(trouble)) => return Err(*trouble),
            Err(Failed::ForNow(trouble, asked)) => (trouble, asked),
        };
        if number == ATTEMPTS || !wait_again(Duration::from_millis(200 << number), asked, service) {
            return Err(*trouble);
        }
        number += 1;
    }
}

impl Signing<'_> {
    /// Sends a request with a JSON body.
    pub(super) fn post(
        &self,
        url: &str,
        headers: Vec<(&'static str, Zeroizing<String>)>,
        body: Zeroizing<String>,
    ) -> Result<Fetched, Fault> {
        let mut all = vec![("content-type", Zeroizing::new("application/json".to_owned()))];
        all.extend(headers);
        self.send(url, Request { method: "POST", headers: all, body, ..Request::get(url, PATIENCE) })
    }

    /// Sends one request, with a time limit.
    pub(super) fn send(&self, url: &str, asked: Request<'_>) -> Result<Fetched, Fault> {
        let http = self.http_for(url)?;
        let endpoint = url.split('?').next().unwrap_or_default().to_owned();
        let answer =
            fetch(&http, asked).map_err(|why| Fault::NoNetwork { endpoint: endpoint.clone(), why })?;
        if answer.body.len() > MOST_BYTES {
            return Err(Fault::NoNetwork { endpoint, why: "the answer has no end".to_owned() });
        }
        Ok(answer)
    }

    /// Returns the HTTP client for an address. Secrets are sent over TLS, or stay on this machine.
    pub(super) fn http_for(&self, url: &str) -> Result<SharedHttpClient, Fault> {
        if !is_safe(url) {
            return Err(ConsoleFault::Endpoint { endpoint: url.to_owned() }.into());
        }
        let settings = self.aws.settings();
        // A client that was made for plain endpoints only does not support TLS.
        if url.starts_with("https://") && settings.sts_endpoint.is_some() {
            let mut client = settings.clone();
            (client.sts_endpoint, client.iam_endpoint) = (None, None);
            return Ok(Aws::reach(&client, self.keyring.context)?.http());
        }
        Ok(self.aws.http())
    }
}
