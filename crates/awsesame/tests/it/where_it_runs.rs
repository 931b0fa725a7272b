//! Tests the page about the places where awsesame runs: each of its points names a test, or says that there is none.

use std::path::Path;

const PAGE: &str = include_str!("../../../../docs/places.md");

/// The mark of a point that nobody has tried.
const NOT_TRIED: &str = "*(not tried)*";

/// The first words of each of the other points, with the tests that try it.
const TRIED: &[(&str, &[&str])] = &[
    (
        "**The kernel keyring is lost",
        &[
            "where_the_kernel_forgets_the_store_is_one_that_lasts_and_has_what_it_needs",
            "what_wsl_forgets_is_said_at_the_first_login_and_never_again",
        ],
    ),
    (
        "**The browser is Windows's",
        &[
            "the_console_is_opened_by_the_browser_of_windows",
            "answer_is_carried_over_where_there_is_no_browser",
        ],
    ),
    ("Most container engines forbid", &["forbidden_keyring_is_told_before_a_code_is_spent"]),
    (
        "**A home that a container shares",
        &[
            "a_session_of_the_host_is_told_as_such_in_a_container_and_stays",
            "a_session_of_a_container_is_told_as_such_on_the_host_and_both_go_on",
            "the_broker_of_the_host_is_offered_in_a_container_and_serves_it",
        ],
    ),
    ("In a container with a network", &["a_program_in_another_network_gets_a_port_that_is_there"]),
    (
        "A broker in another PID namespace",
        &["a_broker_in_another_process_namespace_is_told_alike_by_every_command"],
    ),
    ("The programs need no C library", &["certificate_is_trusted_only_with_a_bundle_that_vouches_for_it"]),
    (
        "On a machine that you reach by ssh",
        &["machine_without_keys_uses_the_session_of_the_one_that_forwards_its_broker"],
    ),
    (
        "A sign-in by browser cannot open",
        &[
            "address_and_its_picture_are_shown_where_no_browser_of_this_machine_can_be_opened",
            "device_code_is_shown_with_what_to_beware_of_and_asked_for_until_it_is_approved",
        ],
    ),
    ("Without `HOME`", &["a_home_that_is_not_set_is_looked_up_and_none_is_guessed"]),
    ("awsesame cannot ask for a code there", &["without_a_session_every_delivery_says_login_needed_at_once"]),
    ("`sudo -E` keeps your `HOME`", &["root_does_not_use_a_home_of_somebody_else_and_makes_nothing_there"]),
    ("A file system without modes", &["a_file_system_without_modes_costs_no_code_and_is_not_called_mended"]),
    (
        "On layers",
        &[
            "on_layers_a_session_is_stored_served_and_forgotten",
            "from_a_read_only_place_a_session_is_served_and_a_login_names_another_place",
        ],
    ),
    (
        "If a file system has no locks",
        &[
            "each_refused_write_has_its_own_cause_and_a_hint_about_a_folder_that_exists",
            "a_full_disk_is_told_before_the_code_is_spent_and_logout_works_on_it",
            "a_place_with_few_files_left_is_told_before_a_code_is_spent",
        ],
    ),
    (
        "A path may have any bytes",
        &[
            "a_home_is_bytes_and_two_of_them_never_share_a_session",
            "a_socket_has_a_place_that_is_short_enough_wherever_the_home_is",
        ],
    ),
    ("If the kernel has no inotify watch", &["wait_looks_once_a_second_where_the_kernel_gives_no_watch"]),
    (
        "If a limit is reached",
        &["a_limit_that_is_used_up_is_named_and_is_no_bug", "a_limit_on_processes_is_named_and_is_no_bug"],
    ),
    ("If stdout is closed", &["a_stdout_that_takes_nothing_is_an_error_of_every_command_that_prints"]),
    (
        "If a job has a role of its own",
        &[
            "role_of_a_web_identity_is_stored_renewed_and_a_root_for_others",
            "role_is_assumed_with_an_instances_credentials",
        ],
    ),
    ("Without a terminal awsesame never", &["without_a_session_every_delivery_says_login_needed_at_once"]),
    ("If a job really has to log in", &["seed_in_a_store_gives_codes_after_saying_what_it_weakens"]),
];

/// Returns the items of the page, each as one line.
fn points() -> Vec<String> {
    let mut points: Vec<String> = Vec::new();
    let mut in_point = false;
    for line in PAGE.lines() {
        if let Some(begun) = line.strip_prefix("- ") {
            points.push(begun.to_owned());
            in_point = true;
        } else if let (Some(more), true, Some(point)) = (line.strip_prefix("  "), in_point, points.last_mut())
        {
            point.push(' ');
            point.push_str(more);
        } else {
            in_point = false;
        }
    }
    points
}

/// Returns the text of all tests of this workspace's programs.
fn tests() -> String {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut text = String::new();
    let mut open = vec![crates.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                text.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
    text
}

#[test]
fn each_point_of_the_page_is_tried_by_a_test_or_says_that_it_is_not() {
    let (points, tests) = (points(), tests());
    assert!(points.len() > 20, "{points:#?}");
    for point in &points {
        let tried = TRIED.iter().find(|(begun, _)| point.starts_with(begun));
        match tried {
            Some((_, by)) => {
                assert!(!point.contains(NOT_TRIED), "it is tried: {point}");
                for name in *by {
                    assert!(
                        tests.contains(&format!("fn {name}(")),
                        "{name} is not there, which tries: {point}"
                    );
                }
            }
            None => assert!(point.ends_with(NOT_TRIED), "no test is named for: {point}"),
        }
    }
    for (begun, _) in TRIED {
        assert!(points.iter().any(|point| point.starts_with(begun)), "the page has no point {begun:?}");
    }
}
