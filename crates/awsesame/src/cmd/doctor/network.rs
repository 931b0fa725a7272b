//! Checks that AWS's endpoint answers, and compares the clocks. The check makes one request without a signature, which
//! does not reveal the identity of the user.

use std::time::Duration;

use awsesame_core::answer::translate::Proxy;
use awsesame_core::checkup::{Clock, clock};
use awsesame_core::fault::Fault;

use super::CheckContext;
use super::finding::Finding;
use crate::aws::Aws;
use crate::aws::http::{Request, fetch};

const PATIENCE: Duration = Duration::from_secs(3);

pub(super) fn look(checked: &CheckContext<'_>) -> Vec<Finding> {
    // Without a plan, the endpoint is unknown.
    let Ok(plan) = &checked.plan else { return Vec::new() };
    let context = checked.runner.context;
    let aws = match Aws::reach(&plan.client, context) {
        Ok(aws) => aws,
        Err(fault) => return vec![Finding::fault(&fault)],
    };
    let endpoint = aws.endpoint("GetCallerIdentity");
    let sent = context.now();
    let answer = match fetch(&aws.http(), Request::get(&endpoint, PATIENCE)) {
        Ok(answer) => answer,
        Err(why) => {
            return vec![Finding::fault(&match aws.proxy(&endpoint) {
                Some(Proxy { address, variable }) => Fault::Proxy { proxy: address, variable, why },
                None => Fault::NoNetwork { endpoint, why },
            })];
        }
    };
    checked.reached.set(true);
    let mut found = vec![Finding::good(format!("`{endpoint}` answers"))];
    found.push(match answer.date.map(|date| clock(sent, date, context.now())) {
        None => Finding::note(format!("`{endpoint}` does not send the time")),
        Some(Clock::Right) => Finding::good("the clock agrees with AWS's"),
        Some(Clock::Off(seconds, ahead) | Clock::Refused(seconds, ahead)) => {
            Finding::fault(&Fault::ClockSkew { seconds, ahead })
        }
    });
    found
}
