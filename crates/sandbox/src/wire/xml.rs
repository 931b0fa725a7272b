//! A small XML writer for the answers of AWS's services, and a reader for the request bodies of S3. No service is known
//! here.

use std::fmt::Write as _;

/// An XML document being written.
#[derive(Debug, Default)]
pub(crate) struct Xml {
    text: String,
}

impl Xml {
    pub(crate) fn new() -> Self {
        Self { text: String::with_capacity(1024) }
    }

    /// Writes the element `<name>text</name>`, with the text escaped.
    pub(crate) fn leaf(&mut self, name: &str, text: impl AsRef<str>) -> &mut Self {
        self.text.push('<');
        self.text.push_str(name);
        self.text.push('>');
        escape(text.as_ref(), &mut self.text);
        self.close(name)
    }

    /// Writes an element with a text, if there is one.
    pub(crate) fn maybe(&mut self, name: &str, text: Option<impl AsRef<str>>) -> &mut Self {
        match text {
            Some(text) => self.leaf(name, text),
            None => self,
        }
    }

    /// Writes the element `<name>...</name>` around what `inside` writes.
    pub(crate) fn nest(&mut self, name: &str, inside: impl FnOnce(&mut Self)) -> &mut Self {
        let _ = write!(self.text, "<{name}>");
        inside(self);
        self.close(name)
    }

    /// Writes an element as [`Xml::nest`] does, with a namespace.
    pub(crate) fn root(&mut self, name: &str, namespace: &str, inside: impl FnOnce(&mut Self)) -> &mut Self {
        let _ = write!(self.text, "<{name} xmlns=\"{namespace}\">");
        inside(self);
        self.close(name)
    }

    fn close(&mut self, name: &str) -> &mut Self {
        let _ = write!(self.text, "</{name}>");
        self
    }

    pub(crate) fn into_string(self) -> String {
        self.text
    }
}

fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            other => out.push(other),
        }
    }
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find(';').unwrap_or(0);
        let known = match rest.get(1..end).unwrap_or_default() {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            number => number.strip_prefix('#').and_then(character),
        };
        if let Some(character) = known {
            out.push(character);
            rest = &rest[end + 1..];
        } else {
            out.push('&');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}

fn character(number: &str) -> Option<char> {
    let code = match number.strip_prefix('x') {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse(),
    };
    code.ok().and_then(char::from_u32)
}

/// Returns the contents of every element `name` in `text`, outermost first. Elements below are not parsed. This is
/// sufficient for the three flat documents that S3 clients send, because elements of one name are never nested in them.
pub(crate) fn elements<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    let (mut found, mut rest) = (Vec::new(), text);
    while let Some(start) = rest.find(&open) {
        rest = &rest[start + open.len()..];
        let Some(end_of_tag) = rest.find('>') else { break };
        let tag = &rest[..end_of_tag];
        // The tag `<KeyMarker>` must not match the name `Key`.
        if !(tag.is_empty() || tag.starts_with([' ', '\t', '\r', '\n', '/'])) {
            continue;
        }
        rest = &rest[end_of_tag + 1..];
        if tag.ends_with('/') {
            found.push("");
            continue;
        }
        let Some(end) = rest.find(&close) else { break };
        found.push(&rest[..end]);
        rest = &rest[end + close.len()..];
    }
    found
}

/// Returns the unescaped text of the first element `name`.
pub(crate) fn text_of(text: &str, name: &str) -> Option<String> {
    elements(text, name).first().map(|content| unescape(content))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_survives_writing_and_reading() {
        let mut xml = Xml::new();
        xml.root("Top", "urn:x", |xml| {
            xml.leaf("Key", "a<b>&\"c'\r\n");
            xml.leaf("KeyMarker", "other");
        });
        let text = xml.into_string();
        assert_eq!(text_of(&text, "Key").unwrap(), "a<b>&\"c'\r\n");
        assert_eq!(elements(&text, "Key").len(), 1);
        assert_eq!(elements("<a/><a x=\"1\">b</a>", "a"), ["", "b"]);
        assert_eq!(unescape("&#x41;&#66;&c;&"), "AB&c;&");
    }
}
