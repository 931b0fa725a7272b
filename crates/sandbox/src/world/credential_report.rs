//! IAM's credential report: its contents, and the time when it is ready. The service `iam` decides who may have it.

/// The age of a report in seconds before which AWS creates no newer one.
const GOOD_FOR: i64 = 4 * 3600;

/// One report, with the state at the time of its request.
#[derive(Debug)]
pub(crate) struct CredentialReport {
    /// The time at which it was asked for.
    pub(crate) asked: i64,
    /// The whole of it, as CSV.
    pub(crate) text: String,
}

/// The progress of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    Absent,
    InTheMaking,
    Ready,
    /// The report is too old to be returned.
    Expired,
}

impl CredentialReport {
    /// Returns the progress of `report`. A report takes `delay` seconds.
    pub(crate) fn progress(report: Option<&Self>, delay: Option<u32>, now: i64) -> Progress {
        let Some(report) = report else { return Progress::Absent };
        match delay {
            Some(delay) if now - report.asked >= GOOD_FOR + i64::from(delay) => Progress::Expired,
            Some(delay) if now - report.asked >= i64::from(delay) => Progress::Ready,
            _ => Progress::InTheMaking,
        }
    }
}
