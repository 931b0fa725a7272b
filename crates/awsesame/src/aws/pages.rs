//! Reads lists that AWS returns in pages. Both the number of pages and the time are limited, because a server that
//! imitates AWS may return pages without end. The caller makes the calls.

use std::time::{Duration, Instant};

use awsesame_core::answer::translate::Answer;

/// The maximum number of pages. No list has that many: the accounts of the largest organizations come 20 at a time.
const MOST_PAGES: usize = 5_000;
/// The time limit for all pages together.
const ALL: Duration = Duration::from_mins(15);

/// The items of a page, and the token of the next page.
pub(super) type Page<T> = (Vec<T>, Option<String>);

/// Requests one page after the other, and returns all items.
pub(super) fn all<T>(
    operation: &'static str,
    page: impl FnMut(Option<String>) -> Result<Page<T>, Answer>,
) -> Result<Vec<T>, Answer> {
    within(operation, Instant::now() + ALL, page)
}

fn within<T>(
    operation: &'static str,
    until: Instant,
    mut page: impl FnMut(Option<String>) -> Result<Page<T>, Answer>,
) -> Result<Vec<T>, Answer> {
    let (mut items, mut next) = (Vec::new(), None);
    for _ in 0..MOST_PAGES {
        let (more, following) = page(next.clone())?;
        items.extend(more);
        // A page whose next page is itself would never end.
        match following {
            None => return Ok(items),
            Some(again) if next.as_ref() == Some(&again) || Instant::now() >= until => break,
            Some(again) => next = Some(again),
        }
    }
    Err(Answer::not_aws(operation, "its list has no end"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_to_its_end_and_one_without_an_end_is_none() {
        let read = |until: Instant, page: &dyn Fn(u32) -> Option<u32>| {
            within("ListUsers", until, |marker| {
                let number = marker.map_or(0, |marker| marker.parse().unwrap());
                Ok((vec![number], page(number).map(|next| next.to_string())))
            })
        };
        let later = Instant::now() + ALL;
        assert_eq!(read(later, &|number| (number < 2).then_some(number + 1)).ok(), Some(vec![0, 1, 2]));
        let endless: [&dyn Fn(u32) -> Option<u32>; 3] =
            [&|_| Some(1), &|number| Some(number + 1), &|number| Some(1 - number.min(1))];
        for page in endless {
            let Err(Answer::Refused(refusal)) = read(later, page) else { panic!("it ended") };
            assert_eq!(refusal.message, "its list has no end");
        }
        assert!(read(Instant::now(), &|number| (number < 2).then_some(number + 1)).is_err());
    }
}
