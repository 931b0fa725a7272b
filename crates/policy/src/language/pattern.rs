//! Wildcard patterns: `*` matches any text, and `?` any one character. Case and variables are resolved before a pattern
//! is created.

/// One step of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    Char(char),
    AnyOne,
    AnyRun,
}

/// A pattern that matches a whole text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Token>);

impl Pattern {
    pub(crate) fn new(tokens: Vec<Token>) -> Self {
        Self(tokens)
    }

    /// Returns the pattern of a text in which every `*` and `?` is a wildcard.
    pub(crate) fn wild(text: &str) -> Self {
        Self(text.chars().map(Token::wild).collect())
    }

    pub(crate) fn tokens(&self) -> &[Token] {
        &self.0
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        let tokens = &self.0;
        let text: Vec<char> = text.chars().collect();
        let (mut token, mut at) = (0, 0);
        // The last run, and how much text it covers so far. It is sufficient to extend only the last run, so the cost
        // is at most the product of the lengths.
        let mut run: Option<(usize, usize)> = None;
        while at < text.len() {
            match tokens.get(token) {
                Some(Token::AnyRun) => {
                    run = Some((token, at));
                    token += 1;
                }
                Some(Token::AnyOne) => (token, at) = (token + 1, at + 1),
                Some(Token::Char(c)) if *c == text[at] => (token, at) = (token + 1, at + 1),
                _ => {
                    let Some((start, swallowed)) = run else {
                        return false;
                    };
                    run = Some((start, swallowed + 1));
                    (token, at) = (start + 1, swallowed + 1);
                }
            }
        }
        tokens[token..].iter().all(|token| *token == Token::AnyRun)
    }

    /// Does the same, but letters that differ only in case are equal. Both texts are compared character by character,
    /// because some characters fold differently at the end of a word.
    pub(crate) fn matches_ignoring_case(&self, text: &str) -> bool {
        let fold = |token: &Token| match token {
            Token::Char(c) => c.to_lowercase().map(Token::Char).collect(),
            wild => vec![*wild],
        };
        let pattern = Self(self.0.iter().flat_map(fold).collect());
        pattern.matches(&text.chars().flat_map(char::to_lowercase).collect::<String>())
    }

    /// Returns the six parts of an ARN pattern, cut at its first five colons.
    pub(crate) fn arn_parts(&self) -> Option<[Self; 6]> {
        let parts: Vec<Self> =
            self.0.splitn(6, |token| *token == Token::Char(':')).map(|part| Self(part.to_vec())).collect();
        parts.try_into().ok()
    }
}

impl Token {
    pub(crate) fn wild(c: char) -> Self {
        match c {
            '*' => Self::AnyRun,
            '?' => Self::AnyOne,
            c => Self::Char(c),
        }
    }
}

/// Returns true if an action pattern covers an action. AWS's own policies have thousands of them, and most begin with
/// another letter: nothing is allocated to see that.
pub(crate) fn names_action(pattern: &str, action: &str) -> bool {
    if let (Some(first), Some(given)) = (pattern.as_bytes().first(), action.as_bytes().first())
        && first.is_ascii_alphanumeric()
        && !first.eq_ignore_ascii_case(given)
    {
        return false;
    }
    if !pattern.is_ascii() || !action.is_ascii() {
        return Pattern::wild(&pattern.to_ascii_lowercase()).matches(&action.to_ascii_lowercase());
    }
    matches_bytes(pattern, action, u8::eq_ignore_ascii_case)
}

/// Returns true if a resource pattern without variables covers a resource.
pub(crate) fn names_resource(pattern: &str, resource: &str) -> bool {
    if !pattern.is_ascii() || !resource.is_ascii() {
        return Pattern::wild(pattern).matches(resource);
    }
    matches_bytes(pattern, resource, u8::eq)
}

/// Does the same as [`Pattern::matches`] for texts in which every character is one byte.
fn matches_bytes(pattern: &str, text: &str, same: fn(&u8, &u8) -> bool) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut token, mut at) = (0, 0);
    let mut run: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(token) {
            Some(b'*') => {
                run = Some((token, at));
                token += 1;
            }
            Some(c) if *c == b'?' || same(c, &text[at]) => (token, at) = (token + 1, at + 1),
            _ => {
                let Some((start, swallowed)) = run else { return false };
                run = Some((start, swallowed + 1));
                (token, at) = (start + 1, swallowed + 1);
            }
        }
    }
    pattern[token..].iter().all(|c| *c == b'*')
}
