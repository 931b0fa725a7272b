//! The operations that create and fetch the credential report.

use super::credential_report;
use super::reply::respond;
use super::subject::{account, account_mut};
use crate::clock;
use crate::services::exchange::Exchange;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::encoding::base64;
use crate::world::{CredentialReport, Progress};

pub(super) fn generate_credential_report(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    exchange.authorize("iam:GenerateCredentialReport", "*")?;
    let (state, description) = match progress(exchange) {
        Progress::Ready => ("COMPLETE", None),
        Progress::InTheMaking => ("INPROGRESS", None),
        Progress::Absent | Progress::Expired => {
            let text = credential_report::table(account(exchange), &exchange.world.keys);
            let report = CredentialReport { asked: exchange.now, text };
            account_mut(exchange).credential_report = Some(report);
            ("STARTED", Some("No report exists. Starting a new report generation task"))
        }
    };
    Ok(respond(exchange, "GenerateCredentialReport", |xml| {
        xml.leaf("State", state).maybe("Description", description);
    }))
}

pub(super) fn get_credential_report(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    exchange.authorize("iam:GetCredentialReport", "*")?;
    let refuse = |status, code, message: &str| Err(Refusal::new(status, code, message));
    match progress(exchange) {
        Progress::Ready => {}
        Progress::Absent => return refuse(410, "ReportNotPresent", "No report present"),
        Progress::InTheMaking => return refuse(404, "ReportInProgress", "Report generation in progress"),
        Progress::Expired => {
            return refuse(410, "ReportExpired", "Report is expired. Please generate a new report");
        }
    }
    let report = account(exchange).credential_report.as_ref().expect("a report that is ready is there");
    Ok(respond(exchange, "GetCredentialReport", |xml| {
        xml.leaf("Content", base64(report.text.as_bytes()))
            .leaf("ReportFormat", "text/csv")
            .leaf("GeneratedTime", clock::iso(report.asked));
    }))
}

fn progress(exchange: &Exchange) -> Progress {
    let report = account(exchange).credential_report.as_ref();
    CredentialReport::progress(report, exchange.world.report_delay, exchange.now)
}
