//! A failure of the program: two lines of text and an exit code.

/// A failure of the program: the error, and the command to type.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: String,
    pub(crate) hint: String,
    pub(crate) status: u8,
}

impl Failure {
    pub(crate) fn new(error: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { error: error.into(), hint: hint.into(), status: 1 }
    }

    pub(crate) fn usage(error: impl Into<String>) -> Self {
        Self { status: 2, ..Self::new(error, "awsesame-sandbox --help") }
    }
}

impl From<lexopt::Error> for Failure {
    fn from(error: lexopt::Error) -> Self {
        Self::usage(error.to_string())
    }
}
