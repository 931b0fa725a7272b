//! Renders the ages of the keys as a table that looks like a chart, so that screen readers get the numbers. The widths
//! of the bars are attributes, because the page's content security policy allows no other style.

use std::fmt::Write as _;

use super::super::Audit;
use super::super::ages::{Bar, bars};

/// The meanings of the colors, in their order.
const KEYS: [(&str, &str); 3] =
    [("open", "works without MFA"), ("unsure", "unknown"), ("forced", "needs MFA")];

pub(super) fn html(audit: &Audit) -> String {
    let bars = bars(audit);
    let most = bars.iter().map(Bar::total).max().unwrap_or(0);
    if most == 0 {
        return "<p>There is no active access key.</p>".to_owned();
    }
    let mut html = String::from(
        "<table class=\"chart\" role=\"table\">\n<caption>Active access keys by age, and whether they need MFA</caption>\n\
         <thead role=\"rowgroup\"><tr role=\"row\"><th scope=\"col\" role=\"columnheader\">Age</th>\
         <th scope=\"col\" role=\"columnheader\" class=\"bar\"><span class=\"hidden\">Bar</span></th>",
    );
    for (class, words) in KEYS {
        let _ = write!(
            html,
            "<th scope=\"col\" role=\"columnheader\" class=\"number\"><svg class=\"key\" aria-hidden=\"true\">\
             <rect width=\"100%\" height=\"100%\" rx=\"2\" class=\"fill-{class}\"/></svg>{words}</th>"
        );
    }
    html += "<th scope=\"col\" role=\"columnheader\" class=\"number\">all</th></tr></thead>\n<tbody role=\"rowgroup\">\n";
    for bar in &bars {
        html += &row(bar, most);
    }
    html + "</tbody>\n</table>"
}

fn row(bar: &Bar, most: usize) -> String {
    let counts = [bar.open, bar.unsure, bar.forced];
    let mut html = format!(
        "<tr role=\"row\"><th scope=\"row\" role=\"rowheader\">{}</th><td role=\"cell\" class=\"bar\"><svg aria-hidden=\"true\">",
        bar.label
    );
    let mut before = 0;
    for ((class, _), count) in KEYS.iter().zip(counts) {
        if count > 0 {
            let (x, width) = (percent(before, most), percent(count, most));
            let _ =
                write!(html, "<rect x=\"{x}%\" width=\"{width}%\" height=\"100%\" class=\"fill-{class}\"/>");
        }
        before += count;
    }
    html += "</svg></td>";
    for count in counts.into_iter().chain([bar.total()]) {
        let _ = write!(html, "<td role=\"cell\" class=\"number\">{count}</td>");
    }
    html + "</tr>\n"
}

/// Returns a share in hundredths of a percent, so that a small bar is visible beside a large one.
fn percent(part: usize, whole: usize) -> String {
    let hundredths = part * 10_000 / whole;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
