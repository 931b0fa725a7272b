//! Decides how many cases a test tries: some in every run, and all in a long run (`cargo xtask test --long`).

/// Returns true in a long run.
pub(crate) fn is_long() -> bool {
    std::env::var_os("AWSESAME_LONG").is_some_and(|value| value == "1")
}

/// Returns all cases in a long run, or else one out of every `of` cases.
pub(crate) fn some<T>(cases: Vec<T>, of: usize) -> Vec<T> {
    if is_long() { cases } else { spread(cases, of) }
}

/// Returns the number of the cases that are tried.
pub(crate) fn share(cases: usize, of: usize) -> usize {
    if is_long() { cases } else { cases / of }
}

/// Returns one out of every `of` cases and the last one, because errors are likely at the first and the last case.
fn spread<T>(cases: Vec<T>, of: usize) -> Vec<T> {
    let last = cases.len().saturating_sub(1);
    cases.into_iter().enumerate().filter(|(n, _)| n % of == 0 || *n == last).map(|(_, case)| case).collect()
}

#[test]
fn a_short_run_tries_cases_from_the_first_to_the_last() {
    assert_eq!(spread((0..9).collect(), 4), [0, 4, 8]);
    assert_eq!(spread((0..11).collect(), 4), [0, 4, 8, 10]);
    assert!(spread(Vec::<u8>::new(), 4).is_empty());
}
