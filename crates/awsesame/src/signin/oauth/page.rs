//! The page that the browser shows at the end of a sign-in. It loads nothing, runs no script, and is not stored by the
//! browser.

/// The headers at the end of every answer.
const COMMON: &str = "cache-control: no-store\r\nreferrer-policy: no-referrer\r\n\
    content-security-policy: default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'\r\n\
    x-content-type-options: nosniff\r\nconnection: close\r\n";

/// Returns an answer with a page that has a heading and a sentence.
pub(super) fn page(status: &str, heading: &str, sentence: &str) -> String {
    let (heading, sentence) = (escaped(heading), escaped(sentence));
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{heading}</title></head>\
         <body><main><h1>{heading}</h1><p>{sentence}</p></main></body></html>\n"
    );
    let length = html.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {length}\r\n{COMMON}\r\n{html}"
    )
}

/// Returns an answer without a page.
pub(super) fn nothing(status: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n{COMMON}\r\n")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_of_a_service_is_escaped_in_the_page() {
        let page = page("200 OK", "Signed in", "<script>alert(\"&\")</script>");
        assert!(page.contains("&lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;"), "{page}");
        let (head, body) = page.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{head}");
        assert!(head.contains("default-src 'none'"), "{head}");
    }
}
