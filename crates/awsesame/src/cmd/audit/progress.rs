//! The progress of an audit of several accounts: one line on the terminal, redrawn as it changes. If stderr is not a
//! terminal, nothing is drawn.

use awsesame_audit::Account;

use crate::account::Trouble;
use crate::ui::Line;

/// The width of the bar, in characters.
const WIDTH: usize = 24;

/// The counts so far, and the line that shows them.
pub(super) struct Progress {
    line: Line,
    all: usize,
    done: usize,
    failed: usize,
    users: usize,
}

impl Progress {
    pub(super) fn of(all: usize) -> Self {
        let progress = Self { line: Line::default(), all, done: 0, failed: 0, users: 0 };
        progress.line.draw(&progress.text());
        progress
    }

    /// Counts one more account.
    pub(super) fn ended(&mut self, ended: &Result<Account, Trouble>) {
        self.done += 1;
        match ended {
            Ok(account) => self.users += account.users.len(),
            Err(_) => self.failed += 1,
        }
        self.line.draw(&self.text());
    }

    fn text(&self) -> String {
        let filled = WIDTH * self.done / self.all.max(1);
        let failed = if self.failed > 0 { format!(", {} failed", self.failed) } else { String::new() };
        format!(
            "[{}{}] {} of {} accounts, {} users{failed}",
            "#".repeat(filled),
            "-".repeat(WIDTH - filled),
            self.done,
            self.all,
            self.users
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bar_is_as_full_as_there_are_accounts_done() {
        let text = |done, failed| Progress { line: Line::default(), all: 3, done, failed, users: 7 }.text();
        assert_eq!(text(0, 0), "[------------------------] 0 of 3 accounts, 7 users");
        assert_eq!(text(1, 0), "[########----------------] 1 of 3 accounts, 7 users");
        assert_eq!(text(3, 2), "[########################] 3 of 3 accounts, 7 users, 2 failed");
    }
}
