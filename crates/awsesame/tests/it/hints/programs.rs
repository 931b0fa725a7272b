//! Cases with faults of keys and their rotation, of policies, audits and the console.

use awsesame_sandbox::Fault;

use super::{Case, case, logged_in, program, settings};
use crate::world::World;

const ALICE: &str = "AKIAIOSALICE7EXAMPLE";

fn in_a_file_store(world: &World) {
    settings(world, "keys_store = \"file\"\n");
    world.awsesame(&["keys", "import", "-p", "alice"]).run().ok();
}

/// Creates a second key of the user, which is in no rotation.
fn with_a_second_key(world: &World) {
    logged_in(world);
    world.awsesame(&["keys", "rotate", "-p", "alice"]).run().ok();
    world.awsesame(&["keys", "rotate", "-p", "alice", "--undo"]).run().ok();
    std::fs::remove_dir_all(world.path(".local/share/awsesame/rotations")).unwrap();
}

fn denied() -> Fault {
    Fault::Status(403, "AccessDenied".into(), "User: x is not authorized".into())
}

fn policy(world: &World, text: &str) {
    world.write("policy.json", text);
}

pub(super) const CASES: &[Case] = &[
    case("store_forgets", "awsesame keys import -p alice"),
    case("no_key_in_files", "AWSESAME_KEYS_STORE=file awsesame keys import -p deploy"),
    case("bad_key", "AWSESAME_KEYS_STORE=file awsesame keys add -p odd"),
    case("no_key_in_store", "awsesame keys remove -p alice --yes"),
    case("key_lost", "awsesame login alice 123456").after(|world| {
        in_a_file_store(world);
        std::fs::remove_dir_all(world.path(".local/state/awsesame/secrets")).ok();
        std::fs::remove_dir_all(world.path(".local/share/awsesame/secrets")).ok();
    }),
    case("key_list_broken", "awsesame login alice 123456").after(|world| {
        world.write_private(".local/share/awsesame/keys", "awsesame keys 1\nthis is no key\n");
    }),
    case("newer_file", "awsesame list").after(|world| {
        world.write_private(".local/share/awsesame/keys", "awsesame keys 2\nAKIAOF the future dev\n");
    }),
    case("key_differs", "awsesame keys import -p alice").after(|world| {
        let before = world.read(".aws/credentials");
        in_a_file_store(world);
        let other = before.replace("aliceKeyEXAMPLEKEY", "otherKeyEXAMPLEKEY");
        world.write_private(".aws/credentials", &other);
    }),
    case("several_keys", "AWSESAME_KEYS_STORE=file awsesame keys import -p alice").after(|world| {
        world.change_config(
            "[profile alice]\n",
            "[profile alice]\naws_access_key_id = AKIAIOSOTHER7EXAMPLE\naws_secret_access_key = x\n",
        );
    }),
    case("key_in_rotation", "awsesame keys move -p alice --to age").after(|world| {
        in_a_file_store(world);
        logged_in(world);
        world.awsesame(&["keys", "rotate", "-p", "alice"]).run().ok();
    }),
    case("not_confirmed", "awsesame keys remove -p alice")
        .after(in_a_file_store)
        .at_a_terminal(&[("[y/N] ", "n\r")]),
    case("rotate_full", "awsesame keys rotate -p alice").after(with_a_second_key),
    case("rotate_no_such_key", "awsesame keys rotate -p alice --drop AKIAIOSNOBODYEXAMPLE").after(logged_in),
    case("rotate_nothing_to_undo", "awsesame keys rotate -p alice --undo").after(logged_in),
    case("rotate_not_allowed", "awsesame keys rotate -p alice").after(|world| {
        logged_in(world);
        world.sandbox().fail_next("ListAccessKeys", denied());
    }),
    case("rotate_unproven", "awsesame keys rotate -p alice").after(|world| {
        logged_in(world);
        world.sandbox().fail_next("GetCallerIdentity", denied());
    }),
    case("rotate_printed", "awsesame keys rotate -p odd").after(|world| {
        program(world, "gives", "exit 3\n");
        super::odd(
            world,
            &format!(
                "credential_process = {}\nmfa_serial = arn:aws:iam::123456789012:mfa/alice",
                world.path("bin/gives").display()
            ),
        );
    }),
    case(
        "rotate_in_environment",
        "MASTER_AWS_ACCESS_KEY_ID=AKIAIOSALICE7EXAMPLE MASTER_AWS_SECRET_ACCESS_KEY=$(secret) awsesame keys rotate",
    )
    .after(|world| {
        let of_alice = "sed -n '/^\\[alice\\]/,/^$/s/^aws_secret_access_key = //p' ~/.aws/credentials\n";
        program(world, "secret", of_alice);
        world.append_config("\n[default]\nregion = us-east-1\nendpoint_url = {URL}\n");
        assert!(world.read(".aws/credentials").contains(ALICE));
    }),
    case("policy_broken", "awsesame policy check policy.json").after(|world| policy(world, "{")),
    case("policy_not_forced", "awsesame policy check policy.json").after(|world| {
        policy(world, r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#);
    }),
    case("policy_not_strict", "awsesame policy check policy.json --strict").after(|world| {
        let shown = world.awsesame(&["policy", "show", "--for", "admin-group"]).run().ok();
        policy(world, &shown.stdout);
    }),
    case("policy_enrollment_open", "awsesame policy check policy.json").after(|world| {
        let shown = world.awsesame(&["policy", "show", "--for", "enrollment"]).run().ok();
        policy(world, &shown.stdout);
    }),
    case("policy_unsure", "awsesame policy check policy.json -p alice").after(|world| {
        logged_in(world);
        policy(
            world,
            r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"sesame:Unheard":"x"}}}}"#,
        );
    }),
    case("policy_needs_terminal", "awsesame policy attach --user bob -p alice --for self-service").after(logged_in),
    case("policy_proven_open", "awsesame policy probe -p unsound").in_world(crate::probe::world).after(|world| {
        world.log_in("unsound");
    }),
    case("policy_no_proof", "awsesame policy probe -p nothing").in_world(crate::probe::world).after(|world| {
        world.log_in("nothing");
    }),
    case("audit_no_accounts", "awsesame audit -p alice --role Audit --accounts accounts")
        .after(|world| world.write("accounts", "# none\n")),
    case("audit_account_list", "awsesame audit -p alice --role Audit --accounts accounts")
        .after(|world| world.write("accounts", "twelve\n")),
    case("audit_incomplete", "awsesame audit -p alice --role Audit --accounts accounts").after(|world| {
        logged_in(world);
        world.write("accounts", "111122223333\n");
    }),
    case("audit_no_organization", "awsesame audit -p alice --role Audit --organization").after(|world| {
        logged_in(world);
        world.sandbox().fail_next("ListAccounts", denied());
    }),
    case("audit_report_late", "awsesame audit -p alice --timeout 1s").after(|world| {
        logged_in(world);
        world.sandbox().set_report_delay(Some(3));
    }),
    case("audit_found", "awsesame audit -p alice").after(logged_in),
    case("console_needs_role", "awsesame console alice --url").after(logged_in),
    case("console_no_browser", "awsesame console deploy").after(logged_in),
    case("console_not_opened", "awsesame console deploy --browser false").after(logged_in),
    case("console_service", "awsesame console deploy --url --service ../x").after(logged_in),
    case(
        "console_endpoint",
        "AWSESAME_CONSOLE_ENDPOINT=http://signin.example/federation awsesame console deploy --url",
    )
    .after(logged_in),
    case("console_refused", "AWSESAME_CONSOLE_ENDPOINT=$(url) awsesame console deploy --url").after(|world| {
        logged_in(world);
        program(world, "url", &format!("echo {}\n", world.url()));
    }),
    case("console_elsewhere", "AWS_ENDPOINT_URL=https://aws.example awsesame console deploy --url").after(logged_in),
];
